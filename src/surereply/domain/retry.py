"""When a reply that surely was not sent is tried again, and how fast a line that was told off may go."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from surereply.domain.outcome import Action, Outcome, Rule

FIRST_DELAY = timedelta(seconds=1)
LONGEST_DELAY = timedelta(minutes=2)
LONGEST_PAIR_DELAY = timedelta(seconds=4**6)
UPGRADE_DELAY = timedelta(seconds=60)
LINE_PAUSE = timedelta(minutes=15)
WINDOW_RECHECK = timedelta(seconds=30)
FEW_TRIES = 8

SLOWEST = 0.25  # messages a second
HALVED_AT_MOST_EVERY = timedelta(seconds=1)  # one storm of refusals is one reason to slow down
FULL_AGAIN_AFTER = timedelta(seconds=60)


def next_try(
    outcome: Outcome,
    *,
    attempt: int,
    now: datetime,
    give_up_at: datetime,
    randomness: float,
    window_is_open: bool = True,
) -> datetime | None:
    """When to try again after attempt number `attempt` (from 1); None: the reply has FAILED.

    `give_up_at` is when the reply loses its sense: the end of the service window, or for a template a time
    of the caller's. `randomness` is in [0, 1). A reply of a line that was stopped is never given up here: its
    queue is kept, and the window is looked at when the line goes on.
    """
    rule = outcome.rule
    if rule is None:
        return None
    delay = _delay(rule, attempt, randomness, window_is_open)
    if delay is None:
        return None
    due = now + max(delay, outcome.retry_after or timedelta())
    return due if due < give_up_at or _waits_for_a_person(rule) else None


def _delay(rule: Rule, attempt: int, randomness: float, window_is_open: bool) -> timedelta | None:
    match rule.action:
        case Action.RETRY | Action.SLOW_APP | Action.SLOW_ACCOUNT | Action.SLOW_LINE:
            return retry_delay(attempt, randomness)
        case Action.RETRY_FEW:
            return retry_delay(attempt, randomness) if attempt < FEW_TRIES else None
        case Action.HOLD_CONVERSATION:
            return pair_delay(attempt)
        case Action.RETRY_AFTER_60S:
            return UPGRADE_DELAY + retry_delay(attempt, randomness)
        case Action.PAUSE_LINE:
            return LINE_PAUSE
        case Action.STOP_LINE_UNTIL_TOKEN | Action.STOP_LINE | Action.STOP_WHAT_COSTS:
            return retry_delay(attempt, randomness)
        case Action.FAIL_WINDOW:
            # Once, where our own clock says open: their count of the window may lag behind the last message.
            return WINDOW_RECHECK if window_is_open and attempt == 1 else None
        case _:
            return None


def retry_delay(attempt: int, randomness: float) -> timedelta:
    """1 s, 2 s, 4 s … at most 2 min; each from half to the whole of it, lest retries march in step."""
    doublings = min(max(attempt, 1) - 1, 30)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY) * (0.5 + randomness / 2)


def pair_delay(attempt: int) -> timedelta:
    """4^n seconds (WhatsApp's own advice for 131056), n from 0, at most 4^6."""
    return min(timedelta(seconds=4 ** min(max(attempt, 1) - 1, 10)), LONGEST_PAIR_DELAY)


def _waits_for_a_person(rule: Rule) -> bool:
    return rule.action in (Action.STOP_LINE_UNTIL_TOKEN, Action.STOP_LINE, Action.STOP_WHAT_COSTS)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a line may send: `full` messages a second, less after it was told off at `slowed_at`."""

    full: float
    slowed_to: float | None = None
    slowed_at: datetime | None = None

    def rate(self, now: datetime) -> float:
        """Messages a second now: it climbs back from `slowed_to` to `full` within a minute."""
        if self.slowed_to is None or self.slowed_at is None:
            return self.full
        climbed = max((now - self.slowed_at) / FULL_AGAIN_AFTER, 0.0)
        return min(self.full, self.slowed_to + (self.full - self.slowed_to) * climbed)


def slow_down(pace: Pace, now: datetime) -> Pace:
    """Half the present rate; at most once a second, and never below one message in 4 s."""
    if pace.slowed_at is not None and now - pace.slowed_at < HALVED_AT_MOST_EVERY:
        return pace
    return replace(pace, slowed_to=max(pace.rate(now) / 2, min(SLOWEST, pace.full)), slowed_at=now)
