"""Is a field's regular expression one that can be tried on whatever a customer sends?"""

import re

MAX_LENGTH = 200
MAX_OPEN_REPEATS = 2  # of `*`, `+`, `{3,}`: each one more multiplies the time by the length of the message
LONG_REPEAT = 100  # `{0,100}` and more is as good as open

_REPEAT = re.compile(r"\*|\+|\{(\d*)(?:(,)(\d*))?\}")


def pattern_mistake(pattern: str) -> str | None:
    """Why the pattern cannot be used, or None. Refuses what can take very long on some text."""
    if len(pattern) > MAX_LENGTH:
        return f"is longer than {MAX_LENGTH} characters"
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is not a regular expression: {error}"
    if "(?" in pattern.replace("(?:", "") or re.search(r"\\[1-9]", pattern):
        return "may have groups ( ) and (?: ), and neither look-around nor back-references"
    if _repeats_a_repeat(pattern):
        return "repeats a group that holds a repeat or a choice, as in (a+)+ or (a|b)*: that can take too long"
    if _open_repeats(pattern) > MAX_OPEN_REPEATS:
        return f"has more than {MAX_OPEN_REPEATS} open repeats (* or +); write {{0,20}} in place of *"
    if compiled.fullmatch(""):
        return "fits an empty text, so everything would be valid"
    return None


def _pieces(pattern: str) -> list[str]:
    """The pattern's characters, where an escape, a class [ ] and a repeat are one piece each."""
    return re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*(?:,\d*)?\}|.", pattern, re.DOTALL)


def _is_long(piece: str) -> bool:
    match = _REPEAT.fullmatch(piece)
    if not match:
        return False
    least, comma, most = match.groups()
    if piece in "*+" or (comma and not most):
        return True
    return int(most or least or 0) >= LONG_REPEAT


def _open_repeats(pattern: str) -> int:
    return sum(_is_long(piece) for piece in _pieces(pattern))


def _repeats_a_repeat(pattern: str) -> bool:
    open_groups: list[bool] = []  # does the group hold a repeat or a choice?
    closed = False  # the group that just ended held one
    for piece in _pieces(pattern.replace("(?:", "(")):
        is_repeat = _REPEAT.fullmatch(piece) is not None
        if is_repeat and closed:
            return True
        closed = piece == ")" and open_groups.pop()
        if piece == "(":
            open_groups.append(False)
        elif open_groups and (closed or is_repeat or piece in "|?"):
            open_groups[-1] = True
    return False
