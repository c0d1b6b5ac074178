-- What language models propose and take.

ALTER TABLE turn ADD COLUMN model jsonb;

CREATE TABLE model_spending (
    bucket   smallint NOT NULL,
    line_id  uuid     NOT NULL,
    day      date     NOT NULL,
    tokens   bigint   NOT NULL,
    money    numeric  NOT NULL,
    calls    integer  NOT NULL,
    PRIMARY KEY (bucket, line_id, day)
) WITH (fillfactor = 50);
