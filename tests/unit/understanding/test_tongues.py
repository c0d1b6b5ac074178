"""Dates, times, numbers and signals as they are written in each language, said on Monday 2 March 2026."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from surereply.domain.facts import Context, Signal
from surereply.domain.flow import Flow, Texts
from surereply.understanding.language import tongues_of
from surereply.understanding.reader import read_text

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("UTC"))


def flow_in(language: str, currency: str) -> Flow:
    """One field of a kind, without a word in its label that could help."""

    def field(kind: str) -> dict[str, Any]:
        return {"type": kind, "label": {language: "—"}, "question": {language: "—"}}

    kinds = ("date", "time", "duration", "count", "money", "country", "person", "place", "yes_no")
    return Flow.model_validate(
        {
            "surereply": 1,
            "name": "tongues",
            "business": {"name": "Sample", "country": "US", "time_zone": "UTC", "currency": currency},
            "languages": [language],
            "texts": dict.fromkeys(Texts.model_fields, "…"),
            "fields": {"service": field("service")} | {kind: field(kind) for kind in kinds},
            "services": {"ONE": {"label": {language: "—"}, "needs": list(kinds)}},
        }
    )


FLOWS = {
    language: flow_in(language.partition("-")[0], currency)
    for language, currency in {
        "en": "USD", "ar": "AED", "es": "MXN", "fr": "EUR", "pt": "BRL", "hi": "INR", "hi-latn": "INR", "ur": "PKR",
    }.items()
}  # fmt: skip


def told(language: str, asked: str, text: str) -> Any:
    reading = read_text(FLOWS[language], text, Context(now=NOW, asked=(asked,), known={"service": "ONE"}))
    return next((fact.value for fact in reading.facts if fact.field == asked), None)


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("es", "pasado mañana", "2026-03-04"),
        ("es", "el viernes que viene", "2026-03-06"),
        ("es", "3 de enero del 2027", "2027-01-03"),
        ("es", "dentro de 10 días", "2026-03-12"),
        ("es", "a principios de abril", "2026-04-01"),
        ("es", "la semana que viene el martes", "2026-03-10"),
        ("pt", "depois de amanhã", "2026-03-04"),
        ("pt", "sexta", "2026-03-06"),
        ("pt", "terça-feira", "2026-03-03"),
        ("pt", "2ª feira", "2026-03-09"),
        ("pt", "dia 18", "2026-03-18"),
        ("pt", "mês que vem", "2026-04-01"),
        ("fr", "après-demain", "2026-03-04"),
        ("fr", "le 1er avril", "2026-04-01"),
        ("fr", "aujourd'hui", "2026-03-02"),
        ("fr", "dans 2 semaines", "2026-03-16"),
        ("fr", "samedi prochain", "2026-03-07"),
        ("hi", "परसों", "2026-03-04"),
        ("hi", "१८ तारीख को", "2026-03-18"),
        ("hi", "अगले हफ्ते मंगलवार", "2026-03-10"),
        ("hi-latn", "kal", "2026-03-03"),
        ("hi-latn", "parso", "2026-03-04"),
        ("hi-latn", "do hafte baad", "2026-03-16"),
        ("hi-latn", "shukravar ko", "2026-03-06"),
        ("ar", "باجر", "2026-03-03"),
        ("ar", "الشهر الجاي", "2026-04-01"),
        ("ar", "الأسبوع الجاي يوم الثلاثاء", "2026-03-10"),
        ("ur", "۱۵ مارچ", "2026-03-15"),
        ("en", "early april", "2026-04-01"),
        ("en", "next month", "2026-04-01"),
    ],
)
def test_a_day_is_read_as_it_is_said_there(language: str, text: str, day: str) -> None:
    assert told(language, "date", text) == day


@pytest.mark.parametrize(
    ("language", "text", "time"),
    [
        ("es", "siete y media", "19:30"),
        ("es", "10 y cuarto de la mañana", "10:15"),
        ("es", "cuarto para las 6", "17:45"),
        ("es", "las seis menos cuarto", "17:45"),
        ("es", "al mediodía", "12:00"),
        ("pt", "às sete", "19:00"),
        ("pt", "8h30", "08:30"),
        ("pt", "quinze pras seis", "17:45"),
        ("pt", "meio-dia e meia", "12:30"),
        ("fr", "9h30", "09:30"),
        ("fr", "10 heures et quart", "10:15"),
        ("fr", "18h moins le quart", "17:45"),
        ("fr", "midi et demi", "12:30"),
        ("hi", "साढ़े दस बजे", "10:30"),
        ("hi", "पौने छह बजे", "17:45"),
        ("hi", "डेढ़ बजे", "13:30"),
        ("hi-latn", "shaam 7 baje", "19:00"),
        ("hi-latn", "subah sadhe das", "10:30"),
        ("hi-latn", "dhai baje", "14:30"),
        ("ar", "خمسة وثلث", "17:20"),
        ("ur", "ساڑھے پانچ بجے", "17:30"),
        ("en", "half 5", "17:30"),
        ("en", "2215", "22:15"),
    ],
)
def test_a_time_is_read_as_it_is_said_there(language: str, text: str, time: str) -> None:
    assert told(language, "time", text) == time


def test_the_morning_is_no_tomorrow() -> None:
    """`mañana` is both."""
    reading = read_text(FLOWS["es"], "a las 8 de la mañana", Context(now=NOW, known={"service": "ONE"}))

    assert [fact.value for fact in reading.facts] == ["08:00"]


@pytest.mark.parametrize(
    ("language", "text", "amount", "currency"),
    [
        ("es", "mil pesos", 1_000, "MXN"),
        ("es", "$1,200", 1_200, "MXN"),
        ("es", "2 millones y medio", 2_500_000, "MXN"),
        ("es", "40 dólares", 40, "USD"),
        ("pt", "R$ 2.500", 2_500, "BRL"),
        ("pt", "2 mil e quinhentos", 2_500, "BRL"),
        ("pt", "meio milhão", 500_000, "BRL"),
        ("fr", "1 200 €", 1_200, "EUR"),
        ("fr", "1,5 million", 1_500_000, "EUR"),
        ("fr", "25000 cfa", 25_000, "XOF"),
        ("fr", "trois cent mille", 300_000, "EUR"),
        ("hi", "डेढ़ करोड़", 15_000_000, "INR"),
        ("hi", "ढाई हज़ार", 2_500, "INR"),
        ("hi-latn", "do hazar", 2_000, "INR"),
        ("hi-latn", "50 lakh", 5_000_000, "INR"),
        ("ar", "٥٠٠٠ درهم", 5_000, "AED"),
        ("ar", "مليون ونص", 1_500_000, "AED"),
        ("ur", "پانچ ہزار روپے", 5_000, "PKR"),
    ],
)
def test_money_is_read_as_it_is_said_there(language: str, text: str, amount: int, currency: str) -> None:
    assert told(language, "money", text) == {"amount": amount, "currency": currency}


@pytest.mark.parametrize(
    ("language", "text", "first", "last"),
    [
        ("es", "entre 500 y 700", 500, 700),
        ("pt", "entre 100 e 150", 100, 150),
        ("fr", "entre 300 et 400", 300, 400),
        ("hi-latn", "20 se 25 hazar", 20_000, 25_000),
        ("ar", "٧٠ الى ٨٠ الف", 70_000, 80_000),
        ("en", "20 to 25 thousand", 20_000, 25_000),
    ],
)
def test_two_amounts_make_a_range_and_share_their_scale(language: str, text: str, first: int, last: int) -> None:
    value = told(language, "money", text)

    assert (value["from"]["amount"], value["to"]["amount"]) == (first, last)


@pytest.mark.parametrize(
    ("language", "text", "people"),
    [
        ("en", "2 adults + 1 kid", 3),
        ("en", "me and my husband", 2),
        ("es", "2 adultos y 2 niños", 4),
        ("es", "mi esposa y yo", 2),
        ("pt", "2 adultos e 1 criança", 3),
        ("fr", "ma femme et moi", 2),
        ("fr", "une dizaine", 10),
        ("hi", "दो बड़े और एक बच्चा", 3),
        ("hi-latn", "main aur meri wife", 2),
        ("ar", "انا وزوجتي", 2),
    ],
)
def test_people_are_counted_together(language: str, text: str, people: int) -> None:
    assert told(language, "count", text) == people


@pytest.mark.parametrize(
    ("language", "text", "amount", "unit"),
    [
        ("es", "mes y medio", 1.5, "month"),
        ("es", "quince días", 15, "day"),
        ("pt", "um mês e meio", 1.5, "month"),
        ("fr", "six mois", 6, "month"),
        ("hi", "डेढ़ महीना", 1.5, "month"),
        ("hi-latn", "ek hafta", 1, "week"),
        ("ar", "شهر ونص", 1.5, "month"),
        ("en", "a fortnight", 2, "week"),
        ("en", "couple of days", 2, "day"),
    ],
)
def test_a_length_is_read_as_it_is_said_there(language: str, text: str, amount: float, unit: str) -> None:
    assert told(language, "duration", text) == {"amount": amount, "unit": unit}


@pytest.mark.parametrize(
    ("language", "text", "code"),
    [
        ("es", "soy peruana", "PE"),
        ("es", "eeuu", "US"),
        ("pt", "brasileiro", "BR"),
        ("fr", "sénégalais", "SN"),
        ("fr", "Maroc", "MA"),
        ("hi", "भारतीय", "IN"),
        ("hi-latn", "nepali", "NP"),
        ("ar", "سوري", "SY"),
        ("ur", "پاکستان", "PK"),
    ],
)
def test_a_people_is_known_by_its_own_word(language: str, text: str, code: str) -> None:
    assert told(language, "country", text) == code


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("es", "me llamo Lucía", "Lucía"),
        ("pt", "aqui é o Marcão", "Marcão"),
        ("fr", "moi c'est Fatou", "Fatou"),
        ("hi", "मेरा नाम सुनीता वर्मा है", "सुनीता वर्मा"),
        ("hi-latn", "mera naam Sunita hai", "Sunita"),
        ("ar", "معك ام فهد", "ام فهد"),
        ("ur", "میرا نام احمد رضا ہے", "احمد رضا"),
    ],
)
def test_a_name_is_read_without_its_cue(language: str, text: str, name: str) -> None:
    assert told(language, "person", text) == name


@pytest.mark.parametrize(
    ("language", "yes", "no"),
    [
        ("en", "yh", "nah"),
        ("ar", "اه طبعا", "معنديش"),
        ("es", "claro que sí", "nop"),
        ("fr", "ouais", "pas du tout"),
        ("pt", "aham", "ñ"),
        ("hi", "जी हाँ", "नहीं"),
        ("hi-latn", "haan ji", "nhi"),
        ("ur", "جی ہاں", "نہیں"),
    ],
)
def test_yes_and_no_are_heard(language: str, yes: str, no: str) -> None:
    assert told(language, "yes_no", yes) is True
    assert told(language, "yes_no", no) is False


@pytest.mark.parametrize(
    ("language", "text", "signal"),
    [
        ("es", "me pasas con un asesor", Signal.WANTS_PERSON),
        ("es", "pésimo servicio", Signal.ANGRY),
        ("es", "voy a hablar con mi abogado", Signal.LEGAL_THREAT),
        ("es", "BAJA", Signal.STOP),
        ("es", "me hacen un descuento?", Signal.WANTS_DISCOUNT),
        ("fr", "je veux parler à quelqu'un", Signal.WANTS_PERSON),
        ("fr", "bande d'arnaqueurs", Signal.ANGRY),
        ("fr", "je vais porter plainte", Signal.LEGAL_THREAT),
        ("fr", "merci bonne journée", Signal.GOODBYE),
        ("pt", "quero falar com um atendente", Signal.WANTS_PERSON),
        ("pt", "que palhaçada", Signal.ANGRY),
        ("pt", "vou acionar o procon", Signal.LEGAL_THREAT),
        ("pt", "vlw", Signal.THANKS),
        ("hi", "किसी इंसान से बात करनी है", Signal.WANTS_PERSON),
        ("hi", "बहुत घटिया सर्विस है", Signal.ANGRY),
        ("hi", "कोर्ट में मिलेंगे", Signal.LEGAL_THREAT),
        ("hi-latn", "customer care se baat karao", Signal.WANTS_PERSON),
        ("hi-latn", "bahut ghatiya service hai", Signal.ANGRY),
        ("hi-latn", "thoda kam karo", Signal.WANTS_DISCOUNT),
        ("hi-latn", "band karo", Signal.STOP),
        ("ar", "عايز اكلم حد من خدمة العملاء", Signal.WANTS_PERSON),
        ("ar", "خدمتكم زفت", Signal.ANGRY),
        ("ur", "کسی سے بات کرنی ہے", Signal.WANTS_PERSON),
        ("ur", "شکریہ", Signal.THANKS),
    ],
)
def test_a_signal_is_heard_in_every_language(language: str, text: str, signal: Signal) -> None:
    reading = read_text(FLOWS[language], text, Context(now=NOW, known={"service": "ONE"}))

    assert signal in reading.signals


@pytest.mark.parametrize(("language", "text"), [("pt", "no centro"), ("es", "sale a las 5"), ("hi-latn", "do log")])
def test_a_word_that_is_english_too_is_read_in_its_own_language(language: str, text: str) -> None:
    """`no` is "in the" in Portuguese, `do` is two in Hindi."""
    signals = read_text(FLOWS[language], text, Context(now=NOW, known={"service": "ONE"})).signals

    assert not signals & {Signal.NO, Signal.YES, Signal.QUESTION}


def test_the_tongue_is_chosen_by_the_message() -> None:
    assert tongues_of(("en", "ar")) == (("en", "ar"),)
    assert tongues_of(("es", "en")) == (("es", "en"), ("en",))
    assert tongues_of(("hi",)) == (("hi", "hi-latn", "en"), ("hi", "en"))
    assert tongues_of(("pt-BR",)) == (("pt", "en"),)
