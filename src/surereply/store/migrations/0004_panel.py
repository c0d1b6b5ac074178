"""Operators, and the side tables that the panel's pages are read from."""

from surereply.store.migrate import write_sql

revision = "0004_panel"
down_revision = "0003_owed_by_line"


def upgrade() -> None:
    write_sql(revision)
