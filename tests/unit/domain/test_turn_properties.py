"""Random conversations, with replies that leave, fail and stay in doubt: the invariants of the promise hold."""

from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from support.turns import Talk, reads, small_flow, stated
from surereply.domain.conversation import BotState
from surereply.domain.facts import Signal, Source
from surereply.domain.identity import outbound_dedupe_key
from surereply.domain.message import MessageKind
from surereply.domain.replies import ReplyType, Status
from surereply.domain.turn import take_turn
from surereply.domain.turn_values import LineRules, Turn, TurnCause

VALUES: dict[str, list[Any]] = {
    "service": ["repair", "cleaning", "moving"],
    "name": ["Sara", "Omar Aziz", "", None],
    "rooms": [1, 2, 9],
    "when": ["2026-05-01", "2026-06-01"],
    "floor": ["low", "high", "no such floor"],
    "lift": [True, False],
    "dates": [["2026-05-01"], ["2026-06-01", "2026-07-01"], []],
    "email": ["a@b.co", "c@d.co"],
    "note": ["fragile", " "],
    "unknown": ["x"],
}
SOURCES = (Source.STATED, Source.STATED, Source.INFERRED, Source.TAPPED)
TAPS = ("f:floor:low", "f:lift:no", "c:rooms:yes", "c:name:no", "f:service:moving", "f::", "c:x", "junk")

facts = st.sampled_from(sorted(VALUES)).flatmap(
    lambda name: st.builds(
        lambda value, confidence, source, correction: stated(
            name, value, confidence=confidence, source=source, correction=correction
        ),
        st.sampled_from(VALUES[name]),
        st.sampled_from([0.1, 0.5, 0.9]),
        st.sampled_from(SOURCES),
        st.booleans(),
    )
)
readings = st.builds(
    lambda found, signals, answers, unanswered, language, failure: reads(
        *found, signals=signals, answers=answers, unanswered=unanswered, language=language, failure=failure
    ),
    st.lists(facts, max_size=3),
    st.sets(st.sampled_from(list(Signal)), max_size=2),
    st.lists(st.sampled_from(["price", "lift_price", "gone"]), max_size=2),
    st.sampled_from([None, None, None, "?"]),
    st.sampled_from([None, "en", "ar", "fr"]),
    st.sampled_from([None, None, None, "timed out"]),
)
messages = st.builds(
    dict,
    text=st.sampled_from(["…", "", "Sara"]),
    kind=st.sampled_from([MessageKind.TEXT, MessageKind.TEXT, MessageKind.TAP, MessageKind.AUDIO]),
    tap=st.sampled_from([None, None, *TAPS]),
    off=st.sampled_from([0, 0, 0, -90000, 3600]),
)
FATES = (Status.SENT, Status.SENT, Status.PENDING, Status.SENDING, Status.UNKNOWN, Status.FAILED)
steps = st.tuples(
    st.sampled_from([TurnCause.MESSAGES] * 6 + [TurnCause.FOLLOW_UP, TurnCause.GIVEN_BACK, TurnCause.FAILING]),
    st.lists(st.tuples(messages, readings), min_size=1, max_size=3),
    st.sampled_from(FATES),
    st.sampled_from([5, 60, 5 * 3600, 40 * 86400]),
    st.sampled_from([None, None, Status.PENDING, Status.SENDING, Status.UNKNOWN]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(steps, max_size=12), st.sampled_from([3, 30]))
def test_the_invariants_hold_in_every_conversation(script, replies_per_hour):
    """TURN-11, TURN-12, LEAD-3, IN-13, OPS-10, and one reply a turn."""
    talk = Talk(small_flow(), rules=LineRules("Asia/Dubai", replies_per_hour, handback_after_seconds=7200))
    keys: set[str] = set()
    for turn_cause, heard, leaves, seconds, settles in script:
        if settles is not None:
            talk.fate(Status.SENT, of=settles)
        talk.later(seconds=seconds)
        before, lead = talk.conversation, talk.lead
        turn = _take(talk, turn_cause, heard, leaves)

        _one_reply_or_a_silence(turn)
        _counts(talk, turn, before, lead)
        _facts_only_grow(turn, lead)
        _asks_nothing_known(talk, turn)
        assert turn.conversation.window_from is None or (
            before.window_from is None or turn.conversation.window_from >= before.window_from
        )
        recent = [at for at in turn.conversation.machine_replies if at > talk.now - timedelta(hours=1)]
        assert len(recent) <= replies_per_hour
        for draft in turn.replies:
            key = outbound_dedupe_key(talk.conversation.id, draft.reply_type, draft.question_key, draft.cause)
            assert key not in keys
            keys.add(key)
        assert msgspec.convert(msgspec.to_builtins(turn.conversation.state), BotState) == turn.conversation.state


def _take(talk: Talk, turn_cause: TurnCause, heard: Any, leaves: Status) -> Turn:
    if turn_cause in (TurnCause.FOLLOW_UP, TurnCause.GIVEN_BACK):
        given = talk.given((), (), turn_cause=turn_cause, cause=f"{turn_cause}:{len(talk.turns)}")
    else:
        written = tuple(
            talk.message(
                one["text"], kind=one["kind"], tap=one["tap"], sent_at=talk.now + timedelta(seconds=one["off"])
            )
            for one, _ in heard
        )
        given = talk.given(written, tuple(reading for _, reading in heard), turn_cause=turn_cause, failure="broken")
    turn = talk.take(given, leaves)
    assert take_turn(given) == turn
    return turn


def _one_reply_or_a_silence(turn: Turn) -> None:
    assert len(turn.replies) <= 1
    assert (turn.silence is None) == bool(turn.replies)
    assert turn.supersede == bool(turn.replies)
    assert (turn.wake_at is None) == (turn.wake_cause is None)
    assert turn.why
    for draft in turn.replies:
        assert draft.body.text.strip()
        assert "{" not in draft.body.text
        assert not (draft.body.buttons and draft.body.rows)


def _counts(talk: Talk, turn: Turn, before: Any, lead: Any) -> None:
    limits, after = talk.flow.limits, turn.conversation
    assert after.state_version == before.state_version + 1
    assert after.questions_asked_count <= limits.max_questions
    assert all(times <= limits.max_attempts for times in after.state.attempts.values())
    if turn.lead_opened:
        assert after.questions_asked_count <= 1
        return
    asked_another = after.last_question_key != before.last_question_key
    assert after.questions_asked_count - before.questions_asked_count == asked_another
    assert lead is not None


def _facts_only_grow(turn: Turn, lead: Any) -> None:
    if lead is None or turn.lead_opened:
        return
    assert set(lead.fields) <= set(turn.lead.fields)
    assert lead.service_type_enum is None or turn.lead.service_type_enum is not None
    changed = {change.field for change in turn.changes if change.new is not None}
    for name, known in lead.fields.items():
        assert turn.lead.fields[name] == known or name in changed
    assert not any(value.value in ("", None, [], " ") for value in turn.lead.fields.values())


def _asks_nothing_known(talk: Talk, turn: Turn) -> None:
    for draft in turn.replies:
        if draft.reply_type in (ReplyType.QUESTION, ReplyType.CLARIFICATION) and draft.question_key:
            assert draft.question_key not in turn.lead.fields
            assert draft.question_key not in turn.conversation.state.skipped
            assert draft.question_key in talk.flow.needed_fields(turn.lead.service_type_enum)
