"""What goes wrong with a request to the fake Graph API, by script or by seeded chance."""

import hashlib
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from surereply.lab.reporting import Reporting


class Harm(StrEnum):
    NONE = "none"  # only latency, or reports of its own
    NEVER_RECEIVED = "never_received"  # reset before anything was read
    HALF_READ = "half_read"  # part of the body read, then reset
    RESET = "reset"  # judged, then a TCP reset in place of the answer
    CLOSE = "close"  # judged, then the connection closed without an answer
    SILENCE = "silence"  # judged, then nothing until the sender gives up
    HTTP_STATUS = "http_status"  # 5xx with a page that is not JSON
    BROKEN_JSON = "broken_json"  # 200 with half a body
    NO_ID = "no_id"  # 200 without the message's id
    CODE = "code"  # an error of the table


NEVER_ACCEPTED = frozenset({Harm.NEVER_RECEIVED, Harm.HALF_READ})
ACCEPTED_IF_SAID = frozenset({Harm.CODE, Harm.HTTP_STATUS})


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request. `accepted`: whether the message goes out all the same.

    Unless said, it does where only the answer is spoiled, and does not where an error is answered.
    """

    harm: Harm = Harm.NONE
    accepted: bool | None = None
    http_status: int = 503  # of HTTP_STATUS
    code: int = 131000  # of CODE
    delay_s: float = 0.0
    delay_after: bool = False  # wait after judging, before the answer; otherwise before judging
    reporting: Reporting | None = None  # in place of the usual reports

    @property
    def lets_through(self) -> bool:
        if self.harm in NEVER_ACCEPTED:
            return False
        if self.harm is Harm.NONE:
            return True
        return self.harm not in ACCEPTED_IF_SAID if self.accepted is None else self.accepted


def code(number: int, *, accepted: bool = False) -> Fault:
    """An error code of the table; not accepted unless said so (1, 2 and 131000 may be)."""
    return Fault(Harm.CODE, accepted=accepted, code=number)


def lost(harm: Harm, *, accepted: bool) -> Fault:
    """The answer is lost: RESET, CLOSE or SILENCE."""
    return Fault(harm, accepted=accepted)


def server_error(http_status: int, *, accepted: bool) -> Fault:
    return Fault(Harm.HTTP_STATUS, accepted=accepted, http_status=http_status)


def latency(seconds: float, *, after: bool = False) -> Fault:
    return Fault(delay_s=seconds, delay_after=after)


class Kind(StrEnum):
    SEND = "send"
    MARK = "mark"  # read mark and typing sign


@dataclass(frozen=True, slots=True)
class Rule:
    """Whom a fault strikes: everybody unless narrowed; a share of requests, so many times, for a while."""

    fault: Fault
    name: str = ""
    recipient: str | None = None
    phone_number_id: str | None = None
    kind: Kind = Kind.SEND
    share: float = 1.0
    times: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    def covers(self, phone_number_id: str, recipient: str, kind: Kind, now: datetime) -> bool:
        return (
            self.kind is kind
            and self.recipient in (None, recipient)
            and self.phone_number_id in (None, phone_number_id)
            and (self.since is None or self.since <= now)
            and (self.until is None or now < self.until)
            and self.times != 0
        )


@dataclass(slots=True)
class FaultPlan:
    """The rules in force, first match first, and scripts that go before them.

    Chance hangs on the seed, the rule, the recipient and how many requests for them came before: the same
    conversation meets the same faults in whatever order requests of different customers arrive.
    """

    seed: int = 0
    rules: list[Rule] = field(default_factory=list)
    _scripts: dict[str, deque[Fault | None]] = field(default_factory=dict)
    _requests: Counter[tuple[str, str, Kind]] = field(default_factory=Counter)

    def add(self, *rules: Rule) -> None:
        self.rules.extend(rules)

    def script(self, key: str, faults: Iterable[Fault | None]) -> None:
        """The next sends to a recipient, or of a line, meet these faults one by one (None: all goes well)."""
        self._scripts.setdefault(key, deque()).extend(faults)

    def clear(self) -> None:
        self.rules.clear()
        self._scripts.clear()

    def choose(self, phone_number_id: str, recipient: str, kind: Kind, now: datetime) -> Fault | None:
        if not self.rules and not self._scripts:
            return None
        self._requests[phone_number_id, recipient, kind] += 1
        scripted = self._scripts.get(recipient) or self._scripts.get(phone_number_id)
        if scripted and kind is Kind.SEND:
            return scripted.popleft()
        for place, rule in enumerate(self.rules):
            if rule.covers(phone_number_id, recipient, kind, now) and self._strikes(rule, phone_number_id, recipient):
                if rule.times is not None:
                    self.rules[place] = replace(rule, times=rule.times - 1)
                return rule.fault
        return None

    def _strikes(self, rule: Rule, phone_number_id: str, recipient: str) -> bool:
        if rule.share >= 1:
            return True
        nth = self._requests[phone_number_id, recipient, rule.kind]
        named = f"{self.seed}:{rule.name}:{rule.fault.harm}:{phone_number_id}:{recipient}:{nth}"
        drawn = int.from_bytes(hashlib.blake2b(named.encode(), digest_size=8).digest(), "big")
        return drawn / 2**64 < rule.share
