"""Which parts of a decided reply a model may put into other words, and what its words are checked against."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from surereply.domain.compose import customer_name, speaker
from surereply.domain.conversation import Conversation
from surereply.domain.flow import FieldType, Flow, FlowField
from surereply.domain.flow_texts import in_language
from surereply.domain.lead import Lead
from surereply.domain.replies import EarlierReply, ReplyDraft, ReplyType
from surereply.models.sight import Bounds, Part, PartKind, content_stems, lexicon_of
from surereply.models.weighty import LANGUAGES
from surereply.understanding.kept import KeptByFlow
from surereply.understanding.language import table_of
from surereply.understanding.normalise import folded

PARAGRAPH = "\n\n"
LONGEST_BODY, LONGEST_WITH_CHOICES = 4096, 1024  # characters (WhatsApp)

# The rest goes out as it was decided: what ends a conversation, hands it to a person, or nudges without being asked.
_REWORDED = frozenset(
    {ReplyType.QUESTION, ReplyType.CLARIFICATION, ReplyType.ANSWER, ReplyType.CONFIRMATION, ReplyType.CLOSING}
)
_FREE = frozenset({FieldType.PERSON, FieldType.TEXT, FieldType.PLACE, FieldType.EMAIL})  # as the customer wrote it
_ASKING = {
    ReplyType.QUESTION: PartKind.QUESTION,
    ReplyType.CLARIFICATION: PartKind.QUESTION,
    ReplyType.CONFIRMATION: PartKind.CONFIRMATION,
}


@dataclass(frozen=True, slots=True)
class Rewordable:
    """A decided reply in its paragraphs; `parts` are None where a paragraph stays as the owner wrote it."""

    paragraphs: tuple[str, ...]
    parts: tuple[Part | None, ...]
    bounds: Bounds
    most_characters: int

    @property
    def offered(self) -> tuple[Part, ...]:
        """What a model is asked to reword."""
        return tuple(part for part in self.parts if part is not None)

    def joined(self, proposed: Sequence[str]) -> str:
        """The body with the offered parts as proposed."""
        words = iter(proposed)
        said = (next(words) if part else text for text, part in zip(self.paragraphs, self.parts, strict=True))
        return PARAGRAPH.join(text.strip() for text in said)


def rewordable(
    flow: Flow, conversation: Conversation, lead: Lead, draft: ReplyDraft, earlier: Sequence[EarlierReply]
) -> Rewordable | None:
    """None where the reply goes out as it was decided: its type, its language, or nothing in it that is free."""
    language = conversation.language or flow.languages[0]
    if draft.reply_type not in _REWORDED or table_of(language) not in LANGUAGES:
        return None
    speaks = speaker(flow, lead, conversation)
    paragraphs = tuple(draft.body.text.split(PARAGRAPH))
    fixed = _paragraphs(speaks.text(text) for text in (flow.texts.greeting, flow.texts.opted_in, flow.texts.opted_out))
    answers = _paragraphs(speaks.text(entry.answer) for entry in flow.knowledge.values())
    asking = _ASKING.get(draft.reply_type)
    parts: list[Part | None] = []
    for place, text in enumerate(paragraphs):
        if asking is not None and place == len(paragraphs) - 1:
            parts.append(_question(flow, conversation, lead, draft, asking, text))
        elif text in fixed or _is_a_list(text) or not any(map(str.isalpha, text)):
            parts.append(None)
        else:
            parts.append(Part(PartKind.ANSWER if text in answers else PartKind.STATEMENT, text))
    if not any(parts):
        return None
    words = _WORDS.of(flow)
    shown = {name: speaks.value(name, known.value) for name, known in lead.fields.items() if name in flow.fields}
    pending = conversation.state.pending
    if pending is not None and pending.value is not None and pending.question_key in flow.fields:
        shown[pending.question_key] = speaks.value(pending.question_key, pending.value)
    theirs = (customer_name(speaks), *(value for name, value in shown.items() if _is_free(flow.fields[name])))
    ours = (value for name, value in shown.items() if not _is_free(flow.fields[name]))
    last = next((reply.body.text for reply in reversed(earlier) if reply.is_machine and reply.sent_at), None)
    bounds = Bounds(
        language,
        draft.body.text,
        shown=tuple(ours),
        theirs=tuple(value for value in theirs if value),
        own=words.own,
        vocabulary=words.vocabulary(language),
        last_reply=last,
    )
    has_choices = bool(draft.body.buttons or draft.body.rows)
    return Rewordable(paragraphs, tuple(parts), bounds, LONGEST_WITH_CHOICES if has_choices else LONGEST_BODY)


def _is_free(field: FlowField) -> bool:
    """Whether its value is whatever the customer wrote."""
    return (field.of or field.type) in _FREE


def _paragraphs(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(paragraph for text in texts for paragraph in text.split(PARAGRAPH) if paragraph)


def _is_a_list(text: str) -> bool:
    """A summary: its lines are facts, one each."""
    return any(line.lstrip().startswith("•") for line in text.splitlines())


def _question(
    flow: Flow, conversation: Conversation, lead: Lead, draft: ReplyDraft, kind: PartKind, text: str
) -> Part | None:
    name = draft.question_key
    if name not in flow.fields:
        return None
    keeps: tuple[str, ...] = ()
    pending = conversation.state.pending
    if kind is PartKind.CONFIRMATION and pending is not None:
        keeps = (speaker(flow, lead, conversation).value(name, pending.value),)
    words = _WORDS.of(flow)
    language = conversation.language or flow.languages[0]
    about = words.about(name, language)
    others = frozenset().union(*(words.pointing(other, language) for other in flow.fields if other != name))
    return Part(kind, text, about, others - about, tuple(value for value in keeps if value))


class _FlowWords:
    """The words of a flow's fields, made once."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        named = [flow.business.name, *(one.label for one in flow.fields.values())]
        named += [one.label for one in flow.services.values()]
        named += [option.label for one in flow.fields.values() for option in one.options.values()]
        self.own = frozenset(word for texts in named for text in texts.values() for word in folded(text).split())
        self.about = lru_cache(maxsize=None)(self._about)
        self.pointing = lru_cache(maxsize=None)(self._pointing)
        self.vocabulary = lru_cache(maxsize=None)(self._vocabulary)

    def _about(self, name: str, language: str) -> frozenset[str]:
        """Stems of all that the flow says of the field: its questions, hints, options and cues."""
        field = self._flow.fields[name]
        texts = [field.label, field.description, field.question, field.clarification, field.confirmation]
        texts += [option.label for option in field.options.values()]
        said = [text for one in texts for text in one.values()]
        said += [name.replace("_", " "), *(cue for cues in field.cues.values() for cue in cues)]
        return _stems(said, language)

    def _pointing(self, name: str, language: str) -> frozenset[str]:
        """Stems of its label and cues: what asks for it and for nothing else."""
        field = self._flow.fields[name]
        return _stems([*field.label.values(), *(cue for cues in field.cues.values() for cue in cues)], language)

    def _vocabulary(self, language: str) -> frozenset[str]:
        """Stems of everything that the owner lets the bot say in the language."""
        flow = self._flow
        texts = [one for _, one in flow.texts if isinstance(one, dict)]
        texts += [entry.answer for entry in flow.knowledge.values()]
        texts += [service.label for service in flow.services.values()]
        texts += [flow.business.name]
        said = [in_language(one, language, flow.languages[0]) for one in texts]
        fields = frozenset().union(*(self.about(name, language) for name in flow.fields))
        return _stems(said, language) | fields


def _stems(texts: Iterable[str], language: str) -> frozenset[str]:
    return content_stems((word for text in texts for word in folded(text).split()), lexicon_of(language), language)


_WORDS = KeptByFlow(_FlowWords)
