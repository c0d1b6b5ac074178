"""Claims that do not count: a reply is owed, two dispatchers claim it, and what they are told of it is not the truth.

The log and its failures are those of `model.durability`; here a dispatcher gives back what it may have marked and
surely did not send, since nobody else can know that.

a connection is cut   right before COMMIT: the claim is rolled back, and its dispatcher cannot tell
gives it back         `dispatcher.Dispatcher._give_back`: a claim in doubt, by its token (`store.outbox.still_marked`)
"""

from model.durability import (
    NOTHING,
    Dispatcher,
    Durability,
    Part,
    Record,
    State,
    append,
    count,
    open_claim,
    with_dispatcher,
)
from model.promises import NO_REPLY_VANISHES
from model.tuples import NAMES


class Claims(Durability):
    """`variants`: bugs by name, as in `mutants.catalogue` where they are there."""

    name = "claims in doubt"

    def start(self) -> State:
        """The turn is committed; whether the standby has it is open."""
        return State(log=(Record("message", seen=True), Record("turn", seen=True)), on_disk=2)

    def missing(self, state: State) -> str | None:
        return NO_REPLY_VANISHES if count(state, "turn") and open_claim(state) is None else None

    def _receive(self, state: State) -> Part:
        yield from ()

    def alike(self, state: State) -> State:
        """A token is only ever compared with that of the claim that stands: what is none of its own never will be."""
        claim = open_claim(state)
        stands = claim.token if claim is not None else 0
        state = state._replace(
            log=tuple(record._replace(token=_plain(record.token, stands)) for record in state.log),
            dispatchers=tuple(one._replace(token=_plain(one.token, stands)) for one in state.dispatchers),
        )
        return super().alike(state)

    def _claim(self, state: State, i: int, who: str) -> Part:
        used = [*(record.token for record in state.log), *(one.token for one in state.dispatchers)]
        token = 1 + max(used)
        attempt = count(state, "claim") + 1 if "given_back_by_attempt" in self._variants else 0
        claim = Dispatcher("committing", len(state.log), token, attempt)
        waiting = with_dispatcher(state, i, claim)
        yield f"{who} writes the claim, and waits", append(waiting, "claim", token=token)
        if state.cuts:
            cut = with_dispatcher(state, i, self._in_doubt(claim))._replace(cuts=state.cuts - 1)
            yield f"{who} writes the claim; its connection is cut, and the claim rolled back", cut

    def _in_doubt(self, claim: Dispatcher) -> Dispatcher:
        return claim._replace(at="in doubt", waits_for=NOTHING)

    def _dispatch(self, state: State, i: int, dispatcher: Dispatcher) -> Part:
        if dispatcher.at == "in doubt":
            yield self._give_back(state, i, dispatcher)
        else:
            yield from super()._dispatch(state, i, dispatcher)

    def _give_back(self, state: State, i: int, dispatcher: Dispatcher) -> tuple[str, State]:
        who, idle = f"dispatcher {NAMES[i]}", with_dispatcher(state, i, Dispatcher())
        found = open_claim(state)
        if found is None or not found.seen:
            return f"{who} finds nothing to give back", idle
        by_attempt = "given_back_by_attempt" in self._variants
        its_own = count(state, "claim") == dispatcher.attempt if by_attempt else found.token == dispatcher.token
        if not its_own:
            return f"{who} finds the claim of another, and leaves it", idle
        return f"{who} gives back the claim that was in doubt", append(idle, "given back", relaxed=True)


def _plain(token: int, stands: int) -> int:
    return 1 if token and token == stands else 0
