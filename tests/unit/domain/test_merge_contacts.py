"""Two conversations, or leads, that turn out to be one contact's (IN-11)."""

from dataclasses import replace
from datetime import timedelta

from support.turns import START, Talk, operator_value, reads
from surereply.domain.conversation import Conversation, HandoverReason
from surereply.domain.facts import Signal
from surereply.domain.lead import Stage
from surereply.domain.merge_contacts import unite_conversations, unite_leads


def two_talks() -> tuple[Talk, Talk]:
    older, younger = Talk(), Talk(now=START + timedelta(hours=1))
    for talk in (older, younger):
        talk.conversation = Conversation(talk.message().id, talk.message().id)
    return older, younger


def united(older: Talk, younger: Talk) -> Conversation:
    return unite_conversations(younger.conversation, older.conversation, 5)


def test_the_older_id_stays_and_the_version_rises_above_both():
    older, younger = two_talks()
    older.hears(reads())
    younger.knows(service="repair").hears(reads())

    conversation = united(older, younger)

    assert conversation.id == older.conversation.id
    assert conversation.state_version == 3


def test_counts_are_the_greater_and_never_over_the_limit():
    older, younger = two_talks()
    older.conversation = replace(older.conversation, questions_asked_count=3)
    younger.conversation = replace(younger.conversation, questions_asked_count=9)

    assert united(older, younger).questions_asked_count == 5


def test_a_stop_of_either_holds_and_so_does_a_handover():
    older, younger = two_talks()
    older.hears(reads(signals={Signal.STOP}))
    younger.hears(reads(signals={Signal.ANGRY}))

    conversation = united(older, younger)

    assert conversation.stopped_at == older.conversation.stopped_at
    assert (conversation.handed_over_at, conversation.handover_reason) == (younger.now, HandoverReason.ANGRY)


def test_what_is_pending_is_what_the_customer_was_asked_last():
    older, younger = two_talks()
    older.knows(service="cleaning")
    younger.knows(service="moving")

    conversation = united(older, younger)

    assert conversation.state.pending.question_key == "floor"
    assert conversation.last_question_key == "floor"
    assert set(conversation.state.attempts) == {"rooms", "floor"}
    assert conversation.window_from == younger.now
    assert len(conversation.machine_replies) == 2


def test_the_older_lead_stays_with_the_fields_of_both_by_rank():
    older, younger = two_talks()
    older.knows(service="repair", rooms=2, email="old@example.com")
    operator_value(older, "rooms", 7)
    younger.knows(service="repair", rooms=3, email="new@example.com", name="Sara")

    lead, changes = unite_leads(younger.lead, older.lead, older.flow)

    values = {name: known.value for name, known in lead.fields.items()}
    assert lead.id == older.lead.id
    assert values == {"service": "repair", "rooms": 7, "email": "new@example.com", "name": "Sara"}
    assert lead.suggestions["rooms"].value == 3
    assert {change.field for change in changes} >= {"rooms", "email", "name"}
    assert lead.score == 50


def test_lists_of_both_leads_are_joined_and_the_stage_is_the_further_one():
    older, younger = two_talks()
    older.knows(service="repair", dates=["2026-05-01"])
    younger.knows(dates=["2026-06-01", "2026-05-01"])
    younger.lead = replace(younger.lead, stage=Stage.QUALIFIED)

    lead, _ = unite_leads(older.lead, younger.lead, older.flow)

    assert lead.value("dates") == ["2026-05-01", "2026-06-01"]
    assert (lead.stage, lead.service_type_enum) == (Stage.QUALIFIED, "repair")


def test_uniting_gives_the_same_in_either_order():
    older, younger = two_talks()
    older.knows(service="repair")
    younger.knows(rooms=2)

    assert united(older, younger) == united(younger, older)
    assert unite_leads(older.lead, younger.lead, older.flow) == unite_leads(younger.lead, older.lead, older.flow)
