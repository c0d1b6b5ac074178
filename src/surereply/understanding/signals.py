"""What a message wants beyond fields: a person, stop, a discount, an answer; thanks, anger, yes and no."""

from surereply.domain.facts import Signal
from surereply.domain.flow import Flow
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words, folded, normalise
from surereply.understanding.phrases import PhraseAt, PhraseTable
from surereply.understanding.sentences import Mood, Sentence
from surereply.understanding.tables import TABLES
from surereply.understanding.tables.exact import START_WORDS, STOP_WORDS
from surereply.understanding.tables.shape import spaced

_WORDS_BETWEEN = 3  # fillers between "talk to" and "person"
_AFTER_WISHED_PERSON = frozenset(
    spaced(
        """please pls plz now here instead not asap to who and from on for because thanks thank cause immediately
        today ? . ! , لو من فضلك الان الحين"""
    )
)
_NO_REFUSALS = frozenset(("no", word) for word in spaced("more less idea problem problems worries later one doubt"))
_BEGIN_OTHER_THINGS = frozenset(
    spaced(
        """i i'm im we it it's isn't n y k right fine good true wrong never nothing great perfect sale va listo isso
        pode quero certo اي ما غلط خطا زين ليس"""
    )
)
# Between a denial and what it denies: `no es una estafa`, `c'est pas si nul`.
_LINKING = frozenset(
    spaced("is are was so that very a an the es son tan una un el la e uma o um est c' si une tres muy")
)
# What follows a date or a comparison, and no farewell or putting off: `mas tarde de las 5`, `a plus de 3 chambres`.
_GO_ON = frozenset(spaced("de del d' das que q than of as"))
_IMPERSONAL = frozenset(spaced("puede pueden podia pudo preocupe preocupes preocupen olvide olvides vale hace ve oye"))
_OPEN_CORRECTIONS = frozenset(spaced("mejor melhor plutot digo"))  # elsewhere `the best`, `rather`, `i say`
_INSTEAD_OF = frozenset({("ki", "jagah"), ("की", "जगह"), ("كي", "جگه")})
_TO_DO = ("ne", "ने", "نے")  # ends an infinitive
_BEHIND_VALUES = frozenset({("kar", "do"), ("कर", "दो")})  # "3 kar do": make it three
_THERE_IS = (("do", "you", "have"), ("do", "u", "have"), ("have", "you", "got"), ("is", "there"), ("are", "there"))
_WHOLE_ALONE = frozenset({"nose"})  # `no sé` in a hurry
_LOUD = frozenset({Signal.WANTS_PERSON, Signal.ANGRY, Signal.LEGAL_THREAT, Signal.REFUSES})
_NO_REFUSAL = frozenset({Signal.DONT_KNOW, Signal.REFUSES, Signal.LATER})
_LONGEST_EXACT = 8  # words and signs
_LONGEST_EXACT_TEXT = 60  # characters


class ExactWords:
    """Stop and start: only if they are the whole message, whatever its language."""

    def __init__(self, flow: Flow) -> None:
        tables = list(TABLES.values())
        self._stop = _wholes([*STOP_WORDS, *(w for t in tables for w in t.stop), *_all(flow.words.stop)])
        self._start = _wholes([*START_WORDS, *(w for t in tables for w in t.start), *_all(flow.words.start)])

    def of_text(self, text: str) -> Signal | None:
        """STOP or START if the text is exactly one of their words; cheap enough for every message kept."""
        return self.read(normalise(text).texts) if len(text) <= _LONGEST_EXACT_TEXT else None

    def read(self, texts: tuple[str, ...]) -> Signal | None:
        if len(texts) > _LONGEST_EXACT:
            return None
        joined = " ".join([text for text in texts if text[0].isalnum()])
        return Signal.STOP if joined in self._stop else Signal.START if joined in self._start else None


class SignalWords:
    """The signals of a flow's languages with the owner's own words, compiled."""

    def __init__(self, flow: Flow, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        own = flow.words
        self.exact = ExactWords(flow)
        spoken = [TABLES[language] for language in lexicon.languages]
        self._person_alone = _wholes([w for t in spoken for w in t.person_alone] + _all(own.person))
        self._verbs = _table([w for t in spoken for w in t.person_verbs])
        self._wishes = _table([w for t in spoken for w in t.person_wishes])
        self._nouns = _table([w for t in spoken for w in t.person_nouns] + _all(own.person))
        self._strict_nouns = _table([w for t in spoken for w in t.person_nouns_strict] + _all(own.person))
        self._thanks = _table([w for t in spoken for w in t.thanks]).words()
        self._fillers = frozenset(folded(w) for t in spoken for w in t.fillers)
        phrases: list[tuple[str, Signal]] = []
        for table in spoken:
            for signal, words in (
                (Signal.DONT_KNOW, table.dont_know),
                (Signal.REFUSES, table.refuses),
                (Signal.LATER, table.later),
                (Signal.ANGRY, table.angry),
                (Signal.LEGAL_THREAT, table.legal),
                (Signal.WANTS_DISCOUNT, table.discount),
                (Signal.THANKS, table.thanks),
                (Signal.GOODBYE, table.goodbyes),
                (Signal.CORRECTS, table.corrects),
                (Signal.WANTS_PERSON, table.person_phrases),
            ):
                phrases.extend((word, signal) for word in words)
        self._phrases = PhraseTable(phrases)

    def read(self, words: Words, sentences: list[Sentence], written: tuple[str, ...]) -> set[Signal]:
        """Every signal in the message but stop and start, which are read by the letter (`exact`).

        `written`: the same words before their spelling was corrected.
        """
        texts = words.texts
        signals: set[Signal] = set()
        for match in self._phrases.find(texts):
            alone = match.last == match.first + 1
            if match.payload in _LOUD and alone and texts[match.first] != written[match.first]:
                continue  # `perdon` may be a slip of `person`, and is Spanish
            if self._counts(match.payload, texts, match.first, match.last):
                signals.add(match.payload)
        if self._is_person_alone(written) or self._wants_person(texts):
            signals.add(Signal.WANTS_PERSON)
        if any(_is_question(sentence, texts) for sentence in sentences):
            signals.add(Signal.QUESTION)
        if self._is_all(self.lexicon.any_words, texts):
            signals.add(Signal.DONT_KNOW)  # "any time" leaves it to us
        signals |= self._opening(texts)
        if Signal.NO in signals and self._opens_otherwise(texts):
            signals.discard(Signal.NO)
        return signals

    def _opens_otherwise(self, texts: tuple[str, ...]) -> bool:
        """`no sé`, `nahi batana`: not knowing and not telling are no refusals of what was asked."""
        first = next((at for at, text in enumerate(texts) if text[0].isalnum()), 0)
        phrase = self._phrases.at(texts, first)
        no = self.lexicon.no.at(texts, first)
        longer = phrase is not None and no is not None and phrase.last > no.last
        return longer and phrase is not None and phrase.payload in _NO_REFUSAL

    def _is_all(self, table: PhraseTable[bool], texts: tuple[str, ...]) -> bool:
        """Whether the message is one phrase of the table, courtesies aside."""
        polite = self.lexicon.polite
        return bool(table.whole([text for text in texts if text[0].isalnum() and not polite.has(text)]))

    def _is_person_alone(self, texts: tuple[str, ...]) -> bool:
        bare = [text for text in texts if text[0].isalnum()]
        if len(bare) > _LONGEST_EXACT:
            return False
        plain = [text for text in bare if not self.lexicon.polite.has(text)]
        return " ".join(bare) in self._person_alone or " ".join(plain) in self._person_alone

    def _counts(self, signal: Signal, texts: tuple[str, ...], first: int, last: int) -> bool:
        """Whether a phrase means what it says in its place."""
        word = texts[first]
        polite = self.lexicon.polite
        whole = last - first >= sum(text[0].isalnum() and not polite.has(text) for text in texts)
        behind = texts[last] if last < len(texts) else ""
        if signal is Signal.GOODBYE and last == first + 1 and not behind[:1].isalnum() and first > 0:
            before = texts[first - 1]  # "cheers bye", and "nunca fui" is none
            return whole or not before[0].isalnum() or before in self._thanks or polite.has(before)
        if (signal in {Signal.LATER, Signal.REFUSES, Signal.GOODBYE} and last == first + 1) or word in _WHOLE_ALONE:
            return whole  # "later" alone puts off, "later today" is a date
        if signal in {Signal.LATER, Signal.GOODBYE}:
            return behind not in _GO_ON and not behind[:1].isdigit()
        if signal is Signal.DONT_KNOW and behind in _IMPERSONAL:
            return texts[first:last] != ("no", "se")
        if signal is Signal.CORRECTS and word in _OPEN_CORRECTIONS and last == first + 1:
            return first == 0 or not texts[first - 1][0].isalnum() or self.lexicon.no.has(texts[first - 1])
        if signal is Signal.CORRECTS and texts[first:last] in _INSTEAD_OF:
            return first > 0 and not texts[first - 1].endswith(_TO_DO)  # "park karne ki jagah" is a place to park
        if signal is Signal.CORRECTS and texts[first:last] in _BEHIND_VALUES:
            before = texts[first - 1] if first else ""
            return before[:1].isdigit() or before in self.lexicon.typed_words
        if signal is Signal.CORRECTS and word in {
            "sorry",
            "wrong",
            "rather",
            "instead",
            "correction",
            "عفوا",
            "اسف",
            "بل",
        }:
            return len(texts) > last or first > 0
        if signal is Signal.WANTS_DISCOUNT and first > 0:
            return texts[first - 1] not in {"not", "no", "without", "بدون", "مش", "مو"}
        return signal is not Signal.ANGRY or not self._is_not_so(texts, first, last)

    def _is_not_so(self, texts: tuple[str, ...], first: int, last: int) -> bool:
        """`not angry`, `no es una estafa`, `bekar nahi hai`: denied just before, small words aside, or just behind."""
        here = first - 1
        while here >= 0 and texts[here] in _LINKING:
            here -= 1
        before = texts[here] if here >= 0 else ""
        behind = texts[last] if last < len(texts) else ""
        return self.lexicon.negations.has(before) or behind in self.lexicon.negated_behind

    def _opening(self, texts: tuple[str, ...]) -> set[Signal]:
        """Greeting, yes and no stand first; after a greeting a yes may follow."""
        signals: set[Signal] = set()
        here = 0
        if texts and (greeting := self.lexicon.greetings.at(texts, 0)):
            signals.add(Signal.GREETING)
            here = greeting.last
        while here < len(texts) and not texts[here][0].isalnum() and texts[here] not in self.lexicon.yes:
            if texts[here] in self.lexicon.no:
                break
            here += 1
        if here < len(texts):
            yes, no = (_if_meant(table.at(texts, here), texts) for table in (self.lexicon.yes, self.lexicon.no))
            if no and (not yes or no.last > yes.last):
                signals.add(Signal.NO)
            elif yes:
                signals.add(Signal.YES)
        return signals

    def _wants_person(self, texts: tuple[str, ...]) -> bool:
        for at in range(len(texts)):
            verb = self._verbs.at(texts, at) if texts[at] in self._verbs else None
            if verb and not self._is_denied(texts, at) and self._noun_after(texts, verb.last, self._nouns):
                return True
            wish = self._wishes.at(texts, at) if texts[at] in self._wishes else None
            last = self._noun_after(texts, wish.last, self._strict_nouns) if wish else 0
            # "i want an agent licence" wants a licence.
            ends = last >= len(texts) or texts[last] in _AFTER_WISHED_PERSON
            if last and ends and not self._is_denied(texts, at):
                return True
        return False

    def _noun_after(self, texts: tuple[str, ...], at: int, nouns: PhraseTable[bool]) -> int:
        """Where the noun ends that stands at `at` behind fillers; 0 if none."""
        for here in range(at, min(at + _WORDS_BETWEEN + 1, len(texts))):
            noun = nouns.at(texts, here)
            if noun:
                return noun.last
            if texts[here] not in self._fillers:
                return 0
        return 0

    def _is_denied(self, texts: tuple[str, ...], at: int) -> bool:
        return any(
            self.lexicon.negations.at(texts, here) or texts[here] in {"ne", "n'"} for here in range(max(0, at - 3), at)
        )


def _is_question(sentence: Sentence, texts: tuple[str, ...]) -> bool:
    """A sentence that asks, a wish with a question mark, or one for what there is: `do you have parking`."""
    if sentence.asks or sentence.mood is Mood.STATES:
        return sentence.asks
    said = texts[sentence.first : sentence.last]
    return "?" in said or any(said[: len(opening)] == opening for opening in _THERE_IS)


def _if_meant(answer: PhraseAt[bool] | None, texts: tuple[str, ...]) -> PhraseAt[bool] | None:
    """`i do` is a yes, `i do need a visa` is none."""
    if answer is None:
        return None
    if texts[answer.first : answer.first + 2] in _NO_REFUSALS:
        return None
    if texts[answer.first] not in _BEGIN_OTHER_THINGS:
        return answer
    behind = texts[answer.last] if answer.last < len(texts) else "."
    return None if behind[0].isalnum() else answer


def _wholes(phrases: list[str]) -> frozenset[str]:
    return frozenset(" ".join(word for word in folded(phrase).split() if word[0].isalnum()) for phrase in phrases)


def _table(phrases: list[str]) -> PhraseTable[bool]:
    return PhraseTable((phrase, True) for phrase in phrases)


def _all(words: dict[str, list[str]]) -> list[str]:
    return [word for group in words.values() for word in group]
