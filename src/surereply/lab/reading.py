"""What a customer makes of a bubble, from its words and buttons alone: which field it asks for, or how it ends."""

import re
from dataclasses import dataclass
from enum import StrEnum

from surereply.domain.flow import FieldType, Flow, FlowField
from surereply.lab.bubbles import Bubble

_PLACEHOLDER = re.compile(r"\{\w+\}")


class Sense(StrEnum):
    QUESTION = "question"
    CONFIRMATION = "confirmation"
    CLOSING = "closing"
    HANDOVER = "handover"
    STOPPED = "stopped"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Understood:
    sense: Sense
    field: str | None = None


def understand(bubble: Bubble, flow: Flow) -> Understood:
    """The last thing a bubble asks for decides, as it would for a person."""
    texts = flow.texts
    for sense, sentences in (
        (Sense.STOPPED, texts.opted_out),
        (Sense.HANDOVER, texts.handover),
        (Sense.CLOSING, texts.closing),
    ):
        if any(_place_of(sentence, bubble.text) >= 0 for sentence in sentences.values()):
            return Understood(sense)
    confirmed = _confirmed_field(bubble, flow)
    if confirmed is not None:
        return Understood(Sense.CONFIRMATION, confirmed)
    asked = _asked_field(bubble, flow)
    return Understood(Sense.QUESTION, asked) if asked is not None else Understood(Sense.OTHER)


def _asked_field(bubble: Bubble, flow: Flow) -> str | None:
    places = {
        name: max(_place_of(sentence, bubble.text) for sentence in _sentences(field))
        for name, field in flow.fields.items()
    }
    best = max(places, key=lambda name: places[name])
    if places[best] >= 0:
        return best
    return next((name for name, field in flow.fields.items() if _offers(bubble, field, flow)), None)


def _confirmed_field(bubble: Bubble, flow: Flow) -> str | None:
    for name, field in flow.fields.items():
        for language in flow.languages:
            sentences = field.confirmation or flow.texts.confirmation
            sentence = sentences.get(language, sentences.get("*", ""))
            label = field.label.get(language, field.label.get("*", ""))
            if sentence and _place_of(sentence.replace("{label}", label), bubble.text) >= 0:
                return name
    return None


def _sentences(field: FlowField) -> list[str]:
    return [*field.question.values(), *field.clarification.values()]


def _place_of(sentence: str, text: str) -> int:
    """Where the sentence ends in the text, whatever fills its placeholders; -1 if it is not there."""
    parts = [re.escape(part.strip()) for part in _PLACEHOLDER.split(sentence.strip())]
    found = None
    for found in re.finditer(r"[\s\S]{0,2000}?".join(parts), text):  # noqa: B007
        pass
    return found.end() if found is not None else -1


def _offers(bubble: Bubble, field: FlowField, flow: Flow) -> bool:
    """Every button stands for one of the field's options."""
    options = flow.services if field.type is FieldType.SERVICE else field.options
    labels = [label for option in options.values() for label in option.label.values()]
    return bool(bubble.choices) and all(
        any(label.startswith(title.rstrip("…")) for label in labels) for title in bubble.titles
    )
