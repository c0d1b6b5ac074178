"""What was said in voice notes, and the files of customers."""

from surereply.store.migrate import write_sql

revision = "0005_media"
down_revision = "0004_panel"


def upgrade() -> None:
    write_sql(revision)
