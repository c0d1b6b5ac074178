"""What a webhook POST brought, parsed and assigned to lines, before it is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from surereply.domain.message import Message
from surereply.domain.replies import Reported
from surereply.store.contacts import Address


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message as delivered, on a line of ours. `at_once`: taps and exact STOP do not wait for more words."""

    address: Address
    message: Message
    raw: bytes
    at_once: bool = False
    needs_no_turn: str | None = None  # the recorded reason
    referral: str | None = None  # JSON of the ad that was clicked


@dataclass(frozen=True, slots=True)
class NewReport:
    id: UUID
    bucket: int
    line_id: UUID
    wamid: str
    reported: Reported
    at: datetime
    callback_data: str | None
    code: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class NewQuarantine:
    id: UUID
    bucket: int
    phone_number_id: str | None
    reason: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class NewNotice:
    """What WhatsApp says of a line or an account."""

    id: UUID
    bucket: int
    line_id: UUID | None
    kind: str
    detail: str  # JSON


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """One webhook POST, parsed and assigned to lines."""

    id: UUID
    received_at: datetime
    body_bytes: int
    messages: tuple[NewMessage, ...] = ()
    reports: tuple[NewReport, ...] = ()
    quarantined: tuple[NewQuarantine, ...] = ()
    notices: tuple[NewNotice, ...] = ()
    same_contact: tuple[Address, ...] = ()  # identifiers that a notice says are one contact's
    marketing: tuple[tuple[Address, bool], ...] = ()  # who wants marketing, or no more of it
    simulated: bool = False

    def buckets(self) -> set[int]:
        addresses = (*(m.address for m in self.messages), *self.same_contact, *(a for a, _ in self.marketing))
        return {
            *(address.bucket for address in addresses),
            *(report.bucket for report in self.reports),
            *(item.bucket for item in self.quarantined),
            *(notice.bucket for notice in self.notices),
        }


@dataclass(frozen=True, slots=True)
class Kept:
    """What a delivery brought that was new."""

    messages: int
    repeated: int
    reports: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a conversation waits for more words before its turn is due."""

    debounce: timedelta = timedelta(milliseconds=1500)
    max_wait: timedelta = timedelta(milliseconds=8000)
