"""What a model read, judged: each fact by the words it quotes and by the flow's own reader, then beside what that read.

A model's fact is as sure as its words make it: what they say by themselves is written, what only the model sees in
them is confirmed with the customer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from surereply.domain.facts import Context, Fact, KnowledgeHit, Reading, Signal, Source, Value
from surereply.domain.flow import FieldType, Flow
from surereply.domain.message import Message, MessageKind
from surereply.domain.values import same_value
from surereply.models.prompts import SIGNALS
from surereply.models.quoting import place_of, stands_in
from surereply.models.records import Fate, Proposal
from surereply.understanding.normalise import Words, normalise
from surereply.understanding.reader import reader_for

SAID, MEANT, OVERHEARD, GUESSED = 0.85, 0.75, 0.6, 0.5  # how sure a fact is, by what its words say
ENTRY_SURE = 0.75  # of an entry that answers a question
SURE = 0.9  # of an embedded fact that leaves nothing to read
MOST_PROPOSALS = 40  # of one answer; more is a mistake or a joke

_FREE_WORDS = frozenset({FieldType.TEXT, FieldType.PERSON, FieldType.PLACE})
_EXACT = frozenset({FieldType.PHONE, FieldType.EMAIL})
# What a model may understand where no word says it: "my other half is from Cairo" names a country and a person.
_MEANINGS = frozenset({FieldType.SERVICE, FieldType.CHOICE, FieldType.YES_NO, FieldType.COUNTRY})
_WORDLESS = frozenset({Signal.STOP, Signal.START, Signal.YES, Signal.NO})


@dataclass(frozen=True, slots=True)
class Judged:
    """The readings with what is taken from the model, and what became of each thing that it proposed."""

    readings: tuple[Reading, ...]
    proposals: tuple[Proposal, ...]


def is_worth_asking(message: Message, reading: Reading) -> bool:
    """Whether a model may find more in a message: never in exact words, taps, and what is read whole already."""
    if message.kind is MessageKind.TAP or reading.signals & {Signal.STOP, Signal.START}:
        return False
    words = normalise(message.text)
    letters = [token for token in words.tokens if token.text[0].isalnum()]
    sure = [fact for fact in reading.facts if fact.confidence >= SURE and fact.start is not None]
    return not all(
        any(fact.start <= token.start and token.end <= fact.end for fact in sure if fact.end and fact.start is not None)
        for token in letters
    )


def judge(
    flow: Flow,
    contexts: Sequence[Context],
    messages: Sequence[Message],
    readings: Sequence[Reading],
    answer: Mapping[str, Any],
) -> Judged:
    """`answer` is what a model answered to `prompts.reading_prompt` for these messages; nothing in it is trusted.

    `contexts`, `messages` and `readings` (the embedded reader's) belong together, in one order.
    """
    given = _Given(flow, contexts, messages, tuple(normalise(message.text) for message in messages))
    proposals: list[Proposal] = []
    united = list(readings)
    for raw in _listed(answer.get("facts")):
        proposal, at, fact = _fact(given, raw)
        if fact is not None and at is not None:
            united[at], fate = _with_fact(flow, united[at], fact)
            proposal = replace(proposal, fate=fate)
        proposals.append(proposal)
    for raw in _listed(answer.get("signals")):
        proposal, at = _quoted(given, raw, "signal")
        if proposal.name in _WORDLESS:
            proposal = replace(proposal, fate=Fate.NOT_ITS_TO_SAY)
        elif proposal.name not in SIGNALS:
            proposal = replace(proposal, fate=Fate.UNKNOWN)
        elif at is not None:
            agreed = proposal.name in united[at].signals
            proposal = replace(proposal, fate=Fate.AGREED if agreed else Fate.TAKEN)
            united[at] = replace(united[at], signals=united[at].signals | {Signal(proposal.name)})
        proposals.append(proposal)
    for raw in _listed(answer.get("answers")):
        proposal, at = _quoted(given, raw, "entry")
        if proposal.name not in flow.knowledge:
            proposal = replace(proposal, fate=Fate.UNKNOWN)
        elif at is not None:
            united[at], fate = _with_entry(flow, united[at], proposal.name)
            proposal = replace(proposal, fate=fate)
        proposals.append(proposal)
    return Judged(tuple(united), tuple(proposals))


@dataclass(frozen=True, slots=True)
class _Given:
    flow: Flow
    contexts: Sequence[Context]
    messages: Sequence[Message]
    words: tuple[Words, ...]


def _listed(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list):
        return []
    return [one for one in value[:MOST_PROPOSALS] if isinstance(one, dict)]


def _quoted(given: _Given, raw: Mapping[str, Any], kind: str) -> tuple[Proposal, int | None]:
    """What was proposed, and the place of its message; None where its words do not stand there."""
    name, words, number = raw.get(kind), raw.get("words"), raw.get("message")
    if not isinstance(name, str) or not isinstance(words, str):
        return Proposal(kind, str(name), None, "", None, Fate.UNKNOWN), None
    at = number - 1 if isinstance(number, int) and 1 <= number <= len(given.words) else None
    if at is None:
        return Proposal(kind, name, None, words, None, Fate.UNKNOWN), None
    if place_of(words, given.words[at]) is None:
        return Proposal(kind, name, None, words, at, Fate.NOT_QUOTED), None
    return Proposal(kind, name, None, words, at, Fate.TAKEN), at


def _fact(given: _Given, raw: Mapping[str, Any]) -> tuple[Proposal, int | None, Fact | None]:
    proposal, at = _quoted(given, raw, "field")
    proposal = replace(proposal, kind="fact", value=raw.get("value"))
    if proposal.name not in given.flow.fields:
        return replace(proposal, fate=Fate.UNKNOWN), None, None
    if at is None:
        return proposal, None, None
    place = place_of(proposal.words, given.words[at])
    assert place is not None  # it was found a moment ago
    said = given.messages[at].text[slice(*place)]
    typed = _typed(given.flow, proposal.name, proposal.value, said, given.contexts[at])
    if isinstance(typed, Fate):
        return replace(proposal, fate=typed), at, None
    value, sure = typed
    source = Source.STATED if sure > OVERHEARD else Source.INFERRED
    fact = Fact(proposal.name, value, said, *place, sure, source, message_id=given.messages[at].id)
    known = given.contexts[at].known.get(proposal.name)
    if known is not None and not same_value(known, value) and _item_type(given.flow, proposal.name) is None:
        # Only the customer says that what we know is wrong: a model's word for it is asked about.
        fact = replace(fact, correction=True, confidence=min(fact.confidence, OVERHEARD))
    return replace(proposal, value=value), at, fact


def _typed(flow: Flow, name: str, proposed: Any, said: str, context: Context) -> tuple[Value, float] | Fate:
    """The value as the flow's own reader makes it of what was proposed, and how sure its words make it."""
    kind = _item_type(flow, name) or flow.fields[name].type
    value = _read_alone(flow, name, _as_written(flow, name, kind, proposed), context)
    if value is None:
        return Fate.IMPOSSIBLE
    in_words = _read_alone(flow, name, said, context)
    says_it = in_words is not None and same_value(in_words, value)
    if kind in _FREE_WORDS:
        text = value[0] if isinstance(value, list) else value
        return (value, SAID) if isinstance(text, str) and stands_in(text, said) else Fate.NOT_SAID
    if kind in _EXACT:
        return (value, SAID) if says_it else Fate.NOT_SAID
    if kind in _MEANINGS:
        return value, OVERHEARD if says_it else MEANT
    return value, SAID if says_it else GUESSED


def _item_type(flow: Flow, name: str) -> FieldType | None:
    """Of a list: the type of its items; None for any other field."""
    field = flow.fields[name]
    return (field.of or FieldType.TEXT) if field.type is FieldType.LIST else None


def _as_written(flow: Flow, name: str, kind: FieldType, proposed: Any) -> str | Value:
    if kind in (FieldType.SERVICE, FieldType.CHOICE):
        keys = flow.services if kind is FieldType.SERVICE else flow.fields[name].options
        return _Key(proposed) if isinstance(proposed, str) and proposed in keys else None
    if kind is FieldType.YES_NO:
        return _Key(proposed) if isinstance(proposed, bool) else None
    if isinstance(proposed, bool) or not isinstance(proposed, str | int | float):
        return None
    return str(proposed)


@dataclass(frozen=True, slots=True)
class _Key:
    """A value that needs no reading: one of the flow's own keys, or yes or no."""

    value: Value


def _read_alone(flow: Flow, name: str, written: Any, context: Context) -> Value | None:
    """What the flow's reader makes of a text in answer to the field's question; a list's one item as a list."""
    if isinstance(written, _Key):
        return [written.value] if _item_type(flow, name) else written.value
    if not isinstance(written, str):
        return None
    alone = Context(context.now, asked=(name,), language=context.language)
    facts = reader_for(flow).read_text(written, alone).facts
    return next((fact.value for fact in facts if fact.field == name), None)


def _with_fact(flow: Flow, reading: Reading, fact: Fact) -> tuple[Reading, Fate]:
    """The reading with the model's fact in it, beside, instead of or against the one that stands there."""
    rivals = [one for one in reading.facts if one.field == fact.field]
    limits = flow.limits
    if _item_type(flow, fact.field):
        if any(_has_item(one.value, fact.value) for one in rivals):
            return reading, Fate.AGREED
        return replace(reading, facts=(*reading.facts, fact)), _fate(flow, fact)
    rival = max(rivals, key=lambda one: one.confidence, default=None)
    if rival is None or rival.confidence < limits.ignore_below:
        others = tuple(one for one in reading.facts if one.field != fact.field)
        return replace(reading, facts=(*others, fact)), _fate(flow, fact)
    if same_value(rival.value, fact.value) or _overlap(flow, rival, fact):
        firmer = replace(rival, confidence=max(rival.confidence, fact.confidence))
        return replace(reading, facts=tuple(firmer if one is rival else one for one in reading.facts)), Fate.AGREED
    # They differ: nobody guesses. The surer of the two is put to the customer.
    surer = fact if fact.confidence > rival.confidence else rival
    asked_about = replace(surer, confidence=_just_below(limits.confirm_below, limits.ignore_below))
    others = tuple(one for one in reading.facts if one.field != fact.field)
    return replace(reading, facts=(*others, asked_about)), Fate.UNSURE


def _fate(flow: Flow, fact: Fact) -> Fate:
    return Fate.TAKEN if fact.confidence >= flow.limits.confirm_below else Fate.UNSURE


def _has_item(known: Value, item: Value) -> bool:
    known, item = (one if isinstance(one, list) else [one] for one in (known, item))
    return all(any(same_value(one, other) for other in known) for one in item)


def _overlap(flow: Flow, one: Fact, other: Fact) -> bool:
    """Of free words, two cuts of one passage: `Ahmed` and `Ahmed Ali`."""
    if flow.fields[one.field].type not in _FREE_WORDS:
        return False
    return stands_in(str(one.value), str(other.value)) or stands_in(str(other.value), str(one.value))


def _just_below(confirm: float, ignore: float) -> float:
    return max(ignore, confirm - 0.05)


def _with_entry(flow: Flow, reading: Reading, entry: str) -> tuple[Reading, Fate]:
    """The entry answers where no other one does; the answer itself is the owner's own text."""
    if any(hit.score >= flow.limits.answer_above for hit in reading.knowledge):
        agreed = any(hit.entry == entry for hit in reading.knowledge)
        return reading, Fate.AGREED if agreed else Fate.OUTVOTED
    hit = KnowledgeHit(entry, max(ENTRY_SURE, flow.limits.answer_above))
    return replace(reading, knowledge=(hit,), unanswered=None), Fate.TAKEN
