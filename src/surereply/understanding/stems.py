"""Light stems of English and Arabic words: enough for plurals, tenses and the article."""

from functools import lru_cache

from surereply.understanding.tables.shape import spaced

_AR_PREFIXES = ("وال", "بال", "كال", "فال", "لل", "ال", "و", "ب", "ل")
_AR_SUFFIXES = ("تين", "تكم", "تنا", "تها", "تي", "تك", "ته", "نا", "كم", "ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_SHORTEST = 3
# Words of their own, not others without an e: `her` is not `here`, `car` not `care`.
_NOT_WITHOUT_E = frozenset(
    spaced("bar can cap car cub cut fat her kit mad mat not pan pin plan spar star tub van war win")
)


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The stem of a folded word; numbers and short words stay."""
    if len(word) <= _SHORTEST or word[0].isdigit():
        return word
    if word.isascii():
        return _english(word)
    return _arabic(word) if "\u0600" <= word[0] <= "\u06ff" else word


def _english(word: str) -> str:
    word = word.removesuffix("'s").replace("'", "")
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ations", "ation", "ing", "ed", "al", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST + (ending in {"al", "ly"}):
            word = word[: -len(ending)]
            if len(word) > _SHORTEST and word[-1] == word[-2] and word[-1] not in "sz":
                word = word[:-1]
            break
    if word.endswith("e") and len(word) > _SHORTEST and word[:-1] not in _NOT_WITHOUT_E:
        return word[:-1]
    return word


def _arabic(word: str) -> str:
    for prefix in _AR_PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST + (len(prefix) == 1):
            word = word[len(prefix) :]
            break
    for suffix in _AR_SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= _SHORTEST:
            return word[: -len(suffix)]
    return word
