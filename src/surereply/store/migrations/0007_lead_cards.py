"""Leads counted and filtered from side tables, and which text a settings' flow file last brought."""

from surereply.store.migrate import write_sql

revision = "0007_lead_cards"
down_revision = "0006_language_models"


def upgrade() -> None:
    write_sql(revision)
