"""A reply from the flow's own sentences: texts filled in, joined into one bubble, with buttons or a list."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from surereply.domain.asking import Ask, Step
from surereply.domain.conversation import Conversation
from surereply.domain.facts import Value
from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow
from surereply.domain.flow_texts import in_language
from surereply.domain.hearing import NO, YES, tap_of_confirmation, tap_of_field
from surereply.domain.lead import Lead
from surereply.domain.replies import Body, Choice
from surereply.domain.values import format_value, without_controls

MOST_BUTTONS = 3
MOST_ROWS = 10
BUTTON_CHARACTERS = 20
ROW_CHARACTERS = 24
DESCRIPTION_CHARACTERS = 72
NAME_CHARACTERS = 40
NAME_WORDS = 4

# Sentences that stay owed when the reply that carried them did not leave; with them `ANSWER_TO` and an entry.
GREETING = "greeting"
OPTED_IN = "opted_in"
UNKNOWN_ANSWER = "unknown_answer"
ANSWER_TO = "answer:"

_PLACEHOLDER = re.compile(r"\{(name|service|business|summary|label|value)\}")
_BETWEEN_LETTERS = dict.fromkeys(map(ord, " '’.-\u200c\u200d"))
_EMPTY_PLACEHOLDER = re.compile(r"[ ,،]*\{(?:name|service)\}")


@dataclass(frozen=True, slots=True)
class Speaker:
    """In whose words, and to whom: what every sentence of a reply is filled from."""

    flow: Flow
    lead: Lead
    language: str | None
    profile_name: str | None

    def text(self, texts: dict[str, str], **values: str) -> str:
        """A text of the flow in the conversation's language, with its placeholders filled."""
        wanted = in_language(texts, self.language, self.flow.languages[0])
        return fill(wanted, self, values) if "{" in wanted else wanted

    def value(self, name: str, value: Value) -> str:
        return format_value(value, self.flow.fields[name], self.flow, self.language)


def speaker(flow: Flow, lead: Lead, conversation: Conversation) -> Speaker:
    return Speaker(flow, lead, conversation.language, conversation.profile_name)


def fill(text: str, speaks: Speaker, values: dict[str, str]) -> str:
    """Placeholders filled in one pass: what a customer wrote is not looked into for placeholders."""
    found: dict[str, Callable[[], str]] = {
        "name": lambda: customer_name(speaks),
        "service": lambda: _service_label(speaks),
        "business": lambda: in_language(speaks.flow.business.name, speaks.language, speaks.flow.languages[0]),
        "summary": lambda: summary(speaks),
    }
    known = {name: found[name]() for name in set(_PLACEHOLDER.findall(text)) if name in found} | values

    def without_gaps(empty: re.Match[str]) -> str:
        name = empty[0].rpartition("{")[2].rstrip("}")
        return empty[0] if known.get(name) else ""

    filled = _PLACEHOLDER.sub(lambda match: known.get(match[1], ""), _EMPTY_PLACEHOLDER.sub(without_gaps, text))
    return filled.strip().lstrip(",،").strip()


def customer_name(speaks: Speaker) -> str:
    """The name they told us, else the profile's where it looks like a name; "" where neither does.

    Only letters pass, so no price and no link can be put into our mouth by a name.
    """
    told = [
        speaks.lead.fields[name].value
        for name, field in speaks.flow.fields.items()
        if field.type is FieldType.PERSON and name in speaks.lead.fields
    ]
    for name in (*told[:1], speaks.profile_name):
        plausible = " ".join(without_controls(name).split()) if isinstance(name, str) else ""
        if _looks_like_a_name(plausible):
            return plausible
    return ""


def _looks_like_a_name(text: str) -> bool:
    """Up to four words of letters and their marks, with what stands between letters in names."""
    letters = text.translate(_BETWEEN_LETTERS)
    return (
        0 < len(text) <= NAME_CHARACTERS
        and len(text.split()) <= NAME_WORDS
        and letters != ""
        and all(unicodedata.category(character)[0] in "LM" for character in letters)
        # A dot inside a word makes a link of it on a phone.
        and "." not in text.replace(". ", " ").rstrip(".")
    )


def _service_label(speaks: Speaker) -> str:
    service = speaks.flow.services.get(speaks.lead.service_type_enum or "")
    return in_language(service.label, speaks.language, speaks.flow.languages[0]) if service else ""


def summary(speaks: Speaker) -> str:
    """What is known of the fields that the service needs, a line each."""
    lead, flow = speaks.lead, speaks.flow
    known = {name: value.value for name, value in lead.fields.items()}
    lines = [
        f"• {in_language(flow.fields[name].label, speaks.language, flow.languages[0])}: {shown}"
        for name in flow.needed_fields(lead.service_type_enum, known)
        if name in known and (shown := speaks.value(name, known[name]))
    ]
    return "\n".join(lines)


def carried_sentence(name: str, speaks: Speaker) -> str:
    """The text of a sentence by the name under which it is remembered as owed."""
    texts = speaks.flow.texts
    if name.startswith(ANSWER_TO):
        entry = speaks.flow.knowledge.get(name.removeprefix(ANSWER_TO))
        return speaks.text(entry.answer) if entry else ""
    known = {GREETING: texts.greeting, OPTED_IN: texts.opted_in, UNKNOWN_ANSWER: texts.unknown_answer}
    return speaks.text(known[name])


def question_sentence(ask: Ask, attempts: int, speaks: Speaker) -> str:
    """How a step is put in words; `attempts` are those before it, so that clarifications differ."""
    assert ask.field is not None
    field, texts = speaks.flow.fields[ask.field], speaks.flow.texts
    if ask.step is Step.CONFIRMATION:
        label = in_language(field.label, speaks.language, speaks.flow.languages[0])
        return speaks.text(
            field.confirmation or texts.confirmation, label=label, value=speaks.value(ask.field, ask.value)
        )
    question = speaks.text(field.question)
    if ask.step is Step.QUESTION:
        return question
    in_other_words = speaks.text(field.clarification)
    if in_other_words and attempts % 2 == 1:
        return in_other_words
    asks = in_other_words if in_other_words and attempts % 3 == 0 else question
    return f"{speaks.text(texts.not_understood)} {asks}"


def body_of(sentences: Sequence[str], ask: Ask | None, speaks: Speaker) -> Body:
    """One bubble, with the choices that the last sentence offers."""
    text = "\n\n".join(sentence for sentence in sentences if sentence)
    if ask is None or ask.field is None:
        return Body(text)
    choices = _choices(ask.field, ask.step is Step.CONFIRMATION, speaks)
    if 0 < len(choices) <= MOST_BUTTONS and all(len(choice.title) <= BUTTON_CHARACTERS for choice in choices):
        return Body(text, buttons=tuple(Choice(choice.id, choice.title) for choice in choices))
    rows = tuple(_row(choice) for choice in choices)
    # Two rows that read alike would be refused, and nobody could tell them apart.
    if 0 < len(rows) <= MOST_ROWS and len({row.title for row in rows}) == len(rows):
        return Body(text, rows=rows, list_button=speaks.text(speaks.flow.texts.list_button))
    return Body(text)


def _choices(name: str, confirms: bool, speaks: Speaker) -> tuple[Choice, ...]:
    flow, field = speaks.flow, speaks.flow.fields[name]
    yes_no = ((YES, flow.texts.yes), (NO, flow.texts.no))
    if confirms:
        return tuple(Choice(tap_of_confirmation(name, key), speaks.text(title)) for key, title in yes_no)
    if not field.buttons:
        return ()
    kind = field.of if field.type is FieldType.LIST else field.type
    if kind is FieldType.YES_NO:
        return tuple(Choice(tap_of_field(name, key), speaks.text(title)) for key, title in yes_no)
    if kind is FieldType.SERVICE and len(flow.services) <= MOST_ROWS:
        services = flow.services.items()
        return tuple(Choice(tap_of_field(SERVICE_FIELD, key), speaks.text(one.label)) for key, one in services)
    if kind is FieldType.CHOICE and len(field.options) <= MOST_ROWS:
        return tuple(
            Choice(tap_of_field(name, key), speaks.text(one.label), speaks.text(one.description) or None)
            for key, one in field.options.items()
        )
    return ()


def _row(choice: Choice) -> Choice:
    """A label too long for a row's title stands in full below it."""
    if len(choice.title) <= ROW_CHARACTERS:
        description = choice.description
        return Choice(choice.id, choice.title, description[:DESCRIPTION_CHARACTERS] if description else None)
    return Choice(choice.id, choice.title[: ROW_CHARACTERS - 1].rstrip() + "…", choice.title[:DESCRIPTION_CHARACTERS])
