"""Phones show what the provider accepted, in order, and say what a customer would."""

from datetime import timedelta

import pytest

from support.lab_inbox import NUMBER, Inbox, send
from surereply.lab.clock import StandingClock
from surereply.lab.media import MediaShelf, voice_note, words_in
from surereply.lab.phones import NothingToTapError
from surereply.lab.screen import screen_of
from surereply.lab.world import World

BSUID = "AE.13491208655302741918"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def world(inbox: Inbox) -> World:
    return World(deliver=inbox.deliver, clock=StandingClock(), by_hand=True)


def buttons(*titles: str) -> dict:
    made = [{"type": "reply", "reply": {"id": f"id-{title}", "title": title}} for title in titles]
    return {
        "type": "interactive",
        "interactive": {"type": "button", "body": {"text": "Which?"}, "action": {"buttons": made}},
    }


def rows(*titles: str) -> dict:
    made = [{"id": f"id-{title}", "title": title, "description": "more"} for title in titles]
    action = {"button": "Choose", "sections": [{"rows": made}]}
    return {
        "type": "interactive",
        "interactive": {"type": "list", "body": {"text": "Which?"}, "action": action},
    }


async def test_bubbles_stand_in_the_order_in_which_they_were_accepted(world: World) -> None:
    phone = world.phone(NUMBER)
    phone.says("hi")
    for text in ("one", "two", "three"):
        await send(world, text)

    assert phone.texts == ["one", "two", "three"]
    assert [item["text"] for item in screen_of(phone, world.clock())["items"]] == [
        "hi",
        "one",
        "two",
        "three",
    ]


async def test_a_phone_sees_only_its_own_bubbles(world: World) -> None:
    phone, other = world.phone(NUMBER), world.phone("971500000002")
    phone.says("hi")
    other.says("hi")
    await send(world, "for one")
    await send(world, "for the other", to="+971 50 000 0002")

    assert (phone.texts, other.texts) == (["for one"], ["for the other"])


async def test_a_tap_carries_the_id_the_title_and_the_bubble(world: World, inbox: Inbox) -> None:
    """TURN-9."""
    phone = world.phone(NUMBER)
    phone.says("hi")
    await send(world, **buttons("Yes", "No"))
    phone.taps("No")
    await send(world, **rows("Dubai", "Sharjah"))
    phone.taps("Sharjah")

    await world.deliver()

    button, row = inbox.messages[-2:]
    assert button["interactive"]["button_reply"] == {"id": "id-No", "title": "No"}
    assert button["context"]["id"] == phone.receives[0].wamid
    assert row["interactive"]["list_reply"] == {"id": "id-Sharjah", "title": "Sharjah", "description": "more"}
    assert phone.receives[0].titles == ("Yes", "No")


async def test_what_is_not_on_the_phone_cannot_be_tapped(world: World) -> None:
    phone = world.phone(NUMBER)
    phone.says("hi")
    await send(world, **buttons("Yes"))

    with pytest.raises(NothingToTapError, match="Maybe"):
        phone.taps("Maybe")


async def test_a_customer_without_number_is_reached_by_bsuid(world: World, inbox: Inbox) -> None:
    """IN-11."""
    phone = world.phone(bsuid=BSUID, name="Sara", username="sara.k")
    phone.says("hi")
    await send(world, "Hello Sara", recipient=BSUID)
    await world.deliver()

    [message] = inbox.messages
    assert "from" not in message
    assert message["from_user_id"] == BSUID
    assert inbox.contacts[0] == {"profile": {"name": "Sara", "username": "sara.k"}, "user_id": BSUID}
    assert phone.texts == ["Hello Sara"]
    assert {status["recipient_user_id"] for status in inbox.statuses} == {BSUID}
    assert not any("recipient_id" in status for status in inbox.statuses)


async def test_one_customer_under_two_names_has_one_phone(world: World, inbox: Inbox) -> None:
    """IN-11: first by number, then by both, then by BSUID alone."""
    phone = world.phone(NUMBER, bsuid=BSUID)
    phone.shows_bsuid = False
    phone.says("one")
    phone.shows_bsuid = True
    phone.says("two")
    phone.shows_number = False
    phone.says("three")
    await send(world, "to the number")
    await send(world, "to the id", recipient=BSUID)
    await world.deliver()

    assert [("from" in m, "from_user_id" in m) for m in inbox.messages] == [
        (True, False),
        (True, True),
        (False, True),
    ]
    assert phone.texts == ["to the number", "to the id"]
    assert world.phone(bsuid=BSUID) is phone


async def test_a_changed_number_is_told_and_used(world: World, inbox: Inbox) -> None:
    phone = world.phone(NUMBER)
    phone.changes_number("971500000009")
    phone.says("my new number")
    await world.deliver()

    assert inbox.messages[0]["system"]["wa_id"] == "971500000009"
    assert inbox.messages[0]["from"] == NUMBER
    assert inbox.messages[1]["from"] == "971500000009"
    assert world.phone("971500000009") is phone


async def test_the_same_webhook_can_be_delivered_again(world: World, inbox: Inbox) -> None:
    """IN-1."""
    phone = world.phone(NUMBER)
    said = phone.says("hi")
    await world.deliver()
    phone.again()
    await world.deliver()

    assert [message["id"] for message in inbox.messages] == [said.wamid] * 2
    assert world.phone("971500000002").again() is None


async def test_a_late_message_has_its_old_timestamp(world: World, inbox: Inbox) -> None:
    """IN-12."""
    phone = world.phone(NUMBER)
    phone.says_late("from yesterday")
    await world.deliver()

    yesterday = world.clock() - timedelta(hours=25)
    assert inbox.messages[0]["timestamp"] == str(int(yesterday.timestamp()))
    assert (await send(world)).http_status == 400


async def test_a_read_mark_shows_as_seen_and_typing(world: World) -> None:
    phone = world.phone(NUMBER)
    said = phone.says("hi")
    line = world.lines[0]
    mark = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": said.wamid,
        "typing_indicator": {"type": "text"},
    }

    answer = await world.post_message(line.phone_number_id, line.access_token, mark)
    screen = screen_of(phone, world.clock())
    await send(world)

    assert answer.http_status == 200
    assert (screen["typing"], screen["items"][0]["ticks"]) == (True, "seen")
    assert not screen_of(phone, world.clock())["typing"]
    assert len(world.graph.ledger) == 1


async def test_the_owner_can_write_from_the_phone_app(world: World, inbox: Inbox) -> None:
    """TURN-16."""
    phone = world.phone(NUMBER)
    wamid = world.owner_writes(phone, "I take this one")
    await world.deliver()

    [echo] = inbox.echoes
    assert (echo["id"], echo["to"], echo["text"]["body"]) == (wamid, NUMBER, "I take this one")


async def test_a_tap_may_choose_the_older_of_two_bubbles(world: World) -> None:
    phone = world.phone(NUMBER)
    phone.says("hi")
    await send(world, **buttons("Yes", "No"))
    await send(world, **buttons("Yes", "No"))
    older, newer = phone.receives

    assert phone.taps("Yes").reply_to == newer.wamid
    assert phone.taps("Yes", of=older.wamid).reply_to == older.wamid


@pytest.mark.parametrize("words", ["", "my name is Sara", "اسمي سارة"])
def test_a_voice_note_holds_what_is_said_in_it(words: str) -> None:
    assert words_in(voice_note(words)) == words
    assert voice_note(words).startswith(b"OggS")


def test_media_is_kept_for_seven_days() -> None:
    clock = StandingClock()
    shelf = MediaShelf()
    shelf.keep("1", "image/png", b"png", clock())
    clock.advance(days=6, hours=23)
    address = shelf.address("1", "key", clock()).rpartition("/")[2]
    found = shelf.find("1", clock()), shelf.fetch(address, clock())
    clock.advance(hours=1)

    assert None not in found
    assert shelf.find("1", clock()) is None
