"""What held, from three sources that know nothing of each other: the provider's ledger, Meta's book, the tables."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from surereply.lab.envelope import MESSAGES, STATUSES
from surereply.lab.ledger import Entry
from surereply.lab.witness import Talks, first_words, over_limit, unprovoked, waiting
from surereply.lab.world import World
from surereply.store.audit import HeldConversation, OwedReply, Tables, TakenTurn

Row = TypeVar("Row")

SENT_TWICE = "sent twice"
LOST = "lost"
READ_TWICE = "kept or read twice"
WIPED = "fields wiped"
OUT_OF_ORDER = "out of order"
STUCK = "stuck"
OVER_LIMIT = "questions over the limit"
NOT_SENT = "accepted, and not SENT"
WRONG = "answered wrongly"
AMISS = "amiss besides"  # a server that ended by itself, a trouble that found something
INVARIANTS = (SENT_TWICE, LOST, READ_TWICE, WIPED, OUT_OF_ORDER, STUCK, OVER_LIMIT, NOT_SENT, WRONG, AMISS)
NAMED_CHARACTERS = 40  # of a reply, by which ledger and tables are compared


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that did not hold; `conversation_id`: whose history tells more."""

    invariant: str
    line: str
    conversation_id: UUID | None = None


@dataclass
class Evidence:
    """`consented`: ids of replies as the ledger writes them, one for each time that a person had one sent again."""

    world: World
    customers: Sequence[Talks]
    tables: Tables
    consented: Sequence[str]
    besides: Sequence[Finding] = field(default=())

    @cached_property
    def conversations(self) -> dict[UUID, HeldConversation]:
        return {one.id: one for one in self.tables.conversations}

    @cached_property
    def of_phone(self) -> dict[tuple[str, str], UUID]:
        """The conversation by the line's number and the customer's."""
        return {(one.phone_number_id, one.phone or ""): one.id for one in self.tables.conversations}

    @cached_property
    def turns_reading(self) -> dict[UUID, list[TakenTurn]]:
        """By message."""
        reading: defaultdict[UUID, list[TakenTurn]] = defaultdict(list)
        for turn in self.tables.turns:
            for message_id in turn.message_ids:
                reading[message_id].append(turn)
        return dict(reading)

    @cached_property
    def replies_of_turn(self) -> dict[UUID, list[OwedReply]]:
        replies: defaultdict[UUID, list[OwedReply]] = defaultdict(list)
        for reply in self.tables.replies:
            if reply.turn_id is not None:
                replies[reply.turn_id].append(reply)
        return dict(replies)

    def conversation_of(self, customer: Talks) -> UUID | None:
        return self.of_phone.get((customer.phone.line.phone_number_id, customer.phone.address))


def audit(evidence: Evidence) -> list[Finding]:
    """Everything that did not hold."""
    checks = (
        sent_twice,
        told_twice,
        kept_or_read_twice,
        not_kept,
        not_read,
        not_answered,
        not_at_the_provider,
        astray,
        wiped,
        versions_out_of_order,
        phones_out_of_order,
        stuck,
        limits_passed,
        accepted_and_not_sent,
    )
    return [*(finding for check in checks for finding in check(evidence)), *evidence.besides]


def sent_twice(evidence: Evidence) -> Iterator[Finding]:
    """One reply that the provider accepted more often than anybody consented to."""
    known = {reply.id.hex: reply.conversation_id for reply in evidence.tables.replies}
    for name, entries in evidence.world.graph.ledger.sent_twice(evidence.consented).items():
        line = f"{len(entries)} copies to {entries[0].recipient}: {first_words(entries[0].text)}"
        yield Finding(SENT_TWICE, line, known.get(name))


def told_twice(evidence: Evidence) -> Iterator[Finding]:
    """More replies on a phone than messages so far; two replies of one turn for one reason."""
    for customer in evidence.customers:
        for line in unprovoked([customer], evidence.world):
            yield Finding(SENT_TWICE, line, evidence.conversation_of(customer))
    for reply in _second(evidence.tables.replies, lambda one: (one.conversation_id, one.cause, one.part)):
        yield Finding(SENT_TWICE, f"a second reply for one cause, {reply.id}", reply.conversation_id)


def kept_or_read_twice(evidence: Evidence) -> Iterator[Finding]:
    for message in _second(evidence.tables.messages, lambda one: one.wamid):
        yield Finding(READ_TWICE, f"kept twice: {message.wamid}", message.conversation_id)
    for message_id, turns in evidence.turns_reading.items():
        if len(turns) > 1:
            yield Finding(READ_TWICE, f"read by {len(turns)} turns: message {message_id}", turns[0].conversation_id)
    for conversation_id in evidence.tables.collisions:
        yield Finding(READ_TWICE, "a turn that held its fence met a reply's key that existed", conversation_id)


def not_kept(evidence: Evidence) -> Iterator[Finding]:
    """Acknowledged, and in no table; never acknowledged; and kept though nobody rightly delivered it."""
    kept = {message.wamid for message in evidence.tables.messages}
    delivered = set()
    for update in evidence.world.meta.book:
        if update.part == MESSAGES:
            delivered.add(update.key)
            is_kept = update.key in kept
        elif update.part == STATUSES:
            wamid, _, stage = update.key.rpartition(" ")
            is_kept = (wamid, stage) in evidence.tables.reported
        else:
            continue
        if update.acknowledged_at is None:
            yield Finding(LOST, f"never acknowledged: {update.key}")
        elif not is_kept:
            yield Finding(LOST, f"acknowledged, and not kept: {update.key}")
    for message in evidence.tables.messages:
        if message.wamid not in delivered:
            yield Finding(LOST, f"kept, and nobody has sent it: {message.wamid}", message.conversation_id)


def not_read(evidence: Evidence) -> Iterator[Finding]:
    """Kept, and neither read by a turn nor with a reason for none. What still has its ticket is stuck, not lost."""
    for message in evidence.tables.messages:
        if message.needs_no_turn is None and message.id not in evidence.turns_reading:
            invariant = STUCK if message.id in evidence.tables.unread else LOST
            yield Finding(invariant, f"kept, and not read: {message.wamid}", message.conversation_id)


def not_answered(evidence: Evidence) -> Iterator[Finding]:
    """On no phone and on no list: a turn without a reply and without a reason; a reply that is neither settled nor
    listed nor suppressed; a customer who said something last, though all is said to be answered."""
    for turn in evidence.tables.turns:
        if turn.silence is None and not evidence.replies_of_turn.get(turn.id):
            yield Finding(LOST, f"turn {turn.id} owes a reply, and none is there", turn.conversation_id)
    for reply in evidence.tables.replies:
        if not reply.listed and not _is_accounted_for(reply):
            yield Finding(LOST, f"reply {reply.id} is {reply.status} and on no list", reply.conversation_id)
    messages = {message.wamid: message for message in evidence.tables.messages}
    for customer in waiting(evidence.customers):
        message = messages.get(customer.phone.said[-1].wamid)
        turns = evidence.turns_reading.get(message.id, []) if message is not None else []
        if turns and not _has_a_reason(evidence, turns[0]):
            line = f"{customer.phone.address} waits for an answer, and is on no list"
            yield Finding(LOST, line, turns[0].conversation_id)


def _is_accounted_for(reply: OwedReply) -> bool:
    return (
        reply.status == "SENT"
        or (reply.status == "SUPPRESSED" and reply.suppression is not None)
        or (reply.status == "UNKNOWN" and reply.resolution in ("discarded", "overtaken"))
    )


def _has_a_reason(evidence: Evidence, turn: TakenTurn) -> bool:
    """Why a phone may show nothing after what this turn read: silence on purpose, a list, a suppression."""
    if turn.silence is not None or evidence.conversations[turn.conversation_id].with_person:
        return True
    replies = evidence.replies_of_turn.get(turn.id, [])
    return any(reply.listed or reply.status != "SENT" for reply in replies)


def not_at_the_provider(evidence: Evidence) -> Iterator[Finding]:
    """Replies that are SENT to us, and that the provider never accepted."""
    for reply in evidence.tables.replies:
        if reply.status == "SENT" and not evidence.world.graph.ledger.copies_of(reply.id.hex):
            yield Finding(LOST, f"reply {reply.id} is SENT, and nobody got it", reply.conversation_id)


def astray(evidence: Evidence) -> Iterator[Finding]:
    """What the provider accepted, and is no reply of ours, was for somebody else, or says something else."""
    replies = {reply.id.hex: reply for reply in evidence.tables.replies}
    for entry in evidence.world.graph.ledger.accepted:
        reply = replies.get(entry.reply_id or "")
        if reply is None:
            yield Finding(WRONG, f"accepted for {entry.recipient}, and no reply of ours: {first_words(entry.text)}")
            continue
        conversation = evidence.conversations.get(reply.conversation_id)
        if conversation is None or conversation.phone != entry.recipient:
            yield Finding(WRONG, f"a reply to another went to {entry.recipient}", reply.conversation_id)
        if _named(reply.body) != _named(entry.text):
            yield Finding(WRONG, f"{entry.recipient} reads other words than were decided", reply.conversation_id)


def _named(text: str) -> str:
    return " ".join(text.split())[:NAMED_CHARACTERS]


def wiped(evidence: Evidence) -> Iterator[Finding]:
    for line, conversation_id in evidence.tables.wiped:
        yield Finding(WIPED, line, conversation_id)


def versions_out_of_order(evidence: Evidence) -> Iterator[Finding]:
    """Turns of a conversation take its versions one after the other; what is left over was raised by people's acts."""
    versions: defaultdict[UUID, list[int]] = defaultdict(list)
    for turn in evidence.tables.turns:
        versions[turn.conversation_id].append(turn.state_version)
    for conversation_id, taken in versions.items():
        held = evidence.conversations.get(conversation_id)
        if held is None:
            continue
        if len(set(taken)) < len(taken):
            yield Finding(OUT_OF_ORDER, f"two turns came to one version: {taken}", conversation_id)
        elif held.state_version - len(taken) != held.other_raises or max(taken) > held.state_version:
            line = f"version {held.state_version} after turns to {taken} and {held.other_raises} acts"
            yield Finding(OUT_OF_ORDER, line, conversation_id)


def phones_out_of_order(evidence: Evidence) -> Iterator[Finding]:
    """A reply that came on the phone before one that was decided earlier. What was in doubt holds up the next one for
    a while, and not for ever."""
    first_copy: dict[str, Entry] = {}
    for entry in evidence.world.graph.ledger.accepted:
        first_copy.setdefault(entry.reply_id or "", entry)
    newest: dict[UUID, tuple[int, OwedReply]] = {}
    for reply in evidence.tables.replies:  # in the order in which they were decided
        arrived = first_copy.get(reply.id.hex)
        if arrived is None or reply.was_in_doubt:
            continue
        number, before = newest.get(reply.conversation_id, (0, reply))
        if arrived.number < number:
            line = f"reply {reply.id} came before {before.id}, which was decided earlier"
            yield Finding(OUT_OF_ORDER, line, reply.conversation_id)
        newest[reply.conversation_id] = max((number, before), (arrived.number, reply), key=lambda one: one[0])


def stuck(evidence: Evidence) -> Iterator[Finding]:
    for reply in evidence.tables.replies:
        if reply.listed and reply.status in ("PENDING", "SENDING", "UNKNOWN"):
            line = f"reply {reply.id} is still {reply.status}, attempt {reply.attempt}"
            yield Finding(STUCK, line, reply.conversation_id)
    left = evidence.tables.open_work
    if left.due_turns or left.reports or left.merges:
        yield Finding(STUCK, f"left to do: {left}")


def limits_passed(evidence: Evidence) -> Iterator[Finding]:
    """In the tables, and as customers can read it on their phones."""
    limits = {(one.phone.line.phone_number_id): one.flow.limits.max_questions for one in evidence.customers}
    for held in evidence.tables.conversations:
        if held.questions_asked_count > limits.get(held.phone_number_id, held.questions_asked_count):
            yield Finding(OVER_LIMIT, f"asked {held.questions_asked_count} questions, says the table", held.id)
    for customer in evidence.customers:
        for line in over_limit(evidence.world, [customer]):
            yield Finding(OVER_LIMIT, line, evidence.conversation_of(customer))


def accepted_and_not_sent(evidence: Evidence) -> Iterator[Finding]:
    """What the provider accepted is SENT, once its reports came; or FAILED where it was reported as failed."""
    replies = {reply.id.hex: reply for reply in evidence.tables.replies}
    for name in {entry.reply_id for entry in evidence.world.graph.ledger.accepted if entry.reply_id}:
        reply = replies.get(name)
        if reply is not None and reply.status != "SENT" and not _reported_failed(evidence, name):
            yield Finding(NOT_SENT, f"reply {reply.id} was accepted, and is {reply.status}", reply.conversation_id)


def _reported_failed(evidence: Evidence, name: str) -> bool:
    reported = evidence.tables.reported
    return any((entry.wamid or "", "failed") in reported for entry in evidence.world.graph.ledger.copies_of(name))


def _second(rows: Iterable[Row], key: Callable[[Row], object]) -> Iterator[Row]:
    """Rows whose key an earlier one had."""
    seen: set[object] = set()
    for row in rows:
        name = key(row)
        if name in seen:
            yield row
        seen.add(name)


def counts(findings: Sequence[Finding]) -> dict[str, int]:
    """How many of each invariant, 0 where it held."""
    found = Counter(finding.invariant for finding in findings)
    return {invariant: found[invariant] for invariant in INVARIANTS}
