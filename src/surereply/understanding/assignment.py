"""Typed values to fields: by what was asked, by cue words, units and roles, and by being the only fit."""

from dataclasses import dataclass

from surereply.domain.flow import FieldType
from surereply.understanding.fields import FieldView, Role, role_tables
from surereply.understanding.found import Found
from surereply.understanding.phrases import PhraseTable
from surereply.understanding.pointing import POINTS, counts_on, cue_strength
from surereply.understanding.scene import Claim, Scene, negation_before
from surereply.understanding.sentences import Mood
from surereply.understanding.tables.shape import spaced
from surereply.understanding.units import unit_fit
from surereply.understanding.validity import valid_value

_ASKED, _ROLE, _ONLY = 1.0, 0.6, 0.5
_COUNTRY_FITS = 0.4
_ONE_S_OWN = 0.9
_MYSELF = frozenset(spaced("i i'm im انا"))
_AM = frozenset(spaced("am an a also actually originally"))
_WHERE = frozenset({"in", "inside", "outside", "within", "to", "في", "داخل", "خارج", "الي", "ب"})
_GUESSED_PLACE = 0.7  # a place that is less sure than this is only taken from a statement
_EITHER = 0.6
_IN_OR_TO = frozenset(spaced("a au aux al ao en em de du do da del"))
_NO_MORE = frozenset(spaced("mas plus mais more less than menos moins اكثر"))
_PEOPLE = frozenset(spaced("people persons person adults adult guests kids children personas pessoas personnes"))
_ITS_KIND, _OTHER_KIND, _CITY = 0.3, -0.4, 0.15
_CUED = 0.3
_ASKED_ABOUT = 0.65
_NEGATED_WITHIN = 3  # words
_LEAVE_TAKING = frozenset({"thanks", "thank", "all", "help", "everything", "nothing", "bye", "شكرا"})
_WRONG_ROLE = -0.9
_TAKES_FROM = 0.35  # score under which a value is nobody's
_TIE = 0.12
_BETWEEN_ROLE_AND_VALUE = frozenset(
    spaced(
        """on the at by around about date is will be would my a of for it in , : city airport from يوم تاريخ في مدينه
        يكون هو"""
    )
)
_ROLE_REACH = 4
_STRONG_TYPES = frozenset(
    {
        FieldType.EMAIL,
        FieldType.PHONE,
        FieldType.DATE,
        FieldType.TIME,
        FieldType.COUNTRY,
        FieldType.MONEY,
        FieldType.PLACE,
        FieldType.DURATION,
    }
)


@dataclass(frozen=True, slots=True)
class _Fit:
    score: float
    confidence: float
    found: Found
    view: FieldView


def assign(scene: Scene, found: list[Found]) -> list[Claim]:
    """Each value to at most one field, each field at most one value unless it is a list."""
    fits: list[_Fit] = []
    pointed: dict[FieldType, tuple[Found, str]] = {}  # the latest value that a cue gave to a list, and that field
    for one in found:
        views = _views_for(scene, one)
        cued = _cued(scene, one, views, pointed.get(one.type))
        fits.extend(_settled(_fits_of(scene, one, views, cued)))
        best = max(cued, key=cued.__getitem__, default="")
        if best and cued[best] >= POINTS and scene.views[best].is_list:
            pointed[one.type] = one, best
        else:
            pointed.pop(one.type, None)
    fits.sort(key=lambda fit: -fit.score)
    claims: list[Claim] = []
    used: set[int] = set()
    filled: set[str] = set()
    today, currency = scene.context.now.date(), scene.flow.business.currency
    for fit in fits:
        span = range(fit.found.first, fit.found.last)
        if used.intersection(span) or (fit.view.name in filled and not fit.view.is_list):
            continue
        value = valid_value(fit.view, fit.found, today, currency)
        if value is None:
            continue
        used.update(span)
        filled.add(fit.view.name)
        either = not fit.view.is_list and _has_alternative(scene, fit.found, found)
        sure = min(fit.confidence, _EITHER) if either else fit.confidence
        claims.append(Claim(fit.view.name, value, fit.found.first, _with_noun(scene, fit), sure))
    return claims


def _with_noun(scene: Scene, fit: _Fit) -> int:
    """`9 people`: who is counted belongs to the words of the count."""
    at = fit.found.last
    people = fit.view.people and at < len(scene.words.texts) and scene.words.texts[at] in _PEOPLE
    return at + 1 if people and fit.found.type is FieldType.COUNT else at


def _has_alternative(scene: Scene, one: Found, found: list[Found]) -> bool:
    """`monday or tuesday`: the first is only our guess."""
    texts = scene.words.texts
    return any(
        other.type is one.type and other.first == one.last + 1 and texts[one.last] in scene.lexicon.alternatives
        for other in found
    )


def _settled(fits: list[_Fit]) -> list[_Fit]:
    """Two fields that fit equally well make the better one a guess."""
    fits = sorted((fit for fit in fits if fit.score >= _TAKES_FROM), key=lambda fit: -fit.score)
    if len(fits) > 1 and fits[0].score - fits[1].score < _TIE:
        return [_Fit(f.score - 0.1, min(f.confidence, 0.55), f.found, f.view) for f in fits]
    return fits


def _cued(scene: Scene, found: Found, views: list[FieldView], before: tuple[Found, str] | None) -> dict[str, float]:
    """Field → how surely words point from it to the value. Without a cue of its own, it goes on with a list."""
    cued = {view.name: cue_strength(scene, found, view) for view in views}
    if before and max(cued.values(), default=0.0) < POINTS and counts_on(scene, before[0], found):
        cued[before[1]] = POINTS
    return cued


def _views_for(scene: Scene, found: Found) -> list[FieldView]:
    views = scene.by_type.get(found.type, [])
    return [*views, *scene.by_type.get(FieldType.MONEY, [])] if _may_be_priced(found) else views


def _fits_of(scene: Scene, found: Found, views: list[FieldView], cued: dict[str, float]) -> list[_Fit]:
    if _is_leave_taking(scene, found) or _is_refused(scene, found):
        return []
    guessed = found.type is FieldType.PLACE and found.sure < _GUESSED_PLACE
    if guessed and scene.mood_at(found.first) is not Mood.STATES:
        return []
    today, currency = scene.context.now.date(), scene.flow.business.currency
    able = [view for view in views if valid_value(view, found, today, currency) is not None]
    return [_fit(scene, found, view, able, cued) for view in able if not _is_out_of_the_blue(scene, found, view, cued)]


def _is_out_of_the_blue(scene: Scene, found: Found, view: FieldView, cued: dict[str, float]) -> bool:
    """`since yesterday` is no date of birth."""
    if view.name in scene.asked or cued[view.name] >= _CUED:
        return False
    return found.type is FieldType.DATE and view.field.past is True


def _is_leave_taking(scene: Scene, found: Found) -> bool:
    """`that's all for today`, `thanks for your help today`."""
    if found.type is not FieldType.DATE or found.value != scene.context.now.date().isoformat():
        return False
    texts, sentence = scene.words.texts, scene.words.tokens[found.first].sentence
    return any(texts[at] in _LEAVE_TAKING for at in range(found.first) if scene.words.tokens[at].sentence == sentence)


def _is_refused(scene: Scene, found: Found) -> bool:
    """`not on friday`; a `no` that opens the message answers us instead: `no 5 people`."""
    at = negation_before(scene, found.first)
    if at is None or found.first - at > _NEGATED_WITHIN or scene.words.texts[at + 1] in _NO_MORE:
        return False  # "no more than 900" names it
    return at > 0 or scene.words.texts[at] not in {"no", "لا"}


def _may_be_priced(found: Found) -> bool:
    """A bare number may be an amount of money, where a field wants one."""
    if found.type is not FieldType.COUNT or found.near:
        return False
    return isinstance(found.value, int) or "from" in found.value


def _fit(scene: Scene, found: Found, view: FieldView, rivals: list[FieldView], cued: dict[str, float]) -> _Fit:
    score, confidence = 0.0, 0.0
    mood = scene.mood_at(found.first)
    if view.name in scene.asked and mood is not Mood.ASKS and not _is_pointed_elsewhere(scene, found, view, cued):
        alone = sum(1 for rival in rivals if rival.name in scene.asked) == 1
        score, confidence = (_ASKED if alone else _ASKED - 0.2), 0.95
    cue = cued[view.name]
    score += cue
    confidence = max(confidence, 0.97 if cue >= 0.6 else 0.9 if cue >= 0.3 else 0.75 if cue >= 0.15 else 0.0)
    for strength, sure in (_role_fit(scene, found, view, rivals), unit_fit(scene, found, view, rivals)):
        score += strength
        confidence = max(confidence, sure)
    if view.type is FieldType.PLACE:
        score += _kind_fit(scene, found, view)
    if view.type is FieldType.COUNTRY:
        fits = _country_fit(scene, found, view)
        score += fits
        confidence = max(confidence, 0.95 if fits >= _ONE_S_OWN else 0.85 if fits >= _COUNTRY_FITS else 0.0)
    if found.type in _STRONG_TYPES:
        in_play = _likely(scene, found, [rival for rival in rivals if rival.name in scene.needed] or rivals)
        if view in in_play and len(in_play) == 1:
            score, confidence = score + _ONLY, max(confidence, 0.85)
    if view.name not in scene.needed:
        score -= 0.2
    if view.name in scene.context.known and view.name not in scene.asked:
        score -= 0.1
    if view.type is not found.type:
        confidence *= 0.95
    if mood is Mood.ASKS_WHETHER and found.type is FieldType.COUNT and view.name not in scene.asked and not view.people:
        confidence *= _ASKED_ABOUT  # "is there only one stop?"
    if mood is Mood.ASKS:
        confidence *= 0.95 if found.type in _STRONG_TYPES else 0.8
    sure = found.sure if found.sure >= 0.9 or view.name not in scene.asked else (found.sure + 1) / 2
    return _Fit(score * (0.6 + 0.4 * sure), min(confidence, 0.99) * (sure if sure < 0.9 else 1.0), found, view)


def _likely(scene: Scene, found: Found, views: list[FieldView]) -> list[FieldView]:
    """Of fields for places those that such a place is said for: a city is no airport and no venue."""
    if found.type is not FieldType.PLACE:
        return views
    around = scene.words.texts[max(0, found.first - 1) : found.last + 2]
    likely = [view for view in views if not view.place_kinds or view.place_kinds.intersection(around)] or views
    cities = [view for view in likely if view.city] if found.sure == 1.0 else []
    return cities or likely


def _kind_fit(scene: Scene, found: Found, view: FieldView) -> float:
    """A city goes to the field that asks for one; an airport's field wants the word."""
    if view.place_kinds:
        around = scene.words.texts[max(0, found.first - 1) : found.last + 2]
        return _ITS_KIND if view.place_kinds.intersection(around) else _OTHER_KIND
    return _CITY if view.city and found.sure == 1.0 else 0.0


def _is_pointed_elsewhere(scene: Scene, found: Found, view: FieldView, cued: dict[str, float]) -> bool:
    """A date behind `passport expires` answers no question for the visa's."""
    return any(
        strength >= POINTS and strength > cued[view.name] and (name in scene.needed or name in scene.asked)
        for name, strength in cued.items()
        if name != view.name and scene.views[name].type is found.type
    )


def _role_fit(scene: Scene, found: Found, view: FieldView, rivals: list[FieldView]) -> tuple[float, float]:
    """`from` and `to`, `leave` and `return`: which end of a pair the value is."""
    if not view.role:
        return 0.0, 0.0
    role = role_before(scene, found, view.stay)
    if role and role != view.role:
        return _WRONG_ROLE, 0.0
    if not any(rival.role and rival.role != view.role for rival in rivals):
        return 0.0, 0.0
    if role:
        return _ROLE, 0.85
    # Unmarked, a day is when it begins and a place is where it goes.
    natural: Role = "end" if found.type is FieldType.PLACE else "start"
    if view.role != natural or view.name in scene.context.known:
        return 0.0, 0.0
    return 0.4, 0.72


def role_before(scene: Scene, found: Found, stay: bool) -> Role:
    """The role that the words right before the value give it."""
    texts = scene.words.texts
    start_words, end_words = role_tables(scene.lexicon, stay)
    between = _BETWEEN_ROLE_AND_VALUE - ({"in", "at"} if found.type is FieldType.PLACE else set())
    behind = found.last
    if behind < len(texts) and (
        texts[behind] in scene.lexicon.start_behind or texts[behind] in scene.lexicon.end_behind
    ):
        return _role_behind(scene, behind)
    for at in range(found.first - 1, max(-1, found.first - 1 - _ROLE_REACH), -1):
        if texts[at] == "to" and "change" in texts[:at]:
            continue  # "change the check in to the 10th"
        if texts[at] == "going" and found.type is not FieldType.PLACE:
            break  # "i am going on the 14th" says when it begins, if anything
        if found.type is FieldType.PLACE and texts[at] in _IN_OR_TO:
            break  # "à Casablanca" is there, not on the way there
        starts, ends = (_covers(table, texts, at, found.first) for table in (start_words, end_words))
        if starts or ends:
            return "start" if starts > ends else "end"
        if texts[at] not in between:
            break
    return ""


def _role_behind(scene: Scene, at: int) -> Role:
    """`kal se`, `sunday tak`: the word that gives the role stands behind."""
    texts, lexicon = scene.words.texts, scene.lexicon
    begins, stops = lexicon.start_behind.at(texts, at), lexicon.end_behind.at(texts, at)
    return "start" if begins and (stops is None or begins.last >= stops.last) else "end"


def _covers(table: PhraseTable[bool], texts: tuple[str, ...], at: int, first: int) -> int:
    """Length of the longest phrase of the table that has `at` as its last word and ends before `first`."""
    for begin in range(max(0, at - 2), at + 1):
        match = table.at(texts, begin) if texts[begin] in table else None
        if match and match.last > at and match.last <= first:
            return match.last - begin
    return 0


def _country_fit(scene: Scene, found: Found, view: FieldView) -> float:
    """A nationality is said as one, or with `from`; a country behind `in` is where somebody is."""
    texts = scene.words.texts
    before = next((texts[at] for at in range(found.first - 1, -1, -1) if texts[at] != "the"), "")
    demonym = found.near == "demonym"
    if view.nationality and demonym:
        return _ONE_S_OWN if _says_of_oneself(scene, found, view) else 0.5
    if view.nationality:
        return 0.4 if before in {"from", "من"} else -0.9 if before in _WHERE else 0.0
    return -0.6 if demonym else 0.4 if before in _WHERE else 0.0


def _says_of_oneself(scene: Scene, found: Found, view: FieldView) -> bool:
    """`I am Indian`: the customer's own; `I am an Indian company` speaks of something else."""
    texts, lexicon = scene.words.texts, scene.lexicon
    behind = texts[found.last] if found.last < len(texts) else "."
    ends = not behind[0].isalnum() or behind in lexicon.conjunctions or behind in lexicon.nationality_words
    first = found.first
    while first > 0 and texts[first - 1] in _AM:
        first -= 1
    return view.field.personal and ends and first > 0 and texts[first - 1] in _MYSELF
