"""The textbook's ranking, to be measured against: BM25 over an entry's questions and answers, each a document."""

from collections import Counter
from math import log

from surereply.domain.flow import Flow
from surereply.understanding.normalise import folded

_K1, _B = 1.2, 0.75


class Bm25:
    """Robertson's BM25 (k1 1.2, b 0.75); a score is a share of what the question would score against itself."""

    def __init__(self, flow: Flow) -> None:
        self._services = {key: set(entry.services) for key, entry in flow.knowledge.items()}
        self._documents = {
            key: Counter(
                word
                for text in (*(q for group in entry.questions.values() for q in group), *entry.answer.values())
                for word in _words(text)
            )
            for key, entry in flow.knowledge.items()
        }
        self._mean = sum(map(Counter.total, self._documents.values())) / max(len(self._documents), 1)
        found = Counter(word for document in self._documents.values() for word in document)
        total = len(self._documents)
        self._weights = {word: log(1 + (total - n + 0.5) / (n + 0.5)) for word, n in found.items()}
        self._unheard_of = log(1 + (total + 0.5) / 0.5)

    def best(self, text: str, service: str | None) -> tuple[str | None, float]:
        """The best entry of those for the service, and its score from 0 to 1."""
        words = _words(text)
        most = sum(self._weights.get(word, self._unheard_of) * (_K1 + 1) for word in words)
        scores = {
            key: self._score(words, document) / most
            for key, document in self._documents.items()
            if words and not (service and self._services[key] and service not in self._services[key])
        }
        best = max(scores, key=lambda key: scores[key], default=None)
        return (best, scores[best]) if best is not None and scores[best] > 0 else (None, 0.0)

    def _score(self, words: list[str], document: Counter[str]) -> float:
        length = 1 - _B + _B * document.total() / self._mean
        return sum(
            self._weights[word] * document[word] * (_K1 + 1) / (document[word] + _K1 * length)
            for word in words
            if word in document
        )


def _words(text: str) -> list[str]:
    return [word for word in folded(text).split() if word[0].isalnum()]
