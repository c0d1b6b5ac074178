"""Messages as they are typed in a hurry: lower case without punctuation, and with typos. Seeded."""

import random
import re

_SIGNS = re.compile(r"(?<!\d)[.,!?;](?!\d)|[\"“”]|[.,!?;]$")
_SHARE_OF_WORDS = 0.12  # that have a typo
_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "ko", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip


def noisy(text: str, kind: str | None, seed: str) -> str:
    """The text with `lower` (small letters, no punctuation) or `typos` (that, and slips in one word of eight)."""
    if kind is None:
        return text
    text = re.sub(r"\s+", " ", _SIGNS.sub(" ", text.lower())).strip()
    if kind == "lower":
        return text
    dice = random.Random(seed)
    return " ".join(_slip(word, dice) if _may_slip(word, dice) else word for word in text.split(" "))


def _may_slip(word: str, dice: random.Random) -> bool:
    return dice.random() < _SHARE_OF_WORDS and len(word) > 3 and word.isalpha()


def _slip(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word) - 1)
    kind = dice.choice(("swap", "drop", "double", "neighbour"))
    if kind == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + word[at] + word[at:]
    return word[:at] + dice.choice(_NEIGHBOURS.get(word[at], word[at])) + word[at + 1 :]
