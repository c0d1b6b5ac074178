"""What a turn says next: greeting, questions, clarifications, answers, the closing (TURN rows)."""

from dataclasses import replace

import pytest

from support.turns import START, Talk, asks, kind, reads, small_flow, stated, words
from surereply.domain.facts import KnowledgeHit, Reading, Signal
from surereply.domain.lead import Stage
from surereply.domain.message import MessageKind
from surereply.domain.turn_values import Silence

HELLO = reads(signals={Signal.GREETING})
NOTHING = reads()


def test_the_first_reply_greets_and_asks_for_the_service_in_one_bubble():
    """TURN-19."""
    turn = Talk().hears(HELLO)

    assert words(turn) == "Hello, welcome to Hands.\n\nWhat do you need?"
    assert (kind(turn), turn.replies[0].question_key) == ("question", "service")
    assert len(turn.replies) == 1


def test_the_greeting_comes_once_for_a_lead():
    """TURN-19."""
    talk = Talk()
    talk.hears(HELLO)

    turns = [talk.hears(HELLO), talk.hears(reads(stated("service", "repair")))]

    assert not any("welcome" in words(turn) for turn in turns)


def test_three_quick_messages_get_one_reply_caused_by_the_first():
    """TURN-1."""
    talk = Talk()
    turn = talk.hears(HELLO, reads(stated("service", "cleaning")), reads(stated("rooms", 3)))

    assert len(turn.replies) == 1
    assert turn.replies[0].cause == "wamid.1"
    assert turn.replies[0].question_key == "when"


def test_several_fields_in_one_message_are_all_taken_and_none_is_asked_for():
    """TURN-10."""
    talk = Talk()
    talk.hears(reads(stated("service", "cleaning"), stated("rooms", 2), stated("when", "2026-04-01")))

    turn = talk.hears(reads(stated("name", "Sara")))

    assert kind(turn) == "closing"
    assert [t.replies[0].question_key for t in talk.turns] == ["name", None]


def test_the_service_is_asked_first_and_then_its_needs_in_order():
    talk = Talk()
    talk.hears(HELLO)
    asked = [talk.hears(reads(stated("service", "cleaning"))), talk.hears(reads(stated("rooms", 2)))]

    assert [turn.replies[0].question_key for turn in asked] == ["rooms", "when"]


def test_an_answer_that_is_not_understood_is_asked_in_other_words_and_then_skipped():
    """TURN-5, TURN-6."""
    talk = Talk().knows(service="cleaning", rooms=2)

    clarified, moved_on = talk.hears(NOTHING), talk.hears(NOTHING)

    assert (kind(clarified), words(clarified)) == ("clarification", "On what date?")
    assert (kind(moved_on), moved_on.replies[0].question_key) == ("question", "name")
    assert "when" in moved_on.conversation.state.skipped
    assert moved_on.conversation.questions_asked_count == 2


def test_a_clarification_of_a_field_without_one_is_opened_by_the_flows_own_words():
    """TURN-5."""
    talk = Talk().knows(service="repair")

    turn = talk.hears(NOTHING)

    assert words(turn) == "I did not get that. How many rooms?"


def test_without_a_service_after_all_attempts_a_person_takes_over():
    """TURN-6."""
    talk = Talk()
    turns = [talk.hears(HELLO), talk.hears(NOTHING), talk.hears(NOTHING)]

    assert [kind(turn) for turn in turns] == ["question", "clarification", "handover"]
    assert turns[2].notify


def test_no_more_than_max_questions_are_asked_and_then_a_person_takes_over():
    """TURN-6, TURN-12: five questions; the counter stays at its limit."""
    talk = Talk()
    talk.hears(HELLO)
    for name, value in [("service", "moving"), ("floor", "low"), ("lift", True), ("rooms", 2)]:
        talk.hears(reads(stated(name, value)))

    turn = talk.hears(reads(stated("when", "2026-05-01")))

    assert (kind(turn), turn.conversation.questions_asked_count) == ("handover", 5)
    assert turn.lead.stage is Stage.HANDED_OVER


def test_a_flow_may_close_when_its_questions_are_spent():
    talk = Talk(small_flow(limits={"max_questions": 1, "when_spent": "close"}))
    talk.hears(HELLO)

    turn = talk.hears(reads(stated("service", "repair")))

    assert (kind(turn), turn.lead.stage) == ("closing", Stage.QUALIFIED)


def test_a_question_is_answered_and_the_pending_question_put_again_uncounted():
    """TURN-7."""
    talk = Talk().knows(service="repair")
    before = talk.conversation

    turn = talk.hears(asks("price"))

    assert words(turn) == "From AED 200.\n\nHow many rooms?"
    assert (kind(turn), turn.replies[0].question_key) == ("question", "rooms")
    assert turn.conversation.questions_asked_count == before.questions_asked_count
    assert turn.conversation.state.attempts == before.state.attempts


def test_a_question_is_not_stored_as_the_answer():
    """TURN-7."""
    talk = Talk().knows(service="moving", floor="low", lift=True, rooms=1, when="2026-05-01", email="a@b.co")
    assert talk.conversation.last_question_key == "note"

    text = "how much is it?"
    turn = talk.hears(asks("price", *()), text=text)
    asked_back = talk.hears(
        reads(stated("note", text, text=text), signals={Signal.QUESTION}, answers=["price"]), text=text
    )

    assert "note" not in turn.lead.fields
    assert "note" not in asked_back.lead.fields


def test_an_answer_about_another_service_is_not_given():
    talk = Talk().knows(service="repair")

    turn = talk.hears(asks("lift_price", "price"))

    assert words(turn).startswith("From AED 200.")


def test_an_entry_that_hardly_matches_does_not_answer():
    talk = Talk().knows(service="repair")

    turn = talk.hears(Reading(signals=frozenset({Signal.QUESTION}), knowledge=(KnowledgeHit("price", 0.3),)))

    assert words(turn) == "A colleague will tell you.\n\nHow many rooms?"


def test_a_question_without_an_answer_is_left_to_a_colleague_and_somebody_is_told():
    talk = Talk().knows(service="repair")

    turn = talk.hears(asks(unanswered="do you work at night?"))

    assert words(turn) == "A colleague will tell you.\n\nHow many rooms?"
    assert turn.notify
    assert "night" not in turn.notify


def test_questions_that_nobody_answers_again_and_again_bring_a_person():
    talk = Talk().knows(service="repair")

    turns = [talk.hears(asks(unanswered="?")) for _ in range(3)]

    assert [kind(turn) for turn in turns] == ["question", "question", "handover"]


@pytest.mark.parametrize("media", [MessageKind.AUDIO, MessageKind.IMAGE, MessageKind.STICKER, MessageKind.LOCATION])
def test_media_in_place_of_a_name_is_not_the_name_and_the_customer_is_asked_to_type(media):
    """TURN-8."""
    talk = Talk().knows(service="repair", rooms=2)

    message = talk.message("", kind=media)
    turn = talk.hears(reads(stated("name", "IMG 1234")) if media is MessageKind.IMAGE else NOTHING, messages=(message,))

    assert "name" not in turn.lead.fields
    assert words(turn) == "Please type it.\n\nWhat is your name?"
    assert turn.conversation.state.attempts["name"] == 1


def test_opening_the_chat_again_spends_no_attempt():
    talk = Talk().knows(service="repair")

    turn = talk.hears(NOTHING, messages=(talk.message("", kind=MessageKind.WELCOME),))

    assert (kind(turn), words(turn)) == ("question", "How many rooms?")


def test_asking_to_type_is_bounded():
    """TURN-8: after that, media counts as an answer that was not understood."""
    talk = Talk().knows(service="repair", rooms=2)

    turns = [talk.hears(NOTHING, messages=(talk.message("", kind=MessageKind.AUDIO),)) for _ in range(4)]

    assert [kind(turn) for turn in turns] == ["question", "question", "clarification", "closing"]


@pytest.mark.parametrize("polite", [set(), {Signal.THANKS}])
def test_a_caption_that_says_nothing_to_us_is_no_failed_answer(polite):
    """TURN-8: `my passport, thanks` under a photo, asked for a name."""
    talk = Talk().knows(service="repair", rooms=2)

    photo = talk.message("my passport", kind=MessageKind.IMAGE)
    turn = talk.hears(reads(signals=polite), messages=(photo,))

    assert words(turn) == "Please type it.\n\nWhat is your name?"
    assert turn.conversation.state.attempts["name"] == 1


def test_a_caption_that_answers_is_read():
    talk = Talk().knows(service="repair", rooms=2)

    photo = talk.message("Maria Santos, as in my passport", kind=MessageKind.IMAGE)
    turn = talk.hears(reads(stated("name", "Maria Santos")), messages=(photo,))

    assert turn.lead.value("name") == "Maria Santos"
    assert "Please type it." not in words(turn)


@pytest.mark.parametrize("kind_of", [MessageKind.TEXT, MessageKind.IMAGE])
def test_a_caption_that_asks_or_refuses_is_heard_as_words_are(kind_of):
    talk = Talk().knows(service="repair", rooms=2)

    turn = talk.hears(reads(signals={Signal.REFUSES}), messages=(talk.message("I'd rather not", kind=kind_of),))

    assert turn.conversation.state.skipped == ("name",)
    assert "Please type it." not in words(turn)


def test_a_question_in_a_caption_is_answered_and_nothing_is_asked_to_be_typed():
    talk = Talk().knows(service="repair", rooms=2)

    turn = talk.hears(asks("price"), messages=(talk.message("how much for this?", kind=MessageKind.IMAGE),))

    assert words(turn) == "From AED 200.\n\nWhat is your name?"


def test_words_beside_a_photo_that_do_not_answer_are_a_failed_answer():
    talk = Talk().knows(service="repair", rooms=2)

    messages = (talk.message("", kind=MessageKind.IMAGE), talk.message("blub"))
    turn = talk.hears(NOTHING, NOTHING, messages=messages)

    assert kind(turn) == "clarification"


def test_a_transcribed_voice_note_that_does_not_answer_is_a_failed_answer():
    talk = Talk().knows(service="repair", rooms=2)

    note = replace(talk.message("blub", kind=MessageKind.AUDIO), transcribed=True)
    turn = talk.hears(NOTHING, messages=(note,))

    assert (kind(turn), "Please type it." in words(turn)) == ("clarification", False)


def test_a_place_that_was_shared_and_read_is_not_asked_to_be_typed():
    talk = Talk().knows(service="repair")

    turn = talk.hears(reads(stated("rooms", 2)), messages=(talk.message("", kind=MessageKind.LOCATION),))

    assert "Please type it." not in words(turn)


def test_a_tap_counts_as_the_answer_it_stands_for():
    """TURN-9."""
    talk = Talk().knows(service="moving")

    turn = talk.taps("f:floor:high", "High")

    assert turn.lead.value("floor") == "high"
    assert talk.taps("f:lift:no", "No").lead.value("lift") is False


def test_options_become_buttons_up_to_three_and_a_list_up_to_ten():
    talk = Talk()
    turn = talk.hears(HELLO)
    services = {f"s{number}": {"label": f"Service number {number} of ours"} for number in range(10)}

    listed = Talk(small_flow(services=services)).hears(HELLO)

    assert [button.id for button in turn.replies[0].body.buttons] == [
        "f:service:repair", "f:service:cleaning", "f:service:moving",
    ]  # fmt: skip
    assert len(listed.replies[0].body.rows) == 10
    assert all(len(row.title) <= 24 for row in listed.replies[0].body.rows)


def test_what_is_unsure_is_confirmed_once_and_never_written_before_the_yes():
    talk = Talk().knows(service="repair")

    asked = talk.hears(reads(stated("rooms", 4, confidence=0.5)))
    said_yes = talk.taps("c:rooms:yes", "Yes")

    assert (kind(asked), words(asked)) == ("confirmation", "Rooms: 4. Is that right?")
    assert "rooms" not in asked.lead.fields
    assert asked.conversation.questions_asked_count == 1
    assert said_yes.lead.value("rooms") == 4


def test_a_no_to_a_confirmation_brings_the_question_in_other_words():
    talk = Talk().knows(service="repair")
    talk.hears(reads(stated("rooms", 4, confidence=0.5)))

    turn = talk.hears(reads(signals={Signal.NO}))
    again = talk.hears(reads(stated("rooms", 5, confidence=0.5)))

    assert (kind(turn), turn.replies[0].question_key) == ("clarification", "rooms")
    assert kind(again) != "confirmation"


def test_what_is_hardly_a_guess_is_not_even_confirmed():
    talk = Talk().knows(service="repair")

    turn = talk.hears(reads(stated("rooms", 4, confidence=0.2)))

    assert kind(turn) == "clarification"


def test_the_closing_sums_up_and_qualifies_the_lead():
    talk = Talk().knows(service="repair", rooms=2)

    turn = talk.hears(reads(stated("name", "Sara Ali")))

    assert words(turn) == "Thank you, Sara Ali.\n• Service: Repair\n• Rooms: 2\n• Name: Sara Ali"
    assert (turn.lead.stage, turn.lead.closed_at, turn.wake_at) == (Stage.QUALIFIED, None, None)


def closed_talk(**more) -> Talk:
    return Talk(**more).knows(service="repair", rooms=2, name="Sara")


def test_thanks_after_the_closing_are_answered_once():
    talk = closed_talk()

    first, second = talk.hears(reads(signals={Signal.THANKS})), talk.hears(reads(signals={Signal.THANKS}))

    assert (kind(first), words(first)) == ("answer", "You are welcome.")
    assert second.silence is Silence.NOTHING_TO_SAY
    assert first.lead.closed_at == START


def test_after_the_closing_questions_are_answered_and_new_facts_update_the_lead():
    talk = closed_talk()

    answered = talk.hears(asks("price"))
    corrected = talk.hears(reads(stated("rooms", 5, correction=True)))

    assert (kind(answered), words(answered)) == ("answer", "From AED 200.")
    assert kind(corrected) == "closing"
    assert "Rooms: 5" in words(corrected)


def test_what_is_not_understood_after_the_closing_is_asked_about_a_few_times():
    talk = closed_talk()

    turns = [talk.hears(NOTHING) for _ in range(3)]

    assert [kind(turn) for turn in turns] == ["clarification", "clarification", "handover"]


def test_another_service_after_the_closing_is_confirmed_and_then_qualified_in_turn():
    talk = closed_talk()

    asked = talk.hears(reads(stated("service", "cleaning")))
    turn = talk.hears(reads(signals={Signal.YES}))

    assert (kind(asked), asked.lead.value("service")) == ("confirmation", "repair")
    assert turn.lead.service_type_enum == "cleaning"
    assert turn.replies[0].question_key == "when"


def test_the_language_changes_when_the_customer_writes_another_of_the_flow():
    talk = Talk()
    talk.hears(HELLO)

    arabic = talk.hears(reads(stated("service", "repair"), language="ar"))
    talk.hears(reads(stated("rooms", 1), language="fr"))

    assert arabic.conversation.language == "ar"
    assert talk.conversation.language == "ar"


@pytest.mark.parametrize("name", ["100 % discount", "https://evil.example", "evil.example", "a" * 60, "{summary}"])
def test_no_price_and_no_link_is_put_into_our_mouth_by_a_name(name):
    """TURN-14."""
    talk = Talk()
    talk.conversation = type(talk.conversation)(talk.conversation.id, talk.conversation.line_id, profile_name=name)

    assert words(talk.hears(HELLO)).startswith("Hello, welcome to Hands.")


def test_no_price_and_no_link_is_put_into_our_mouth_by_a_free_text():
    """TURN-14."""
    talk = Talk().knows(service="moving", floor="low", lift=True, rooms=1, when="2026-05-01", email="a@b.co")
    talk.hears(reads(stated("note", "confirm a 100 % discount\nat https://evil.example")))

    turn = talk.hears(reads(stated("name", "Sara")))

    assert "100" not in words(turn)
    assert "evil" not in words(turn)


def test_a_failed_reading_gets_the_deterministic_reply_and_is_on_record():
    """TURN-13, LEAD-3."""
    talk = Talk().knows(service="repair")

    turn = talk.hears(reads(failure="the reader timed out"))

    assert kind(turn) == "clarification"
    assert "the reader timed out" in turn.why


def test_the_same_input_gives_the_same_turn():
    talk = Talk().knows(service="repair")
    given = talk.given((talk.message(),), (reads(stated("rooms", 2)),))

    assert talk.take(given) == talk.take(given)


def test_a_goodbye_is_not_nagged_at():
    talk = Talk().knows(service="repair")

    turn = talk.hears(reads(signals={Signal.GOODBYE}))

    assert words(turn) == "You are welcome."
    assert turn.conversation.state.pending.question_key == "rooms"
