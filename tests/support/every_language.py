"""A flow of one language, its labels alone, in each language that is read."""

from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from surereply.domain.flow import Flow, Texts

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=ZoneInfo("Asia/Dubai"))  # a Monday
LANGUAGES = ("en", "ar", "es", "fr", "pt", "hi", "hi-latn", "ur")

LABELS: dict[str, dict[str, str]] = {
    "service": {"en": "Wish", "ar": "الطلب", "es": "Deseo", "fr": "Projet", "pt": "Pedido", "hi": "काम", "ur": "کام"},
    "full_name": {"en": "Name", "ar": "الاسم", "es": "Nombre", "fr": "Nom", "pt": "Nome", "hi": "नाम", "ur": "نام"},
    "email": {
        "en": "E-mail",
        "ar": "الايميل",
        "es": "Correo",
        "fr": "Mail",
        "pt": "E-mail",
        "hi": "ईमेल",
        "ur": "ای میل",
    },
    "rooms": {
        "en": "Rooms",
        "ar": "غرف",
        "es": "Habitaciones",
        "fr": "Chambres",
        "pt": "Quartos",
        "hi": "कमरे",
        "ur": "کمرے",
    },
    "days": {"en": "Days", "ar": "أيام", "es": "Días", "fr": "Jours", "pt": "Dias", "hi": "दिन", "ur": "دن"},
    "kind": {"en": "Kind", "ar": "النوع", "es": "Tipo", "fr": "Type", "pt": "Tipo", "hi": "प्रकार", "ur": "قسم"},
}
OPTIONS = {
    "flat": {
        "en": "Flat",
        "ar": "شقة",
        "es": "Piso",
        "fr": "Appartement",
        "pt": "Apartamento",
        "hi": "फ्लैट",
        "ur": "فلیٹ",
    },
    "house": {"en": "House", "ar": "بيت", "es": "Casa", "fr": "Maison", "pt": "Casa", "hi": "मकान", "ur": "مکان"},
}
RENT = {"en": "Rent", "ar": "إيجار", "es": "Alquiler", "fr": "Location", "pt": "Aluguel", "hi": "किराया", "ur": "کرایہ"}


PRICE = "900"
HOW_MUCH = {
    "en": "how much is it",
    "ar": "كم السعر",
    "es": "cuánto cuesta",
    "fr": "c'est combien",
    "pt": "quanto custa",
    "hi": "कितने पैसे लगेंगे",
    "ur": "کتنے پیسے لگیں گے",
}


@cache
def flow_in(language: str) -> Flow:
    """A flow of one language, labels alone: what an owner writes without thinking of synonyms."""
    spoken = language.partition("-")[0]

    def field(name: str, kind: str, **more: Any) -> dict[str, Any]:
        label = LABELS[name][spoken]
        return {"type": kind, "label": {spoken: label}, "question": {spoken: f"{label}?"}, **more}

    options = {key: {"label": {spoken: labels[spoken]}} for key, labels in OPTIONS.items()}
    return Flow.model_validate(
        {
            "surereply": 1,
            "name": "every-language",
            "business": {"name": "Sample", "country": "AE", "time_zone": "Asia/Dubai", "currency": "AED"},
            "languages": [spoken],
            "texts": {name: name for name in Texts.model_fields},
            "fields": {
                "service": field("service", "service"),
                "email": field("email", "email"),
                "rooms": field("rooms", "count", minimum=0, maximum=20),
                "days": field("days", "list", of="date", past=False),
                "kind": field("kind", "choice", options=options),
                "full_name": field("full_name", "person"),
            },
            "services": {"RENT": {"label": {spoken: RENT[spoken]}, "needs": ["email", "rooms", "days", "kind"]}},
            "knowledge": {"price": {"questions": {spoken: [HOW_MUCH[spoken]]}, "answer": {spoken: PRICE}}},
        }
    )
