"""The replies of one conversation: an older one, a younger one, and who may leave when; turns that carry what is owed.

looks             `store.outbox._candidates`, under the line's lock (`store.lines.lock_paces`) until the commit
marks             `store.outbox._lock_conversations`, `suppression`, `_mark_sending`, and the commit
decides           `store.turns.load`, `domain.turn.take_turn`: the new reply carries what is PENDING
commits the turn  `store.commit.commit_turns`: state and PENDING replies are as they were seen; `_supersede`
sends again       `store.doubts.resend`, `_policy_may_resend`, under the line's lock and the conversation's
takes over        `store.handovers.take_over`: `state_version` rises

What becomes of a send is written down without the conversation's lock; how, is in `model.send_settle`. A late answer
that surely nothing was sent may put the older reply behind the younger one: its doubt held nobody back any more.
"""

from collections.abc import Callable, Mapping, Set
from typing import ClassVar, NamedTuple, TypeAlias

from model.explore import Steps
from model.promises import A_PERSON_HAS_IT, IN_ORDER, NO_REPLY_VANISHES, ONE_REPLY_A_REASON
from model.tuples import NAMES, with_item

NOBODY = -1
OLDER, YOUNGER = 0, 1
CALLED = ("the older reply", "the younger reply")
HOLDS_BACK = ("PENDING", "SENDING", "IN DOUBT")  # IN DOUBT: UNKNOWN for less than 20 s
ENDS = ("SENT", "UNKNOWN", "OVERTAKEN", "SUPPRESSED")


class Reply(NamedTuple):
    status: str = "-"
    left: bool = False  # may have left, of one of its attempts


class Turn(NamedTuple):
    """A turn that is decided."""

    carries: bool  # what the older reply owes
    answers: bool  # a message of the customer, and not a follow-up
    outdated: bool = False  # `state_version` is another than it saw


class State(NamedTuple):
    replies: tuple[Reply, ...] = (Reply("PENDING"), Reply())
    dispatchers: tuple[int, ...] = (NOBODY, NOBODY)  # the reply that each is sending
    looked: int = NOBODY  # the reply that a dispatcher is about to claim
    turn: Turn | None = None
    carried: bool = False  # the younger reply says what the older one owed
    resent: bool = False
    by_policy: bool = False  # and not by a person
    person: bool = False  # has the conversation


Part: TypeAlias = Steps[State]


def _said_once(state: State) -> bool:
    """What the older reply says leaves in the younger one only if it did not leave by itself; or as consented."""
    older, younger = state.replies
    return not (state.carried and older.left and younger.left) or state.resent


def _began(before: State, after: State, which: int) -> bool:
    return before.replies[which].status != "SENDING" and after.replies[which].status == "SENDING"


def _in_order(before: State, after: State) -> bool:
    """The younger one leaves when nothing before it is open; the policy sends nothing again behind what has left."""
    older, younger = before.replies
    if _began(before, after, YOUNGER) and older.status in HOLDS_BACK:
        return False
    return not (_began(before, after, OLDER) and before.by_policy and younger.left)


def _beside_no_person(before: State, after: State) -> bool:
    return not before.person or not (_began(before, after, OLDER) or _began(before, after, YOUNGER))


class Order:
    """`variants`: bugs by name, as in `mutants.catalogue` where they are there."""

    name = "order of replies"
    always: ClassVar[Mapping[str, Callable[[State], bool]]] = {ONE_REPLY_A_REASON: _said_once}
    each_step: ClassVar[Mapping[str, Callable[[State, State], bool]]] = {
        IN_ORDER: _in_order,
        A_PERSON_HAS_IT: _beside_no_person,
    }

    def __init__(self, variants: Set[str] = frozenset()) -> None:
        self._variants = variants

    def start(self) -> State:
        return State()

    def alike(self, state: State) -> State:
        one, other = state.dispatchers
        return state if one <= other else state._replace(dispatchers=(other, one))

    def missing(self, state: State) -> str | None:
        return None if all(reply.status in (*ENDS, "-") for reply in state.replies) else NO_REPLY_VANISHES

    def show(self, state: State) -> str:
        older, younger = state.replies
        carried = ", carrying the older's words" if state.carried else ""
        person = "; a person has the conversation" if state.person else ""
        return f"older {older.status}, younger {younger.status}{carried}{person}"

    def steps(self, state: State) -> Part:
        yield from self._look(state)
        if state.looked != NOBODY:
            yield from self._mark(state, state.looked)
        for i, which in enumerate(state.dispatchers):
            if which != NOBODY:
                yield from self._settle(state, i, which)
        for which, reply in enumerate(state.replies):
            if reply.status == "IN DOUBT":
                yield f"20 s pass: {CALLED[which]} holds back nobody any more", _becomes(state, which, "UNKNOWN")
        yield from self._respond(state)
        yield from self._resend(state)
        if not state.person:
            outdated = state.turn and state.turn._replace(outdated=True)
            yield "a person takes the conversation over", state._replace(person=True, turn=outdated)

    def _look(self, state: State) -> Part:
        if state.looked != NOBODY or NOBODY not in state.dispatchers:
            return
        for which, reply in enumerate(state.replies):
            held_back = which == YOUNGER and state.replies[OLDER].status in HOLDS_BACK
            if reply.status == "PENDING" and (not held_back or "replies_out_of_order" in self._variants):
                yield f"a dispatcher looks, and finds that {CALLED[which]} may leave", state._replace(looked=which)

    def _mark(self, state: State, which: int) -> Part:
        state = state._replace(looked=NOBODY)
        if state.replies[which].status != "PENDING":
            yield f"the dispatcher finds {CALLED[which]} no longer owed", state
        elif state.person and "conversation_not_looked_at" not in self._variants:
            yield f"the dispatcher suppresses {CALLED[which]}", _becomes(state, which, "SUPPRESSED")
        else:
            free = state.dispatchers.index(NOBODY)
            sending = state._replace(dispatchers=with_item(state.dispatchers, free, which))
            yield f"dispatcher {NAMES[free]} marks {CALLED[which]}", _becomes(sending, which, "SENDING", left=True)

    def _settle(self, state: State, i: int, which: int) -> Part:
        who, state = f"dispatcher {NAMES[i]}", state._replace(dispatchers=with_item(state.dispatchers, i, NOBODY))
        yield f"{who}: {CALLED[which]} is accepted", _becomes(state, which, "SENT")
        yield f"{who} hears no answer to {CALLED[which]}", _becomes(state, which, "IN DOUBT")
        before = which == OLDER and state.resent  # then an earlier attempt may have left
        yield f"{who}: {CALLED[which]} surely was not sent", _becomes(state, which, "PENDING", left=before)

    def _respond(self, state: State) -> Part:
        """At most one turn that owes a reply; beaten, it is decided again."""
        if state.turn is not None:
            yield from self._commit(state, state.turn)
        elif state.replies[YOUNGER].status == "-" and not state.person:
            carries = state.replies[OLDER].status == "PENDING"
            for answers, what in ((True, "the customer's next message"), (False, "a follow-up")):
                then = " and carries what is owed" if carries else ""
                yield f"a responder decides on {what}{then}", state._replace(turn=Turn(carries, answers))

    def _commit(self, state: State, turn: Turn) -> Part:
        pending = state.replies[OLDER].status == "PENDING"
        seen_so = pending == turn.carries or "pending_not_looked_at" in self._variants
        state = state._replace(turn=None)
        if turn.outdated or not seen_so:
            yield "the turn is beaten", state
            return
        if pending and turn.carries:
            state = _becomes(state, OLDER, "SUPPRESSED")
        elif turn.answers and state.replies[OLDER].status in ("IN DOUBT", "UNKNOWN"):
            state = _becomes(state, OLDER, "OVERTAKEN")
        yield "the turn is committed", _becomes(state._replace(carried=turn.carries), YOUNGER, "PENDING")

    def _resend(self, state: State) -> Part:
        if state.replies[OLDER].status not in ("IN DOUBT", "UNKNOWN") or state.resent:
            return
        if state.looked != NOBODY and "resend_beside_a_claim" not in self._variants:
            return  # waits for the line's lock
        again = _becomes(state._replace(resent=True), OLDER, "PENDING")
        yield "a person sends the older reply again", again
        if not state.replies[YOUNGER].left or "policy_behind_a_later_reply" in self._variants:
            yield "the owner's policy sends the older reply again", again._replace(by_policy=True)


def _becomes(state: State, which: int, status: str, *, left: bool | None = None) -> State:
    reply = state.replies[which]
    after = Reply(status, reply.left if left is None else left)
    return state._replace(replies=with_item(state.replies, which, after))
