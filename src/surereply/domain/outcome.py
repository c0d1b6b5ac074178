"""What became of a send: three outcomes, WhatsApp's error codes as rules, and how reports fold into one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from surereply.domain.replies import Reported


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    REJECTED_RETRY = "rejected_retry"  # surely not sent, may be tried again
    REJECTED_FOR_GOOD = "rejected_for_good"  # surely not sent, and trying again would not help
    UNKNOWN = "unknown"  # in doubt: settled by evidence, never by time


class Action(StrEnum):
    """What an error asks of us, beside the fate of the one reply."""

    RETRY = "retry"  # nothing was written: as often as its time allows
    RETRY_FEW = "retry_few"  # refused for a reason that may pass, a bounded number of times
    SLOW_APP = "slow_app"
    SLOW_ACCOUNT = "slow_account"
    SLOW_LINE = "slow_line"
    HOLD_CONVERSATION = "hold_conversation"  # 4^n seconds, this conversation alone
    PAUSE_LINE = "pause_line"
    RETRY_AFTER_60S = "retry_after_60s"
    STOP_LINE_UNTIL_TOKEN = "stop_line_until_token"  # noqa: S105 - the queue is kept for the next token
    STOP_LINE = "stop_line"
    STOP_WHAT_COSTS = "stop_what_costs"  # templates; free-form replies inside the window cost nothing
    FAIL_HAND_OVER = "fail_hand_over"
    FAIL_MARK_CONTACT = "fail_mark_contact"
    FAIL_WINDOW = "fail_window"
    FAIL_MARKETING_24H = "fail_marketing_24h"
    SUPPRESS_MARKETING = "suppress_marketing"
    FAIL_NO_RETRY = "fail_no_retry"
    FAIL_NEEDS_PHONE = "fail_needs_phone"
    FAIL_TEST_NUMBER = "fail_test_number"
    UNKNOWN = "unknown"


# The reply itself goes back to PENDING; what is slowed, held or stopped decides when it leaves.
KEEPS_THE_REPLY = frozenset(
    {
        Action.RETRY,
        Action.RETRY_FEW,
        Action.SLOW_APP,
        Action.SLOW_ACCOUNT,
        Action.SLOW_LINE,
        Action.HOLD_CONVERSATION,
        Action.PAUSE_LINE,
        Action.RETRY_AFTER_60S,
        Action.STOP_LINE_UNTIL_TOKEN,
        Action.STOP_LINE,
        Action.STOP_WHAT_COSTS,
    }
)
# Health turns red or amber, and somebody is told.
ALERTS = frozenset({Action.PAUSE_LINE, Action.STOP_LINE_UNTIL_TOKEN, Action.STOP_LINE, Action.STOP_WHAT_COSTS})


@dataclass(frozen=True, slots=True)
class Rule:
    """`surely_not_sent`: as the answer to a send. In a `failed` report only `action` and `hint` count."""

    surely_not_sent: bool
    action: Action
    hint: str  # for the operator: what it means, what to do

    @property
    def verdict(self) -> Verdict:
        if not self.surely_not_sent:
            return Verdict.UNKNOWN
        return Verdict.REJECTED_RETRY if self.action in KEEPS_THE_REPLY else Verdict.REJECTED_FOR_GOOD


def _not_sent(action: Action, hint: str) -> Rule:
    return Rule(surely_not_sent=True, action=action, hint=hint)


IN_DOUBT = Rule(
    surely_not_sent=False,
    action=Action.UNKNOWN,
    hint="WhatsApp did not say whether it sent this; look at the customer's chat before sending it again",
)
NOT_WRITTEN = _not_sent(Action.RETRY, "WhatsApp was not reached; it is tried again by itself")
OWNERS_LIST = _not_sent(Action.RETRY_FEW, "refused with a code that your settings list as not sent")

_TOKEN = _not_sent(
    Action.STOP_LINE_UNTIL_TOKEN,
    "the access token expired or lacks a permission; set a new one, and everything owed goes out",
)
_BLOCKED = _not_sent(
    Action.STOP_LINE, "WhatsApp blocked or locked this account; see Account Quality in Business Manager"
)
_PAYMENT = _not_sent(
    Action.STOP_WHAT_COSTS, "the account's payment method is missing or failed; settle it in Business Manager"
)
_UNREGISTERED = _not_sent(Action.STOP_LINE, "the number is not registered; register it with WhatsApp again")
_BAD_REQUEST = _not_sent(Action.FAIL_HAND_OVER, "WhatsApp refused the form of this message; a person has to answer")
_BAD_TEMPLATE = _not_sent(
    Action.FAIL_HAND_OVER,
    "no such template, or it is paused or has other parameters; a person has to look",
)
_MEDIA = _not_sent(Action.RETRY_FEW, "the media could not be fetched or uploaded; tried again a few times")

# Built on `code` alone, never on titles or the HTTP status. Source: Cloud API error codes, autumn 2026.
RULES: Mapping[int, Rule] = {
    1: IN_DOUBT,
    2: IN_DOUBT,
    131000: IN_DOUBT,
    131016: IN_DOUBT,
    4: _not_sent(Action.SLOW_APP, "the app calls WhatsApp too often; all its lines are slowed down"),
    80007: _not_sent(Action.SLOW_ACCOUNT, "the account's rate limit is reached; its lines are slowed down"),
    130429: _not_sent(Action.SLOW_LINE, "the number's throughput is reached; it is slowed down"),
    131056: _not_sent(Action.HOLD_CONVERSATION, "too many messages to this customer in a short time; held for a while"),
    131048: _not_sent(
        Action.PAUSE_LINE, "too many customers blocked or reported this number; it is paused, see its quality"
    ),
    131057: _not_sent(Action.RETRY_AFTER_60S, "WhatsApp is upgrading the number; tried again in a minute"),
    131052: _MEDIA,
    131053: _MEDIA,
    0: _TOKEN,
    3: _TOKEN,
    10: _TOKEN,
    190: _TOKEN,
    131005: _TOKEN,
    368: _BLOCKED,
    131031: _BLOCKED,
    130497: _not_sent(Action.STOP_LINE, "WhatsApp does not let this account write to the customer's country"),
    131042: _PAYMENT,
    131044: _PAYMENT,
    131045: _UNREGISTERED,
    133010: _UNREGISTERED,
    100: _BAD_REQUEST,
    131008: _BAD_REQUEST,
    131009: _BAD_REQUEST,
    131020: _BAD_REQUEST,
    131021: _not_sent(Action.FAIL_HAND_OVER, "sender and recipient are the same number"),
    131051: _BAD_REQUEST,
    135000: _BAD_REQUEST,
    131026: _not_sent(
        Action.FAIL_MARK_CONTACT,
        "WhatsApp cannot deliver to this customer and does not say why; try another way to reach them",
    ),
    131047: _not_sent(
        Action.FAIL_WINDOW,
        "more than 24 hours since the customer's last message; send a template or wait for the customer",
    ),
    131049: _not_sent(Action.FAIL_MARKETING_24H, "WhatsApp limits marketing to this customer; not again for 24 hours"),
    131050: _not_sent(Action.SUPPRESS_MARKETING, "the customer stopped marketing; none is sent again"),
    130472: _not_sent(
        Action.FAIL_NO_RETRY, "the customer is in an experiment of WhatsApp's; sending again does not help"
    ),
    131062: _not_sent(Action.FAIL_NEEDS_PHONE, "this message needs the customer's phone number, which is not known"),
    131030: _not_sent(
        Action.FAIL_TEST_NUMBER,
        "a test number sends only to the recipients listed for it; add this one under WhatsApp > API Setup",
    ),
}
RANGES: tuple[tuple[range, Rule], ...] = (
    (range(200, 300), _TOKEN),
    (range(132000, 132100), _BAD_TEMPLATE),
)


def judge(code: int | None, extra_not_sent: frozenset[int] = frozenset()) -> Rule:
    """The rule for an error code; `extra_not_sent` are codes that the owner's setting adds to the list.

    A code that is on no list, and an answer without one, leave the send in doubt.
    """
    if code is None:
        return IN_DOUBT
    rule = RULES.get(code) or next((rule for codes, rule in RANGES if code in codes), IN_DOUBT)
    return OWNERS_LIST if code in extra_not_sent and not rule.surely_not_sent else rule


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one send.

    `details` is one line without customers' words, numbers or secrets; `record` holds sizes, type, code, HTTP
    status and milliseconds, for the log. `rule` is set unless accepted.
    """

    verdict: Verdict
    wamid: str | None = None
    code: int | None = None
    details: str | None = None
    rule: Rule | None = None
    retry_after: timedelta | None = None  # WhatsApp asked for at least this long
    record: Mapping[str, Any] = field(default_factory=dict)


# Later stages outrank earlier ones in whatever order they come; who was delivered to has not failed.
REPORT_ORDER = {Reported.SENT: 0, Reported.FAILED: 1, Reported.DELIVERED: 2, Reported.READ: 3}


def fold(reported_so_far: Reported | None, new: Reported | None) -> Reported | None:
    """The reports of one send as one: read > delivered > failed > sent; None where none says anything."""
    if reported_so_far is None or new is None:
        return reported_so_far or new
    return max(reported_so_far, new, key=REPORT_ORDER.__getitem__)
