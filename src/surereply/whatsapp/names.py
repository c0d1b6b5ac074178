"""By which names WhatsApp knows a customer: phone, business-scoped user id, username."""

import re
from collections.abc import Sequence
from typing import Any

from surereply.domain.message import Identifier, IdentifierKind
from surereply.whatsapp import shapes

LONGEST_NAME = 128
_PHONE = re.compile(r"\+?([0-9]{5,20})")
_BSUID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9._-]+")


def of_message(head: shapes.Message, contacts: Sequence[shapes.Contact]) -> tuple[Identifier, ...]:
    """All names of who sent it; empty where there is none.

    A contact card of the same delivery adds what the message leaves out, but only a card that names the
    sender (or the only card, where the message names nobody): another's name would merge two people.
    """
    own = by_kind(head.from_, head.from_user_id)
    card = _card_of(own, contacts)
    if card is not None:
        own = by_kind(card.wa_id, card.user_id, _username(card)) | own
    return tuple(own[kind] for kind in IdentifierKind if kind in own)


def of_recipient(phone: Any, user_id: Any) -> tuple[Identifier, ...]:
    named = by_kind(phone, user_id)
    return tuple(named[kind] for kind in IdentifierKind if kind in named)


def by_kind(phone: Any, user_id: Any, username: Any = None) -> dict[IdentifierKind, Identifier]:
    """The names that are there and usable. A user id in place of a phone is taken as what it is."""
    names: dict[IdentifierKind, Identifier] = {}
    if isinstance(username, str) and 0 < len(username) <= LONGEST_NAME:
        names[IdentifierKind.USERNAME] = Identifier(IdentifierKind.USERNAME, username)
    if isinstance(phone, str) and len(phone) <= LONGEST_NAME:
        if digits := _PHONE.fullmatch(phone):
            names[IdentifierKind.PHONE] = Identifier(IdentifierKind.PHONE, digits[1])
        elif _BSUID.fullmatch(phone):
            names[IdentifierKind.BSUID] = Identifier(IdentifierKind.BSUID, phone)
    if isinstance(user_id, str) and 0 < len(user_id) <= LONGEST_NAME:
        names[IdentifierKind.BSUID] = Identifier(IdentifierKind.BSUID, user_id)
    return names


def profile_name(head: shapes.Message, contacts: Sequence[shapes.Contact]) -> str | None:
    card = _card_of(by_kind(head.from_, head.from_user_id), contacts)
    name = card.profile.get("name") if card is not None and isinstance(card.profile, dict) else None
    return name if isinstance(name, str) and name else None


def _card_of(own: dict[IdentifierKind, Identifier], contacts: Sequence[shapes.Contact]) -> shapes.Contact | None:
    if not own:
        return contacts[0] if len(contacts) == 1 else None
    for card in contacts:
        theirs = by_kind(card.wa_id, card.user_id)
        shared = own.keys() & theirs.keys()
        if shared and all(own[kind] == theirs[kind] for kind in shared):
            return card
    return None


def _username(card: shapes.Contact) -> Any:
    nested = card.profile.get("username") if isinstance(card.profile, dict) else None
    return card.username or nested
