"""Operators, and the side tables that the panel's pages are read from."""

from surereply.store.migrate import write_sql

revision = "0003_panel"
down_revision = "0002_claim_tokens"


def upgrade() -> None:
    write_sql(revision)
