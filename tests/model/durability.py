"""What a commit is worth: one message kept, read and answered, on a primary with a synchronous standby; both may fail.

The database is its write-ahead log, and all that is in it follows from that. A record is appended, comes to the disk,
comes to the standby, and others see what it wrote once its commit has ended. A primary that restarts at once has what
was on its disk; a standby that is promoted what had come to it.

writes the message    `store.keeping.keep`, appended by the commit of `receiver.Receiver._keep`
writes a repetition   `store.inbox._note_repetitions`, `store.keeping._keep_deliveries`: rows of its own: it waits, too
the wait is cancelled PostgreSQL's "committed locally, but might not have been replicated to the standby"
does not count it     `store.database.NotReplicated`, or the connection lost: 503, and nothing is sent
writes the turn       `responder.Responder._commit`; in doubt it is read back, which changes nothing
writes the claim      `dispatcher.Dispatcher._claim`, and only then `_send`

What becomes of a claim that does not count is in `model.claims`. Left out: results. Their commit is relaxed
(`Dispatcher._write_down`), and what a crash takes of them is as if their process had died before it wrote them down:
`model.send_settle` has that.
"""

from collections.abc import Callable, Mapping, Set
from typing import ClassVar, NamedTuple, TypeAlias

from model.explore import Steps
from model.promises import KEPT_ONCE, NO_REPLY_VANISHES, ONE_REPLY_A_REASON, READ_ONCE, WRITTEN_DOWN_FIRST
from model.tuples import NAMES, with_item

NOTHING = -1  # to wait for


class Record(NamedTuple):
    """Of one transaction."""

    what: str  # message, repetition, turn, claim; given back
    seen: bool  # by others: the commit has ended
    token: int = 0  # of a claim


class Dispatcher(NamedTuple):
    at: str = "idle"  # idle → committing → claimed → idle; or → in doubt → idle
    waits_for: int = NOTHING  # the place of its record in the log
    token: int = 0  # of its claim
    attempt: int = 0


class State(NamedTuple):
    log: tuple[Record, ...] = ()
    on_disk: int = 0  # records, from the first
    on_standby: int = 0
    alone: bool = False  # the standby was promoted, and waits for nobody
    receivers: tuple[int, ...] = (NOTHING, NOTHING)  # what their commits wait for
    dispatchers: tuple[Dispatcher, ...] = (Dispatcher(), Dispatcher())
    answered: bool = False  # with 200
    accepted: int = 0  # copies of the reply that WhatsApp has
    repetitions: int = 1  # that Meta may still deliver needlessly
    cancellations: int = 2  # of waits, that may still come
    restarts: int = 1
    cuts: int = 1  # of connections, right before a commit
    deaths: int = 1


Part: TypeAlias = Steps[State]


def _kept_once(state: State) -> bool:
    kept = count(state, "message")
    return kept == 1 or (kept == 0 and not state.answered)


class Durability:
    """`variants`: bugs by name, as in `mutants.catalogue` where they are there."""

    name = "durability"
    always: ClassVar[Mapping[str, Callable[[State], bool]]] = {
        KEPT_ONCE: _kept_once,
        READ_ONCE: lambda state: count(state, "turn") <= 1,
        WRITTEN_DOWN_FIRST: lambda state: not state.accepted or open_claim(state) is not None,
        ONE_REPLY_A_REASON: lambda state: state.accepted <= 1,
    }
    each_step: ClassVar[Mapping[str, Callable[[State, State], bool]]] = {}

    def __init__(self, variants: Set[str] = frozenset()) -> None:
        self._variants = variants

    def start(self) -> State:
        return State()

    def alike(self, state: State) -> State:
        return state._replace(receivers=tuple(sorted(state.receivers)), dispatchers=tuple(sorted(state.dispatchers)))

    def missing(self, state: State) -> str | None:
        if not state.answered:
            return KEPT_ONCE
        if not count(state, "turn"):
            return READ_ONCE
        return NO_REPLY_VANISHES if open_claim(state) is None else None

    def show(self, state: State) -> str:
        log = ", ".join(record.what for record in state.log) or "empty"
        where = "the standby is the primary now" if state.alone else f"{state.on_standby} of it on the standby"
        disk = "" if state.on_disk == len(state.log) else f"{state.on_disk} of it on disk, "
        return f"log: {log}; {disk}{where}; accepted copies: {state.accepted}"

    def steps(self, state: State) -> Part:
        yield from self._receive(state)
        for i, dispatcher in enumerate(state.dispatchers):
            yield from self._dispatch(state, i, dispatcher)
        yield from self._replicate(state)
        yield from self._fail(state)

    def _receive(self, state: State) -> Part:
        yield from self._deliver(state)
        for i, waits_for in enumerate(state.receivers):
            if waits_for != NOTHING and _has_waited(state, waits_for):
                yield f"receiver {NAMES[i]} answers 200", _answered(state, i)
        # Who holds no lock on the ticket waits for who does: one turn is under way at most.
        if _is_seen(state, "message") and not count(state, "turn"):
            yield "a responder writes the turn, and waits", append(state, "turn")

    def _deliver(self, state: State) -> Part:
        """Meta delivers until it is answered 200, and now and then once more."""
        free = next((i for i, waits_for in enumerate(state.receivers) if waits_for == NOTHING), None)
        known = next((record for record in state.log if record.what == "message"), None)
        if free is None or (known is not None and not known.seen):
            return  # takes the key: a rival that has not ended is waited for
        needless = state.answered or any(waits_for != NOTHING for waits_for in state.receivers)
        if needless and not state.repetitions:
            return
        state = state._replace(repetitions=state.repetitions - needless)
        who = f"Meta delivers; receiver {NAMES[free]}"
        if known is not None and "duplicates_write_nothing" in self._variants:
            yield f"{who} finds a repetition, writes nothing, and answers 200", state._replace(answered=True)
            return
        what = "message" if known is None else "repetition"
        relaxed = "acknowledged_before_commit" in self._variants
        after = append(state, what, relaxed=relaxed)
        after = after._replace(receivers=with_item(state.receivers, free, len(state.log)))
        if relaxed:
            yield f"{who} writes the {what}, does not wait, and answers 200", _answered(after, free)
        else:
            yield f"{who} writes the {what}, and waits", after

    def _dispatch(self, state: State, i: int, dispatcher: Dispatcher) -> Part:
        who = f"dispatcher {NAMES[i]}"
        owed = _is_seen(state, "turn") and open_claim(state) is None
        match dispatcher.at:
            case "idle" if owed and "sent_before_the_claim" in self._variants:
                if not any(one.at == "sent" for one in state.dispatchers):  # its lock on the reply
                    yield f"{who} marks the reply, and sends it", _sent(state, i, "sent")
            case "idle" if owed:
                yield from self._claim(state, i, who)
            case "committing" if _has_waited(state, dispatcher.waits_for):
                yield f"the claim of {who} is committed", with_dispatcher(state, i, Dispatcher("claimed"))
            case "claimed":
                yield f"{who} sends; WhatsApp accepts", _sent(state, i, "idle")
            case "sent":
                idle = with_dispatcher(state, i, Dispatcher())
                yield f"{who} commits its mark", append(idle, "claim")
                if state.deaths:
                    yield f"{who} dies", idle._replace(deaths=state.deaths - 1)

    def _claim(self, state: State, i: int, who: str) -> Part:
        if "asynchronous_claim" in self._variants:
            claimed = with_dispatcher(state, i, Dispatcher("claimed"))
            yield f"{who} writes the claim, and does not wait", append(claimed, "claim", relaxed=True)
        else:
            waiting = with_dispatcher(state, i, Dispatcher("committing", len(state.log)))
            yield f"{who} writes the claim, and waits", append(waiting, "claim")

    def _in_doubt(self, claim: Dispatcher) -> Dispatcher:
        """What a dispatcher is that cannot count on its claim: it sends nothing, and the lease ends."""
        return Dispatcher()

    def _replicate(self, state: State) -> Part:
        if state.on_disk < len(state.log):
            yield "time passes: the log comes to the disk", state._replace(on_disk=len(state.log))
        if state.on_standby < state.on_disk and not state.alone:
            here = state.on_standby
            log = with_item(state.log, here, state.log[here]._replace(seen=True))
            yield f"the {log[here].what} comes to the standby", state._replace(log=log, on_standby=here + 1)

    def _fail(self, state: State) -> Part:
        if state.cancellations:
            for place, record in enumerate(state.log):
                if not record.seen:
                    yield self._cancel(state, place, record)
        if state.restarts:
            yield "the primary dies and restarts", self._came_back(state, state.on_disk)._replace(restarts=0)
        if state.log and not state.alone:
            promoted = self._came_back(state, state.on_standby)._replace(alone=True, restarts=0, cancellations=0)
            yield "the primary is destroyed; the standby is promoted", promoted

    def _cancel(self, state: State, place: int, record: Record) -> tuple[str, State]:
        """Others see it now; whoever waited is warned, and must not count on it."""
        log = with_item(state.log, place, record._replace(seen=True))
        after = state._replace(log=log, cancellations=state.cancellations - 1)
        what = f"the wait for the {record.what} is cancelled"
        ignored = "standby_warning_ignored" in self._variants
        if place in state.receivers:
            i = state.receivers.index(place)
            if ignored:
                return f"{what}; receiver {NAMES[i]} answers 200 all the same", _answered(after, i)
            let_go = after._replace(receivers=with_item(state.receivers, i, NOTHING))
            return f"{what}; receiver {NAMES[i]} does not count it, and answers 503", let_go
        waiting = next((i for i, one in enumerate(state.dispatchers) if one.waits_for == place), None)
        if waiting is None:
            return what, after
        who = f"dispatcher {NAMES[waiting]}"
        if ignored:
            return f"{what}; {who} sends all the same", with_dispatcher(after, waiting, Dispatcher("claimed"))
        in_doubt = self._in_doubt(state.dispatchers[waiting])
        return f"{what}; {who} does not count it, and sends nothing", with_dispatcher(after, waiting, in_doubt)

    def _came_back(self, state: State, records: int) -> State:
        """Every connection is lost, and with it every wait; what is there is committed, whoever was told."""
        return state._replace(
            log=tuple(record._replace(seen=True) for record in state.log[:records]),
            on_disk=records,
            on_standby=min(state.on_standby, records),
            receivers=(NOTHING, NOTHING),
            dispatchers=tuple(self._disconnected(one) for one in state.dispatchers),
        )

    def _disconnected(self, dispatcher: Dispatcher) -> Dispatcher:
        if dispatcher.at == "committing":
            return self._in_doubt(dispatcher)
        return Dispatcher() if dispatcher.at == "sent" else dispatcher


def count(state: State, what: str) -> int:
    return sum(record.what == what for record in state.log)


def open_claim(state: State) -> Record | None:
    """By which the reply is SENDING, or in doubt since."""
    last = next((record for record in reversed(state.log) if record.what in ("claim", "given back")), None)
    return last if last is not None and last.what == "claim" else None


def append(state: State, what: str, *, relaxed: bool = False, token: int = 0) -> State:
    """A commit that waits has its record on disk first, and all before it."""
    log = (*state.log, Record(what, relaxed or state.alone, token))
    return state._replace(log=log, on_disk=state.on_disk if relaxed else len(log))


def with_dispatcher(state: State, i: int, dispatcher: Dispatcher) -> State:
    return state._replace(dispatchers=with_item(state.dispatchers, i, dispatcher))


def _is_seen(state: State, what: str) -> bool:
    return any(record.what == what and record.seen for record in state.log)


def _has_waited(state: State, place: int) -> bool:
    return state.alone or state.on_standby > place


def _answered(state: State, i: int) -> State:
    return state._replace(answered=True, receivers=with_item(state.receivers, i, NOTHING))


def _sent(state: State, i: int, then: str) -> State:
    return with_dispatcher(state._replace(accepted=state.accepted + 1), i, Dispatcher(then))
