"""What phones and the provider's ledger tell by themselves: nobody here has seen our tables."""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

from surereply.domain.flow import Flow
from surereply.lab.bubbles import bubble_of
from surereply.lab.ledger import Entry
from surereply.lab.phones import Phone
from surereply.lab.reading import Sense, understand
from surereply.lab.world import World


class Talks(Protocol):
    """A customer, as far as it is looked at from outside. `ended`: how the conversation came to its end."""

    phone: Phone
    flow: Flow
    ended: Sense | None


def copies(world: World, consented: Collection[str]) -> Iterable[str]:
    """One reply that the provider accepted twice, without anybody's consent."""
    for entries in world.graph.ledger.sent_twice(consented).values():
        yield f"sent twice to {entries[0].recipient}: {first_words(entries[0].text)}"


def unprovoked(customers: Sequence[Talks], world: World) -> Iterable[str]:
    """More replies than messages so far: one message had two answers, under whatever ids."""
    for customer in customers:
        messages = [(said.number, 1) for said in customer.phone.said]
        replies = [(entry.number, -1) for entry in replies_to(customer, world)]
        balance = 0
        for number, weight in sorted(messages + replies):
            balance += weight
            if balance < 0:
                yield f"answered twice: {customer.phone.address}, in entry {number} of the ledger"
                break


def waiting(customers: Sequence[Talks]) -> list[Talks]:
    """Those who said something last. A conversation that came to its end needs no last word."""
    return [
        customer
        for customer in customers
        if customer.ended is None
        and customer.phone.said
        and customer.phone.said[-1].number > max((bubble.number for bubble in customer.phone.receives), default=0)
    ]


def over_limit(world: World, customers: Sequence[Talks]) -> Iterable[str]:
    """Customers who were asked for more things than the flow allows, as they can read on their phones."""
    for customer in customers:
        asked = questions_asked(customer, world)
        if len(asked) > customer.flow.limits.max_questions:
            yield f"{customer.phone.address} was asked {len(asked)} questions: {', '.join(asked)}"


def questions_asked(customer: Talks, world: World) -> list[str]:
    """The fields asked for, in order; the same one again in other words is the same question."""
    asked: list[str] = []
    for entry in _in_order_of_making(replies_to(customer, world)):
        understood = understand(bubble_of(entry), customer.flow)
        is_question = understood.sense is Sense.QUESTION and understood.field is not None
        if is_question and understood.field is not None and asked[-1:] != [understood.field]:
            asked.append(understood.field)
    return asked


def on_a_phone(world: World, reply_id: str) -> bool:
    """Whether the provider ever accepted this reply; its id as the ledger writes it."""
    return bool(world.graph.ledger.copies_of(reply_id))


def replies_to(customer: Talks, world: World) -> list[Entry]:
    """What the customer can see, each reply once: a copy that was consented to is the same reply."""
    entries: dict[str, Entry] = {}
    for entry in world.graph.ledger.to(customer.phone.line.phone_number_id, customer.phone.names):
        if entry.reaches_phone:
            entries.setdefault(entry.reply_id or entry.wamid or "", entry)
    return list(entries.values())


def _in_order_of_making(entries: list[Entry]) -> list[Entry]:
    """Ids are made in the order of time; a reply that was in doubt may arrive after a later one."""
    return sorted(entries, key=lambda entry: entry.reply_id or "")


def first_words(text: str) -> str:
    return " ".join(text.split())[:60]
