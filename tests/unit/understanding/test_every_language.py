"""What the field's rows ask for, in every language that is read: through the reader and the real decision."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from support.every_language import LANGUAGES, NOW, OPTIONS, PRICE, flow_in
from surereply.domain.facts import Context, Signal, Source
from surereply.domain.message import Location, Message, MessageKind
from surereply.domain.rehearsal import Rehearsal, begin, customer_says, customer_sends, customer_taps
from surereply.understanding.reader import read, read_text

# What customers write, by row: TURN-7 a question for an answer, TURN-10 several fields in several lines,
# LEAD-4 a correction, LEAD-8 two values of one kind, LEAD-10 not knowing, later, rather not.
SAID: dict[str, dict[str, Any]] = {
    "en": {
        "question": "how much is it?",
        "foreign": "do you sell bicycles?",
        "lines": "rent please\n2 rooms\nmy email is a@b.com",
        "correction": "no, my email is c@d.com",
        "two": "thursday and saturday",
        "unsaid": ("i don't know", "i'll tell you later", "prefer not to say"),
    },
    "ar": {
        "question": "كم السعر؟",
        "foreign": "هل تبيعون الدراجات؟",
        "lines": "ابي ايجار\n٢ غرف\nالايميل a@b.com",
        "correction": "لا، ايميلي c@d.com",
        "two": "الخميس والسبت",
        "unsaid": ("ما اعرف", "بعدين اقولك", "ما ابي اقول"),
    },
    "es": {
        "question": "¿cuánto cuesta?",
        "foreign": "¿venden bicicletas?",
        "lines": "alquiler por favor\n2 habitaciones\nmi correo es a@b.com",
        "correction": "no, mi correo es c@d.com",
        "two": "el jueves y el sábado",
        "unsaid": ("no sé", "luego te digo", "prefiero no decirlo"),
    },
    "fr": {
        "question": "c'est combien ?",
        "foreign": "vous vendez des vélos ?",
        "lines": "location svp\n2 chambres\nmon mail c'est a@b.com",
        "correction": "non, mon mail c'est c@d.com",
        "two": "jeudi et samedi",
        "unsaid": ("je sais pas", "plus tard", "je préfère pas le dire"),
    },
    "pt": {
        "question": "quanto custa?",
        "foreign": "vocês vendem bicicletas?",
        "lines": "aluguel por favor\n2 quartos\nmeu email é a@b.com",
        "correction": "não, meu email é c@d.com",
        "two": "quinta e sábado",
        "unsaid": ("não sei", "te falo depois", "prefiro não falar"),
    },
    "hi": {
        "question": "कितना लगेगा?",
        "foreign": "क्या आप साइकिल बेचते हैं?",
        "lines": "किराया चाहिए\n2 कमरे\nमेरा ईमेल a@b.com है",
        "correction": "नहीं, मेरा ईमेल c@d.com है",
        "two": "गुरुवार और शनिवार",
        "unsaid": ("पता नहीं", "बाद में बताता हूँ", "नहीं बताना"),
    },
    "hi-latn": {
        "question": "kitna lagega?",
        "foreign": "kya aap cycle bechte ho?",
        "lines": "किराया chahiye\n2 कमरे\nmera email a@b.com hai",
        "correction": "nahi, mera email c@d.com hai",
        "two": "guruvar aur shanivar",
        "unsaid": ("pata nahi", "baad me batata hu", "nahi batana"),
    },
    "ur": {
        "question": "کتنا لگے گا؟",
        "foreign": "کیا آپ سائیکل بیچتے ہیں؟",
        "lines": "کرایہ چاہیے\n۲ کمرے\nمیرا ای میل a@b.com ہے",
        "correction": "نہیں، میرا ای میل c@d.com ہے",
        "two": "جمعرات اور اتوار",
        "unsaid": ("پتہ نہیں", "بعد میں بتاتا ہوں", "نہیں بتانا چاہتا"),
    },
}
SECOND_DAY = {language: "2026-03-08" if language == "ur" else "2026-03-07" for language in LANGUAGES}


def after(language: str, *messages: str) -> Rehearsal:
    """The conversation after these messages, a minute apart."""
    rehearsal, now = begin(flow_in(language)), NOW
    for text in messages:
        rehearsal, now = customer_says(rehearsal, text, now, read), now + timedelta(minutes=1)
    return rehearsal


def known(rehearsal: Rehearsal) -> dict[str, Any]:
    return {name: held.value for name, held in rehearsal.lead.fields.items()} if rehearsal.lead else {}


def said(rehearsal: Rehearsal) -> str:
    """What we answered, with the names of the flow's texts for their words."""
    return " ".join(draft.body.text for draft in rehearsal.turn.replies) if rehearsal.turn else ""


def asked(rehearsal: Rehearsal) -> str | None:
    return rehearsal.turn.replies[-1].question_key if rehearsal.turn and rehearsal.turn.replies else None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_is_not_stored_as_the_answer(language: str) -> None:
    """TURN-7: what was asked stays asked."""
    reading = read_text(flow_in(language), SAID[language]["question"], Context(now=NOW, asked=("full_name",)))

    assert reading.facts == ()
    assert Signal.QUESTION in reading.signals
    assert [hit.entry for hit in reading.knowledge] == ["price"]


@pytest.mark.parametrize(
    ("language", "text"),
    [("hi", "फीस नहीं है"), ("hi-latn", "fees nahi hai"), ("ur", "فیس نہیں ہے"), ("pt", "sem custo")],
)
def test_what_is_denied_asks_nothing(language: str, text: str) -> None:
    """TURN-7"""
    assert read_text(flow_in(language), text, Context(now=NOW)).knowledge == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_is_answered_and_the_pending_one_put_again_uncounted(language: str) -> None:
    """TURN-7"""
    before = after(language, SAID[language]["lines"])
    rehearsal = after(language, SAID[language]["lines"], SAID[language]["question"])

    assert PRICE in said(rehearsal)
    assert (asked(before), asked(rehearsal)) == ("days", "days")
    assert known(rehearsal) == known(before)
    assert rehearsal.conversation.questions_asked_count == before.conversation.questions_asked_count


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_that_no_entry_answers_is_left_to_a_colleague(language: str) -> None:
    """TURN-7: and what was asked stays asked."""
    rehearsal = after(language, SAID[language]["lines"], SAID[language]["foreign"])

    assert "unknown_answer" in said(rehearsal)
    assert asked(rehearsal) == "days"
    assert "days" not in known(rehearsal)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [MessageKind.IMAGE, MessageKind.AUDIO, MessageKind.STICKER, MessageKind.LOCATION])
def test_media_are_nobody_s_name(language: str, kind: MessageKind) -> None:
    """TURN-8"""
    message = Message(UUID(int=1), "wamid.1", kind, "", NOW, NOW, location=Location(25.2, 55.3))

    assert read(flow_in(language), message, Context(now=NOW, asked=("full_name",))).facts == ()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [MessageKind.IMAGE, MessageKind.AUDIO, MessageKind.STICKER, MessageKind.LOCATION])
def test_who_sends_media_for_an_answer_is_asked_to_type_and_then_understood(language: str, kind: MessageKind) -> None:
    """TURN-8"""
    before = after(language, SAID[language]["lines"])

    sent_at = NOW + timedelta(hours=1)
    message = Message(UUID(int=999), "wamid.999", kind, "", sent_at, sent_at, location=Location(25.2, 55.3))
    sent = customer_sends(before, message, sent_at, read)
    typed = customer_says(sent, SAID[language]["two"], NOW + timedelta(hours=2), read)

    assert known(sent) == known(before)
    assert "ask_to_type" in said(sent)
    assert asked(sent) == "days"
    assert known(typed)["days"] == ["2026-03-05", SECOND_DAY[language]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tap_counts_as_the_answer_it_stands_for(language: str) -> None:
    """TURN-9"""
    rehearsal = after(language, SAID[language]["lines"], SAID[language]["two"])
    assert asked(rehearsal) == "kind"

    tapped = customer_taps(rehearsal, OPTIONS["house"][language.partition("-")[0]], NOW + timedelta(hours=1), read)

    assert tapped is not None
    assert known(tapped)["kind"] == "house"


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_fields_in_several_lines_are_all_taken_and_none_is_asked_again(language: str) -> None:
    """TURN-10"""
    rehearsal = after(language, SAID[language]["lines"])

    assert known(rehearsal) == {"service": "RENT", "rooms": 2, "email": "a@b.com"}
    assert asked(rehearsal) == "days"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_service_stays_when_a_message_names_none(language: str) -> None:
    """LEAD-1"""
    rehearsal = after(language, SAID[language]["lines"], SAID[language]["two"])

    assert rehearsal.lead is not None
    assert rehearsal.lead.service_type_enum == "RENT"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", ["question", "foreign", "two", "correction"])
def test_no_message_that_names_none_takes_the_service_away(language: str, what: str) -> None:
    """LEAD-1"""
    rehearsal = after(language, SAID[language]["lines"], SAID[language][what])

    assert known(rehearsal)["service"] == "RENT"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_correction_replaces_the_value_and_the_old_one_is_on_record(language: str) -> None:
    """LEAD-4"""
    rehearsal = after(language, SAID[language]["lines"], SAID[language]["correction"])

    assert known(rehearsal)["email"] == "c@d.com"
    assert rehearsal.turn is not None
    changes = [change for change in rehearsal.turn.changes if change.field == "email"]
    assert [(change.old.value, change.old.source) for change in changes if change.old] == [("a@b.com", Source.STATED)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_values_of_one_kind_none_is_lost(language: str) -> None:
    """LEAD-8"""
    rehearsal = after(language, SAID[language]["lines"], SAID[language]["two"])

    assert known(rehearsal)["days"] == ["2026-03-05", SECOND_DAY[language]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", [0, 1, 2], ids=["not known", "later", "rather not"])
def test_what_they_do_not_want_to_say_is_skipped_and_not_asked_again(language: str, number: int) -> None:
    """LEAD-10"""
    unsaid = SAID[language]["unsaid"][number]
    rehearsal = after(language, SAID[language]["lines"], unsaid)

    assert "days" not in known(rehearsal)
    assert asked(rehearsal) == "kind", f"{unsaid}: {rehearsal.reading}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_skipped_field_never_comes_up_again(language: str) -> None:
    """LEAD-10: until the lead is closed."""
    messages = [SAID[language]["lines"], SAID[language]["unsaid"][2]]
    while asked(after(language, *messages)) is not None and len(messages) < 8:
        messages.append(OPTIONS["house"][language.partition("-")[0]])

    asked_for = [asked(after(language, *messages[:count])) for count in range(2, len(messages) + 1)]
    assert "days" not in asked_for
    assert "kind" in asked_for
