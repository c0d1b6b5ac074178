"""What is in the database before anybody writes: a flow, and a line for each policy."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg

from surereply.domain.identity import bucket_of, new_id
from surereply.domain.line import Line, LineSettings
from surereply.lab.lines import AppSecrets, make_lines
from surereply.store import flows, lines, partitions
from surereply.store.secrets import Credentials

FLOW = Path(__file__).resolve().parents[2] / "flows" / "business-services.yaml"
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOLDS, RESENDS = make_lines(2)  # a line a policy for what is in doubt
POLICIES = {HOLDS.phone_number_id: "hold", RESENDS.phone_number_id: "resend"}
TRUNCATED_EVERY = 20
KEPT = ("flow", "flow_version", "line", "line_pace", "service_type", "alembic_version")


async def set_up(connection: "asyncpg.Connection[Any]") -> None:
    async with connection.transaction():
        await partitions.ensure_partitions(connection, START)
        await flows.put_flow(connection, "business-services", FLOW.read_text(), "test", START)
        for one in (HOLDS, RESENDS):
            number = one.phone_number_id
            settings = LineSettings(unknown_policy=POLICIES[number])
            line = Line(bucket_of(number), new_id(START), number, one.name, "business-services", settings)
            await lines.put_line(connection, line, None, START)


async def clear(connection: "asyncpg.Connection[Any]", run: int) -> None:
    """Nothing is kept, and nobody is known. Deleting a few rows is ten times quicker than truncating, as long as there
    are not too many dead ones."""
    tables = await connection.fetch(
        """
        SELECT relname FROM pg_class
         WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
           AND relname <> ALL($1::text[])
         ORDER BY relname = 'contact'  -- conversations refer to it
        """,
        KEPT,
    )
    names = [row["relname"] for row in tables]
    if run % TRUNCATED_EVERY == 0:
        await connection.execute(f"TRUNCATE {', '.join(names)}")
    await connection.execute("".join(f"DELETE FROM {name};" for name in (*names, "line_pace")))
    await connection.execute(
        "INSERT INTO line_pace (bucket, line_id, tokens, refilled_at) SELECT bucket, id, 40, $1 FROM line", START
    )


def credentials() -> dict[str, Credentials]:
    app = AppSecrets()
    return {
        line.phone_number_id: Credentials(line.access_token, app.app_secret, app.verify_token)
        for line in (HOLDS, RESENDS)
    }
