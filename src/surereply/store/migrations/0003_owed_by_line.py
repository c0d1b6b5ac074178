"""What a line owes is found by the line alone."""

from surereply.store.migrate import write_sql

revision = "0003_owed_by_line"
down_revision = "0002_claim_tokens"


def upgrade() -> None:
    write_sql(revision)
