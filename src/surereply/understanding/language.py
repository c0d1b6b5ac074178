"""Which language a message is in: its script first, then its function words, within the flow's languages."""

from collections.abc import Sequence
from functools import lru_cache

from surereply.understanding.lexicon import words_of
from surereply.understanding.normalise import Words, folded
from surereply.understanding.recognisers.contacts import find_addresses
from surereply.understanding.tables import TABLES

# First and last letter of a script, and the languages that are written in it, most likely first.
_SCRIPTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("\u0600", "\u06ff", ("ar", "fa", "ur")),
    ("\u0900", "\u097f", ("hi", "mr", "ne")),
    ("\u0980", "\u09ff", ("bn",)),
    ("\u0400", "\u04ff", ("ru", "uk", "bg")),
    ("\u0590", "\u05ff", ("he",)),
    ("\u0e00", "\u0e7f", ("th",)),
    ("\u0370", "\u03ff", ("el",)),
    ("\u3040", "\u30ff", ("ja",)),
    ("\uac00", "\ud7af", ("ko",)),
    ("\u4e00", "\u9fff", ("zh", "ja")),
)

_OWN_SCRIPT = frozenset(language for _, _, group in _SCRIPTS for language in group)
_SHORT_CURRENCY = 3  # letters: `dhs`, `rs`
_LEAVES_FROM = 2  # one everyday word more than the held language has, or two words of its tables
_IN_LATIN = {"hi": "hi-latn"}  # languages that chats also write in Latin letters, and the table for that
_FUNCTION_WORDS = {key: frozenset(folded(word) for word in table.function_words) for key, table in TABLES.items()}
_EVERYDAY_WORDS = {
    key: _FUNCTION_WORDS[key] | frozenset(folded(word) for word in table.common_words) for key, table in TABLES.items()
}
_CURRENCIES = frozenset(
    folded(word)
    for table in TABLES.values()
    for word in table.currencies
    if word.isascii() and len(word) <= _SHORT_CURRENCY
)


def table_of(language: str) -> str:
    """The key of a language's table: `pt-BR` is read as `pt`."""
    return language if language in TABLES else language.partition("-")[0]


def tongues_of(languages: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The ways to read a flow's messages: for each language in Latin letters, its table before the others'.

    English is always read, since customers mix it in; its words give way to those of the language in question.
    """
    keys = dict.fromkeys(key for language in languages if (key := table_of(language)) in TABLES)
    scripts = [key for key in keys if key in _OWN_SCRIPT]
    latin = [key for key in keys if key not in _OWN_SCRIPT]
    romanised = [_IN_LATIN[key] for key in scripts if key in _IN_LATIN]
    if not romanised and len(latin) <= 1:
        return (tuple(dict.fromkeys((*keys, "en"))),)
    spoken = dict.fromkeys((*romanised, *latin, "en"))
    return tuple(tuple(dict.fromkeys((*scripts, key, *(() if key == "en" else ("en",))))) for key in spoken)


def tongue_of(words: Words, tongues: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Of those ways, the one whose everyday words the message has most of; the first where it does not tell."""
    if len(tongues) == 1:
        return tongues[0]
    scores = [_score(words.texts, _latin_of(tongue)) for tongue in tongues]
    return tongues[scores.index(max(scores))]


def _latin_of(tongue: tuple[str, ...]) -> str:
    return next(key for key in tongue if key not in _OWN_SCRIPT)


def _score(texts: Sequence[str], key: str) -> int:
    everyday = _EVERYDAY_WORDS.get(key, frozenset())
    function = _FUNCTION_WORDS.get(key, frozenset())
    return sum((text in everyday) + (text in function) for text in texts)


def language_of(words: Words, languages: tuple[str, ...], held: str | None) -> str:
    """The message's language; `held`, the conversation's, stays where the message does not tell."""
    default = held if held in languages else languages[0]
    if len(languages) == 1:
        return languages[0]
    letters = [text for text in words.texts if text[0].isalpha()]
    if not letters:
        return default
    scripts = _scripts(letters)
    named = max(scripts, key=lambda script: scripts[script])
    if named is None and (len(scripts) > 1 or held in _OWN_SCRIPT) and not _tells_latin(words, languages):
        # Names, addresses and currencies are of no language: what else is written decides, or what was held.
        others = [script for script in scripts if script is not None]
        if not others:
            return default
        named = max(others, key=lambda script: scripts[script])
    if named is not None:
        written = next((language for language in named if language in languages), None)
        return written or default
    return _latin(letters, languages, default)


def _tells_latin(words: Words, languages: tuple[str, ...]) -> bool:
    """Whether some words in Latin letters are of a language: everyday ones, or any that are written small."""
    addresses = {at for first, last in find_addresses(words) for at in range(first, last)}
    for at, token in enumerate(words.tokens):
        if not token.text[0].isalpha() or not token.text.isascii() or at in addresses or token.text in _CURRENCIES:
            continue
        if not token.capital or any(
            token.text in _EVERYDAY_WORDS.get(table_of(language), ()) for language in languages
        ):
            return True
    return False


def _scripts(letters: list[str]) -> dict[tuple[str, ...] | None, int]:
    counts: dict[tuple[str, ...] | None, int] = {}
    for text in letters:
        script = None if text.isascii() else _script_of(text[0])
        counts[script] = counts.get(script, 0) + len(text)
    return counts


def _script_of(letter: str) -> tuple[str, ...] | None:
    return next((langs for first, last, langs in _SCRIPTS if first <= letter <= last), None)


def _latin(letters: list[str], languages: tuple[str, ...], default: str) -> str:
    keys = {language: _IN_LATIN.get(table_of(language), table_of(language)) for language in languages}
    latin = [language for language, key in keys.items() if key not in _OWN_SCRIPT]
    if not latin:
        return default
    if len(latin) == 1:
        return latin[0]
    stays = default if default in latin else latin[0]
    leads = {language: _lead(letters, keys[language], keys[stays]) for language in latin if language != stays}
    best = max(leads, key=lambda language: leads[language])
    return best if leads[best] >= _LEAVES_FROM else stays


def _lead(letters: list[str], other: str, held: str) -> int:
    """How much more evidence there is for one language than for that which is held.

    A word that the held language has as well, borrowed or alike (`budget`, `to`, `hmm`), is no evidence against it.
    """
    words, own = _every_word(other), _every_word(held)
    against = [text for text in letters if text in words and text not in own]
    kept = [text for text in letters if text in own and text not in words]
    return len(against) + _score(against, other) - len(kept) - _score(kept, held)


@lru_cache(maxsize=16)
def _every_word(key: str) -> frozenset[str]:
    return words_of(TABLES[key]) if key in TABLES else frozenset()
