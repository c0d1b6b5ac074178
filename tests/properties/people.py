"""What persons do while the business works: each act one transaction, held, refused or cut off like every other."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from properties.machine import BusinessMachine, Planned, customers, numbers, processes, troubles
from surereply.admin import handover, lead, reply, settle
from surereply.domain.lead import Stage
from surereply.domain.replies import Body, Template

OPERATOR = "Nadia"
VALUES = (("full_name", "Huda Saleh"), ("email", "huda@example.com"), ("service", "GOLDEN_VISA"))


class PeopleMachine(BusinessMachine):
    """Persons take over, give back, edit, answer, and settle what is listed."""

    @rule(customer=customers, process=processes, trouble=troubles)
    def takes_over(self, customer: int, process: int, trouble: Planned) -> None:
        self._act(customer, process, trouble, handover.take_over, OPERATOR)

    @rule(customer=customers, process=processes, trouble=troubles)
    def gives_back(self, customer: int, process: int, trouble: Planned) -> None:
        self._act(customer, process, trouble, handover.give_back, OPERATOR)

    @rule(customer=customers, value=st.sampled_from(VALUES), process=processes, trouble=troubles)
    def edits(self, customer: int, value: tuple[str, str], process: int, trouble: Planned) -> None:
        """A field that the bot may be about to set itself."""
        chosen, found = self.process(process), self._conversation(customer)
        if found is None or found["lead_id"] is None:
            return
        flow = self.house.directory.active_flow("business-services")
        assert flow is not None

        async def edit() -> None:
            await lead.edit_lead(
                chosen.db, found["bucket"], found["lead_id"], found["id"], dict([value]), None, flow, {}, OPERATOR,
                self.house.clock(),
            )  # fmt: skip

        self.begin(chosen, edit, trouble)

    @rule(customer=customers, process=processes)
    def wins(self, customer: int, process: int) -> None:
        """The enquiry is over; days later the next one begins."""
        chosen, found = self.process(process), self._conversation(customer)
        if found is None or found["lead_id"] is None:
            return
        flow = self.house.directory.active_flow("business-services")
        assert flow is not None
        self.begin(
            chosen,
            lambda: lead.edit_lead(
                chosen.db, found["bucket"], found["lead_id"], found["id"], {}, Stage.WON, flow, {}, OPERATOR,
                self.house.clock(),
            ),
        )  # fmt: skip

    @rule(
        customer=customers, draft=st.integers(0, 3), process=processes, trouble=troubles, template=st.booleans(),
        stale=st.booleans(),
    )  # fmt: skip
    def answers(self, customer: int, draft: int, process: int, trouble: Planned, template: bool, stale: bool) -> None:
        """Send is pressed, perhaps for the second time, perhaps on a screen that is old."""
        found = self._conversation(customer)
        if found is None:
            return
        seen = self.do(self.house.fetch("SELECT max(id::text)::uuid AS id FROM reply WHERE conversation_id = $1",
                                        found["id"]))[0]["id"]  # fmt: skip
        body = Body(f"by hand {draft}", template=Template("hello", "en") if template else None)
        pressed = reply.Draft(f"draft {draft}", body, None if stale else seen)
        self._act(customer, process, trouble, reply.send_reply, pressed, OPERATOR)

    @rule(number=numbers, act=st.sampled_from(["resend", "discard", "withdraw"]), process=processes, trouble=troubles)
    def settles(self, number: int, act: str, process: int, trouble: Planned) -> None:
        """One of the newest replies, whatever became of it: what cannot be done is refused."""
        chosen = self.process(process)
        rows = self.do(self.house.fetch("SELECT bucket, id FROM reply ORDER BY created_at DESC, id DESC LIMIT 6"))
        if rows:
            row = rows[number % len(rows)]
            self.begin(
                chosen,
                lambda: getattr(settle, act)(chosen.db, row["bucket"], row["id"], OPERATOR, self.house.clock()),
                trouble,
            )

    @invariant()
    def a_person_keeps_what_they_took(self) -> None:
        """The flow sets no time after which the bot has a conversation again: only a person gives it back."""
        taken = self.do(self.house.fetch("SELECT id FROM handover WHERE given_back_by = 'set time'"))
        assert not taken, "one turn at a time: a turn took a conversation from the person who had it"

    def _act(self, customer: int, process: int, trouble: Planned, act: Any, *more: Any) -> None:
        chosen, found = self.process(process), self._conversation(customer)
        if found is not None:
            self.begin(chosen, lambda: act(chosen.db, found["bucket"], found["id"], *more, self.house.clock()), trouble)

    def _conversation(self, customer: int) -> Any:
        rows = self.do(
            self.house.fetch(
                """
                SELECT c.* FROM identifier i JOIN conversation c ON c.bucket = i.bucket AND c.id = i.conversation_id
                 WHERE i.value = ANY($1::text[])
                """,
                [*self.phones[customer].names],
            )
        )
        return rows[0] if rows else None
