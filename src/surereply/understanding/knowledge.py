"""Customers' questions to the flow's own answers: weighed words, words that ask alike, words nearly alike."""

from collections import Counter
from functools import lru_cache
from math import log
from typing import NamedTuple

from rapidfuzz.fuzz import ratio

from surereply.domain.facts import KnowledgeHit
from surereply.domain.flow import Flow
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import folded
from surereply.understanding.phrases import PhraseTable
from surereply.understanding.stems import stem
from surereply.understanding.tables import TABLES
from surereply.understanding.tables.asked import ASKED_ALIKE, ASKED_IDLY, ASKING, MATTERS, OTHER_QUESTIONS

_MOST = 3  # entries given
_NO_SERVICE_KNOWN = 0.6  # an entry of some services, while we know of none
_OWN_SERVICE = 1.3  # an entry made for the service in question
_SERVICE_SHARE = 0.5  # of the weight of a service's word that the entry's question has and the customer's has not
_UNHEARD_OF = 0.5  # weight of a word that no entry has, as a part of the rarest word's
_COMMON_UNHEARD_OF = 0.5  # of that, where the language says the word all the time
_ELSEWHERE = 0.8  # of a word's weight that counts where another question of the entry has it
_LEFT_UNSAID = 0.5  # how much what the customer did not say of the entry's question counts against it
_STATED = 0.35  # more than the threshold for a sentence that does not ask: `send me your location`
_NEARLY = 84.0  # of 100: two spellings of a word
_SHORTEST_NEARLY = 4  # letters
_DAY = "#day"


class _Entry(NamedTuple):
    key: str
    services: frozenset[str]
    questions: list[frozenset[str]]
    anywhere: frozenset[str]  # in any of its questions


class Knowledge:
    """The entries of a flow, compiled: each question as a set of weighed words."""

    def __init__(self, flow: Flow, lexicon: Lexicon, service_words: frozenset[str]) -> None:
        phrases = [
            (phrase, f"#{matter}")
            for language in lexicon.languages
            for matter, group in ASKED_ALIKE[language].items()
            for phrase in group
        ]
        tables = [TABLES[language] for language in lexicon.languages]
        days = [(day, _DAY) for table in tables for day in (*table.weekdays, *table.relative_days)]
        self._alike = PhraseTable([*phrases, *days])
        self._asking = PhraseTable((phrase, True) for language in lexicon.languages for phrase in ASKING[language])
        self._other_questions = frozenset(f"#{question}" for question in OTHER_QUESTIONS)
        self._matters = frozenset(f"#{matter}" for matter in MATTERS)
        self._negations = lexicon.negations
        self._idle = frozenset(folded(word) for language in lexicon.languages for word in ASKED_IDLY[language])
        self._common = frozenset(stem(word) for word in lexicon.common)
        self._spelt = frozenset(stem(word) for word in lexicon.every_word)
        self._service_words = service_words
        self._threshold = flow.limits.answer_above
        self._entries = [self._entry(flow, key) for key in flow.knowledge]
        self._weights = self._weighed()
        self._spellings = {word: word for word in self._weights if word[0] != "#"}
        self._spellings |= {folded(w): said for w, said in phrases if said in self._weights and " " not in folded(w)}
        self._nearly = lru_cache(maxsize=4_096)(self._nearest)

    def _entry(self, flow: Flow, key: str) -> _Entry:
        entry = flow.knowledge[key]
        questions = [self._said(tuple(folded(q).split())) for group in entry.questions.values() for q in group]
        anywhere = frozenset[str]().union(*questions)
        return _Entry(key, frozenset(entry.services), [words for words in questions if words], anywhere)

    def _weighed(self) -> dict[str, float]:
        """How telling each word is: rare among entries, telling in a question."""
        entries = Counter(word for entry in self._entries for word in entry.anywhere)
        total = len(self._entries) + 1
        return {word: log(1 + total / count) for word, count in entries.items()}

    def _said(self, texts: tuple[str, ...]) -> frozenset[str]:
        """The words of a question that tell, those that ask alike as one."""
        said: set[str] = set()
        at = 0
        while at < len(texts):
            alike = self._alike.at(texts, at) if texts[at] in self._alike else None
            if alike:
                said.add(alike.payload)
                at = alike.last
                continue
            if texts[at][0].isalnum() and texts[at] not in self._idle:
                said.add(stem(texts[at]))
            at += 1
        return frozenset(said)

    def asks(self, texts: tuple[str, ...]) -> bool:
        """Whether a word asks, wherever it stands: chats leave out the question mark."""
        return bool(self._asking.find(texts))

    def find(self, texts: tuple[str, ...], services: frozenset[str], asks: bool = True) -> tuple[KnowledgeHit, ...]:
        """Entries that answer the question, best first. `services`: the one named in it, else the one known.

        `asks`: whether the words have the form of a question; where they have not, they must match better, and be
        about one of the matters that are asked of any business. What stands behind the last comma is looked at alone,
        too: `a flat for two, is there parking`.
        """
        whole = self._find(texts, services, asks)
        if "," not in texts:
            return whole
        behind = texts[len(texts) - texts[::-1].index(",") :]
        alone = self._find(behind, services, self.asks(behind)) if behind else ()
        return max(whole, alone, key=lambda hits: hits[0].score if hits else 0.0)

    def _find(self, texts: tuple[str, ...], services: frozenset[str], asks: bool) -> tuple[KnowledgeHit, ...]:
        said = frozenset([self._nearly(word) for word in self._said(texts)]) if self._entries else frozenset()
        if not said or not (asks or (said & self._matters and not self._negations.find(texts))):
            return ()
        threshold = self._threshold if asks else min(self._threshold + _STATED, 1.0)
        hits: list[tuple[float, str]] = []
        for entry in self._entries:
            own = entry.services
            if own and services and not own & services:
                continue  # made for other services
            at_home = bool(own & services)
            score = max((self._alikeness(said, question, entry, at_home) for question in entry.questions), default=0.0)
            named = bool(said & entry.anywhere & self._service_words)
            score *= _OWN_SERVICE if at_home else _NO_SERVICE_KNOWN if own and not services and not named else 1.0
            if score >= threshold:
                hits.append((score, entry.key))
        hits.sort(key=lambda hit: (-hit[0], hit[1]))
        return tuple(KnowledgeHit(key, round(min(score, 1.0), 3)) for score, key in hits[:_MOST])

    def _alikeness(self, said: frozenset[str], question: frozenset[str], entry: _Entry, at_home: bool) -> float:
        """How much of either is in the other: the harmonic mean of both shares, by weight.

        `at_home`: we talk about the entry's own service, so that its name need not be said.
        """
        both = said & question
        if not both or (both <= self._service_words and not question <= self._service_words):
            return 0.0  # naming the service asks nothing of it
        if both == {_DAY} and question != both:
            return 0.0  # nor does naming a day
        if (said - question) & self._other_questions:
            return 0.0  # `who` is not answered by what answers `where`
        shared = sum([self._weight(word) for word in both])
        mine, beside = shared, 0.0
        for word in said - question:
            weight = self._weight(word)
            # The name of a service narrows a question; it does not change what is asked.
            if word not in self._service_words:
                mine += weight
                beside += _ELSEWHERE * weight if word in entry.anywhere else 0.0
        service_share = 0.0 if at_home else _SERVICE_SHARE
        unsaid = sum(
            [self._weight(word) * (service_share if word in self._service_words else 1.0) for word in question - said]
        )
        precision = (shared + beside) / mine
        recall = (shared + beside) / (shared + beside + _LEFT_UNSAID * unsaid)
        return 2 * precision * recall / (precision + recall)

    def _weight(self, word: str) -> float:
        known = self._weights.get(word)
        if known is not None:
            return known
        if word[0] == "#":
            return log(2 + len(self._entries))  # another matter altogether
        weight = _UNHEARD_OF * log(2 + len(self._entries))
        return weight * _COMMON_UNHEARD_OF if word in self._common else weight

    def _nearest(self, word: str) -> str:
        """The word or matter of the entries that this one is a slip or another form of, if there is one."""
        if word in self._weights or word[0] == "#" or len(word) < _SHORTEST_NEARLY or word[0].isdigit():
            return word
        if word in self._spelt:
            return word  # `house` is no slip of `hours`
        best, alike = max(
            ((known, ratio(word, known)) for known in self._spellings if known[0] == word[0]),
            key=lambda pair: pair[1],
            default=(word, 0.0),
        )
        return self._spellings[best] if alike >= _NEARLY else word
