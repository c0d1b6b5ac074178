"""A flow in one language, compiled: a text's words through every stage, into facts, signals and answers."""

from surereply.domain.facts import Context, Fact, KnowledgeHit, Reading, Signal, Source
from surereply.domain.flow import SERVICE_FIELD, FieldType, Flow
from surereply.understanding.answers import claim_answers
from surereply.understanding.assignment import assign
from surereply.understanding.bookings import booked_fields, settled_by_spans
from surereply.understanding.choices import beside_labels, claim_options, claim_yes_no, denied_by_label
from surereply.understanding.chunker import Weights, shipped_weights
from surereply.understanding.fields import FieldView, FieldWords
from surereply.understanding.found import Found
from surereply.understanding.gazetteer import Gazetteer, OptionAt
from surereply.understanding.kinds import claim_kinds, words_of_kinds
from surereply.understanding.knowledge import Knowledge
from surereply.understanding.labels import FieldLabels
from surereply.understanding.left_open import LeftOpen
from surereply.understanding.lexicon import lexicon_for
from surereply.understanding.named_texts import claim_named_texts, claim_unasked_names
from surereply.understanding.names import SAYS, claim_names
from surereply.understanding.normalise import Words
from surereply.understanding.offers import claim_offers
from surereply.understanding.open_texts import claim_open_texts
from surereply.understanding.recognisers.countries import country_table
from surereply.understanding.recognisers.people import find_named
from surereply.understanding.recognisers.places import NAME_OPENERS, city_table
from surereply.understanding.refusing import refused_candidates
from surereply.understanding.scene import Claim, Scene
from surereply.understanding.sentences import Mood, split_sentences
from surereply.understanding.signals import SignalWords
from surereply.understanding.spelling import Spelling
from surereply.understanding.stages import Stages
from surereply.understanding.stems import stem
from surereply.understanding.sureness import told
from surereply.understanding.typed import find_typed, joined_ranges

_COUNTED = frozenset({FieldType.COUNT, FieldType.MONEY, FieldType.DURATION})
_BESIDE_QUESTIONS = frozenset({Signal.QUESTION, Signal.GREETING, Signal.THANKS})
_PLAIN = 0.6  # confidence from which a claim has its words to itself


class Tongue:
    """Reads texts for one flow in one language, those of other scripts beside it; reading changes nothing."""

    def __init__(self, flow: Flow, tongue: tuple[str, ...], weights: Weights | None) -> None:
        self.flow = flow
        self.lexicon = lexicon_for(tongue)
        self._field_words = FieldWords(flow, self.lexicon)
        self._labels = FieldLabels(flow)
        self._gazetteer = Gazetteer(flow, self.lexicon)
        self._signals = SignalWords(flow, self.lexicon)
        views = self.views = self._field_words.views
        self._types = frozenset(view.type for view in views.values())
        self._paired = frozenset(
            view.type
            for view in views.values()
            if {"start", "end"} <= {v.role for v in views.values() if v.type is view.type}
        )
        own_words = frozenset(stem(word) for word in self._gazetteer.words)
        counted = [view.units for view in views.values() if view.type is FieldType.COUNT]
        self._apart_units = frozenset().union(*counted) if counted else frozenset()
        self._journeys = any(view.type is FieldType.PLACE and view.role == "end" for view in views.values())
        self._never_names = frozenset(self._gazetteer.words) | country_table(self.lexicon.languages).first_words()
        self._all_fields = frozenset(views)
        self._needed = {
            service: frozenset({SERVICE_FIELD, *flow.services[service].needs, *flow.always})
            for service in flow.services
        }
        # The chunker learned from English messages alone.
        self._booked = booked_fields(views) if tongue == ("en",) else {}
        self._weights = weights or (shipped_weights() if self._booked else None)
        self._left_open = LeftOpen(views, self.lexicon)
        self._knowledge = Knowledge(flow, self.lexicon, own_words)
        self._spelling = Spelling(
            {
                *self._field_words.words(),
                *self.lexicon.typed_words,
                *city_table(self.lexicon.languages).words(),
                *words_of_kinds(views.values()),
            },
            {*self.lexicon.every_word, *self._never_names},
            self.lexicon.place_starts | self.lexicon.name_starts | NAME_OPENERS,
            self._gazetteer.reads,
        )

    def read_text(self, words: Words, language: str | None, context: Context, stages: Stages) -> Reading:
        """All that a text with words says."""
        written = words.texts
        exact = self._signals.exact.read(written)
        if not any(_is_name(self.views[name]) for name in context.asked if name in self.views):
            words = self._spelling.correct(words)
        stems = tuple([stem(text) for text in words.texts])
        options = self._gazetteer.find(words.texts, stems)
        scene = self._scene(words, stems, options, context)
        stages.done("gazetteers")
        signals = self._signals.read(words, scene.sentences, written) | ({exact} if exact else set())
        stages.done("signals")
        claims, found = self._claims(scene, options, signals, stages)
        signals -= _answered_signals(scene, claims)
        facts = _facts(scene, claims, signals)
        if Signal.NO in signals and any(fact.correction for fact in facts):
            signals.add(Signal.CORRECTS)  # "no, monday" says what is right
        refused = refused_candidates(scene, claims, found, facts)
        stages.done("assignment")
        knowledge, unanswered = self._answer(scene, options, facts, signals)
        left_open = self._left_open.find(scene, claims)
        stages.done("knowledge")
        return Reading(facts, frozenset(signals), language, knowledge, unanswered, refused=refused, left_open=left_open)

    def typed_values(self, words: Words, context: Context) -> list[Found]:
        """All typed values of a text, and names behind a cue, before any field is thought of."""
        expected = frozenset(self.views[name].type for name in context.asked if name in self.views)
        found = find_typed(
            words,
            self.flow,
            self._types,
            expected,
            context,
            self.lexicon,
            self._never_names,
            self._journeys,
            self._apart_units,
        )
        return [*found, *find_named(words, self.lexicon, self._never_names, FieldType.PERSON in expected)]

    def _scene(self, words: Words, stems: tuple[str, ...], options: list[OptionAt], context: Context) -> Scene:
        views = self._field_words.views
        needed = self._needed_by(options, context)
        asked = tuple([name for name in context.asked if name in views])
        return Scene(
            flow=self.flow,
            lexicon=self.lexicon,
            views=views,
            by_type=self._field_words.by_type,
            words=words,
            stems=stems,
            sentences=split_sentences(words, self.lexicon),
            cues=self._field_words.find(stems, needed.union(asked)),
            labels=self._labels.find(words, stems),
            context=context,
            asked=asked,
            needed=needed,
        )

    def _needed_by(self, options: list[OptionAt], context: Context) -> frozenset[str]:
        """Fields of the service that is known, else of the one that the message names; all if there is none."""
        service = context.known.get(SERVICE_FIELD)
        if service is None:
            named = {o.meaning.key for o in options if o.meaning.field == SERVICE_FIELD and not o.telling}
            service = named.pop() if len(named) == 1 else None
        return self._needed.get(str(service), self._all_fields)

    def _claims(
        self, scene: Scene, options: list[OptionAt], signals: set[Signal], stages: Stages
    ) -> tuple[list[Claim], list[Found]]:
        """What fields may take, and the typed values that were found."""
        expected = frozenset(scene.views[name].type for name in scene.asked)
        found = find_typed(
            scene.words,
            self.flow,
            self._types,
            expected,
            scene.context,
            scene.lexicon,
            self._never_names,
            self._journeys,
            self._apart_units,
        )
        found = joined_ranges(scene.words, found, self._paired, scene.lexicon)
        stages.done("recognisers")
        if scene.labels:
            found = [one for one in found if not scene.in_label(one.first, one.last)]
            options = [*beside_labels(scene, options), *denied_by_label(scene, self._gazetteer)]
        claims = claim_named_texts(scene)
        claims.extend(claim_options(scene, options))
        claims.extend(claim_kinds(scene, claims))
        if Signal.WANTS_PERSON in signals:
            found = [one for one in found if one.type is not FieldType.COUNT or one.value != 1]  # "talk to one person"
        claims.extend(assign(scene, _beside(found, claims)))
        claims.extend(claim_yes_no(scene, options, signals))
        stages.done("assignment")
        claims.extend(claim_names(scene, claims, self._never_names))
        claims.extend(claim_open_texts(scene, claims))
        claims.extend(claim_unasked_names(scene, claims))
        stages.done("chunker")
        claims.extend(claim_offers(scene, claims, signals))
        claims.extend(claim_answers(scene, claims, signals, self._never_names))
        stages.done("assignment")
        if self._booked and self._weights:
            typed = self.typed_values(scene.words, scene.context)
            claims = settled_by_spans(scene, claims, typed, self._booked, self._weights)
            stages.done("chunker")
        return claims, found

    def _answer(
        self, scene: Scene, options: list[OptionAt], facts: tuple[Fact, ...], signals: set[Signal]
    ) -> tuple[tuple[KnowledgeHit, ...], str | None]:
        """Entries for the first question that has any, and the first question that none answers."""
        named = frozenset(o.meaning.key for o in options if o.meaning.field == SERVICE_FIELD and not o.telling)
        known = scene.context.known.get(SERVICE_FIELD)
        services = named or (frozenset({known}) if isinstance(known, str) else frozenset())
        unanswered: str | None = None
        for sentence in scene.sentences:
            texts = scene.words.texts[sentence.first : sentence.last]
            start, end = scene.words.span(sentence.first, sentence.last)
            says = any(fact.start is not None and start <= fact.start < end for fact in facts)
            states = sentence.mood is Mood.STATES
            asks = not states or self._knowledge.asks(texts)
            # "fechado" is a deal and "que horrível" no question, whatever words they share with one.
            else_meant = states and not signals <= _BESIDE_QUESTIONS
            hits = () if else_meant or (says and not asks) else self._knowledge.find(texts, services, asks)
            if hits:
                return hits, None
            if states:
                continue
            open_question = sentence.asks and not (says and sentence.mood is not Mood.ASKS)
            if unanswered is None and open_question and Signal.WANTS_PERSON not in signals:
                unanswered = scene.words.original[start:end]
        return (), unanswered


def _is_name(view: FieldView) -> bool:
    """Names are written as one likes."""
    return view.type is FieldType.PERSON or view.named


def _answered_signals(scene: Scene, claims: list[Claim]) -> set[Signal]:
    """`employee`, said to `who sponsors?`, is an option and asks for nobody."""
    whole = any(
        claim.field in scene.asked and claim.first < claim.last and _is_whole(claim, scene.words.texts)
        for claim in claims
    )
    return {Signal.WANTS_PERSON, Signal.WANTS_DISCOUNT, Signal.ANGRY} if whole else set()


def _beside(found: list[Found], claims: list[Claim]) -> list[Found]:
    """What does not stand within the words of a claim: `30 days` may be an option's name."""
    plain = [claim for claim in claims if claim.confidence >= _PLAIN]
    if not plain:
        return found
    return [one for one in found if not any(claim.first <= one.first and one.last <= claim.last for claim in plain)]


def _facts(scene: Scene, claims: list[Claim], signals: set[Signal]) -> tuple[Fact, ...]:
    """Claims as facts in the order of the words; for a field that is no list, the surest one."""
    kept: list[Claim] = []
    filled: set[str] = set()
    for claim in sorted(claims, key=lambda c: -c.confidence):
        view = scene.views.get(claim.field)
        if view is None and claim.field != SERVICE_FIELD:
            continue
        weak = claim.confidence < _PLAIN and claim.field not in scene.needed and claim.field not in scene.asked
        if weak and claim.field != SERVICE_FIELD:
            continue
        if claim.field not in filled or (view is not None and view.is_list and claim not in kept):
            filled.add(claim.field)
            kept.append(claim)
    kept.sort(key=lambda c: (c.first, c.last))
    return tuple([_fact(scene, claim, signals) for claim in kept])


def _fact(scene: Scene, claim: Claim, signals: set[Signal]) -> Fact:
    view = scene.views.get(claim.field)
    value = [claim.value] if view is not None and view.is_list and not isinstance(claim.value, list) else claim.value
    context = scene.context
    earlier = context.known.get(claim.field, next(iter(context.confirmed.get(claim.field, [])), None))
    differs = earlier is not None and earlier != value and claim.source is Source.STATED
    correction = differs and (bool(signals & {Signal.CORRECTS, Signal.NO}) or _is_restated(scene, claim))
    confidence = round(_told(scene, claim, view), 3)
    if claim.first == claim.last:
        return Fact(claim.field, value, None, None, None, confidence, claim.source, correction)
    guessed = claim.source is Source.STATED and claim.confidence < _PLAIN
    start, end = scene.words.span(claim.first, claim.last)
    said = scene.words.original[start:end]
    source = Source.INFERRED if guessed else claim.source
    return Fact(claim.field, value, said, start, end, confidence, source, correction)


def _told(scene: Scene, claim: Claim, view: FieldView | None) -> float:
    if view is None or claim.source is not Source.STATED or claim.first == claim.last:
        return claim.confidence
    is_whole = _is_whole(claim, scene.words.texts)
    return told(claim.confidence, view.type, is_asked=claim.field in scene.asked, is_whole=is_whole)


def _is_whole(claim: Claim, texts: tuple[str, ...]) -> bool:
    """Whether nothing but signs stands beside the claim's words."""
    return not any(text[0].isalnum() for text in (*texts[: claim.first], *texts[claim.last :]))


def _is_restated(scene: Scene, claim: Claim) -> bool:
    """`visas is 3` says what the number of visas is, whatever it was before."""
    view = scene.views.get(claim.field)
    if view is None or view.is_list or view.type not in _COUNTED or claim.first == 0 or claim.first == claim.last:
        return False
    said = scene.words.texts[claim.first - 1] in SAYS
    return said and any(cue.last == claim.first - 1 for cue in scene.cues.get(claim.field, ()))
