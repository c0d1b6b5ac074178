"""What a sound flow could do better: words it lacks, limits of WhatsApp, questions nobody will see."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow, FlowField, ServiceType
from surereply.domain.flow_checks import localised_texts, localised_words
from surereply.domain.flow_file import FlowFile, dotted
from surereply.domain.flow_texts import EVERY_LANGUAGE, in_language, words_in
from surereply.domain.flow_yaml import Lines, Path

# WhatsApp's limits, in characters (Cloud API, interactive messages).
TEXT_BODY, INTERACTIVE_BODY = 4096, 1024
BUTTONS, ROWS = 3, 10
BUTTON_TITLE, ROW_TITLE, ROW_DESCRIPTION, LIST_BUTTON = 20, 24, 72, 20

_EXACT_WORDS = (
    "stop",
    "start",
    "توقف",
    "ابدأ",
)  # built in; they end or begin everything, wherever they answer

Hint: TypeAlias = tuple[Path, str]


@dataclass(frozen=True, slots=True)
class LintWarning:
    """Something to look at; the flow runs all the same. `line` is None where the file is not at hand."""

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.key}: {self.message}" if where else f"{self.key}: {self.message}"


def lint_file(file: FlowFile) -> tuple[LintWarning, ...]:
    """The warnings for a flow file, in the order of the file."""
    return lint(file.flow, file.name, file.lines)


def lint(flow: Flow, name: str = "", lines: Lines | None = None) -> tuple[LintWarning, ...]:
    """The warnings for a flow, with line numbers where its file's lines are given."""
    checks: tuple[Callable[[Flow], Iterator[Hint]], ...] = (
        _missing_languages,
        _missing_words,
        _same_words_twice,
        _words_that_end_everything,
        _answers_that_call_a_person,
        _unasked_fields,
        _too_many_questions,
        _clarifications,
        _sizes,
        _texts_without_their_value,
        _same_question_twice,
        _tests,
    )
    warnings = {
        LintWarning(name, lines.find(path) if lines else None, dotted(path), said)
        for check in checks
        for path, said in check(flow)
    }
    return tuple(sorted(warnings, key=lambda one: (one.line or 0, one.key, one.message)))


def _missing_languages(flow: Flow) -> Iterator[Hint]:
    """Texts in one language alone are shown to everybody; that is seldom meant."""
    for path, texts in localised_texts(flow):
        missing = [one for one in flow.languages if one not in texts]
        if texts and EVERY_LANGUAGE not in texts and missing:
            yield path, f"has no text for {', '.join(missing)}"


def _missing_words(flow: Flow) -> Iterator[Hint]:
    for path, words in localised_words(flow):
        is_wanted = path[-1] in ("synonyms", "questions") and path != ("fields", SERVICE_FIELD, "cues")
        if not is_wanted:
            continue
        if not any(words.values()):
            yield path[:-1], "has no synonyms: only its label will be understood"
        elif missing := [one for one in flow.languages if not words_in(words, one)]:
            yield path, f"has no words for {', '.join(missing)}"


def _same_words_twice(flow: Flow) -> Iterator[Hint]:
    """A word that stands for two options is understood as neither."""
    groups: list[tuple[Path, dict[str, set[str]]]] = [
        (("services",), {name: _words_of(service) for name, service in flow.services.items()})
    ]
    for name, field in flow.fields.items():
        options = {key: _words_of(option) for key, option in field.options.items()}
        groups.append((("fields", name, "options"), options))
    for path, words in groups:
        for one, other in combinations(words, 2):
            for word in sorted(words[one] & words[other]):
                yield (*path, other), f"'{word}' stands for {one} as well, so it decides nothing"


def _words_of(thing: object) -> set[str]:
    label: dict[str, str] = getattr(thing, "label")  # noqa: B009 - an option or a service
    synonyms: dict[str, list[str]] = getattr(thing, "synonyms")  # noqa: B009
    return {_plain(word) for word in (*label.values(), *words_in(synonyms, None))}


def _plain(word: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", word).casefold().split())


def _words_that_end_everything(flow: Flow) -> Iterator[Hint]:
    own = (*words_in(flow.words.stop, None), *words_in(flow.words.start, None))
    exact = {_plain(word) for word in (*_EXACT_WORDS, *own)}
    for path, words in localised_words(flow):
        if path[0] == "words":
            continue
        for word in words_in(words, None):
            if _plain(word) in exact:
                yield path, f"'{word}' alone is taken for STOP or START and never reaches this"


def _answers_that_call_a_person(flow: Flow) -> Iterator[Hint]:
    person = {_plain(word) for word in words_in(flow.words.person, None)}
    for path, words in localised_words(flow):
        if path[-1] == "synonyms":
            for word in words_in(words, None):
                if _plain(word) in person:
                    yield path, f"'{word}' asks for a person by `words`, so a person takes over"


def _unasked_fields(flow: Flow) -> Iterator[Hint]:
    asked = {SERVICE_FIELD, *flow.always}
    for service in flow.services.values():
        asked |= set(service.needs)
    for name in flow.fields:
        if name not in asked:
            yield ("fields", name), "no service needs it, so it is never asked for"
    for name, service in flow.services.items():
        needed = {*service.needs, *flow.always}
        for index, need in enumerate(service.needs):
            for choice in flow.fields[need].when:
                if choice not in needed:
                    said = f"'{need}' waits for '{choice}', which this service does not ask for"
                    yield ("services", name, "needs", index), said


def _too_many_questions(flow: Flow) -> Iterator[Hint]:
    for name, service in flow.services.items():
        count = most_questions(flow, name)
        if count > flow.limits.max_questions:
            spent = "handed over" if flow.limits.when_spent == "hand_over" else "closed"
            yield (
                ("services", name, "needs"),
                f"up to {count} questions where {flow.limits.max_questions} are allowed: who tells only the "
                f"service is {spent} before all is known",
            )
        if not (service.needs or flow.always):
            yield ("services", name), "needs nothing, so it is closed as soon as it is named"


def most_questions(flow: Flow, service_name: str) -> int:
    """Questions for a customer who named the service alone; of fields with `when`, those of one option."""
    service = flow.services[service_name]
    fields = {name: flow.fields[name] for name in (*service.needs, *flow.always) if name != SERVICE_FIELD}
    always = [name for name, field in fields.items() if not field.when]
    told = [name for name in always if _is_told_with(service, fields[name])]
    waiting = [field for field in fields.values() if field.when]
    worst = 0
    for choice in {name for field in waiting for name in field.when}:
        for option in flow.fields[choice].options:
            worst = max(worst, sum(option in field.when.get(choice, ()) for field in waiting))
    return len(always) - len(told) + worst


def _is_told_with(service: ServiceType, field: FlowField) -> bool:
    """The service's own name says it, as "mainland company" does for the licence."""
    said = {f" {_plain(label)} " for label in service.label.values()}
    options = {word for option in field.options.values() for word in _words_of(option)}
    return any(f" {word} " in label for word in options for label in said)


def _clarifications(flow: Flow) -> Iterator[Hint]:
    for name, field in flow.fields.items():
        if not field.clarification:
            yield ("fields", name), "has no clarification: a second try is our general text and the question"
        for language, text in field.clarification.items():
            if text == field.question.get(language):
                yield ("fields", name, "clarification"), "is the question again; say it in other words"


def _sizes(flow: Flow) -> Iterator[Hint]:
    """What is too long for a bubble, a button or a row, which is then cut or sent as plain text."""
    for name, field in flow.fields.items():
        path: Path = ("fields", name)
        shown = _shown_choices(flow, name)
        yield from _bubble_sizes(flow, path, field, is_interactive=bool(shown))
        if field.type is FieldType.CHOICE and len(field.options) == 1:
            yield (*path, "options"), "a choice of one is no choice"
        if len(shown) > ROWS:
            said = f"{len(shown)} options do not fit a list of {ROWS}: asked as a plain text (`buttons: false`)"
            yield path, said
            continue
        limit, thing = (BUTTON_TITLE, "a button") if len(shown) <= BUTTONS else (ROW_TITLE, "a list row")
        for option_path, label, description in shown:
            for text in label.values():
                if len(text) > limit:
                    yield option_path, f"'{text}' is cut: {thing} has {limit} characters, this {len(text)}"
            for text in description.values():
                if len(text) > ROW_DESCRIPTION:
                    yield option_path, f"the description is cut after {ROW_DESCRIPTION} characters"
    for key, limit in (("yes", BUTTON_TITLE), ("no", BUTTON_TITLE), ("list_button", LIST_BUTTON)):
        for text in getattr(flow.texts, key).values():
            if len(text) > limit:
                yield ("texts", key), f"'{text}' is cut: a button has {limit} characters"


def _shown_choices(flow: Flow, name: str) -> list[tuple[Path, dict[str, str], dict[str, str]]]:
    """Path, label and description of what is offered with the question; none if it is asked as plain text."""
    field = flow.fields[name]
    if not field.buttons:
        return []
    if field.type is FieldType.SERVICE:
        return [(("services", key, "label"), service.label, {}) for key, service in flow.services.items()]
    path: Path = ("fields", name, "options")
    return [((*path, key, "label"), one.label, one.description) for key, one in field.options.items()]


def _bubble_sizes(flow: Flow, path: Path, field: FlowField, *, is_interactive: bool) -> Iterator[Hint]:
    """A first question comes in one bubble with the greeting."""
    for language in flow.languages:
        greeting = in_language(flow.texts.greeting, language, flow.languages[0])
        for key in ("question", "clarification"):
            text = in_language(getattr(field, key), language, flow.languages[0])
            length = len(text) + (len(greeting) + 2 if key == "question" else 0)
            if length > TEXT_BODY:
                yield (*path, key), f"{length} characters with the greeting; WhatsApp takes {TEXT_BODY}"
            elif is_interactive and length > INTERACTIVE_BODY:
                said = f"{length} characters with the greeting; over {INTERACTIVE_BODY} it goes without buttons"
                yield (*path, key), said


def _texts_without_their_value(flow: Flow) -> Iterator[Hint]:
    wanted: list[tuple[Path, dict[str, str], str]] = [
        (("texts", "closing"), flow.texts.closing, "{summary}"),
        (("texts", "confirmation"), flow.texts.confirmation, "{value}"),
    ]
    for name, field in flow.fields.items():
        wanted.append((("fields", name, "confirmation"), field.confirmation, "{value}"))
    for path, texts, placeholder in wanted:
        for text in texts.values():
            if placeholder not in text:
                yield path, f"says no {placeholder}, so the customer does not see what was understood"


def _same_question_twice(flow: Flow) -> Iterator[Hint]:
    """Two entries for one service type, or two for all of them: chance would decide which one answers."""
    for (one, entry), (other, second) in combinations(flow.knowledge.items(), 2):
        if bool(entry.services) != bool(second.services):
            continue  # the narrower one answers
        if entry.services and not set(entry.services) & set(second.services):
            continue
        questions = {_plain(question) for question in words_in(entry.questions, None)}
        for question in words_in(second.questions, None):
            if _plain(question) in questions:
                yield ("knowledge", other, "questions"), f"'{question}' is a question of {one} as well"


def _tests(flow: Flow) -> Iterator[Hint]:
    if not flow.tests:
        yield ("tests",), "there are none: write down a conversation that must go right"
