"""OPS-1, OPS-3, OPS-5: what an operator sees when nothing happens, when a row is odd, and of every message."""

import json
from typing import Any

import pytest

from support.app import Web, open_web, talked
from support.records import count, unexplained
from support.shop import Shop, open_shop
from support.webhooks import body_with, in_other_bytes, post

FAMILY = "Hello, I need a family visa"


async def test_ops_1_health_is_red_within_a_minute_when_webhooks_get_200_and_nothing_is_processed(
    database_url: str,
) -> None:
    """OPS-1: with the age of the oldest waiting message; and green again when it is done."""
    async with open_web(database_url) as web:
        before = await _health(web)
        web.shop.phone("971500000001").says(FAMILY)
        web.shop.phone("971500000002").says(FAMILY)
        await web.shop.world.deliver()
        answers = [update.answers for update in web.shop.world.meta.book]
        web.shop.clock.advance(seconds=59)
        stuck = await _health(web)
        await web.shop.settle()
        after = await _health(web)

        assert before["verdict"] == after["verdict"] == "green"
        assert answers == [[200], [200]]
        assert stuck["verdict"] == "red"
        assert [reason["code"] for reason in stuck["reasons"]] == ["unread_waiting"]
        assert stuck["oldest"]["unread_s"] == pytest.approx(59, abs=1)
        assert "57 s" in stuck["reasons"][0]["sentence"]


@pytest.mark.parametrize("step", ["dispatch", "reports"])
async def test_ops_1_a_later_step_that_stands_still_turns_health_red_too(database_url: str, step: str) -> None:
    """OPS-1: turns are taken, and then nothing leaves; or what WhatsApp reports is not looked at."""
    async with open_web(database_url) as web:
        web.shop.phone().says(FAMILY)
        await web.shop.world.deliver()
        web.shop.clock.advance(seconds=10)
        await web.shop.process.respond()
        if step == "reports":
            await web.shop.process.dispatch()
            await web.shop.world.deliver()
        web.shop.clock.advance(seconds=61 if step == "dispatch" else 301)
        report = await _health(web)

        code = {"dispatch": "pending_waiting", "reports": "reports_waiting"}[step]
        assert report["verdict"] == "red"
        assert [reason["code"] for reason in report["reasons"]] == [code]
        assert (report["oldest"]["pending_s"] is not None) == (step == "dispatch")


@pytest.mark.parametrize(
    "odd",
    [
        "UPDATE conversation SET known_fields = '[]'",
        "UPDATE conversation SET known_fields = '{\"name\": null}'",
        "UPDATE reply SET created_at = 'infinity'",
        "UPDATE lead SET fields = '\"odd\"', stage = 'new'",
        "UPDATE reply SET body = '[]', error = repeat('x', 100000)",
        "UPDATE conversation SET state = '17', machine_replies = ARRAY[NULL::timestamptz]",
    ],
)
async def test_ops_3_health_answers_when_one_row_is_odd(database_url: str, odd: str) -> None:
    """OPS-3: the others are shown as ever, and the odd one is shown as odd, without its value."""
    async with open_web(database_url) as web:
        await talked(web, FAMILY, number="971500000001")
        await web.shop.execute(odd)
        web.shop.clock.advance(seconds=1)
        conversation_id = await talked(web, FAMILY, number="971500000002")

        report = await _health(web)
        assert report["verdict"] in ("green", "amber")
        assert len(report["conversations"]) == len(report["outbound_logs"]) == 2
        good = [row for row in report["conversations"] if row["id"] == conversation_id]
        assert good[0]["known_fields"] == {"service": "FAMILY_VISA"}


async def test_ops_3_a_conversation_with_an_odd_state_holds_up_nobody_else(database_url: str) -> None:
    """OPS-3: its own turn fails and says so; all others due at the same time are answered."""
    async with open_web(database_url) as web:
        phones = [web.shop.phone(f"97150000000{number}") for number in range(3)]
        for phone in phones:
            phone.says(FAMILY)
        await web.shop.settle()
        bad = await web.shop.conversation_of(phones[0])
        await web.shop.execute("UPDATE conversation SET state = '17' WHERE id = $1", bad["id"])
        for phone in phones:
            phone.says("I am employed")
        await web.shop.world.deliver()
        web.shop.clock.advance(seconds=10)
        for _ in range(3):
            await _work_in_spite_of_failures(web.shop)

        assert [len(phone.texts) for phone in phones[1:]] == [2, 2]
        assert await count(web.shop, "unread") == 1
        web.shop.clock.advance(minutes=2)
        assert (await _health(web))["verdict"] == "red"


async def test_ops_5_every_message_names_its_turn_or_the_reason_why_it_has_none(database_url: str) -> None:
    """OPS-5: text, taps, photos, reactions, echoes, late ones, after a stop, with a person, repeated: all of them."""
    async with open_shop(database_url) as shop:
        phone, other = shop.phone("971500000001"), shop.phone("971500000002")
        repeated = phone.says(FAMILY)
        await shop.settle()
        phone.taps("Employed")
        phone.sends_photo()
        phone.sends_sticker()
        await shop.settle()
        phone.reacts()
        phone.says_late("My family is abroad")
        await post(shop, in_other_bytes(body_with(repeated)))
        await shop.settle()
        phone.says("STOP")
        await shop.settle()
        phone.says("one more thing")
        other.says("I want to talk to a person")
        await shop.settle()
        other.says("are you there?")
        shop.world.owner_writes(other, "yes")
        await shop.settle()

        assert await unexplained(shop) == []
        reasons = await shop.fetch("SELECT kind, needs_no_turn FROM message WHERE needs_no_turn IS NOT NULL ORDER BY 1")
        assert [tuple(row) for row in reasons] == [("echo", "echo"), ("reaction", "reaction")]
        for turn in await shop.fetch("SELECT * FROM turn"):
            replies = await count(shop, "reply", "turn_id = $1", turn["id"])
            assert turn["why"]
            assert (turn["silence"] is None) == (replies == 1)
        silences = await shop.fetch("SELECT DISTINCT silence FROM turn WHERE silence IS NOT NULL ORDER BY 1")
        assert [row["silence"] for row in silences] == ["handed_over", "stopped"]


async def test_ops_5_the_timeline_of_a_conversation_answers_why(database_url: str) -> None:
    """OPS-5: an operator asks the admin API, and finds the message beside its turn and the turn's reason."""
    async with open_web(database_url) as web:
        phone = web.shop.phone()
        phone.says_late(FAMILY)
        await web.shop.settle()
        phone.reacts(to="wamid.older")
        await web.shop.settle()
        conversation_id = (await web.shop.conversation_of(phone))["id"]
        answer = await web.get(f"/conversations/{conversation_id}")

        told = json.dumps(answer.json)
        assert answer.status == 200
        assert "window_closed" in told
        assert "reaction" in told


async def _health(web: Web) -> Any:
    answer = await web.get("/health/ai")
    assert answer.status == 200, answer.body
    return answer.json


async def _work_in_spite_of_failures(shop: Shop) -> None:
    """As the loop that runs the steps does it: what fails is tried again."""
    for step in (shop.process.respond, shop.process.dispatch):
        try:
            await step()
        except Exception:
            shop.clock.advance(seconds=1)
