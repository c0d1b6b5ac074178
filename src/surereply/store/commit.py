"""A turn is a transaction: what was read, what became of it, what is owed; all of it, or nothing.

Many turns may share one transaction; each is fenced on its own and left out when its fence does not hold.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from uuid import UUID

from surereply.store.announcing import announce
from surereply.store.database import Tx, columns
from surereply.store.told_by_turns import happenings_of
from surereply.store.turn_rows import MACHINE_EXCLUDED, DecidedTurn, write_down
from surereply.store.turns import Lease


class Committed(Enum):
    YES = "committed"
    COLLIDED = "collided"  # committed, but for a reply whose key existed: our bug, on record
    LOST_LEASE = "lost_lease"  # whoever holds it now answers the same messages
    BEATEN = "beaten"  # the state it was decided on is no longer the state: decide again on the same facts


async def commit_turns(tx: Tx, turns: Sequence[DecidedTurn], *, tell: bool = True) -> list[Committed]:
    """Write down those whose lease, `state_version` and view of the replies still hold. Order of locks: ticket,
    conversation, reply ticket, reply; everybody keeps it. `tell`: some endpoint may want to know."""
    held = await _lock_tickets(tx, turns)
    current = await _lock_conversations(tx, [t for t in turns if t.lease.token in held])
    pending = await _pending_replies(tx, [t for t in turns if t.key in current])
    result, through, collided = [], [], set()
    for decided in turns:
        if decided.lease.token not in held:
            result.append(Committed.LOST_LEASE)
        elif (
            current.get(decided.key) != decided.loaded.conversation.state_version
            or pending.get(decided.key, frozenset()) != decided.loaded.pending
        ):
            result.append(Committed.BEATEN)
        else:
            result.append(Committed.YES)
            through.append(decided)
    if through:
        collided = await write_down(tx, through)
        if tell:
            await announce(tx, happenings_of(through))
    return [Committed.COLLIDED if decided.id in collided else one for decided, one in zip(turns, result, strict=True)]


async def _lock_tickets(tx: Tx, turns: Sequence[DecidedTurn]) -> set[UUID]:
    """Lock the tickets whose lease is still ours: the fence. A token is never used twice, also when the ticket was
    deleted and made anew meanwhile.

    By tokens: who overslept and leased the same conversation again may have both turns written together.
    """
    rows = await tx.fetch(
        """
        SELECT k.token
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[]) AS k (bucket, conversation_id, token)
          JOIN conversation_ticket t ON t.bucket = k.bucket AND t.conversation_id = k.conversation_id
         WHERE t.bucket = ANY($1::smallint[]) AND t.lease_token = k.token
         ORDER BY t.bucket, t.conversation_id
           FOR UPDATE OF t
        """,
        *columns(((*decided.key, decided.lease.token) for decided in turns), 3),
    )
    return {row["token"] for row in rows}


async def _lock_conversations(tx: Tx, turns: Sequence[DecidedTurn]) -> dict[tuple[int, UUID], int]:
    rows = await tx.fetch(
        """
        SELECT c.bucket, c.id, c.state_version
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
          JOIN conversation c ON c.bucket = k.bucket AND c.id = k.id
         WHERE c.bucket = ANY($1::smallint[])
         ORDER BY c.bucket, c.id
           FOR NO KEY UPDATE OF c
        """,
        *columns((decided.key for decided in turns), 2),
    )
    return {(row["bucket"], row["id"]): row["state_version"] for row in rows}


async def _pending_replies(tx: Tx, turns: Sequence[DecidedTurn]) -> dict[tuple[int, UUID], frozenset[UUID]]:
    """Machine replies that are still PENDING, under the conversation's lock: none of them can leave meanwhile.

    A turn was decided on a view of them: what it carries over must not have left by itself.
    """
    rows = await tx.fetch(
        """
        SELECT t.bucket, t.conversation_id, array_agg(t.reply_id) AS reply_ids
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, conversation_id)
          JOIN reply_ticket t ON t.bucket = k.bucket AND t.conversation_id = k.conversation_id
         WHERE t.bucket = ANY($1::smallint[]) AND t.status = 'PENDING' AND t.reply_type <> ALL($3::text[])
         GROUP BY t.bucket, t.conversation_id
        """,
        *columns((decided.key for decided in turns), 2),
        MACHINE_EXCLUDED,
    )
    return {(row["bucket"], row["conversation_id"]): frozenset(row["reply_ids"]) for row in rows}


async def committed_turns(tx: Tx, turns: Sequence[DecidedTurn]) -> set[UUID]:
    """Which of these turns are in the database: for a commit whose answer was lost."""
    rows = await tx.fetch(
        """
        SELECT t.id
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
          JOIN turn t ON t.bucket = k.bucket AND t.id = k.id
         WHERE t.bucket = ANY($1::smallint[])
        """,
        *columns(((t.lease.bucket, t.id) for t in turns), 2),
    )
    return {row["id"] for row in rows}


async def release(tx: Tx, lease: Lease, error: str, retry_at: datetime) -> None:
    """Let go of a lease after a failure; the attempt stays counted. `error` is a class name, no customer's words."""
    await tx.execute(
        """
        UPDATE conversation_ticket SET lease_until = $4, last_error = $5
         WHERE bucket = $1 AND conversation_id = $2 AND lease_token = $3
        """,
        lease.bucket,
        lease.conversation_id,
        lease.token,
        retry_at,
        error,
    )


async def put_off(tx: Tx, leases: Sequence[Lease], again_at: Sequence[datetime]) -> None:
    """Give leases back untried, to be taken from these times on: their claims are not counted."""
    await tx.execute(
        """
        UPDATE conversation_ticket t SET lease_until = l.again_at, attempts = t.attempts - 1
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::timestamptz[])
               AS l (bucket, conversation_id, token, again_at)
         WHERE t.bucket = l.bucket AND t.conversation_id = l.conversation_id AND t.lease_token = l.token
           AND t.bucket = ANY($1::smallint[])
        """,
        [lease.bucket for lease in leases],
        [lease.conversation_id for lease in leases],
        [lease.token for lease in leases],
        list(again_at),
    )
