"""How fast each line sends: its rate, its share of the free slots, and what slows or closes it for a while."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from surereply.domain.line import Line, office_is_open
from surereply.domain.outcome import Action, Rule
from surereply.domain.retry import LINE_PAUSE, UPGRADE_DELAY, Pace
from surereply.store import lines
from surereply.store.database import Tx
from surereply.store.directory import Directory
from surereply.store.lines import LinePace
from surereply.store.outbox import Allowance, ClaimedReply

log = structlog.get_logger()

BREAKER_WINDOW = timedelta(seconds=30)
BREAKER_UNKNOWN = 5
BREAKER_SHARE = 0.02
BREAKER_OPEN = timedelta(seconds=30)


def refill(pace: LinePace, line: Line, now: datetime) -> LinePace:
    rate = Pace(line.settings.messages_per_second, pace.slowed_to, pace.slowed_at).rate(now)
    elapsed = max((now - pace.refilled_at).total_seconds(), 0.0)
    # At most a second's worth is saved up: a burst above it would be refused with 130429.
    return replace(pace, tokens=min(max(rate, 1.0), pace.tokens + elapsed * rate), refilled_at=now)


def share_out(
    free: int,
    paces: Sequence[LinePace],
    directory: Directory,
    since: Mapping[tuple[int, UUID], datetime],
    now: datetime,
) -> list[Allowance]:
    """No more than there are free slots and rate tokens; the slots are shared out evenly."""
    able = [pace for pace in paces if pace.tokens >= 1]
    allowances = []
    for left, pace in zip(range(len(able), 0, -1), sorted(able, key=lambda p: p.tokens), strict=True):
        most = min(int(pace.tokens), max(free // left, 1), free)
        free -= most
        if most:
            allowances.append(_allowance(pace, most, directory, since[pace.bucket, pace.line_id], now))
    return allowances


def _allowance(pace: LinePace, most: int, directory: Directory, since: datetime, now: datetime) -> Allowance:
    line = directory.line(pace.line_id)
    flow = directory.active_flow(line.flow_name)
    zone = flow.business.time_zone if flow else "UTC"
    return Allowance(
        pace.bucket,
        pace.line_id,
        most,
        office_is_open=office_is_open(line.settings, zone, now),
        templates_allowed=pace.templates_stopped_at is None,
        since=since,
    )


def spent(paces: Sequence[LinePace], sending: Sequence[ClaimedReply], now: datetime) -> list[LinePace]:
    """The paces after a claim: tokens gone, and the breaker's window counted on."""
    claimed = Counter(reply.line_id for reply in sending)
    return [_spent(pace, claimed[pace.line_id], now) for pace in paces]


def _spent(pace: LinePace, count: int, now: datetime) -> LinePace:
    over = pace.window_from is None or now - pace.window_from >= BREAKER_WINDOW
    return replace(
        pace,
        tokens=pace.tokens - count,
        window_from=now if over else pace.window_from,
        window_claimed=count if over else pace.window_claimed + count,
        window_unknown=0 if over else pace.window_unknown,
    )


async def slow(tx: Tx, line: Line, rule: Rule, ours: Sequence[Line], now: datetime) -> None:
    """What an outcome asks of the speed of its line, or of all of `ours`."""
    match rule.action:
        case Action.SLOW_LINE:
            await lines.slow_down(tx, line.bucket, line.id, line.settings.messages_per_second, now)
        case Action.SLOW_APP | Action.SLOW_ACCOUNT:
            # Which lines share an app or an account is not known here: a slower minute harms none of them.
            for one in ours:
                await lines.slow_down(tx, one.bucket, one.id, one.settings.messages_per_second, now)
        case Action.PAUSE_LINE:
            await lines.close_until(tx, line.bucket, line.id, now + LINE_PAUSE, rule.hint)
        case Action.RETRY_AFTER_60S:
            await lines.close_until(tx, line.bucket, line.id, now + UPGRADE_DELAY, rule.hint)
        case _:
            pass


async def open_breakers(tx: Tx, unknown: Mapping[tuple[int, UUID], int], now: datetime) -> None:
    """Too many sends in doubt: the line waits, lest a brown-out turn its whole backlog into doubt.

    `unknown`: how many there are anew, by bucket and line.
    """
    for (bucket, line_id), count in sorted(unknown.items()):
        claimed, in_doubt = await lines.count_unknown(tx, bucket, line_id, count)
        if in_doubt > BREAKER_UNKNOWN and in_doubt > claimed * BREAKER_SHARE:
            await lines.close_until(tx, bucket, line_id, now + BREAKER_OPEN, "too many sends without an answer")
            log.error("line.breaker_opened", line_id=str(line_id), in_doubt=in_doubt, claimed=claimed)
