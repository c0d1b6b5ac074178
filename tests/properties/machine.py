"""What every state machine of this layer can do to a business, and what it looks at after each step."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import asyncpg
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from properties.draining import drain
from properties.house import House
from properties.process import Process
from properties.setting import HOLDS, RESENDS
from properties.stage import Trouble
from surereply.lab.envelope import Update
from surereply.lab.phones import Phone, Said
from surereply.store.database import COMMIT_IN_DOUBT

WORDS = (
    "Hello, I need a family visa",
    "I am employed",
    "My e-mail is a@example.com",
    "My name is Omar Haddad",
    "My family is abroad",
    "how much does a family visa cost?",
    "no, I need a golden visa",
    "I want to talk to a human",
    "STOP",
    "START",
)
CUSTOMERS = ((HOLDS, "971501110001"), (RESENDS, "971501110002"), (RESENDS, "971501110003"))
# Under a second, past the debounce, past the responder's lease, past the dispatcher's, past the quiet time of a doubt,
# past an hour, past the service window, into the next partition, and past the time after which an enquiry is a new one.
SECONDS = (0.5, 10.0, 16.0, 31.0, 130.0, 3_700.0, 90_000.0, 777_600.0, 2_700_000.0)

# Numbers are drawn and not the things themselves: what there is to choose from hangs on the database, and Hypothesis
# must find the same choices when it replays.
numbers = st.integers(0, 11)
processes = st.integers(0, 2)
customers = st.integers(0, len(CUSTOMERS) - 1)
words = st.sampled_from(WORDS)
troubles = st.one_of(
    st.none(),
    st.none(),
    st.tuples(st.just(Trouble.HELD), st.sampled_from([0, 0, *range(1, 13)])),
    st.tuples(st.sampled_from(Trouble), st.sampled_from([0, *range(1, 13)])),
)
Planned = tuple[Trouble, int] | None

EXPECTED = (*COMMIT_IN_DOUBT, asyncpg.PostgresError)


class BusinessMachine(RuleBasedStateMachine):
    """One run: a fresh morning of the house."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.is_sound = True
        self.do(house.begin())
        self.phones: list[Phone] = [house.world.phone(number, line=line) for line, number in CUSTOMERS]

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.house.run(work)

    def process(self, number: int) -> Process:
        return self.house.processes[number % len(self.house.processes)]

    def begin(self, process: Process, step: Callable[[], Awaitable[Any]], trouble: Planned = None) -> None:
        """Begin a step of a process, and let the business go on until nothing moves by itself."""
        process.stage.plan(*(trouble or (None, 0)))

        async def begun() -> None:
            self.house.start(_failing_as_steps_may(step))
            await self.house.rest()

        self.do(begun())

    def deliver(
        self, process: int, items: Sequence[Said | Update], trouble: Planned = None, *, other_bytes: bool = False
    ) -> None:
        """One POST, which may meet trouble at one of its statements."""
        chosen = self.process(process)
        chosen.stage.plan(*(trouble or (None, 0)))
        self.go_on(lambda: self.house.deliver(chosen, items, other_bytes=other_bytes))

    def go_on(self, change: Callable[[], Any]) -> None:
        async def changed() -> None:
            change()
            await self.house.rest()

        self.do(changed())

    @rule(process=processes)
    def lets_go(self, process: int) -> None:
        """Whatever the process holds runs."""
        self.go_on(self.process(process).stage.go_on)

    @rule(seconds=st.sampled_from(SECONDS))
    def time_passes(self, seconds: float) -> None:
        self.house.clock.advance(seconds=seconds)

    @rule(process=st.sampled_from([None, None, 0, 1, 2]))
    def dies(self, process: int | None) -> None:
        """`kill -9`, and another process in its place; not too often, or nothing ever comes of anything."""
        if process is None:
            return

        async def die() -> None:
            await self.house.kill(self.process(process))
            await self.house.rest()

        self.do(die())

    @rule(customer=customers, said=st.lists(words, min_size=1, max_size=3), process=processes)
    def is_answered(self, customer: int, said: list[str], process: int) -> None:
        """A plain course of things: said, kept, read, owed."""
        chosen = self.process(process)
        self.deliver(process, [self.house.says(self.phones[customer], text) for text in said])
        self.house.clock.advance(seconds=10)
        self.begin(chosen, chosen.responder.respond_once)

    @invariant()
    def the_invariants_hold(self) -> None:
        self._sound(self.do(self.house.findings()))

    def teardown(self) -> None:
        try:
            if self.is_sound:
                self._sound(self.do(drain(self.house)))
        finally:
            self.do(self.house.end())

    def _sound(self, findings: list[str]) -> None:
        self.is_sound = not findings
        assert not findings, "\n".join(findings)


async def _failing_as_steps_may(step: Callable[[], Awaitable[Any]]) -> None:
    """The loop that runs a step logs such a failure, and runs the step again."""
    try:
        await step()
    except EXPECTED:
        return
