"""Tallies by ten minutes: counted from history off the hot path, added up for the charts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from surereply.domain.identity import id_at
from surereply.store import side_progress
from surereply.store.database import Tx

STEP = timedelta(minutes=10)
STEPS_AT_ONCE = 6 * 24
STAYS_YOUNG = timedelta(minutes=20)  # what is older is final: a send takes no longer, but for doubts
# Seconds from a message to its reply's acceptance; each tally counts those up to its edge and over the one before.
EDGES = (1, 2, 3, 5, 8, 13, 21, 34, 60, 120, 300, 900)


async def count(tx: Tx, bucket: int, now: datetime) -> int:
    """Count what is young anew; 1 while older hours are still to be counted, 0 where all is."""
    progress = await side_progress.hold(tx, bucket, now)
    if progress is None:
        return 0
    since = floor(progress.counted_until)
    until = min(since + STEPS_AT_ONCE * STEP, floor(now) + STEP)
    await tx.execute("DELETE FROM tally WHERE bucket = $1 AND since >= $2 AND since < $3", bucket, since, until)
    await _insert(tx, bucket, since, until)
    behind = until <= floor(now)
    await side_progress.note_counted(tx, bucket, until if behind else max(since, floor(now - STAYS_YOUNG)))
    return int(behind)


def floor(instant: datetime) -> datetime:
    """The beginning of its ten minutes."""
    seconds = int(STEP.total_seconds())
    return datetime.fromtimestamp(int(instant.timestamp()) // seconds * seconds, UTC)


async def _insert(tx: Tx, bucket: int, since: datetime, until: datetime) -> None:
    await tx.execute(
        """
        INSERT INTO tally (bucket, line_id, since, figure, count)
        SELECT $1, c.line_id, date_bin('10 minutes', f.at, 'epoch'), f.figure, count(*)
          FROM (SELECT conversation_id, received_at AS at, 'messages' AS figure
                  FROM message
                 WHERE bucket = $1 AND id >= $2 AND id < $3 AND needs_no_turn IS NULL
                 UNION ALL
                SELECT conversation_id, created_at,
                       CASE WHEN status = 'SENT' AND reply_type IN ('human', 'template') THEN 'sent_person'
                            WHEN status = 'SENT' THEN 'sent_bot'
                            ELSE lower(status) END
                  FROM reply
                 WHERE bucket = $1 AND id >= $2 AND id < $3
                 UNION ALL
                SELECT r.conversation_id, r.created_at, 'within:' || coalesce(e.edge::text, 'more')
                  FROM reply r
                  JOIN turn t ON t.bucket = r.bucket AND t.id = r.turn_id
                  JOIN message m ON m.bucket = t.bucket AND m.id = t.message_ids[1]
                  LEFT JOIN LATERAL (SELECT min(edge) AS edge
                                       FROM unnest($6::integer[]) AS edge
                                      WHERE r.sent_at - m.received_at <= edge * interval '1 second') e ON true
                 WHERE r.bucket = $1 AND r.id >= $2 AND r.id < $3 AND r.sent_at IS NOT NULL
                 UNION ALL
                SELECT conversation_id, opened_at, 'started'
                  FROM lead
                 WHERE bucket = $1 AND id >= $2 AND id < $3
                 UNION ALL
                SELECT DISTINCT ON (lead_id, question_key) conversation_id, created_at, 'asked:' || question_key
                  FROM reply
                 WHERE bucket = $1 AND id >= $2 AND id < $3 AND status = 'SENT'
                   AND reply_type IN ('greeting', 'question') AND question_key IS NOT NULL
                 UNION ALL
                SELECT conversation_id, created_at, 'qualified'
                  FROM turn
                 WHERE bucket = $1 AND id >= $2 AND id < $3 AND state_after ->> 'stage' = 'qualified'
                   AND coalesce(state_before ->> 'stage', '') <> 'qualified'
                 UNION ALL
                SELECT conversation_id, opened_at, 'handed_over'
                  FROM handover
                 WHERE bucket = $1 AND id >= $2 AND id < $3
                 UNION ALL
                SELECT conversation_id, at, 'collisions'
                  FROM collision
                 WHERE bucket = $1 AND id >= $2 AND id < $3) f
          JOIN conversation c ON c.bucket = $1 AND c.id = f.conversation_id
         WHERE f.at >= $4 AND f.at < $5
         GROUP BY 2, 3, 4
        """,
        bucket,
        id_at(since - timedelta(minutes=1)),
        id_at(until),
        since,
        until,
        EDGES,
    )


@dataclass(frozen=True, slots=True)
class Tallies:
    """Per step of the chart, and in all."""

    steps: list[datetime]
    by_step: dict[str, list[int]]
    total: dict[str, int]


async def add_up(
    tx: Tx, buckets: Sequence[int], since: datetime, until: datetime, step: timedelta, line_id: UUID | None
) -> Tallies:
    """What happened from `since` on in steps, on one line or all of them. `since` is where a step begins."""
    rows = await tx.fetch(
        """
        SELECT date_bin($5::interval, since, $2) AS step, figure, sum(count)::bigint AS count
          FROM tally
         WHERE bucket = ANY($1::smallint[]) AND since >= $2 AND since < $3 AND ($4::uuid IS NULL OR line_id = $4)
         GROUP BY 1, 2
        """,
        buckets,
        since,
        until,
        line_id,
        step,
    )
    steps = [since + number * step for number in range(-(-(until - since) // step))]
    place = {at: number for number, at in enumerate(steps)}
    by_step: dict[str, list[int]] = defaultdict(lambda: [0] * len(steps))
    total: dict[str, int] = defaultdict(int)
    for row in rows:
        by_step[row["figure"]][place[row["step"]]] += row["count"]
        total[row["figure"]] += row["count"]
    return Tallies(steps, dict(by_step), dict(total))
