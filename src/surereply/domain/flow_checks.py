"""What must hold between the parts of a flow: names that exist, texts in every language, sound limits."""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

import phonenumbers

from surereply.domain.conversation import SERVICE_WINDOW, WINDOW_MARGIN
from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow, FlowField, FlowTestStep
from surereply.domain.flow_pattern import pattern_mistake
from surereply.domain.flow_texts import EVERY_LANGUAGE
from surereply.domain.flow_yaml import Path
from surereply.domain.lead import Stage
from surereply.domain.replies import ReplyType

NO_REPLY = "none"  # as `expect_reply_type`
TEST_TIME_FORMAT = "%Y-%m-%d %H:%M"

Mistake: TypeAlias = tuple[Path, str]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}\Z")
_OPTION_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}\Z")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?\Z")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_IN_ANY_TEXT = frozenset({"name", "service", "business"})


def cross_check(flow: Flow) -> list[Mistake]:
    """Every mistake with the path of the key it stands at."""
    checks: tuple[Callable[[Flow], Iterator[Mistake]], ...] = (
        _business,
        _languages,
        _texts,
        _fields,
        _services,
        _knowledge,
        _limits,
        _tests,
    )
    return [mistake for check in checks for mistake in check(flow)]


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """`; did you mean 'country'?`, or "" where nothing is near."""
    by_lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(given.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean '{by_lower[near[0]]}'?" if near else ""


def localised_texts(flow: Flow) -> Iterator[tuple[Path, dict[str, str]]]:
    """Every text of the flow that is written per language, with its path."""
    yield ("business", "name"), flow.business.name
    for key in flow.texts.model_fields_set:  # yes, no and the list's button are built in for more languages
        yield ("texts", key), getattr(flow.texts, key)
    for name, field in flow.fields.items():
        for key in ("label", "description", "question", "clarification", "confirmation"):
            yield ("fields", name, key), getattr(field, key)
        for option_key, option in field.options.items():
            yield ("fields", name, "options", option_key, "label"), option.label
            yield ("fields", name, "options", option_key, "description"), option.description
    for name, service in flow.services.items():
        yield ("services", name, "label"), service.label
    for name, entry in flow.knowledge.items():
        yield ("knowledge", name, "answer"), entry.answer
    for index, follow_up in enumerate(flow.follow_ups):
        yield ("follow_ups", index, "text"), follow_up.text


def localised_words(flow: Flow) -> Iterator[tuple[Path, dict[str, list[str]]]]:
    """Every list of words that is written per language, with its path."""
    for name, field in flow.fields.items():
        yield ("fields", name, "cues"), field.cues
        for option_key, option in field.options.items():
            yield ("fields", name, "options", option_key, "synonyms"), option.synonyms
    for name, service in flow.services.items():
        yield ("services", name, "synonyms"), service.synonyms
    for name, entry in flow.knowledge.items():
        yield ("knowledge", name, "questions"), entry.questions
    for key in ("stop", "start", "person"):
        yield ("words", key), getattr(flow.words, key)


def _business(flow: Flow) -> Iterator[Mistake]:
    try:
        ZoneInfo(flow.business.time_zone)
    except (KeyError, ValueError, OSError):
        said = f"unknown time zone '{flow.business.time_zone}'; write one such as Asia/Dubai"
        yield ("business", "time_zone"), said
    if not phonenumbers.country_code_for_region(flow.business.country):
        hint = "; the United Kingdom is GB" if flow.business.country == "UK" else ""
        yield ("business", "country"), f"no country has the code '{flow.business.country}'{hint}"


def _languages(flow: Flow) -> Iterator[Mistake]:
    for index, language in enumerate(flow.languages):
        if not _LANGUAGE.match(language):
            yield ("languages", index), f"'{language}' is not a language code such as en, ar or pt-BR"
        elif language in flow.languages[:index]:
            yield ("languages", index), f"'{language}' stands here twice"
    known = {*flow.languages, EVERY_LANGUAGE}
    written = [(path, list(texts)) for path, texts in localised_texts(flow)]
    written += [(path, list(words)) for path, words in localised_words(flow)]
    for path, languages in written:
        for language in languages:
            if language not in known:
                said = f"'{language}' is not one of the flow's languages ({', '.join(flow.languages)})"
                yield (*path, language), said


def _texts(flow: Flow) -> Iterator[Mistake]:
    for key in type(flow.texts).model_fields:
        texts: dict[str, str] = getattr(flow.texts, key)
        missing = [one for one in flow.languages if one not in texts and EVERY_LANGUAGE not in texts]
        if missing:
            yield ("texts", key), f"has no text for {', '.join(missing)}"
    for path, texts in localised_texts(flow):
        for language, text in texts.items():
            here = path if language == EVERY_LANGUAGE else (*path, language)
            if not text.strip():
                yield here, "is empty"
            for said in _placeholder_mistakes(text, _placeholders_at(path)):
                yield here, said


def _placeholders_at(path: Path) -> frozenset[str]:
    if path[-1] == "confirmation":
        return _IN_ANY_TEXT | {"value", "label"}
    if path in (("texts", "closing"), ("texts", "handover")):
        return _IN_ANY_TEXT | {"summary"}
    return _IN_ANY_TEXT


def _placeholder_mistakes(text: str, known: frozenset[str]) -> Iterator[str]:
    for name in _PLACEHOLDER.findall(text):
        if name not in known:
            hint = did_you_mean(name, known) or f"; here may stand {', '.join(sorted(known))}"
            yield f"unknown placeholder {{{name}}}{hint}"
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        yield "a { without its }, or the other way round"


def _fields(flow: Flow) -> Iterator[Mistake]:
    service = flow.fields.get(SERVICE_FIELD)
    if service is None or service.type is not FieldType.SERVICE:
        yield ("fields",), f"one field must be named '{SERVICE_FIELD}' and have the type service"
    for name, field in flow.fields.items():
        path: Path = ("fields", name)
        if not _NAME.match(name):
            yield path, "a field's name is letters, digits and _, and starts with a letter"
        if field.type is FieldType.SERVICE and name != SERVICE_FIELD:
            yield (*path, "type"), f"only the field '{SERVICE_FIELD}' may have the type service"
        yield from _when_mistakes(flow, (*path, "when"), field)
        for key, said in (*_list_mistakes(field), *_option_mistakes(field), *_validity_mistakes(field)):
            yield (*path, *key), said


def _when_mistakes(flow: Flow, path: Path, field: FlowField) -> Iterator[Mistake]:
    for name, options in field.when.items():
        choice = flow.fields.get(name)
        if choice is None or choice.type is not FieldType.CHOICE:
            yield (*path, name), f"no choice is named '{name}'{did_you_mean(name, flow.fields)}"
        else:
            yield from _unknown_names((*path, name), options, choice.options, "option")


def _list_mistakes(field: FlowField) -> Iterator[Mistake]:
    if field.type is FieldType.LIST and field.of is None:
        yield ("type",), "a list needs `of`: the type of its items, such as `of: date`"
    if field.type is not FieldType.LIST and field.of is not None:
        yield ("of",), "only a list has `of`"
    if field.of in (FieldType.LIST, FieldType.SERVICE):
        yield ("of",), f"a list of {field.of} cannot be"


def _option_mistakes(field: FlowField) -> Iterator[Mistake]:
    is_choice = FieldType.CHOICE in (field.type, field.of)
    if is_choice and not field.options:
        yield ("type",), "a choice needs options"
    if field.options and not is_choice:
        yield ("options",), f"only a choice has options, and this is a {field.type}"
    for key in field.options:
        if not _OPTION_KEY.match(key):
            yield ("options", key), "an option's key is letters, digits, _ and -"


def _validity_mistakes(field: FlowField) -> Iterator[Mistake]:
    kind = field.of if field.type is FieldType.LIST else field.type
    for key, allowed in (
        ("minimum", {FieldType.COUNT, FieldType.MONEY, FieldType.DURATION}),
        ("maximum", {FieldType.COUNT, FieldType.MONEY, FieldType.DURATION}),
        ("pattern", {FieldType.TEXT}),
        ("past", {FieldType.DATE}),
    ):
        if getattr(field, key) is not None and kind not in allowed:
            yield (key,), f"says nothing about a {kind}; it is for {', '.join(sorted(allowed))}"
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        yield ("minimum",), f"is greater than the maximum ({field.minimum:g} > {field.maximum:g})"
    said = pattern_mistake(field.pattern) if field.pattern is not None else None
    if said:
        yield ("pattern",), said


def _services(flow: Flow) -> Iterator[Mistake]:
    for name, service in flow.services.items():
        if not _NAME.match(name):
            yield ("services", name), "a service's name is letters, digits and _, and starts with a letter"
        yield from _unknown_names(("services", name, "needs"), service.needs, flow.fields, "field")
    yield from _unknown_names(("always",), flow.always, flow.fields, "field")


def _knowledge(flow: Flow) -> Iterator[Mistake]:
    for name, entry in flow.knowledge.items():
        path: Path = ("knowledge", name)
        yield from _unknown_names((*path, "services"), entry.services, flow.services, "service")
        if not any(entry.questions.values()):
            yield (*path, "questions"), "needs at least one question"


def _unknown_names(path: Path, names: Iterable[str], known: Collection[str], kind: str) -> Iterator[Mistake]:
    seen = set()
    for index, name in enumerate(names):
        if name not in known:
            yield (*path, index), f"no {kind} is named '{name}'{did_you_mean(name, known)}"
        elif name in seen:
            yield (*path, index), f"'{name}' stands here twice"
        seen.add(name)


def _limits(flow: Flow) -> Iterator[Mistake]:
    if flow.limits.ignore_below > flow.limits.confirm_below:
        yield ("limits", "ignore_below"), "is greater than confirm_below, so nothing would ever be confirmed"
    if flow.limits.reopen_after <= timedelta(0):
        yield ("limits", "reopen_after"), "must be longer than nothing"
    before = timedelta(0)
    for index, follow_up in enumerate(flow.follow_ups):
        path: Path = ("follow_ups", index, "after")
        if follow_up.after <= before:
            yield path, "must be later than the one before"
        if follow_up.after >= SERVICE_WINDOW - WINDOW_MARGIN:
            yield path, "WhatsApp allows it for 24 hours after the customer's last message: write 23h or less"
        before = follow_up.after


def _tests(flow: Flow) -> Iterator[Mistake]:
    for index, test in enumerate(flow.tests):
        path: Path = ("tests", index)
        if test.language is not None and test.language not in flow.languages:
            yield (*path, "language"), f"'{test.language}' is not one of the flow's languages"
        if test.at is not None and not _is_test_time(test.at):
            yield (*path, "at"), "write it as 2026-03-02 10:00"
        for number, step in enumerate(test.conversation):
            for key, said in _step_mistakes(flow, step):
                yield (*path, "conversation", number, *key), said


def _step_mistakes(flow: Flow, step: FlowTestStep) -> Iterator[Mistake]:
    if (step.says is None) == (step.taps is None):
        yield (), "a step has either `says` or `taps`"
    for name, value in step.expect_fields.items():
        if name not in flow.fields:
            yield ("expect_fields", name), f"no field is named '{name}'{did_you_mean(name, flow.fields)}"
        elif said := _expectation_mistake(flow, flow.fields[name], value):
            yield ("expect_fields", name), said
    asked = step.expect_asked
    if asked is not None and asked not in flow.fields:
        yield ("expect_asked",), f"no field is named '{asked}'{did_you_mean(asked, flow.fields)}"
    types = (*(str(one) for one in ReplyType), NO_REPLY)
    if step.expect_reply_type is not None and step.expect_reply_type not in types:
        hint = did_you_mean(step.expect_reply_type, types)
        yield ("expect_reply_type",), f"no reply has the type '{step.expect_reply_type}'{hint}"
    if step.expect_stage is not None and step.expect_stage not in set(Stage):
        hint = did_you_mean(step.expect_stage, Stage)
        yield ("expect_stage",), f"no lead has the stage '{step.expect_stage}'{hint}"


def _expectation_mistake(flow: Flow, field: FlowField, value: object) -> str | None:
    """An expectation that no value of the field can meet."""
    if value is None:
        return None
    if field.type is FieldType.YES_NO and not isinstance(value, bool):
        return f"is yes or no: write true or false, not {value!r}"
    if field.type is FieldType.SERVICE and value not in flow.services:
        return f"no service is named '{value}'{did_you_mean(str(value), flow.services)}"
    if field.type is FieldType.CHOICE and value not in field.options:
        return f"no option is named '{value}'{did_you_mean(str(value), field.options)}"
    return None


def _is_test_time(text: str) -> bool:
    try:
        datetime.strptime(text, TEST_TIME_FORMAT)
    except ValueError:
        return False
    return True
