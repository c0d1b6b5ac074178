"""Claim conversations that have a turn to come, and load what their turns may see."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from surereply.domain.conversation import Conversation
from surereply.domain.identity import id_at
from surereply.domain.lead import Lead
from surereply.domain.message import Message
from surereply.domain.replies import EarlierReply, Status
from surereply.domain.turn_values import TurnCause
from surereply.store.database import Tx, columns
from surereply.store.domain_values import Row, conversation_from, earlier_reply_from, lead_from, message_from
from surereply.store.looking_back import THE_BEGINNING

log = structlog.get_logger()

EARLIER_REPLIES = 12  # newest of the conversation that a turn may look back to
UNANSWERED_MESSAGES = 20


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to take a conversation's next turn until a time; `token` fences the commit."""

    bucket: int
    conversation_id: UUID
    token: UUID
    until: datetime
    attempts: int  # claims since the last committed turn, this one included
    wake_at: datetime | None  # set when that time has come
    wake_cause: TurnCause | None
    wake_act: UUID | None
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a turn may see, as it stood at one moment; the commit looks again."""

    conversation: Conversation
    contact_id: UUID
    merged_into: UUID | None
    lead: Lead | None
    messages: tuple[Message, ...]
    earlier_replies: tuple[EarlierReply, ...]
    unanswered_messages: tuple[Message, ...] = ()

    @property
    def pending(self) -> frozenset[UUID]:
        """Machine replies that a turn on top of this may supersede."""
        return frozenset(r.id for r in self.earlier_replies if r.is_machine and r.status is Status.PENDING)


async def claim(
    tx: Tx, buckets: Sequence[int], now: datetime, lease_for: timedelta, most: int, since: datetime = THE_BEGINNING
) -> list[Lease]:
    """Lease conversations whose turn is due, oldest first, of those due after `since`. An expired lease is simply
    claimable.

    The claim itself counts the attempt, since a turn that kills its process cannot.
    """
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT t.bucket, t.conversation_id
              FROM conversation_ticket t
             WHERE t.bucket = ANY($1::smallint[])
               AND t.due_at <= $2 AND t.due_at >= $5
               AND (t.lease_until IS NULL OR t.lease_until <= $2)
               AND NOT EXISTS (SELECT FROM merge_ticket m
                                WHERE m.bucket = t.bucket
                                  AND t.conversation_id IN (m.conversation_id, m.into_id))
             ORDER BY t.due_at
             LIMIT $3
               FOR UPDATE OF t SKIP LOCKED
        )
        UPDATE conversation_ticket t
           SET lease_until = $2 + $4::interval, lease_token = gen_random_uuid(), attempts = t.attempts + 1
          FROM due
         WHERE t.bucket = due.bucket AND t.conversation_id = due.conversation_id AND t.bucket = ANY($1::smallint[])
        RETURNING t.bucket, t.conversation_id, t.lease_token, t.lease_until, t.attempts, t.due_at,
                  t.wake_at, t.wake_cause, t.wake_act
        """,
        buckets,
        now,
        most,
        lease_for,
        since,
    )
    return [_lease(row, now) for row in sorted(rows, key=lambda row: row["due_at"])]


def _lease(row: Row, now: datetime) -> Lease:
    woken = row["wake_at"] is not None and row["wake_at"] <= now
    return Lease(
        row["bucket"],
        row["conversation_id"],
        row["lease_token"],
        row["lease_until"],
        row["attempts"],
        row["wake_at"] if woken else None,
        TurnCause(row["wake_cause"]) if woken else None,
        row["wake_act"] if woken else None,
        row["due_at"],
    )


async def load(tx: Tx, leases: Sequence[Lease]) -> dict[UUID, Loaded]:
    """What the turns of these conversations may see, by conversation id; one with odd rows is left out, on record."""
    keys = [(lease.bucket, lease.conversation_id) for lease in leases]
    conversations = await _conversations(tx, keys)
    messages = await _unread_messages(tx, keys)
    # A lead's replies are younger than the lead: older partitions are not looked at.
    since = [(b, c, id_at(row["opened_at"] or row["created_at"])) for b, c in keys if (row := conversations.get(c))]
    replies = await _earlier_replies(tx, since)
    given_back = [k for k, lease in zip(keys, leases, strict=True) if lease.wake_cause is TurnCause.GIVEN_BACK]
    unanswered = await _unanswered_messages(tx, given_back) if given_back else {}
    return {
        conversation_id: loaded
        for conversation_id, row in conversations.items()
        if (
            loaded := _loaded(
                row, messages[conversation_id], replies[conversation_id], unanswered.get(conversation_id, [])
            )
        )
    }


def _loaded(row: Row, messages: Sequence[Row], replies: Sequence[Row], unanswered: Sequence[Row]) -> Loaded | None:
    try:
        return Loaded(
            conversation_from(row),
            row["contact_id"],
            row["merged_into"],
            lead_from(row) if row["lead_id"] else None,
            tuple(message_from(message) for message in messages),
            tuple(earlier_reply_from(reply) for reply in replies),
            tuple(message_from(message) for message in unanswered),
        )
    except ValueError as error:  # msgspec's among them
        log.error("conversation.odd", conversation_id=str(row["id"]), error=type(error).__name__)
        return None


async def _conversations(tx: Tx, keys: Sequence[tuple[int, UUID]]) -> dict[UUID, Row]:
    rows = await tx.fetch(
        """
        SELECT c.*, l.id AS open_lead_id, l.flow_name, l.flow_version, l.stage, l.service_type_enum,
               l.service_type_id, l.fields, l.suggestions, l.score, l.opened_at, l.closed_at
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
          JOIN conversation c ON c.bucket = k.bucket AND c.id = k.id
          LEFT JOIN lead l ON l.bucket = c.bucket AND l.id = c.lead_id
         WHERE c.bucket = ANY($1::smallint[])
        """,
        *columns(keys, 2),
    )
    return {row["id"]: row for row in rows}


async def _unread_messages(tx: Tx, keys: Sequence[tuple[int, UUID]]) -> dict[UUID, list[Row]]:
    rows = await tx.fetch(
        """
        SELECT m.conversation_id AS conversation_id, u.conversation_id AS ticket_conversation_id, m.id, m.wamid,
               m.kind, m.text, m.content, m.sent_at, m.received_at
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, conversation_id)
          JOIN unread u  ON u.bucket = k.bucket AND u.conversation_id = k.conversation_id
          JOIN message m ON m.bucket = u.bucket AND m.id = u.message_id
         WHERE u.bucket = ANY($1::smallint[])
         ORDER BY u.message_id
        """,
        *columns(keys, 2),
    )
    by_conversation: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        by_conversation[row["ticket_conversation_id"]].append(row)
    return by_conversation


async def _earlier_replies(tx: Tx, since: Sequence[tuple[int, UUID, UUID]]) -> dict[UUID, list[Row]]:
    """The newest ones of the lead, and every open one: the commit compares what is PENDING with what was seen."""
    rows = await tx.fetch(
        """
        SELECT r.*
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[]) AS k (bucket, conversation_id, since)
         CROSS JOIN LATERAL (
              (SELECT r.conversation_id, r.id, r.reply_type, r.question_key, r.status, r.body, r.cause, r.created_at,
                      r.sent_at, r.suppression, r.resolution
                 FROM reply r
                WHERE r.bucket = k.bucket AND r.conversation_id = k.conversation_id AND r.id >= k.since
                ORDER BY r.id DESC
                LIMIT $4)
                UNION
               SELECT r.conversation_id, r.id, r.reply_type, r.question_key, r.status, r.body, r.cause, r.created_at,
                      r.sent_at, r.suppression, r.resolution
                 FROM reply_ticket t
                 JOIN reply r ON r.bucket = t.bucket AND r.id = t.reply_id
                WHERE t.bucket = k.bucket AND t.conversation_id = k.conversation_id
         ) r
         WHERE k.bucket = ANY($1::smallint[])
        """,
        *columns(since, 3),
        EARLIER_REPLIES,
    )
    by_conversation: dict[UUID, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["id"]):
        by_conversation[row["conversation_id"]].append(row)
    return by_conversation


async def _unanswered_messages(tx: Tx, keys: Sequence[tuple[int, UUID]]) -> dict[UUID, list[Row]]:
    """What came while a person had the conversation and nobody answered: messages younger than our last reply."""
    rows = await tx.fetch(
        """
        SELECT m.*
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, conversation_id)
         CROSS JOIN LATERAL (
               SELECT m.conversation_id, m.id, m.wamid, m.kind, m.text, m.content, m.sent_at, m.received_at
                 FROM message m
                WHERE m.bucket = k.bucket AND m.conversation_id = k.conversation_id AND m.needs_no_turn IS NULL
                  AND m.id > coalesce((SELECT r.id
                                         FROM reply r
                                        WHERE r.bucket = k.bucket AND r.conversation_id = k.conversation_id
                                          AND r.status IN ('SENDING', 'SENT', 'UNKNOWN')
                                        ORDER BY r.id DESC
                                        LIMIT 1), '00000000-0000-0000-0000-000000000000')
                ORDER BY m.id DESC
                LIMIT $3
         ) m
         WHERE k.bucket = ANY($1::smallint[])
        """,
        *columns(keys, 2),
        UNANSWERED_MESSAGES,
    )
    by_conversation: dict[UUID, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["id"]):
        by_conversation[row["conversation_id"]].append(row)
    return by_conversation
