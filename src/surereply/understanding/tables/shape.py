"""What a language's table holds; every entry is written as people write it and folded when it is compiled."""

from dataclasses import dataclass, field

Phrases = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LanguageTable:
    """Words and phrases of one language. Phrases may hold several words; `a|b` lists are split by `listed`."""

    # what the language is known by, and what never is a name, a place or a choice
    function_words: Phrases = ()
    common_words: Phrases = ()

    everyday_words: Phrases = ()  # name an option only in answer to its question: "other", "here"

    # questions
    asking_words: Phrases = ()  # open a question after information: "how much"
    asking_verbs: Phrases = ()  # open one when they come first: "is it", "do you"
    clause_starts: Phrases = ()  # where a new sentence begins, in a message without signs
    wishes: Phrases = ()  # before what is wished for: "i'd love some"
    request_openers: Phrases = ()  # a wish in the form of a question: "can i book"

    # signals
    yes: Phrases = ()
    no: Phrases = ()
    accepts: Phrases = ()  # take up what was offered: "sounds good"
    praise: Phrases = ()  # beside one of `seems`: "that house looks great"
    seems: Phrases = ()
    commits: Phrases = ()  # "book it": takes up what was offered
    declines: Phrases = ()  # turn it down: "anything else instead"
    dont_know: Phrases = ()
    later: Phrases = ()
    refuses: Phrases = ()
    thanks: Phrases = ()
    greetings: Phrases = ()
    goodbyes: Phrases = ()
    angry: Phrases = ()
    legal: Phrases = ()
    discount: Phrases = ()
    corrects: Phrases = ()
    stop: Phrases = ()  # the whole message, exactly
    start: Phrases = ()
    person_alone: Phrases = ()  # the whole message
    person_verbs: Phrases = ()  # "talk to", "connect me with"
    person_wishes: Phrases = ()  # "i want", "give me": only before `person_nouns_strict`
    person_phrases: Phrases = ()  # anywhere in the message
    person_nouns: Phrases = ()
    person_nouns_strict: Phrases = ()
    fillers: Phrases = ()  # may stand between verb and noun
    polite: Phrases = ()  # around an answer, never part of it

    # scope
    negations: Phrases = ()
    alternatives: Phrases = ()  # "or"
    opposites: dict[str, str] = field(
        default_factory=dict
    )  # word of a yes-or-no field → what says its contrary, listed
    conjunctions: Phrases = ()

    # numbers
    numbers: dict[str, int] = field(default_factory=dict)
    multipliers: dict[str, int] = field(default_factory=dict)
    ordinals: dict[str, int] = field(default_factory=dict)
    people_nouns: Phrases = ()

    # dates, times, durations
    months: dict[str, int] = field(default_factory=dict)
    weekdays: dict[str, int] = field(default_factory=dict)  # Monday is 0
    relative_days: dict[str, int] = field(default_factory=dict)
    next_words: Phrases = ()
    this_words: Phrases = ()
    in_words: Phrases = ()  # "in two weeks"
    hence_words: Phrases = ()  # "two weeks from now"
    units: dict[str, str] = field(default_factory=dict)
    dual_units: dict[str, str] = field(default_factory=dict)  # one word that says two of a unit
    one_words: Phrases = ()  # "a", "one": an amount of one before a unit
    day_markers: Phrases = ()  # "the 14th", "on the 14"
    ordinal_marks: Phrases = ()
    of_words: Phrases = ()
    clock_before: Phrases = ()  # "at", "around"
    clock_words: Phrases = ()  # "o'clock"
    clock_from_cues: Phrases = ()  # words that make a bare number a time whatever was asked
    am_words: Phrases = ()
    pm_words: Phrases = ()
    periods: dict[str, tuple[str, str]] = field(default_factory=dict)  # "morning" → from, to
    named_times: dict[str, str] = field(default_factory=dict)
    half_words: Phrases = ()
    quarter_words: Phrases = ()
    past_words: Phrases = ()
    to_words: Phrases = ()

    # people and places
    name_cues: Phrases = ()  # "my name is"
    weak_name_cues: Phrases = ()  # "i am": only before what looks like a name
    place_cues: Phrases = ()  # prepositions before a place
    nationality_words: Phrases = ()

    # roles in a pair of fields
    start_words: Phrases = ()
    end_words: Phrases = ()

    stay_start_words: Phrases = ()  # of a stay: arriving begins it, leaving ends it
    stay_end_words: Phrases = ()
    alone: Phrases = ()  # "just me": one person
    people_before: Phrases = ()  # "table for": the number behind counts people

    currencies: dict[str, str] = field(default_factory=dict)
    any_words: Phrases = ()

    # what only some languages have
    asking_anywhere: Phrases = ()  # words that ask wherever they stand: "कितना"
    negated_behind: Phrases = ()  # "flat nahi": the negation stands behind
    next_behind: Phrases = ()  # "viernes que viene": the coming one, behind the day
    fortnight_behind: Phrases = ()  # "lundi en huit": a week after the coming one
    near_next: bool = False  # "next friday" is the coming one
    weekday_tails: Phrases = ()  # "terça-feira"
    numbered_weekdays: dict[str, int] = field(default_factory=dict)  # "2ª feira"
    day_marks_behind: Phrases = ()  # "18 tarikh"
    month_parts: dict[str, int] = field(default_factory=dict)  # "principios de" → day of the month
    range_words: Phrases = ()  # "del 10 al 15"
    between_words: Phrases = ()
    hour_marks: Phrases = ()  # "9h30", "9 baje"
    quarter_before: Phrases = ()  # "cuarto para las 6"
    mixed_numbers: dict[str, float] = field(default_factory=dict)  # "dhai": two and a half
    fractions_before: dict[str, float] = field(default_factory=dict)  # "sadhe 5": five and a half
    decimal_comma: bool = False  # 12.500 is twelve thousand and five hundred
    pairs: Phrases = ()  # "mi esposa y yo": two people
    place_heads: Phrases = ()  # "aeropuerto de": belongs to the place behind it
    place_tails: Phrases = ()  # "airport": belongs to the place before it
    place_behind: Phrases = ()  # "noida me": what makes the word before it a place
    start_behind: Phrases = ()  # "kal se"
    end_behind: Phrases = ()  # "sunday tak"


def listed(text: str) -> Phrases:
    """`a | b | c` as phrases."""
    return tuple(" ".join(part.split()) for part in text.split("|") if part.strip())


def spaced(text: str) -> Phrases:
    """Single words, divided by blanks."""
    return tuple(text.split())


def numbered(text: str) -> dict[str, int]:
    """`1: one, single | 2: two` as {"one": 1, "single": 1, "two": 2}."""
    return {word: int(value) for word, value in paired(text).items()}


def paired(text: str) -> dict[str, str]:
    """`AED: dirham, dhs | USD: dollar` as {"dirham": "AED", "dhs": "AED", "dollar": "USD"}."""
    pairs: dict[str, str] = {}
    for entry in listed(text):
        value, _, words = entry.partition(":")
        pairs.update((word.strip(), value.strip()) for word in words.split(","))
    return pairs
