"""Fields that a customer leaves to us, asked or not: `any date will do`, `I don't care about the airline`."""

from functools import lru_cache

from surereply.domain.flow import SERVICE_FIELD
from surereply.understanding.fields import FieldView
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import folded, is_word
from surereply.understanding.phrases import PhraseTable
from surereply.understanding.scene import Claim, Scene
from surereply.understanding.stems import stem
from surereply.understanding.tables.indifference import INDIFFERENCE, Indifference

_STATED = 0.7  # confidence from which a value is stated, and nothing left open
_BEFORE, _BEHIND = 4, 5  # words between the field's word and what leaves it open


class LeftOpen:
    """Which words name a field when it is left open, in a flow's languages."""

    def __init__(self, views: dict[str, FieldView], lexicon: Lexicon) -> None:
        self._any, self._will_do, self._no_matter, self._indifferent, self._none, self._preference = _tables(
            lexicon.languages
        )
        self._names: dict[str, list[tuple[str, int]]] = {}
        for name, view in views.items():
            if name == SERVICE_FIELD:
                continue
            for word in _own_words(view, lexicon):
                self._names.setdefault(word, []).append((name, len(_own_words(view, lexicon))))

    def find(self, scene: Scene, claims: list[Claim]) -> frozenset[str]:
        """The fields that the message leaves to us; one that it states is none of them."""
        stated = {claim.field for claim in claims if claim.confidence >= _STATED}
        named = {self._field_in(scene, *stretch) for sentence in scene.sentences
                 for stretch in self._stretches(scene, sentence.first, sentence.last)}  # fmt: skip
        return frozenset(name for name in named if name is not None) - stated

    def _stretches(self, scene: Scene, first: int, last: int) -> list[tuple[int, int]]:
        """Where in a sentence the word for a field that is left open must stand."""
        texts = scene.words.texts
        stretches: list[tuple[int, int]] = []
        for at in range(first, last):
            if (whatever := self._any.at(texts, at)) and whatever.last < last:
                behind = range(whatever.last + 1, min(last, whatever.last + _BEHIND + 1))
                do = next((here for here in behind if self._will_do.at(texts, here)), None)
                closes = at > first and texts[at - 1] in {"with", "at", "for", "in", "on"} and last - at <= _BEFORE
                if do is not None or closes:
                    stretches.append((whatever.last, do if do is not None else last))
            if self._no_matter.at(texts, at):
                stretches.append((max(first, at - _BEFORE), at))
            if careless := self._indifferent.at(texts, at):
                stretches.append((careless.last, min(last, careless.last + _BEHIND)))
            if none := self._none.at(texts, at):
                reach = range(none.last, min(last, none.last + _BEHIND))
                preference = next((here for here in reach if self._preference.has(texts[here])), None)
                if preference is not None:
                    stretches += [(none.last, preference), (preference + 1, min(last, preference + _BEHIND))]
        return stretches

    def _field_in(self, scene: Scene, first: int, last: int) -> str | None:
        """The field whose own words stand there; of several the one that is asked, else the one named most fully."""
        shares: dict[str, float] = {}
        for at in range(first, last):
            for name, count in self._names.get(scene.stems[at], ()):
                if name in scene.needed or name in scene.asked:
                    shares[name] = shares.get(name, 0.0) + 1 / count
        asked = [name for name in shares if name in scene.asked]
        if asked:
            return asked[0]
        best = sorted(shares, key=lambda name: -shares[name])
        plain = len(best) == 1 or (len(best) > 1 and shares[best[0]] > shares[best[1]])
        return best[0] if plain else None


def _own_words(view: FieldView, lexicon: Lexicon) -> frozenset[str]:
    """Stems of the field's name, label and cues; `date` and `type` among them."""
    field = view.field
    said = [view.name.replace("_", " "), *field.label.values(), *(cue for cues in field.cues.values() for cue in cues)]
    words = (word for text in said for word in folded(text).split())
    return frozenset(stem(word) for word in words if is_word(word) and len(word) > 2 and word not in lexicon.function)


@lru_cache(maxsize=32)
def _tables(languages: tuple[str, ...]) -> tuple[PhraseTable[bool], ...]:
    spoken = [INDIFFERENCE.get(language, Indifference()) for language in languages]
    return tuple(
        PhraseTable((phrase, True) for one in spoken for phrase in getattr(one, part))
        for part in ("any_words", "will_do", "no_matter", "indifferent_to", "no_preference", "preference")
    )
