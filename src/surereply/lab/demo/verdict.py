"""What held: counted from the customers' phones, the provider's ledger and Meta's book, not from our own tables."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from surereply.domain.flow import Flow
from surereply.lab.bubbles import bubble_of
from surereply.lab.customers import Customer
from surereply.lab.demo.lists import Lists
from surereply.lab.envelope import MESSAGES
from surereply.lab.reading import Sense, understand
from surereply.lab.stage.office import LeadWatcher, known_fields
from surereply.lab.witness import copies, over_limit, replies_to, unprovoked, waiting
from surereply.lab.world import World


@dataclass(frozen=True, slots=True)
class Verdict:
    """Each finding is a line for whoever looks into it; all four must be empty."""

    sent_twice: tuple[str, ...]
    lost: tuple[str, ...]
    wiped: tuple[str, ...]
    over_limit: tuple[str, ...]

    @property
    def held(self) -> bool:
        return not (self.sent_twice or self.lost or self.wiped or self.over_limit)

    @property
    def findings(self) -> tuple[str, ...]:
        return (*self.sent_twice, *self.lost, *self.wiped, *self.over_limit)


def judge(
    world: World, customers: Sequence[Customer], lists: Lists, watcher: LeadWatcher, consented: Collection[str]
) -> Verdict:
    """`consented`: ids of the replies that the operator sent again."""
    return Verdict(
        sent_twice=(*copies(world, consented), *unprovoked(customers, world)),
        lost=(*not_kept(world, lists), *unanswered(customers, lists), *untold(customers, lists)),
        wiped=(*emptied(watcher, lists), *left_out(world, customers, watcher, lists)),
        over_limit=tuple(over_limit(world, customers)),
    )


def not_kept(world: World, lists: Lists) -> Iterable[str]:
    """Messages that were acknowledged and are in no conversation; messages that nobody ever acknowledged."""
    for update in world.meta.book:
        if update.part == MESSAGES and update.acknowledged_at is None:
            yield f"never acknowledged: {update.key}"
        elif update.part == MESSAGES and update.key not in lists.kept:
            yield f"acknowledged, and not kept: {update.key}"


def unanswered(customers: Sequence[Customer], lists: Lists) -> Iterable[str]:
    """A customer whose last message has no reply on the phone, and who is on no list."""
    for customer in waiting(customers):
        number = customer.phone.address
        if number not in lists.open_work and number not in lists.with_person:
            yield f"{number} waits for an answer, and is on no list"


def untold(customers: Sequence[Customer], lists: Lists) -> Iterable[str]:
    """A customer who was promised a person, of whom no person was told."""
    for customer in customers:
        if customer.ended is Sense.HANDOVER and customer.phone.address not in lists.with_person:
            yield f"{customer.phone.address} was promised a person, and is on no list"


def emptied(watcher: LeadWatcher, lists: Lists) -> Iterable[str]:
    """Fields that were known at one look and empty at a later one."""
    for lead_id, name in sorted(watcher.wiped):
        yield f"{name} of lead {lead_id} was known, and became empty"


def left_out(world: World, customers: Sequence[Customer], watcher: LeadWatcher, lists: Lists) -> Iterable[str]:
    """Fields that were known before the closing was sent, and are missing in its summary on the phone."""
    by_number = {customer.phone.address: customer for customer in customers}
    for lead in watcher.leads:
        customer = by_number.get(lists.customers.get(lead["conversation_id"], ""))
        if customer is None or customer.ended is not Sense.CLOSING:
            continue
        closing = next(
            entry
            for entry in reversed(replies_to(customer, world))
            if understand(bubble_of(entry), customer.flow).sense is Sense.CLOSING
        )
        for name in _needed(lead, customer.flow):
            known_since = watcher.known_since.get((lead["id"], name))
            labels = customer.flow.fields[name].label.values()
            before = known_since is not None and known_since < closing.received_monotonic_s
            if before and not any(f"{label}:" in closing.text for label in labels):
                yield f"{name} was known, and is not in the summary for {customer.phone.address}"


def _needed(lead: dict[str, Any], flow: Flow) -> Iterable[str]:
    return flow.needed_fields(lead["service_type_enum"], known_fields(lead))


@dataclass(frozen=True, slots=True)
class Tally:
    """How much happened, for the table."""

    customers: int
    ended: int
    said: int
    deliveries: int
    repetitions: int
    on_phones: int
    refused: int  # requests to send that were answered by an error, and not accepted
    unheard: int  # accepted, and the sender got no answer that says so


def count(world: World, customers: Sequence[Customer]) -> Tally:
    messages = [update for update in world.meta.book if update.part == MESSAGES]
    entries = world.graph.ledger.entries
    return Tally(
        customers=len(customers),
        ended=sum(customer.done for customer in customers),
        said=len(messages),
        deliveries=world.meta.deliveries,
        repetitions=sum(len(update.answers) - 1 for update in messages if update.answers),
        on_phones=sum(len(customer.phone.receives) for customer in customers),
        refused=sum(not entry.accepted and entry.answer.startswith("4") for entry in entries),
        unheard=sum(entry.accepted and entry.answer != "200" for entry in entries),
    )
