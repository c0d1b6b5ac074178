"""What a simulated retry finds and tries, each try in a transaction that is always rolled back."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from surereply.domain.identity import id_at, new_id
from surereply.domain.message import identifiers_of
from surereply.domain.replies import ReplyDraft, ReplyType
from surereply.domain.turn_values import Silence, Turn, TurnCause
from surereply.store import outbox, partitions, turns
from surereply.store.commit import Committed, commit_turns
from surereply.store.contacts import Address
from surereply.store.database import Database, Tx
from surereply.store.delivered import NewDelivery, NewMessage, Patience
from surereply.store.domain_values import body_from, message_from
from surereply.store.erased_keys import HashOf
from surereply.store.history import aliases_of
from surereply.store.keeping import keep
from surereply.store.messages import CLOCK_SLACK
from surereply.store.outbox import Allowance, ClaimedReply
from surereply.store.owed import NewReply, insert_replies
from surereply.store.turn_rows import DecidedTurn
from surereply.store.turns import Lease

TRIAL_LEASE = timedelta(seconds=30)
MOST_MESSAGES = 5  # of a conversation, that a trial delivers again
SETTLED = ("SENT", "FAILED", "UNKNOWN", "SUPPRESSED")


@asynccontextmanager
async def rolled_back(db: Database) -> AsyncIterator[Tx]:
    """A transaction that leaves nothing behind."""
    async with db.connection() as tx:
        transaction = tx.transaction()
        await transaction.start()
        try:
            yield tx
        finally:
            await transaction.rollback()


@dataclass(frozen=True, slots=True)
class Found:
    """The conversation as a retry would meet it. `turn` is the row of the turn that read the message."""

    bucket: int
    conversation: Mapping[str, Any]
    erased: bool
    unread: int
    messages: tuple[Mapping[str, Any], ...]  # the last ones that were read, the newest first
    turn: Mapping[str, Any] | None
    replies: tuple[Mapping[str, Any], ...]

    @property
    def message(self) -> Mapping[str, Any] | None:
        return self.messages[0] if self.messages else None


async def find(tx: Tx, bucket: int, conversation_id: UUID) -> Found | None:
    """The last read messages of a conversation, the turn of the newest, and what that turn owed."""
    conversation = await tx.fetchrow(
        """
        SELECT c.*, k.erased_at IS NOT NULL AS erased,
               (SELECT count(*) FROM unread u WHERE u.bucket = c.bucket AND u.conversation_id = c.id) AS unread
          FROM conversation c
          JOIN contact k ON k.bucket = c.bucket AND k.id = c.contact_id
         WHERE c.bucket = $1 AND c.id = $2
        """,
        bucket,
        conversation_id,
    )
    if conversation is None:
        return None
    ids = [conversation_id, *await aliases_of(tx, bucket, conversation_id)]
    # What nobody can understand is quarantined as often as it comes: it makes no good rehearsal.
    messages = await tx.fetch(
        """
        SELECT *
          FROM message
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[]) AND needs_no_turn IS NULL AND kind <> 'unsupported'
         ORDER BY id DESC
         LIMIT $3
        """,
        bucket,
        ids,
        MOST_MESSAGES,
    )
    turn = await _turn_of(tx, bucket, ids, messages[0]) if messages else None
    replies = await _replies_of(tx, bucket, ids, turn) if turn else []
    return Found(
        bucket, conversation, conversation["erased"], conversation["unread"], tuple(messages), turn, tuple(replies)
    )


async def _turn_of(tx: Tx, bucket: int, ids: list[UUID], message: Mapping[str, Any]) -> Mapping[str, Any] | None:
    row: Mapping[str, Any] | None = await tx.fetchrow(
        """
        SELECT *
          FROM turn
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[]) AND id >= $3 AND $4 = ANY(message_ids)
         ORDER BY id
         LIMIT 1
        """,
        bucket,
        ids,
        id_at(message["received_at"] - CLOCK_SLACK),
        message["id"],
    )
    return row


async def _replies_of(tx: Tx, bucket: int, ids: list[UUID], turn: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What the turn owed; where it owed nothing, the newest settled reply of an earlier turn."""
    rows: list[Mapping[str, Any]] = await tx.fetch(
        """
        SELECT *, $5::uuid AS turn_conversation_id
          FROM reply
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[]) AND id >= $3 AND turn_id = $4
         ORDER BY id
        """,
        bucket,
        ids,
        id_at(turn["created_at"] - CLOCK_SLACK),
        turn["id"],
        turn["conversation_id"],
    )
    return rows or await tx.fetch(
        """
        SELECT r.*, t.conversation_id AS turn_conversation_id
          FROM reply r
          JOIN turn t ON t.bucket = r.bucket AND t.id = r.turn_id
         WHERE r.bucket = $1 AND r.conversation_id = ANY($2::uuid[]) AND r.status = ANY($3::text[])
         ORDER BY r.id DESC
         LIMIT 1
        """,
        bucket,
        ids,
        SETTLED,
    )


async def keep_again(
    db: Database, found: Found, messages: Sequence[Mapping[str, Any]], hash_of: HashOf, now: datetime
) -> int:
    """Messages once more into the inbox, as it is then, rolled back; how many were taken for new.

    Before they go through the real webhook: where a key is gone, that would keep its message for good and answer it.
    """
    conversation = found.conversation
    identifiers = identifiers_of(conversation["phone"], conversation["bsuid"])
    again = tuple(
        NewMessage(
            Address(found.bucket, conversation["line_id"], identifiers, evidence=row["wamid"]),
            replace(message_from(row), id=new_id(now), received_at=now),
            bytes(row["raw"]),
        )
        for row in messages
    )
    size = sum(len(one.raw) for one in again)
    delivery = NewDelivery(new_id(now), now, size, messages=again, simulated=True)
    async with rolled_back(db) as tx:
        await partitions.prune_inbound_keys(tx, now, [row["wamid"] for row in messages])
        return (await keep(tx, [delivery], Patience(), hash_of))[0].messages


async def commit_again(db: Database, found: Found, now: datetime) -> Committed | None:
    """The turn once more, by somebody whose lease was lost while another holds it; None: there is nothing to commit.

    All else fits: the state it was decided on is the state as it is. So the lease alone stands in its way.
    """
    bucket, conversation_id = found.bucket, found.conversation["id"]
    lost = Lease(bucket, conversation_id, new_id(now), now, 1, None, None, None, now)
    async with rolled_back(db) as tx:
        await tx.execute(
            """
            INSERT INTO conversation_ticket (bucket, conversation_id, line_id, wake_at, wake_cause, lease_until,
                                             lease_token)
            VALUES ($1, $2, $3, $4, 'follow_up', $4, $5)
            ON CONFLICT (bucket, conversation_id) DO UPDATE
               SET lease_until = excluded.lease_until, lease_token = excluded.lease_token
            """,
            bucket,
            conversation_id,
            found.conversation["line_id"],
            now + TRIAL_LEASE,
            new_id(now),
        )
        loaded = (await turns.load(tx, [lost])).get(conversation_id)
        lead = loaded.lead if loaded else None
        if loaded is None or lead is None or found.turn is None or found.message is None:
            return None
        loaded = replace(loaded, messages=(message_from(found.message),))
        row = found.turn
        turn = Turn(
            conversation=loaded.conversation,
            lead=lead,
            lead_opened=False,
            changes=(),
            replies=tuple(_draft(reply) for reply in found.replies),
            supersede=False,
            silence=Silence(row["silence"]) if row["silence"] else None,
            why=row["why"],
        )
        decided = DecidedTurn(
            new_id(now), lost, loaded, turn, TurnCause(row["turn_cause"]), row["cause"], row["readings"], "{}", now
        )
        return (await commit_turns(tx, [decided]))[0]


async def owe_again(db: Database, found: Found, now: datetime) -> int:
    """The turn's replies once more, past the fence; how many the reply key let through."""
    again = [
        NewReply(
            new_id(now),
            found.bucket,
            # A reply that was owed when two contacts became one moved; its key is of the conversation of its turn.
            row["turn_conversation_id"],
            found.conversation["line_id"],
            _draft(row),
            row["lead_id"],
            now,
            turn_id=row["turn_id"],
            revision=row["revision"],
        )
        for row in found.replies
    ]
    async with rolled_back(db) as tx:
        return len(await insert_replies(tx, again))


async def claim_again(db: Database, found: Found, reply: Mapping[str, Any], now: datetime) -> tuple[ClaimedReply, ...]:
    """The dispatcher's claim for a settled reply; what it would send.

    The claim is for a line that does not exist, and only this reply's ticket, if it has one, is put there: so no other
    conversation is touched.
    """
    bucket, conversation_id = found.bucket, reply["conversation_id"]
    nobodys_line = new_id(now)
    async with rolled_back(db) as tx:
        # The conversation before its ticket, as everybody does.
        await tx.execute(
            "SELECT FROM conversation WHERE bucket = $1 AND id = $2 FOR NO KEY UPDATE", bucket, conversation_id
        )
        await tx.execute(
            """
            UPDATE reply_ticket
               SET line_id = $4, due_at = CASE WHEN status = 'PENDING' THEN LEAST(due_at, $5) ELSE due_at END
             WHERE bucket = $1 AND conversation_id = $2 AND reply_id = $3
            """,
            bucket,
            conversation_id,
            reply["id"],
            nobodys_line,
            now,
        )
        allowance = Allowance(bucket, nobodys_line, 10, office_is_open=True, templates_allowed=True)
        return (await outbox.claim(tx, [allowance], now, TRIAL_LEASE)).sending


def _draft(row: Mapping[str, Any]) -> ReplyDraft:
    return ReplyDraft(
        ReplyType(row["reply_type"]),
        body_from(row["body"]),
        row["cause"],
        row["question_key"],
        row["part"],
        row["day_bucket"],
    )
