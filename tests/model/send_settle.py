"""Send and settle: one reply from PENDING to wherever it ends, two dispatchers, a provider that is not kind.

What each transaction makes of the reply and its ticket stands in `model.reply_row`, a function each; here is who takes
which when, and what WhatsApp really did. A transaction that touches a reply locks its ticket, then its row, and looks
again under the lock, so each is one step.

claims            `dispatcher.Dispatcher._claim`, committed before the first byte (`model.durability`)
writes            `whatsapp.client.WhatsAppClient.send`: its first byte; or surely none was written
hears             its answer as an `Outcome`: accepted, refused with a code of the list, or unknown
writes down       `dispatcher.Dispatcher._write_down`: at any time, so also after the lease, or never
the lease ends    `store.doubts.expire_sends`: at any time, so also before the first byte
WhatsApp reports  `store.reports.apply_reports`: in any order, each once (`report_key`)
sends it again    `store.doubts.resend`; for the policy `_policy_may_resend`, its look at later replies in `model.order`
the next turn     `store.turn_rows._supersede`

Processes die and people act as often as they like; a reply is sent again once, and once it is refused and tried again.
"""

from collections.abc import Callable, Mapping, Set
from typing import ClassVar, NamedTuple, TypeAlias

from model import reply_row
from model.explore import Steps
from model.promises import FORWARD_ONLY, NO_REPLY_VANISHES, ONE_REPLY_A_REASON, WRITTEN_DOWN_FIRST
from model.reply_row import RANK, Row
from model.tuples import NAMES, with_item


class Copy(NamedTuple):
    """What one attempt became at WhatsApp, and what was folded of it."""

    at: str = "none"  # none → flying → accepted, or gone
    reports: tuple[str, ...] = ()  # in the order of their names
    confirmed: bool = False  # the answer that it was accepted is written down

    @property
    def is_alive(self) -> bool:
        return self.at == "accepted" and ("delivered" in self.reports or "failed" not in self.reports)


class Sender(NamedTuple):
    """A dispatcher with one request."""

    at: str = "idle"  # idle → claimed → waiting → heard → idle
    attempt: int = 0
    heard: str = ""  # what it will write down


class State(NamedTuple):
    row: Row = Row()
    copies: tuple[Copy, ...] = ()  # by attempt, from 1
    senders: tuple[Sender, ...] = (Sender(), Sender())
    discarded: bool = False
    resends: int = 0  # by a person, or by the policy: each consents to one copy more
    refusals: int = 1  # that may still come, of those that are tried again


Part: TypeAlias = Steps[State]
REPORTS = ("sent", "delivered", "failed")
OVER = ("SENT", "SUPPRESSED")
MOST_RESENDS = 1
ENDS = {"refused, may be tried again": "PENDING", "refused for good": "FAILED"}


def _one_reply(state: State) -> bool:
    return sum(copy.at == "accepted" for copy in state.copies) <= 1 + state.resends and state.resends <= MOST_RESENDS


def _any_reported(state: State, what: str) -> bool:
    return any(what in copy.reports for copy in state.copies)


def _written_down(state: State) -> bool:
    return all(copy.at == "none" or state.row.attempt >= attempt for attempt, copy in enumerate(state.copies, 1))


def _nothing_vanishes(state: State) -> bool:
    return _is_listed(state) and _is_true(state)


def _is_listed(state: State) -> bool:
    """What is open stands on its ticket, with the same attempt; what is over, or was put aside, has none."""
    row = state.row
    put_aside = row.resolution in ("discarded", "overtaken") if row.status == "UNKNOWN" else state.discarded
    if row.ticket is None:
        return row.status in OVER or (row.status in ("UNKNOWN", "FAILED") and put_aside)
    return row.ticket == row.status and row.ticket_attempt == row.attempt


def _is_true(state: State) -> bool:
    """SENT rests on a copy that WhatsApp accepted and did not report as failed; and what arrived is SENT."""
    row, copies = state.row, state.copies
    if row.status == "SENT":
        return any(copy.is_alive for copy in copies)
    if _any_reported(state, "delivered"):
        return False
    confirmed = 0 < row.attempt <= len(copies) and copies[row.attempt - 1].confirmed
    return _any_reported(state, "failed") or not (confirmed or _any_reported(state, "sent"))


def _forward(before: State, after: State) -> bool:
    """A report never undoes a higher one; only what failed is begun anew. What was SENT may still fail."""
    was, now = before.row, after.row
    begun_anew = was.status == "FAILED" and now.status == "PENDING"
    return (RANK[now.reported] >= RANK[was.reported] or begun_anew) and (
        was.status != "SENT" or now.status in ("SENT", "FAILED")
    )


class SendSettle:
    """`variants`: bugs by name, as in `mutants.catalogue` where they are there."""

    name = "send and settle"
    always: ClassVar[Mapping[str, Callable[[State], bool]]] = {
        ONE_REPLY_A_REASON: _one_reply,
        WRITTEN_DOWN_FIRST: _written_down,
        NO_REPLY_VANISHES: _nothing_vanishes,
    }
    each_step: ClassVar[Mapping[str, Callable[[State, State], bool]]] = {FORWARD_ONLY: _forward}

    def __init__(self, variants: Set[str] = frozenset()) -> None:
        self._variants = variants

    def start(self) -> State:
        return State()

    def alike(self, state: State) -> State:
        one, other = state.senders
        if one > other:
            state = state._replace(senders=(other, one))
        in_hand = (one.attempt, other.attempt)
        failed = _any_reported(state, "failed")
        copies = tuple(
            _without_what_is_over(copy, attempt in in_hand, attempt == state.row.attempt and not failed)
            for attempt, copy in enumerate(state.copies, 1)
        )
        return state if copies == state.copies else state._replace(copies=copies)

    def missing(self, state: State) -> str | None:
        return NO_REPLY_VANISHES if state.row.status in ("PENDING", "SENDING") else None

    def show(self, state: State) -> str:
        row = state.row
        said = [row.status, f"attempt {row.attempt}", row.resolution, row.reported and f"reported {row.reported}"]
        ticket = "no ticket" if row.ticket is None else f"ticket {row.ticket} {row.ticket_attempt}"
        copies = [f"copy {attempt} {_told(copy)}" for attempt, copy in enumerate(state.copies, 1)]
        return "; ".join([", ".join(part for part in said if part), ticket, *copies])

    def steps(self, state: State) -> Part:
        for i, sender in enumerate(state.senders):
            yield from self._dispatch(state, i, sender)
        for attempt, copy in enumerate(state.copies, 1):
            yield from self._whatsapp(state, attempt, copy)
        if state.row.ticket == "SENDING":
            expired = reply_row.expire(state.row, self._variants)
            yield "time passes: the lease of the send ends", state._replace(row=expired)
        yield from self._people(state)
        yield from self._policy(state)

    def _dispatch(self, state: State, i: int, sender: Sender) -> Part:
        who = f"dispatcher {NAMES[i]}"
        match sender.at:
            case "idle" if state.row.ticket == "PENDING":
                yield from self._claim(state, i, who)
            case "claimed":
                yield from self._write(state, i, sender, who)
            case "waiting":
                yield from self._hear(state, i, sender, who)
            case "heard":
                yield from self._write_down(state, i, sender, who)
        if sender.at != "idle":
            yield f"{who} dies", state._replace(senders=with_item(state.senders, i, Sender()))

    def _claim(self, state: State, i: int, who: str) -> Part:
        row = reply_row.claim(state.row)
        after = state._replace(row=row)
        if row.status == "SENDING":
            sender = Sender("claimed", row.attempt)
            after = after._replace(copies=(*state.copies, Copy()), senders=with_item(state.senders, i, sender))
        yield f"{who} claims the reply: attempt {row.ticket_attempt}", after

    def _write(self, state: State, i: int, sender: Sender, who: str) -> Part:
        flying = with_item(state.copies, sender.attempt - 1, Copy("flying"))
        waiting = with_item(state.senders, i, sender._replace(at="waiting"))
        yield f"{who} writes attempt {sender.attempt}", state._replace(copies=flying, senders=waiting)
        if state.refusals:
            after = _hears(state._replace(refusals=state.refusals - 1), i, sender, "PENDING")
            yield f"{who} does not reach WhatsApp: no byte was written", _gone(after, sender.attempt)

    def _hear(self, state: State, i: int, sender: Sender, who: str) -> Part:
        """An answer, while it still listens; or none, whatever WhatsApp did or is about to do."""
        copy = state.copies[sender.attempt - 1]
        if copy.at == "accepted":
            yield f"{who} hears that attempt {sender.attempt} is accepted", _hears(state, i, sender, "SENT")
        if copy.at == "flying":
            for what, becomes in ENDS.items():
                left = state.refusals - (becomes == "PENDING")
                if left >= 0:
                    after = _gone(_hears(state._replace(refusals=left), i, sender, becomes), sender.attempt)
                    yield f"{who} hears that attempt {sender.attempt} is {what}", after
        unheard = "PENDING" if "blind_resend" in self._variants else "UNKNOWN"
        yield f"{who} hears no answer to attempt {sender.attempt}", _hears(state, i, sender, unheard)

    def _write_down(self, state: State, i: int, sender: Sender, who: str) -> Part:
        copy = state.copies[sender.attempt - 1]
        copy_failed = "failed" in copy.reports
        row = reply_row.settle(state.row, sender.attempt, sender.heard, copy_failed, self._variants)
        after = state._replace(row=row, senders=with_item(state.senders, i, Sender()))
        if sender.heard == "SENT":
            confirmed = copy._replace(confirmed=True)
            after = after._replace(copies=with_item(state.copies, sender.attempt - 1, confirmed))
        yield f"{who} writes down attempt {sender.attempt}: {sender.heard}", after

    def _whatsapp(self, state: State, attempt: int, copy: Copy) -> Part:
        if copy.at == "flying":
            accepted = with_item(state.copies, attempt - 1, copy._replace(at="accepted"))
            yield f"WhatsApp accepts attempt {attempt}", state._replace(copies=accepted)
            yield f"attempt {attempt} is lost on its way", _gone(state, attempt)
        if copy.at == "accepted":
            for reported in REPORTS:
                if reported not in copy.reports:
                    yield from self._report(state, attempt, copy, reported)

    def _report(self, state: State, attempt: int, copy: Copy, reported: str) -> Part:
        row = reply_row.fold(state.row, attempt, reported, "failed" in copy.reports, self._variants)
        told = copy._replace(reports=tuple(sorted((*copy.reports, reported))))
        after = state._replace(row=row, copies=with_item(state.copies, attempt - 1, told))
        yield f"WhatsApp reports attempt {attempt} {reported}", after

    def _people(self, state: State) -> Part:
        row = state.row
        if reply_row.may_be_resent(row):
            if state.resends < MOST_RESENDS:
                yield "a person sends it again", _resent(state)
            yield "a person discards it", state._replace(row=reply_row.discard(row), discarded=True)
        if row.ticket == "PENDING":
            yield "a person withdraws it", state._replace(row=reply_row.withdraw(row))
        if row.ticket in ("PENDING", "UNKNOWN"):
            yield "the customer's next turn is committed", state._replace(row=reply_row.overtake(row))

    def _policy(self, state: State) -> Part:
        """Once: the first resend, whoever's it was, is on record."""
        if state.row.ticket == "UNKNOWN" and (not state.resends or "policy_resends_again_and_again" in self._variants):
            yield "the owner's policy sends it again", _resent(state)


def _without_what_is_over(copy: Copy, in_hand: bool, answer_counts: bool) -> Copy:
    """What nobody will write any more never comes; and an answer that says no more than the reports is forgotten."""
    if copy.at == "none" and not in_hand:
        return Copy("gone")
    if copy.confirmed and (copy.reports or not answer_counts):
        return copy._replace(confirmed=False)
    return copy


def _resent(state: State) -> State:
    return state._replace(row=reply_row.resend(state.row), resends=state.resends + 1)


def _hears(state: State, i: int, sender: Sender, what: str) -> State:
    return state._replace(senders=with_item(state.senders, i, sender._replace(at="heard", heard=what)))


def _gone(state: State, attempt: int) -> State:
    return state._replace(copies=with_item(state.copies, attempt - 1, Copy("gone")))


def _told(copy: Copy) -> str:
    return copy.at + (f", reported {' and '.join(copy.reports)}" if copy.reports else "")
