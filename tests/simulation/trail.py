"""What every transaction changed, as the database itself saw it: triggers note it, and each commit is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
import msgspec

# Big or hidden columns are left out; the rest of a row is a few hundred bytes.
NOTED = ("message", "unread", "turn", "conversation_ticket", "conversation", "lead", "reply", "act", "report")
LEFT_OUT = ("raw", "content", "readings", "state_before", "state_after", "timings", "machine_replies", "suggestions")

SCHEMA = f"""
CREATE TABLE trail (
    number  bigint  GENERATED ALWAYS AS IDENTITY,
    pid     integer NOT NULL DEFAULT pg_backend_pid(),
    name    text    NOT NULL,
    before  jsonb,
    after   jsonb
);
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO trail (name, before, after)
    VALUES (TG_ARGV[0],
            CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - '{{{",".join(LEFT_OUT)}}}'::text[] END,
            CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - '{{{",".join(LEFT_OUT)}}}'::text[] END);
    RETURN NULL;
END $$;
""" + "".join(
    f"CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON {table}"
    f" FOR EACH ROW EXECUTE FUNCTION note_change('{table}');\n"
    for table in NOTED
)


@dataclass(frozen=True, slots=True)
class Change:
    """A row before and after; None where it was not, or is no more."""

    table: str
    pid: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def row(self) -> Mapping[str, Any]:
        row = self.after if self.after is not None else self.before
        assert row is not None
        return row

    def became(self, column: str) -> Any:
        """The new value of a column that changed; None where it did not."""
        if self.after is None:
            return None
        before = self.before[column] if self.before is not None else None
        return self.after[column] if self.after[column] != before else None


async def take(monitor: "asyncpg.Connection[Any]") -> list[Change]:
    """What was committed since the last time, in the order of writing."""
    rows = await monitor.fetch("DELETE FROM trail RETURNING number, name, pid, before, after")
    return [
        Change(row["name"], row["pid"], _decoded(row["before"]), _decoded(row["after"]))
        for row in sorted(rows, key=lambda row: row["number"])
    ]


def _decoded(text: str | None) -> Mapping[str, Any] | None:
    decoded: Mapping[str, Any] | None = msgspec.json.decode(text) if text is not None else None
    return decoded
