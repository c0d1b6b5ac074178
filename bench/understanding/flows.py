"""Flows to read with: from any `services.json` by one rule, from a business of our own, from field names alone."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow, Texts

HERE = Path(__file__).parent
THE_SERVICE = "THE_SERVICE"  # of a flow that is made from a declared service: it is known from the start

# The general rule: the type of a field without listed values, by the first of these words in its name, else in its
# description. Whoever declares a service writes such words; none of them is a service or a field of a public set.
_BY_WORD: tuple[tuple[FieldType, frozenset[str]], ...] = (
    (FieldType.EMAIL, frozenset({"email", "mail"})),
    (FieldType.PHONE, frozenset({"phone", "telephone", "mobile"})),
    (FieldType.TEXT, frozenset({"address", "rating"})),
    (FieldType.DURATION, frozenset({"duration"})),
    (FieldType.DATE, frozenset({"date", "birthday"})),
    (FieldType.TIME, frozenset({"time"})),
    (FieldType.MONEY, frozenset({"price", "fare", "cost", "rent", "fee", "amount", "money", "balance", "budget"})),
    (FieldType.COUNT, frozenset({"number", "count", "size", "people"})),
    (FieldType.COUNTRY, frozenset({"country", "nationality"})),
    (FieldType.PERSON, frozenset({"receiver", "recipient", "person", "contact", "first_name", "last_name"})),
    (FieldType.TEXT, frozenset({"name"})),
    (
        FieldType.PLACE,
        frozenset(
            {
                "city",
                "town",
                "location",
                "place",
                "area",
                "where",
                "station",
                "airport",
                "venue",
                "origin",
                "destination",
            }
        ),
    ),
)
_IN_DESCRIPTION = frozenset({FieldType.DATE, FieldType.TIME, FieldType.MONEY, FieldType.COUNT, FieldType.PLACE})
_OPENING = 4  # words of a description in which its type stands: "Date of …", "The city where …"

_TEXTS = dict.fromkeys(Texts.model_fields, "…")
_COUNTRIES = {  # language → country, time zone and currency of the business whose messages these are
    "en": ("GB", "Europe/London", "GBP"),
    "ar": ("AE", "Asia/Dubai", "AED"),
    "es": ("MX", "America/Mexico_City", "MXN"),
    "fr": ("FR", "Europe/Paris", "EUR"),
    "pt": ("BR", "America/Sao_Paulo", "BRL"),
    "hi": ("IN", "Asia/Kolkata", "INR"),
    "ur": ("PK", "Asia/Karachi", "PKR"),
}


def flows_of_services(file: Path) -> dict[str, Flow]:
    """Service → its flow, from a file of declared services."""
    return {service["service"]: flow_of_service(service) for service in json.loads(file.read_text())}


def flow_of_service(service: Mapping[str, Any]) -> Flow:
    """`{"service", "description", "fields": [{"name", "description", "categorical", "values"}]}` as a flow."""
    return _flow("service", {field["name"]: _field(field) for field in service["fields"]}, _business("US", "USD"))


def flow_of_names(types: Mapping[str, str]) -> Flow:
    """A flow whose fields are called so and are of these types."""
    fields = {name: {"type": kind, "label": {"en": _spoken(name)}} for name, kind in types.items()}
    return _flow("names", fields, _business("GB", "GBP"))


@cache
def flow_of_business(name: str, language: str) -> Flow:
    """One of our own businesses, as its owner would declare it in a language."""
    spoken = language.partition("-")[0]
    given = yaml.safe_load((HERE / "flows" / f"{name}.yaml").read_text())
    country, zone, currency = _COUNTRIES[spoken]
    business = {"name": "Sample", "country": country, "time_zone": zone, "currency": currency}
    fields = {key: _spoken_in(field, spoken) for key, field in given["fields"].items()}
    needs = [key for key in fields if key != SERVICE_FIELD]
    services = {key: {**_spoken_in(service, spoken), "needs": needs} for key, service in given["services"].items()}
    flow = _flow(name, fields, business, (spoken,))
    knowledge = {key: _spoken_in(entry, spoken) for key, entry in given.get("knowledge", {}).items()}
    return Flow.model_validate(flow.model_dump() | {"services": services, "knowledge": knowledge})


def _field(declared: Mapping[str, Any]) -> dict[str, Any]:
    values = [str(value) for value in declared.get("values") or []]
    label = {"label": {"en": _spoken(declared["name"])}, "description": {"en": declared.get("description", "")}}
    if not values or not declared.get("categorical", True):
        return label | {"type": type_by_words(declared["name"], declared.get("description", ""))}
    if {value.casefold() for value in values} <= {"true", "false", "yes", "no"}:
        return label | {"type": FieldType.YES_NO}
    if all(value.isdigit() for value in values):
        return label | {"type": FieldType.COUNT, "minimum": 0}
    return label | {"type": FieldType.CHOICE, "options": {value: {"label": {"en": value}} for value in values}}


def type_by_words(name: str, description: str) -> FieldType:
    """The type that a field's name tells, else the opening of its description; a text if neither does."""
    named = {name, *name.split("_")}
    for kind, words in _BY_WORD:
        if named & words:
            return kind
    opening = {word.strip(".,").casefold() for word in description.split()[:_OPENING]}
    kinds = [kind for kind, words in _BY_WORD if kind in _IN_DESCRIPTION and opening & words]
    return kinds[0] if kinds else FieldType.TEXT


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _business(country: str, currency: str) -> dict[str, str]:
    return {"name": "Sample", "country": country, "time_zone": "America/Los_Angeles", "currency": currency}


def _flow(
    name: str, fields: Mapping[str, Any], business: Mapping[str, str], languages: Iterable[str] = ("en",)
) -> Flow:
    asked = {key: {"question": {"en": "…"}, **field} for key, field in fields.items()}
    service = {SERVICE_FIELD: {"type": "service", "label": {"en": "…"}, "question": {"en": "…"}}}
    return Flow.model_validate(
        {
            "surereply": 1,
            "name": name,
            "business": business,
            "languages": tuple(languages),
            "texts": _TEXTS,
            "fields": service | asked,
            "services": {THE_SERVICE: {"label": {"en": "…"}, "needs": [key for key in fields if key != SERVICE_FIELD]}},
        }
    )


def _spoken_in(declared: Any, language: str) -> Any:
    """A declaration in one language: what stands under the others' codes is left out."""
    if not isinstance(declared, dict):
        return declared
    if language in declared and declared.keys() <= {*_COUNTRIES}:
        return {language: declared[language]}
    return {key: _spoken_in(value, language) for key, value in declared.items() if not _is_of_others(value, language)}


def _is_of_others(value: Any, language: str) -> bool:
    return isinstance(value, dict) and bool(value) and value.keys() <= {*_COUNTRIES} and language not in value
