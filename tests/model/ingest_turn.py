"""Ingest and turn: from Meta's deliveries to committed turns; one conversation, two messages, processes that die.

Two receivers and two responders on one PostgreSQL, READ COMMITTED. A step is a statement, or as many of one transaction
as nobody else can come between; a wait for a row's lock is a step that is not there until the lock is free.

takes the key     `store.inbox._take_keys`: ON CONFLICT DO NOTHING waits for a rival that has not committed
raises the ticket `store.inbox._raise_tickets`: ON CONFLICT DO UPDATE locks the row, and waits for its lock
commits, answers  `receiver.Receiver._keep`, then `receive`
claims            `store.turns.claim`: SKIP LOCKED, a lease, a token that nobody else has
reads             `store.turns.load`: the state first, so that a later look at the rest makes the fence stricter
locks the ticket  `store.commit._lock_tickets`: where the token is still ours
writes the turn   `store.commit.commit_turns`, `store.turn_rows._delete_unread`, `_settle_tickets`
commits the turn  `responder.Responder._commit`
takes over        `store.handovers.take_over`: `state_version` rises under the conversation's lock

Left out, since nothing here hangs on it: times (a lease may end at any moment, a turn may be due at any), failed tries
(`store.commit.release`: a claim that ends), the read-back of a lost answer (whatever it finds, the turn is let go).
Nothing is counted that may happen again: Meta delivers, processes die and people act as often as they like.
"""

from collections.abc import Callable, Mapping, Set
from typing import ClassVar, TypeAlias

from model.conversation import (
    MESSAGES,
    Receiver,
    Responder,
    State,
    Ticket,
    another_state,
    kept_once,
    read_once,
    shown,
    ticket_is_locked,
    with_plain_tokens,
)
from model.explore import Steps
from model.promises import KEPT_ONCE, ONE_REPLY_A_REASON, ONE_TURN_AT_A_TIME, READ_ONCE
from model.tuples import NAMES, with_item

Part: TypeAlias = Steps[State]
MOST_ATTEMPTS = 3  # of a ticket, where they are counted


class IngestTurn:
    """`variants`: bugs by name, as in `mutants.catalogue` where they are there."""

    name = "ingest and turn"
    always: ClassVar[Mapping[str, Callable[[State], bool]]] = {
        KEPT_ONCE: kept_once,
        READ_ONCE: read_once,
        ONE_TURN_AT_A_TIME: lambda state: not state.undone,
        ONE_REPLY_A_REASON: lambda state: max(state.owed) <= 1,
    }
    each_step: ClassVar[Mapping[str, Callable[[State, State], bool]]] = {}

    def __init__(self, variants: Set[str] = frozenset(), *, quiet: bool = False) -> None:
        """`quiet`: nobody dies, no person acts, and Meta delivers once what is answered."""
        self._variants = variants
        self._quiet = quiet

    def start(self) -> State:
        return State()

    def alike(self, state: State) -> State:
        if "counter_fence" not in self._variants:
            state = with_plain_tokens(state)
        (first, second), (one, other) = state.receivers, state.responders
        if first > second:
            state = state._replace(receivers=(second, first))
        return state if one <= other else state._replace(responders=(other, one))

    def missing(self, state: State) -> str | None:
        if not all(state.answered):
            return KEPT_ONCE
        at_rest = not state.unread and state.ticket is None and all(one.at == "idle" for one in state.responders)
        return None if at_rest else READ_ONCE

    def show(self, state: State) -> str:
        return shown(state)

    def steps(self, state: State) -> Part:
        yield from self._deliver(state)
        for i, receiver in enumerate(state.receivers):
            if receiver.at != "idle":
                yield from self._receive(state, i, receiver)
        for i, responder in enumerate(state.responders):
            yield from self._respond(state, i, responder)
        if "fence_by_conversation" in self._variants:
            yield from self._commit_together(state)
        if state.ticket is not None and state.ticket.leased:
            yield "time passes: the lease ends", state._replace(ticket=state.ticket._replace(leased=False))
        if not self._quiet and not any(one.at == "written" for one in state.responders):
            yield "a person takes the conversation over", another_state(state)

    def _deliver(self, state: State) -> Part:
        """Meta delivers until it is answered 200, and now and then once more."""
        free = next((i for i, one in enumerate(state.receivers) if one.at == "idle"), None)
        if free is None:
            return
        for m in range(state.posted if self._quiet else 0, min(state.posted + 1, len(MESSAGES))):
            posted = state._replace(posted=max(state.posted, m + 1))
            yield from self._take_key(posted, free, m, "again " if m < state.posted else "")

    def _take_key(self, state: State, i: int, m: int, again: str) -> Part:
        if "mark_before_commit" in self._variants:
            fresh = m not in state.keys
            state = state._replace(keys=_union(state.keys, m))
        elif any(one.fresh and one.message == m for one in state.receivers):
            return  # waits for the rival's commit or end
        else:
            fresh = m not in state.keys or "no_inbound_key" in self._variants
        found = "it is new" if fresh else "it is known already"
        yield (
            f"Meta delivers message {m + 1} {again}to receiver {NAMES[i]}, which takes its key: {found}",
            state._replace(receivers=with_item(state.receivers, i, Receiver("keyed", m, fresh))),
        )

    def _receive(self, state: State, i: int, receiver: Receiver) -> Part:
        who = f"receiver {NAMES[i]}"
        if receiver.at == "keyed" and receiver.fresh:
            yield from self._raise_ticket(state, i, receiver, who)
        else:
            yield from self._commit_batch(state, i, receiver, who)
        if not self._quiet:
            yield f"{who} dies", state._replace(receivers=with_item(state.receivers, i, Receiver()))

    def _raise_ticket(self, state: State, i: int, receiver: Receiver, who: str) -> Part:
        if "ticket_do_nothing" in self._variants and state.ticket is not None:
            # A row that is only locked is a conflict at once; one that is being changed or deleted is waited for.
            if not any(one.at == "written" for one in state.responders):
                after = receiver._replace(at="ticketed")
                yield (
                    f"{who} finds the ticket there and does nothing",
                    state._replace(receivers=with_item(state.receivers, i, after)),
                )
        elif not ticket_is_locked(state):
            after = receiver._replace(at="ticketed", locks_ticket=True)
            yield f"{who} raises the ticket", state._replace(receivers=with_item(state.receivers, i, after))

    def _commit_batch(self, state: State, i: int, receiver: Receiver, who: str) -> Part:
        m = receiver.message
        after = state._replace(receivers=with_item(state.receivers, i, Receiver()))
        if receiver.fresh:
            after = after._replace(
                keys=_union(state.keys, m),
                kept=with_item(state.kept, m, state.kept[m] + 1),
                unread=_union(state.unread, m),
                ticket=state.ticket if not receiver.locks_ticket else state.ticket or Ticket(),
            )
        what = f"{who} commits message {m + 1}" if receiver.fresh else f"{who} commits a repetition"
        yield f"{what}, and answers 200", after._replace(answered=with_item(state.answered, m, True))
        if not self._quiet:
            yield f"{what}, and dies before it answers", after

    def _respond(self, state: State, i: int, responder: Responder) -> Part:
        who = f"responder {NAMES[i]}"
        match responder.at:
            case "idle":
                yield from self._claim(state, i, who)
            case "claimed" | "beaten":
                yield from self._load(state, i, responder, who)
            case "thinking" if "one_snapshot" in self._variants:
                keeps = any(m not in responder.read for m in state.unread)
                after = responder._replace(at="looking", keeps_ticket=keeps)
                yield (
                    f"{who} begins to lock the ticket, and in the same statement looks for what else is unread",
                    state._replace(responders=with_item(state.responders, i, after)),
                )
            case "thinking" | "looking":
                yield from self._lock_ticket(state, i, responder, who)
            case "fenced":
                yield from self._write_turn(state, i, responder, who)
            case "written":
                yield from self._commit_turn(state, i, responder, who)
        if responder.at != "idle" and not self._quiet:
            yield f"{who} dies", state._replace(responders=with_item(state.responders, i, Responder()))

    def _claim(self, state: State, i: int, who: str) -> Part:
        ticket = state.ticket
        if ticket is None or ticket.leased or ticket_is_locked(state):
            return
        attempts = 0
        token = 1 + max(ticket.token, *(one.token for one in state.responders))
        if "counter_fence" in self._variants:
            token = attempts = ticket.attempts + 1
            if attempts > MOST_ATTEMPTS:
                return
        yield (
            f"{who} claims the conversation",
            state._replace(
                ticket=Ticket(token, True, attempts),
                responders=with_item(state.responders, i, Responder("claimed", token)),
            ),
        )

    def _load(self, state: State, i: int, responder: Responder, who: str) -> Part:
        """A beaten turn is decided again on the same messages."""
        read = state.unread if responder.at == "claimed" else responder.read
        after = responder._replace(at="thinking", read=read, outdated=False)
        what = f"messages {[m + 1 for m in read]} and the state" if responder.at == "claimed" else "the state anew"
        yield f"{who} reads {what}", state._replace(responders=with_item(state.responders, i, after))

    def _lock_ticket(self, state: State, i: int, responder: Responder, who: str) -> Part:
        ticket = state.ticket
        ours = ticket is not None and (ticket.token == responder.token or "no_fence" in self._variants)
        if not ours:
            yield (
                f"{who} finds its lease gone, and lets go",
                state._replace(responders=with_item(state.responders, i, Responder())),
            )
        elif not ticket_is_locked(state):
            yield (
                f"{who} locks the ticket",
                state._replace(responders=with_item(state.responders, i, responder._replace(at="fenced"))),
            )

    def _write_turn(self, state: State, i: int, responder: Responder, who: str) -> Part:
        """Under the ticket's lock: nobody who would raise it can commit in between."""
        if responder.outdated and "no_state_version" not in self._variants:
            after = responder._replace(at="beaten")
            yield f"{who} finds another state: beaten", state._replace(responders=with_item(state.responders, i, after))
            return
        keeps = any(m not in responder.read for m in state.unread)
        if "one_snapshot" in self._variants:
            keeps = responder.keeps_ticket
        if {"ticket_always_deleted", "delete_all_unread"} & self._variants:
            keeps = False
        yield (
            f"{who} writes the turn, and {'keeps' if keeps else 'deletes'} the ticket",
            state._replace(
                responders=with_item(state.responders, i, responder._replace(at="written", keeps_ticket=keeps))
            ),
        )

    def _commit_turn(self, state: State, i: int, responder: Responder, who: str) -> Part:
        read = responder.read
        gone = state.unread if "delete_all_unread" in self._variants else read
        after = another_state(state._replace(responders=with_item(state.responders, i, Responder())))._replace(
            unread=tuple(m for m in state.unread if m not in gone),
            ticket=Ticket() if responder.keeps_ticket else None,
            turns=tuple(count + (m in read) for m, count in enumerate(state.turns)),
            undone=state.undone or responder.outdated,
        )
        # `store.owed.insert_replies`: the key is the cause's, the first message that the turn read.
        if read and (not state.owed[read[0]] or "no_reply_key" in self._variants):
            after = after._replace(owed=with_item(state.owed, read[0], state.owed[read[0]] + 1))
        yield f"{who} commits the turn on messages {[m + 1 for m in read]}", after

    def _commit_together(self, state: State) -> Part:
        """Turns of one process may share a transaction (`worker.Batcher`). Each fenced on its own, they are as one
        after the other; fenced by their conversation, each passes on the other's lease."""
        one, other = state.responders
        held = state.ticket is not None and state.ticket.token in (one.token, other.token)
        if not held or {one.at, other.at} != {"thinking"} or one.outdated or other.outdated or ticket_is_locked(state):
            return
        left = tuple(m for m in state.unread if m not in one.read and m not in other.read)
        yield (
            "both turns of one process are locked, compared and committed together",
            another_state(state)._replace(
                responders=(Responder(), Responder()),
                unread=left,
                ticket=Ticket() if left else None,
                turns=tuple(count + (m in one.read) + (m in other.read) for m, count in enumerate(state.turns)),
            ),
        )


def _union(values: tuple[int, ...], value: int) -> tuple[int, ...]:
    return values if value in values else tuple(sorted((*values, value)))
