"""Who has a conversation: a person takes it over and gives it back, while a turn is being thought out.

takes over        `store.handovers.take_over`: `state_version` rises
gives back        `store.handovers.give_back`: it rises, and the ticket wakes a turn on what came unanswered
the set time      `domain.handing_over.give_back_at`, for which `domain.speaking` leaves a ticket
claims            `store.turns.claim`: with what the ticket is woken for
decides           `case.turn_input`, `domain.turn.take_turn`; beaten, once more with the lease that it has
commits           `store.commit.commit_turns`, `store.turn_rows._settle_tickets`: what woke it since stays

One responder: that only one holds the lease is shown by `model.ingest_turn`.
"""

from collections.abc import Callable, Mapping, Set
from typing import ClassVar, NamedTuple, TypeAlias

from model.explore import Steps
from model.promises import A_PERSON_HAS_IT, NO_REPLY_VANISHES, READ_ONCE


class Ticket(NamedTuple):
    unread: bool = False
    wakes: str | None = None  # "act" or "set time": given back; or "follow-up", whose time never comes here
    due: bool = True  # what it wakes for has come
    act: str = ""  # `wake_act`, which names the cause of a reply to no message: "new", or "used" for one


class Lease(NamedTuple):
    wakes: str | None  # as the ticket did when it was claimed
    newer: bool = False  # it wakes for something else since
    reads: bool = False  # a message was unread
    act: str = ""
    decided: str = ""  # "silent", "given back" or "answers"; not yet
    outdated: bool = False  # `state_version` is another than it saw


class State(NamedTuple):
    person: bool = False  # has the conversation
    time_is_over: bool = False  # of this handing over, by the flow's `give_back_after`
    ticket: Ticket | None = None
    lease: Lease | None = None
    overridden: bool = False  # a machine took the conversation from a person
    swallowed: bool = False  # a reply met the key of an earlier one


Part: TypeAlias = Steps[State]


class Handover:
    """`variants`: bugs by name, as in `mutants.catalogue` where they are there."""

    name = "handover"
    always: ClassVar[Mapping[str, Callable[[State], bool]]] = {
        A_PERSON_HAS_IT: lambda state: not state.overridden,
        NO_REPLY_VANISHES: lambda state: not state.swallowed,
    }
    each_step: ClassVar[Mapping[str, Callable[[State, State], bool]]] = {}

    def __init__(self, variants: Set[str] = frozenset()) -> None:
        self._variants = variants

    def start(self) -> State:
        return State()

    def alike(self, state: State) -> State:
        return state

    def missing(self, state: State) -> str | None:
        waits = state.ticket is not None and (state.ticket.unread or state.ticket.due)
        return READ_ONCE if waits or state.lease is not None else None

    def show(self, state: State) -> str:
        ticket = state.ticket
        unread = "a message is unread" if ticket and ticket.unread else "nothing is unread"
        wakes = f"; the ticket wakes by {ticket.wakes}" if ticket and ticket.wakes else ""
        return f"{'a person' if state.person else 'the bot'} has it, {unread}{wakes}"

    def steps(self, state: State) -> Part:
        ticket = state.ticket or Ticket()
        if not ticket.unread:
            yield "the customer writes", state._replace(ticket=ticket._replace(unread=True))
        yield from self._people(state, ticket)
        if state.person and not state.time_is_over:
            due = ticket.wakes == "set time"
            after = state._replace(time_is_over=True)
            yield "the set time is over", after._replace(ticket=ticket._replace(due=True)) if due else after
        yield from self._respond(state)

    def _people(self, state: State, ticket: Ticket) -> Part:
        outdated = state.lease and state.lease._replace(outdated=True)
        if not state.person:
            yield "a person takes over", state._replace(person=True, time_is_over=False, lease=outdated)
            return
        woken = ticket._replace(wakes="act", due=True, act="new")
        newer = outdated and outdated._replace(newer=True)
        yield "the person gives back", state._replace(person=False, ticket=woken, lease=newer)

    def _respond(self, state: State) -> Part:
        lease, ticket = state.lease, state.ticket
        if lease is None:
            if ticket is not None and (ticket.unread or (ticket.wakes and ticket.due)):
                wakes, act = (ticket.wakes, ticket.act) if ticket.due else (None, "")
                yield "a responder claims the turn", state._replace(lease=Lease(wakes, reads=ticket.unread, act=act))
        elif not lease.decided:
            yield from self._decide(state, lease)
        elif lease.outdated:
            yield "the turn is beaten", state._replace(lease=lease._replace(decided="", outdated=False))
        elif ticket is not None:
            yield from self._commit(state, lease, ticket)

    def _decide(self, state: State, lease: Lease) -> Part:
        # Whoever gives back ends the handover: one that stands is newer, and ends when its own time is over.
        woken = lease.wakes is not None and (not state.person or "given_back_beats_taken_over" in self._variants)
        given_back = woken or (state.person and state.time_is_over)
        decided = "given back" if given_back else "silent" if state.person else "answers"
        yield f"it decides: {decided}", state._replace(lease=lease._replace(decided=decided, outdated=False))

    def _commit(self, state: State, lease: Lease, ticket: Ticket) -> Part:
        given_back = lease.decided == "given back"
        took = state.person and given_back
        person = state.person and not took
        replies_to_nothing = given_back and not lease.reads
        after = state._replace(
            person=person,
            ticket=None,
            lease=None,
            overridden=state.overridden or (took and not state.time_is_over),
            swallowed=state.swallowed or (replies_to_nothing and lease.act == "used"),
        )
        act = "used" if replies_to_nothing and lease.act else ticket.act
        stays = act if "act_stays_on_the_ticket" in self._variants else ""
        if lease.newer:
            yield "the turn is committed", after._replace(ticket=ticket._replace(unread=False))
        elif person:
            waits = Ticket(wakes="set time", due=state.time_is_over, act=stays)
            yield "the turn is committed; the ticket waits for the set time", after._replace(ticket=waits)
        else:
            yield "the turn is committed", after
            waits = Ticket(wakes="follow-up", due=False, act=stays)
            yield "the turn is committed; the ticket waits for a follow-up", after._replace(ticket=waits)
