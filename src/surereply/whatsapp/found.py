"""What was read of a delivery so far, and what reading every item of it needs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Raw

from surereply.whatsapp import shapes
from surereply.whatsapp.content import UNREADABLE
from surereply.whatsapp.delivery import Delivery, InboundMessage, Notice, Quarantined, Report

LONGEST_ID = 512
FIRST_TIMESTAMP = 1_230_768_000  # 2009: before it there was no WhatsApp
FUTURE = timedelta(days=1)


@dataclass(slots=True)
class Found:
    """What was read so far, and what every item needs. `clean` has the length of `raw`, byte for byte."""

    raw: bytes
    clean: bytes
    received_at: datetime
    new_id: Callable[[], UUID]
    messages: list[InboundMessage] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    position: int = 0

    def original(self, item: Raw) -> bytes:
        """The item's bytes as they were delivered."""
        clean = bytes(item)
        if self.clean is self.raw:
            return clean
        start = self.clean.find(clean, self.position)
        if start < 0:  # lists are read in our order, not in that of the bytes
            start = self.clean.find(clean)
        self.position = start + len(clean)
        return self.raw[start : self.position]

    def quarantine(self, line: str | None, reason: str, item: Raw) -> None:
        self.quarantined.append(Quarantined(line, reason, self.original(item)))

    def when(self, timestamp: Any) -> datetime:
        """Whole seconds since 1970, a string or a number; what is absurd or missing counts as now."""
        try:
            seconds = int(timestamp)
        except (TypeError, ValueError, OverflowError):
            return self.received_at
        latest = (self.received_at + FUTURE).timestamp()
        if not FIRST_TIMESTAMP <= seconds <= latest:
            return self.received_at
        return datetime.fromtimestamp(seconds, UTC)

    def delivery(self) -> Delivery:
        return Delivery(tuple(self.messages), tuple(self.reports), tuple(self.notices), tuple(self.quarantined))

    def items(self, raw: Raw, what: str, line: str | None) -> list[Raw]:
        """The members of a list, each still raw."""
        if raw is shapes.NOTHING:
            return []
        try:
            return shapes.read_items(raw)
        except UNREADABLE:
            self.quarantine(line, f"{what} that are no list", raw)
            return []


def short(value: Any) -> str | None:
    """An id as WhatsApp writes them; None where there is none, or one that no index would take."""
    return value if isinstance(value, str) and 0 < len(value) <= LONGEST_ID else None
