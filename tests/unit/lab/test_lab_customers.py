"""Scripted customers answer what stands on their phone, and nothing else."""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow
from surereply.domain.flow_file import parse_flow
from surereply.domain.flow_texts import in_language
from surereply.lab.bubbles import Bubble, Button
from surereply.lab.clock import StandingClock
from surereply.lab.customers import Customer, make_customers
from surereply.lab.lines import LabLine
from surereply.lab.personas import Temper, make_persona
from surereply.lab.reading import Sense, Understood, understand
from surereply.lab.world import World

TODAY = date(2026, 11, 23)
FLOWS = Path(__file__).parents[3] / "flows"
NAMES = ("business-services", "homes", "clinic")


@pytest.fixture(scope="module", params=NAMES)
def flow(request: pytest.FixtureRequest) -> Flow:
    return parse_flow((FLOWS / f"{request.param}.yaml").read_text(), request.param)


class Office:
    """A business that asks everything in the flow's order, and closes."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.world: World | None = None
        self.heard: list[dict] = []

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> int:
        for entry in json.loads(body)["entry"]:
            for change in entry["changes"]:
                self.heard += change["value"].get("messages", [])
        return 200

    async def asks(self, customer: Customer, field: str) -> None:
        spec, language = self.flow.fields[field], customer.persona.language
        text = in_language(spec.question, language, self.flow.languages[0])
        labels = [in_language(one.label, language, self.flow.languages[0]) for one in spec.options.values()]
        await self.says(customer, text, labels if spec.buttons else [])

    async def says(self, customer: Customer, text: str, titles: list[str] | None = None) -> None:
        line = customer.phone.line
        content: dict = {"type": "text", "text": {"body": text}}
        if titles and len(titles) <= 3:
            buttons = [{"type": "reply", "reply": {"id": title, "title": title[:20]}} for title in titles]
            interactive = {"type": "button", "body": {"text": text}, "action": {"buttons": buttons}}
            content = {"type": "interactive", "interactive": interactive}
        body = {"messaging_product": "whatsapp", "to": customer.phone.number, **content}
        assert self.world is not None
        answer = await self.world.post_message(line.phone_number_id, line.access_token, body)
        assert answer.http_status == 200, answer.content


def a_customer(flow: Flow, temper: Temper, number: int = 0) -> tuple[Office, Customer]:
    office = Office(flow)
    office.world = World(deliver=office.deliver, clock=StandingClock(), by_hand=True)
    persona = make_persona(flow, number, 1, TODAY, temper)
    customer = Customer(office.world.phone("971500000001", name=persona.name), flow, persona, 1)
    return office, customer


def test_each_question_and_clarification_is_recognised_in_each_language(flow: Flow) -> None:
    for name, field in flow.fields.items():
        for texts in (field.question, field.clarification):
            for text in texts.values():
                greeting = next(iter(flow.texts.greeting.values()))
                bubble = Bubble(1, "wamid.1", StandingClock()(), "text", f"{greeting}\n\n{text}")

                assert understand(bubble, flow) == Understood(Sense.QUESTION, name)


def test_the_ends_are_recognised_whatever_fills_them(flow: Flow) -> None:
    for sense, texts in (
        (Sense.CLOSING, flow.texts.closing),
        (Sense.HANDOVER, flow.texts.handover),
        (Sense.STOPPED, flow.texts.opted_out),
    ):
        for text in texts.values():
            filled = text.replace("{summary}", "• Name: Sara\n• Area: Hove").replace("{name}", "Sara")
            bubble = Bubble(1, "wamid.1", StandingClock()(), "text", filled)

            assert understand(bubble, flow).sense is sense


def test_a_confirmation_is_recognised_with_its_field(flow: Flow) -> None:
    for language in flow.languages:
        label = in_language(flow.fields["full_name"].label, language, flow.languages[0])
        text = in_language(flow.texts.confirmation, language, flow.languages[0])
        filled = text.replace("{label}", label).replace("{value}", "Sara Khan")
        bubble = Bubble(1, "wamid.1", StandingClock()(), "text", filled, (Button("y", "Yes"),))

        assert understand(bubble, flow) == Understood(Sense.CONFIRMATION, "full_name")


def test_every_field_has_a_truth_that_can_be_said(flow: Flow) -> None:
    for number in range(12):
        persona = make_persona(flow, number, 5, TODAY)

        assert set(persona.truths) == set(flow.fields)
        assert all(truth.words.strip() for truth in persona.truths.values())
        for name, field in flow.fields.items():
            value = persona.truths[name].value
            if field.type is FieldType.CHOICE:
                assert value in field.options
            if field.type is FieldType.COUNT:
                assert (field.minimum or 0) <= value <= (field.maximum or value)
            if field.type is FieldType.DATE:
                assert (date.fromisoformat(value) < TODAY) == bool(field.past)


def test_the_same_seed_makes_the_same_person_and_all_tempers_and_languages_come(flow: Flow) -> None:
    people = [make_persona(flow, number, 3, TODAY) for number in range(30)]

    assert people == [make_persona(flow, number, 3, TODAY) for number in range(30)]
    assert {person.temper for person in people} == set(Temper)
    assert {person.language for person in people} == set(flow.languages)


async def test_a_plain_customer_tells_the_truth_for_everything_asked(flow: Flow) -> None:
    office, customer = a_customer(flow, Temper.PLAIN)
    customer.opens()
    needed = flow.needed_fields(customer.persona.service)
    for name in needed:
        await office.asks(customer, name)
        assert customer.reacts()
    await office.says(customer, in_language(flow.texts.closing, customer.persona.language, flow.languages[0]))
    customer.reacts()

    assert customer.ended is Sense.CLOSING
    assert customer.done
    assert {name: told for name, told in customer.told.items() if name in needed} == {
        name: customer.persona.truths[name] for name in needed
    }


async def test_a_customer_answers_each_bubble_once(flow: Flow) -> None:
    office, customer = a_customer(flow, Temper.PLAIN)
    customer.opens()
    await office.asks(customer, SERVICE_FIELD)

    assert [customer.reacts() for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize(
    ("temper", "kind", "said"),
    [
        (Temper.STOPS, "text", "STOP"),
        (Temper.WANTS_PERSON, "text", "can I speak to a person please?"),
        (Temper.ANGRY, "text", "this is terrible service, I am really angry"),
        (Temper.DOES_NOT_KNOW, "text", "I don't know"),
        (Temper.SENDS_PHOTO, "image", ""),
    ],
)
async def test_a_temper_shows_once_after_the_service(flow: Flow, temper: Temper, kind: str, said: str) -> None:
    office, customer = a_customer(flow, temper)
    customer.opens()
    field = flow.needed_fields(customer.persona.service)[1]
    await office.asks(customer, SERVICE_FIELD)
    customer.reacts()
    await office.asks(customer, field)
    customer.reacts()

    assert (customer.phone.said[-1].kind, customer.phone.said[-1].text) == (kind, said)
    assert field not in customer.told


async def test_who_answers_aloud_types_it_when_asked_again(flow: Flow) -> None:
    office, customer = a_customer(flow, Temper.SENDS_VOICE)
    customer.opens()
    field = flow.needed_fields(customer.persona.service)[1]
    words = customer.persona.truths[field].words
    await office.asks(customer, SERVICE_FIELD)
    customer.reacts()
    await office.asks(customer, field)
    customer.reacts()
    aloud = customer.phone.said[-1]
    await office.asks(customer, field)
    customer.reacts()

    assert (aloud.kind, aloud.text) == ("voice", words)
    assert customer.phone.said[-1].kind in ("text", "tap")
    assert field in customer.told


async def test_who_asks_back_gets_an_answer_and_then_answers(flow: Flow) -> None:
    """TURN-7."""
    office, customer = a_customer(flow, Temper.ASKS_BACK)
    customer.opens()
    field = flow.needed_fields(customer.persona.service)[1]
    await office.asks(customer, field)
    customer.reacts()
    question = customer.phone.said[-1].text
    await office.asks(customer, field)
    customer.reacts()

    assert question.endswith("?")
    assert customer.told[field] == customer.persona.truths[field]


async def test_who_changes_their_mind_says_so_in_the_next_answer(flow: Flow) -> None:
    """LEAD-4."""
    office, customer = a_customer(flow, Temper.CHANGES_MIND)
    choice = next(name for name, field in flow.fields.items() if field.type is FieldType.COUNT)
    customer.phone.says("hi")
    await office.asks(customer, choice)
    customer.reacts()
    first = customer.phone.said[-1].text
    await office.asks(customer, "full_name")
    customer.reacts()

    assert first == customer.persona.truths[choice].words
    assert customer.told[choice].value == customer.persona.truths[choice].value + 1
    assert customer.phone.said[-1].text.endswith(customer.told[choice].words)


def test_bursts_are_three_messages_and_telling_all_is_one(flow: Flow) -> None:
    """TURN-1, TURN-10."""
    _, bursting = a_customer(flow, Temper.BURSTS)
    _, telling = a_customer(flow, Temper.TELLS_ALL)
    bursting.opens()
    telling.opens()

    assert len(bursting.phone.said) == 3
    assert len(telling.phone.said) == 1
    assert len(telling.phone.said[0].text.splitlines()) == len(telling.told) >= 3


async def test_buttons_are_tapped_by_those_who_tap(flow: Flow) -> None:
    office, customer = a_customer(flow, Temper.PLAIN)
    name = next(
        name
        for name, field in flow.fields.items()
        if field.type is FieldType.CHOICE and field.buttons and len(field.options) <= 3
    )
    customer.phone.says("hi")
    await office.asks(customer, name)
    customer.reacts()

    assert customer.phone.said[-1].kind == ("tap" if customer.persona.taps else "text")
    assert customer.told[name].value in flow.fields[name].options


def test_customers_are_spread_over_the_lines() -> None:
    flows = [parse_flow((FLOWS / f"{name}.yaml").read_text(), name) for name in NAMES]
    lines = [LabLine(phone_number_id=f"10{n}", access_token=f"t{n}") for n in range(3)]
    world = World(deliver=Office(flows[0]).deliver, lines=lines, by_hand=True)
    customers = make_customers(world, list(zip(lines, flows, strict=True)), 9, seed=1, today=TODAY)

    assert [customer.flow.name for customer in customers[:3]] == list(NAMES)
    assert len({customer.phone.address for customer in customers}) == 9
    assert all(customer.phone.line is lines[NAMES.index(customer.flow.name)] for customer in customers)
