"""Texts of a flow, one per language, and lengths of time as an owner writes them."""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

EVERY_LANGUAGE = "*"


def _per_language(value: Any) -> Any:
    """A plain string is a text for every language (key "*")."""
    return {EVERY_LANGUAGE: value} if isinstance(value, str) else value


def _lists_per_language(value: Any) -> Any:
    """A plain list holds words for every language (key "*")."""
    return {EVERY_LANGUAGE: value} if isinstance(value, list) else value


# {"en": "…", "ar": "…"}; "*" serves every language. Read with `in_language`.
Localised = Annotated[dict[str, str], BeforeValidator(_per_language, json_schema_input_type=str | dict[str, str])]
LocalisedWords = Annotated[
    dict[str, list[str]],
    BeforeValidator(_lists_per_language, json_schema_input_type=list[str] | dict[str, list[str]]),
]


def in_language(texts: dict[str, str], language: str | None, default: str) -> str:
    """The text in the language, else in the flow's default one, else for all, else any; "" if none."""
    for key in (language, default, EVERY_LANGUAGE):
        if key is not None and key in texts:
            return texts[key]
    return next(iter(texts.values()), "")


def words_in(words: dict[str, list[str]], language: str | None) -> list[str]:
    """The words of a language (all languages if None) and those for every language."""
    if language is None:
        return [word for group in words.values() for word in group]
    return [*words.get(language, []), *words.get(EVERY_LANGUAGE, [])]


def _duration(value: Any) -> Any:
    """`30d`, `12h`, `15m`, `90s`; beside them ISO 8601 (`P30D`), which is how pydantic writes one down."""
    units = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    if isinstance(value, str) and value[:-1].isdigit() and value[-1] in units and len(value) <= 6:
        return timedelta(**{units[value[-1]]: int(value[:-1])})
    if isinstance(value, timedelta) or (isinstance(value, str) and value.startswith("P")):
        return value
    raise ValueError("write a length of time such as 30d, 12h, 15m or 90s")


Duration = Annotated[timedelta, BeforeValidator(_duration, json_schema_input_type=str)]
