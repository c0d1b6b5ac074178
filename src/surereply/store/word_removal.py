"""Words that a line keeps no longer: overwritten in place, of conversations at rest alone, a few at a time.

What stays: that something was said, when, and what became of it (rows, ids, wamids, statuses, counts), so that the
invariants and the charts still add up; every key; the contact; the lead with its values, without the words they rest
on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from surereply.domain.identity import FIRST_ID, id_at, new_id
from surereply.store import cards, words
from surereply.store.acts import note_act
from surereply.store.database import Tx, count_of

LOOKED_AT = 50  # conversations of a line in one transaction
ROUND_EVERY = timedelta(hours=6)
MOST_COUNTED = 100_000
BY = "surereply"

# A conversation at rest: nobody owes it anything, no person has it, and its lead is decided, or has not been touched
# for as long as words are kept. `c` is the conversation, $3 the oldest id whose words are kept, $4 its time.
_AT_REST = """
           AND c.handed_over_at IS NULL
           AND NOT EXISTS (SELECT FROM conversation_ticket t WHERE t.bucket = $1 AND t.conversation_id = c.id)
           AND NOT EXISTS (SELECT FROM unread u WHERE u.bucket = $1 AND u.conversation_id = c.id)
           AND NOT EXISTS (SELECT FROM reply_ticket r WHERE r.bucket = $1 AND r.conversation_id = c.id)
           AND NOT EXISTS (SELECT FROM reply r WHERE r.bucket = $1 AND r.conversation_id = c.id
                                                 AND r.status = 'UNKNOWN' AND r.resolution IS NULL)
           AND NOT EXISTS (SELECT FROM merge_ticket g
                            WHERE g.bucket = $1 AND (g.conversation_id = c.id OR g.into_id = c.id))
           AND NOT EXISTS (SELECT FROM lead l
                            WHERE l.bucket = $1 AND l.conversation_id = c.id AND l.closed_at IS NULL
                              AND l.stage NOT IN ('won', 'lost')
                              AND (l.updated_at >= $4
                                   OR EXISTS (SELECT FROM message m
                                               WHERE m.bucket = $1 AND m.conversation_id = c.id AND m.id >= $3)))
"""


@dataclass(frozen=True, slots=True)
class Removed:
    """How much lost its words; `looked_at`: conversations of this step, 0 when the round is over."""

    conversations: int = 0
    messages: int = 0
    replies: int = 0
    looked_at: int = 0


async def remove_words(tx: Tx, bucket: int, line_id: UUID, days: int, now: datetime) -> Removed:
    """The next few conversations of a line's round. Nothing where somebody else is at it, or the round is over for now.

    Its own progress is written in the same transaction: cut off half-way, the next one begins where this one did.
    """
    reached = await _hold_round(tx, bucket, line_id, now)
    if reached is None:
        return Removed()
    kept_from = now - timedelta(days=days)
    looked_at = await _next_conversations(tx, bucket, line_id, reached)
    # Before the conversations, as an erasure does: nobody fills a card from words that are about to go.
    await cards.hold(tx, bucket)
    resting = await _lock_resting(tx, bucket, looked_at, kept_from)
    removed: dict[UUID, tuple[int, int]] = {}
    unfinished: list[UUID] = []
    for conversation_id in resting:
        counts, is_done = await words.overwrite(tx, bucket, conversation_id, id_at(kept_from), now)
        await words.overwrite_of_leads(tx, bucket, conversation_id, kept_from)
        if any(counts):
            removed[conversation_id] = counts
        if not is_done:
            unfinished.append(conversation_id)
    messages, replies = (sum(counts[which] for counts in removed.values()) for which in (0, 1))
    if removed:
        await cards.fill_anew(tx, bucket, list(removed))
        detail = {"line_id": str(line_id), "days": days, "conversations": len(removed), "messages": messages,
                  "replies": replies}  # fmt: skip
        await note_act(tx, bucket, new_id(now), "remove_words", BY, now, detail=detail)
    await _note_reached(tx, bucket, line_id, looked_at, unfinished, now)
    return Removed(len(removed), messages, replies, len(looked_at))


async def _hold_round(tx: Tx, bucket: int, line_id: UUID, now: datetime) -> UUID | None:
    """Where it stands; None where somebody else holds it, or the next one has not begun."""
    await tx.execute(
        """
        INSERT INTO removal_round (bucket, line_id, reached, next_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        """,
        bucket,
        line_id,
        FIRST_ID,
        now,
    )
    reached: UUID | None = await tx.fetchval(
        """
        SELECT reached FROM removal_round WHERE bucket = $1 AND line_id = $2 AND next_at <= $3 FOR UPDATE SKIP LOCKED
        """,
        bucket,
        line_id,
        now,
    )
    return reached


async def _next_conversations(tx: Tx, bucket: int, line_id: UUID, after: UUID) -> list[UUID]:
    rows = await tx.fetch(
        "SELECT id FROM conversation WHERE bucket = $1 AND line_id = $2 AND id > $3 ORDER BY id LIMIT $4",
        bucket,
        line_id,
        after,
        LOOKED_AT,
    )
    return [row["id"] for row in rows]


async def _lock_resting(tx: Tx, bucket: int, conversation_ids: Sequence[UUID], kept_from: datetime) -> list[UUID]:
    """Those at rest that hold something old, locked against turns and people; whoever holds one keeps it: it is not at
    rest."""
    rows = await tx.fetch(
        f"""
        SELECT c.id
          FROM conversation c
          LEFT JOIN word_removal w ON w.bucket = c.bucket AND w.conversation_id = c.id
         WHERE c.bucket = $1 AND c.id = ANY($2::uuid[]) {_AT_REST}
           AND (EXISTS (SELECT FROM message o WHERE o.conversation_id = c.id AND o.id < $3
                                                AND o.id >= coalesce(w.removed_until, $5))
                OR EXISTS (SELECT FROM reply o WHERE o.conversation_id = c.id AND o.id < $3
                                                 AND o.id >= coalesce(w.removed_until, $5))
                OR EXISTS (SELECT FROM turn o WHERE o.conversation_id = c.id AND o.id < $3
                                                AND o.id >= coalesce(w.removed_until, $5)))
         ORDER BY c.id
           FOR NO KEY UPDATE OF c SKIP LOCKED
        """,  # noqa: S608 - our own words
        bucket,
        conversation_ids,
        id_at(kept_from),
        kept_from,
        FIRST_ID,
    )
    return [row["id"] for row in rows]


async def _note_reached(
    tx: Tx, bucket: int, line_id: UUID, looked_at: Sequence[UUID], unfinished: Sequence[UUID], now: datetime
) -> None:
    """Before the first one that is unfinished; at the end of the round, for the next one."""
    if unfinished:
        before = [one for one in looked_at if one < unfinished[0]]
        if before:
            await _put_reached(tx, bucket, line_id, before[-1], now)
    elif len(looked_at) < LOOKED_AT:
        await _put_reached(tx, bucket, line_id, FIRST_ID, now + ROUND_EVERY)
    else:
        await _put_reached(tx, bucket, line_id, looked_at[-1], now)


async def _put_reached(tx: Tx, bucket: int, line_id: UUID, reached: UUID, next_at: datetime) -> None:
    await tx.execute(
        "UPDATE removal_round SET reached = $3, next_at = $4 WHERE bucket = $1 AND line_id = $2",
        bucket,
        line_id,
        reached,
        next_at,
    )


async def begin_round(tx: Tx, bucket: int, line_id: UUID, now: datetime) -> None:
    """The next one begins now: the line keeps its words for another time from now on."""
    await _put_reached(tx, bucket, line_id, FIRST_ID, now)


async def empty_old_quarantine(tx: Tx, bucket: int, number: str, days: int, now: datetime) -> int:
    """Bytes of deliveries that were not understood, once somebody has looked at them."""
    result = await tx.execute(
        """
        UPDATE quarantine SET raw = ''
         WHERE bucket = $1 AND id < $2 AND phone_number_id = $3 AND resolved_at IS NOT NULL AND raw <> ''
        """,
        bucket,
        id_at(now - timedelta(days=days)),
        number,
    )
    return count_of(result)


@dataclass(frozen=True, slots=True)
class ToRemove:
    """What would lose its words now; `capped`: more messages than are counted."""

    conversations: int
    messages: int
    replies: int
    capped: bool


async def count_removable(tx: Tx, bucket: int, line_id: UUID, days: int, now: datetime) -> ToRemove:
    """A dry run: nothing is written."""
    kept_from = now - timedelta(days=days)
    row: Mapping[str, Any] | None = await tx.fetchrow(
        f"""
        WITH resting AS MATERIALIZED (
            SELECT c.id, coalesce(w.removed_until, $6) AS since
              FROM conversation c
              LEFT JOIN word_removal w ON w.bucket = c.bucket AND w.conversation_id = c.id
             WHERE c.bucket = $1 AND c.line_id = $2 AND c.id < $3 {_AT_REST}
        ), said AS (
            SELECT r.id AS conversation_id
              FROM resting r JOIN message m ON m.conversation_id = r.id AND m.id >= r.since AND m.id < $3
             WHERE m.bucket = $1
             LIMIT $5
        ), answered AS (
            SELECT r.id AS conversation_id
              FROM resting r JOIN reply a ON a.conversation_id = r.id AND a.id >= r.since AND a.id < $3
             WHERE a.bucket = $1
             LIMIT $5
        )
        SELECT (SELECT count(DISTINCT b.conversation_id)
                  FROM (SELECT conversation_id FROM said UNION SELECT conversation_id FROM answered) b)
               AS conversations,
               (SELECT count(*) FROM said) AS messages, (SELECT count(*) FROM answered) AS replies
        """,  # noqa: S608 - our own words
        bucket,
        line_id,
        id_at(kept_from),
        kept_from,
        MOST_COUNTED,
        FIRST_ID,
    )
    assert row is not None
    capped = MOST_COUNTED in (row["messages"], row["replies"])
    return ToRemove(row["conversations"], row["messages"], row["replies"], capped)
