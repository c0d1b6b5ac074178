"""The audit finds what did not hold, in whichever of the three sources it shows; and nothing where all held."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from surereply.lab.stage.business import Business, make_businesses
from surereply.lab.torture import audit
from torture.talk import NOTHING, Talk

Amiss = Callable[[Talk], Awaitable[None]]


@pytest.fixture(scope="module")
def business() -> Business:
    return next(one for one in make_businesses() if one.flow.name == "clinic")


def changed(talk: Talk, reply: int, **changes: object) -> None:
    talk.replies[reply] = replace(talk.replies[reply], **changes)  # type: ignore[arg-type]


async def a_reply_accepted_twice(talk: Talk) -> None:
    await talk.arrives(1, attempt=2)


async def a_message_answered_twice_under_two_ids(talk: Talk) -> None:
    changed(talk, 1, turn_id=talk.turns[0].id, cause=talk.replies[0].cause)


async def a_message_kept_twice(talk: Talk) -> None:
    talk.messages.append(talk.messages[0])


async def a_message_read_by_two_turns(talk: Talk) -> None:
    talk.turns[1] = replace(talk.turns[1], message_ids=(*talk.turns[1].message_ids, talk.messages[0].id))


async def a_key_met_inside_a_fenced_turn(talk: Talk) -> None:
    talk.more["collisions"] = (talk.conversation_id,)


async def a_message_acknowledged_and_not_kept(talk: Talk) -> None:
    talk.customer.phone.says("and gone")
    await talk.world.deliver()


async def a_message_that_nobody_acknowledged(talk: Talk) -> None:
    talk.acknowledges = False
    talk.customer.phone.says("into the void")
    await talk.world.meta.deliver_once()


async def a_report_acknowledged_and_not_kept(talk: Talk) -> None:
    talk.more["reported"] = frozenset()


async def a_message_that_nobody_has_sent(talk: Talk) -> None:
    talk.messages.append(replace(talk.messages[0], wamid="wamid.forged"))


async def a_message_kept_and_not_read(talk: Talk) -> None:
    talk.turns[1] = replace(talk.turns[1], message_ids=())


async def a_turn_without_its_reply(talk: Talk) -> None:
    await talk.exchange(arrives=False)
    del talk.replies[-1]


async def a_reply_that_left_the_list_unsettled(talk: Talk) -> None:
    changed(talk, 1, status="FAILED", listed=False)


async def a_reply_sent_to_nobody(talk: Talk) -> None:
    await talk.exchange(arrives=False)


async def a_customer_who_waits_and_is_on_no_list(talk: Talk) -> None:
    said = talk.customer.phone.says("and?")
    await talk.world.deliver()
    talk.messages.append(replace(talk.messages[1], id=talk.replies[1].id, wamid=said.wamid))
    talk.turns[1] = replace(talk.turns[1], message_ids=(*talk.turns[1].message_ids, talk.replies[1].id))


async def a_reply_that_went_to_somebody_else(talk: Talk) -> None:
    other = talk.world.phone("971500000002", line=talk.business.line)
    said = other.says("hello")
    await talk.world.deliver()
    talk.messages.append(replace(talk.messages[0], wamid=said.wamid, needs_no_turn="a test's"))
    await talk.exchange(arrives=False)
    await talk.arrives(2, to="971500000002")


async def other_words_than_were_decided(talk: Talk) -> None:
    await talk.exchange(arrives=False)
    await talk.arrives(2, text="Something else entirely.")


async def a_field_that_became_empty(talk: Talk) -> None:
    talk.more["wiped"] = (("name of a lead was known, and is not any more", talk.conversation_id),)


async def two_turns_at_one_version(talk: Talk) -> None:
    talk.turns[1] = replace(talk.turns[1], state_version=1)


async def a_gap_between_versions(talk: Talk) -> None:
    talk.turns[1] = replace(talk.turns[1], state_version=4)
    talk.conversation = replace(talk.conversation, state_version=4)


async def replies_that_came_the_wrong_way_round(talk: Talk) -> None:
    await talk.exchange(arrives=False)
    await talk.exchange(arrives=False)
    await talk.arrives(3)
    await talk.arrives(2)


async def a_reply_still_owed(talk: Talk) -> None:
    await talk.exchange(arrives=False)
    changed(talk, 2, status="PENDING", listed=True)


async def an_unread_message(talk: Talk) -> None:
    talk.turns[1] = replace(talk.turns[1], message_ids=())
    talk.more["unread"] = frozenset({talk.messages[1].id})


async def reports_left_to_fold(talk: Talk) -> None:
    talk.more["open_work"] = replace(NOTHING, reports=3)


async def more_questions_counted_than_the_flow_allows(talk: Talk) -> None:
    talk.conversation = replace(talk.conversation, questions_asked_count=9)


async def a_sixth_question_on_the_phone(talk: Talk) -> None:
    fields = [name for name in talk.business.flow.fields if name not in ("service", "full_name")][:6]
    for name in fields:
        await talk.exchange(next(iter(talk.business.flow.fields[name].question.values())))


async def an_accepted_reply_that_is_not_sent(talk: Talk) -> None:
    changed(talk, 1, status="UNKNOWN", resolution="discarded")


EXPECTED: dict[Amiss, str] = {
    a_reply_accepted_twice: audit.SENT_TWICE,
    a_message_answered_twice_under_two_ids: audit.SENT_TWICE,
    a_message_kept_twice: audit.READ_TWICE,
    a_message_read_by_two_turns: audit.READ_TWICE,
    a_key_met_inside_a_fenced_turn: audit.READ_TWICE,
    a_message_acknowledged_and_not_kept: audit.LOST,
    a_message_that_nobody_acknowledged: audit.LOST,
    a_report_acknowledged_and_not_kept: audit.LOST,
    a_message_that_nobody_has_sent: audit.LOST,
    a_message_kept_and_not_read: audit.LOST,
    a_turn_without_its_reply: audit.LOST,
    a_reply_that_left_the_list_unsettled: audit.LOST,
    a_reply_sent_to_nobody: audit.LOST,
    a_customer_who_waits_and_is_on_no_list: audit.LOST,
    a_reply_that_went_to_somebody_else: audit.WRONG,
    other_words_than_were_decided: audit.WRONG,
    a_field_that_became_empty: audit.WIPED,
    two_turns_at_one_version: audit.OUT_OF_ORDER,
    a_gap_between_versions: audit.OUT_OF_ORDER,
    replies_that_came_the_wrong_way_round: audit.OUT_OF_ORDER,
    a_reply_still_owed: audit.STUCK,
    an_unread_message: audit.STUCK,
    reports_left_to_fold: audit.STUCK,
    more_questions_counted_than_the_flow_allows: audit.OVER_LIMIT,
    a_sixth_question_on_the_phone: audit.OVER_LIMIT,
    an_accepted_reply_that_is_not_sent: audit.NOT_SENT,
}


async def test_where_all_held_nothing_is_found(business: Business) -> None:
    talk = Talk(business)
    await talk.exchange()
    await talk.exchange()

    assert talk.findings() == []


@pytest.mark.parametrize(("amiss", "invariant"), EXPECTED.items(), ids=[one.__name__ for one in EXPECTED])
async def test_what_is_amiss_is_found(amiss: Amiss, invariant: str, business: Business) -> None:
    talk = Talk(business)
    await talk.exchange()
    await talk.exchange()

    await amiss(talk)

    assert invariant in {finding.invariant for finding in talk.findings()}, talk.findings()


async def test_what_a_person_consented_to_is_no_copy(business: Business) -> None:
    talk = Talk(business)
    await talk.exchange()
    await talk.arrives(0, attempt=2)
    talk.consented = [talk.replies[0].id.hex]

    assert talk.findings() == []


async def test_what_was_in_doubt_may_come_late(business: Business) -> None:
    talk = Talk(business)
    await talk.exchange(arrives=False)
    await talk.exchange()
    await talk.arrives(0)
    changed(talk, 0, was_in_doubt=True)

    assert talk.findings() == []


async def test_who_waits_for_a_reply_that_is_listed_is_not_lost(business: Business) -> None:
    talk = Talk(business)
    await talk.exchange()
    await talk.exchange(arrives=False)
    changed(talk, 1, status="FAILED", listed=True)

    assert talk.findings() == []
