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

-- Leads that were there before get their cards as conversations did: from the beginning, in the background.
UPDATE side_progress SET backfilled_to = '00000000-0000-0000-0000-000000000000';

ALTER TABLE flow ADD COLUMN loaded_sha256 text;

-- What the settings' file brought last is not news: a version chosen since by a person stays through the next start.
UPDATE flow f
   SET loaded_sha256 = (SELECT v.sha256
                          FROM flow_version v
                         WHERE v.name = f.name AND v.created_by = 'settings'
                         ORDER BY v.version DESC
                         LIMIT 1);
