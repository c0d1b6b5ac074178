"""The models, the bugs that each of them finds, and the promise that each bug breaks."""

from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from model.claims import Claims
from model.durability import Durability
from model.explore import Model, Search, search
from model.handover import Handover
from model.ingest_turn import IngestTurn
from model.order import Order
from model.promises import (
    A_PERSON_HAS_IT,
    FORWARD_ONLY,
    IN_ORDER,
    KEPT_ONCE,
    NO_REPLY_VANISHES,
    ONE_REPLY_A_REASON,
    ONE_TURN_AT_A_TIME,
    READ_ONCE,
    WRITTEN_DOWN_FIRST,
)
from model.send_settle import SendSettle

Made: TypeAlias = Callable[[Set[str]], Model[Any]]

# In the order in which a message meets them.
MODELS: dict[str, Made] = {
    IngestTurn.name: IngestTurn,
    Durability.name: Durability,
    Claims.name: Claims,
    Handover.name: Handover,
    Order.name: Order,
    SendSettle.name: SendSettle,
}


@dataclass(frozen=True, slots=True)
class Variant:
    """A bug. `beside`: what has to be broken, too, before it shows; then only the promise it `breaks` is looked at."""

    name: str
    breaks: str
    made: Made
    beside: frozenset[str] = frozenset()

    @property
    def model(self) -> Model[Any]:
        return self.made({self.name} | self.beside)

    def search(self) -> Search[Any]:
        return search(self.model, {self.breaks} if self.beside else None)


# Two turns at once need two messages and little else: without deaths and people their ways are found at once.
QUIET_TURNS: Made = partial(IngestTurn, quiet=True)

VARIANTS = {
    variant.name: variant
    for variant in (
        # As in `mutants.catalogue`, by the step they are planted in.
        Variant("acknowledged_before_commit", KEPT_ONCE, Durability),
        Variant("ticket_do_nothing", READ_ONCE, IngestTurn),
        Variant("no_inbound_key", KEPT_ONCE, IngestTurn),
        Variant("duplicates_write_nothing", KEPT_ONCE, Durability),
        Variant("standby_warning_ignored", KEPT_ONCE, Durability),
        Variant("no_fence", READ_ONCE, QUIET_TURNS),
        Variant("counter_fence", READ_ONCE, QUIET_TURNS),
        Variant("fence_by_conversation", READ_ONCE, QUIET_TURNS),
        Variant("no_state_version", ONE_TURN_AT_A_TIME, IngestTurn),
        Variant("pending_not_looked_at", ONE_REPLY_A_REASON, Order),
        Variant("delete_all_unread", READ_ONCE, IngestTurn),
        Variant("ticket_always_deleted", READ_ONCE, IngestTurn),
        # The fence stands before the key, so the key alone is never missed.
        Variant("no_reply_key", ONE_REPLY_A_REASON, QUIET_TURNS, beside=frozenset({"no_fence"})),
        Variant("given_back_beats_taken_over", A_PERSON_HAS_IT, Handover),
        Variant("act_stays_on_the_ticket", NO_REPLY_VANISHES, Handover),
        Variant("lease_to_pending", ONE_REPLY_A_REASON, SendSettle),
        Variant("asynchronous_claim", WRITTEN_DOWN_FIRST, Durability),
        Variant("given_back_by_attempt", WRITTEN_DOWN_FIRST, Claims),
        Variant("sent_before_the_claim", WRITTEN_DOWN_FIRST, Durability),
        Variant("blind_resend", ONE_REPLY_A_REASON, SendSettle),
        Variant("conversation_not_looked_at", A_PERSON_HAS_IT, Order),
        Variant("replies_out_of_order", IN_ORDER, Order),
        Variant("resend_beside_a_claim", IN_ORDER, Order),
        Variant("late_answer_wins", NO_REPLY_VANISHES, SendSettle),
        Variant("late_answer_undoes_resend", NO_REPLY_VANISHES, SendSettle),
        Variant("suppressed_though_accepted", NO_REPLY_VANISHES, SendSettle),
        Variant("doubt_keeps_resolution", NO_REPLY_VANISHES, SendSettle),
        Variant("reports_step_back", FORWARD_ONLY, SendSettle),
        Variant("echo_ignored", NO_REPLY_VANISHES, SendSettle),
        Variant("failure_forgotten", NO_REPLY_VANISHES, SendSettle),
        Variant("only_latest_attempt_fails", NO_REPLY_VANISHES, SendSettle),
        Variant("policy_resends_again_and_again", ONE_REPLY_A_REASON, SendSettle),
        Variant("policy_behind_a_later_reply", IN_ORDER, Order),
        # Of other designs, which no edit of a line would make of ours.
        Variant("one_snapshot", READ_ONCE, IngestTurn),
        Variant("mark_before_commit", KEPT_ONCE, IngestTurn),
    )
}


def catches(name: str) -> str | None:
    """The model that finds this bug, by searching it now; None where none does, or the bug is none of theirs."""
    variant = VARIANTS.get(name)
    if variant is None or variant.search().counterexample is None:
        return None
    with_others = f" (beside {', '.join(sorted(variant.beside))})" if variant.beside else ""
    return f"{variant.model.name}{with_others}"
