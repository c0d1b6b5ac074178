"""A good mind: reads what the embedded reader reads, as a model writes it, and puts replies into warmer words."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from babel import Locale

from surereply.domain.facts import Context, Fact, Value
from surereply.domain.flow import FieldType, Flow
from surereply.lab.models.asked import Asked
from surereply.lab.models.server import Mind
from surereply.understanding.reader import reader_for

READING, WORDING = "reading", "wording"

# What a friendly person says before anything else; it asks, promises and states nothing.
OPENERS = {
    "en": ("Happy to help!", "Of course!", "Thank you!", "Great, thanks!", "With pleasure!"),
    "ar": ("بكل سرور!", "شكراً لك!", "أهلاً بك!", "ممتاز، شكراً!"),
    "es": ("¡Con gusto!", "¡Claro que sí!", "¡Gracias!", "¡Perfecto, gracias!"),
    "fr": ("Avec plaisir !", "Bien sûr !", "Merci !", "Parfait, merci !"),
    "pt": ("Com prazer!", "Claro!", "Obrigado!"),
    "hi": ("ज़रूर!", "धन्यवाद!", "बहुत अच्छा, धन्यवाद!"),
    "ur": ("ضرور!", "شکریہ!", "بہت خوب، شکریہ!"),
}


def good(
    flows: Sequence[Flow], *, seed: int = 0, scripted: Mapping[str, Sequence[Mapping[str, Any]]] | None = None
) -> Mind:
    """A mind for businesses with these flows.

    `scripted` has, by a message's exact text, what a model reads in it and the embedded reader may not: `field`,
    `value` and `words` of each fact.
    """

    def mind(asked: Asked) -> Any:
        data = asked.data
        if asked.name == READING and isinstance(data, dict):
            return _read(_flow_of(flows, asked), asked, data, scripted or {})
        if asked.name == WORDING and isinstance(data, dict):
            return _reword(data, seed)
        return {} if asked.name else "Hello!"

    return mind


def empty_reading(schema: Mapping[str, Any]) -> dict[str, list[Any]]:
    """An answer that says nothing, with every list that the schema has."""
    return {name: [] for name in schema.get("properties", {})}


def fields_of(schema: Mapping[str, Any]) -> set[str]:
    """The fields that a reading may name."""
    choices = schema.get("properties", {}).get("facts", {}).get("items", {}).get("anyOf", [])
    return {name for choice in choices for name in choice["properties"]["field"]["enum"]}


def _read(
    flow: Flow, asked: Asked, data: dict[str, Any], scripted: Mapping[str, Sequence[Mapping[str, Any]]]
) -> dict[str, Any]:
    reading: dict[str, list[Any]] = empty_reading(asked.schema)
    fields = fields_of(asked.schema)
    for message in data.get("messages", []):
        number, text = message["number"], message["text"]
        found = reader_for(flow).read_text(text, _context(data))
        facts = [_proposed(fact, flow) for fact in found.facts if fact.text]
        known = {fact["field"] for fact in facts}
        facts += [dict(fact) for fact in scripted.get(text, ()) if fact["field"] not in known]
        reading["facts"] += [fact | {"message": number} for fact in facts if fact["field"] in fields]
        named = {"words": text, "message": number}
        may_say = _values(asked.schema, "signals", "signal")
        reading["signals"] += [{"signal": str(one), **named} for one in sorted(found.signals) if one in may_say]
        if "answers" in reading:
            reading["answers"] += [{"entry": hit.entry, **named} for hit in found.knowledge[:1]]
    return reading


def _flow_of(flows: Sequence[Flow], asked: Asked) -> Flow:
    """The flow that the prompt speaks of: it has every field of the schema, and its business is named."""
    fields = fields_of(asked.schema)
    fitting = [flow for flow in flows if fields <= set(flow.fields)]
    named = [flow for flow in fitting if any(name in asked.instructions for name in flow.business.name.values())]
    return (named or fitting or list(flows))[0]


def _context(data: dict[str, Any]) -> Context:
    now = datetime.fromisoformat(data["now"]) if data.get("now") else datetime(2026, 1, 1, tzinfo=UTC)
    return Context(now, tuple(data.get("asked", ())), dict(data.get("known", {})))


def _proposed(fact: Fact, flow: Flow) -> dict[str, Any]:
    value = fact.value[0] if isinstance(fact.value, list) and fact.value else fact.value
    field = flow.fields[fact.field]
    kind = field.of if field.type is FieldType.LIST else field.type
    return {"field": fact.field, "value": _written(value, kind, fact.text or ""), "words": fact.text}


def _written(value: Value, kind: FieldType | None, words: str) -> Value:
    """A typed value as a model writes it; as the customer wrote it where there is no better way."""
    match kind, value:
        case (FieldType.MONEY, {"amount": amount, "currency": currency}):
            return f"{currency} {amount}"
        case (FieldType.DURATION, {"amount": amount, "unit": unit}):
            return f"{amount} {unit}{'' if amount == 1 else 's'}"
        case (FieldType.COUNTRY, str(code)):
            return str(Locale("en").territories.get(code, words))
        case (_, str() | bool() | int() | float()):
            return value
    return words


def _values(schema: Mapping[str, Any], name: str, key: str) -> set[str]:
    items = schema.get("properties", {}).get(name, {}).get("items", {})
    return set(items.get("properties", {}).get(key, {}).get("enum", ()))


def _reword(data: dict[str, Any], seed: int) -> dict[str, Any]:
    texts = parts_of(data)
    openers = OPENERS.get(str(data.get("language", "en"))[:2], OPENERS["en"])
    if not texts:
        return {"parts": []}
    chosen = openers[_drawn(seed, texts) % len(openers)]
    return {"parts": [f"{chosen} {texts[0]}", *texts[1:]]}


def parts_of(data: dict[str, Any]) -> list[str]:
    """The texts of what is to be said, in order."""
    return [str(part["text"]) for part in data.get("parts", [])]


def _drawn(seed: int, texts: Iterable[str]) -> int:
    named = "\n".join([str(seed), *texts]).encode()
    return int.from_bytes(hashlib.blake2b(named, digest_size=4).digest(), "big")
