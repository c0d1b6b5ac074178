"""A conversation's messages, its ticket and its turns: what is committed of them, who is where, and what must hold."""

from typing import NamedTuple

NO_TOKEN, STALE = 0, -1
MESSAGES = range(2)


class Receiver(NamedTuple):
    """One transaction in flight at a time (`worker.Batcher`)."""

    at: str = "idle"  # idle → keyed (→ ticketed) → idle
    message: int = 0
    fresh: bool = False  # the key was free, so the message is ours to keep
    locks_ticket: bool = False


class Responder(NamedTuple):
    """With one conversation in hand."""

    at: str = "idle"  # idle → claimed → thinking (→ looking) → fenced → written → idle; or → beaten → thinking
    token: int = NO_TOKEN
    read: tuple[int, ...] = ()
    outdated: bool = False  # `state_version` is another than was read
    keeps_ticket: bool = False


class Ticket(NamedTuple):
    """`conversation_ticket`."""

    token: int = NO_TOKEN
    leased: bool = False  # and the lease has not ended yet
    attempts: int = 0  # counted only where the fence is made of them


class State(NamedTuple):
    """What is committed, who is where, and what may still go wrong. Messages are numbered from 0."""

    receivers: tuple[Receiver, ...] = (Receiver(), Receiver())
    responders: tuple[Responder, ...] = (Responder(), Responder())
    posted: int = 0  # messages that the customer has written: the second after the first
    answered: tuple[bool, ...] = (False, False)  # with 200
    keys: tuple[int, ...] = ()  # `inbound_key`
    kept: tuple[int, ...] = (0, 0)  # rows of `message`
    unread: tuple[int, ...] = ()
    ticket: Ticket | None = None
    turns: tuple[int, ...] = (0, 0)  # committed turns that read it
    owed: tuple[int, ...] = (0, 0)  # replies that have it as their cause
    undone: bool = False  # a turn was written over a state that it had not read


def kept_once(state: State) -> bool:
    return all(state.kept[m] <= 1 and (state.kept[m] == 1 or not state.answered[m]) for m in MESSAGES)


def read_once(state: State) -> bool:
    """By one turn at most; by none only while it waits, and then a ticket will wake somebody."""
    return all(
        state.turns[m] <= 1 and (not state.kept[m] or (m in state.unread) == (state.turns[m] == 0)) for m in MESSAGES
    ) and (not state.unread or state.ticket is not None)


def another_state(state: State) -> State:
    """`state_version` rises: whoever read before that is beaten."""
    return state._replace(
        responders=tuple(
            one._replace(outdated=True) if one.at in ("thinking", "looking", "fenced") else one
            for one in state.responders
        )
    )


def ticket_is_locked(state: State) -> bool:
    return any(one.locks_ticket for one in state.receivers) or any(
        one.at in ("fenced", "written") for one in state.responders
    )


def with_plain_tokens(state: State) -> State:
    """A token is only ever compared with the ticket's: it is that one, or none that matters any more."""
    held = state.ticket.token if state.ticket is not None else NO_TOKEN
    plain = tuple(_plain(one, held) for one in state.responders)
    if plain != state.responders:
        state = state._replace(responders=plain)
    return state if state.ticket is None or held <= 1 else state._replace(ticket=state.ticket._replace(token=1))


def _plain(responder: Responder, held: int) -> Responder:
    if responder.token == NO_TOKEN:
        return responder
    token = 1 if responder.token == held else STALE
    return responder if responder.token == token else responder._replace(token=token)


def shown(state: State) -> str:
    kept = [m + 1 for m in MESSAGES if state.kept[m]]
    read = [
        f"{m + 1}" + (f" by {state.turns[m]} turns" if state.turns[m] > 1 else "") for m in MESSAGES if state.turns[m]
    ]
    ticket = "none" if state.ticket is None else "leased" if state.ticket.leased else "there"
    unread = [m + 1 for m in state.unread]
    return f"kept {kept or '-'}, unread {unread or '-'}, ticket {ticket}, read {', '.join(read) or '-'}"
