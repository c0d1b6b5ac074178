"""What an audit reads of the tables: everything that was kept, decided and owed, as plain values, and what is open.

Not for the steps: it reads whole tables, and takes as long as they are.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from surereply.store.database import Tx


@dataclass(frozen=True, slots=True)
class KeptMessage:
    id: UUID
    wamid: str
    conversation_id: UUID
    needs_no_turn: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class TakenTurn:
    id: UUID
    conversation_id: UUID
    state_version: int
    message_ids: tuple[UUID, ...]
    silence: str | None
    why: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OwedReply:
    """`listed`: it stands on the list of open work. `was_in_doubt`: so long that the next one might overtake it."""

    id: UUID
    conversation_id: UUID
    turn_id: UUID | None
    reply_type: str
    cause: str
    part: int
    body: str
    status: str
    attempt: int
    suppression: str | None
    resolution: str | None
    listed: bool
    was_in_doubt: bool
    error: str | None
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeldConversation:
    """`other_raises`: how often its version rose by something other than a turn."""

    id: UUID
    phone_number_id: str
    flow_name: str
    phone: str | None
    state_version: int
    questions_asked_count: int
    other_raises: int
    with_person: bool
    stopped: bool


@dataclass(frozen=True, slots=True)
class Tables:
    messages: tuple[KeptMessage, ...]
    turns: tuple[TakenTurn, ...]
    replies: tuple[OwedReply, ...]
    conversations: tuple[HeldConversation, ...]
    unread: frozenset[UUID]  # messages that still have their ticket
    reported: frozenset[tuple[str, str]]  # wamid, what was reported of it
    quarantined: int
    consents: dict[str, int]  # by the reply's id in hex: how often a person had it sent again
    wiped: tuple[tuple[str, UUID], ...]  # fields that were known and are not any more: a line, and the conversation
    collisions: tuple[UUID, ...]  # conversations where a turn that held its fence met a key that existed
    open_work: "OpenWork"


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What the steps still have to do. `later`: of what is owed, when the last of it is due."""

    unread: int
    due_turns: int
    pending: int
    sending: int
    unknown: int
    reports: int
    merges: int
    later: datetime | None

    @property
    def is_none(self) -> bool:
        return not any((self.unread, self.due_turns, self.pending, self.sending, self.unknown, self.reports))

    def __str__(self) -> str:
        named = {
            "unread messages": self.unread,
            "turns that are due": self.due_turns,
            "replies owed": self.pending,
            "on their way": self.sending,
            "in doubt": self.unknown,
            "reports": self.reports,
            "contacts to unite": self.merges,
        }
        return ", ".join(f"{count} {name}" for name, count in named.items() if count) or "nothing"


async def open_work(tx: Tx) -> OpenWork:
    row = await tx.fetchrow(
        """
        SELECT (SELECT count(*) FROM unread) AS unread,
               (SELECT count(*) FROM conversation_ticket WHERE unread_due_at IS NOT NULL) AS due_turns,
               count(*) FILTER (WHERE t.status = 'PENDING') AS pending,
               count(*) FILTER (WHERE t.status = 'SENDING') AS sending,
               count(*) FILTER (WHERE t.status = 'UNKNOWN') AS unknown,
               (SELECT count(*) FROM report_ticket) AS reports,
               (SELECT count(*) FROM merge_ticket) AS merges,
               max(t.due_at) FILTER (WHERE t.status = 'PENDING') AS later
          FROM reply_ticket t
        """
    )
    return OpenWork(**row)


async def read_tables(tx: Tx, doubt_holds_back: timedelta) -> Tables:
    """Everything. `doubt_holds_back`: after so long without a verdict the next reply may overtake one in doubt."""
    async with tx.transaction(isolation="repeatable_read", readonly=True):  # one moment, in all of the tables
        return Tables(
            messages=await _messages(tx),
            turns=await _turns(tx),
            replies=await _replies(tx, doubt_holds_back),
            conversations=await _conversations(tx),
            unread=frozenset(row["message_id"] for row in await tx.fetch("SELECT message_id FROM unread")),
            reported=frozenset(
                (row["wamid"], row["reported"]) for row in await tx.fetch("SELECT wamid, reported FROM report_key")
            ),
            quarantined=await tx.fetchval("SELECT count(*) FROM quarantine"),
            consents=await _consents(tx),
            wiped=await _wiped(tx),
            collisions=tuple(
                row["conversation_id"] for row in await tx.fetch("SELECT conversation_id FROM collision WHERE alarm")
            ),
            open_work=await open_work(tx),
        )


async def _messages(tx: Tx) -> tuple[KeptMessage, ...]:
    rows = await tx.fetch("SELECT id, wamid, conversation_id, needs_no_turn, received_at FROM message ORDER BY id")
    return tuple(KeptMessage(*row.values()) for row in rows)


async def _turns(tx: Tx) -> tuple[TakenTurn, ...]:
    rows = await tx.fetch(
        """
        SELECT id, conversation_id, state_version, message_ids, silence, why, created_at
          FROM turn
         ORDER BY conversation_id, state_version, id
        """
    )
    return tuple(TakenTurn(**{**row, "message_ids": tuple(row["message_ids"])}) for row in rows)


async def _replies(tx: Tx, doubt_holds_back: timedelta) -> tuple[OwedReply, ...]:
    """In the order of the turns that owe them. In doubt was what was resolved, what has an attempt that nobody settled,
    and what has one that was settled late."""
    rows = await tx.fetch(
        """
        SELECT r.id, r.conversation_id, r.turn_id, r.reply_type, r.cause, r.part, r.body ->> 'text' AS body, r.status,
               r.attempt, r.suppression, r.resolution, t.reply_id IS NOT NULL AS listed,
               r.resolution IS NOT NULL OR coalesce(a.settled_in_time, 0) < r.attempt AS was_in_doubt,
               r.error, r.created_at, r.sent_at
          FROM reply r
          LEFT JOIN turn u ON u.bucket = r.bucket AND u.id = r.turn_id
          LEFT JOIN reply_ticket t ON t.bucket = r.bucket AND t.conversation_id = r.conversation_id
                                  AND t.reply_id = r.id
          LEFT JOIN (SELECT bucket, reply_id, count(*) AS settled_in_time
                       FROM send_attempt
                      WHERE verdict <> 'unknown' AND ended_at - started_at < $1
                      GROUP BY bucket, reply_id) a ON a.bucket = r.bucket AND a.reply_id = r.id
         ORDER BY r.conversation_id, u.state_version, r.part, r.id
        """,
        doubt_holds_back,
    )
    return tuple(OwedReply(*row.values()) for row in rows)


async def _conversations(tx: Tx) -> tuple[HeldConversation, ...]:
    """A conversation's version rises with each turn, and with each act of a person that changes it or its lead."""
    rows = await tx.fetch(
        """
        SELECT c.id, l.phone_number_id, l.flow_name, c.phone, c.state_version, c.questions_asked_count,
               coalesce(h.raises, 0) + coalesce(a.raises, 0) AS other_raises,
               coalesce(h.waiting, 0) > 0 AS with_person, c.stopped_at IS NOT NULL AS stopped
          FROM conversation c
          JOIN line l ON l.bucket = c.bucket AND l.id = c.line_id
          LEFT JOIN (SELECT bucket, conversation_id, count(*) FILTER (WHERE told LIKE 'taken over: %') AS raises,
                            count(*) FILTER (WHERE given_back_at IS NULL) AS waiting
                       FROM handover
                      GROUP BY bucket, conversation_id) h ON h.bucket = c.bucket AND h.conversation_id = c.id
          LEFT JOIN (SELECT bucket, conversation_id, count(*) AS raises
                       FROM act
                      WHERE name IN ('give_back', 'edit_lead')
                      GROUP BY bucket, conversation_id) a ON a.bucket = c.bucket AND a.conversation_id = c.id
         WHERE c.merged_into IS NULL
        """
    )
    return tuple(HeldConversation(*row.values()) for row in rows)


async def _consents(tx: Tx) -> dict[str, int]:
    rows = await tx.fetch("SELECT reply_id, count(*) AS times FROM act WHERE name = 'resend' GROUP BY reply_id")
    return {row["reply_id"].hex: row["times"] for row in rows}


async def _wiped(tx: Tx) -> tuple[tuple[str, UUID], ...]:
    """What a lead's history says it knew, and the lead does not know; what it knows and is empty."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT format('%s of lead %s was known, and is not any more', h.field, l.id) AS line, l.conversation_id
          FROM lead_change h
          JOIN lead l ON l.bucket = h.bucket AND l.id = h.lead_id
         WHERE h.new IS NOT NULL AND NOT l.fields ? h.field
         UNION
        SELECT format('%s of lead %s is known, and empty', f.key, l.id), l.conversation_id
          FROM lead l
         CROSS JOIN jsonb_each(l.fields) f
         WHERE coalesce(f.value -> 'value', 'null') IN ('null', '""', '[]', '{}')
         UNION
        SELECT format('%s of lead %s was known, and became empty', h.field, h.lead_id), l.conversation_id
          FROM lead_change h
          JOIN lead l ON l.bucket = h.bucket AND l.id = h.lead_id
         WHERE h.old IS NOT NULL AND h.new IS NULL AND h.suggestion IS NULL
         ORDER BY line
        """
    )
    return tuple((row["line"], row["conversation_id"]) for row in rows)


async def phones_of_conversations(tx: Tx) -> dict[UUID, tuple[str, str]]:
    """Whose a conversation is: the line's number at WhatsApp, and the customer's."""
    rows = await tx.fetch(
        """
        SELECT c.id, l.phone_number_id, c.phone
          FROM conversation c
          JOIN line l ON l.bucket = c.bucket AND l.id = c.line_id
         WHERE c.phone IS NOT NULL
        """
    )
    return {row["id"]: (row["phone_number_id"], row["phone"]) for row in rows}


async def known_fields_since(tx: Tx, since: datetime) -> dict[UUID, tuple[datetime, frozenset[str]]]:
    """Leads that changed since, with when, and the fields that they know now."""
    rows = await tx.fetch(
        """
        SELECT l.id, l.updated_at, ARRAY(SELECT f.key
                                           FROM jsonb_each(l.fields) f
                                          WHERE f.value -> 'value' NOT IN ('null', '""', '[]', '{}')) AS known
          FROM lead l
         WHERE l.updated_at >= $1
        """,
        since,
    )
    return {row["id"]: (row["updated_at"], frozenset(row["known"])) for row in rows}
