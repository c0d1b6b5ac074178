"""Lines and their pace: who may send how fast, and what stopped them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from surereply.domain import retry
from surereply.domain.line import Line, LineSettings
from surereply.domain.retry import Pace
from surereply.store.database import Tx, columns, count_of, to_json

_SETTINGS = msgspec.json.Decoder(LineSettings)


@dataclass(frozen=True, slots=True)
class StoredLine:
    line: Line
    secrets: bytes | None  # encrypted; None: the environment's


@dataclass(frozen=True, slots=True)
class LinePace:
    """A line's pace, locked by the one dispatcher that claims for it now."""

    bucket: int
    line_id: UUID
    tokens: float
    refilled_at: datetime
    slowed_to: float | None
    slowed_at: datetime | None
    templates_stopped_at: datetime | None
    window_from: datetime | None
    window_claimed: int
    window_unknown: int


async def all_lines(tx: Tx) -> list[StoredLine]:
    rows = await tx.fetch("SELECT * FROM line ORDER BY bucket, created_at")
    return [
        StoredLine(
            Line(
                row["bucket"],
                row["id"],
                row["phone_number_id"],
                row["name"],
                row["flow_name"],
                _SETTINGS.decode(row["settings"]),
            ),
            row["secrets"],
        )
        for row in rows
    ]


async def put_line(tx: Tx, line: Line, secrets: bytes | None, now: datetime) -> UUID:
    """Make the line, or bring it up to date; its id."""
    line_id: UUID = await tx.fetchval(
        """
        INSERT INTO line AS l (bucket, id, phone_number_id, name, flow_name, settings, secrets, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (bucket, phone_number_id) DO UPDATE
           SET name = excluded.name, flow_name = excluded.flow_name, settings = excluded.settings,
               secrets = coalesce(excluded.secrets, l.secrets)
        RETURNING id
        """,
        line.bucket,
        line.id,
        line.phone_number_id,
        line.name,
        line.flow_name,
        to_json(line.settings),
        secrets,
        now,
    )
    await tx.execute(
        """
        INSERT INTO line_pace (bucket, line_id, tokens, refilled_at, held_at)
        VALUES ($1, $2, 1, $3, (SELECT min(held_at) FROM line_pace))
        ON CONFLICT DO NOTHING
        """,
        line.bucket,
        line_id,
        now,
    )
    return line_id


async def set_retention(tx: Tx, bucket: int, line_id: UUID, days: int | None) -> int | None:
    """Of a line's settings this one alone; what it was."""
    was: int | None = await tx.fetchval(
        """
        UPDATE line n SET settings = n.settings || jsonb_build_object('retention_days', $3::integer)
          FROM line o
         WHERE n.bucket = $1 AND n.id = $2 AND o.bucket = n.bucket AND o.id = n.id
        RETURNING (o.settings ->> 'retention_days')::integer
        """,
        bucket,
        line_id,
        days,
    )
    return was


async def lock_paces(tx: Tx, since: Mapping[tuple[int, UUID], datetime], now: datetime) -> list[LinePace]:
    """Lock the paces of lines that may send and have something that was due after `since` (by bucket and line).

    Lines that another dispatcher claims for now are left to it.
    """
    rows = await tx.fetch(
        """
        SELECT p.*
          FROM line_pace p
          JOIN unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) AS k (bucket, line_id, since)
            ON k.bucket = p.bucket AND k.line_id = p.line_id
         WHERE p.bucket = ANY($1::smallint[])
           AND p.stopped_at IS NULL AND p.held_at IS NULL AND p.paused_at IS NULL
           AND (p.closed_until IS NULL OR p.closed_until <= $4)
           AND EXISTS (SELECT
                         FROM reply_ticket t
                        WHERE t.bucket = p.bucket AND t.line_id = p.line_id AND t.due_at <= $4
                          AND t.due_at >= k.since AND t.status = 'PENDING')
           FOR UPDATE OF p SKIP LOCKED
        """,
        *columns(((*line, at) for line, at in since.items()), 3),
        now,
    )
    return [_pace(row) for row in rows]


def _pace(row: Mapping[str, Any]) -> LinePace:
    return LinePace(**{name: row[name] for name in LinePace.__slots__})


async def write_paces(tx: Tx, paces: Sequence[LinePace]) -> None:
    await tx.execute(
        """
        UPDATE line_pace p
           SET tokens = k.tokens, refilled_at = k.refilled_at, window_from = k.window_from,
               window_claimed = k.window_claimed, window_unknown = k.window_unknown
          FROM unnest($1::smallint[], $2::uuid[], $3::real[], $4::timestamptz[], $5::timestamptz[], $6::integer[],
                      $7::integer[])
               AS k (bucket, line_id, tokens, refilled_at, window_from, window_claimed, window_unknown)
         WHERE p.bucket = ANY($1::smallint[]) AND p.bucket = k.bucket AND p.line_id = k.line_id
        """,
        *columns(
            (
                (
                    p.bucket,
                    p.line_id,
                    p.tokens,
                    p.refilled_at,
                    p.window_from,
                    p.window_claimed,
                    p.window_unknown,
                )
                for p in paces
            ),
            7,
        ),
    )


async def slow_down(tx: Tx, bucket: int, line_id: UUID, full: float, now: datetime) -> None:
    """Half of what the line sends now; `full` is its own rate, messages a second."""
    row = await tx.fetchrow(
        "SELECT slowed_to, slowed_at FROM line_pace WHERE bucket = $1 AND line_id = $2 FOR UPDATE", bucket, line_id
    )
    if row is None:
        return
    pace = retry.slow_down(Pace(full, row["slowed_to"], row["slowed_at"]), now)
    await tx.execute(
        "UPDATE line_pace SET slowed_to = $3, slowed_at = $4 WHERE bucket = $1 AND line_id = $2",
        bucket,
        line_id,
        pace.slowed_to,
        pace.slowed_at,
    )


async def close_until(tx: Tx, bucket: int, line_id: UUID, until: datetime, reason: str) -> None:
    """Nothing of the line goes out until then; it opens by itself."""
    await tx.execute(
        """
        UPDATE line_pace SET closed_until = GREATEST(closed_until, $3), closed_reason = $4
         WHERE bucket = $1 AND line_id = $2
        """,
        bucket,
        line_id,
        until,
        reason,
    )


async def stop(tx: Tx, bucket: int, line_id: UUID, reason: str, now: datetime) -> bool:
    """Nothing of the line goes out until a person acts; the queue is kept. False if it was stopped already."""
    stopped = await tx.fetchval(
        """
        UPDATE line_pace SET stopped_at = $4, stopped_reason = $3
         WHERE bucket = $1 AND line_id = $2 AND stopped_at IS NULL
        RETURNING true
        """,
        bucket,
        line_id,
        reason,
        now,
    )
    return bool(stopped)


async def stop_templates(tx: Tx, bucket: int, line_id: UUID, now: datetime) -> None:
    await tx.execute(
        """
        UPDATE line_pace SET templates_stopped_at = coalesce(templates_stopped_at, $3)
         WHERE bucket = $1 AND line_id = $2
        """,
        bucket,
        line_id,
        now,
    )


async def resume(tx: Tx, bucket: int, line_id: UUID) -> None:
    """A new token, a settled payment, an end of the pause: the line sends again."""
    await tx.execute(
        """
        UPDATE line_pace
           SET stopped_at = NULL, stopped_reason = NULL, templates_stopped_at = NULL, closed_until = NULL,
               closed_reason = NULL, paused_at = NULL
         WHERE bucket = $1 AND line_id = $2
        """,
        bucket,
        line_id,
    )


async def pause(tx: Tx, bucket: int, line_id: UUID, now: datetime) -> None:
    await tx.execute(
        "UPDATE line_pace SET paused_at = coalesce(paused_at, $3) WHERE bucket = $1 AND line_id = $2",
        bucket,
        line_id,
        now,
    )


async def hold(tx: Tx, now: datetime) -> int:
    """Everything owed stays here until `release`; how many lines."""
    result = await tx.execute("UPDATE line_pace SET held_at = coalesce(held_at, $1)", now)
    return count_of(result)


async def release(tx: Tx) -> int:
    result = await tx.execute("UPDATE line_pace SET held_at = NULL WHERE held_at IS NOT NULL")
    return count_of(result)


async def count_unknown(tx: Tx, bucket: int, line_id: UUID, unknown: int) -> tuple[int, int]:
    """Add to the breaker's window; what it holds now: claimed, unknown."""
    row = await tx.fetchrow(
        """
        UPDATE line_pace SET window_unknown = window_unknown + $3
         WHERE bucket = $1 AND line_id = $2
        RETURNING window_claimed, window_unknown
        """,
        bucket,
        line_id,
        unknown,
    )
    return (row["window_claimed"], row["window_unknown"]) if row else (0, 0)


async def note_refusal(tx: Tx, buckets: Sequence[int], now: datetime) -> None:
    """Our endpoint refused a delivery: that no report came proves nothing for a while."""
    await tx.execute(
        "UPDATE line_pace SET refused_at = GREATEST(refused_at, $2) WHERE bucket = ANY($1::smallint[])",
        buckets,
        now,
    )
