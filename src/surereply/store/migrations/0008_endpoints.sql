-- ── 5 · What others are told ─────────────────────────────────────────────────────────────────────────────────────

-- An address outside that is told of what happens here. Small; the same for all lines, and needed on every node.
CREATE TABLE endpoint (
    id               uuid        PRIMARY KEY,
    url              text        NOT NULL,
    topics           text[]      NOT NULL,
    keys             bytea       NOT NULL,            -- encrypted: what it is signed with, the newest first
    created_at       timestamptz NOT NULL,
    created_by       text        NOT NULL,
    paused_at        timestamptz,                     -- what it is to be told waits
    failing_since    timestamptz,                     -- the first failure since anything arrived
    disabled_at      timestamptz,                     -- nothing is written down for it until a person acts
    disabled_reason  text,
    CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
);

-- What an endpoint is told, written down in the transaction of what it tells of; as it is signed and sent, at every
-- try alike. Kept for 30 days.
CREATE TABLE announcement (
    bucket           smallint    NOT NULL,            -- 0: a test
    endpoint_id      uuid        NOT NULL,
    id               uuid        NOT NULL,            -- the same for every endpoint
    topic            text        NOT NULL,
    conversation_id  uuid,
    body             text        NOT NULL,            -- empty: erased
    status           text        NOT NULL CHECK (status IN ('waiting', 'arrived', 'given_up', 'withdrawn')),
    tries            smallint    NOT NULL DEFAULT 0,
    answer_status    integer,                         -- HTTP's, of the latest try
    answer           text,                            -- its beginning
    error            text,
    created_at       timestamptz NOT NULL,
    tried_at         timestamptz,
    PRIMARY KEY (bucket, endpoint_id, id)
) WITH (fillfactor = 70);
CREATE INDEX announcement_conversation ON announcement (conversation_id);
CREATE INDEX announcement_age ON announcement USING brin (created_at);

-- ticket: an announcement that has not arrived. An expired lease is simply claimable: it then arrives twice, under the
-- same id.
CREATE TABLE announcement_ticket (
    bucket           smallint    NOT NULL,
    endpoint_id      uuid        NOT NULL,
    announcement_id  uuid        NOT NULL,
    due_at           timestamptz NOT NULL,
    lease_until      timestamptz,
    lease_token      uuid,
    PRIMARY KEY (bucket, endpoint_id, announcement_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX announcement_ticket_due ON announcement_ticket (endpoint_id, due_at);

-- side table: how far the words of a conversation were removed, because its line keeps them for so many days only.
CREATE TABLE word_removal (
    bucket           smallint    NOT NULL,
    conversation_id  uuid        NOT NULL,
    removed_until    uuid        NOT NULL,            -- ids are times
    PRIMARY KEY (bucket, conversation_id)
);

-- Where the round over a line's conversations stands.
CREATE TABLE removal_round (
    bucket      smallint    NOT NULL,
    line_id     uuid        NOT NULL,
    reached     uuid        NOT NULL,                 -- the latest conversation that was looked at
    next_at     timestamptz NOT NULL,
    PRIMARY KEY (bucket, line_id)
);
