"""A flow with a field of every type, and customers who talk to it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.understanding.reader import read_text

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Asia/Dubai"))  # a Monday

Say = Callable[..., Reading]


def field(kind: str, label: str, arabic: str = "", **more: Any) -> dict[str, Any]:
    labels = {"en": label, "ar": arabic} if arabic else {"en": label}
    return {"type": kind, "label": labels, "question": {"en": f"{label}?"}, **more}


FIELDS: dict[str, dict[str, Any]] = {
    "service": field("service", "Service", "الخدمة"),
    "full_name": field("person", "Full name", "الاسم الكامل", personal=True),
    "email": field("email", "E-mail", "البريد"),
    "phone": field("phone", "Phone", "الهاتف"),
    "nationality": field("country", "Nationality", "الجنسية"),
    "family_in": field("country", "Country of the family"),
    "area": field("place", "Area", "المنطقة"),
    "visa_expiry": field("list", "Visa expiry", of="date", cues={"en": ["visa expires"], "ar": ["تأشيرتي تنتهي"]}),
    "passport_expiry": field("list", "Passport expiry", of="date", cues={"en": ["passport expires"]}),
    "born": field("date", "Date of birth", past=True, cues={"en": ["born", "birthday"]}),
    "meeting": field("date", "Meeting", "الاجتماع", past=False),
    "call_time": field("time", "Time to call", "وقت الاتصال", cues={"en": ["call"]}),
    "stay": field("duration", "Length of the stay", "مدة الإقامة"),
    "partners": field("count", "Partners", minimum=1, maximum=20, cues={"en": ["partners"], "ar": ["شريك", "شركاء"]}),
    "bedrooms": field("count", "Bedrooms", "غرف", minimum=0, maximum=9, cues={"en": ["bed"], "ar": ["غرفة", "غرف"]}),
    "budget": field("money", "Budget", "الميزانية", minimum=1_000),
    "pets": field("yes_no", "Pets", cues={"en": ["pets", "dog", "cat"]}),
    "inside": field("yes_no", "Inside the country", "داخل الدولة", cues={"en": ["inside the country"], "ar": ["داخل"]}),
    "furnished": field("yes_no", "Furnished", "مفروش", cues={"en": ["furnished"], "ar": ["مفروش"]}),
    "licence": field(
        "choice",
        "Licence",
        options={
            "mainland": {"label": {"en": "Mainland", "ar": "بر رئيسي"}, "synonyms": {"en": ["onshore"]}},
            "freezone": {"label": {"en": "Free zone", "ar": "منطقة حرة"}, "synonyms": {"en": ["freezone"]}},
        },
    ),
    "length": field(
        "choice",
        "Length of the visa",
        options={
            "days_30": {"label": "30 days", "synonyms": {"en": ["one month"], "ar": ["شهر"]}},
            "days_60": {"label": "60 days", "synonyms": {"en": ["two months"], "ar": ["شهرين"]}},
        },
    ),
    "languages": field(
        "list",
        "Languages",
        of="choice",
        options={"urdu": {"label": "Urdu"}, "hindi": {"label": "Hindi"}, "tagalog": {"label": "Tagalog"}},
    ),
    "activity": field("text", "Activity", "النشاط"),
    "file_number": field("text", "File number", pattern="[A-Z]{2}[0-9]{4}"),
}

TEXTS = dict.fromkeys(
    [
        "greeting",
        "closing",
        "handover",
        "opted_out",
        "opted_in",
        "confirmation",
        "ask_to_type",
        "unknown_answer",
        "not_understood",
        "thanks",
        "open_request",
    ],
    "…",
)


def sample_flow(**more_fields: Any) -> Flow:
    """The sample flow, with some more fields."""
    return Flow.model_validate(
        {
            "surereply": 1,
            "name": "sample",
            "business": {"name": "Sample", "country": "AE", "time_zone": "Asia/Dubai", "currency": "AED"},
            "languages": ["en", "ar"],
            "texts": TEXTS,
            "fields": FIELDS | more_fields,
            "services": {
                "VISIT_VISA": {"label": {"en": "Visit visa", "ar": "تأشيرة زيارة"}, "needs": ["nationality", "length"]},
                "FAMILY_VISA": {
                    "label": {"en": "Family visa", "ar": "إقامة عائلية"},
                    "synonyms": {"en": ["visa for my wife"]},
                    "needs": ["family_in", "nationality", "visa_expiry", "passport_expiry"],
                },
                "CANCELLATION": {
                    "label": {"en": "Cancellation", "ar": "إلغاء"},
                    "synonyms": {"en": ["cancel visa", "cancel visas", "partner visa"]},
                    "needs": ["bedrooms"],
                },
                "FREEZONE_COMPANY": {
                    "label": {"en": "Free zone company", "ar": "شركة منطقة حرة"},
                    "needs": ["licence", "partners", "activity"],
                },
            },
            "always": ["full_name"],
            "knowledge": {
                "price": {
                    "questions": {"en": ["how much is it", "what is the price"], "ar": ["كم السعر"]},
                    "answer": "…",
                },
                "price_family": {
                    "questions": {"en": ["how much is a family visa"]},
                    "answer": "…",
                    "services": ["FAMILY_VISA"],
                },
                "documents": {
                    "questions": {"en": ["which documents do I need"], "ar": ["ما هي المستندات المطلوبة"]},
                    "answer": "…",
                },
                "address": {"questions": {"en": ["where is your office"], "ar": ["وين مكتبكم"]}, "answer": "…"},
            },
            "words": {"person": {"en": ["typist"]}, "stop": {"en": ["basta"]}},
        }
    )


@pytest.fixture(scope="session")
def flow() -> Flow:
    return sample_flow()


@pytest.fixture(scope="session")
def say(flow: Flow) -> Say:
    """`say("tomorrow", asked="meeting", known={…})` → what was read."""
    return saying(flow)


def saying(flow: Flow) -> Say:
    """`say` for a flow."""

    def reads(text: str, asked: str = "", **around: Any) -> Reading:
        return read_text(flow, text, Context(now=NOW, asked=tuple(asked.split()), **around))

    return reads


@pytest.fixture(scope="session")
def say_with() -> Callable[..., Say]:
    """`say_with(insured={"type": "yes_no", …})` → `say` for the sample flow with one more field."""
    return lambda **fields: saying(sample_flow(**{name: field(**given) for name, given in fields.items()}))


@pytest.fixture(scope="session")
def told(say: Say) -> Callable[..., dict[str, Any]]:
    """Like `say`, and only the values that were understood surely."""
    return lambda text, asked="", **around: values(say(text, asked, **around))


def values(reading: Reading, least: float = 0.6) -> dict[str, Any]:
    """Field → value of the facts that are at least this sure; the items of lists together."""
    found: dict[str, Any] = {}
    for fact in reading.facts:
        if fact.confidence >= least:
            joined = [*found.get(fact.field, []), *fact.value] if isinstance(fact.value, list) else fact.value
            found[fact.field] = joined
    return found
