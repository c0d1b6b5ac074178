-- A claim of a reply has a token of its own: attempts are counted anew where a claim was rolled back, or lost at a failover.

ALTER TABLE reply_ticket ADD COLUMN lease_token uuid;
