"""Slips of the thumb put right: an unknown word that is one letter from a known one is read as that one."""

from collections.abc import Callable, Iterable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from surereply.understanding.normalise import Words
from surereply.understanding.stems import stem

_SHORTEST = 4  # letters; a shorter word is too close to too many
_LONG = 8  # letters; from here two slips are forgiven
_MOST_CAPITALS = 0.7  # of a message's words: then a capital is no sign of a name


class Spelling:
    """The words that reading rests on. `strong` ones mean something by themselves: days, numbers, the flow's own."""

    def __init__(
        self,
        strong: Iterable[str],
        weak: Iterable[str],
        before_names: frozenset[str],
        is_read_elsewhere: Callable[[str], bool],
    ) -> None:
        self._before_names = before_names
        self._is_read_elsewhere = is_read_elsewhere  # options are compared with their own list, less surely
        self._strong = frozenset(word for word in strong if word.isascii() and word.isalpha())
        self._known = self._strong.union(word for word in weak if word.isascii())
        self._stems = frozenset(stem(word) for word in self._known)  # `bath` is no slip where `baths` is known
        self._by_start: dict[tuple[str, int], list[str]] = {}
        for word in sorted(self._known):
            if len(word) >= _SHORTEST and word.isalpha():
                self._by_start.setdefault((word[0], len(word)), []).append(word)
        self._corrected = lru_cache(maxsize=16_384)(self._correct)

    def correct(self, words: Words) -> Words:
        """The message with slips put right in the folded words; the customer's own are kept as they are."""
        texts = words.texts
        unknown = [at for at, text in enumerate(texts) if len(text) >= _SHORTEST and text not in self._known]
        if not unknown:
            return words
        capitals = sum(token.capital for token in words.tokens) < _MOST_CAPITALS * len(words.tokens)
        changed: dict[int, str] = {}
        for at in unknown:
            text, token = texts[at], words.tokens[at]
            if not text.isascii() or not text.isalpha() or _is_glued(words, at):
                continue
            opens = at == 0 or words.tokens[at - 1].sentence != token.sentence
            if token.capital and capitals and not opens:
                continue  # a name
            corrected = self._corrected(text)
            named = token.capital or (at > 0 and texts[at - 1] in self._before_names)
            if corrected != text and (corrected in self._strong or not named):
                changed[at] = corrected
        if not changed:
            return words
        tokens = tuple([t._replace(text=changed[at]) if at in changed else t for at, t in enumerate(words.tokens)])
        return words._replace(tokens=tokens, texts=tuple([token.text for token in tokens]))

    def _correct(self, text: str) -> str:
        if stem(text) in self._stems or self._is_read_elsewhere(text):
            return text
        allowed = 1 if len(text) < _LONG else 2
        found: list[tuple[float, str]] = []
        for length in range(len(text) - 1, len(text) + 2):
            near = self._by_start.get((text[0], length), [])
            for word, distance, _ in process.extract(
                text, near, scorer=OSA.distance, score_cutoff=allowed, limit=_MOST_CANDIDATES
            ):
                found.append((distance, word))
        if not found:
            return text
        least = min(found)[0]
        best = [word for distance, word in found if distance == least]
        strong = [word for word in best if word in self._strong]
        same_length = [word for word in strong or best if len(word) == len(text)]
        for choice in (strong, same_length):
            if len(choice) == 1:
                return choice[0]
        return best[0] if len(best) == 1 else text


_MOST_CANDIDATES = 4


def _is_glued(words: Words, at: int) -> bool:
    """Part of an address: `anna@…`, `…-mail.com`."""
    tokens = words.tokens
    before = at > 0 and tokens[at - 1].end == tokens[at].start and words.texts[at - 1] in {"@", ".", "-", "_", "/"}
    behind = at + 1 < len(tokens) and tokens[at + 1].start == tokens[at].end and words.texts[at + 1] in {"@", "_", "/"}
    return before or behind
