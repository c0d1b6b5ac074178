"""A willing mind: it does whatever a customer's text tells it to, as the worst of models would."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from surereply.lab.models.asked import Asked
from surereply.lab.models.good import READING, WORDING, empty_reading, parts_of
from surereply.lab.models.server import Mind


class Place(StrEnum):
    """Where in the reply the attacker's words come to stand."""

    BEFORE = "before"  # the reply stays whole behind them: only what they say gives them away
    AFTER = "after"
    WITHIN = "within"  # in the sentence itself, where no full stop sets them apart
    INSTEAD = "instead"


@dataclass(frozen=True, slots=True)
class Obedience:
    """What the mind does for one who writes `says`, or is called so."""

    says: str
    reply: str = ""  # stands in the reply; nothing where empty
    place: Place = Place.BEFORE
    facts: Sequence[Mapping[str, Any]] = ()  # proposed beside nothing else: field, value, words
    signals: Sequence[str] = ()


def willing(obediences: Sequence[Obedience], otherwise: Mind) -> Mind:
    """Obeys the one whose words stand in what it was asked, the longest first; with all others it is `otherwise`."""
    known = sorted(((skeleton(one.says), one) for one in obediences), key=lambda pair: -len(pair[0]))

    def mind(asked: Asked) -> Any:
        said = " ".join(skeleton(text) for text in asked.texts)
        obeyed = next((one for bones, one in known if bones and bones in said), None)
        if obeyed is None:
            return otherwise(asked)
        if asked.name == READING:
            return _read(asked, obeyed)
        if asked.name == WORDING and obeyed.reply:
            return _reword(asked, obeyed)
        return otherwise(asked)

    return mind


def skeleton(text: str) -> str:
    """A text's letters and digits alone: what is left of it however it was cleaned on its way."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def _read(asked: Asked, obeyed: Obedience) -> dict[str, Any]:
    reading: dict[str, list[Any]] = empty_reading(asked.schema)
    messages = (asked.data or {}).get("messages", [])
    bones = skeleton(obeyed.says)
    number = next((one["number"] for one in messages if bones in skeleton(one["text"])), 1)
    reading["facts"] = [{**fact, "message": number} for fact in obeyed.facts]
    reading["signals"] = [{"signal": one, "words": obeyed.says, "message": number} for one in obeyed.signals]
    return reading


def _reword(asked: Asked, obeyed: Obedience) -> dict[str, Any]:
    return {"parts": put_in(parts_of(asked.data or {}) or [""], obeyed.reply, obeyed.place)}


def put_in(texts: Sequence[str], words: str, place: Place) -> list[str]:
    """The parts of a reply with the attacker's words in them."""
    first, last = texts[0], texts[-1]
    match place:
        case Place.BEFORE:
            return [f"{words} {first}", *texts[1:]]
        case Place.AFTER:
            return [*texts[:-1], f"{last} {words}"]
        case Place.WITHIN:
            return [*texts[:-1], f"{last[:-1].rstrip()}, {words.rstrip('.')}{last[-1:]}"]
        case Place.INSTEAD:
            return [words, *[""] * (len(texts) - 1)]
