"""From webhook to turn, in whatever order: kept once, read once, one turn at a time."""

from collections import Counter
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from properties.house import House
from properties.machine import Planned, customers, numbers, processes, troubles, words
from properties.people import PeopleMachine
from support.faults import fault

WELCOME = "Hello and welcome"


class InboxMachine(PeopleMachine):
    """Customers write, WhatsApp repeats, processes lease, think, hang, die and come back."""

    @rule(
        said=st.lists(st.tuples(customers, words), min_size=1, max_size=4), process=processes, trouble=troubles
    )  # fmt: skip
    def is_told(self, said: list[tuple[int, str]], process: int, trouble: Planned) -> None:
        """One POST, of the same instant, of one customer or several."""
        self.deliver(process, [self.house.says(self.phones[customer], text) for customer, text in said], trouble)

    @rule(which=st.lists(numbers, min_size=1, max_size=6), process=processes, trouble=troubles, other=st.booleans())
    def is_told_again(self, which: list[int], process: int, trouble: Planned, other: bool) -> None:
        """The same, batched and ordered anew, perhaps while the first transaction is still open."""
        if not self.house.said:
            return
        items = [self.house.said[-1 - number % len(self.house.said)] for number in dict.fromkeys(which)]
        self.deliver(process, items, trouble, other_bytes=other)

    @rule(number=numbers)
    def hangs_up(self, number: int) -> None:
        """The client is gone before its 200; the batch goes on without it."""
        posts = [task for task in self.house.tasks if task.get_name() == "post"]
        if posts:
            self.go_on(posts[number % len(posts)].cancel)

    @rule(process=processes, holds=st.booleans(), trouble=troubles)
    def leases(self, process: int, holds: bool, trouble: Planned) -> None:
        """Claim and load; the reading may hang."""
        chosen = self.process(process)
        chosen.reader.holds = holds
        self.begin(chosen, chosen.responder.respond_once, trouble)

    @rule(sleeper=processes, other=processes, said=st.tuples(customers, words, words), until=st.integers(0, 2))
    def oversleeps(self, sleeper: int, other: int, said: tuple[int, str, str], until: int) -> None:
        """A process is stopped beyond its lease while others go on, and then comes back: when another one took the
        turn; when the ticket was made anew for a new message; when that one, too, is leased."""
        customer, first, second = said
        other = other if other != sleeper else other + 1
        asleep, awake = self.process(sleeper), self.process(other)
        self.deliver(other, [self.house.says(self.phones[customer], first)])
        self.house.clock.advance(seconds=10)
        asleep.reader.holds = True
        self.begin(asleep, asleep.responder.respond_once)
        self.house.clock.advance(seconds=16)
        awake.reader.holds = False
        self.begin(awake, awake.responder.respond_once)
        if until:
            self.deliver(other, [self.house.says(self.phones[customer], second)])
            self.house.clock.advance(seconds=10)
        if until == 2:
            awake.reader.holds = True
            self.begin(awake, awake.responder.respond_once)
        self.go_on(lambda: asleep.reader.let_think(-1))

    @rule(process=processes, customer=customers, text=words)
    def is_done_with_two_leases_at_once(self, process: int, customer: int, text: str) -> None:
        """A process is stopped beyond its lease, leases the same conversation again, and writes both turns."""
        chosen = self.process(process)
        self.deliver(process, [self.house.says(self.phones[customer], text)])
        self.house.clock.advance(seconds=10)
        chosen.reader.holds = True
        self.begin(chosen, chosen.responder.respond_once)
        self.house.clock.advance(seconds=16)
        self.begin(chosen, chosen.responder.respond_once)
        self.go_on(chosen.reader.let_all_think)

    @rule(thinker=processes, sender=processes, customer=customers, said=st.tuples(words, words))
    def answers_while_a_reply_leaves(self, thinker: int, sender: int, customer: int, said: tuple[str, str]) -> None:
        """What the turn would carry over is sent while it is being thought out."""
        chosen = self.process(thinker)
        self.is_answered(customer, [said[0]], sender)
        self.deliver(sender, [self.house.says(self.phones[customer], said[1])])
        self.house.clock.advance(seconds=10)
        chosen.reader.holds = True
        self.begin(chosen, chosen.responder.respond_once)
        chosen.reader.holds = False
        self.sends(sender)
        self.go_on(lambda: chosen.reader.let_think(-1))

    @rule(thinker=processes, other=processes, customer=customers, text=words)
    def is_given_back_and_taken_again(self, thinker: int, other: int, customer: int, text: str) -> None:
        """A person takes the conversation over again while the bot thinks about what giving it back had woken."""
        chosen = self.process(thinker)
        self.takes_over(customer, other, None)
        self.is_answered(customer, [text], other)
        self.gives_back(customer, other, None)
        self.deliver(other, [self.house.says(self.phones[customer], text)])
        self.house.clock.advance(seconds=10)
        chosen.reader.holds = True
        self.begin(chosen, chosen.responder.respond_once)
        chosen.reader.holds = False
        self.takes_over(customer, other, None)
        self.go_on(lambda: chosen.reader.let_think(-1))

    @rule(process=processes, number=numbers, trouble=troubles)
    def thinks(self, process: int, number: int, trouble: Planned) -> None:
        """One reading that hung comes to its end, however late; then the commit."""
        chosen = self.process(process)
        chosen.stage.plan(*(trouble or (None, 0)))
        self.go_on(lambda: chosen.reader.let_think(number))

    @rule(process=processes)
    def reading_fails(self, process: int) -> None:
        self.process(process).reader.fails = 1

    @rule(process=processes)
    def sends(self, process: int) -> None:
        chosen = self.process(process)
        self.begin(chosen, chosen.dispatcher.dispatch_once)

    @invariant()
    def nobody_is_greeted_twice(self) -> None:
        """What a turn carries over must not have left by itself. Whatever leaves here arrives."""
        welcomes = Counter(e.recipient for e in self.house.world.graph.ledger.accepted if WELCOME in e.text)
        for phone in self.phones:
            leads = self.do(
                self.house.fetch(
                    """
                    SELECT l.id FROM lead l JOIN identifier i ON i.bucket = l.bucket AND i.contact_id = l.contact_id
                     WHERE i.value = $1
                    """,
                    phone.address,
                )
            )
            assert welcomes[phone.address] <= len(leads), f"one reply a reason: {phone.address} was welcomed again"


@fault(2, 4, 5, 9, 12, 15, 16, 51)
def test_whatever_the_order_messages_are_kept_once_read_once_and_answered_in_turn(
    house: House, lengths: settings
) -> None:
    run_state_machine_as_test(partial(InboxMachine, house), settings=lengths)
