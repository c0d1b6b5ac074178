-- Transcripts of voice notes; files of customers, what became of them, and those still to be fetched.

-- history: what was said in a voice note, or why nobody knows. One a message, by whoever asked first: a turn that is
-- taken again reads it here, and nobody pays twice.
CREATE TABLE transcript (
    bucket      smallint    NOT NULL,
    message_id  uuid        NOT NULL,
    text        text        NOT NULL,
    problem     text,
    model       text        NOT NULL,
    took_ms     integer     NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (bucket, message_id),
    CHECK ((text = '') = (problem IS NOT NULL))
);

-- history: what became of the file that came with a message: kept, or why not.
CREATE TABLE media_file (
    bucket      smallint    NOT NULL,
    message_id  uuid        NOT NULL,
    problem     text,
    place       text        CHECK (place IN ('database', 'folder')),
    mime_type   text,                                 -- as declared, and found in the bytes
    size_bytes  integer,
    sha256      bytea,
    at          timestamptz NOT NULL,
    PRIMARY KEY (bucket, message_id),
    CHECK ((problem IS NULL) = (place IS NOT NULL)),
    CHECK ((place IS NULL) = (mime_type IS NULL) AND (place IS NULL) = (sha256 IS NULL))
);

-- The bytes of a file that is kept in the database, in pieces that one reads without holding all of it twice.
CREATE TABLE media_part (
    bucket      smallint    NOT NULL,
    message_id  uuid        NOT NULL,
    number      smallint    NOT NULL,
    data        bytea       NOT NULL,
    PRIMARY KEY (bucket, message_id, number)
);
ALTER TABLE media_part ALTER COLUMN data SET STORAGE EXTERNAL;  -- photos and voice notes are compressed already

-- ticket: a file that is still to be fetched, or one of an erased contact that is still to leave its folder.
CREATE TABLE media_ticket (
    bucket        smallint    NOT NULL,
    message_id    uuid        NOT NULL,
    wanted        text        NOT NULL CHECK (wanted IN ('kept', 'gone')),
    due_at        timestamptz NOT NULL,
    lease_until   timestamptz,
    lease_token   uuid,
    attempts      smallint    NOT NULL DEFAULT 0,
    last_problem  text,
    PRIMARY KEY (bucket, message_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX media_ticket_due ON media_ticket (due_at);
