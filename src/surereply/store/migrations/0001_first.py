"""The first schema."""

from surereply.store.migrate import write_sql

revision = "0001_first"
down_revision = None


def upgrade() -> None:
    write_sql(revision)
