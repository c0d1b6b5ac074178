"""What a delivery held, as values: messages, reports, notices, and what could not be understood."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from surereply.domain.message import Identifier, Message
from surereply.domain.replies import Reported


@dataclass(frozen=True, slots=True)
class Referral:
    """The ad that was clicked: answered within a day it opens a window of 72 h, where the line wants that."""

    source_type: str | None
    source_id: str | None
    source_url: str | None
    headline: str | None
    click_id: str | None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message of a customer, or (kind ECHO) of the owner to that customer.

    `identifiers` all name the one customer: phone, BSUID, username, in that order. Phone and BSUID together
    are evidence that both are one contact; a username may pass to somebody else, and is none.
    """

    phone_number_id: str
    message: Message
    identifiers: tuple[Identifier, ...]
    profile_name: str | None
    raw: bytes  # this item's own bytes
    referral: Referral | None = None


class ReportedError(NamedTuple):
    code: int | None
    title: str | None
    details: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """A status of something sent: `status` is WhatsApp's word, `reported` what it means (None: nothing)."""

    phone_number_id: str
    wamid: str
    status: str
    reported: Reported | None
    at: datetime
    callback_data: str | None
    recipients: tuple[Identifier, ...]
    errors: tuple[ReportedError, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class IdentityNotice:
    """`user_changed_number` or `user_changed_user_id`: evidence that `old` and `new` name one contact."""

    phone_number_id: str
    wamid: str
    at: datetime
    old: tuple[Identifier, ...]
    new: tuple[Identifier, ...]
    raw: bytes


@dataclass(frozen=True, slots=True)
class MarketingNotice:
    """The customer stopped marketing messages, or takes them again."""

    phone_number_id: str
    identifiers: tuple[Identifier, ...]
    wants_marketing: bool
    at: datetime
    raw: bytes


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """News of the account, a number or a template: for the operator, never the start of a turn.

    `field` is the webhook's field, or `errors` for an error of no message; then `event` is its code.
    """

    phone_number_id: str | None
    account_id: str | None
    field: str
    event: str | None
    raw: bytes


Notice: TypeAlias = IdentityNotice | MarketingNotice | AccountNotice


@dataclass(frozen=True, slots=True)
class Quarantined:
    phone_number_id: str | None
    reason: str  # holds no customer's words
    raw: bytes


@dataclass(frozen=True, slots=True)
class Delivery:
    """Every item of one webhook POST, each in the order in which it stood there."""

    messages: tuple[InboundMessage, ...] = ()
    reports: tuple[Report, ...] = ()
    notices: tuple[Notice, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
