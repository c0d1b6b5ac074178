"""When a person takes over, and when nothing is said: handover, stop, window, ceiling, follow-ups."""

from dataclasses import replace
from datetime import timedelta

import pytest

from support.turns import START, Talk, asks, kind, reads, small_flow, stated, words
from surereply.domain.conversation import HandoverReason
from surereply.domain.facts import Signal
from surereply.domain.identity import follow_up_cause
from surereply.domain.lead import Stage
from surereply.domain.replies import Status
from surereply.domain.turn_values import LineRules, Silence, TurnCause


@pytest.mark.parametrize(
    ("signal", "reason"),
    [
        (Signal.WANTS_PERSON, HandoverReason.ASKED),
        (Signal.ANGRY, HandoverReason.ANGRY),
        (Signal.LEGAL_THREAT, HandoverReason.LEGAL),
        (Signal.WANTS_DISCOUNT, HandoverReason.DISCOUNT),
    ],
)
def test_a_call_for_a_person_hands_over_once_with_one_message_and_somebody_is_told(signal, reason):
    """TURN-15."""
    talk = Talk().knows(service="repair")

    turn, again = talk.hears(reads(signals={signal})), talk.hears(reads(signals={signal}))

    assert (kind(turn), words(turn)) == ("handover", "A colleague takes over.")
    assert (turn.conversation.handover_reason, turn.lead.stage) == (reason, Stage.HANDED_OVER)
    assert turn.notify
    assert again.silence is Silence.HANDED_OVER


def test_a_flow_may_leave_discounts_to_the_bot():
    talk = Talk(small_flow(handover={"on_discount": False})).knows(service="repair")

    assert kind(talk.hears(reads(signals={Signal.WANTS_DISCOUNT}))) != "handover"


def test_facts_are_merged_also_while_a_person_has_the_conversation():
    """TURN-16."""
    talk = Talk().knows(service="repair")
    talk.hears(reads(signals={Signal.WANTS_PERSON}))

    turn = talk.hears(reads(stated("rooms", 3)))

    assert turn.lead.value("rooms") == 3
    assert turn.replies == ()


def test_given_back_the_bot_puts_its_pending_question_again_uncounted():
    """TURN-17."""
    talk = Talk().knows(service="repair")
    count = talk.conversation.questions_asked_count
    talk.hears(reads(signals={Signal.WANTS_PERSON}))

    turn = talk.wakes(TurnCause.GIVEN_BACK, cause="given_back:act")

    assert (kind(turn), words(turn)) == ("question", "How many rooms?")
    assert (turn.conversation.handed_over_at, turn.replies[0].cause) == (None, "given_back:act")
    assert turn.conversation.questions_asked_count == count


def test_given_back_after_a_set_time_without_anybodys_act():
    """TURN-17."""
    talk = Talk(rules=LineRules("Asia/Dubai", handback_after_seconds=3600)).knows(service="repair")
    handed = talk.hears(reads(signals={Signal.WANTS_PERSON}))

    talk.later(minutes=50)
    still = talk.hears(reads(stated("lift", True)))
    turn = talk.later(minutes=10).wakes(TurnCause.GIVEN_BACK)

    assert (handed.wake_at, handed.wake_cause) == (START + timedelta(hours=1), TurnCause.GIVEN_BACK)
    assert (still.silence, still.wake_at) == (Silence.HANDED_OVER, handed.wake_at)
    assert (kind(turn), turn.lead.stage) == ("question", Stage.QUALIFYING)


def test_a_lead_is_handed_over_only_once_because_its_questions_are_spent():
    """TURN-17: no endless handover."""
    talk = Talk(small_flow(limits={"max_questions": 1}))
    talk.hears(reads(signals={Signal.GREETING}))
    talk.hears(reads(stated("service", "repair")))

    turn = talk.wakes(TurnCause.GIVEN_BACK)

    assert kind(turn) == "closing"


def test_a_failing_turn_hands_over_with_the_error_and_reads_nothing():
    """TURN-20."""
    talk = Talk().knows(service="repair")

    turn = talk.hears(reads(stated("rooms", object())), turn_cause=TurnCause.FAILING, failure="reader: KeyError")

    assert (kind(turn), turn.conversation.handover_reason) == ("handover", HandoverReason.FAILING_TURN)
    assert "reader: KeyError" in turn.notify
    assert "rooms" not in turn.lead.fields


def test_stop_is_confirmed_once_and_then_there_is_silence_until_start():
    """TURN-18."""
    talk = Talk().knows(service="repair")

    turns = [
        talk.hears(reads(signals={Signal.STOP})),
        talk.hears(reads(signals={Signal.STOP})),
        talk.hears(asks("price")),
        talk.hears(reads(signals={Signal.START})),
    ]

    assert [kind(turn) for turn in turns] == ["opt_out", "stopped", "stopped", "question"]
    assert words(turns[3]) == "Good to have you back.\n\nHow many rooms?"
    assert turns[0].wake_at is None


def test_the_word_stop_is_no_answer():
    """TURN-18."""
    talk = Talk().knows(service="repair", rooms=2)

    assert "name" not in talk.hears(reads(stated("name", "Stop"), signals={Signal.STOP})).lead.fields


def test_stop_holds_also_while_a_person_has_the_conversation():
    """TURN-18."""
    talk = Talk().knows(service="repair")
    talk.hears(reads(signals={Signal.WANTS_PERSON}))

    stopped, started = talk.hears(reads(signals={Signal.STOP})), talk.hears(reads(signals={Signal.START}))

    assert kind(stopped) == "opt_out"
    assert (started.silence, started.conversation.stopped_at) == (Silence.HANDED_OVER, None)


def test_a_start_written_before_the_stop_takes_nothing_back():
    """IN-13."""
    talk = Talk().knows(service="repair")
    talk.later(minutes=5).hears(reads(signals={Signal.STOP}))

    late = talk.message(sent_at=START)
    turn = talk.hears(reads(signals={Signal.START}), messages=(late,))

    assert turn.silence is Silence.STOPPED


def test_a_stop_whose_confirmation_was_lost_is_confirmed_when_it_comes_again():
    talk = Talk().knows(service="repair")
    talk.hears(reads(signals={Signal.STOP}), leaves=Status.FAILED)

    assert kind(talk.hears(reads(signals={Signal.STOP}))) == "opt_out"


def test_what_came_too_late_is_kept_and_gets_no_free_form_reply():
    """IN-12."""
    talk = Talk().knows(service="repair")
    before = talk.conversation.state
    late = replace(talk.message(), sent_at=START)
    talk.later(hours=25)

    turn = talk.hears(reads(stated("rooms", 3)), messages=(late,))

    assert turn.silence is Silence.WINDOW_CLOSED
    assert turn.lead.value("rooms") == 3
    assert turn.conversation.state.attempts == before.attempts
    assert turn.notify


def test_a_false_clock_cannot_open_the_window_and_nothing_moves_it_back():
    """IN-13."""
    talk = Talk().knows(service="repair")
    talk.later(hours=1)

    ahead = talk.hears(reads(), messages=(talk.message(sent_at=talk.now + timedelta(days=9)),))
    behind = talk.hears(reads(), messages=(talk.message(sent_at=START - timedelta(days=9)),))

    assert ahead.conversation.window_from == talk.now
    assert behind.conversation.window_from == talk.now


def test_two_bots_that_talk_to_each_other_are_ended_by_a_handover_as_the_last_reply():
    """OPS-10."""
    talk = Talk(rules=LineRules("Asia/Dubai", replies_per_hour=5)).knows(service="repair")

    turns = [talk.later(seconds=30).hears(asks("price")) for _ in range(8)]

    assert [kind(turn) for turn in turns[:4]] == ["question", "question", "question", "handover"]
    assert turns[3].conversation.handover_reason is HandoverReason.CEILING
    assert turns[3].notify
    assert all(not turn.replies for turn in turns[4:])


def test_replies_of_an_hour_ago_do_not_count_against_the_ceiling():
    """OPS-10."""
    talk = Talk(rules=LineRules("Asia/Dubai", replies_per_hour=3)).knows(service="repair")

    turns = [talk.later(minutes=45).hears(asks("price")) for _ in range(6)]

    assert all(kind(turn) == "question" for turn in turns)


def test_replies_that_never_left_do_not_count_against_the_ceiling():
    """OPS-10: a paused line must not hand its customers over."""
    talk = Talk(rules=LineRules("Asia/Dubai", replies_per_hour=3))

    turns = [talk.hears(asks("price"), leaves=Status.PENDING) for _ in range(6)]

    assert all(kind(turn) == "question" for turn in turns)


def test_beyond_the_ceiling_not_even_a_handover_is_said():
    """OPS-10."""
    talk = Talk(rules=LineRules("Asia/Dubai", replies_per_hour=2)).knows(service="repair")
    talk.hears(asks("price"))

    turn = talk.wakes(TurnCause.GIVEN_BACK)

    assert turn.silence is Silence.HANDED_OVER
    assert turn.conversation.handed_over_at is not None


def test_an_unanswered_question_is_followed_up_and_its_key_does_not_depend_on_the_clock():
    """OUT-10."""
    talk = Talk().knows(service="repair")
    due = talk.turns[-1].wake_at
    question = talk.earlier[-1]

    turn = talk.later(hours=4, minutes=7).wakes(TurnCause.FOLLOW_UP, follow_up_due_at=due)

    day = due.date()
    assert (kind(turn), words(turn)) == ("follow_up", "Still there?")
    assert turn.replies[0].cause == follow_up_cause(question.id, 0, day)
    assert turn.replies[0].day_bucket == day
    assert turn.wake_at == START + timedelta(hours=20)


def test_a_follow_up_keeps_the_question_pending_and_is_read_as_no_question():
    talk = Talk().knows(service="repair")
    pending, count = talk.conversation.state.pending, talk.conversation.questions_asked_count

    turn = talk.later(hours=5).wakes(TurnCause.FOLLOW_UP)

    assert (turn.conversation.state.pending, turn.conversation.questions_asked_count) == (pending, count)


@pytest.mark.parametrize("status", [Status.PENDING, Status.SENDING])
def test_a_question_that_has_not_left_yet_is_followed_up_later(status):
    talk = Talk()
    talk.hears(reads(stated("service", "repair")), leaves=status)

    turn = talk.later(hours=4).wakes(TurnCause.FOLLOW_UP)

    assert (turn.silence, turn.wake_at) == (Silence.FOLLOW_UP_MOOT, START + timedelta(hours=8))
    assert not turn.supersede


def test_a_question_that_left_late_is_followed_up_counted_from_then():
    talk = Talk()
    talk.hears(reads(stated("service", "repair")), leaves=Status.PENDING)
    talk.later(hours=3).fate(Status.SENT, of=Status.PENDING)

    turn = talk.later(hours=1).wakes(TurnCause.FOLLOW_UP)

    assert (turn.silence, turn.wake_at) == (Silence.FOLLOW_UP_MOOT, START + timedelta(hours=7))


def test_nobody_is_followed_up_after_stop_a_handover_or_the_closing():
    for signal in (Signal.STOP, Signal.WANTS_PERSON):
        talk = Talk().knows(service="repair")
        talk.hears(reads(signals={signal}))
        assert talk.later(hours=5).wakes(TurnCause.FOLLOW_UP).replies == ()

    talk = Talk().knows(service="repair", rooms=2, name="Sara")
    assert talk.later(hours=5).wakes(TurnCause.FOLLOW_UP).silence is Silence.FOLLOW_UP_MOOT


def test_no_follow_up_is_due_outside_the_service_window():
    talk = Talk(small_flow(follow_ups=[{"after": "30h", "text": "Still there?"}]))

    assert talk.knows(service="repair").turns[-1].wake_at is None


def test_a_closed_lead_given_back_stays_silent_unless_something_came_unanswered():
    talk = Talk().knows(service="repair", rooms=2, name="Sara")

    quiet = talk.wakes(TurnCause.GIVEN_BACK)
    asked = talk.wakes(TurnCause.GIVEN_BACK, unanswered_messages=(talk.message("hello?"),))

    assert quiet.silence is Silence.LEAD_CLOSED
    assert words(asked) == "What else can we do?"
