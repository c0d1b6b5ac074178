"""What became of our last reply decides what was asked, what is owed, and what a message answers (OUT-19)."""

from support.turns import Talk, asks, kind, reads, stated, words
from surereply.domain.facts import Signal
from surereply.domain.replies import Status, Suppression
from surereply.domain.turn_context import reading_context


def context(talk: Talk):
    return reading_context(talk.conversation, talk.lead, talk.earlier, talk.flow, talk.now)


def test_a_question_that_left_was_asked():
    talk = Talk().knows(service="moving")

    assert (context(talk).asked, context(talk).offered) == (("floor",), {"floor": ["low", "high"]})
    assert context(talk).known == {"service": "moving"}


def test_a_question_that_surely_did_not_leave_was_not_asked():
    """OUT-19."""
    talk = Talk()
    talk.hears(reads(stated("service", "moving")), leaves=Status.FAILED)

    assert context(talk).asked == ()


def test_a_question_that_may_have_left_was_asked():
    for status in (Status.UNKNOWN, Status.SENDING):
        talk = Talk()
        talk.hears(reads(stated("service", "moving")), leaves=status)

        assert context(talk).asked == ("floor",)


def test_a_confirmation_tells_the_reader_what_a_yes_stands_for():
    talk = Talk().knows(service="repair")
    talk.hears(reads(stated("rooms", 4, confidence=0.5)))

    assert (context(talk).asked, context(talk).confirmed) == (("rooms",), {"rooms": [4]})


def test_a_question_that_did_not_leave_is_put_again_uncounted_and_no_message_answers_it():
    """OUT-19."""
    talk = Talk().knows(service="moving", floor="low")
    talk.fate(Status.FAILED, of=Status.SENT)
    talk.earlier = tuple(type(one)(**{**_fields(one), "sent_at": None}) for one in talk.earlier)
    count = talk.conversation.questions_asked_count

    turn = talk.hears(reads(signals={Signal.NO, Signal.DONT_KNOW}))

    assert "lift" not in turn.lead.fields
    assert turn.conversation.state.skipped == ()
    assert words(turn).endswith("Is there a lift?")
    assert (turn.conversation.questions_asked_count, turn.conversation.state.attempts["lift"]) == (count, 1)


def _fields(reply) -> dict:
    return {name: getattr(reply, name) for name in type(reply).__slots__}


def test_a_superseded_reply_hands_its_greeting_and_its_answer_on():
    """One reply a reason: what the customer never saw is still owed."""
    talk = Talk()
    talk.hears(asks("price"), leaves=Status.PENDING)

    turn = talk.hears(reads(stated("service", "repair")))

    assert turn.supersede
    assert words(turn) == "Hello, welcome to Hands.\n\nFrom AED 200.\n\nHow many rooms?"


def test_what_a_chain_of_superseded_replies_owes_is_said_once():
    talk = Talk()
    for _ in range(3):
        talk.hears(asks("price"), leaves=Status.PENDING)

    turn = talk.hears(reads(stated("service", "repair")))

    assert words(turn).count("From AED 200.") == 1
    assert "From AED" not in words(talk.hears(reads()))


def test_a_reply_in_doubt_is_not_said_again():
    talk = Talk()
    talk.hears(asks("price"), leaves=Status.UNKNOWN)

    turn = talk.hears(reads(stated("service", "repair")))

    assert words(turn) == "How many rooms?"


def test_a_reply_in_doubt_that_failed_after_all_is_owed_later():
    talk = Talk()
    talk.hears(asks("price"), leaves=Status.SENDING)
    talk.hears(reads(stated("service", "repair")))
    talk.fate(Status.FAILED, of=Status.SENDING)

    turn = talk.hears(reads(stated("rooms", 2)))

    assert words(turn).startswith("Hello, welcome to Hands.\n\nFrom AED 200.")


def test_what_a_person_withdrew_is_not_said_later():
    talk = Talk()
    talk.hears(asks("price"), leaves=Status.PENDING)
    talk.fate(Status.SUPPRESSED, of=Status.PENDING, suppression=Suppression.WITHDRAWN)

    assert "From AED 200." not in words(talk.hears(reads(stated("service", "repair"))))


def test_a_clarification_that_did_not_leave_spends_no_attempt_and_its_question_still_counts_as_asked():
    """OUT-19."""
    talk = Talk().knows(service="repair")
    talk.hears(reads(), leaves=Status.PENDING)
    assert context(talk).asked == ("rooms",)

    turn = talk.hears(reads())

    assert kind(turn) == "clarification"
    assert turn.conversation.state.attempts["rooms"] == 2


def test_a_confirmation_that_did_not_leave_is_put_again_and_a_bare_yes_writes_nothing():
    """OUT-19."""
    talk = Talk().knows(service="repair")
    talk.hears(reads(stated("rooms", 4, confidence=0.5)), leaves=Status.PENDING)

    turn = talk.hears(reads(signals={Signal.YES}))

    assert "rooms" not in turn.lead.fields
    assert (kind(turn), words(turn)) == ("confirmation", "Rooms: 4. Is that right?")
    assert talk.hears(reads(signals={Signal.YES})).lead.value("rooms") == 4


def test_a_tap_proves_that_a_confirmation_arrived():
    talk = Talk().knows(service="repair")
    talk.hears(reads(stated("rooms", 4, confidence=0.5)), leaves=Status.PENDING)

    assert talk.taps("c:rooms:yes").lead.value("rooms") == 4


def test_a_closing_that_did_not_leave_closes_nothing_and_is_put_again():
    talk = Talk()
    talk.hears(reads(stated("service", "repair"), stated("rooms", 1), stated("name", "Sara")), leaves=Status.PENDING)

    turn = talk.later(days=31).hears(reads(signals={Signal.THANKS}))

    assert (kind(turn), turn.lead_opened, turn.lead.closed_at) == ("closing", False, None)


def test_a_silent_turn_leaves_what_is_owed_to_the_next_one():
    talk = Talk()
    talk.hears(asks("price"), leaves=Status.PENDING)
    late = talk.message(sent_at=talk.now)
    talk.later(days=2)
    silent = talk.take(talk.given((late,), (reads(),)))

    turn = talk.hears(reads(stated("service", "repair")))

    assert silent.silence == "window_closed"
    assert not silent.supersede
    assert words(turn).startswith("Hello, welcome to Hands.\n\nFrom AED 200.")


def test_while_a_person_has_the_conversation_nothing_of_ours_was_asked():
    talk = Talk().knows(service="repair")
    talk.hears(reads(signals={Signal.WANTS_PERSON}))

    assert context(talk).asked == ()


def test_a_customer_who_opens_a_new_lead_is_read_with_what_is_carried_over():
    talk = Talk().knows(service="repair", rooms=2, name="Sara")
    talk.later(days=31)

    assert (context(talk).known, context(talk).asked) == ({"name": "Sara"}, ())
