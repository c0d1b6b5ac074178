"""One message into facts, signals and the answers it asks for. Pure, and fast: all tables are made once."""

from dataclasses import replace

from surereply.domain.facts import Context, Fact, Reading, Signal, Source
from surereply.domain.flow import FieldType, Flow
from surereply.domain.message import MEDIA_KINDS, Message, MessageKind
from surereply.understanding.captions import as_caption
from surereply.understanding.chunker import Weights
from surereply.understanding.found import Found
from surereply.understanding.kept import KeptByFlow
from surereply.understanding.language import language_of, tongue_of, tongues_of
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words, normalise
from surereply.understanding.recognisers.contacts import phone_number
from surereply.understanding.signals import ExactWords
from surereply.understanding.stages import UNTIMED, Stages
from surereply.understanding.taps import read_tap
from surereply.understanding.tongue import Tongue

_FREE = frozenset({FieldType.PERSON, FieldType.PLACE, FieldType.TEXT})


class FlowReader:
    """Reads messages for one flow; its tables are made in the constructor, and reading changes nothing."""

    def __init__(self, flow: Flow, weights: Weights | None = None) -> None:
        """`weights` of the bookings' chunker, if not those that ship."""
        self.flow = flow
        self._exact = ExactWords(flow)
        self._tongues = {tongue: Tongue(flow, tongue, weights) for tongue in tongues_of(flow.languages)}
        self._views = next(iter(self._tongues.values())).views

    def spans_input(self, text: str, context: Context) -> tuple[Words, list[Found], Lexicon]:
        """What the chunker sees of a text: its words, and what the rules make of them."""
        words = normalise(text)
        tongue = self._tongues[tongue_of(words, tuple(self._tongues))]
        return words, tongue.typed_values(words, context), tongue.lexicon

    def is_stop(self, text: str) -> bool:
        """Whether the text is exactly one of the words that stop us."""
        return self._exact.of_text(text) is Signal.STOP

    def read(self, message: Message, context: Context) -> Reading:
        """All that a message says; media without words say nothing for names and texts."""
        if message.kind is MessageKind.TAP and message.tap:
            tapped = read_tap(self.flow, message.tap, message.text, context)
            if tapped is not None:
                facts, signals = tapped
                return Reading(_of_message(facts, message), signals, self._language(message.text, context))
        if message.kind is MessageKind.LOCATION:
            return Reading(_of_message(self._location(message, context), message), language=context.language)
        if message.kind is MessageKind.CONTACTS:
            return Reading(_of_message(self._contact_card(message, context), message), language=context.language)
        if message.kind in MEDIA_KINDS and not message.text.strip():
            return Reading(language=context.language)
        is_caption = message.kind in MEDIA_KINDS and not message.transcribed
        reading = self._read_caption(message.text, context) if is_caption else self.read_text(message.text, context)
        return Reading(
            _of_message(reading.facts, message),
            reading.signals,
            reading.language,
            reading.knowledge,
            reading.unanswered,
            left_open=reading.left_open,
            refused=reading.refused,
        )

    def read_text(self, text: str, context: Context, stages: Stages = UNTIMED) -> Reading:
        """All that a text says. Never raises, whatever the text."""
        words = normalise(text)
        stages.done("normalise")
        if not words.tokens:
            return Reading(language=context.language)
        language = language_of(words, self.flow.languages, context.language)
        tongue = tongue_of(words, tuple(self._tongues))
        stages.done("language")
        return self._tongues[tongue].read_text(words, language, context, stages)

    def _read_caption(self, text: str, context: Context) -> Reading:
        free = [name for name in context.asked if name in self._views and self._views[name].type in _FREE]
        reading = self.read_text(text, context)
        if not any(fact.field in free for fact in reading.facts):
            return reading
        return as_caption(reading, self.read_text(text, replace(context, asked=())), free)

    def _language(self, text: str, context: Context) -> str | None:
        words = normalise(text)
        return language_of(words, self.flow.languages, context.language) if words.tokens else context.language

    def _location(self, message: Message, context: Context) -> tuple[Fact, ...]:
        place = message.location
        if place is None:
            return ()
        said = ", ".join(part for part in (place.name, place.address) if part)
        value = said or f"{place.latitude:.6f}, {place.longitude:.6f}"
        return self._asked_facts(FieldType.PLACE, value, context)

    def _contact_card(self, message: Message, context: Context) -> tuple[Fact, ...]:
        for shared in message.shared_phones:
            number = phone_number(shared, self.flow.business.country)
            if number is not None:
                return self._asked_facts(FieldType.PHONE, number, context)
        return ()

    def _asked_facts(self, kind: FieldType, value: str, context: Context) -> tuple[Fact, ...]:
        views = self._views
        asked = [views[name] for name in context.asked if name in views and views[name].type is kind]
        return tuple(
            Fact(view.name, [value] if view.is_list else value, None, None, None, 0.95, Source.STATED)
            for view in asked[:1]
        )


def _of_message(facts: tuple[Fact, ...], message: Message) -> tuple[Fact, ...]:
    return tuple(
        Fact(f.field, f.value, f.text, f.start, f.end, f.confidence, f.source, f.correction, message.id) for f in facts
    )


_READERS = KeptByFlow(FlowReader)


def reader_for(flow: Flow) -> FlowReader:
    """The flow's reader, made once for each flow value and kept while it is among the latest made."""
    return _READERS.of(flow)


def read(flow: Flow, message: Message, context: Context) -> Reading:
    """`FlowReader.read` with the flow's own reader."""
    return reader_for(flow).read(message, context)


def read_text(flow: Flow, text: str, context: Context, stages: Stages = UNTIMED) -> Reading:
    """`FlowReader.read_text` with the flow's own reader."""
    return reader_for(flow).read_text(text, context, stages)
