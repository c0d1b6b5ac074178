"""Endpoints that are told of what happens here; and how far words that are kept no longer were removed."""

from surereply.store.migrate import write_sql

revision = "0008_endpoints"
down_revision = "0007_lead_cards"


def upgrade() -> None:
    write_sql(revision)
