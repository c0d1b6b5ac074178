"""All typed values of a message, with overlaps settled: a date's digits are no count, two ends make a range."""

from datetime import date, timedelta

from surereply.domain.facts import Context, Value
from surereply.domain.flow import FieldType, Flow
from surereply.understanding.found import Found
from surereply.understanding.lexicon import Lexicon
from surereply.understanding.normalise import Words
from surereply.understanding.numbers import find_numbers
from surereply.understanding.recognisers.addresses import find_addresses
from surereply.understanding.recognisers.amounts import (
    LARGEST_AMOUNT,
    LARGEST_COUNT,
    find_counts,
    find_durations,
    find_money,
)
from surereply.understanding.recognisers.calendar_days import real_day
from surereply.understanding.recognisers.contacts import find_emails, find_phones, find_urls
from surereply.understanding.recognisers.countries import find_countries
from surereply.understanding.recognisers.dates import DateReader
from surereply.understanding.recognisers.places import find_places
from surereply.understanding.recognisers.times import TimeReader
from surereply.understanding.stems import stem

_MONTH_FIRST_COUNTRIES = frozenset({"US", "PH"})
_MOST = 60  # values of one message; more is a list of prices or a joke
_SHORTEST_PHONE = 7  # digits
_SCALES = (10_000_000, 1_000_000, 100_000, 1_000)
_SMALLEST_SCALED = 1_000
_RANGE_WORDS = frozenset({"to", "-", "till", "until", "الي", "حتي", "لغايه"})
_AND_WORDS = frozenset({"and", "و"})
_BETWEEN_WORDS = frozenset({"between", "from", "بين", "من"})
_SURE_TIME = 0.9
_SUMMING = frozenset({"+", "&", "and", "y", "e", "et", "و", "plus"})


def find_typed(
    words: Words,
    flow: Flow,
    types: frozenset[FieldType],
    expected: frozenset[FieldType],
    context: Context,
    lexicon: Lexicon,
    never_places: frozenset[str],
    journeys: bool,
    apart_units: frozenset[str],
) -> list[Found]:
    """Typed values, none overlapping a surer one. `types` are the flow's, `expected` the asked ones; `apart_units` are
    counted in fields of their own, such as adults."""
    has_digit = any(text[0].isdigit() for text in words.texts)
    fixed: list[Found] = [*find_emails(words)]
    if has_digit and sum(map(str.isdigit, words.folded)) >= _SHORTEST_PHONE:
        fixed.extend(find_phones(words, flow.business.country, FieldType.PHONE in expected))
    if has_digit and FieldType.PLACE in types:
        fixed.extend(find_addresses(words, lexicon))
    taken = _tokens_of(fixed)
    for first, last in find_urls(words):
        taken.update(range(first, last))
    month_first = flow.business.country in _MONTH_FIRST_COUNTRIES
    dates = DateReader(words, lexicon, context.now.date(), month_first).find()
    if FieldType.DURATION in expected and FieldType.DATE not in expected:
        dates = [date for date in dates if words.texts[date.first] not in lexicon.in_words]
    fixed.extend(_free(_in_order(words, dates, lexicon), taken))
    times = _free(TimeReader(words, lexicon, FieldType.TIME in expected).find(), taken)
    fixed.extend(time for time in times if time.sure >= _SURE_TIME)
    open_ends = [time for time in times if time.sure < _SURE_TIME]
    if len(open_ends) < len(times):
        open_ends = []  # beside a plain time, a bare number is none
    numbers = find_numbers(words, lexicon)
    largest = LARGEST_AMOUNT if FieldType.MONEY in types else LARGEST_COUNT
    counts = find_counts(words, numbers, lexicon, largest) if FieldType.COUNT in types or numbers else []
    if FieldType.COUNT in expected and not counts:
        alone = lexicon.alone.find(words.texts)
        counts.extend(Found(FieldType.COUNT, 1, match.first, match.last, 0.95) for match in alone)
    counts = _together(words, counts, lexicon, FieldType.COUNT in expected, apart_units)
    fixed = _with_first_ends(words, fixed, counts)
    taken = _tokens_of(fixed) | taken
    amounts: list[Found] = []
    if FieldType.MONEY in types:
        amounts.extend(_free(find_money(words, numbers, lexicon, flow.business.currency), taken))
    if FieldType.DURATION in types:
        amounts.extend(_free(find_durations(words, numbers, lexicon), taken))
    named = _named_money(amounts)
    amounts.extend(_free(counts, taken | named))
    if FieldType.COUNTRY in types:
        fixed.extend(_free(find_countries(words, lexicon, FieldType.COUNTRY in expected), taken))
    if FieldType.PLACE in types:
        fixed.extend(_free(find_places(words, lexicon, FieldType.PLACE in expected, never_places, journeys), taken))
    return [*fixed, *open_ends, *amounts][:_MOST]


def _in_order(words: Words, dates: list[Found], lexicon: Lexicon) -> list[Found]:
    """`del viernes al lunes`: the second day comes after the first."""
    ordered: list[Found] = []
    for one in dates:
        before = ordered[-1] if ordered else None
        if before and one.value and before.value and one.value < before.value and _joins(words, before, one, lexicon):
            day, earlier = date.fromisoformat(one.value), date.fromisoformat(before.value)
            if one.near == "weekday":
                day += timedelta(days=7 * -(-(earlier - day).days // 7))
            elif one.near == "day":
                day = real_day(earlier.year, earlier.month, day.day) or day
            one = one._replace(value=max(day, date.fromisoformat(one.value)).isoformat())
        ordered.append(one)
    return ordered


def _joins(words: Words, before: Found, one: Found, lexicon: Lexicon) -> bool:
    between = set(words.texts[before.last : one.first])
    joining = between & _RANGE_WORDS or any(word in lexicon.range_words for word in between)
    return bool(joining or not between) or any(word in lexicon.start_behind for word in between)


def _together(
    words: Words, counts: list[Found], lexicon: Lexicon, expected: bool, apart_units: frozenset[str]
) -> list[Found]:
    """`2 adults + 1 kid` are three people, `me and my husband` two."""
    people = lexicon.people_nouns
    together: list[Found] = []
    for one in counts:
        before = together[-1] if together else None
        both = before and isinstance(before.value, int) and isinstance(one.value, int) and before.value and one.value
        if before and both and people.has(before.near) and people.has(one.near) and one.first - before.last <= 3:
            between = words.texts[before.last : one.first]
            apart = {stem(before.near), stem(one.near)} & apart_units
            if not apart and any(text in _SUMMING or text in lexicon.conjunctions for text in between):
                last = one.last + (one.last < len(words.texts) and words.texts[one.last] == one.near)
                together[-1] = before._replace(value=before.value + one.value, last=last)
                continue
        together.append(one)
    if expected and not together:
        together = [
            Found(FieldType.COUNT, 2, pair.first, pair.last, 0.95, "people") for pair in lexicon.pairs.find(words.texts)
        ]
    return together


def _tokens_of(found: list[Found]) -> set[int]:
    return {at for one in found for at in range(one.first, one.last)}


def _free(found: list[Found], taken: set[int]) -> list[Found]:
    free = [one for one in found if not taken.intersection(range(one.first, one.last))]
    if found and found[0].type in {FieldType.DATE, FieldType.TIME}:
        taken.update(at for one in free if one.sure >= _SURE_TIME for at in range(one.first, one.last))
    return free


def _named_money(amounts: list[Found]) -> set[int]:
    return _tokens_of([one for one in amounts if one.type is FieldType.MONEY and one.sure == 1.0])


def _with_first_ends(words: Words, fixed: list[Found], counts: list[Found]) -> list[Found]:
    """`between 5 and 7pm`: the five is a time as well."""
    extended = list(fixed)
    for time in fixed:
        if time.type is not FieldType.TIME or not isinstance(time.value, str):
            continue
        for count in counts:
            linked = count.last + 1 == time.first and words.texts[count.last] in _RANGE_WORDS | _AND_WORDS
            opened = count.first > 0 and words.texts[count.first - 1] in _BETWEEN_WORDS
            if linked and opened and isinstance(count.value, int) and 1 <= count.value <= 12:
                hour, end = count.value, int(time.value[:2])
                hour += 12 if hour + 12 < end and hour < 12 else 0
                if hour <= end:
                    extended.append(Found(FieldType.TIME, f"{hour:02d}:00", count.first, count.last, 0.95))
    return extended


def joined_ranges(words: Words, found: list[Found], paired: frozenset[FieldType], lexicon: Lexicon) -> list[Found]:
    """Two ends of one value as {"from", "to"}, but for types where the flow has a field for each end (`paired`)."""
    joined: list[Found] = []
    for one in sorted(found, key=lambda f: (f.first, f.last)):
        earlier = [j for j in reversed(joined) if j.last <= one.first]
        before = next((j for j in earlier if j.type is one.type), None)
        bare = next((j for j in earlier if _may_begin(j, one)), None)
        before = bare if bare and (before is None or bare.first > before.first) else before
        if before and one.type not in paired and _is_range(words, before, one, lexicon):
            both = {"from": _scaled_like(before.value, one.value), "to": one.value}
            index = joined.index(before)
            joined[index] = before._replace(type=one.type, value=both, last=one.last, near=one.near or before.near)
        else:
            joined.append(one)
    return joined


def _may_begin(start: Found, end: Found) -> bool:
    """`20 to 25 thousand`: the first end is a bare number."""
    bare = start.type is FieldType.COUNT and not start.near and isinstance(start.value, int)
    return bare and end.type is FieldType.MONEY


def _scaled_like(start: Value, end: Value) -> Value:
    """`20 to 25 thousand`: the scale stands once, behind; so may the currency."""
    amount = end["amount"] if isinstance(end, dict) and "amount" in end else None
    if amount is None:
        return start
    first = start["amount"] if isinstance(start, dict) else start
    fitting = (
        scale for scale in _SCALES if first < _SMALLEST_SCALED and first * scale <= amount and amount % scale == 0
    )
    first *= next(fitting, 1)
    return {"amount": first, "currency": end["currency"]}


def _is_range(words: Words, start: Found, end: Found, lexicon: Lexicon) -> bool:
    rangeable = {FieldType.DATE, FieldType.TIME, FieldType.MONEY, FieldType.COUNT}
    if (
        start.type not in rangeable
        or end.first != start.last + 1
        or (isinstance(start.value, dict) and "from" in start.value)
    ):
        return False
    if start.value is None or end.value is None or (isinstance(end.value, dict) and "from" in end.value):
        return False
    link = words.texts[start.last]
    opened = start.first > 0 and words.texts[start.first - 1] in _BETWEEN_WORDS | lexicon.between_words
    anded = link in _AND_WORDS or link in lexicon.conjunctions
    return link in _RANGE_WORDS or link in lexicon.range_words or (anded and opened)
