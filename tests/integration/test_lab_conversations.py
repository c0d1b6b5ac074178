"""Scripted customers in the three example flows, against the real understanding and the real decision."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid5

import pytest

from surereply.domain.flow import Flow
from surereply.domain.flow_file import parse_flow
from surereply.domain.message import Message, MessageKind
from surereply.domain.rehearsal import Rehearsal, begin, customer_says, customer_sends, customer_taps
from surereply.domain.replies import Body
from surereply.lab.clock import StandingClock
from surereply.lab.customers import Customer, converse, make_customers
from surereply.lab.lines import LabLine
from surereply.lab.personas import Temper
from surereply.lab.phones import Said
from surereply.lab.reading import Sense
from surereply.lab.world import World
from surereply.understanding.reader import read

FLOWS = Path(__file__).parents[2] / "flows"
NAMES = ("business-services", "homes", "clinic")
TODAY = date(2026, 11, 23)
CUSTOMERS = 60
ENDS = {
    Temper.STOPS: {Sense.STOPPED},
    Temper.WANTS_PERSON: {Sense.HANDOVER},
    Temper.ANGRY: {Sense.HANDOVER},
}


@pytest.fixture(scope="module")
def flows() -> list[Flow]:
    return [parse_flow((FLOWS / f"{name}.yaml").read_text(), name) for name in NAMES]


class Rehearsing:
    """A business in memory: each customer's messages go through a rehearsal, its bubbles to their phone."""

    def __init__(self, flows: list[Flow]) -> None:
        lines = [LabLine(f"10{n}", access_token=f"token-{n}", name=flow.name) for n, flow in enumerate(flows)]
        self.clock = StandingClock()
        self.world = World(deliver=self._deliver, lines=lines, clock=self.clock, by_hand=True)
        self.customers = make_customers(
            self.world, list(zip(lines, flows, strict=True)), CUSTOMERS, seed=1, today=TODAY
        )
        self.rehearsals = {customer: begin(customer.flow, customer.persona.name) for customer in self.customers}
        self._answered = dict.fromkeys(self.customers, 0)

    async def _deliver(self, body: bytes, headers: Mapping[str, str]) -> int:
        return 200

    async def answer(self, customer: Customer) -> None:
        """Take the customer's new messages in one turn, as a debounce would, and show its bubble."""
        fresh = customer.phone.said[self._answered[customer] :]
        self._answered[customer] += len(fresh)
        for said in _in_one(fresh):
            self.clock.advance(seconds=5)
            self.rehearsals[customer] = self._take(self.rehearsals[customer], said)
        for body in self.rehearsals[customer].bodies if fresh else ():
            await self._send(customer, body)

    def _take(self, rehearsal: Rehearsal, said: Said) -> Rehearsal:
        now = self.clock()
        if said.kind == "tap":
            return customer_taps(rehearsal, said.text, now, read) or rehearsal
        if said.kind == "image":
            identity = uuid5(rehearsal.conversation.id, said.wamid)
            message = Message(identity, said.wamid, MessageKind.IMAGE, said.text, now, now)
            return customer_sends(rehearsal, message, now, read)
        return customer_says(rehearsal, said.text, now, read)

    async def _send(self, customer: Customer, body: Body) -> None:
        content: dict = {"type": "text", "text": {"body": body.text}}
        if body.buttons:
            buttons = [{"type": "reply", "reply": {"id": one.id, "title": one.title}} for one in body.buttons]
            content = _interactive("button", body.text, {"buttons": buttons})
        elif body.rows:
            rows = [{"id": one.id, "title": one.title, "description": one.description} for one in body.rows]
            content = _interactive("list", body.text, {"button": body.list_button, "sections": [{"rows": rows}]})
        sent = {"messaging_product": "whatsapp", "to": customer.phone.number, **content}
        line = customer.phone.line
        answer = await self.world.post_message(line.phone_number_id, line.access_token, sent)
        assert answer.http_status == 200, answer.content


def _in_one(fresh: Sequence[Said]) -> Sequence[Said]:
    """Quick messages as lines of one: a rehearsal takes a turn a message."""
    if len(fresh) < 2 or any(said.kind != "text" for said in fresh):
        return fresh
    return [replace(fresh[0], text="\n".join(said.text for said in fresh))]


def _interactive(kind: str, text: str, action: dict) -> dict:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


async def test_every_scripted_customer_comes_to_an_end_of_its_kind(flows: list[Flow]) -> None:
    business = Rehearsing(flows)
    for customer in business.customers:
        customer.opens()
        await business.answer(customer)
        while customer.reacts() and not customer.done:
            await business.answer(customer)

    for customer in business.customers:
        allowed = ENDS.get(customer.persona.temper, {Sense.CLOSING, Sense.HANDOVER})
        assert customer.ended in allowed, (customer.persona, customer.phone.texts[-1:])
        assert business.rehearsals[customer].conversation.questions_asked_count <= customer.flow.limits.max_questions


async def test_customers_talk_by_themselves_until_all_are_done(flows: list[Flow]) -> None:
    business = Rehearsing(flows)
    by_phone = {customer.phone: customer for customer in business.customers}
    answering: set[asyncio.Task[None]] = set()

    def answer(phone: object) -> None:
        task = asyncio.create_task(business.answer(by_phone[phone]))
        answering.add(task)
        task.add_done_callback(answering.discard)

    business.world.change_listeners.append(answer)
    await converse(business.world, business.customers, pace_s=0)

    assert all(customer.done for customer in business.customers)
    assert business.clock() > StandingClock()() + timedelta(minutes=1)
