"""The model's rows as rows of a real PostgreSQL, and the store's functions done to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from model.reply_row import Row
from support.shop import Shop
from surereply.dispatcher import LEASE
from surereply.domain.callback import callback_data
from surereply.domain.identity import new_id
from surereply.domain.message import Message, MessageKind
from surereply.domain.outcome import NOT_WRITTEN, Outcome, Verdict
from surereply.domain.replies import Body
from surereply.store import doubts, outbox, reports, turns
from surereply.store.database import Tx, columns, to_json
from surereply.store.outbox import Allowance
from surereply.store.settling import Settlement, settle
from surereply.store.turn_rows import DecidedTurn, _supersede
from surereply.store.turns import Lease

ALL = 10_000
VERDICTS = {
    "SENT": Verdict.ACCEPTED,
    "UNKNOWN": Verdict.UNKNOWN,
    "PENDING": Verdict.REJECTED_RETRY,
    "FAILED": Verdict.REJECTED_FOR_GOOD,
}


@dataclass(frozen=True, slots=True)
class Doing:
    """One thing done to a reply that stands like `row`, and what the model makes of it."""

    what: str
    row: Row
    becomes: Row
    attempt: int = 0  # of which an answer, or a report, speaks
    says: str = ""  # the answer's status, or what is reported
    copy_failed: bool = False

    def __str__(self) -> str:
        said = f" of attempt {self.attempt}: {self.says}" if self.says else ""
        return f"{self.what}{said}{', the copy having failed' if self.copy_failed else ''}, where it stands {self.row}"


@dataclass(frozen=True, slots=True)
class Stored:
    """A reply in the database, in a conversation of its own."""

    doing: Doing
    bucket: int
    line_id: UUID
    conversation_id: UUID
    id: UUID

    def wamid(self, attempt: int) -> str:
        return f"wamid.{self.id}.{attempt}"


async def store(tx: Tx, shop: Shop, doings: Sequence[Doing]) -> list[Stored]:
    now, bucket, ids = shop.clock(), shop.bucket, count(1)
    line_id = await tx.fetchval("SELECT id FROM line")
    all_stored = [Stored(doing, bucket, line_id, _id(now, next(ids)), _id(now, next(ids))) for doing in doings]
    await _insert_conversations(tx, all_stored, now)
    await _insert_replies(tx, all_stored, now)
    return all_stored


def _id(now: datetime, number: int) -> UUID:
    return new_id(now, number.to_bytes(10, "big"))


async def _insert_conversations(tx: Tx, all_stored: Sequence[Stored], now: datetime) -> None:
    bucket, line_id, contact_id = all_stored[0].bucket, all_stored[0].line_id, new_id(now)
    await tx.execute(
        "INSERT INTO contact (bucket, id, line_id, created_at) VALUES ($1, $2, $3, $4)",
        bucket,
        contact_id,
        line_id,
        now,
    )
    await tx.execute(
        """
        INSERT INTO conversation (bucket, id, line_id, contact_id, phone, window_from, created_at)
        SELECT $1, id, $2, $3, '971501234567', $4, $4 FROM unnest($5::uuid[]) AS id
        """,
        bucket,
        line_id,
        contact_id,
        now,
        [stored.conversation_id for stored in all_stored],
    )


async def _insert_replies(tx: Tx, all_stored: Sequence[Stored], now: datetime) -> None:
    await tx.executemany(
        """
        INSERT INTO reply (bucket, id, conversation_id, outbound_dedupe_key, reply_type, cause, body, created_at,
                           status, attempt, reported, resolution, provider_message_id, suppression, sending_at,
                           sent_at, failed_at)
        VALUES ($1, $2, $3, $11, 'question', $11, $4, $5, $6, $7, $8, $9, $10,
                CASE WHEN $6 = 'SUPPRESSED' THEN 'withdrawn' END, $5, $5, $5)
        """,
        [
            (
                stored.bucket, stored.id, stored.conversation_id, to_json(Body("…")), now, row.status, row.attempt,
                row.reported, row.resolution, stored.wamid(row.name) if row.name else None, str(stored.id),
            )
            for stored in all_stored
            for row in (stored.doing.row,)
        ],
    )  # fmt: skip
    await tx.executemany(
        """
        INSERT INTO reply_ticket (bucket, conversation_id, reply_id, line_id, status, reply_type, due_at, attempt,
                                  lease_until, since)
        VALUES ($1, $2, $3, $4, $5, 'question', $6, $7, $6, $6)
        """,
        [
            (stored.bucket, stored.conversation_id, stored.id, stored.line_id, row.ticket, now, row.ticket_attempt)
            for stored in all_stored
            for row in (stored.doing.row,)
            if row.ticket is not None
        ],
    )


async def stands(tx: Tx, stored: Stored) -> Row:
    row = await tx.fetchrow(
        """
        SELECT r.status, r.attempt, r.reported, r.resolution, r.provider_message_id, t.status AS ticket,
               coalesce(t.attempt, 0) AS ticket_attempt
          FROM reply r
          LEFT JOIN reply_ticket t ON t.bucket = r.bucket AND t.conversation_id = r.conversation_id
                                  AND t.reply_id = r.id
         WHERE r.bucket = $1 AND r.id = $2
        """,
        stored.bucket,
        stored.id,
    )
    name = row["provider_message_id"]
    return Row(
        row["status"],
        row["attempt"],
        row["reported"],
        row["resolution"],
        int(name.rpartition(".")[2]) if name else 0,
        row["ticket"],
        row["ticket_attempt"],
    )


async def do(tx: Tx, what: str, all_stored: Sequence[Stored], now: datetime) -> None:
    """The store's own function, once for all of them where it takes many."""
    bucket, line_id = all_stored[0].bucket, all_stored[0].line_id
    match what:
        case "claim":
            allowance = Allowance(bucket, line_id, ALL, office_is_open=True, templates_allowed=True)
            await outbox.claim(tx, [allowance], now, LEASE)
        case "settle":
            await _tell_failures(tx, all_stored, now)
            await settle(tx, [_settlement(stored, now) for stored in all_stored])
        case "expire":
            await doubts.expire_sends(tx, [bucket], now, ALL)
        case "fold":
            await _tell_failures(tx, all_stored, now)
            await _tell_reports(tx, all_stored, now)
            await reports.apply_reports(tx, [bucket], now, ALL)
        case "overtake":
            await _supersede(tx, await _turns(tx, all_stored, now))
        case "resend" | "discard" | "withdraw":
            act = getattr(doubts, what)
            for stored in all_stored:
                assert await act(tx, bucket, stored.id, "Nadia", now)


def _settlement(stored: Stored, now: datetime) -> Settlement:
    doing, accepted = stored.doing, stored.doing.says == "SENT"
    wamid = stored.wamid(doing.attempt) if accepted else None
    outcome = Outcome(VERDICTS[doing.says], wamid=wamid, rule=None if accepted else NOT_WRITTEN)
    retry_at = now + timedelta(seconds=1) if doing.says == "PENDING" else None
    return Settlement(stored.bucket, stored.conversation_id, stored.id, doing.attempt, now, now, outcome, retry_at)


async def _tell_failures(tx: Tx, all_stored: Sequence[Stored], now: datetime) -> None:
    """That these copies failed came before, and is kept."""
    failed = [stored for stored in all_stored if stored.doing.copy_failed]
    keys = [(stored.bucket, stored.wamid(stored.doing.attempt), new_id(now), now) for stored in failed]
    await tx.execute(
        """
        INSERT INTO report_key (bucket, wamid, reported, report_id, received_at)
        SELECT bucket, wamid, 'failed', report_id, received_at
          FROM unnest($1::smallint[], $2::text[], $3::uuid[], $4::timestamptz[])
               AS k (bucket, wamid, report_id, received_at)
        """,
        *columns(keys, 4),
    )


async def _tell_reports(tx: Tx, all_stored: Sequence[Stored], now: datetime) -> None:
    rows = [
        (
            stored.bucket, new_id(now), stored.line_id, stored.wamid(stored.doing.attempt), stored.doing.says, now,
            callback_data(stored.bucket, stored.id, stored.doing.attempt),
        )
        for stored in all_stored
    ]  # fmt: skip
    await tx.execute(
        """
        INSERT INTO report (bucket, id, delivery_id, line_id, wamid, reported, at, received_at, callback_data)
        SELECT bucket, id, id, line_id, wamid, reported, at, at, callback_data
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
               AS k (bucket, id, line_id, wamid, reported, at, callback_data)
        """,
        *columns(rows, 7),
    )
    await tx.execute("INSERT INTO report_ticket (bucket, report_id, due_at) SELECT bucket, id, at FROM report")


async def _turns(tx: Tx, all_stored: Sequence[Stored], now: datetime) -> list[DecidedTurn]:
    """The next turn of each conversation, on a message of the customer's."""
    leases = [
        Lease(stored.bucket, stored.conversation_id, new_id(now), now, 1, None, None, None, now)
        for stored in all_stored
    ]
    message = Message(new_id(now), "wamid.next", MessageKind.TEXT, "…", now, now)
    loaded = await turns.load(tx, leases)
    undecided: Any = None  # what superseding does not look at
    return [
        DecidedTurn(
            new_id(now), lease, replace(loaded[lease.conversation_id], messages=(message,)), undecided, undecided,
            "wamid.next", "[]", "{}", now,
        )
        for lease in leases
    ]  # fmt: skip
