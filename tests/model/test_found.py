"""What the models, or the writing of them, found in the code: each once a counterexample, here on the real steps."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from support.faults import fault
from support.records import at_rest, count
from support.severed import CHUNK_BYTES, Wire, carrying
from support.shop import Shop, open_shop
from support.talk import (
    SlowReader,
    accepted,
    arrived,
    hear,
    owe,
    replies,
    requests,
    rival_lock,
    statuses,
    talk,
    waits_for_a_lock,
)
from surereply.admin.handover import give_back, take_over
from surereply.admin.settle import resend, withdraw
from surereply.dispatcher import LEASE
from surereply.lab.faults import Fault, Harm, lost
from surereply.lab.ledger import Entry
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting
from surereply.store import doubts
from surereply.store.database import COMMIT_IN_DOUBT

SILENT = Reporting(stages=())
FAMILY = "Hello, I need a family visa"
ACCEPTED_UNHEARD = Fault(Harm.RESET, accepted=True, reporting=SILENT)
ANSWERED_LATE = Fault(delay_s=0.3, delay_after=True, reporting=SILENT)
NEVER_ARRIVED = lost(Harm.RESET, accepted=False)


async def act(shop: Shop, what: Any, of: UUID) -> bool:
    return await what(shop.process.db, shop.bucket, of, "Nadia", shop.clock()) is None


async def report(shop: Shop, entry: Entry, stage: str) -> None:
    shop.world.tell_report(entry, stage, failed_code=131000 if stage == "failed" else None)
    await shop.world.deliver()
    await shop.process.reconcile()


async def listed(shop: Shop) -> list[tuple[str, int]]:
    rows = await shop.fetch("SELECT status, attempt FROM reply_ticket ORDER BY reply_id")
    return [(row["status"], row["attempt"]) for row in rows]


async def send_again(shop: Shop, reply_id: UUID) -> bool:
    """By the owner's policy, whatever it takes for quiet."""
    async with shop.process.db.transaction() as tx:
        return await doubts.resend(tx, shop.bucket, reply_id, "policy: resend", shop.clock(), by_policy=True)


async def end_lease(shop: Shop) -> None:
    shop.clock.advance(seconds=LEASE.total_seconds())
    await shop.process.reconcile()


async def sending_again(shop: Shop, phone: Phone) -> UUID:
    """A reply whose first copy arrived unheard, and whose second is being sent, with a person's consent."""
    reply_id: UUID = (await owe(shop, phone))["id"]
    shop.world.graph.faults.script(phone.address, [ACCEPTED_UNHEARD])
    await shop.process.dispatch()
    await act(shop, resend, reply_id)
    await shop.process.dispatcher._claim(shop.process.directory.buckets(), shop.clock(), 1)
    assert await listed(shop) == [("SENDING", 2)]
    return reply_id


async def test_a_person_who_takes_over_again_is_not_overruled_by_the_turn_that_giving_back_woke(
    database_url: str,
) -> None:
    """handover: given_back_beats_taken_over."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)
        conversation_id = (await shop.conversation_of(phone))["id"]
        for what in (take_over, give_back, take_over):
            await act(shop, what, conversation_id)
            shop.clock.advance(seconds=5)
        said = len(phone.texts)

        await shop.settle()

        assert (await shop.conversation_of(phone))["handed_over_at"] is not None
        assert len(phone.texts) == said
        assert await count(shop, "handover", "given_back_at IS NULL") == 1
        assert await at_rest(shop)


async def test_a_person_who_takes_over_while_the_bot_thinks_about_being_given_it_back_has_it(
    database_url: str,
) -> None:
    """handover: given_back_beats_taken_over, where the turn is beaten and decides again."""
    reader = SlowReader("so?")
    async with open_shop(database_url, read=reader) as shop:
        phone = shop.phone()
        await talk(shop, phone, FAMILY)
        conversation_id = (await shop.conversation_of(phone))["id"]
        await act(shop, take_over, conversation_id)
        await act(shop, give_back, conversation_id)
        await hear(shop, phone, "so?")
        await reader.think(shop.process, "so?")
        said = len(phone.texts)

        await act(shop, take_over, conversation_id)
        reader.let_go("so?")
        await shop.process.responder.drain()
        await shop.settle()

        assert (await shop.conversation_of(phone))["handed_over_at"] is not None
        assert len(phone.texts) == said


async def test_a_copy_that_failed_is_no_evidence_of_having_been_sent(database_url: str) -> None:
    """send and settle: failure_forgotten. Its `sent` comes after its `failed`, and after the reply was sent again."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply = await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [Fault(reporting=SILENT)])
        await shop.process.dispatch()
        await report(shop, accepted(shop, phone)[0], "failed")
        await act(shop, resend, reply["id"])

        await report(shop, accepted(shop, phone)[0], "sent")
        await shop.settle()

        assert len(requests(shop, phone)) == 2
        row, second = (await replies(shop, phone))[0], accepted(shop, phone)[1]
        assert (row["status"], row["attempt"], row["provider_message_id"]) == ("SENT", 2, second.wamid)
        assert await count(shop, "act", "name = 'second_copy'") == 0


@fault(31)
async def test_the_late_answer_to_a_copy_that_failed_does_not_take_back_the_next_one(database_url: str) -> None:
    """send and settle: late_answer_undoes_resend."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply = await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [ANSWERED_LATE])
        await shop.process.dispatcher.dispatch_once()
        await arrived(shop, phone)
        await report(shop, accepted(shop, phone)[0], "failed")
        await act(shop, resend, reply["id"])

        await shop.process.dispatcher.drain()
        waiting = await listed(shop)
        await shop.settle()

        assert waiting == [("PENDING", 1)]
        row, second = (await replies(shop, phone))[0], accepted(shop, phone)[1]
        assert (row["status"], row["attempt"], row["provider_message_id"]) == ("SENT", 2, second.wamid)
        assert await count(shop, "act", "name = 'second_copy'") == 0


@fault(32)
async def test_a_reply_fails_with_the_copy_that_it_rests_on_also_where_a_later_one_is_on_its_way(
    database_url: str,
) -> None:
    """send and settle: only_latest_attempt_fails. The later copy never arrives, and nobody would have known."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await sending_again(shop, phone)
        await report(shop, accepted(shop, phone)[0], "sent")
        settled = await statuses(shop, phone)

        await report(shop, accepted(shop, phone)[0], "failed")

        assert settled == ["SENT"]
        assert await statuses(shop, phone) == ["FAILED"]
        assert await listed(shop) == [("FAILED", 2)]


async def test_a_second_doubt_is_a_doubt_of_its_own(database_url: str) -> None:
    """send and settle: doubt_keeps_resolution. Resent, in doubt again, and then surely refused: it is owed, once."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply = await owe(shop, phone)
        refused_late = Fault(Harm.CODE, code=131052, delay_s=0.3, delay_after=True)
        shop.world.graph.faults.script(phone.address, [NEVER_ARRIVED, refused_late])
        await shop.process.dispatch()
        await act(shop, resend, reply["id"])
        await shop.process.dispatcher.dispatch_once()
        await arrived(shop, phone, 2)
        await end_lease(shop)
        in_doubt = (await replies(shop, phone))[0]

        await shop.process.dispatcher.drain()
        owed = (await statuses(shop, phone), await listed(shop))
        shop.clock.advance(seconds=10)
        await shop.settle()

        assert (in_doubt["status"], in_doubt["resolution"]) == ("UNKNOWN", None)
        assert owed == (["PENDING"], [("PENDING", 2)])
        assert await statuses(shop, phone) == ["SENT"]
        assert len(phone.texts) == 1


async def test_what_was_accepted_is_sent_also_where_it_was_withdrawn_before_the_answer(database_url: str) -> None:
    """send and settle: suppressed_though_accepted."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        reply = await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [ANSWERED_LATE])
        await shop.process.dispatcher.dispatch_once()
        await arrived(shop, phone)
        await end_lease(shop)
        acted = [await act(shop, what, reply["id"]) for what in (resend, withdraw)]

        await shop.process.dispatcher.drain()

        assert acted == [True, True]
        row = (await replies(shop, phone))[0]
        assert (row["status"], row["suppression"], row["provider_message_id"]) == (
            "SENT", None, accepted(shop, phone)[0].wamid,
        )  # fmt: skip
        assert await at_rest(shop)


async def test_the_policy_waits_for_a_claim_that_has_looked_and_sends_nothing_behind_what_it_marks(
    database_url: str,
) -> None:
    """order of replies: resend_beside_a_claim."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        older = await owe(shop, phone)
        shop.world.graph.faults.script(phone.address, [NEVER_ARRIVED])
        await shop.process.dispatch()
        shop.clock.advance(hours=3, minutes=1)
        await shop.process.respond()
        younger = (await replies(shop, phone))[-1]

        async with rival_lock(shop, "SELECT FROM line_pace FOR UPDATE") as claim:
            resending = asyncio.create_task(send_again(shop, older["id"]))
            await waits_for_a_lock(claim, [resending])
            await claim.execute("UPDATE reply SET status = 'SENDING', attempt = 1 WHERE id = $1", younger["id"])
            await claim.execute("COMMIT")
            resent = await resending

        assert younger["reply_type"] == "follow_up"
        assert not resent


class LosesACommit(Wire):
    """Once it is told so, a COMMIT is cut off before the database gets it."""

    loses_next = False

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        while chunk := await reader.read(CHUNK_BYTES):
            if self.loses_next and b"COMMIT" in chunk:
                self.loses_next = False
                break
            writer.write(chunk)
            await writer.drain()
        raise EOFError


async def test_a_claim_that_was_cut_off_is_not_given_back_in_place_of_the_next_one(database_url: str) -> None:
    """claims in doubt: given_back_by_attempt. Both have the same attempt, and the second one is being sent."""
    async with carrying(LosesACommit(database_url)) as wire, open_shop(wire.url) as shop:
        phone, first = shop.phone(), shop.process
        await owe(shop, phone)
        wire.loses_next = True
        with pytest.raises(COMMIT_IN_DOUBT):
            await first.dispatcher.dispatch_once()
        second = await shop.start()
        shop.world.graph.faults.script(phone.address, [ANSWERED_LATE])
        await second.dispatcher.dispatch_once()
        await arrived(shop, phone)

        await first.dispatcher.dispatch_once()
        marked = await listed(shop)
        shop.clock.advance(seconds=5)
        await first.dispatch()
        await second.dispatcher.drain()

        assert marked == [("SENDING", 1)]
        assert await statuses(shop, phone) == ["SENT"]
        assert [entry.attempt for entry in accepted(shop, phone)] == [1]


async def test_the_policy_sends_again_once_also_where_the_contact_became_another(database_url: str) -> None:
    """What was resent moves with its conversation, and so does the record that it was."""
    async with open_shop(database_url) as shop:
        known, other = shop.phone("971501234567"), shop.phone("971507654321")
        await talk(shop, known, FAMILY)
        reply = await owe(shop, other)
        shop.world.graph.faults.script(other.address, [NEVER_ARRIVED, NEVER_ARRIVED])
        await shop.process.dispatch()
        once = await send_again(shop, reply["id"])
        known.changes_number("971507654321")
        await shop.world.deliver()
        united = await shop.process.reconciler.unite_contacts_once()
        await shop.process.dispatch()
        in_doubt = await shop.value("SELECT status FROM reply WHERE id = $1", reply["id"])

        again = await send_again(shop, reply["id"])

        assert (once, united, in_doubt) == (True, 1, "UNKNOWN")
        assert not again
