"""From outbox to WhatsApp and back, beside persons: written down first, one reply a reason, none that vanishes."""

from functools import partial

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from properties.house import House
from properties.machine import Planned, customers, numbers, processes, troubles, words
from properties.people import PeopleMachine
from support.faults import fault
from surereply.domain.identity import new_id
from surereply.domain.replies import Body, ReplyDraft, ReplyType
from surereply.lab.faults import Fault, Harm, code, lost, server_error
from surereply.store.owed import NewReply, insert_replies

# Every outcome of a send: accepted, refused for now, refused for good, and unknown with and without acceptance.
OUTCOMES = (
    None,
    code(131056),
    code(130429),
    code(131053),
    code(131049),
    code(131026),
    code(131009),
    code(190),
    code(131000),
    code(131000, accepted=True),
    Fault(Harm.NEVER_RECEIVED),
    Fault(Harm.HALF_READ),
    lost(Harm.RESET, accepted=False),
    lost(Harm.RESET, accepted=True),
    lost(Harm.CLOSE, accepted=True),
    server_error(503, accepted=False),
    server_error(500, accepted=True),
    server_error(502, accepted=False),
    server_error(504, accepted=True),
    Fault(Harm.BROKEN_JSON),
    Fault(Harm.NO_ID),
)
STAGES = ("sent", "delivered", "read", "failed")


class OutboxMachine(PeopleMachine):
    """Replies are claimed, leave, are answered and settled, each a step of its own; reports come as they like."""

    @initialize(said=st.lists(words, min_size=3, max_size=3))
    def owes(self, said: list[str]) -> None:
        """Everybody wrote, and is owed an answer."""
        chosen = self.process(0)
        self.deliver(0, [self.house.says(phone, text) for phone, text in zip(self.phones, said, strict=True)])
        self.house.clock.advance(seconds=10)
        self.begin(chosen, chosen.responder.respond_once)

    @rule(process=processes, holds=st.booleans(), trouble=troubles)
    def claims(self, process: int, holds: bool, trouble: Planned) -> None:
        """Marked, and perhaps not sent yet."""
        chosen = self.process(process)
        chosen.provider.holds = holds
        self.begin(chosen, chosen.dispatcher.dispatch_once, trouble)

    @rule(process=processes, number=numbers, outcome=st.sampled_from(OUTCOMES))
    def requests(self, process: int, number: int, outcome: Fault | None) -> None:
        """A request that waited leaves, and meets this."""
        chosen = self.process(process)
        waiting = chosen.provider.waiting
        if waiting:
            sending = waiting[number % len(waiting)]
            self.house.world.graph.faults.script(sending.recipient, [outcome])
            self.go_on(sending.may_go.set)

    @rule(process=processes, number=numbers, trouble=troubles)
    def gets_the_answer(self, process: int, number: int, trouble: Planned) -> None:
        """However late: the result is written down now."""
        chosen = self.process(process)
        chosen.stage.plan(*(trouble or (None, 0)))
        self.go_on(lambda: chosen.provider.let_settle(number))

    @rule(
        sender=processes, other=processes, outcome=st.sampled_from(OUTCOMES), is_out=st.booleans(),
        meanwhile=st.sampled_from(["nothing", "resend", "discard", "report", "turn"]), stage=st.sampled_from(STAGES),
    )  # fmt: skip
    def comes_late(
        self, sender: int, other: int, outcome: Fault | None, is_out: bool, meanwhile: str, stage: str
    ) -> None:
        """A send outlives its lease, before its first byte or before its answer; what it learned comes afterwards."""
        late, other_process = self.process(sender), self.process(other if other != sender else other + 1)
        late.provider.holds = True
        self.begin(late, late.dispatcher.dispatch_once)
        late.provider.holds = False
        if is_out:
            self.requests(sender, 0, outcome)
        self.house.clock.advance(seconds=31)
        self.begin(other_process, other_process.reconciler.settle_doubts_once)
        if meanwhile in ("resend", "discard"):
            self.settles(0, meanwhile, other, None)
        elif meanwhile == "report":
            self.reports(-1, [stage], 1, other, None)
            self.begin(other_process, other_process.reconciler.apply_reports_once)
        elif meanwhile == "turn":
            self.is_answered(0, ["My name is Omar Haddad"], other)
        self.requests(sender, 0, outcome)
        self.gets_the_answer(sender, 0, None)

    @rule(
        customer=st.sampled_from([1, 2]), outcome=st.sampled_from(OUTCOMES[8:]), process=processes,
        by_hand=st.one_of(st.none(), st.integers(4, 9)), rounds=st.integers(1, 2),
    )  # fmt: skip
    def grows_quiet(self, customer: int, outcome: Fault | None, process: int, by_hand: int | None, rounds: int) -> None:
        """A doubt on the line whose owner resends; a later send of the line is reported, and this one never. Perhaps a
        person answered meanwhile; perhaps what went again is in doubt again."""
        other, chosen = 3 - customer, self.process(process)
        self.is_answered(customer, ["My family is abroad"], process)
        for _ in range(rounds):
            self.sends(customer, outcome, process)
            self.house.clock.advance(seconds=21)
            if by_hand is not None:
                self.answers(customer, by_hand, process, None, template=False, stale=False)
                self.sends(customer, None, process)
            self.is_answered(other, ["I am employed"], process)
            self.sends(other, None, process)
            self.reports(-1, ["delivered"], 1, process, None)
            self.begin(chosen, chosen.reconciler.apply_reports_once)
            self.house.clock.advance(seconds=130)
            self.begin(chosen, chosen.reconciler.settle_doubts_once)

    @rule(customer=customers, outcome=st.sampled_from(OUTCOMES), process=processes)
    def sends(self, customer: int, outcome: Fault | None, process: int) -> None:
        """Claim, request, answer and result in one go."""
        chosen = self.process(process)
        chosen.provider.holds = False
        self.house.world.graph.faults.script(self.phones[customer].address, [outcome])
        self.begin(chosen, chosen.dispatcher.dispatch_once)

    @rule(
        number=numbers, stages=st.lists(st.sampled_from(STAGES), min_size=1, max_size=3),
        copies=st.sampled_from([1, 1, 10]), process=processes, trouble=troubles,
    )  # fmt: skip
    def reports(self, number: int, stages: list[str], copies: int, process: int, trouble: Planned) -> None:
        """WhatsApp tells of a send it accepted: in any order, ten times over, also before the answer."""
        updates = [update for stage in stages * copies if (update := self.house.report(number, stage)) is not None]
        if updates:
            self.deliver(process, updates, trouble)

    @rule(process=processes, trouble=troubles)
    def folds(self, process: int, trouble: Planned) -> None:
        chosen = self.process(process)
        self.begin(chosen, chosen.reconciler.apply_reports_once, trouble)

    @rule(process=processes, trouble=troubles)
    def doubts(self, process: int, trouble: Planned) -> None:
        """Leases that ended are doubts; quiet doubts go again where the owner said so."""
        chosen = self.process(process)
        self.begin(chosen, chosen.reconciler.settle_doubts_once, trouble)

    @rule(customer=customers, text=words, process=processes, trouble=troubles)
    def is_told(self, customer: int, text: str, process: int, trouble: Planned) -> None:
        self.deliver(process, [self.house.says(self.phones[customer], text)], trouble)

    @rule(process=processes, trouble=troubles)
    def takes_turns(self, process: int, trouble: Planned) -> None:
        """On top of what is owed, in doubt, or a person's by now."""
        chosen = self.process(process)
        self.begin(chosen, chosen.responder.respond_once, trouble)

    @rule(number=numbers, process=processes)
    def is_computed_again(self, number: int, process: int) -> None:
        """A second computation of a reply that is owed already, past every fence: its key alone stands in the way."""
        chosen = self.process(process)
        rows = self.do(
            self.house.fetch(
                """
                SELECT r.*, c.line_id FROM reply r
                  JOIN conversation c ON c.bucket = r.bucket AND c.id = r.conversation_id
                 ORDER BY r.created_at DESC, r.id DESC LIMIT 6
                """
            )
        )
        if not rows:
            return
        row, now = rows[number % len(rows)], self.house.clock()
        draft = ReplyDraft(
            ReplyType(row["reply_type"]), msgspec.json.decode(row["body"], type=Body), row["cause"],
            row["question_key"], row["part"], row["day_bucket"],
        )  # fmt: skip
        again = NewReply(new_id(now), row["bucket"], row["conversation_id"], row["line_id"], draft, row["lead_id"], now)

        async def owe_again() -> None:
            async with chosen.db.transaction() as tx:
                await insert_replies(tx, [again])

        self.begin(chosen, owe_again)


@fault(12, 23, 24, 28, 30, 31, 32, 41, 51, 58)
def test_whatever_becomes_of_sends_no_reply_is_sent_twice_or_vanishes(house: House, lengths: settings) -> None:
    run_state_machine_as_test(partial(OutboxMachine, house), settings=lengths)
