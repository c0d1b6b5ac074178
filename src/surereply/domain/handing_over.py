"""When a person gets a conversation, and when the bot has it again."""

from collections.abc import Set
from dataclasses import replace
from datetime import datetime, timedelta

from surereply.domain.conversation import Conversation, HandoverReason
from surereply.domain.facts import Signal
from surereply.domain.flow import Flow
from surereply.domain.turn_values import LineRules

TOLD = {
    HandoverReason.ASKED: "asks for a person",
    HandoverReason.ANGRY: "is angry",
    HandoverReason.LEGAL: "threatens with legal steps",
    HandoverReason.DISCOUNT: "asks for a discount",
    HandoverReason.QUESTIONS_SPENT: "all questions are spent and fields are missing",
    HandoverReason.UNANSWERED: "could not be understood or answered again and again",
    HandoverReason.CEILING: "the ceiling of replies in an hour is reached",
    HandoverReason.FAILING_TURN: "the turn failed again and again",
}


def person_has_it(conversation: Conversation) -> bool:
    return conversation.handed_over_at is not None


def reason_to_hand_over(signals: Set[Signal], flow: Flow) -> HandoverReason | None:
    """What in the customer's words calls for a person, by the flow's rules."""
    if Signal.LEGAL_THREAT in signals and flow.handover.on_legal:
        return HandoverReason.LEGAL
    if Signal.ANGRY in signals and flow.handover.on_angry:
        return HandoverReason.ANGRY
    if Signal.WANTS_PERSON in signals:
        return HandoverReason.ASKED
    if Signal.WANTS_DISCOUNT in signals and flow.handover.on_discount:
        return HandoverReason.DISCOUNT
    return None


def give_back_at(conversation: Conversation, flow: Flow, rules: LineRules) -> datetime | None:
    """When the bot has the conversation again by itself; the line's setting goes before the flow's."""
    if conversation.handed_over_at is None:
        return None
    after = flow.handover.give_back_after
    if rules.handback_after_seconds is not None:
        after = timedelta(seconds=rules.handback_after_seconds)
    return conversation.handed_over_at + after if after is not None else None


def handed_over(conversation: Conversation, reason: HandoverReason, now: datetime) -> Conversation:
    return replace(conversation, handed_over_at=now, handover_reason=reason)


def given_back(conversation: Conversation) -> Conversation:
    state = replace(conversation.state, unanswered_streak=0, asked_to_type=0)
    return replace(conversation, handed_over_at=None, handover_reason=None, state=state)
