"""Endpoints that are told of what happens here; and how far words that are kept no longer were removed."""

from surereply.store.migrate import write_sql

revision = "0007_endpoints"
down_revision = "0006_language_models"


def upgrade() -> None:
    write_sql(revision)
