"""`surereply …` of the next version, as a process: the same program, and one migration more.

python -m faults.next_version MIGRATIONS serve …
"""

import re
import sys
from pathlib import Path

from surereply import cli
from surereply.store import migrate

NEWEST = "9000_next"
# What a migration may do beside those who work: columns that nobody has to know, a table, an index.
SQL = """
ALTER TABLE message ADD COLUMN next_note text;
ALTER TABLE conversation ADD COLUMN next_note text NOT NULL DEFAULT '';
ALTER TABLE conversation_ticket ADD COLUMN next_note integer NOT NULL DEFAULT 0;
ALTER TABLE reply ADD COLUMN next_note jsonb;
ALTER TABLE reply_ticket ADD COLUMN next_note integer;
ALTER TABLE lead ADD COLUMN next_note text;
CREATE TABLE next_table (bucket smallint NOT NULL, id uuid NOT NULL, PRIMARY KEY (bucket, id));
CREATE INDEX next_index ON lead (stage);
"""


def write_migrations(folder: Path) -> None:
    """Ours, and one more."""
    for path in migrate.MIGRATIONS.glob("0*"):
        (folder / path.name).write_text(path.read_text())
    ours = migrate.known_revisions()[-1]
    (folder / f"{NEWEST}.sql").write_text(SQL)
    names = f'revision = "{NEWEST}"\ndown_revision = "{ours}"'
    source = (folder / f"{ours}.py").read_text()
    (folder / f"{NEWEST}.py").write_text(re.sub(r"(?m)^revision = .*\ndown_revision = .*$", names, source))


if __name__ == "__main__":
    migrate.MIGRATIONS = Path(sys.argv[1])
    del sys.argv[1]
    cli.main()
