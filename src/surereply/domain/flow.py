"""The owner's flow file as values: fields, service types, knowledge, texts, limits and its own tests."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from surereply.domain.flow_texts import Duration, Localised, LocalisedWords

SERVICE_FIELD = "service"  # the name of the one field of type `service`; it is asked first


# What buttons say where the owner does not.
_YES = {"en": "Yes", "ar": "نعم", "es": "Sí", "fr": "Oui", "pt": "Sim", "hi": "हाँ", "ur": "جی ہاں"}
_NO = {"en": "No", "ar": "لا", "es": "No", "fr": "Non", "pt": "Não", "hi": "नहीं", "ur": "نہیں"}
_CHOOSE = {
    "en": "Choose",
    "ar": "اختر",
    "es": "Elegir",
    "fr": "Choisir",
    "pt": "Escolher",
    "hi": "चुनें",
    "ur": "منتخب کریں",
}


class FieldType(StrEnum):
    SERVICE = "service"  # its options are the flow's services
    CHOICE = "choice"
    YES_NO = "yes_no"
    PERSON = "person"
    COUNTRY = "country"
    PLACE = "place"
    PHONE = "phone"
    EMAIL = "email"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    COUNT = "count"
    MONEY = "money"
    TEXT = "text"
    LIST = "list"  # of the type in `of`


class FlowValue(BaseModel):
    """Part of a flow: frozen, and a key it does not know is a mistake.

    The docstring under a key is its description in `flow.schema.json`, which editors show.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Option(FlowValue):
    """One value of a choice."""

    label: Localised
    """What the button or the list row says: at most 20 characters on a button, 24 in a list."""
    synonyms: LocalisedWords = Field(default_factory=dict)
    """What customers write for it, per language."""
    description: Localised = Field(default_factory=dict)
    """Small print under the label in a list, at most 72 characters."""


class FlowField(FlowValue):
    """A value we want and how we ask for it."""

    type: FieldType
    """What kind of value it is; decides how answers are read and checked."""
    of: FieldType | None = None
    """Of a list: the type of its items."""
    label: Localised
    """Its name for people: in summaries and in the panel."""
    description: Localised = Field(default_factory=dict)
    """What it is about; its words help to recognise a value beside them."""
    question: Localised
    """How the customer is asked."""
    clarification: Localised = Field(default_factory=dict)
    """The same in other words, when the first answer was not understood; made from hints if absent."""
    confirmation: Localised = Field(default_factory=dict)
    """Asks a yes for an unsure value, with {value}; the flow's own text if absent."""
    cues: LocalisedWords = Field(default_factory=dict)
    """Words that say that a value beside them is this field's."""
    options: dict[str, Option] = Field(default_factory=dict)
    """Of a choice, or of a list of choices: key of each value, and its option."""
    buttons: bool = True
    """Offer the options as buttons (up to 3) or as a list (up to 10)."""
    minimum: float | None = None
    """Of a count or an amount: the smallest that is valid."""
    maximum: float | None = None
    """Of a count or an amount: the greatest that is valid."""
    pattern: str | None = None
    """Of a text: what is valid, as a regular expression."""
    past: bool | None = None
    """Of a date: only the past (true) or only the future (false)."""
    when: dict[str, list[str]] = Field(default_factory=dict)
    """Needed only once the named choice is one of these options: `when: {category: [investor]}`."""
    personal: bool = False
    """Belongs to the person: taken over when they come back with another enquiry."""
    weight: int = Field(10, ge=0, le=100)
    """How much it adds to the lead's score when it is known."""


class ServiceType(FlowValue):
    """What a customer may want."""

    label: Localised
    """Its name for people."""
    synonyms: LocalisedWords = Field(default_factory=dict)
    """What customers write for it, per language."""
    needs: tuple[str, ...] = ()
    """Its fields, most telling first: they are asked in this order."""
    weight: int = Field(10, ge=0, le=100)
    """How much it adds to the lead's score."""


class KnowledgeEntry(FlowValue):
    """A question of customers and the business's own answer."""

    questions: LocalisedWords
    """Several ways in which customers ask it, per language."""
    answer: Localised
    """What the business answers: only what is true for everybody."""
    services: tuple[str, ...] = ()
    """The service types it is about; of all if absent."""


class Texts(FlowValue):
    """The flow's own sentences.

    {name}, {service}, {value}, {summary}, {business} are filled in where they stand.
    """

    greeting: Localised
    """Opens the first reply of a lead."""
    closing: Localised
    """When everything needed is known; {summary} is what we know."""
    handover: Localised
    """When a person takes over."""
    opted_out: Localised
    """After STOP: the last message they get."""
    opted_in: Localised
    """After START."""
    confirmation: Localised
    """Asks a yes for an unsure value, with {label} and {value}."""
    ask_to_type: Localised
    """After a voice note, photo or sticker in place of an answer."""
    unknown_answer: Localised
    """To a question that no knowledge entry answers: a colleague will."""
    yes: Localised = Field(default_factory=lambda: dict(_YES))
    """The button for yes."""
    no: Localised = Field(default_factory=lambda: dict(_NO))
    """The button for no."""
    list_button: Localised = Field(default_factory=lambda: dict(_CHOOSE))
    """The button that opens a list, at most 20 characters."""
    not_understood: Localised
    """Opens a clarification where the field has none of its own."""
    thanks: Localised
    """After the closing, to a thank-you."""
    open_request: Localised
    """Asks to go on where nothing is pending and nothing was understood after the closing."""


class Limits(FlowValue):
    """How much is asked, and how sure an understanding must be."""

    max_questions: int = Field(5, ge=1, le=20)
    """Questions for one lead."""
    max_attempts: int = Field(2, ge=1, le=5)
    """Times one field is asked, the clarification included."""
    reopen_after: Duration = timedelta(days=30)
    """A customer who comes back later than this after the closing opens a new lead."""
    confirm_below: float = Field(0.7, ge=0, le=1)
    """What was understood less surely than this is confirmed before it is written."""
    ignore_below: float = Field(0.35, ge=0, le=1)
    """What was understood less surely than this is not even confirmed."""
    answer_above: float = Field(0.55, ge=0, le=1)
    """A knowledge entry that matches less well than this does not answer."""
    when_spent: Literal["hand_over", "close"] = "hand_over"
    """What happens when max_questions are spent and fields are missing."""


class FollowUp(FlowValue):
    """A nudge when the customer has not answered; never outside the 24 hours that WhatsApp allows."""

    after: Duration
    """How long after our question."""
    text: Localised
    """What it says."""


class Handover(FlowValue):
    """When a person takes over, beside being asked for one, and when the bot has the conversation again."""

    on_angry: bool = True
    """When the customer is angry."""
    on_legal: bool = True
    """When the customer threatens with a lawyer, the police or the press."""
    on_discount: bool = True
    """When the customer asks for a discount."""
    give_back_after: Duration | None = None
    """The bot takes up the conversation again after this; until a person gives it back if absent."""


class SignalWords(FlowValue):
    """The owner's own words, beside the built-in ones of the language."""

    stop: LocalisedWords = Field(default_factory=dict)
    """Whole messages that mean: write to me no more."""
    start: LocalisedWords = Field(default_factory=dict)
    """Whole messages that take a STOP back."""
    person: LocalisedWords = Field(default_factory=dict)
    """Words that ask for a person."""


class Business(FlowValue):
    """Who answers, and where."""

    name: Localised
    """The name that customers know; {business} in texts."""
    country: str = Field(pattern="^[A-Z]{2}$")
    """ISO 3166 code: how phone numbers without + are read."""
    time_zone: str
    """Such as Asia/Dubai: what "tomorrow at 5" means."""
    currency: str = Field(pattern="^[A-Z]{3}$")
    """ISO 4217 code: what an amount without a currency is in."""
    tone: Localised = Field(default_factory=dict)
    """How it speaks, for a language model that puts replies into other words."""


class FlowTestStep(FlowValue):
    """One message of a customer and what must hold after it. Exactly one of `says` and `taps`."""

    says: str | None = None
    """What the customer writes."""
    taps: str | None = None
    """Title of the button or list row that the customer taps."""
    expect_fields: dict[str, Any] = Field(default_factory=dict)
    """What must be known by then; null: must not be known."""
    expect_asked: str | None = None
    """The field that the reply asks for."""
    expect_reply_type: str | None = None
    """Such as question, clarification, answer, confirmation, handover, closing; none: no reply at all."""
    expect_reply_contains: list[str] = Field(default_factory=list)
    """Words that the reply must have, capitals aside."""
    expect_reply_lacks: list[str] = Field(default_factory=list)
    """Words that the reply must not have, capitals aside."""
    expect_stage: str | None = None
    """The lead's stage by then: new, qualifying, qualified, handed_over."""


class FlowTest(FlowValue):
    """A conversation that must go as written."""

    name: str
    """What it shows, as a sentence."""
    language: str | None = None
    """The language the conversation is in; found from the words if absent."""
    conversation: tuple[FlowTestStep, ...] = Field(min_length=1)
    """The customer's messages, in order."""
    at: str | None = None
    """When the first message comes, "2026-03-02 10:00" in the flow's time zone."""


class Flow(FlowValue):
    """A whole flow file."""

    surereply: Literal[1]
    """The version of the format (versions of the content are the database's)."""
    name: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,62}$")
    """Short name of the flow: small letters, digits and hyphens."""
    business: Business
    languages: tuple[str, ...] = Field(min_length=1)
    """The languages it speaks; the first is the default."""
    texts: Texts
    fields: dict[str, FlowField]
    """What we want to know."""
    services: dict[str, ServiceType] = Field(min_length=1)
    """What a customer may want."""
    always: tuple[str, ...] = ()
    """Fields that every service needs, asked last unless a service lists them earlier."""
    knowledge: dict[str, KnowledgeEntry] = Field(default_factory=dict)
    """What customers ask, and the business's answers."""
    limits: Limits = Field(default_factory=Limits)
    follow_ups: tuple[FollowUp, ...] = ()
    """Nudges, in order."""
    handover: Handover = Field(default_factory=Handover)
    words: SignalWords = Field(default_factory=SignalWords)
    tests: tuple[FlowTest, ...] = ()
    """Conversations that must go as written; `surereply flow test` runs them."""

    def needed_fields(self, service: str | None, known: Mapping[str, Any] | None = None) -> tuple[str, ...]:
        """Fields that a lead of this service needs, in the order they are asked; the service itself first.

        `known` are the lead's values by field: a field with `when` is needed only where they meet it.
        """
        own = self.services[service].needs if service in self.services else ()
        needed = dict.fromkeys((SERVICE_FIELD, *own, *self.always))
        return tuple(name for name in needed if _is_called_for(self.fields[name], known or {}))


def _is_called_for(field: FlowField, known: Mapping[str, Any]) -> bool:
    return all(known.get(choice) in options for choice, options in field.when.items())
