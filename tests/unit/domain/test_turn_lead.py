"""Facts into the lead: what is written, kept, suggested, taken over (LEAD rows)."""

from dataclasses import replace

import pytest

from support.turns import START, Talk, kind, operator_value, reads, small_flow, stated, words
from surereply.domain.facts import Signal, Source
from surereply.domain.lead import Stage
from surereply.domain.turn_values import TurnCause


def test_a_message_that_names_no_service_leaves_the_service():
    """LEAD-1."""
    talk = Talk(service_type_ids={"repair": 7}).knows(service="repair")
    talk.service_type_ids = {}

    turn = talk.hears(reads(stated("rooms", 2)))

    assert (turn.lead.service_type_enum, turn.lead.service_type_id) == ("repair", 7)


def test_a_service_without_a_row_is_named_all_the_same():
    """LEAD-2, B1."""
    turn = Talk(service_type_ids={"cleaning": 3}).hears(reads(stated("service", "repair")))

    assert (turn.lead.service_type_enum, turn.lead.service_type_id) == ("repair", None)
    assert turn.lead.value("service") == "repair"


@pytest.mark.parametrize("empty", [None, "", "  ", [], [""], {}])
def test_nothing_empty_is_ever_written(empty):
    """LEAD-3."""
    talk = Talk().knows(service="repair", name="Sara")

    turn = talk.hears(reads(stated("name", empty, correction=True), stated("dates", empty)))

    assert turn.lead.value("name") == "Sara"
    assert "dates" not in turn.lead.fields
    assert turn.changes == ()


def test_a_correction_replaces_the_value_and_the_old_one_stays_on_record():
    """LEAD-4."""
    talk = Talk().knows(service="repair", email="old@example.com")

    turn = talk.hears(reads(stated("email", "new@example.com", correction=True)))

    (change,) = turn.changes
    assert turn.lead.value("email") == "new@example.com"
    assert (change.old.value, change.old.source, change.reason) == ("old@example.com", Source.STATED, "corrected")


def test_a_stated_value_that_is_neither_correction_nor_answer_replaces_nothing():
    talk = Talk().knows(service="repair", email="old@example.com")

    turn = talk.hears(reads(stated("email", "friend@example.com")))

    assert turn.lead.value("email") == "old@example.com"
    assert turn.lead.suggestions["email"].value == "friend@example.com"


def test_a_stated_value_replaces_a_guessed_one():
    talk = Talk()
    talk.hears(reads(stated("name", "sara_xx", source=Source.INFERRED)))

    turn = talk.hears(reads(stated("name", "Sara")))
    guessed = talk.hears(reads(stated("name", "Zed", source=Source.INFERRED)))

    assert turn.lead.value("name") == "Sara"
    assert guessed.lead.value("name") == "Sara"


def test_a_persons_value_stays_and_the_other_is_kept_as_a_suggestion():
    """LEAD-5."""
    talk = Talk().knows(service="repair")
    operator_value(talk, "name", "Dr. Sara Ali")

    turn = talk.hears(reads(stated("name", "Sara", correction=True)))

    assert turn.lead.value("name") == "Dr. Sara Ali"
    assert turn.lead.suggestions["name"].value == "Sara"
    assert turn.changes[0].new is None


def test_a_field_that_a_person_filled_in_is_never_asked():
    """TURN-11."""
    talk = Talk().knows(service="repair")
    operator_value(talk, "name", "Sara")

    turn = talk.hears(reads(stated("rooms", 2)))

    assert kind(turn) == "closing"


def test_several_values_of_one_kind_are_all_kept():
    """LEAD-8."""
    talk = Talk().knows(service="repair", dates=["2026-05-01"])

    talk.hears(reads(stated("dates", ["2026-06-01"])), reads(stated("dates", "2026-07-01")))

    assert talk.lead.value("dates") == ["2026-05-01", "2026-06-01", "2026-07-01"]


@pytest.mark.parametrize("signal", [Signal.DONT_KNOW, Signal.LATER, Signal.REFUSES])
def test_what_the_customer_does_not_tell_is_skipped_and_not_asked_again(signal):
    """LEAD-10."""
    talk = Talk().knows(service="cleaning")

    turn = talk.hears(reads(signals={signal}))

    assert turn.conversation.state.skipped == ("rooms",)
    assert turn.replies[0].question_key == "when"
    assert "rooms" not in {t.replies[0].question_key for t in (talk.hears(reads()), talk.hears(reads()))}


def test_what_the_customer_leaves_to_us_is_not_asked_though_nobody_asked_for_it_yet():
    """LEAD-10."""
    talk = Talk().knows(service="cleaning")

    turn = talk.hears(replace(reads(stated("rooms", 2)), left_open=frozenset({"when"})))

    assert turn.conversation.state.skipped == ("when",)
    assert turn.replies[0].question_key != "when"


def test_a_skipped_field_is_still_filled_in_when_it_is_told():
    talk = Talk().knows(service="cleaning")
    talk.hears(reads(signals={Signal.LATER}))

    turn = talk.hears(reads(stated("rooms", 4)))

    assert turn.lead.value("rooms") == 4


def test_a_lead_in_the_middle_is_not_replaced_however_old_it_is():
    """LEAD-9."""
    talk = Talk().knows(service="repair")

    turn = talk.later(days=90).hears(reads(stated("rooms", 2)))

    assert not turn.lead_opened
    assert turn.lead.value("service") == "repair"


def test_a_customer_who_comes_back_after_the_closing_gets_a_new_lead_and_budget():
    """LEAD-9, C1."""
    talk = Talk().knows(service="repair", rooms=2, name="Sara", email="s@example.com")
    old = talk.lead

    turn = talk.later(days=31).hears(reads(signals={Signal.GREETING}))

    assert turn.lead_opened
    assert turn.lead.id != old.id
    assert {name: value.source for name, value in turn.lead.fields.items()} == {
        "name": Source.CARRIED,
        "email": Source.CARRIED,
    }
    assert (turn.conversation.questions_asked_count, turn.conversation.last_question_key) == (1, "service")
    assert words(turn).startswith("Hello Sara, welcome")
    assert {change.reason for change in turn.changes} == {"carried over"}


def test_a_mere_guess_is_not_carried_over():
    talk = Talk()
    talk.hears(reads(stated("email", "guess@example.com", source=Source.INFERRED)))
    talk.knows(service="repair", rooms=2, name="Sara")

    assert set(talk.later(days=31).hears(reads()).lead.fields) == {"name"}


def test_a_customer_who_comes_back_soon_after_the_closing_keeps_the_lead():
    """LEAD-9."""
    talk = Talk().knows(service="repair", rooms=2, name="Sara")

    assert not talk.later(days=29).hears(reads(signals={Signal.GREETING})).lead_opened


def test_a_lead_that_a_person_decided_is_followed_by_another():
    talk = Talk().knows(service="repair")
    talk.lead = replace(talk.lead, stage=Stage.LOST, closed_at=START)

    assert talk.later(days=31).hears(reads()).lead_opened


def test_unknown_fields_and_values_that_a_field_cannot_hold_are_left_out():
    turn = Talk().hears(
        reads(stated("nothing", 1), stated("service", "baking"), stated("floor", "top"), stated("lift", "maybe"))
    )

    assert turn.lead.fields == {}


def test_characters_that_the_database_refuses_are_taken_out():
    turn = Talk().hears(reads(stated("note", "a\x00b\ud800c", text="a\x00b")))

    assert (turn.lead.value("note"), turn.lead.fields["note"].text) == ("abc", "ab")


def test_the_places_of_the_facts_that_were_written_are_told():
    talk = Talk()
    turn = talk.hears(reads(stated("rooms", 0, confidence=0.1), stated("rooms", 2)), reads(stated("lift", True)))

    assert turn.taken_facts == (1, 2)


def test_a_lead_is_new_until_something_is_known_of_it():
    talk = Talk()

    assert talk.hears(reads(signals={Signal.GREETING})).lead.stage is Stage.NEW
    assert talk.hears(reads(stated("service", "repair"))).lead.stage is Stage.QUALIFYING


def test_the_score_sums_the_weights_of_service_and_known_fields():
    talk = Talk().knows(service="repair", rooms=2, note="not needed")

    assert talk.lead.score == 30 + 10


def test_a_lead_opens_with_the_given_id_and_version():
    talk = Talk(small_flow())
    given = talk.given((talk.message(),), (reads(),))

    turn = talk.take(given)

    assert (turn.lead.id, turn.lead.flow_name, turn.lead_opened) == (given.new_lead_id, "small", True)


def test_given_back_opens_no_new_lead_on_a_closed_one():
    talk = Talk().knows(service="repair", rooms=2, name="Sara")

    assert not talk.later(days=40).wakes(TurnCause.GIVEN_BACK).lead_opened
