"""The fake Graph API's judgement of a request: accepted, refused, or harmed on its way."""

import hmac
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from surereply.lab.checks import recipient_of, refusal_of
from surereply.lab.errors import Refusal, error_body, http_status_of
from surereply.lab.faults import Fault, FaultPlan, Harm, Kind
from surereply.lab.ids import Ids
from surereply.lab.ledger import Entry, Ledger
from surereply.lab.limits import Gauge, Limits
from surereply.lab.lines import LabLine
from surereply.lab.reporting import FAILED, Reporting

WINDOW = timedelta(hours=24)
CANNOT_LOAD = 33  # subcode: the object does not exist, or the token may not see it
EXPIRED = 463  # subcode of 190
ERROR_PAGE = b"<html><body><h1>Sorry, something went wrong.</h1></body></html>"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender is to get: status and body, or one of the harms in place of them."""

    http_status: int
    content: bytes
    content_type: str = "application/json"
    harm: Harm = Harm.NONE
    delay_s: float = 0.0  # before the answer leaves
    entry: Entry | None = None  # of a send
    reporting: Reporting | None = None  # of an accepted send
    plan: tuple[tuple[str, float], ...] = ()  # its reports to come: stage, seconds from now


@dataclass(frozen=True, slots=True)
class Mark:
    """A read mark, perhaps with a typing sign, for a customer's message."""

    phone_number_id: str
    message_id: str
    typing: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Manners:
    """How the fake behaves without faults. `knows_windows`: customers write through the lab's phones."""

    limits: Limits = field(default_factory=Limits)
    reporting: Reporting = field(default_factory=Reporting)
    knows_windows: bool = True
    reported_late: frozenset[int] = frozenset()  # refusals that are accepted at first and reported as failed
    unreachable: frozenset[str] = frozenset()  # recipients who are not on WhatsApp: 131026
    needs_number: frozenset[str] = frozenset()  # BSUIDs that cannot be written to: 131062


class Graph:
    """Judges requests without sockets (`graph_http` puts it on one). What it accepted stands in `ledger`."""

    def __init__(
        self,
        lines: Iterable[LabLine],
        *,
        clock: Callable[[], datetime],
        seed: int = 0,
        manners: Manners | None = None,
    ) -> None:
        self.lines = {line.phone_number_id: line for line in lines}
        self.manners = manners or Manners()
        self.ledger = Ledger()
        self.faults = FaultPlan(seed)
        self.marks: list[Mark] = []
        self.mark_listeners: list[Callable[[Mark], None]] = []
        self._clock = clock
        self._ids = Ids(seed ^ 0x6EA9)
        self._chance = random.Random(f"graph:{seed}")
        self._gauge = Gauge(self.manners.limits)
        self._tokens: dict[str, str | None] = {line.phone_number_id: line.access_token for line in self.lines.values()}
        self._heard_from: dict[tuple[str, str], datetime] = {}
        self._messages_in: set[str] = set()

    def change_manners(self, manners: Manners) -> None:
        """Behave differently from now on; the limits start afresh if they changed."""
        if manners.limits != self.manners.limits:
            self._gauge = Gauge(manners.limits)
        self.manners = manners

    def expire_token(self, phone_number_id: str) -> None:
        """Every call of the line is refused with 190 until `renew_token`."""
        self._tokens[phone_number_id] = None

    def renew_token(self, phone_number_id: str, access_token: str) -> None:
        self._tokens[phone_number_id] = access_token

    def has_token(self, phone_number_id: str) -> bool:
        """Whether the line has a valid one."""
        return self._tokens.get(phone_number_id) is not None

    def note_inbound(self, phone_number_id: str, names: Iterable[str], wamid: str, sent_at: datetime) -> None:
        """A customer wrote: the window opens (never for a shorter time), throughput is used up."""
        heard_at = min(sent_at, self._clock())  # a phone with a false clock gains nothing
        for name in names:
            before = self._heard_from.get((phone_number_id, name), heard_at)
            self._heard_from[phone_number_id, name] = max(before, heard_at)
        self._messages_in.add(wamid)
        self._gauge.note_inbound(phone_number_id, self._clock())

    def fault_for(self, phone_number_id: str, body: Any) -> Fault | None:
        """The fault that this request meets; to be asked once a request, before it is judged."""
        kind = Kind.MARK if _is_mark(body) else Kind.SEND
        return self.faults.choose(phone_number_id, recipient_of(body) or "", kind, self._clock())

    def judge(self, phone_number_id: str, token: str | None, body: Any, fault: Fault | None = None) -> Answer:
        """`POST /{phone_number_id}/messages`: a send, or a read mark."""
        refusal = self.refused_access(phone_number_id, token)
        if _is_mark(body):
            return self._judge_mark(phone_number_id, body, refusal, fault)
        return self._judge_send(phone_number_id, body, refusal, fault)

    def refused_access(self, phone_number_id: str, token: str | None) -> Refusal | None:
        """Why this token may not use this number, or None."""
        if phone_number_id not in self.lines:
            return Refusal(100, "Object does not exist or cannot be loaded.", CANNOT_LOAD)
        valid = self._tokens[phone_number_id]
        if token is None or valid is None:
            return Refusal(190, None, EXPIRED)
        if hmac.compare_digest(token.encode(), valid.encode()):
            return None
        return Refusal(190) if self.line_of_token(token) is None else Refusal(10)

    def line_of_token(self, token: str | None) -> LabLine | None:
        """The first line whose valid token this is."""
        for name, valid in self._tokens.items():
            if token and valid and hmac.compare_digest(token.encode(), valid.encode()):
                return self.lines[name]
        return None

    def refuse(self, refusal: Refusal) -> Answer:
        made = error_body(refusal, self._ids.trace())
        return Answer(http_status_of(refusal.code), msgspec.json.encode(made))

    def _judge_send(self, phone_number_id: str, body: Any, refusal: Refusal | None, fault: Fault | None) -> Answer:
        recipient = recipient_of(body) or ""
        late: Reporting | None = None
        if fault is None or fault.lets_through:
            refusal = refusal or refusal_of(body) or self._refused_send(phone_number_id, recipient, body)
            if refusal is not None and refusal.code in self.manners.reported_late:
                late, refusal = Reporting(stages=(FAILED,), failed_code=refusal.code), None
            accepted = refusal is None
        else:
            accepted = False
        reporting = late or (fault.reporting if fault else None) or self.manners.reporting
        wamid = self._ids.wamid() if accepted else None
        answer = self._answer_to_send(recipient, wamid, refusal, fault)
        entry = Entry(
            number=self.ledger.next_number(),
            phone_number_id=phone_number_id,
            recipient=recipient,
            body=body if isinstance(body, dict) else {},
            callback_data=body.get("biz_opaque_callback_data") if isinstance(body, dict) else None,
            received_at=self._clock(),
            received_monotonic_s=time.monotonic(),
            accepted=accepted,
            wamid=wamid,
            answer=_named(answer, refusal, fault),
            reaches_phone=accepted and reporting.reaches_phone,
        )
        self.ledger.append(entry)
        if not accepted:
            return replace(answer, entry=entry)
        plan = tuple(reporting.plan(self._chance))
        return replace(answer, entry=entry, reporting=reporting, plan=plan)

    def _refused_send(self, phone_number_id: str, recipient: str, body: Any) -> Refusal | None:
        line = self.lines[phone_number_id]
        if line.allowed_recipients is not None and recipient not in line.allowed_recipients:
            return Refusal(131030)
        if recipient == line.display_phone_number:
            return Refusal(131021)
        if recipient in self.manners.needs_number:
            return Refusal(131062)
        if recipient in self.manners.unreachable:
            return Refusal(131026)
        if self.manners.knows_windows and body.get("type") != "template":
            heard = self._heard_from.get((phone_number_id, recipient))
            if heard is None or self._clock() >= heard + WINDOW:
                return Refusal(131047)
        return self._gauge.refusal(phone_number_id, recipient, self._clock())

    def _answer_to_send(
        self, recipient: str, wamid: str | None, refusal: Refusal | None, fault: Fault | None
    ) -> Answer:
        """What is said about it, which may be far from what was done with it."""
        harm = fault.harm if fault is not None else Harm.NONE
        delay_s = fault.delay_s if fault is not None and fault.delay_after else 0.0
        if fault is not None and harm is Harm.CODE:
            return replace(self.refuse(Refusal(fault.code)), delay_s=delay_s)
        if fault is not None and harm is Harm.HTTP_STATUS:
            return Answer(fault.http_status, ERROR_PAGE, "text/html", delay_s=delay_s)
        if harm is Harm.BROKEN_JSON:
            whole = _accepted_body(recipient, wamid)
            return Answer(200, whole[: len(whole) // 2], delay_s=delay_s)
        if harm is Harm.NO_ID:
            return Answer(200, _accepted_body(recipient, None), delay_s=delay_s)
        if harm is not Harm.NONE:
            return Answer(0, b"", harm=harm, delay_s=delay_s)
        if refusal is not None:
            return replace(self.refuse(refusal), delay_s=delay_s)
        return Answer(200, _accepted_body(recipient, wamid), delay_s=delay_s)

    def _judge_mark(
        self, phone_number_id: str, body: dict[str, Any], refusal: Refusal | None, fault: Fault | None
    ) -> Answer:
        message_id = body.get("message_id")
        if refusal is None and self.manners.knows_windows and message_id not in self._messages_in:
            refusal = Refusal(131009, "message_id is not a message of a customer.")
        if refusal is None and (fault is None or fault.lets_through):
            mark = Mark(phone_number_id, str(message_id), "typing_indicator" in body, self._clock())
            self.marks.append(mark)
            for listener in self.mark_listeners:
                listener(mark)
        if fault is not None and fault.harm is not Harm.NONE:
            return self._answer_to_send("", None, refusal, fault)
        return self.refuse(refusal) if refusal is not None else Answer(200, b'{"success":true}')


def _is_mark(body: Any) -> bool:
    return isinstance(body, dict) and body.get("status") == "read"


def _accepted_body(recipient: str, wamid: str | None) -> bytes:
    named = {"user_id": recipient} if "." in recipient else {"wa_id": recipient}
    body: dict[str, Any] = {"messaging_product": "whatsapp", "contacts": [{"input": recipient, **named}]}
    body["messages"] = [{"id": wamid}] if wamid is not None else []
    return msgspec.json.encode(body)


def _named(answer: Answer, refusal: Refusal | None, fault: Fault | None) -> str:
    """The answer in a word or two, for the ledger."""
    if answer.harm is not Harm.NONE:
        return str(answer.harm)
    if fault is not None and fault.harm is Harm.CODE:
        return f"{answer.http_status} {fault.code}"
    if fault is not None and fault.harm is not Harm.NONE:
        return f"{answer.http_status} {fault.harm}"
    return f"{answer.http_status} {refusal.code}" if refusal is not None else "200"
