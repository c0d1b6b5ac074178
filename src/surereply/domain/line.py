"""One WhatsApp number of the business: its flow, its limits, its hours."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

SHORTEST_RETENTION_DAYS = 8  # WhatsApp repeats deliveries for 7
LONGEST_RETENTION_DAYS = 3650
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class LineSettings:
    """What the owner set for a line.

    `office_hours`: weekday ("mon" …) to spans ("09:00", "18:00") in the line's zone; empty means always open.
    """

    messages_per_second: float = 40.0  # WhatsApp counts 80 in and out together; half of it is ours
    replies_per_hour: int = 30
    office_hours: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    time_zone: str | None = None  # the flow's unless set
    unknown_policy: str = "hold"  # or "resend"
    codes_not_sent: tuple[int, ...] = ()  # the owner's additions to the list of codes that mean "not sent"
    retention_days: int | None = None  # how long words are kept; None: for good
    read_marks: bool = True  # show customers that they were read, and that an answer is being written


@dataclass(frozen=True, slots=True)
class Line:
    bucket: int
    id: UUID
    phone_number_id: str
    name: str
    flow_name: str
    settings: LineSettings = field(default_factory=LineSettings)


def retention_problem(days: int | None) -> str | None:
    """Why words cannot be kept for so many days; None where they can."""
    if days is None or SHORTEST_RETENTION_DAYS <= days <= LONGEST_RETENTION_DAYS:
        return None
    return (
        f"words are kept for {SHORTEST_RETENTION_DAYS} to {LONGEST_RETENTION_DAYS} days, or for good: "
        "WhatsApp may repeat a delivery for 7 days"
    )


def office_is_open(settings: LineSettings, zone: str, now: datetime) -> bool:
    """Whether machine replies may leave now. Spans that end before they start run past midnight."""
    if not settings.office_hours:
        return True
    local = now.astimezone(ZoneInfo(settings.time_zone or zone))
    return _in_spans(settings, local, 0) or _in_spans(settings, local, 1)


def _in_spans(settings: LineSettings, local: datetime, days_ago: int) -> bool:
    """Whether a span that began `days_ago` days ago holds this moment."""
    weekday = WEEKDAYS[(local.weekday() - days_ago) % 7]
    for start_text, end_text in settings.office_hours.get(weekday, []):
        start, end = time.fromisoformat(start_text), time.fromisoformat(end_text)
        overnight = end <= start
        clock = local.time()
        if days_ago == 0 and clock >= start and (overnight or clock < end):
            return True
        if days_ago == 1 and overnight and clock < end:
            return True
    return False


PAIR_INTERVAL = timedelta(seconds=6)  # WhatsApp: one message in 6 s to the same user …
PAIR_BURST = 45  # … with bursts of up to 45 borrowed
