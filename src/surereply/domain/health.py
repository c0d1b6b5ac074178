"""What the figures of a running deployment add up to: green, amber or red, and why. Pure."""

from dataclasses import dataclass
from enum import StrEnum

# A minute after nothing is processed any more, health is red: less than a minute, since a turn waits for its debounce.
UNREAD_RED_SECONDS = 45.0
PENDING_RED_SECONDS = 60.0
SENDING_RED_SECONDS = 60.0
REPORTS_RED_SECONDS = 300.0
MERGE_RED_SECONDS = 60.0
UNKNOWN_RED_SECONDS = 3600.0
FAILING_TURN_TRIES = 3
HANDOVER_AMBER_SECONDS = 900.0
ENDPOINT_AMBER_SECONDS = 3600.0
MONTHS_AHEAD_AMBER = 1

# Code of each reason to its meaning; docs/operating.md has a paragraph for every one of them.
REASONS: dict[str, str] = {
    "database_unreachable": "the database does not answer, or keeps nothing",
    "unread_waiting": "messages wait for their turn: no responder takes them",
    "turns_failing": "turns of conversations fail again and again",
    "merges_waiting": "contacts that are one wait to be united: no reconciler does it",
    "pending_waiting": "replies that may leave do not: no dispatcher takes them",
    "sending_stuck": "sends whose lease ended are still unsettled: no reconciler looks at them",
    "reports_waiting": "reports of WhatsApp are not folded in: no reconciler does it",
    "line_stopped": "a line is stopped until a person acts",
    "templates_stopped": "templates of a line are stopped until its payment is settled",
    "dedupe_alarm": "a turn made a reply whose key existed; it was not sent, and it is our bug",
    "second_copies": "WhatsApp accepted a reply twice without a person's consent",
    "unknown_old": "replies are in doubt for too long; look at the chats and decide",
    "unknown_replies": "replies are in doubt; evidence or a person settles them",
    "failed_replies": "replies failed and are listed; send them again or discard them",
    "quarantined": "deliveries hold what could not be understood",
    "line_closed": "a line is closed for a while and opens by itself",
    "line_held": "a line is held until `surereply release`",
    "line_paused": "a line is paused by its owner",
    "handovers_waiting": "customers wait for a person",
    "endpoint_disabled": "an endpoint is told nothing any more until a person acts: nothing arrived for days",
    "endpoint_failing": "nothing arrives at an endpoint; it is tried again for days",
    "default_partition": "rows lie in a default partition: a month's partition was missing",
    "partitions_low": "partitions for the coming month are not made",
    "no_lines": "no line is set up, so no message can come in",
    "odd_rows": "some rows cannot be read; they are shown as odd",
}


class Colour(StrEnum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"


_ORDER = (Colour.GREEN, Colour.AMBER, Colour.RED)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why health is not green. `code` is a key of `REASONS`; `sentence` is for a person, with the figures."""

    code: str
    verdict: Colour
    sentence: str

    @property
    def told(self) -> str:
        """The figures alone."""
        return self.sentence.removeprefix(REASONS[self.code]).removeprefix(" (").removesuffix(")")


@dataclass(frozen=True, slots=True)
class LineState:
    """What keeps a line from sending. Each text is the recorded reason; None: nothing does."""

    name: str
    stopped: str | None = None
    templates_stopped: bool = False
    closed: str | None = None
    held: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """What health rests on, read from the ticket tables. Seconds are ages; None: there is none of the kind."""

    refusing_s: float | None = None  # since the process that is asked refused a delivery, and kept none any more
    unread_overdue_s: float | None = None  # since the turn of the oldest unread message was due
    failing_turns: int = 0  # tickets that were tried FAILING_TURN_TRIES times or more
    merge_waiting_s: float | None = None
    pending_overdue_s: float | None = None  # since a reply of an open line could have left
    sending_overdue_s: float | None = None  # since a send's lease ended
    report_overdue_s: float | None = None
    unknown_s: float | None = None
    unknown: int = 0
    failed: int = 0
    alarms: int = 0  # collisions inside a fenced turn, of the last day
    second_copies: int = 0  # of the last day, without a resend by a person or a policy
    quarantined: int = 0
    handover_waiting_s: float | None = None  # since the oldest was opened that nobody has taken
    handovers_waiting: int = 0
    endpoints_disabled: tuple[str, ...] = ()  # their hosts
    endpoints_failing: tuple[str, ...] = ()  # nothing arrived for ENDPOINT_AMBER_SECONDS
    default_partitions: tuple[str, ...] = ()  # tables whose default partition holds rows
    months_ahead: int = MONTHS_AHEAD_AMBER
    lines: tuple[LineState, ...] = ()
    odd_rows: int = 0


def judge_health(figures: Figures) -> tuple[Colour, tuple[Reason, ...]]:
    """The worst colour of all reasons, and the reasons, red ones first."""
    reasons = sorted(
        (*_of_work(figures), *_of_people(figures), *_of_lines(figures), *_of_data(figures)),
        key=lambda reason: -_ORDER.index(reason.verdict),
    )
    worst = max((reason.verdict for reason in reasons), key=_ORDER.index, default=Colour.GREEN)
    return worst, tuple(reasons)


def unreachable() -> Reason:
    return _red("database_unreachable")


def _of_work(figures: Figures) -> list[Reason]:
    """Work that nobody does."""
    reasons = []
    if figures.refusing_s is not None:
        reasons.append(_red("database_unreachable", f"the last delivery was refused {_span(figures.refusing_s)} ago"))
    waiting = (
        ("unread_waiting", figures.unread_overdue_s, UNREAD_RED_SECONDS),
        ("pending_waiting", figures.pending_overdue_s, PENDING_RED_SECONDS),
        ("sending_stuck", figures.sending_overdue_s, SENDING_RED_SECONDS),
        ("reports_waiting", figures.report_overdue_s, REPORTS_RED_SECONDS),
        ("merges_waiting", figures.merge_waiting_s, MERGE_RED_SECONDS),
    )
    for code, overdue, limit in waiting:
        if overdue is not None and overdue > limit:
            reasons.append(_red(code, f"the oldest for {_span(overdue)}"))
    if figures.failing_turns:
        reasons.append(_red("turns_failing", f"{figures.failing_turns} of them"))
    if figures.alarms:
        reasons.append(_red("dedupe_alarm", f"{figures.alarms} in the last day"))
    if figures.second_copies:
        reasons.append(_red("second_copies", f"{figures.second_copies} in the last day"))
    return reasons


def _of_people(figures: Figures) -> list[Reason]:
    """What waits for a person."""
    reasons = []
    if figures.unknown:
        age = figures.unknown_s or 0.0
        told = f"{figures.unknown}, the oldest for {_span(age)}"
        is_old = age > UNKNOWN_RED_SECONDS
        reasons.append(_red("unknown_old", told) if is_old else _amber("unknown_replies", told))
    if figures.failed:
        reasons.append(_amber("failed_replies", str(figures.failed)))
    if figures.quarantined:
        reasons.append(_amber("quarantined", f"{figures.quarantined} not resolved"))
    if figures.handover_waiting_s is not None and figures.handover_waiting_s > HANDOVER_AMBER_SECONDS:
        told = f"{figures.handovers_waiting}, the oldest for {_span(figures.handover_waiting_s)}"
        reasons.append(_amber("handovers_waiting", told))
    if figures.endpoints_disabled:
        reasons.append(_amber("endpoint_disabled", ", ".join(figures.endpoints_disabled)))
    if figures.endpoints_failing:
        reasons.append(_amber("endpoint_failing", ", ".join(figures.endpoints_failing)))
    return reasons


def _of_lines(figures: Figures) -> list[Reason]:
    if not figures.lines:
        return [_amber("no_lines")]
    reasons = []
    for line in figures.lines:
        if line.stopped is not None:
            reasons.append(_red("line_stopped", f"{line.name}: {line.stopped}"))
        if line.templates_stopped:
            reasons.append(_red("templates_stopped", line.name))
        if line.closed is not None:
            reasons.append(_amber("line_closed", f"{line.name}: {line.closed}"))
        if line.held:
            reasons.append(_amber("line_held", line.name))
        if line.paused:
            reasons.append(_amber("line_paused", line.name))
    return reasons


def _of_data(figures: Figures) -> list[Reason]:
    reasons = []
    if figures.default_partitions:
        reasons.append(_amber("default_partition", ", ".join(figures.default_partitions)))
    if figures.months_ahead < MONTHS_AHEAD_AMBER:
        reasons.append(_amber("partitions_low", "the reconciler makes them hourly"))
    if figures.odd_rows:
        reasons.append(_amber("odd_rows", str(figures.odd_rows)))
    return reasons


def _red(code: str, told: str = "") -> Reason:
    return Reason(code, Colour.RED, _sentence(code, told))


def _amber(code: str, told: str = "") -> Reason:
    return Reason(code, Colour.AMBER, _sentence(code, told))


def _sentence(code: str, told: str) -> str:
    return f"{REASONS[code]} ({told})" if told else REASONS[code]


def _span(seconds: float) -> str:
    whole = int(seconds)
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h"
