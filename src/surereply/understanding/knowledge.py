"""Customers' questions to the flow's own answers: weighed words, words that ask alike, the service in question."""

from math import log

from surereply.domain.facts import KnowledgeHit
from surereply.domain.flow import Flow
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import folded
from surereply.understanding.phrases import PhraseTable
from surereply.understanding.stems import stem
from surereply.understanding.tables import TABLES

_MOST = 3  # entries given
_NO_SERVICE_KNOWN = 0.6  # an entry of some services, while we know of none
_OWN_SERVICE = 0.3  # on top for an entry made for the service in question
_SERVICE_SHARE = 0.5  # of the weight of a service's word that the entry's question has and the customer's has not
_UNHEARD_OF = 0.5  # weight of a word that no entry has, as a part of the rarest word's


class Knowledge:
    """The entries of a flow, compiled: each question as a set of weighed words."""

    def __init__(self, flow: Flow, lexicon: Lexicon, service_words: frozenset[str]) -> None:
        tables = [TABLES[language] for language in lexicon.languages]
        groups = [group for table in tables for group in table.asked_alike]
        self._alike = PhraseTable((phrase, f"#{index}") for index, group in enumerate(groups) for phrase in group)
        self._idle = frozenset(folded(word) for table in tables for word in table.asked_idly)
        self._service_words = service_words
        self._threshold = flow.limits.answer_above
        self._entries: list[tuple[str, frozenset[str], list[frozenset[str]]]] = []
        for key, entry in flow.knowledge.items():
            questions = [q for group in entry.questions.values() for q in group]
            said = [self._said(tuple(folded(question).split())) for question in questions]
            self._entries.append((key, frozenset(entry.services), [words for words in said if words]))
        self._weights = self._weighed()

    def _weighed(self) -> dict[str, float]:
        """How telling each word is: rare among entries, telling in a question."""
        entries: dict[str, int] = {}
        for _, _, questions in self._entries:
            for word in frozenset().union(*questions) if questions else ():
                entries[word] = entries.get(word, 0) + 1
        total = len(self._entries) + 1
        return {word: log(1 + total / count) for word, count in entries.items()}

    def _said(self, texts: tuple[str, ...]) -> frozenset[str]:
        """The words of a question that tell, those that ask alike as one."""
        said: set[str] = set()
        at = 0
        while at < len(texts):
            alike = self._alike.at(texts, at)
            if alike:
                said.add(alike.payload)
                at = alike.last
                continue
            if texts[at][0].isalnum() and texts[at] not in self._idle:
                said.add(stem(texts[at]))
            at += 1
        return frozenset(said)

    def find(self, texts: tuple[str, ...], services: frozenset[str]) -> tuple[KnowledgeHit, ...]:
        """Entries that answer the question, best first. `services`: the one named in it, else the one known."""
        said = self._said(texts)
        if not said:
            return ()
        hits: list[tuple[float, str]] = []
        for key, own, questions in self._entries:
            if own and services and not own & services:
                continue  # made for other services
            at_home = bool(own & services)
            score = max((self._alikeness(said, question, at_home) for question in questions), default=0.0)
            score = _for_service(score, own, services)
            if score >= self._threshold:
                hits.append((score, key))
        hits.sort(key=lambda hit: (-hit[0], hit[1]))
        return tuple(KnowledgeHit(key, round(min(score, 1.0), 3)) for score, key in hits[:_MOST])

    def _alikeness(self, said: frozenset[str], question: frozenset[str], at_home: bool) -> float:
        """How much of either is in the other: the harmonic mean of both shares, by weight.

        `at_home`: we talk about the entry's own service, so that its name need not be said.
        """
        if said.isdisjoint(question):
            return 0.0
        shared = sum([self._weight(word) for word in said & question])
        # The name of a service narrows a question; it does not change what is asked.
        mine = shared + sum(self._weight(word) for word in said - question if word not in self._service_words)
        service_share = 0.0 if at_home else _SERVICE_SHARE
        theirs = shared + sum(
            self._weight(word) * (service_share if word in self._service_words else 1.0) for word in question - said
        )
        precision, recall = shared / mine, shared / theirs
        return 2 * precision * recall / (precision + recall)

    def _weight(self, word: str) -> float:
        known = self._weights.get(word)
        return known if known is not None else _UNHEARD_OF * log(2 + len(self._entries))


def _for_service(score: float, own: frozenset[str], services: frozenset[str]) -> float:
    if not own:
        return score
    if not services:
        return score * _NO_SERVICE_KNOWN
    return score + _OWN_SERVICE if score > 0 else score
