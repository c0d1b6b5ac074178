-- Surereply's data, whole. Read this first; migrations/ sum up to it (a test proves it).
--
-- Three kinds of tables:
--   history  what happened; immutable but for a reply, whose row changes until it is settled. Range-partitioned
--            by id: ids are UUIDv7, so a range of ids is a range of time.
--   keys     the one place where "once" is decided; not partitioned by time, so a copy in another month collides too.
--   tickets  open work alone: small, hot, soon deleted. The four steps touch these, never an index over history.
-- Beside them, side tables for the panel's lists and charts, filled from history off the hot path.
--
-- `bucket` (the line's; 0 for an unknown line) comes first in every key and stands in every statement of the four
-- steps, so that all of it can be distributed by bucket. Tables without a bucket are small and belong on every node.
-- Indexes that serve a conversation begin with its id: one that began with `bucket` would offer itself for look-ups by
-- key, and a plan made while a month was empty would then read whole buckets.

-- ── What everything refers to ────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE flow_version (
    name        text        NOT NULL,
    version     integer     NOT NULL,
    sha256      text        NOT NULL,
    source      text        NOT NULL,  -- the YAML
    created_at  timestamptz NOT NULL,
    created_by  text        NOT NULL,
    PRIMARY KEY (name, version)
);

CREATE TABLE flow (
    name            text    PRIMARY KEY,
    active_version  integer NOT NULL,
    loaded_sha256   text,  -- what a settings' file last brought; only a file that says something else is activated
    FOREIGN KEY (name, active_version) REFERENCES flow_version (name, version)
);

CREATE TABLE service_type (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    flow_name  text    NOT NULL,
    enum       text    NOT NULL,
    label      text    NOT NULL,
    UNIQUE (flow_name, enum)
);

CREATE TABLE line (
    bucket           smallint    NOT NULL CHECK (bucket BETWEEN 1 AND 256),
    id               uuid        NOT NULL,
    phone_number_id  text        NOT NULL,
    name             text        NOT NULL,
    flow_name        text        NOT NULL,
    settings         jsonb       NOT NULL DEFAULT '{}',
    secrets          bytea,                           -- encrypted; NULL: the environment's
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (bucket, id),
    UNIQUE (bucket, phone_number_id)
);

-- What a dispatcher locks before it claims for a line: so a line's pace holds across processes.
CREATE TABLE line_pace (
    bucket           smallint    NOT NULL,
    line_id          uuid        NOT NULL,
    tokens           real        NOT NULL,
    refilled_at      timestamptz NOT NULL,
    slowed_to        real,                            -- WhatsApp asked for less: messages a second, then
    slowed_at        timestamptz,
    closed_until     timestamptz,                     -- nothing goes out until then: a breaker, a limit, an upgrade
    closed_reason    text,
    stopped_at       timestamptz,                     -- nothing goes out until a person acts: token, policy, payment
    stopped_reason   text,
    templates_stopped_at timestamptz,                 -- what costs is stopped: payment
    held_at          timestamptz,                     -- `hold`: nothing owed goes out until `release`
    paused_at        timestamptz,                     -- the owner's pause for everything
    window_from      timestamptz,                     -- the breaker's 30 s: what was claimed, what became unknown
    window_claimed   integer     NOT NULL DEFAULT 0,
    window_unknown   integer     NOT NULL DEFAULT 0,
    echoed_until     timestamptz,                     -- the newest send that was reported: what stayed silent before it was lost
    refused_at       timestamptz,                     -- when our endpoint last refused a delivery: silence proves nothing
    PRIMARY KEY (bucket, line_id)
) WITH (fillfactor = 50);

CREATE TABLE contact (
    bucket                smallint    NOT NULL,
    id                    uuid        NOT NULL,
    line_id               uuid        NOT NULL,
    profile_name          text,
    undeliverable_at      timestamptz,
    marketing_stopped_at  timestamptz,
    merged_into           uuid,
    erased_at             timestamptz,
    created_at            timestamptz NOT NULL,
    PRIMARY KEY (bucket, id)
);

CREATE TABLE conversation (
    bucket                 smallint      NOT NULL,
    id                     uuid          NOT NULL,
    line_id                uuid          NOT NULL,
    contact_id             uuid          NOT NULL,
    lead_id                uuid,                      -- the open or the latest lead
    state_version          bigint        NOT NULL DEFAULT 0,
    questions_asked_count  smallint      NOT NULL DEFAULT 0 CHECK (questions_asked_count BETWEEN 0 AND 20),
    last_question_key      text,
    known_fields           jsonb         NOT NULL DEFAULT '{}',
    state                  jsonb         NOT NULL DEFAULT '{}',
    language               text,
    profile_name           text,
    phone                  text,                      -- where replies go: wa_id, else the BSUID
    bsuid                  text,
    handed_over_at         timestamptz,
    handover_reason        text,
    stopped_at             timestamptz,
    window_from            timestamptz,
    machine_replies        timestamptz[] NOT NULL DEFAULT '{}',
    merged_into            uuid,
    created_at             timestamptz   NOT NULL,
    PRIMARY KEY (bucket, id),
    FOREIGN KEY (bucket, contact_id) REFERENCES contact (bucket, id),
    CHECK ((handed_over_at IS NULL) = (handover_reason IS NULL))
) WITH (fillfactor = 70);

CREATE TABLE identifier (
    bucket           smallint    NOT NULL,
    line_id          uuid        NOT NULL,
    kind             text        NOT NULL CHECK (kind IN ('phone', 'bsuid', 'username')),
    value            text        NOT NULL,
    contact_id       uuid        NOT NULL,
    conversation_id  uuid        NOT NULL,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (bucket, line_id, kind, value)
);
CREATE INDEX identifier_contact ON identifier (contact_id);

CREATE TABLE lead (
    bucket             smallint    NOT NULL,
    id                 uuid        NOT NULL,
    conversation_id    uuid        NOT NULL,
    contact_id         uuid        NOT NULL,
    flow_name          text        NOT NULL,
    flow_version       integer     NOT NULL,
    stage              text        NOT NULL
        CHECK (stage IN ('new', 'qualifying', 'qualified', 'handed_over', 'won', 'lost')),
    service_type_enum  text,
    service_type_id    integer,
    fields             jsonb       NOT NULL DEFAULT '{}',
    suggestions        jsonb       NOT NULL DEFAULT '{}',
    score              integer     NOT NULL DEFAULT 0,
    opened_at          timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    closed_at          timestamptz,
    PRIMARY KEY (bucket, id),
    CHECK (service_type_id IS NULL OR service_type_enum IS NOT NULL)
) WITH (fillfactor = 70);
CREATE INDEX lead_conversation ON lead (conversation_id);

-- ── 1 · In ───────────────────────────────────────────────────────────────────────────────────────────────────────

-- history: one webhook POST, as far as it concerns this bucket. Written even when all of it was known: the commit
-- then has something to wait for, and an acknowledgement never outruns the standby.
CREATE TABLE delivery (
    bucket       smallint    NOT NULL,
    id           uuid        NOT NULL,
    received_at  timestamptz NOT NULL,
    body_bytes   integer     NOT NULL,
    messages     integer     NOT NULL,
    fresh        integer     NOT NULL,
    reports      integer     NOT NULL,
    quarantined  integer     NOT NULL,
    simulated    boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (bucket, id)
) PARTITION BY RANGE (id);

-- history: a message kept. `needs_no_turn` says why no turn reads it.
CREATE TABLE message (
    bucket           smallint    NOT NULL,
    id               uuid        NOT NULL,
    conversation_id  uuid        NOT NULL,
    delivery_id      uuid        NOT NULL,
    wamid            text        NOT NULL,
    kind             text        NOT NULL,
    text             text        NOT NULL,
    content          jsonb       NOT NULL DEFAULT '{}',
    sent_at          timestamptz NOT NULL,
    received_at      timestamptz NOT NULL,
    needs_no_turn    text,
    raw              bytea       NOT NULL,            -- jsonb refuses NUL and lone surrogates
    PRIMARY KEY (bucket, id)
) PARTITION BY RANGE (id);
CREATE INDEX message_conversation ON message (conversation_id, id);

-- key: a message is kept once, however often it is delivered. At least 8 days (WhatsApp repeats for 7).
CREATE TABLE inbound_key (
    bucket       smallint    NOT NULL,
    wamid        text        NOT NULL,
    message_id   uuid        NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, wamid)
);
CREATE INDEX inbound_key_age ON inbound_key USING brin (received_at);

-- key: what an erasure leaves, so that no replay brings anything back: a keyed hash of a wamid, for 8 days.
CREATE TABLE erased_key (
    bucket     smallint    NOT NULL,
    hash       bytea       NOT NULL,
    erased_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, hash)
);

-- history: a message that came again.
CREATE TABLE repetition (
    bucket       smallint    NOT NULL,
    message_id   uuid        NOT NULL,
    delivery_id  uuid        NOT NULL,
    received_at  timestamptz NOT NULL,
    simulated    boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (bucket, message_id, delivery_id)
);
CREATE INDEX repetition_age ON repetition USING brin (received_at);

-- ticket: a message nobody has read yet.
CREATE TABLE unread (
    bucket           smallint    NOT NULL,
    conversation_id  uuid        NOT NULL,
    message_id       uuid        NOT NULL,
    received_at      timestamptz NOT NULL,
    PRIMARY KEY (bucket, conversation_id, message_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- ticket: a conversation that has a turn to come: unread messages, or a time to wake at (follow-up, giving back).
-- The lease columns are in no index, so a claim is a HOT update; an expired lease is simply claimable.
CREATE TABLE conversation_ticket (
    bucket           smallint    NOT NULL,
    conversation_id  uuid        NOT NULL,
    line_id          uuid        NOT NULL,
    first_unread_at  timestamptz,
    unread_due_at    timestamptz,
    wake_at          timestamptz,
    wake_cause       text        CHECK (wake_cause IN ('follow_up', 'given_back')),
    wake_act         uuid,                            -- the act that gave the conversation back
    due_at           timestamptz GENERATED ALWAYS AS (LEAST(unread_due_at, wake_at)) STORED,
    lease_until      timestamptz,
    lease_token      uuid,
    attempts         smallint    NOT NULL DEFAULT 0,  -- claims since the last committed turn
    last_error       text,
    PRIMARY KEY (bucket, conversation_id),
    CHECK ((wake_at IS NULL) = (wake_cause IS NULL)),
    CHECK ((unread_due_at IS NULL) = (first_unread_at IS NULL))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX conversation_ticket_due ON conversation_ticket (due_at);

-- ticket: evidence that two conversations are one contact's. No turn of either is taken until they are united.
CREATE TABLE merge_ticket (
    bucket           smallint    NOT NULL,
    conversation_id  uuid        NOT NULL,            -- the younger; becomes an alias
    into_id          uuid        NOT NULL,            -- the older
    evidence         text        NOT NULL,            -- the wamid that showed it
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (bucket, conversation_id, into_id),
    CHECK (into_id < conversation_id)
);

-- What was delivered and could not be understood.
CREATE TABLE quarantine (
    bucket           smallint    NOT NULL,            -- 0: no line of ours
    id               uuid        NOT NULL,
    delivery_id      uuid        NOT NULL,
    phone_number_id  text,
    reason           text        NOT NULL,
    raw              bytea       NOT NULL,
    digest           bytea       NOT NULL,            -- SHA-256 of the raw bytes: what comes again is listed once
    received_at      timestamptz NOT NULL,
    resolved_at      timestamptz,
    resolved_by      text,
    PRIMARY KEY (bucket, id),
    UNIQUE (bucket, digest)
);
CREATE INDEX quarantine_open ON quarantine (bucket, id) WHERE resolved_at IS NULL;

-- What WhatsApp says of a line or an account: quality, templates, bans.
CREATE TABLE line_notice (
    bucket       smallint    NOT NULL,
    id           uuid        NOT NULL,
    line_id      uuid,
    kind         text        NOT NULL,
    detail       jsonb       NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- ── 2 · Deciding ─────────────────────────────────────────────────────────────────────────────────────────────────

-- history: one decision. A message's turn is the one that names it in `message_ids`.
CREATE TABLE turn (
    bucket           smallint    NOT NULL,
    id               uuid        NOT NULL,
    conversation_id  uuid        NOT NULL,
    lead_id          uuid        NOT NULL,
    state_version    bigint      NOT NULL,            -- after it
    turn_cause       text        NOT NULL,
    cause            text        NOT NULL,            -- of its replies
    message_ids      uuid[]      NOT NULL,
    why              text        NOT NULL,
    silence          text,                            -- why it owes no reply
    notify           text,                            -- what somebody is told
    readings         jsonb       NOT NULL,            -- facts and signals, a reading a message
    state_before     jsonb       NOT NULL,
    state_after      jsonb       NOT NULL,
    timings          jsonb       NOT NULL DEFAULT '{}',
    created_at       timestamptz NOT NULL,
    model            jsonb,                           -- what a language model proposed, and what became of it
    PRIMARY KEY (bucket, id)
) PARTITION BY RANGE (id);
CREATE INDEX turn_conversation ON turn (conversation_id, id);

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
-- What language models took of a line's day, as reserved before each call and settled after it.
CREATE TABLE model_spending (
    bucket   smallint NOT NULL,
    line_id  uuid     NOT NULL,
    day      date     NOT NULL,                       -- in the line's time zone
    tokens   bigint   NOT NULL,
    money    numeric  NOT NULL,                       -- by the owner's prices; 0 where none is given
    calls    integer  NOT NULL,
    PRIMARY KEY (bucket, line_id, day)
) WITH (fillfactor = 50);

-- history: what a field was and became, and by whom.
CREATE TABLE lead_change (
    bucket      smallint    NOT NULL,
    id          uuid        NOT NULL,
    lead_id     uuid        NOT NULL,
    field       text        NOT NULL,
    old         jsonb,
    new         jsonb,
    suggestion  jsonb,
    reason      text        NOT NULL,
    turn_id     uuid,
    act_id      uuid,
    at          timestamptz NOT NULL,
    PRIMARY KEY (bucket, id)
) PARTITION BY RANGE (id);
CREATE INDEX lead_change_lead ON lead_change (lead_id, id);

-- A conversation that a person has, from the moment somebody was told.
CREATE TABLE handover (
    bucket           smallint    NOT NULL,
    id               uuid        NOT NULL,
    conversation_id  uuid        NOT NULL,
    reason           text        NOT NULL,
    told             text        NOT NULL,
    opened_at        timestamptz NOT NULL,
    taken_at         timestamptz,
    taken_by         text,
    given_back_at    timestamptz,
    given_back_by    text,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX handover_conversation ON handover (conversation_id, id);
CREATE INDEX handover_open ON handover (bucket, opened_at) WHERE given_back_at IS NULL;

-- Every act of a person, and of a policy the owner turned on.
CREATE TABLE act (
    bucket           smallint    NOT NULL,
    id               uuid        NOT NULL,
    conversation_id  uuid,
    lead_id          uuid,
    reply_id         uuid,
    name             text        NOT NULL,
    operator         text        NOT NULL,
    detail           jsonb       NOT NULL DEFAULT '{}',
    at               timestamptz NOT NULL,
    PRIMARY KEY (bucket, id)
);
CREATE INDEX act_conversation ON act (conversation_id, id);

-- ── 3 · Out ──────────────────────────────────────────────────────────────────────────────────────────────────────

-- history: the outbound log. Written, PENDING, in the turn's transaction; never sent without its key.
CREATE TABLE reply (
    bucket               smallint    NOT NULL,
    id                   uuid        NOT NULL,
    conversation_id      uuid        NOT NULL,
    lead_id              uuid,
    turn_id              uuid,
    act_id               uuid,
    outbound_dedupe_key  text        NOT NULL,
    reply_type           text        NOT NULL CHECK (reply_type IN (
        'greeting', 'question', 'clarification', 'answer', 'confirmation', 'handover', 'closing', 'opt_out',
        'follow_up', 'template', 'human')),
    question_key         text,
    day_bucket           date,
    cause                text        NOT NULL,
    part                 smallint    NOT NULL DEFAULT 0,
    revision             smallint    NOT NULL DEFAULT 0,
    body                 jsonb       NOT NULL,
    status               text        NOT NULL
        CHECK (status IN ('PENDING', 'SENDING', 'SENT', 'FAILED', 'UNKNOWN', 'SUPPRESSED')),
    attempt              smallint    NOT NULL DEFAULT 0,
    error                text,
    error_code           integer,
    provider_message_id  text,
    reported             text        CHECK (reported IN ('failed', 'sent', 'delivered', 'read')),
    suppression          text        CHECK (suppression IN (
        'superseded', 'handed_over', 'stopped', 'window_closed', 'withdrawn')),
    resolution           text        CHECK (resolution IN ('echoed', 'resent', 'discarded', 'overtaken')),
    created_at           timestamptz NOT NULL,
    sending_at           timestamptz,
    sent_at              timestamptz,
    failed_at            timestamptz,
    delivered_at         timestamptz,
    read_at              timestamptz,
    PRIMARY KEY (bucket, id),
    CHECK ((status = 'SUPPRESSED') = (suppression IS NOT NULL)),
    CHECK (status <> 'SENT' OR sent_at IS NOT NULL),
    CHECK (status <> 'FAILED' OR failed_at IS NOT NULL),
    CHECK (status NOT IN ('SENDING', 'SENT', 'UNKNOWN') OR attempt > 0)
) PARTITION BY RANGE (id);
CREATE INDEX reply_conversation ON reply (conversation_id, id);

-- key: two sends for one key never happen by machine. Kept as long as the conversation.
CREATE TABLE reply_key (
    bucket               smallint    NOT NULL,
    outbound_dedupe_key  text        NOT NULL,
    reply_id             uuid        NOT NULL,
    conversation_id      uuid        NOT NULL,
    cause                text        NOT NULL,
    part                 smallint    NOT NULL,
    revision             smallint    NOT NULL,
    machine              boolean     NOT NULL,
    created_at           timestamptz NOT NULL,
    PRIMARY KEY (bucket, outbound_dedupe_key)
);
-- A second computation might choose another type of reply for the same cause.
CREATE UNIQUE INDEX reply_key_cause ON reply_key (bucket, conversation_id, cause, part, revision) WHERE machine;

-- ticket: a reply that is not settled, or stands on the list of what somebody must see (UNKNOWN, FAILED).
CREATE TABLE reply_ticket (
    bucket           smallint    NOT NULL,
    conversation_id  uuid        NOT NULL,
    reply_id         uuid        NOT NULL,
    line_id          uuid        NOT NULL,
    status           text        NOT NULL CHECK (status IN ('PENDING', 'SENDING', 'UNKNOWN', 'FAILED')),
    reply_type       text        NOT NULL,
    due_at           timestamptz NOT NULL,            -- not before; infinity for UNKNOWN and FAILED
    attempt          smallint    NOT NULL DEFAULT 0,
    lease_until      timestamptz,                     -- of SENDING: then it is UNKNOWN, never PENDING again
    since            timestamptz NOT NULL,            -- when it came to its status
    lease_token      uuid,                            -- of the latest claim: attempts are counted anew after a rollback
    PRIMARY KEY (bucket, conversation_id, reply_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX reply_ticket_due ON reply_ticket (line_id, due_at);

-- WhatsApp's pair limit of a conversation, as a theoretical arrival time. Apart from the conversation, whose wide row
-- a send would otherwise write anew.
CREATE TABLE pair_pace (
    bucket           smallint    NOT NULL,
    conversation_id  uuid        NOT NULL,
    free_at          timestamptz NOT NULL,
    PRIMARY KEY (bucket, conversation_id)
) WITH (fillfactor = 70);

-- history: one try at sending, with the redacted request and answer.
CREATE TABLE send_attempt (
    bucket               smallint    NOT NULL,
    reply_id             uuid        NOT NULL,
    attempt              smallint    NOT NULL,
    started_at           timestamptz NOT NULL,
    ended_at             timestamptz NOT NULL,
    verdict              text        NOT NULL,
    code                 integer,
    error                text,
    provider_message_id  text,
    record               jsonb       NOT NULL DEFAULT '{}',
    PRIMARY KEY (bucket, reply_id, attempt)
) PARTITION BY RANGE (reply_id);

-- key: the wamid of what was accepted, for reports that do not carry our callback data.
CREATE TABLE sent_key (
    bucket      smallint    NOT NULL,
    wamid       text        NOT NULL,
    reply_id    uuid        NOT NULL,
    attempt     smallint    NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, wamid)
);
CREATE INDEX sent_key_age ON sent_key USING brin (created_at);

-- A key that existed already: not sent. `alarm`: inside a fenced turn, which is our bug.
CREATE TABLE collision (
    bucket               smallint    NOT NULL,
    id                   uuid        NOT NULL,
    conversation_id      uuid        NOT NULL,
    outbound_dedupe_key  text        NOT NULL,
    reply_type           text        NOT NULL,
    question_key         text,
    cause                text        NOT NULL,
    existing_reply_id    uuid,
    existing_cause       text,
    turn_id              uuid,
    alarm                boolean     NOT NULL,
    at                   timestamptz NOT NULL,
    PRIMARY KEY (bucket, id)
);

-- ── 4 · What WhatsApp reports ────────────────────────────────────────────────────────────────────────────────────

-- history: append-only; folded into the reply with a monotone order.
CREATE TABLE report (
    bucket         smallint    NOT NULL,
    id             uuid        NOT NULL,
    delivery_id    uuid        NOT NULL,
    line_id        uuid        NOT NULL,
    wamid          text        NOT NULL,
    reported       text        NOT NULL CHECK (reported IN ('failed', 'sent', 'delivered', 'read')),
    at             timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    callback_data  text,
    code           integer,
    error          text,
    PRIMARY KEY (bucket, id)
) PARTITION BY RANGE (id);

-- key: a report is kept once per message and status.
CREATE TABLE report_key (
    bucket       smallint    NOT NULL,
    wamid        text        NOT NULL,
    reported     text        NOT NULL,
    report_id    uuid        NOT NULL,
    received_at  timestamptz NOT NULL,
    PRIMARY KEY (bucket, wamid, reported)
);
CREATE INDEX report_key_age ON report_key USING brin (received_at);

-- ticket: a report not yet folded into its reply.
CREATE TABLE report_ticket (
    bucket     smallint    NOT NULL,
    report_id  uuid        NOT NULL,
    due_at     timestamptz NOT NULL,
    attempts   smallint    NOT NULL DEFAULT 0,
    PRIMARY KEY (bucket, report_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- ── Files of customers ───────────────────────────────────────────────────────────────────────────────────────────

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

-- ── What others are told ─────────────────────────────────────────────────────────────────────────────────────

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

-- side table: what the panel's pages of leads are filtered by and counted from. Filled beside the cards.
CREATE TABLE lead_card (
    bucket           smallint  NOT NULL,
    lead_id          uuid      NOT NULL,
    conversation_id  uuid      NOT NULL,
    flow_name        text      NOT NULL,
    stage            text      NOT NULL,
    service          text,
    known            text[]    NOT NULL,              -- names of the fields that it knows
    PRIMARY KEY (bucket, lead_id)
) WITH (fillfactor = 70);
CREATE INDEX lead_card_conversation ON lead_card (bucket, conversation_id);
CREATE INDEX lead_card_stage ON lead_card (bucket, stage, lead_id DESC);
CREATE INDEX lead_card_service ON lead_card (bucket, service, lead_id DESC);
CREATE INDEX lead_card_service_stage ON lead_card (bucket, service, stage, lead_id DESC);

-- side table: how many cards of leads there are of each kind, and of these how many know a field. Kept in step with
-- them by whoever changes one.
CREATE TABLE lead_count (
    bucket     smallint  NOT NULL,
    flow_name  text      NOT NULL,
    service    text      NOT NULL,                    -- '': not known yet
    stage      text      NOT NULL,
    field      text      NOT NULL,                    -- '': whatever they know
    count      bigint    NOT NULL,
    PRIMARY KEY (bucket, flow_name, service, stage, field)
);

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

-- ── Partitions: a default each, so that a missing month never stops an insert ────────────────────────────────────

CREATE TABLE delivery_default     PARTITION OF delivery     DEFAULT;
CREATE TABLE message_default      PARTITION OF message      DEFAULT;
CREATE TABLE turn_default         PARTITION OF turn         DEFAULT;
CREATE TABLE lead_change_default  PARTITION OF lead_change  DEFAULT;
CREATE TABLE reply_default        PARTITION OF reply        DEFAULT;
CREATE TABLE send_attempt_default PARTITION OF send_attempt DEFAULT;
CREATE TABLE report_default       PARTITION OF report       DEFAULT;
