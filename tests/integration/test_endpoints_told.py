"""Endpoints outside are told what happened: signed, at least once, under one id, whatever dies on the way."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from support.deaths import kill_at
from support.listener import Listener, announcer_of, open_listener, tell, tell_all
from support.severed import open_wire
from support.shop import Shop, open_shop
from support.talk import owe
from surereply.admin import endpoints as acts
from surereply.admin import handover
from surereply.admin.refused import Refused
from surereply.announcer import AT_ONCE, LEASE
from surereply.domain.announcements import PAUSES, SILENT_FOR, Topic
from surereply.domain.conversation import HandoverReason
from surereply.lab.faults import Harm, code, lost
from surereply.outward import Outward, open_outward
from surereply.store import announcements, handovers
from surereply.store.erased_keys import wamid_hash
from surereply.store.erasure import erase
from surereply.store.person import person_of


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with open_listener() as opened:
        yield opened


@pytest.fixture
async def outward() -> AsyncIterator[Outward]:
    async with open_outward(private_allowed=True) as opened:
        yield opened


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    async with open_shop(database_url) as opened:
        yield opened


class Cut(Exception):
    """The transaction does not come to its end."""


async def says(shop: Shop, *texts: str, number: str = "971501234567") -> Any:
    phone = shop.phone(number)
    for text in texts:
        phone.says(text)
        await shop.settle()
    return await shop.conversation_of(phone)


async def log_of(shop: Shop, columns: str = "topic, status, tries") -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in await shop.fetch(f"SELECT {columns} FROM announcement ORDER BY id")]


async def one_waits(shop: Shop, listener: Listener) -> None:
    await tell(shop, listener, Topic.MESSAGE_RECEIVED)
    await says(shop, "hello")


async def test_what_happens_is_told_signed_and_with_what_is_needed(
    shop: Shop, listener: Listener, outward: Outward
) -> None:
    made = await tell(shop, listener)

    conversation = await says(shop, "Hello, I need a family visa", "I want to talk to a person")
    await handover.give_back(shop.process.db, shop.bucket, conversation["id"], "Layla", shop.clock())
    await tell_all(announcer_of(shop, outward))

    assert listener.topics.count("message.received") == 2
    assert {"lead.stage_changed", "conversation.handed_over", "conversation.given_back"} <= set(listener.topics)
    assert all(one.is_signed_with(made.secret) for one in listener.heard)
    first = listener.heard[0].said
    assert first["data"]["message"]["text"] == "Hello, I need a family visa"
    assert first["data"]["contact"]["phone"] == "971501234567"
    assert first["data"]["conversation_id"] == str(conversation["id"])
    handed = next(one.said["data"] for one in listener.heard if one.topic == "conversation.handed_over")
    assert (handed["reason"], handed["lead"]["service"]) == ("asked", "FAMILY_VISA")
    stages = [one.said["data"] for one in listener.heard if one.topic == "lead.stage_changed"]
    assert {("qualifying", "handed_over"), ("handed_over", "qualifying")} <= {(o["was"], o["stage"]) for o in stages}


async def test_a_lead_that_is_qualified_is_told_once_with_its_values(
    shop: Shop, listener: Listener, outward: Outward
) -> None:
    await tell(shop, listener, Topic.LEAD_QUALIFIED)

    await says(shop, "I need a freelance visa", "I am Indian", "yes, inside the UAE", "permit only", "Rahul Sharma")
    stage = await shop.value("SELECT stage FROM lead")
    await tell_all(announcer_of(shop, outward))

    assert stage == "qualified"
    assert listener.topics == ["lead.qualified"]
    lead = listener.heard[0].said["data"]["lead"]
    assert lead["stage"] == "qualified"
    assert lead["fields"]["service"] == "FREELANCE_VISA"


async def test_replies_that_failed_or_are_in_doubt_are_told(shop: Shop, listener: Listener, outward: Outward) -> None:
    await tell(shop, listener, Topic.REPLY_FAILED, Topic.REPLY_UNKNOWN)
    for number, fault in (("971501111111", code(131026)), ("971502222222", lost(Harm.RESET, accepted=False))):
        phone = shop.phone(number)
        await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [fault])
        await shop.process.dispatch()
    await tell_all(announcer_of(shop, outward))

    told = {one.topic: one.said["data"]["reply"] for one in listener.heard}
    assert set(told) == {"reply.failed", "reply.unknown"}
    assert (told["reply.failed"]["status"], told["reply.failed"]["error_code"]) == ("FAILED", 131026)
    assert told["reply.unknown"]["status"] == "UNKNOWN"


async def test_a_reply_that_whatsapp_reports_failed_later_is_told(
    shop: Shop, listener: Listener, outward: Outward
) -> None:
    await tell(shop, listener, Topic.REPLY_FAILED)
    await says(shop, "hello")
    await shop.execute("UPDATE reply SET reported = 'sent', delivered_at = NULL, read_at = NULL")
    shop.world.tell_report(shop.world.graph.ledger.entries[-1], "failed")
    await shop.settle()
    await tell_all(announcer_of(shop, outward))

    assert listener.topics == ["reply.failed"]


async def test_what_did_not_commit_is_told_to_nobody(shop: Shop, listener: Listener, outward: Outward) -> None:
    await tell(shop, listener)
    conversation = await says(shop, "hello")
    before = await shop.value("SELECT count(*) FROM announcement")

    async def take_over_and_fail() -> None:
        async with shop.process.db.transaction() as tx:
            reason = HandoverReason.OPERATOR
            await handovers.take_over(tx, shop.bucket, conversation["id"], reason, "Layla", shop.clock())
            raise Cut

    with pytest.raises(Cut):
        await take_over_and_fail()

    assert await shop.value("SELECT count(*) FROM announcement") == before


async def test_where_nobody_listens_nothing_is_written_and_nothing_is_asked(shop: Shop, outward: Outward) -> None:
    class Untouched:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"{name} was asked")

    announcer = announcer_of(shop, outward)
    await says(shop, "hello", "I want to talk to a person")
    announcer._db = Untouched()  # type: ignore[assignment]

    assert await announcer.announce_once() == 0
    assert await shop.value("SELECT count(*) FROM announcement") == 0


async def test_only_what_an_endpoint_wants_is_written_for_it(shop: Shop, listener: Listener) -> None:
    await tell(shop, listener, Topic.HANDED_OVER)
    await says(shop, "hello", "I want to talk to a person")

    assert [topic for topic, _, _ in await log_of(shop)] == ["conversation.handed_over"]


async def test_a_refusal_is_tried_again_later_under_the_same_id_with_the_same_body(
    shop: Shop, listener: Listener, outward: Outward
) -> None:
    await one_waits(shop, listener)
    listener.status, announcer = 500, announcer_of(shop, outward)

    await tell_all(announcer)
    at_once = await announcer.announce_once()
    listener.status = 200
    shop.clock.advance(seconds=PAUSES[0].total_seconds())
    await tell_all(announcer)

    assert at_once == 0
    first, second = listener.heard
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert await log_of(shop) == [("message.received", "arrived", 2)]
    assert await shop.value("SELECT count(*) FROM announcement_ticket") == 0
    assert await shop.value("SELECT failing_since FROM endpoint") is None


async def test_after_days_without_an_answer_the_endpoint_is_switched_off_and_that_is_on_record(
    shop: Shop, listener: Listener, outward: Outward
) -> None:
    await one_waits(shop, listener)
    listener.status, announcer = 503, announcer_of(shop, outward)
    for pause in (*PAUSES, timedelta()):
        await tell_all(announcer)
        shop.clock.advance(seconds=pause.total_seconds())
    await shop.process.directory.refresh()
    await says(shop, "anybody?")

    assert len(listener.heard) == len(PAUSES) + 1
    assert await log_of(shop) == [("message.received", "given_up", len(PAUSES) + 1)]
    assert await shop.value("SELECT disabled_reason FROM endpoint") == "answered 503"
    act = (await shop.fetch("SELECT operator, detail FROM act WHERE name = 'disable_endpoint'"))[0]
    assert act["operator"] == "surereply"
    assert json.loads(act["detail"])["name"] == "127.0.0.1"


async def test_one_announcement_that_never_arrives_does_not_switch_off_an_endpoint_that_works(
    shop: Shop, listener: Listener, outward: Outward
) -> None:
    await one_waits(shop, listener)
    announcer = announcer_of(shop, outward)
    await shop.execute("UPDATE announcement SET tries = $1", len(PAUSES))
    await shop.execute("UPDATE endpoint SET failing_since = $1", shop.clock() - SILENT_FOR + timedelta(minutes=1))
    listener.status = 500

    await tell_all(announcer)

    assert await log_of(shop, "status") == [("given_up",)]
    assert await shop.value("SELECT disabled_at FROM endpoint") is None


async def test_who_answers_gone_is_switched_off_at_once(shop: Shop, listener: Listener, outward: Outward) -> None:
    await one_waits(shop, listener)
    listener.status = 410
    await tell_all(announcer_of(shop, outward))

    assert await shop.value("SELECT disabled_reason FROM endpoint") == "answered 410"
    assert len(listener.heard) == 1


@pytest.mark.parametrize(("point", "requests"), [("claim", 1), ("request", 1), ("answer", 2), ("result", 2)])
async def test_killed_at_any_point_it_arrives_all_the_same_under_one_id(
    shop: Shop, listener: Listener, outward: Outward, point: str, requests: int
) -> None:
    await one_waits(shop, listener)

    code_of_death = await kill_at(shop, "announce", point)
    shop.clock.advance(seconds=LEASE.total_seconds())
    await tell_all(announcer_of(shop, outward))

    assert code_of_death == -9
    assert len(listener.heard) == requests
    assert len({one.id for one in listener.heard}) == 1
    assert [status for _, status, _ in await log_of(shop)] == ["arrived"]


async def test_while_somebody_has_it_nobody_else_tells_it(shop: Shop, listener: Listener, outward: Outward) -> None:
    await one_waits(shop, listener)
    other = await shop.start()
    other.directory._secret_key = shop.process.directory._secret_key
    await other.directory.refresh()
    listener.held.clear()
    first, second = announcer_of(shop, outward), announcer_of(shop, outward, other)

    assert await first.announce_once() == 1
    await listener.hears(1)
    taken = await second.announce_once()
    listener.held.set()
    await first.drain()

    assert taken == 0
    assert len(listener.heard) == 1


async def test_two_processes_share_the_work_and_tell_each_once(
    shop: Shop, listener: Listener, outward: Outward
) -> None:
    other = await shop.start()
    await tell(shop, listener, Topic.MESSAGE_RECEIVED)
    for number in range(12):
        shop.phone(f"9715000000{number:02}").says("hello")
    await shop.settle()
    both = announcer_of(shop, outward), announcer_of(shop, outward, other)

    await asyncio.gather(*(tell_all(one) for one in both))

    assert len(listener.heard) == 12
    assert len({one.id for one in listener.heard}) == 12


async def test_who_overslept_its_lease_changes_nothing_of_what_another_has_settled(
    shop: Shop, listener: Listener, outward: Outward
) -> None:
    await one_waits(shop, listener)
    listener.held.clear()
    slow, quick = announcer_of(shop, outward), announcer_of(shop, outward)
    await slow.announce_once()
    await listener.hears(1)
    shop.clock.advance(seconds=LEASE.total_seconds())
    await quick.announce_once()
    await listener.hears(2)
    listener.status = 500
    listener.held.set()
    await quick.drain()
    listener.status = 200
    await slow.drain()

    assert len({one.id for one in listener.heard}) == 1
    assert await log_of(shop, "status, tries") == [("waiting", 2)]


async def test_a_slow_endpoint_holds_up_itself_alone(shop: Shop, outward: Outward) -> None:
    async with open_listener() as slow, open_listener() as quick:
        for one in (slow, quick):
            await tell(shop, one, Topic.MESSAGE_RECEIVED)
        slow.held.clear()
        for number in range(AT_ONCE + 3):
            shop.phone(f"9715000000{number:02}").says("hello")
        await shop.settle()
        announcer = announcer_of(shop, outward)

        while len(quick.heard) < AT_ONCE + 3:
            await announcer.announce_once()
            await quick.hears(len(quick.heard))
            await asyncio.sleep(0)
        asked_at_once = len(slow.heard)
        slow.held.set()
        await announcer.drain()
        await tell_all(announcer)

        assert asked_at_once == AT_ONCE
        assert len(slow.heard) == AT_ONCE + 3


async def test_a_commit_whose_answer_is_lost_is_told_again_under_its_id(
    database_url: str, listener: Listener, outward: Outward
) -> None:
    async with open_wire(database_url) as wire, open_shop(wire.url) as shop:
        await one_waits(shop, listener)
        announcer = announcer_of(shop, outward)
        wire.lose_the_answer_to("COMMIT")
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await announcer.announce_once()
        shop.clock.advance(seconds=LEASE.total_seconds())
        await tell_all(announcer)

        assert wire.answers_lost == 1
        assert [status for _, status, _ in await log_of(shop)] == ["arrived"]


async def test_the_database_goes_away_while_an_endpoint_answers_and_it_is_told_again(
    database_url: str, listener: Listener, outward: Outward
) -> None:
    async with open_wire(database_url) as wire, open_shop(wire.url) as shop:
        await one_waits(shop, listener)
        announcer = announcer_of(shop, outward)
        listener.held.clear()
        await announcer.announce_once()
        await listener.hears(1)
        wire.cut()
        listener.held.set()
        await announcer.drain()
        wire.mend()
        shop.clock.advance(seconds=LEASE.total_seconds())
        await tell_all(announcer)

        assert len(listener.heard) == 2
        assert len({one.id for one in listener.heard}) == 1
        assert [status for _, status, _ in await log_of(shop)] == ["arrived"]


async def test_of_an_erased_contact_nothing_is_told_but_that_and_no_body_stays(
    shop: Shop, listener: Listener, outward: Outward
) -> None:
    await tell(shop, listener)
    conversation = await says(shop, "hello, my secret is 4711")
    await tell_all(announcer_of(shop, outward))
    await says(shop, "and another one, 4712")
    heard = len(listener.heard)
    async with shop.process.db.transaction() as tx:
        person = await person_of(tx, shop.bucket, conversation["id"])
        assert person is not None
        await erase(tx, person, wamid_hash("key"), "Layla", shop.clock())
    await tell_all(announcer_of(shop, outward))

    assert [one.topic for one in listener.heard[heard:]] == ["contact.erased"]
    told = listener.heard[-1].said["data"]
    assert told["contact"] == {"id": str(conversation["contact_id"]), "name": None, "phone": None, "bsuid": None}
    bodies = await log_of(shop, "topic, body, status")
    assert {body for topic, body, _ in bodies if topic != "contact.erased"} == {""}
    assert "waiting" not in {status for _, _, status in bodies}


async def test_paused_it_waits_and_goes_at_once_when_the_pause_is_over(
    shop: Shop, listener: Listener, outward: Outward
) -> None:
    made = await tell(shop, listener, Topic.MESSAGE_RECEIVED)
    db, now, announcer = shop.process.db, shop.clock(), announcer_of(shop, outward)
    await acts.pause_endpoint(db, made.endpoint_id, "Layla", now)
    await shop.process.directory.refresh()
    await says(shop, "hello")
    await tell_all(announcer)
    while_paused = len(listener.heard)
    await acts.resume_endpoint(db, made.endpoint_id, "Layla", shop.clock())
    await shop.process.directory.refresh()
    await tell_all(announcer)

    assert (while_paused, listener.topics) == (0, ["message.received"])


async def test_delivered_again_it_has_its_old_id(shop: Shop, listener: Listener, outward: Outward) -> None:
    made = await tell(shop, listener, Topic.MESSAGE_RECEIVED)
    await says(shop, "hello")
    announcer = announcer_of(shop, outward)
    await tell_all(announcer)
    async with shop.process.db.connection() as tx:
        row = (await announcements.latest(tx, [shop.bucket], made.endpoint_id, None, 5))[0]
    again = [
        await acts.deliver_again(shop.process.db, [shop.bucket], made.endpoint_id, row.id, "Layla", shop.clock())
        for _ in range(2)
    ]
    await tell_all(announcer)

    assert [one.id for one in listener.heard] == [str(row.id)] * 2
    assert again == [None, acts.NOT_AGAIN]


async def test_while_a_secret_is_rotated_both_are_good(shop: Shop, listener: Listener, outward: Outward) -> None:
    made = await tell(shop, listener, Topic.MESSAGE_RECEIVED)
    directory = shop.process.directory
    fresh = await acts.rotate_secret(
        shop.process.db, made.endpoint_id, directory.keys_of, directory.seal, "Layla", shop.clock()
    )
    assert not isinstance(fresh, Refused)
    await directory.refresh()
    await says(shop, "hello")
    await tell_all(announcer_of(shop, outward))
    shop.clock.advance(hours=25)
    await says(shop, "again")
    await tell_all(announcer_of(shop, outward))

    within, after = listener.heard
    assert (within.is_signed_with(made.secret), within.is_signed_with(fresh.secret)) == (True, True)
    assert (after.is_signed_with(made.secret), after.is_signed_with(fresh.secret)) == (False, True)


async def test_a_secret_is_sealed_at_rest(shop: Shop, listener: Listener) -> None:
    made = await tell(shop, listener)

    kept = await shop.value("SELECT keys FROM endpoint")
    assert made.secret.removeprefix("whsec_").encode() not in kept
    assert made.secret not in json.dumps([dict(row) for row in await shop.fetch("SELECT name, detail FROM act")])


async def test_removed_with_everything_it_was_told(shop: Shop, listener: Listener, outward: Outward) -> None:
    made = await tell(shop, listener)
    await says(shop, "hello")
    await acts.remove_endpoint(shop.process.db, made.endpoint_id, "Layla", shop.clock())
    await tell_all(announcer_of(shop, outward))

    assert listener.heard == []
    for table in ("endpoint", "announcement", "announcement_ticket"):
        assert await shop.value(f"SELECT count(*) FROM {table}") == 0


async def test_what_is_older_than_a_month_is_pruned(shop: Shop, listener: Listener, outward: Outward) -> None:
    await one_waits(shop, listener)
    await tell_all(announcer_of(shop, outward))
    await shop.process.reconciler.maintain_once()
    kept = await shop.value("SELECT count(*) FROM announcement")
    shop.clock.advance(days=31)
    await shop.process.reconciler.maintain_once()

    assert (kept, await shop.value("SELECT count(*) FROM announcement")) == (1, 0)
