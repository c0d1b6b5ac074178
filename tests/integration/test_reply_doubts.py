"""A reply in doubt, and every way out of it: an echo, a person, the policy, the customer's next words."""

from typing import Any
from uuid import UUID

from support.records import at_rest, count
from support.shop import Shop, open_shop
from support.talk import accepted, owe, replies, requests, statuses, talk
from support.webhooks import body_with, post
from surereply.admin.settle import discard, resend, withdraw
from surereply.domain.line import LineSettings
from surereply.lab.faults import Fault, Harm, lost
from surereply.lab.ledger import Entry
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting
from surereply.store.doubts import QUIET_AFTER

SILENT = Reporting(stages=())
FAMILY = "Hello, I need a family visa"
ACCEPTED_UNHEARD = Fault(Harm.RESET, accepted=True, reporting=SILENT)
NEVER_ARRIVED = lost(Harm.RESET, accepted=False)


async def doubt(shop: Shop, phone: Phone, fault: Fault = ACCEPTED_UNHEARD) -> UUID:
    """A reply whose one send is in doubt."""
    reply = await owe(shop, phone)
    shop.world.graph.faults.script(phone.address, [fault])
    await shop.process.dispatch()
    assert await statuses(shop, phone) == ["UNKNOWN"]
    reply_id: UUID = reply["id"]
    return reply_id


async def report(shop: Shop, entry: Entry, stage: str, failed_code: int | None = None) -> None:
    shop.world.tell_report(entry, stage, failed_code=failed_code)
    await shop.world.deliver()
    await shop.process.reconcile()


async def act(shop: Shop, what: Any, reply_id: UUID) -> bool:
    return await what(shop.process.db, shop.bucket, reply_id, "Nadia", shop.clock()) is None


async def listed(shop: Shop) -> list[str]:
    return [row["status"] for row in await shop.fetch("SELECT status FROM reply_ticket ORDER BY reply_id")]


async def quiet(shop: Shop, other: Phone) -> None:
    """Later sends of the line are reported, and the quiet time passes."""
    shop.clock.advance(seconds=30)
    await talk(shop, other, FAMILY)
    shop.clock.advance(seconds=QUIET_AFTER.total_seconds() + 1)
    await shop.settle()


async def test_a_late_echo_wins_over_a_discard(database_url: str) -> None:
    """A discarded UNKNOWN stays UNKNOWN, off the list; the echo says what WhatsApp did all the same."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply_id = await doubt(shop, phone)
        await act(shop, discard, reply_id)
        discarded = (await replies(shop, phone))[0]
        off = await listed(shop)

        await report(shop, accepted(shop, phone)[0], "delivered")

        assert (discarded["status"], discarded["resolution"], off) == ("UNKNOWN", "discarded", [])
        row = (await replies(shop, phone))[0]
        assert (row["status"], row["resolution"], row["reported"]) == ("SENT", "discarded", "delivered")
        assert await at_rest(shop)


async def test_the_customers_next_turn_makes_a_doubt_moot_and_a_late_echo_wins_over_that_too(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await doubt(shop, phone)
        shop.clock.advance(seconds=60)
        await talk(shop, phone, "are you there?")
        overtaken = (await replies(shop, phone))[0]

        await report(shop, accepted(shop, phone)[0], "sent")

        assert (overtaken["status"], overtaken["resolution"]) == ("UNKNOWN", "overtaken")
        row = (await replies(shop, phone))[0]
        assert (row["status"], row["resolution"]) == ("SENT", "overtaken")
        assert await at_rest(shop)


async def test_a_failure_of_an_earlier_attempt_says_nothing_of_the_latest(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply_id = await doubt(shop, phone)
        await act(shop, resend, reply_id)
        shop.world.graph.faults.script(phone.address, [Fault(reporting=SILENT)])
        await shop.process.dispatch()

        await report(shop, accepted(shop, phone)[0], "failed", 131000)

        assert await statuses(shop, phone) == ["SENT"]
        assert [entry.attempt for entry in accepted(shop, phone)] == [1, 2]


async def test_a_person_sends_again_only_what_stands_as_it_did(database_url: str) -> None:
    """Compare-and-set: the echo came between the look and the press, so nothing is sent."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply_id = await doubt(shop, phone)
        await report(shop, accepted(shop, phone)[0], "delivered")

        done = [await act(shop, what, reply_id) for what in (resend, discard, withdraw)]
        await shop.settle()

        assert done == [False, False, False]
        assert len(requests(shop, phone)) == 1


async def test_an_echo_between_the_press_and_the_send_takes_it_back(database_url: str) -> None:
    """Sent again by a person, still PENDING, and WhatsApp reports that the first one arrived."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply_id = await doubt(shop, phone)
        pressed = await act(shop, resend, reply_id)

        await report(shop, accepted(shop, phone)[0], "delivered")
        await shop.settle()

        assert pressed
        assert await statuses(shop, phone) == ["SENT"]
        assert len(phone.texts) == len(requests(shop, phone)) == 1
        assert await at_rest(shop)


async def test_a_consented_second_copy_is_counted_and_settles_on_the_latest(database_url: str) -> None:
    """Both copies arrive: that is what the person consented to; it is on record as a second copy."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply_id = await doubt(shop, phone)
        await act(shop, resend, reply_id)
        await shop.settle()

        await report(shop, accepted(shop, phone)[0], "delivered")

        assert len(phone.texts) == 2
        assert shop.world.graph.ledger.sent_twice(consented=[str(reply_id)]) == {}
        assert await count(shop, "act", "name = 'second_copy'") == 1


async def test_what_was_reported_failed_and_is_sent_again_is_no_second_copy(database_url: str) -> None:
    """One copy failed, the other arrived: the reply bears the name of the one that arrived."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply = await owe(shop, phone)
        failed = Reporting(stages=("failed",), failed_code=131000)
        shop.world.graph.faults.script(phone.address, [Fault(reporting=failed)])
        await shop.settle()
        pressed = await act(shop, resend, reply["id"])
        await shop.settle()

        assert pressed
        row = (await replies(shop, phone))[0]
        assert (row["status"], row["reported"], row["attempt"]) == ("SENT", "delivered", 2)
        assert row["provider_message_id"] == accepted(shop, phone)[1].wamid
        assert len(phone.texts) == 1
        assert await count(shop, "act", "name = 'second_copy'") == 0


async def test_only_what_is_pending_can_be_withdrawn(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply = await owe(shop, phone)

        withdrawn = await act(shop, withdraw, reply["id"])
        again = await act(shop, withdraw, reply["id"])
        await shop.settle()

        assert (withdrawn, again) == (True, False)
        row = (await replies(shop, phone))[0]
        assert (row["status"], row["suppression"]) == ("SUPPRESSED", "withdrawn")
        assert requests(shop, phone) == []


async def test_what_may_have_left_cannot_be_withdrawn(database_url: str) -> None:
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply_id = await doubt(shop, phone)

        withdrawn = await act(shop, withdraw, reply_id)

        assert not withdrawn
        assert await statuses(shop, phone) == await listed(shop) == ["UNKNOWN"]


async def test_the_policy_sends_again_once_and_never_a_second_time(database_url: str) -> None:
    async with open_shop(database_url, settings=LineSettings(unknown_policy="resend")) as shop:
        phone, other = shop.phone(), shop.phone("971507654321")
        await doubt(shop, phone, NEVER_ARRIVED)
        shop.world.graph.faults.script(phone.address, [NEVER_ARRIVED])

        await quiet(shop, other)
        once = len(requests(shop, phone))
        await quiet(shop, other)
        await quiet(shop, other)

        assert (once, len(requests(shop, phone))) == (2, 2)
        assert await statuses(shop, phone) == ["UNKNOWN"]
        assert await listed(shop) == ["UNKNOWN"]


async def test_the_policy_remembers_what_it_sent_again_when_two_contacts_become_one(database_url: str) -> None:
    async with open_shop(database_url, settings=LineSettings(unknown_policy="resend")) as shop:
        first, second, other = shop.phone(), shop.phone("971507654321"), shop.phone("971507654322")
        await talk(shop, first, FAMILY)
        await doubt(shop, second, NEVER_ARRIVED)
        shop.world.graph.faults.script(second.address, [NEVER_ARRIVED])
        shop.clock.advance(seconds=30)
        await talk(shop, other, FAMILY)
        shop.clock.advance(seconds=QUIET_AFTER.total_seconds() + 1)
        await shop.process.reconcile()
        sent_again = await shop.value("SELECT conversation_id FROM reply WHERE status = 'PENDING'")

        await post(shop, body_with(first.changes_number("971507654321")))
        await quiet(shop, other)
        once = len(requests(shop, second))
        await quiet(shop, other)

        moved_to = await shop.value("SELECT conversation_id FROM reply WHERE status = 'UNKNOWN'")
        assert sent_again != moved_to
        assert (once, len(requests(shop, second))) == (2, 2)
        assert await listed(shop) == ["UNKNOWN"]


async def test_the_policy_sends_nothing_behind_a_later_reply_that_has_left(database_url: str) -> None:
    async with open_shop(database_url, settings=LineSettings(unknown_policy="resend")) as shop:
        phone, other = shop.phone(), shop.phone("971507654321")
        await doubt(shop, phone, NEVER_ARRIVED)
        shop.clock.advance(hours=3, minutes=1)
        await shop.process.respond()
        await shop.process.dispatch()
        followed = [row["reply_type"] for row in await replies(shop, phone)]

        await quiet(shop, other)

        assert followed == ["question", "follow_up"]
        assert len(requests(shop, phone)) == 2
        assert (await statuses(shop, phone))[0] == "UNKNOWN"
