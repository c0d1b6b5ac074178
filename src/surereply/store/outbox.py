"""Claim owed replies: written down as SENDING before their first byte."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from surereply.domain.conversation import window_closes_at
from surereply.domain.replies import (
    PASSES_A_CLOSED_WINDOW,
    PASSES_A_HANDOVER,
    PASSES_A_STOP,
    Body,
    ReplyType,
    Suppression,
)
from surereply.store import pair_pace
from surereply.store.database import Tx, columns
from surereply.store.domain_values import body_from
from surereply.store.looking_back import THE_BEGINNING

# A send in doubt holds back the conversation's next reply this long at most: order against silence.
DOUBT_HOLDS_BACK = timedelta(seconds=20)
# Types that leave whatever the office hours say.
AT_ANY_HOUR = [ReplyType.HUMAN.value, ReplyType.TEMPLATE.value, ReplyType.OPT_OUT.value]


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many replies of a line may be claimed now."""

    bucket: int
    line_id: UUID
    most: int
    office_is_open: bool
    templates_allowed: bool
    since: datetime = THE_BEGINNING  # what was due before that is looked at another time


@dataclass(frozen=True, slots=True)
class ClaimedReply:
    """A reply marked SENDING: ours to send until `lease_until`, and nobody's afterwards."""

    bucket: int
    id: UUID
    conversation_id: UUID
    line_id: UUID
    reply_type: ReplyType
    attempt: int
    body: Body
    phone: str | None
    bsuid: str | None
    dedupe_key: str
    lease_until: datetime
    token: UUID  # of this very claim
    window_closes_at: datetime | None
    owed_since: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    sending: tuple[ClaimedReply, ...]
    suppressed: tuple[tuple[UUID, Suppression], ...]
    oldest: Mapping[UUID, datetime] = field(default_factory=dict)  # by line: when the oldest that may leave was due


@dataclass(frozen=True, slots=True)
class _Candidate:
    bucket: int
    conversation_id: UUID
    reply_id: UUID
    reply_type: ReplyType
    line_id: UUID
    due_at: datetime


async def claim(tx: Tx, allowances: Sequence[Allowance], now: datetime, lease_for: timedelta) -> Claimed:
    """Mark the oldest replies of these lines SENDING; the caller holds the lines' paces, so nobody else claims there.

    The conversation's row is locked and looked at again: after a stop only the opt-out leaves, while a person has the
    conversation only theirs and the handover, outside the window only templates.
    """
    candidates = await _candidates(tx, allowances, now)
    conversations = await _lock_conversations(tx, candidates)
    sending, suppressed, postponed = [], [], []
    for candidate in candidates:
        row = conversations.get((candidate.bucket, candidate.conversation_id))
        if row is None:
            continue  # a turn or a person has it locked: next time
        reason = suppression(row, candidate.reply_type, now)
        if reason is not None:
            suppressed.append((candidate, reason))
        elif (until := pair_pace.held_until(row["free_at"], now)) is not None:
            postponed.append((candidate, until))
        else:
            sending.append(candidate)
    await suppress(tx, [(c.bucket, c.conversation_id, c.reply_id, reason) for c, reason in suppressed])
    await _postpone(tx, postponed)
    claimed = await _mark_sending(tx, sending, conversations, now, lease_for)
    oldest: dict[UUID, datetime] = {}
    for candidate in candidates:
        oldest[candidate.line_id] = min(candidate.due_at, oldest.get(candidate.line_id, candidate.due_at))
    return Claimed(tuple(claimed), tuple((candidate.reply_id, reason) for candidate, reason in suppressed), oldest)


def suppression(conversation: Mapping[str, Any], reply_type: ReplyType, now: datetime) -> Suppression | None:
    """Why a reply must not leave now; None where it may. `conversation`: its row, locked."""
    if conversation["stopped_at"] is not None and reply_type not in PASSES_A_STOP:
        return Suppression.STOPPED
    if conversation["handed_over_at"] is not None and reply_type not in PASSES_A_HANDOVER:
        return Suppression.HANDED_OVER
    closes_at = window_closes_at(conversation["window_from"])
    if (closes_at is None or now >= closes_at) and reply_type not in PASSES_A_CLOSED_WINDOW:
        return Suppression.WINDOW_CLOSED
    return None


async def _candidates(tx: Tx, allowances: Sequence[Allowance], now: datetime) -> list[_Candidate]:
    """The oldest open reply of each conversation, as many a line as it may send."""
    rows = await tx.fetch(
        """
        SELECT c.bucket, c.conversation_id, c.reply_id, c.reply_type, c.line_id, c.due_at
          FROM unnest($1::smallint[], $2::uuid[], $3::integer[], $4::boolean[], $5::boolean[], $6::timestamptz[])
               AS l (bucket, line_id, most, office_is_open, templates_allowed, since)
         CROSS JOIN LATERAL (
               SELECT t.bucket, t.conversation_id, t.reply_id, t.reply_type, t.line_id, t.due_at
                 FROM reply_ticket t
                WHERE t.bucket = l.bucket AND t.line_id = l.line_id AND t.status = 'PENDING'
                  AND t.due_at <= $7 AND t.due_at >= l.since
                  AND (l.office_is_open OR t.reply_type = ANY($9::text[]))
                  AND (l.templates_allowed OR t.reply_type <> 'template')
                  AND NOT EXISTS (SELECT
                                    FROM reply_ticket e
                                   WHERE e.bucket = t.bucket AND e.conversation_id = t.conversation_id
                                     AND e.reply_id < t.reply_id
                                     AND (e.status = 'PENDING'
                                          -- What waits for the morning or for a payment silences nobody meanwhile.
                                          AND (l.office_is_open OR e.reply_type = ANY($9::text[]))
                                          AND (l.templates_allowed OR e.reply_type <> 'template')
                                          OR e.status = 'SENDING'
                                          OR e.status = 'UNKNOWN' AND e.since > $8)
                                  -- Looked up by key, one by one: as a join it read all of the bucket for each reply.
                                  OFFSET 0)
                ORDER BY t.due_at, t.reply_id
                LIMIT l.most
         ) c
         WHERE c.bucket = ANY($1::smallint[])
        """,
        *columns(
            ((a.bucket, a.line_id, a.most, a.office_is_open, a.templates_allowed, a.since) for a in allowances), 6
        ),
        now,
        now - DOUBT_HOLDS_BACK,
        AT_ANY_HOUR,
    )
    return [
        _Candidate(
            row["bucket"],
            row["conversation_id"],
            row["reply_id"],
            ReplyType(row["reply_type"]),
            row["line_id"],
            row["due_at"],
        )
        for row in rows
    ]


async def _lock_conversations(tx: Tx, candidates: Sequence[_Candidate]) -> dict[tuple[int, UUID], Any]:
    """Before the tickets, as everybody does. Those that are locked already are left for the next time."""
    rows = await tx.fetch(
        """
        SELECT c.bucket, c.id, c.line_id, c.phone, c.bsuid, c.stopped_at, c.handed_over_at, c.window_from, p.free_at
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
          JOIN conversation c ON c.bucket = k.bucket AND c.id = k.id
          LEFT JOIN pair_pace p ON p.bucket = k.bucket AND p.conversation_id = k.id
         WHERE c.bucket = ANY($1::smallint[])
         ORDER BY c.bucket, c.id
           FOR NO KEY UPDATE OF c SKIP LOCKED
        """,
        *columns(sorted({(c.bucket, c.conversation_id) for c in candidates}), 2),
    )
    return {(row["bucket"], row["id"]): row for row in rows}


async def suppress(tx: Tx, replies: Sequence[tuple[int, UUID, UUID, Suppression]]) -> None:
    """Those that are still PENDING are never sent, for this reason: by bucket, conversation and reply."""
    if replies:
        await tx.execute(
            """
            WITH gone AS (
                DELETE FROM reply_ticket t
                 USING unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[])
                       AS k (bucket, conversation_id, reply_id, suppression)
                 WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket
                   AND t.conversation_id = k.conversation_id AND t.reply_id = k.reply_id AND t.status = 'PENDING'
                RETURNING t.bucket, t.reply_id, k.suppression
            )
            UPDATE reply r SET status = 'SUPPRESSED', suppression = gone.suppression
              FROM gone
             WHERE r.bucket = ANY($1::smallint[]) AND r.bucket = gone.bucket AND r.id = gone.reply_id
            """,
            *columns(((*keys, reason.value) for *keys, reason in replies), 4),
        )


async def _postpone(tx: Tx, postponed: Sequence[tuple[_Candidate, datetime]]) -> None:
    if postponed:
        await tx.execute(
            """
            UPDATE reply_ticket t SET due_at = k.due_at
              FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::timestamptz[])
                   AS k (bucket, conversation_id, reply_id, due_at)
             WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket
               AND t.conversation_id = k.conversation_id AND t.reply_id = k.reply_id AND t.status = 'PENDING'
            """,
            *columns(((c.bucket, c.conversation_id, c.reply_id, due_at) for c, due_at in postponed), 4),
        )


async def _mark_sending(
    tx: Tx,
    candidates: Sequence[_Candidate],
    conversations: Mapping[tuple[int, UUID], Any],
    now: datetime,
    lease_for: timedelta,
) -> list[ClaimedReply]:
    if not candidates:
        return []
    keys = sorted((c.bucket, c.conversation_id, c.reply_id) for c in candidates)
    marked = await tx.fetch(
        """
        UPDATE reply_ticket t
           SET status = 'SENDING', attempt = t.attempt + 1, since = $4::timestamptz,
               lease_until = $4::timestamptz + $5::interval, lease_token = gen_random_uuid()
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[]) AS k (bucket, conversation_id, reply_id)
         WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket
           AND t.conversation_id = k.conversation_id AND t.reply_id = k.reply_id AND t.status = 'PENDING'
        RETURNING t.bucket, t.reply_id, t.attempt, t.lease_until, t.lease_token
        """,
        *columns(keys, 3),
        now,
        lease_for,
    )
    rows = await _mark_replies(tx, [(row["bucket"], row["reply_id"], row["attempt"]) for row in marked], now)
    await pair_pace.count_on(tx, [(row["bucket"], row["conversation_id"]) for row in rows], now)
    leases = {(row["bucket"], row["reply_id"]): row for row in marked}
    return [
        _claimed(row, conversations[row["bucket"], row["conversation_id"]], leases[row["bucket"], row["id"]])
        for row in rows
    ]


async def _mark_replies(tx: Tx, marked: Sequence[tuple[int, UUID, int]], now: datetime) -> list[Any]:
    """Only what is PENDING itself: a stray ticket beside a settled reply sends nothing."""
    rows: list[Any] = await tx.fetch(
        """
        UPDATE reply r
           SET status = 'SENDING', attempt = k.attempt, sending_at = $4, error = NULL, error_code = NULL
          FROM unnest($1::smallint[], $2::uuid[], $3::smallint[]) AS k (bucket, id, attempt)
         WHERE r.bucket = ANY($1::smallint[]) AND r.bucket = k.bucket AND r.id = k.id AND r.status = 'PENDING'
        RETURNING r.bucket, r.id, r.conversation_id, r.reply_type, r.attempt, r.body, r.outbound_dedupe_key,
                  r.created_at
        """,
        *columns(marked, 3),
        now,
    )
    return rows


async def still_marked(tx: Tx, replies: Sequence[ClaimedReply]) -> list[ClaimedReply]:
    """Those that stand as this very claim marked them, or in doubt since its lease ended; locked.

    By the claim's token: where the claim was rolled back, or lost at a failover, another one has the same attempt.
    """
    rows = await tx.fetch(
        """
        SELECT t.reply_id
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[])
               AS k (bucket, conversation_id, reply_id, token)
          JOIN reply_ticket t ON t.bucket = k.bucket AND t.conversation_id = k.conversation_id
                             AND t.reply_id = k.reply_id
         WHERE t.bucket = ANY($1::smallint[]) AND t.lease_token = k.token AND t.status IN ('SENDING', 'UNKNOWN')
         ORDER BY t.bucket, t.conversation_id, t.reply_id
           FOR UPDATE OF t
        """,
        *columns(((reply.bucket, reply.conversation_id, reply.id, reply.token) for reply in replies), 4),
    )
    marked = {row["reply_id"] for row in rows}
    return [reply for reply in replies if reply.id in marked]


def _claimed(row: Mapping[str, Any], to: Mapping[str, Any], lease: Mapping[str, Any]) -> ClaimedReply:
    return ClaimedReply(
        row["bucket"],
        row["id"],
        row["conversation_id"],
        to["line_id"],
        ReplyType(row["reply_type"]),
        row["attempt"],
        body_from(row["body"]),
        to["phone"],
        to["bsuid"],
        row["outbound_dedupe_key"],
        lease["lease_until"],
        lease["lease_token"],
        window_closes_at(to["window_from"]),
        row["created_at"],
    )
