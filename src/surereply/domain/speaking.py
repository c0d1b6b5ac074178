"""From what is to be said to the turn: the service window and the ceiling of replies have the last word."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from surereply.domain.asking import Ask, Step
from surereply.domain.compose import body_of, speaker
from surereply.domain.conversation import Conversation, HandoverReason, Said
from surereply.domain.handing_over import TOLD, give_back_at, handed_over
from surereply.domain.lead import Lead, Stage
from surereply.domain.replies import ReplyDraft, ReplyType, Status
from surereply.domain.standing import Standing
from surereply.domain.turn_context import remember
from surereply.domain.turn_values import Silence, Turn, TurnCause

CEILING_SPAN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Intent:
    """A reply as wanted. `unsaid` is the conversation to keep where nothing can be said."""

    reply_type: ReplyType
    sentences: tuple[str, ...]
    conversation: Conversation
    lead: Lead
    unsaid: Conversation
    why: str
    ask: Ask | None = None
    question_key: str | None = None
    carried: tuple[str, ...] = ()
    notify: str | None = None
    wake_at: datetime | None = None
    wake_cause: TurnCause | None = None


def speak(standing: Standing, intent: Intent) -> Turn:
    """The turn that says it; or its silence, where the window is closed or the ceiling is passed."""
    given = standing.given
    if not standing.conversation.window_is_open(given.now):
        notify = intent.notify or "a message came too late for a free-form answer"
        return _unsaid(standing, intent, Silence.WINDOW_CLOSED, "the service window is closed", notify)
    recent = recent_replies(standing)
    ceiling = given.rules.replies_per_hour
    if intent.reply_type is ReplyType.OPT_OUT:
        if len(recent) >= ceiling:
            return _unsaid(standing, intent, Silence.STOPPED, "the ceiling is passed", intent.notify)
    elif intent.reply_type is ReplyType.HANDOVER:
        if len(recent) >= ceiling:
            return _unsaid(standing, intent, Silence.HANDED_OVER, "the ceiling is passed", intent.notify)
    elif len(recent) + 1 >= ceiling:
        return hand_over(standing, HandoverReason.CEILING)
    return _said(standing, intent, recent)


def recent_replies(standing: Standing) -> tuple[datetime, ...]:
    """Machine replies that count against the ceiling; those that this turn supersedes never left."""
    since = standing.given.now - CEILING_SPAN
    replies = [at for at in standing.conversation.machine_replies if at > since]
    waiting = [reply for reply in standing.given.earlier_replies if reply.is_machine]
    superseded = sum(reply.status is Status.PENDING for reply in waiting)
    return tuple(replies[: max(len(replies) - superseded, 0)])


def _said(standing: Standing, intent: Intent, recent: tuple[datetime, ...]) -> Turn:
    given, ask = standing.given, intent.ask
    draft = ReplyDraft(
        intent.reply_type,
        body_of(intent.sentences, ask, speaker(given.flow, intent.lead, intent.conversation)),
        standing.cause,
        intent.question_key,
    )
    state = intent.conversation.state
    counted = ask.field if ask is not None and ask.counts else None
    confirms = ask is not None and ask.step is Step.CONFIRMATION
    said = Said(standing.cause, intent.carried, None if confirms else counted, counted if confirms else None)
    conversation = replace(
        intent.conversation,
        machine_replies=(*recent, given.now),
        state=replace(state, said=(*state.said, said)),
    )
    return _turn(standing, conversation, intent.lead, (draft,), None, intent.why, intent.notify,
                 intent.wake_at, intent.wake_cause)  # fmt: skip


def _unsaid(standing: Standing, intent: Intent, silence: Silence, because: str, notify: str | None) -> Turn:
    lead = intent.lead if intent.unsaid.handed_over_at is not None else standing.lead
    return be_silent(
        standing,
        silence,
        f"{intent.why}; not said: {because}",
        conversation=intent.unsaid,
        lead=lead,
        notify=notify,
    )


def hand_over(
    standing: Standing, reason: HandoverReason, *, before: tuple[str, ...] = (), detail: str | None = None
) -> Turn:
    """Give the conversation to a person, with one message, and tell somebody. `before` opens it."""
    given = standing.given
    quiet = handed_over(standing.conversation, reason, given.now)
    if reason is HandoverReason.QUESTIONS_SPENT:
        quiet = replace(quiet, state=replace(quiet.state, spent_handed_over=True))
    remembered = remember(quiet.state, given.earlier_replies)
    said = replace(quiet, state=replace(remembered.state, greeted=True))
    lead = standing.lead
    if not lead.is_decided:
        lead = replace(lead, stage=Stage.HANDED_OVER)
    text = speaker(given.flow, lead, said).text(given.flow.texts.handover)
    told = f"{TOLD[reason]}: {detail}" if detail else TOLD[reason]
    return speak(
        standing,
        Intent(
            ReplyType.HANDOVER,
            (*before, text),
            said,
            lead,
            quiet,
            f"handover: {told}",
            notify=f"handover: {told}",
        ),
    )


def be_silent(
    standing: Standing,
    silence: Silence,
    why: str,
    *,
    conversation: Conversation | None = None,
    lead: Lead | None = None,
    notify: str | None = None,
    wake_at: datetime | None = None,
) -> Turn:
    """A turn without a reply. What is owed and PENDING stays as it is."""
    wake_cause = TurnCause.FOLLOW_UP if wake_at is not None else None
    conversation, lead = conversation or standing.conversation, lead or standing.lead
    return _turn(standing, conversation, lead, (), silence, why, notify, wake_at, wake_cause)


def _turn(
    standing: Standing,
    conversation: Conversation,
    lead: Lead,
    replies: tuple[ReplyDraft, ...],
    silence: Silence | None,
    why: str,
    notify: str | None,
    wake_at: datetime | None,
    wake_cause: TurnCause | None,
) -> Turn:
    given = standing.given
    if conversation.handed_over_at is not None:
        wake_at = give_back_at(conversation, given.flow, given.rules)
        wake_cause = TurnCause.GIVEN_BACK if wake_at is not None else None
    failures = "; reading failed: " + "; ".join(standing.heard.failures) if standing.heard.failures else ""
    opened = "new lead; " if standing.lead_opened else ""
    return Turn(
        replace(conversation, state_version=given.conversation.state_version + 1),
        lead,
        standing.lead_opened,
        standing.changes,
        replies,
        supersede=bool(replies),
        silence=silence,
        why=f"{opened}{why}{failures}",
        wake_at=wake_at,
        wake_cause=wake_cause,
        notify=notify,
        taken_facts=standing.merged.taken,
    )
