"""OUT-9 to OUT-12, OUT-16: a clock that turned, another wording, a second press: one message, or its reason."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from support.app import open_web
from support.deaths import succeed
from support.records import at_rest, count
from support.shop import FLOWS, Shop, open_shop
from support.talk import SlowReader, accepted, forget, hear, owe, replies, requests, statuses, talk
from surereply.admin.refused import Refused
from surereply.admin.reply import Accepted, Draft, send_reply
from surereply.domain.identity import outbound_dedupe_key
from surereply.domain.line import LineSettings
from surereply.domain.replies import Body, Template
from surereply.lab.faults import code
from surereply.lab.phones import Phone
from surereply.responder import LEASE
from surereply.store import flows, lines

FAMILY = "Hello, I need a family visa"
MIDNIGHT_IN_DUBAI = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


async def test_out_9_a_reply_whose_window_closed_while_it_waited_is_not_sent_as_free_text(database_url: str) -> None:
    """OUT-9: suppressed with its reason, before any request; a template may still leave."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await owe(shop, phone)
        line = shop.process.directory.lines()[0]
        async with shop.process.db.transaction() as tx:
            await lines.pause(tx, line.bucket, line.id, shop.clock())

        shop.clock.advance(hours=24)
        async with shop.process.db.transaction() as tx:
            await lines.resume(tx, line.bucket, line.id)
        await shop.settle()
        waited = (await replies(shop, phone))[0]
        by_template = await send_by_hand(shop, phone, Body("", template=Template("hello_again", "en")), waited["id"])
        await shop.settle()

        assert (waited["status"], waited["suppression"], waited["attempt"]) == ("SUPPRESSED", "window_closed", 0)
        assert isinstance(by_template, Accepted)
        assert [entry.body["type"] for entry in requests(shop, phone)] == ["template"]


async def change_zone(shop: Shop, zone: str) -> None:
    line = shop.process.directory.lines()[0]
    async with shop.process.db.transaction() as tx:
        settings = replace(line.settings, time_zone=zone)
        await lines.put_line(tx, replace(line, settings=settings), None, shop.clock())
    for process in shop.processes:
        await process.directory.refresh()


async def test_out_10_midnight_and_another_time_zone_between_two_computations_change_no_key(database_url: str) -> None:
    """OUT-10: decided before midnight by a process that died, decided again after it, elsewhere on the earth."""
    reader = SlowReader(FAMILY)
    async with open_shop(database_url, read=reader) as shop:
        phone = shop.phone()
        shop.clock.set(MIDNIGHT_IN_DUBAI - timedelta(seconds=15))
        await hear(shop, phone, FAMILY)
        await reader.think(shop.process, FAMILY)

        await succeed(shop)
        shop.clock.advance(seconds=LEASE.total_seconds())
        await change_zone(shop, "Pacific/Auckland")
        await shop.settle()

        row = (await replies(shop, phone))[0]
        assert row["cause"] == phone.said[0].wamid
        assert row["day_bucket"] is None
        assert row["outbound_dedupe_key"] == outbound_dedupe_key(
            row["conversation_id"], "question", "sponsor_status", phone.said[0].wamid
        )
        assert len(phone.texts) == 1


@pytest.mark.parametrize("waits", [timedelta(minutes=2), timedelta(hours=23)], ids=["midnight", "a day"])
async def test_out_10_a_retry_after_midnight_goes_out_under_the_same_key(database_url: str, waits: timedelta) -> None:
    """OUT-10: the first try failed yesterday; today it is the same reply, and the customer sees it once."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        shop.clock.set(MIDNIGHT_IN_DUBAI - timedelta(minutes=1))
        before = await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [code(131057)])
        await shop.process.dispatch()

        shop.clock.advance(seconds=waits.total_seconds())
        await change_zone(shop, "America/Los_Angeles")
        await shop.settle()

        after = (await replies(shop, phone))[0]
        assert (after["status"], after["attempt"]) == ("SENT", 2)
        assert after["outbound_dedupe_key"] == before["outbound_dedupe_key"]
        assert len(phone.texts) == 1
        assert await count(shop, "reply_key") == 1


async def test_out_10_a_follow_up_is_of_the_day_it_was_due_whenever_it_is_taken(database_url: str) -> None:
    """OUT-10: due a minute before midnight, taken an hour after it."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        shop.clock.set(MIDNIGHT_IN_DUBAI - timedelta(hours=3, minutes=2))
        await talk(shop, phone, FAMILY)
        due_at = (await shop.fetch("SELECT wake_at FROM conversation_ticket"))[0]["wake_at"]

        shop.clock.set(due_at + timedelta(hours=1))
        await shop.settle()

        row = (await replies(shop, phone))[-1]
        assert due_at < MIDNIGHT_IN_DUBAI < shop.clock()
        assert (row["reply_type"], row["day_bucket"].isoformat()) == ("follow_up", "2026-11-23")
        assert row["cause"].endswith(":0:2026-11-23")


async def test_out_11_another_text_at_the_second_computation_is_the_same_message(database_url: str) -> None:
    """OUT-11: the owner's words changed between the two; the key does not look at words."""
    source = (FLOWS / "business-services.yaml").read_text()
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)
        async with shop.process.db.transaction() as tx:
            reworded = source.replace("Who sponsors?", "Tell us, who is the sponsor?")
            await flows.put_flow(tx, "business-services", reworded, "test", shop.clock())
        await shop.execute("UPDATE conversation SET state = '{}', lead_id = NULL, questions_asked_count = 0")
        await shop.process.directory.refresh()

        await forget(shop)
        await shop.settle()

        assert len(accepted(shop, phone)) == 1
        collision = (await shop.fetch("SELECT * FROM collision"))[0]
        assert collision["outbound_dedupe_key"] == (await replies(shop, phone))[0]["outbound_dedupe_key"]
        assert await count(shop, "turn") == 2


async def test_out_16_a_reply_that_collides_is_not_sent_and_both_causes_are_on_record(database_url: str) -> None:
    """OUT-16: also where the second computation chose another type of reply; inside a turn it is an alarm."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)

        await forget(shop)
        await shop.settle()

        assert len(phone.texts) == len(requests(shop, phone)) == 1
        first = (await replies(shop, phone))[0]
        collision = (await shop.fetch("SELECT * FROM collision"))[0]
        assert (collision["existing_reply_id"], collision["alarm"]) == (first["id"], True)
        assert collision["cause"] == collision["existing_cause"] == phone.said[0].wamid
        assert collision["reply_type"] != first["reply_type"]
        assert collision["turn_id"] is not None


async def send_by_hand(shop: Shop, phone: Phone, body: Body, seen: object, key: str = "a-draft") -> Accepted | Refused:
    conversation = await shop.conversation_of(phone)
    draft = Draft(key, body, seen)  # type: ignore[arg-type]
    return await send_reply(shop.process.db, conversation["bucket"], conversation["id"], draft, "Nadia", shop.clock())


async def test_out_12_send_pressed_twice_is_one_message(database_url: str) -> None:
    """OUT-12: at the same instant, and again when it was sent: the same answer, nothing new."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)
        seen = (await replies(shop, phone))[-1]["id"]

        at_once = await asyncio.gather(*(send_by_hand(shop, phone, Body("I am Nadia"), seen) for _ in range(3)))
        await shop.settle()
        again = await send_by_hand(shop, phone, Body("I am Nadia"), seen)
        await shop.settle()

        answers = [answer for answer in (*at_once, again) if isinstance(answer, Accepted)]
        assert len(answers) == 4
        assert len({answer.reply_id for answer in answers}) == 1
        assert sorted(answer.fresh for answer in answers) == [False, False, False, True]
        assert phone.texts[1:] == ["I am Nadia"]


async def test_out_12_the_stale_screen_of_two_is_told_and_sees_what_the_other_sent(database_url: str) -> None:
    """OUT-12: two people answer at the same instant: one is sent, the other gets 409 with the first one's words."""
    async with open_web(database_url) as web:
        shop = web.shop
        phone = shop.phone()
        await talk(shop, phone, FAMILY)
        conversation = await shop.conversation_of(phone)
        seen = str((await replies(shop, phone))[-1]["id"])
        drafts = [
            {"draft_key": f"draft-of-{name}", "last_seen_reply": seen, "text": f"I am {name}"}
            for name in ("Nadia", "Omar")
        ]

        path = f"/conversations/{conversation['id']}/replies"
        answers = await asyncio.gather(*(web.post(path, draft) for draft in drafts))
        await shop.settle()

        sent, refused = sorted(answers, key=lambda answer: answer.status)
        assert (sent.status, refused.status) == (201, 409)
        assert len(phone.texts) == 2
        assert phone.texts[1] in refused.body.decode()
        assert len(await statuses(shop, phone)) == 2
        assert await at_rest(shop)


async def test_out_10_a_persons_reply_is_known_by_its_draft_on_another_day(database_url: str) -> None:
    """OUT-10, OUT-12: it is caused by the draft, whatever the clock or the zone says."""
    async with open_shop(database_url, settings=LineSettings(time_zone="Asia/Tokyo")) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)
        seen = (await replies(shop, phone))[-1]["id"]

        first = await send_by_hand(shop, phone, Body("I am Nadia"), seen)
        shop.clock.advance(hours=20)
        await change_zone(shop, "America/Lima")
        second = await send_by_hand(shop, phone, Body("I am Nadia, in other words"), seen)

        assert isinstance(first, Accepted)
        assert isinstance(second, Accepted)
        assert (second.reply_id, second.fresh) == (first.reply_id, False)
