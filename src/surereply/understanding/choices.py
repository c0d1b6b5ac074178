"""Options and yes-or-no fields: what the message names, refuses, or only asks about."""

from surereply.domain.facts import Signal
from surereply.domain.flow import SERVICE_FIELD, FieldType
from surereply.understanding.fields import FieldView
from surereply.understanding.found import Found
from surereply.understanding.gazetteer import Gazetteer, Meaning, OptionAt
from surereply.understanding.pointing import POINTS, cue_strength
from surereply.understanding.scene import Claim, Scene, negation_before
from surereply.understanding.sentences import Mood
from surereply.understanding.stems import stem

_NAMED, _NAMED_ASKED = 0.9, 0.97
_TELLING_ASKED = 0.78  # of a single telling word, when the field was asked
_GUESSED_SERVICE = 0.5
_IN_FIRST_QUESTION, _IN_QUESTION, _IN_DOUBT = 0.65, 0.35, 0.85
_AMBIGUOUS = 0.55
_NOT_NEEDED = 0.6  # for a field that the service in question does not ask for
_BETWEEN_ALTERNATIVES = 4  # words: "business or economy", "mainland or a free zone"
_MENTIONED = 0.8  # a yes-or-no field whose cue is simply mentioned
_CUE_FROM = 0.6
_ASKED_ABOUT = 6  # words between "do they" and the cue
_LOOKS_ON = frozenset({"other", "others", "another", "any", "one", "ones", "with", "else", "different", "need", "want"})
_RELATIVE, _RELATIVE_WITHIN = frozenset({"with", "that", "which"}), 3
_WITHOUT = ("no", "without", "بدون")
_COUNTED = (FieldType.COUNT, FieldType.MONEY, FieldType.DURATION)
_THOSE_ASKED_ABOUT = frozenset({"they", "it", "you", "there", "these", "that", "pets"})


def beside_labels(scene: Scene, options: list[OptionAt]) -> list[OptionAt]:
    """Without what a label only seems to state; `Medical card: yes` does state it."""
    yes = scene.lexicon.yes
    named = [label for label in scene.labels if yes.at(scene.words.texts, label.answer)]
    return [
        option
        for option in options
        if not scene.in_label(option.first, option.last)
        or any(label.first <= option.first < label.answer and option.meaning.field in label.fields for label in named)
    ]


def denied_by_label(scene: Scene, gazetteer: Gazetteer) -> list[OptionAt]:
    """`Insurance: no` as the option that `no insurance` names."""
    denied: list[OptionAt] = []
    for label in scene.labels:
        answer = scene.lexicon.no.at(scene.words.texts, label.answer)
        for word in _WITHOUT if answer else ():
            said = (word, *scene.words.texts[label.first : label.answer - 1])
            for option in gazetteer.find(said, tuple([stem(text) for text in said])):
                whole = option.last - option.first == len(said) and option.meaning.field in label.fields
                if answer and whole and not option.telling:
                    denied.append(OptionAt(option.meaning, answer.first, answer.last, option.sure))
    return denied


def claim_options(scene: Scene, options: list[OptionAt]) -> list[Claim]:
    """Options that the message states, one a field unless it is a list; a negated one is nobody's."""
    claims: list[Claim] = []
    for field in dict.fromkeys(option.meaning.field for option in options):
        view = scene.views.get(field)
        if view is not None and view.type is FieldType.YES_NO:
            continue  # whose options are the words for yes and no
        mine = [
            (option, _confidence(scene, option, field, options))
            for option in options
            if option.meaning.field == field and not scene.is_negated(option.first, option.last)
        ]
        stated = [(option, sure) for option, sure in mine if sure > 0]
        plain = [(option, sure) for option, sure in stated if not option.telling]
        stated = plain or stated
        if view is not None and view.is_list:
            claims.extend(_claim(option, sure) for option, sure in stated)
        elif stated:
            claims.append(_best(scene, stated, [option for option, _ in mine if not option.telling]))
    return claims


def _best(scene: Scene, stated: list[tuple[OptionAt, float]], others: list[OptionAt]) -> Claim:
    """The one that is meant: the surest, the longest, after a correction the last; two at once are a guess."""
    keys = {option.meaning.key for option, _ in stated}
    ranked = sorted(stated, key=lambda o: (o[1], o[0].last - o[0].first), reverse=True)
    option, sure = ranked[0]
    if len(keys) > 1:
        rival, rival_sure = next(o for o in ranked if o[0].meaning.key != option.meaning.key)
        if sure - rival_sure < 0.1:
            longer = option.last - option.first > rival.last - rival.first and not _are_alternatives(
                scene, option, rival
            )
            sure = sure if longer and option.first != rival.first and option.telling is False else min(sure, _AMBIGUOUS)
    if any(o.meaning.key != option.meaning.key and _are_alternatives(scene, option, o) for o in others):
        sure = min(sure, _AMBIGUOUS)
    return _claim(option, sure)


def _are_alternatives(scene: Scene, one: OptionAt, other: OptionAt) -> bool:
    first, last = min(one.last, other.last), max(one.first, other.first)
    near = last - first <= _BETWEEN_ALTERNATIVES
    return near and any(text in scene.lexicon.alternatives for text in scene.words.texts[first:last])


def _confidence(scene: Scene, option: OptionAt, field: str, options: list[OptionAt]) -> float:
    asked = field in scene.asked or (bool(scene.labels) and scene.answers_label(field, option.first))
    mood = scene.mood_at(option.first)
    if not asked and field != SERVICE_FIELD and field in scene.context.known:
        same = scene.context.known[field] == option.meaning.key
        if option.alike or same:
            return 0.0  # spoken of, and nothing new: "how much is the concert"
    everyday = all(text in scene.lexicon.everyday for text in scene.words.texts[option.first : option.last])
    if everyday and not asked:
        return 0.0  # "other" names an option only in answer to its question
    if option.telling:
        if asked and mood in {Mood.STATES, Mood.DOUBTS} and not _is_counted_elsewhere(scene, option):
            sure = _TELLING_ASKED * option.sure / 0.6
        elif field == SERVICE_FIELD and field not in scene.context.known and mood is not Mood.ASKS:
            sure = _GUESSED_SERVICE * option.sure / 0.6
        else:
            return 0.0
    else:
        sure = (_NAMED_ASKED if asked else _NAMED) * (option.sure if option.sure < 0.95 else 1.0)
        if not asked and _is_shared(scene, option, options):
            sure = min(sure, _AMBIGUOUS)
        if not asked and field not in scene.needed and field != SERVICE_FIELD:
            sure *= _NOT_NEEDED
    if mood in {Mood.ASKS, Mood.ASKS_WHETHER}:
        # Asking about a service is how leads begin; once one is known, it is only a question.
        opens = field == SERVICE_FIELD and field not in scene.context.known
        sure *= 1.0 if opens else _IN_FIRST_QUESTION if not scene.context.known and not asked else _IN_QUESTION
    elif mood is Mood.DOUBTS:
        sure *= 1.0 if asked or field == SERVICE_FIELD else _IN_DOUBT
    return sure


def _is_counted_elsewhere(scene: Scene, option: OptionAt) -> bool:
    """The 2 of `partners is 2` tells no `in 2 weeks`."""
    if not scene.words.texts[option.first][0].isdigit():
        return False
    number = Found(FieldType.COUNT, None, option.first, option.last)
    views = [view for kind in _COUNTED for view in scene.by_type.get(kind, ())]
    return any(cue_strength(scene, number, view) >= POINTS for view in views)


def _is_shared(scene: Scene, option: OptionAt, options: list[OptionAt]) -> bool:
    """The same words name an option of another field that is asked, or more at home here."""
    for other in options:
        within = other.first <= option.first and option.last <= other.last and not other.telling
        if other.meaning.field != option.meaning.field and within:
            together = _go_together(scene, option.meaning, other.meaning)
            if together and not (other.meaning.field in scene.asked and SERVICE_FIELD in scene.context.known):
                continue
            if other.last - other.first > option.last - option.first:
                return True
            cued_here = bool(scene.cues.get(option.meaning.field))
            cued_there = bool(scene.cues.get(other.meaning.field))
            if other.meaning.field in scene.asked or cued_there >= cued_here:
                return True
    return False


def _go_together(scene: Scene, one: Meaning, other: Meaning) -> bool:
    """`a free zone company` names the service and, for that service, the licence as well."""
    service, field = (one, other) if one.field == SERVICE_FIELD else (other, one)
    if service.field != SERVICE_FIELD:
        return False
    return one.field == SERVICE_FIELD or field.field in scene.flow.services[service.key].needs


def _claim(option: OptionAt, sure: float) -> Claim:
    view_value = option.meaning.key
    return Claim(option.meaning.field, view_value, option.first, option.last, min(sure, 0.99))


def claim_yes_no(scene: Scene, options: list[OptionAt], signals: set[Signal]) -> list[Claim]:
    """Yes-or-no fields: the answer to one that was asked, and those whose cue is mentioned or refused."""
    claims: list[Claim] = []
    for view in scene.by_type.get(FieldType.YES_NO, ()):
        labelled = _labelled(scene, view) if scene.labels else None
        claim = (
            labelled
            or _from_options(scene, view, options)
            or _answered(scene, view, signals)
            or _mentioned(scene, view)
        )
        if claim:
            claims.append(claim)
    return claims


def _labelled(scene: Scene, view: FieldView) -> Claim | None:
    """`First visit: no`."""
    for label in scene.labels:
        if view.name not in label.fields:
            continue
        for value, table in ((True, scene.lexicon.yes), (False, scene.lexicon.no)):
            answer = table.at(scene.words.texts, label.answer)
            if answer:
                return Claim(view.name, value, answer.first, answer.last, _NAMED_ASKED)
    return None


def _from_options(scene: Scene, view: FieldView, options: list[OptionAt]) -> Claim | None:
    """A yes-or-no field may have options `yes` and `no` with synonyms: "i'm abroad" is a no."""
    for option in options:
        if option.meaning.field != view.name or option.telling or option.meaning.key not in {"yes", "no"}:
            continue
        if scene.mood_at(option.first) not in {Mood.ASKS, Mood.ASKS_WHETHER}:
            said = (option.meaning.key == "yes") is not scene.is_negated(option.first)
            return Claim(view.name, said, option.first, option.last, 0.93 * option.sure)
    return None


def _answered(scene: Scene, view: FieldView, signals: set[Signal]) -> Claim | None:
    if view.name not in scene.asked or Signal.DONT_KNOW in signals:
        return None
    texts = scene.words.texts
    yes_no_asked = [name for name in scene.asked if scene.views[name].type is FieldType.YES_NO]
    if yes_no_asked[0] != view.name and not scene.cues.get(view.name):
        return None
    for value, signal, table in ((True, Signal.YES, scene.lexicon.yes), (False, Signal.NO, scene.lexicon.no)):
        if signal in signals:
            match = next((m for at in range(min(len(texts), 6)) if (m := table.at(texts, at))), None)
            if match:
                return Claim(view.name, value, match.first, match.last, 0.95)
    return None


def _mentioned(scene: Scene, view: FieldView) -> Claim | None:
    """`no pets`, `furnished please`, `غير مفروش`: the cue itself says it, unless it is only asked about."""
    asked = view.name in scene.asked
    for cue in sorted(scene.cues.get(view.name, ()), key=lambda c: -c.weight):
        if cue.weight < _CUE_FROM and not (asked and cue.weight >= 0.3):
            break
        if (scene.labels and scene.in_label(cue.first, cue.last)) or _is_only_asked(scene, cue.first, asked):
            continue
        negation = negation_before(scene, cue.first)
        first = cue.first if negation is None else negation
        sure = 0.92 if asked or (cue.explicit and negation is not None) else _MENTIONED
        return Claim(view.name, negation is None, first, cue.last, sure * (1.0 if cue.weight >= _CUE_FROM else 0.8))
    return _unsaid(scene, view)


def _is_only_asked(scene: Scene, at: int, asked: bool) -> bool:
    """Whether the cue stands in a question about it; `any houses that allow pets?` wishes for them."""
    mood = scene.mood_at(at)
    about = is_asked_about(scene, at)
    if _is_wished_for(scene, at) and not about:
        return False
    if mood in {Mood.ASKS, Mood.ASKS_WHETHER}:
        return True
    return not asked and (mood is Mood.DOUBTS or about or _of_an_offer(scene, mood))


def _is_wished_for(scene: Scene, at: int) -> bool:
    """`houses with a garden`, `flats that allow pets`: said of what is looked for, in whatever form."""
    texts = scene.words.texts
    return any(texts[before] in _RELATIVE for before in range(max(0, at - _RELATIVE_WITHIN), at))


def _of_an_offer(scene: Scene, mood: Mood) -> bool:
    """`is there a laundry?`, behind an offer: asked about it, and wished for nowhere else."""
    looks_on = not _LOOKS_ON.isdisjoint(scene.words.texts)
    return mood is Mood.WISHES and bool(scene.context.offered) and "?" in scene.words.texts and not looks_on


def is_asked_about(scene: Scene, at: int) -> bool:
    """`… and do they have wifi`, `check if it is furnished`: a question within a sentence."""
    texts, lexicon = scene.words.texts, scene.lexicon
    tokens = scene.words.tokens
    for before in range(at - 1, max(-1, at - 1 - _ASKED_ABOUT), -1):
        if tokens[before].sentence != tokens[at].sentence:
            return False
        if texts[before] in {"if", "whether", "هل", "اذا"} or texts[before] in _THOSE_ASKED_ABOUT:
            wished = scene.mood_at(at) is Mood.WISHES and texts[before + 1] in {"a", "an", "any"}
            if texts[before] == "there" and wished:
                return False  # "are there any flats with parking?" wishes for one
            asking = before > 0 and texts[before - 1] in {"do", "does", "is", "are", "have", "has", "did"}
            if asking or texts[before] not in _THOSE_ASKED_ABOUT:
                return True
    return bool(lexicon.asking_verbs.at(texts, at - 1)) if at else False


def _unsaid(scene: Scene, view: FieldView) -> Claim | None:
    """`unfurnished` refuses what `furnished` asks, `abroad` what `inside` does."""
    for opposite in scene.lexicon.opposites.find(scene.words.texts):
        if opposite.payload in view.spoken and scene.mood_at(opposite.first) in {Mood.STATES, Mood.DOUBTS}:
            sure = 0.92 if view.name in scene.asked else _MENTIONED
            return Claim(view.name, False, opposite.first, opposite.last, sure)
    for at, word in enumerate(scene.stems):
        if word.startswith(("un", "non")) and word.isascii():
            rest = word[3:] if word.startswith("non") else word[2:]
            if view.words.get(rest, 0.0) >= _CUE_FROM:
                return Claim(view.name, False, at, at + 1, 0.9)
    return None
