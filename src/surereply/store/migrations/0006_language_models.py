"""What language models propose and take: a turn's record of it, and a line's spending of a day."""

from surereply.store.migrate import write_sql

revision = "0006_language_models"
down_revision = "0005_media"


def upgrade() -> None:
    write_sql(revision)
