"""The history of a conversation in which something did not hold, from all three sources, in the order of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.lab.torture.audit import Evidence
from surereply.lab.witness import Talks, first_words


@dataclass(frozen=True, slots=True)
class Line:
    """`source`: who says so: the phone, Meta's book, the ledger or the tables."""

    at: datetime
    source: str
    what: str


def history(evidence: Evidence, conversation_id: UUID) -> list[Line]:
    customers = [one for one in evidence.customers if evidence.conversation_of(one) == conversation_id]
    lines = [*_tables(evidence, conversation_id), *(line for one in customers for line in _outside(evidence, one))]
    return sorted(lines, key=lambda line: line.at)


def _outside(evidence: Evidence, customer: Talks) -> Iterator[Line]:
    for said in customer.phone.said:
        yield Line(said.at, "phone", f"says {first_words(said.text)!r} ({said.wamid})")
        update = said.update
        if update.acknowledged_at is not None:
            line = f"acknowledged at attempt {len(update.answers)}, answers {update.answers}: {update.key}"
            yield Line(update.acknowledged_at, "book", line)
    for entry in evidence.world.graph.ledger.to(customer.phone.line.phone_number_id, customer.phone.names):
        accepted = "accepted" if entry.accepted else "not accepted"
        line = f"{accepted}, answered {entry.answer}, attempt {entry.attempt}: {first_words(entry.text)!r}"
        yield Line(entry.received_at, "ledger", f"{line} (reply {entry.reply_id})")


def _tables(evidence: Evidence, conversation_id: UUID) -> Iterator[Line]:
    tables = evidence.tables
    for message in tables.messages:
        if message.conversation_id == conversation_id:
            yield Line(message.received_at, "tables", f"message {message.id} kept: {message.wamid}")
    for turn in tables.turns:
        if turn.conversation_id == conversation_id:
            read = ", ".join(str(message_id) for message_id in turn.message_ids)
            silence = f", silent: {turn.silence}" if turn.silence else ""
            yield Line(turn.created_at, "tables", f"turn to version {turn.state_version} ({turn.why}){silence}: {read}")
    for reply in tables.replies:
        if reply.conversation_id == conversation_id:
            fate = ", ".join(filter(None, (reply.status, reply.suppression, reply.resolution, reply.error)))
            yield Line(reply.created_at, "tables", f"reply {reply.id.hex} owed ({reply.reply_type}), now {fate}")
            if reply.sent_at is not None:
                yield Line(reply.sent_at, "tables", f"reply {reply.id.hex} sent, attempt {reply.attempt}")
