"""A token for each claim of a reply."""

from surereply.store.migrate import write_sql

revision = "0002_claim_tokens"
down_revision = "0001_first"


def upgrade() -> None:
    write_sql(revision)
