"""What must hold when all is over: asked of the tables, of Meta's book, of the ledger, and of the phones."""

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from simulation.business import greets
from support.invariants import INVARIANTS, Book, book_of, unfinished
from support.invariants.leaving import looked_at_again
from surereply.lab.witness import over_limit, waiting

if TYPE_CHECKING:
    from simulation.play import Play


async def judge(play: "Play") -> list[str]:
    book = _book(play)
    return [
        *await invariants_broken(play),
        *await unfinished(play.server.fetch, _without_taken_back(play, book)),
        *_never_acknowledged(play),
        *over_limit(play.world, [caller.customer for caller in play.callers if caller.is_one_contact]),
        *await _sent_and_not_accepted(play),
        *await _unanswered(play),
        *await _greeted_again(play),
        *await _edits_lost(play),
        *await _brought_back(play),
        *await _collisions(play),
    ]


async def invariants_broken(play: "Play") -> list[str]:
    """What must hold at every moment. `looked_at_again` is left to `watch`, which sees each commit: in hindsight, by
    clocks that may be wrong, it cannot be told."""
    book = _book(play)
    return [
        finding
        for invariant in INVARIANTS
        if invariant is not looked_at_again
        for finding in await invariant(play.server.fetch, book)
    ]


def _book(play: "Play") -> Book:
    """Without the messages of those who were erased: of them nothing may be kept."""
    updates = [update for update in play.world.meta.book if update.key not in play.office.erased]
    return book_of(updates, play.world.graph.ledger)


def _without_taken_back(play: "Play", book: Book) -> Book:
    """Without replies that were accepted and reported as failed: a person may have sent them again, too late."""
    stages: defaultdict[str, set[str]] = defaultdict(set)
    for update in play.world.meta.book:
        wamid, _, stage = update.key.partition(" ")
        stages[wamid].add(stage)
    arrived = {
        entry.reply_id
        for entry in play.world.graph.ledger.accepted
        if "failed" not in stages[entry.wamid or ""] or stages[entry.wamid or ""] & {"delivered", "read"}
    }
    return replace(book, requests=[one for one in book.requests if one.reply_id.hex in arrived])


def _never_acknowledged(play: "Play") -> list[str]:
    return [f"kept once: {update.key} was never acknowledged" for update in play.world.meta.unacknowledged()]


async def _sent_and_not_accepted(play: "Play") -> list[str]:
    rows = await play.server.fetch("SELECT id FROM reply WHERE status = 'SENT'")
    accepted = {entry.reply_id for entry in play.world.graph.ledger.accepted}
    return [f"no reply vanishes: reply {row['id']} is SENT, and nobody accepted it" for row in rows
            if row["id"].hex not in accepted]  # fmt: skip


async def _unanswered(play: "Play") -> list[str]:
    """A customer who said something last must be answered, on a list, or left alone for a recorded reason."""
    found = []
    for customer in waiting([caller.customer for caller in play.callers]):
        rows = await play.server.fetch(
            """
            SELECT c.id, c.handed_over_at, c.stopped_at,
                   (SELECT t.silence FROM turn t WHERE t.conversation_id = c.id ORDER BY t.id DESC LIMIT 1) AS silence,
                   EXISTS (SELECT FROM reply_ticket t WHERE t.conversation_id = c.id) AS listed,
                   (SELECT r.suppression FROM reply r WHERE r.conversation_id = c.id ORDER BY r.id DESC LIMIT 1)
                       AS suppression
              FROM message m
              JOIN conversation c ON c.bucket = m.bucket AND c.id = m.conversation_id
             WHERE m.wamid = $1 AND m.needs_no_turn IS NULL
            """,
            customer.phone.said[-1].wamid,
        )
        found += [
            f"no reply vanishes: {customer.phone.address} of conversation {row['id']} waits, and is on no list"
            for row in rows
            if not any((row["handed_over_at"], row["stopped_at"], row["silence"], row["listed"], row["suppression"]))
        ]
    return found


async def _greeted_again(play: "Play") -> list[str]:
    """Once for a lead: a second greeting says that a reply was carried over, and left by itself as well.

    Not where the first one was reported as failed, or was sent again on consent: then the customer may see both. Nor
    where two contacts turned out to be one: each of them was greeted.
    """
    rows = await play.server.fetch(
        """
        SELECT r.conversation_id, r.lead_id, r.body->>'text' AS text, l.flow_name
          FROM reply r
          JOIN lead l ON l.bucket = r.bucket AND l.id = r.lead_id
         WHERE r.status = 'SENT' AND r.turn_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM act a WHERE a.reply_id = r.id AND a.name = 'resend')
           AND NOT EXISTS (SELECT FROM report p WHERE p.wamid = r.provider_message_id AND p.reported = 'failed')
           AND NOT EXISTS (SELECT FROM conversation o WHERE o.bucket = l.bucket AND o.merged_into = l.conversation_id)
         ORDER BY r.id
        """
    )
    greetings = Counter(row["lead_id"] for row in rows if greets(row["flow_name"], row["text"]))
    conversations = {row["lead_id"]: row["conversation_id"] for row in rows}
    return [
        f"one reply a reason: conversation {conversations[lead_id]} was greeted {times} times"
        for lead_id, times in greetings.items()
        if times > 1
    ]


async def _edits_lost(play: "Play") -> list[str]:
    """What a person wrote outranks everything, and stays."""
    found = []
    for (lead_id, name), value in play.office.edited.items():
        rows = await play.server.fetch(
            """
            SELECT fields->$2->>'value' AS value, fields->$2->>'source' AS source
              FROM lead l
             WHERE id = $1 AND NOT EXISTS (SELECT FROM act a WHERE a.conversation_id = l.conversation_id
                                                               AND a.name IN ('erased', 'unite'))
            """,
            lead_id,
            name,
        )
        found += [
            f"facts only grow: {name} of lead {lead_id} was set to {value} by a person, and is {row['value']}"
            for row in rows
            if (row["value"], row["source"]) != (value, "operator")
        ]
    return found


async def _brought_back(play: "Play") -> list[str]:
    rows = await play.server.fetch(
        "SELECT wamid FROM message WHERE wamid = ANY($1::text[]) UNION "
        "SELECT wamid FROM inbound_key WHERE wamid = ANY($1::text[])",
        sorted(play.office.erased),
    )
    return [f"kept once: {row['wamid']} was erased, and is back" for row in rows]


async def _collisions(play: "Play") -> list[str]:
    rows = await play.server.fetch("SELECT conversation_id, cause FROM collision")
    return [f"one reply a reason: conversation {row['conversation_id']} owed {row['cause']} twice" for row in rows]
