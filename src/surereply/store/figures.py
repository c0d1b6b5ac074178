"""The figures of open work that the verdict on health rests on: from the ticket tables, never by a scan of history."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from surereply.domain.addresses import host_of
from surereply.domain.health import ENDPOINT_AMBER_SECONDS, FAILING_TURN_TRIES, Figures, LineState
from surereply.domain.identity import UNKNOWN_LINE_BUCKET, id_at
from surereply.store import endpoints
from surereply.store.database import Tx
from surereply.store.outbox import AT_ANY_HOUR
from surereply.store.partitions import PARTITIONED

DAY = timedelta(hours=24)


async def read_figures(
    tx: Tx,
    buckets: Sequence[int],
    now: datetime,
    line_names: Mapping[UUID, str],
    office_is_open: Callable[[UUID], bool],
    *,
    unknown_s: float | None,
    odd_rows: int,
) -> Figures:
    """`unknown_s`: the age of the oldest send in doubt; `odd_rows`: how many of the newest rows cannot be read."""
    states = await _line_states(tx, buckets, now, line_names)
    turns = await _turn_tickets(tx, buckets, now)
    replies = await _reply_tickets(tx, buckets)
    overdue = _pending_overdue(replies, states, office_is_open, now)
    open_counts = _counts(replies)
    recent = await _recent_alarms(tx, buckets, now)
    waiting = await _waiting_for_people(tx, buckets)
    listening = await endpoints.all_endpoints(tx)
    failing_until = now - timedelta(seconds=ENDPOINT_AMBER_SECONDS)
    return Figures(
        unread_overdue_s=age_s(turns["unread_due_at"], now),
        failing_turns=turns["failing"],
        merge_waiting_s=age_s(turns["merge_since"], now),
        pending_overdue_s=overdue,
        sending_overdue_s=age_s(_least(row["lease_until"] for row in replies if row["status"] == "SENDING"), now),
        report_overdue_s=age_s(turns["report_due_at"], now),
        unknown_s=unknown_s,
        unknown=open_counts.get("UNKNOWN", 0),
        failed=open_counts.get("FAILED", 0),
        alarms=recent["alarms"],
        second_copies=recent["second_copies"],
        quarantined=waiting["quarantined"],
        handover_waiting_s=age_s(waiting["opened_at"], now),
        handovers_waiting=waiting["handovers"],
        endpoints_disabled=tuple(host_of(one.url) for one in listening if one.disabled_at),
        endpoints_failing=tuple(
            host_of(one.url)
            for one in listening
            if one.failing_since and one.failing_since <= failing_until and not (one.disabled_at or one.paused_at)
        ),
        default_partitions=await _default_partitions(tx),
        months_ahead=await _months_ahead(tx, now),
        lines=tuple(states[line_id] for line_id in sorted(states)),
        odd_rows=odd_rows,
    )


async def _turn_tickets(tx: Tx, buckets: Sequence[int], now: datetime) -> Mapping[str, Any]:
    row: Mapping[str, Any] | None = await tx.fetchrow(
        """
        SELECT min(t.unread_due_at) AS unread_due_at,
               count(*) FILTER (WHERE t.attempts >= $2 AND (t.lease_until IS NULL OR t.last_error IS NOT NULL
                                                            OR t.lease_until <= $3)) AS failing,
               (SELECT min(m.created_at) FROM merge_ticket m WHERE m.bucket = ANY($1::smallint[])) AS merge_since,
               (SELECT min(r.due_at) FROM report_ticket r WHERE r.bucket = ANY($1::smallint[])) AS report_due_at
          FROM conversation_ticket t
         WHERE t.bucket = ANY($1::smallint[])
        """,
        buckets,
        FAILING_TURN_TRIES,
        now,
    )
    assert row is not None
    return row


async def _reply_tickets(tx: Tx, buckets: Sequence[int]) -> list[Mapping[str, Any]]:
    """A row for each line, status and kind. A reply behind another one of its conversation waits for that one alone."""
    rows: list[Mapping[str, Any]] = await tx.fetch(
        """
        SELECT t.line_id, t.status, t.reply_type = ANY($2::text[]) AS at_any_hour,
               t.reply_type = 'template' AS is_template, count(*) AS count, min(t.lease_until) AS lease_until,
               min(t.due_at) FILTER (WHERE NOT EXISTS (SELECT
                                                         FROM reply_ticket e
                                                        WHERE e.bucket = t.bucket
                                                          AND e.conversation_id = t.conversation_id
                                                          AND e.reply_id < t.reply_id
                                                          AND (e.status = 'SENDING'
                                                               -- What waits for the morning holds up no person.
                                                               OR e.status = 'PENDING'
                                                              AND (e.reply_type = ANY($2::text[])
                                                                   OR t.reply_type <> ALL($2::text[]))))) AS due_at
          FROM reply_ticket t
         WHERE t.bucket = ANY($1::smallint[])
         GROUP BY 1, 2, 3, 4
        """,
        buckets,
        AT_ANY_HOUR,
    )
    return rows


def _pending_overdue(
    replies: Iterable[Mapping[str, Any]],
    states: Mapping[UUID, LineState],
    office_is_open: Callable[[UUID], bool],
    now: datetime,
) -> float | None:
    """Since when a reply could have left: its line sends, its hour has come."""
    due = []
    for row in replies:
        state = states.get(row["line_id"])
        if row["status"] != "PENDING" or state is None:
            continue
        shut = state.stopped is not None or state.closed is not None or state.held or state.paused
        waits = row["is_template"] and state.templates_stopped
        if not shut and not waits and (row["at_any_hour"] or office_is_open(row["line_id"])):
            due.append(row["due_at"])
    return age_s(_least(due), now)


def _counts(replies: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in replies:
        counts[row["status"]] = counts.get(row["status"], 0) + row["count"]
    return counts


async def _recent_alarms(tx: Tx, buckets: Sequence[int], now: datetime) -> Mapping[str, Any]:
    row: Mapping[str, Any] | None = await tx.fetchrow(
        """
        SELECT (SELECT count(*)
                  FROM collision c
                 WHERE c.bucket = ANY($1::smallint[]) AND c.id >= $2 AND c.alarm) AS alarms,
               (SELECT count(*)
                  FROM act a
                 WHERE a.bucket = ANY($1::smallint[]) AND a.id >= $2 AND a.name = 'second_copy'
                   AND NOT EXISTS (SELECT
                                     FROM act r
                                    WHERE r.bucket = a.bucket AND r.conversation_id = a.conversation_id
                                      AND r.reply_id = a.reply_id AND r.name = 'resend')) AS second_copies
        """,
        buckets,
        id_at(now - DAY),
    )
    assert row is not None
    return row


async def _waiting_for_people(tx: Tx, buckets: Sequence[int]) -> Mapping[str, Any]:
    row: Mapping[str, Any] | None = await tx.fetchrow(
        """
        SELECT count(*) AS handovers, min(h.opened_at) AS opened_at,
               (SELECT count(*)
                  FROM quarantine q
                 WHERE q.bucket = ANY($2::smallint[]) AND q.resolved_at IS NULL) AS quarantined
          FROM handover h
         WHERE h.bucket = ANY($1::smallint[]) AND h.given_back_at IS NULL AND h.taken_at IS NULL
        """,
        buckets,
        [UNKNOWN_LINE_BUCKET, *buckets],
    )
    assert row is not None
    return row


async def _default_partitions(tx: Tx) -> tuple[str, ...]:
    """Names come from `PARTITIONED` alone."""
    checks = ", ".join(f"EXISTS (SELECT FROM {parent}_default) AS {parent}" for parent in PARTITIONED)
    row = await tx.fetchrow(f"SELECT {checks}")
    return tuple(parent for parent in PARTITIONED if row and row[parent])


async def _months_ahead(tx: Tx, now: datetime) -> int:
    """How many of the next two months have all their partitions."""
    ahead, month = 0, now.replace(day=1)
    for _ in range(2):
        month = (month + timedelta(days=32)).replace(day=1)
        names = [f"{parent}_{month:%Y_%m}" for parent in PARTITIONED]
        complete = await tx.fetchval("SELECT bool_and(to_regclass(n) IS NOT NULL) FROM unnest($1::text[]) AS n", names)
        if not complete:
            break
        ahead += 1
    return ahead


async def _line_states(
    tx: Tx, buckets: Sequence[int], now: datetime, line_names: Mapping[UUID, str]
) -> dict[UUID, LineState]:
    rows = await tx.fetch(
        """
        SELECT line_id,
               stopped_at IS NOT NULL AS stopped, coalesce(stopped_reason, 'no reason was given') AS stopped_why,
               coalesce(closed_until > $2, false) AS closed, coalesce(closed_reason, 'for a while') AS closed_why,
               templates_stopped_at IS NOT NULL AS templates_stopped, held_at IS NOT NULL AS held,
               paused_at IS NOT NULL AS paused
          FROM line_pace
         WHERE bucket = ANY($1::smallint[])
        """,
        buckets,
        now,
    )
    return {
        row["line_id"]: LineState(
            name=line_names.get(row["line_id"], str(row["line_id"])),
            stopped=row["stopped_why"] if row["stopped"] else None,
            templates_stopped=row["templates_stopped"],
            closed=row["closed_why"] if row["closed"] else None,
            held=row["held"],
            paused=row["paused"],
        )
        for row in rows
    }


def _least(instants: Iterable[datetime | None]) -> datetime | None:
    return min((instant for instant in instants if instant is not None), default=None)


def age_s(instant: datetime | None, now: datetime) -> float | None:
    """Seconds since then, 0 for the future; None where there is nothing, or no sensible time."""
    if instant is None or instant.tzinfo is None:
        return None
    seconds = (now - instant).total_seconds()
    return round(max(seconds, 0.0), 3) if math.isfinite(seconds) else None
