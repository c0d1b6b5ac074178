"""Sentences that the steps wrote, in the language of the page; what nobody has translated stays as it is."""

import re
from functools import lru_cache

from surereply.web.panel.texts import LANGUAGES, Texts, whole_table

WRITTEN_IN = LANGUAGES[0]
PREFIX = "phrase."
JOINT = "; "
_NAMED = re.compile(r"\\\{(\w+)\\\}")
_NUMBERS = ("count", "attempt", "step")  # what is named so is a number, and nothing else


def said_in(texts: Texts, sentence: str | None) -> str:
    """Whole where the table has it, else part by part; a part of it that is a sentence of its own is said, too."""
    if not sentence or texts.language == WRITTEN_IN:
        return sentence or ""
    whole = _said(texts, sentence)
    if whole is not None:
        return whole
    parts = sentence.split(JOINT)
    return JOINT.join(_said(texts, part) or part for part in parts) if len(parts) > 1 else sentence


def _said(texts: Texts, sentence: str) -> str | None:
    for key, pattern in _patterns():
        found = pattern.fullmatch(sentence)
        if found is not None:
            return texts(key, **{name: said_in(texts, value) for name, value in found.groupdict().items()})
    return None


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each phrase as it is written, those that name the least first: `{…}` would match too much before them."""
    written = [(key, said[WRITTEN_IN]) for key, said in whole_table().items() if key.startswith(PREFIX)]
    written.sort(key=lambda one: (one[1].count("{"), -len(one[1])))
    return tuple((key, re.compile(_NAMED.sub(_group, re.escape(text)), re.DOTALL)) for key, text in written)


def _group(named: re.Match[str]) -> str:
    return rf"(?P<{named[1]}>\d+)" if named[1] in _NUMBERS else rf"(?P<{named[1]}>.+?)"
