-- ── The panel ────────────────────────────────────────────────────────────────────────────────────────────────────

-- A person in the panel. `name` is what every act of theirs is kept under.
CREATE TABLE operator (
    id             uuid        PRIMARY KEY,
    name           text        NOT NULL UNIQUE,
    role           text        NOT NULL CHECK (role IN ('viewer', 'member', 'admin')),
    password_hash  text,                              -- argon2id; NULL: signs in by a link
    created_at     timestamptz NOT NULL,
    created_by     text        NOT NULL,
    removed_at     timestamptz
);

-- A browser in which an operator is signed in. What its cookie holds is not kept, only its SHA-256.
CREATE TABLE sign_in (
    digest        bytea       PRIMARY KEY,
    operator_id   uuid        NOT NULL REFERENCES operator (id),
    browser       text        NOT NULL,
    signed_in_at  timestamptz NOT NULL,
    seen_at       timestamptz NOT NULL
);
CREATE INDEX sign_in_operator ON sign_in (operator_id);

-- A link that signs an operator in, once; gone when it was used.
CREATE TABLE sign_in_link (
    digest       bytea       PRIMARY KEY,
    operator_id  uuid        NOT NULL REFERENCES operator (id),
    expires_at   timestamptz NOT NULL
);

-- side table: what the panel's list shows of a conversation, its order and its search. Filled off the hot path from
-- history, and never read by the four steps; what is open stands in the tickets, and is not copied here.
CREATE TABLE conversation_card (
    bucket           smallint    NOT NULL,
    conversation_id  uuid        NOT NULL,
    at               timestamptz NOT NULL,            -- when either side last said something
    last_id          uuid,                            -- that message or reply
    last_words       text        NOT NULL,
    last_from        text        NOT NULL CHECK (last_from IN ('customer', 'bot', 'person')),
    customer_at      timestamptz,                     -- when the customer last wrote
    seen_at          timestamptz,                     -- when an operator last looked
    assigned_to      uuid,                            -- an operator's id
    stage            text,
    service          text,
    words            tsvector    NOT NULL,            -- names, numbers and what was said, folded
    filled_until     uuid        NOT NULL,            -- the newest message, turn, reply or act that it tells of
    PRIMARY KEY (bucket, conversation_id)
) WITH (fillfactor = 70);
CREATE INDEX conversation_card_at ON conversation_card (bucket, at DESC, conversation_id DESC);
CREATE INDEX conversation_card_new ON conversation_card (bucket, at DESC, conversation_id DESC)
    WHERE customer_at IS NOT NULL AND (seen_at IS NULL OR seen_at < customer_at);
CREATE INDEX conversation_card_assigned ON conversation_card (assigned_to, at DESC) WHERE assigned_to IS NOT NULL;
CREATE INDEX conversation_card_words ON conversation_card USING gin (words);

-- How far a bucket's side tables are filled: what changed before `filled_until` is on the cards, conversations up to
-- `backfilled_to`, which were there before anybody looked, have one, and tallies are final before `counted_until`.
CREATE TABLE side_progress (
    bucket         smallint    PRIMARY KEY,
    filled_until   timestamptz NOT NULL,
    backfilled_to  uuid        NOT NULL,
    counted_until  timestamptz NOT NULL
);

-- side table: how often something happened on a line within ten minutes, for the charts. Counted anew from history
-- while they are young.
CREATE TABLE tally (
    bucket   smallint    NOT NULL,
    line_id  uuid        NOT NULL,
    since    timestamptz NOT NULL,
    figure   text        NOT NULL,
    count    bigint      NOT NULL,
    PRIMARY KEY (bucket, since, line_id, figure)
);
