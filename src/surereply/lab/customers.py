"""Scripted customers: each reads its phone and answers what it sees there, in its own way."""

import asyncio
import random
from collections.abc import Callable, Sequence
from datetime import date

from surereply.domain.flow import SERVICE_FIELD, Flow
from surereply.domain.flow_texts import in_language, words_in
from surereply.domain.values import format_value
from surereply.lab.bubbles import Bubble
from surereply.lab.lines import LabLine
from surereply.lab.personas import Persona, Temper, Truth, make_persona, other_truth
from surereply.lab.phones import Phone
from surereply.lab.reading import Sense, Understood, understand
from surereply.lab.world import World

MOST_ANSWERS = 12  # a customer tires of it
TELLS_AT_ONCE = 3


class Customer:
    """One person with a phone. `told` holds what was said of each field, as a lead should come to hold it."""

    def __init__(self, phone: Phone, flow: Flow, persona: Persona, seed: int) -> None:
        self.phone = phone
        self.flow = flow
        self.persona = persona
        self.told: dict[str, Truth] = {}
        self.unknown: set[str] = set()  # fields answered with "I don't know"
        self.ended: Sense | None = None
        self.answers = 0
        self._chance = random.Random(f"customer:{seed}:{phone.address}")
        self._seen = 0
        self._temper_spent = False
        self._changes: str | None = None  # the field of which one will change one's mind

    @property
    def done(self) -> bool:
        return self.ended is not None or self.answers >= MOST_ANSWERS

    def opens(self) -> None:
        """The first words."""
        wish = self.persona.truths[SERVICE_FIELD]
        if self.persona.temper is Temper.TELLS_ALL:
            self._tell_several()
        elif self.persona.temper is Temper.BURSTS:
            self.phone.says(self.persona.phrase("hello"))
            self.phone.says(self._tell(SERVICE_FIELD, wish))
            self._tell_more(1)
        elif self._chance.random() < 0.5:
            self.phone.says(self.persona.phrase("hello"))
        else:
            self.phone.says(self.persona.phrase("want").format(words=self._tell(SERVICE_FIELD, wish)))

    def reacts(self) -> bool:
        """Read what is new and answer the newest bubble; False if nothing was new."""
        fresh = [bubble for bubble in self.phone.receives if bubble.number > self._seen]
        if not fresh or self.done:
            return False
        self._seen = fresh[-1].number
        self.phone.reads()
        understood = understand(fresh[-1], self.flow)
        if understood.sense in (Sense.CLOSING, Sense.HANDOVER, Sense.STOPPED):
            self._end(understood.sense)
        else:
            self.answers += 1
            self._answer(fresh[-1], understood)
        return True

    def _end(self, sense: Sense) -> None:
        self.ended = sense
        if sense is Sense.CLOSING and self._chance.random() < 0.5:
            self.phone.says(self.persona.phrase("thanks"))

    def _answer(self, bubble: Bubble, understood: Understood) -> None:
        if self._acts_up(understood):
            return
        if understood.sense is Sense.CONFIRMATION and understood.field is not None:
            self._confirm(bubble, understood.field)
        elif understood.field is None:
            self.phone.says(self.persona.phrase("yes"))
        elif understood.field in self.unknown:
            self.phone.says(self.persona.phrase("dont_know"))
        else:
            self._answer_field(bubble, understood.field)

    def _acts_up(self, understood: Understood) -> bool:
        """What the temper does once in place of an answer; True if it did."""
        persona = self.persona
        ways: dict[Temper, Callable[[], object]] = {
            Temper.ASKS_BACK: lambda: self.phone.says(self._price_question()),
            Temper.SENDS_PHOTO: self.phone.sends_photo,
            Temper.SENDS_VOICE: lambda: self._say_aloud(understood.field),
            Temper.STOPS: lambda: self.phone.says(persona.phrase("stop")),
            Temper.WANTS_PERSON: lambda: self.phone.says(persona.phrase("person")),
            Temper.ANGRY: lambda: self.phone.says(persona.phrase("angry")),
            Temper.DOES_NOT_KNOW: lambda: self._do_not_know(understood.field),
        }
        # The service is told first, so that there is something to ask the price of or to be angry about.
        ready = understood.sense is Sense.QUESTION and understood.field != SERVICE_FIELD
        if self._temper_spent or not ready or persona.temper not in ways:
            return False
        self._temper_spent = True
        ways[persona.temper]()
        return True

    def _answer_field(self, bubble: Bubble, field: str) -> None:
        truth = self.persona.truths[field]
        title = self._button_for(bubble, truth)
        if self._changes is not None and self._changes != field:
            self.phone.says(f"{self._tell(field, truth)}\n{self._correction(self._changes)}")
        elif title is not None and self.persona.taps:
            self._tell(field, truth)
            self.phone.taps(title, bubble.wamid)
        elif self.persona.temper is Temper.BURSTS and field != SERVICE_FIELD and not self._temper_spent:
            self._temper_spent = True
            self.phone.says(self._tell(field, truth))
            self._tell_more(2)
        else:
            self.phone.says(self._tell(field, truth))
            self._consider_a_change(field, truth)

    def _confirm(self, bubble: Bubble, field: str) -> None:
        truth = self.persona.truths[field]
        shown = format_value(truth.value, self.flow.fields[field], self.flow, self.persona.language)
        text = bubble.text.casefold()
        right = shown.casefold() in text or truth.words.casefold() in text
        self.told[field] = truth
        answer = self.persona.phrase("yes" if right else "no")
        title = next((title for title in bubble.titles if title.casefold() == answer.casefold()), None)
        if right and title is not None and self.persona.taps:
            self.phone.taps(title, bubble.wamid)
        else:
            self.phone.says(answer if right else f"{answer}, {truth.words}")

    def _tell(self, field: str, truth: Truth) -> str:
        self.told[field] = truth
        return truth.words

    def _tell_several(self) -> None:
        """The service and the first fields it needs, in lines of one message."""
        lines = [
            self.persona.phrase("want").format(words=self._tell(SERVICE_FIELD, self.persona.truths[SERVICE_FIELD]))
        ]
        needed = [name for name in self.flow.needed_fields(self.persona.service) if name != SERVICE_FIELD]
        for name in needed[:TELLS_AT_ONCE]:
            label = self._label(name)
            lines.append(f"{label}: {self._tell(name, self.persona.truths[name])}")
        self.phone.says("\n".join(lines))

    def _tell_more(self, most: int) -> None:
        """More quick messages: fields that will be needed, the last ones first."""
        needed = self.flow.needed_fields(self.persona.service)
        untold = [name for name in reversed(needed) if name not in self.told]
        for name in untold[:most]:
            self.phone.says(f"{self._label(name)}: {self._tell(name, self.persona.truths[name])}")

    def _say_aloud(self, field: str | None) -> None:
        """The answer as a voice note; whether anybody could listen to it shows when it is asked for again."""
        self.phone.sends_voice(self.persona.truths[field].words if field is not None else self.persona.phrase("yes"))

    def _do_not_know(self, field: str | None) -> None:
        if field is not None:
            self.unknown.add(field)
        self.phone.says(self.persona.phrase("dont_know"))

    def _consider_a_change(self, field: str, truth: Truth) -> None:
        if self.persona.temper is Temper.CHANGES_MIND and not self._temper_spent:
            changed = other_truth(field, truth, self.flow, self.persona.language, self._chance)
            if changed is not None:
                self._temper_spent = True
                self._changes = field
                self.told[field] = changed

    def _correction(self, field: str) -> str:
        self._changes = None
        words = self.told[field].words
        return self.persona.phrase("correction").format(label=self._label(field).lower(), words=words)

    def _label(self, field: str) -> str:
        return in_language(self.flow.fields[field].label, self.persona.language, self.flow.languages[0])

    def _price_question(self) -> str:
        """One that the flow's knowledge has an answer to, where it speaks of prices for this service."""
        for name, entry in self.flow.knowledge.items():
            fits = not entry.services or self.persona.service in entry.services
            asked = words_in(entry.questions, self.persona.language)
            if fits and asked and ("price" in name or "fee" in name or "cost" in name):
                return f"{asked[0]}?"
        return self.persona.phrase("price")

    def _button_for(self, bubble: Bubble, truth: Truth) -> str | None:
        """The title that says the truth; a title that was cut short stands for the label it begins."""
        said = truth.words.casefold()
        for title in bubble.titles:
            known = title.rstrip("…").casefold()
            if said == known or (title.endswith("…") and said.startswith(known)):
                return title
        return None


def make_customers(
    world: World, flows: Sequence[tuple[LabLine, Flow]], count: int, *, seed: int, today: date
) -> list[Customer]:
    """`count` customers, line by line in turn; the tempers of each line take turns, too."""
    return [
        make_customer(world, *flows[number % len(flows)], number, number // len(flows), seed=seed, today=today)
        for number in range(count)
    ]


def make_customer(
    world: World,
    line: LabLine,
    flow: Flow,
    number: int,
    of_line: int,
    *,
    seed: int,
    today: date,
    kind: "type[Customer] | None" = None,
) -> Customer:
    """The customer of a number, the `of_line`th of their line."""
    persona = make_persona(flow, of_line, seed, today)
    phone = world.phone(f"9715{number:08}", name=persona.name, line=line)
    return (kind or Customer)(phone, flow, persona, seed)


async def converse(world: World, customers: Sequence[Customer], *, pace_s: float = 0.05) -> None:
    """Let everybody open, `pace_s` apart, and answer what comes, until all are done or the caller cancels."""
    changed: asyncio.Queue[Phone] = asyncio.Queue()
    by_phone = {customer.phone: customer for customer in customers}
    world.change_listeners.append(changed.put_nowait)
    opening = asyncio.create_task(_open_all(customers, pace_s))
    try:
        while not all(customer.done for customer in customers):
            phone = await changed.get()
            if phone in by_phone:
                by_phone[phone].reacts()
    finally:
        world.change_listeners.remove(changed.put_nowait)
        opening.cancel()


async def _open_all(customers: Sequence[Customer], pace_s: float) -> None:
    for customer in customers:
        customer.opens()
        await asyncio.sleep(pace_s)
