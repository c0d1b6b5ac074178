"""Scripted people: who they are, what is true of them, how they say it, and how they behave."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import phonenumbers
from babel.dates import format_date

from surereply.domain.facts import Value
from surereply.domain.flow import FieldType, Flow, FlowField
from surereply.domain.flow_texts import in_language, words_in

ENGLISH, ARABIC = "en", "ar"


class Temper(StrEnum):
    """What a persona does beside answering."""

    PLAIN = "plain"  # answers what is asked
    TELLS_ALL = "tells_all"  # several fields in the first message
    BURSTS = "bursts"  # three quick messages in place of one
    ASKS_BACK = "asks_back"  # answers a question with a question about the price
    SENDS_PHOTO = "sends_photo"  # a photo in place of an answer
    DOES_NOT_KNOW = "does_not_know"  # one of the answers
    CHANGES_MIND = "changes_mind"  # corrects an answer in the next message
    STOPS = "stops"
    WANTS_PERSON = "wants_person"
    ANGRY = "angry"
    SENDS_VOICE = "sends_voice"  # the answer as a voice note; typed when asked to


@dataclass(frozen=True, slots=True)
class Truth:
    """A value as a lead should hold it, and the words in which this person says it."""

    value: Value
    words: str


@dataclass(frozen=True, slots=True)
class Persona:
    name: str
    language: str
    temper: Temper
    service: str
    truths: Mapping[str, Truth]  # for every field of the flow, whether or not it is asked
    taps: bool  # taps buttons where there are any; otherwise always types

    def phrase(self, key: str) -> str:
        return PHRASES[key].get(self.language, PHRASES[key][ENGLISH])


PHRASES = {
    "hello": {"en": "hi", "ar": "السلام عليكم"},
    "price": {"en": "how much is it?", "ar": "كم السعر؟"},
    "dont_know": {"en": "I don't know", "ar": "لا أعرف"},
    "stop": {"en": "STOP", "ar": "توقف"},
    "person": {"en": "can I speak to a person please?", "ar": "ممكن أتكلم مع موظف؟"},
    "angry": {"en": "this is terrible service, I am really angry", "ar": "خدمة سيئة جداً وأنا زعلان"},
    "thanks": {"en": "thank you!", "ar": "شكراً لك"},
    "yes": {"en": "yes", "ar": "نعم"},
    "no": {"en": "no", "ar": "لا"},
    "correction": {"en": "sorry, no, {label} is {words}", "ar": "عفواً، لا، {label} {words}"},
    "want": {"en": "hi, it is about {words}", "ar": "مرحبا، بخصوص {words}"},
}
NAMES = {
    "en": ("Sara Khan", "Omar Haddad", "Priya Nair", "James Walsh", "Lena Fischer", "Maria Santos", "Tom Becker"),
    "ar": ("سارة خان", "عمر حداد", "ليلى منصور", "خالد العامري", "مريم يوسف"),
}
MAIL_NAMES = ("sara.khan", "omar.h", "priya_nair", "j.walsh", "lena.fischer", "maria.santos", "tom")
COUNTRIES = (
    ("IN", {"en": "India", "ar": "الهند"}),
    ("EG", {"en": "Egypt", "ar": "مصر"}),
    ("GB", {"en": "United Kingdom", "ar": "بريطانيا"}),
    ("JO", {"en": "Jordan", "ar": "الأردن"}),
    ("PK", {"en": "Pakistan", "ar": "باكستان"}),
    ("PH", {"en": "Philippines", "ar": "الفلبين"}),
)
PLACES = {
    "AE": {"en": ("Dubai", "Abu Dhabi", "Sharjah"), "ar": ("دبي", "أبوظبي", "الشارقة")},
    "GB": {"en": ("Brighton", "Lewes", "Hove")},
    "IE": {"en": ("Dublin", "Cork", "Galway")},
}
LOCALES = {"en": "en_GB", "ar": "ar_AE"}
# Fields for which a type alone would make nonsense: what the example flows ask for in free words or money.
OVERRIDES: dict[str, tuple[Truth | Mapping[str, Truth], ...]] = {
    "activity": ({"en": Truth("general trading", "general trading"), "ar": Truth("تجارة عامة", "تجارة عامة")},),
    "property": (Truth("22 Mill Lane", "22 Mill Lane"),),
    "tooth": (Truth("upper left", "upper left"), Truth("lower right", "lower right")),
    "rent_budget": (Truth({"amount": 1500, "currency": "GBP"}, "1500"),),
    "price_budget": (Truth({"amount": 350000, "currency": "GBP"}, "350k"),),
    "asking_price": (Truth({"amount": 450000, "currency": "GBP"}, "450,000"),),
    "preferred_time": (Truth("10:30", "10:30"), Truth("17:00", "5 pm"), Truth("14:00", "2pm")),
    "viewing_time": (Truth("10:30", "10:30"), Truth("17:00", "5pm")),
}


def make_persona(flow: Flow, number: int, seed: int, today: date, temper: Temper | None = None) -> Persona:
    """The persona of a number: tempers and languages take turns, the rest hangs on the seed."""
    chance = random.Random(f"persona:{seed}:{flow.name}:{number}")
    tempers = list(Temper)
    spoken = [language for language in flow.languages if language in NAMES] or [ENGLISH]
    # Every third speaks the next language, so that each temper meets each of them.
    language = spoken[(number // 3) % len(spoken)]
    service = chance.choice(sorted(name for name, service in flow.services.items() if service.needs))
    truths = {
        name: _service_truth(flow, service, language, chance)
        if field.type is FieldType.SERVICE
        else _truth(name, field, flow, language, chance, today)
        for name, field in flow.fields.items()
    }
    names = [truth.words for name, truth in truths.items() if flow.fields[name].type is FieldType.PERSON]
    return Persona(
        name=names[0] if names else chance.choice(NAMES[language]),
        language=language,
        temper=temper or tempers[number % len(tempers)],
        service=service,
        truths=truths,
        taps=chance.random() < 0.7,
    )


def other_truth(name: str, told: Truth, flow: Flow, language: str, chance: random.Random) -> Truth | None:
    """Another value for a field of which one changes one's mind; None where there is no other."""
    field = flow.fields[name]
    if field.type is FieldType.COUNT:
        changed = int(told.value) + 1
        return Truth(changed, str(changed)) if changed <= (field.maximum or changed) else None
    if field.type is FieldType.CHOICE:
        others = [option for option in field.options if option != told.value]
        picked = chance.choice(others) if others else None
        return _option_truth(picked, field, flow, language) if picked is not None else None
    return None


def _service_truth(flow: Flow, service: str, language: str, chance: random.Random) -> Truth:
    label = in_language(flow.services[service].label, language, flow.languages[0])
    # Of the synonyms those of several words: one alone ("view", "broken") says too little to build a talk on.
    synonyms = [words for words in words_in(flow.services[service].synonyms, language) if " " in words]
    return Truth(service, chance.choice([label, *synonyms[:3]]))


def _truth(name: str, field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    if name in OVERRIDES:
        picked = chance.choice(OVERRIDES[name])
        if isinstance(picked, Truth):
            return picked
        return picked.get(language, picked[ENGLISH])
    kind = field.of if field.type is FieldType.LIST and field.of is not None else field.type
    made = _MAKERS[kind](field, flow, language, chance, today)
    return Truth([made.value], made.words) if field.type is FieldType.LIST else made


def _option_truth(option: str, field: FlowField, flow: Flow, language: str) -> Truth:
    return Truth(option, in_language(field.options[option].label, language, flow.languages[0]))


def _choice(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    return _option_truth(chance.choice(list(field.options)), field, flow, language)


def _yes_no(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    value = chance.random() < 0.5
    texts = flow.texts.yes if value else flow.texts.no
    return Truth(value, in_language(texts, language, flow.languages[0]).lower())


def _person(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    name = chance.choice(NAMES[language])
    return Truth(name, name)


def _country(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    code, names = chance.choice(COUNTRIES)
    return Truth(code, names[language])


def _place(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    known = PLACES.get(flow.business.country, {"en": ("London", "Madrid")})
    place = chance.choice(known.get(language, known[ENGLISH]))
    return Truth(place, place)


def _phone(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    example = phonenumbers.example_number_for_type(flow.business.country, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:  # a country without mobile phones
        raise ValueError(f"no example of a phone number is known for {flow.business.country}")
    number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
    return Truth(number, number)


def _email(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    address = f"{chance.choice(MAIL_NAMES)}{chance.randrange(10, 99)}@example.com"
    return Truth(address, address)


def _date(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    days = chance.randrange(10, 60)
    day = today - timedelta(days=days) if field.past else today + timedelta(days=days)
    # With its year where it is past: a bare day and month mean the next one.
    year = f" {day.year}" if field.past else ""
    return Truth(day.isoformat(), format_date(day, "d MMMM", locale=LOCALES[language]) + year)


def _time(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    hour = chance.randrange(9, 18)
    return Truth(f"{hour:02}:30", f"{hour}:30")


def _duration(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    amount = chance.randrange(2, 7)
    words = {"en": f"{amount} days", "ar": f"{amount} أيام"}
    return Truth({"amount": amount, "unit": "day"}, words[language])


def _count(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    least = int(field.minimum or 1)
    value = chance.randint(least, min(int(field.maximum or least + 4), least + 4))
    return Truth(value, str(value))


def _money(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    amount = int((field.minimum or 1000) * chance.randint(2, 9)) or 2000
    amount = min(amount, int(field.maximum)) if field.maximum else amount
    return Truth({"amount": amount, "currency": flow.business.currency}, f"{amount} {flow.business.currency}")


def _text(field: FlowField, flow: Flow, language: str, chance: random.Random, today: date) -> Truth:
    words = {"en": ("online shop", "consulting", "restaurant"), "ar": ("متجر إلكتروني", "استشارات", "مطعم")}
    text = chance.choice(words[language])
    return Truth(text, text)


_Maker = Callable[[FlowField, Flow, str, random.Random, date], Truth]
_MAKERS: dict[FieldType, _Maker] = {
    FieldType.CHOICE: _choice,
    FieldType.YES_NO: _yes_no,
    FieldType.PERSON: _person,
    FieldType.COUNTRY: _country,
    FieldType.PLACE: _place,
    FieldType.PHONE: _phone,
    FieldType.EMAIL: _email,
    FieldType.DATE: _date,
    FieldType.TIME: _time,
    FieldType.DURATION: _duration,
    FieldType.COUNT: _count,
    FieldType.MONEY: _money,
    FieldType.TEXT: _text,
}
