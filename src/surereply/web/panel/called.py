"""What a customer, and a file of theirs, is called on a page: names are theirs to choose, and turn nothing round."""

import unicodedata
from typing import Protocol

from surereply.domain.message import identifiers_of
from surereply.domain.values import without_controls

# Letters by their category, and nothing to see: fillers of Hangul, the empty pattern of Braille.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_SEEN = frozenset("LNPS")  # letters, digits, punctuation, symbols, by Unicode's categories


class Customer(Protocol):
    @property
    def profile_name(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def bsuid(self) -> str | None: ...


def called(customer: Customer) -> str:
    """By the name they gave themselves, where there is anything to see in it; else by their number."""
    return shown(customer.profile_name) or number_of(customer)


def number_of(customer: Customer) -> str:
    return f"+{customer.phone}" if customer.phone else customer.bsuid or "–"


def is_erased(customer: Customer) -> bool:
    """Nothing is left by which WhatsApp could reach them."""
    return not identifiers_of(customer.phone, customer.bsuid)


def shown(name: str | None) -> str:
    """A name on one line, without marks that turn the writing round: an end that it closes, or one that it leaves open,
    would reach beyond any isolation. \"\" where nothing would be seen."""
    plain = " ".join(without_controls(name or "").split())
    return plain if any(map(_is_seen, plain)) else ""


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] in _SEEN and character not in _BLANK
