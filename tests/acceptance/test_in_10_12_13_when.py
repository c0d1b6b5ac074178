"""IN-10, IN-12, IN-13: what starts no turn, what comes too late, and what comes in the wrong order."""

import json
from datetime import timedelta

from support.faults import fault
from support.records import at_rest, count, known, unexplained
from support.shop import Shop, open_shop
from support.webhooks import body_of_items, body_with, post
from surereply.lab import payloads
from surereply.lab.envelope import STATUSES, Update
from surereply.lab.phones import Phone

FAMILY = "Hello, I need a family visa"


async def test_in_10_reactions_statuses_and_system_messages_never_start_a_turn(database_url: str) -> None:
    """IN-10: kept, each with the reason why it needs no turn."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        phone.says(FAMILY)
        await shop.settle()
        turns = await count(shop, "turn")
        reaction, taken_back = phone.reacts(), phone.reacts(None)
        phone.reads()
        notice = phone.changes_number("971507654321")
        await shop.settle()

        reasons = await shop.fetch("SELECT wamid, needs_no_turn FROM message WHERE needs_no_turn IS NOT NULL")
        assert {row["wamid"]: row["needs_no_turn"] for row in reasons} == {
            reaction.wamid: "reaction",
            taken_back.wamid: "reaction",
            notice.wamid: "system",
        }
        assert await count(shop, "turn") == turns == 1
        assert await shop.value("SELECT reported FROM reply") == "read"
        assert len(phone.texts) == 1
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def test_in_10_a_reaction_alone_is_no_reason_to_write_to_somebody(database_url: str) -> None:
    """IN-10: somebody who never wrote a word is not greeted."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await post(shop, body_with(phone.sends(payloads.reaction("wamid.older", "\N{THUMBS UP SIGN}"))))
        await shop.settle()

        assert phone.texts == []
        assert await count(shop, "turn") == 0
        assert await count(shop, "conversation_ticket") == 0


async def test_in_10_our_own_echo_starts_no_turn_and_leaves_the_conversation_to_the_person(database_url: str) -> None:
    """IN-10: the owner wrote from the phone app: that is no customer, and the bot keeps out of it."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        phone.says(FAMILY)
        await shop.settle()
        echo = shop.world.owner_writes(phone, "This is Amal, I will take care of it")
        await shop.settle()
        turns = await count(shop, "turn")
        phone.says("Thank you Amal")
        await shop.settle()

        conversation = await shop.conversation_of(phone)
        assert turns == 1
        assert await shop.value("SELECT needs_no_turn FROM message WHERE wamid = $1", echo) == "echo"
        assert conversation["handover_reason"] == "phone_app"
        assert len(phone.texts) == 1
        assert await shop.value("SELECT silence FROM turn ORDER BY id DESC LIMIT 1") == "handed_over"
        assert await unexplained(shop) == []


@fault(8)
async def test_in_12_a_message_older_than_the_window_gets_no_free_form_reply_and_the_reason_is_shown(
    database_url: str,
) -> None:
    """IN-12: WhatsApp would refuse it; the message is kept and read, and somebody is told."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        late = phone.says_late(FAMILY)
        await shop.settle()

        turn = (await shop.fetch("SELECT * FROM turn"))[0]
        assert phone.texts == []
        assert len(shop.world.graph.ledger) == 0
        assert await count(shop, "message", "wamid = $1", late.wamid) == 1
        assert await count(shop, "reply") == 0
        assert turn["silence"] == "window_closed"
        assert "window" in turn["why"]
        assert "too late" in turn["notify"]
        assert (await known(shop, phone))["service"] == "FAMILY_VISA"
        assert await unexplained(shop) == []


async def test_in_12_after_a_late_message_a_fresh_one_is_answered(database_url: str) -> None:
    """IN-12: what the late one said is known, and the question that was never put does not count."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        phone.says_late(FAMILY)
        await shop.settle()
        phone.says("Are you there?")
        await shop.settle()

        conversation = await shop.conversation_of(phone)
        assert len(phone.texts) == 1
        assert "Who sponsors?" in phone.texts[0]
        assert conversation["questions_asked_count"] == 1


async def test_in_12_a_reply_whose_window_closed_while_it_waited_is_suppressed_with_the_reason(
    database_url: str,
) -> None:
    """IN-12: looked at again when it is about to leave."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        phone.says_late(FAMILY, age=timedelta(hours=23, minutes=54))
        await shop.world.deliver()
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        owed = await count(shop, "reply", "status = 'PENDING'")
        shop.clock.advance(minutes=2)
        await shop.settle()

        reply = (await shop.fetch("SELECT * FROM reply"))[0]
        assert owed == 1
        assert phone.texts == []
        assert len(shop.world.graph.ledger) == 0
        assert (reply["status"], reply["suppression"]) == ("SUPPRESSED", "window_closed")


@fault(9)
async def test_in_13_an_older_message_that_comes_last_moves_nothing_back(database_url: str) -> None:
    """IN-13: window, state and what is known stay; the old message is read all the same."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        phone.says(FAMILY)
        await shop.settle()
        phone.says("I am employed")
        await shop.settle()
        before = await shop.conversation_of(phone)
        phone.says("My family is abroad", at=shop.clock() - timedelta(hours=5))
        await shop.settle()

        after = await shop.conversation_of(phone)
        assert after["window_from"] == before["window_from"]
        assert after["state_version"] == before["state_version"] + 1
        assert after["questions_asked_count"] == before["questions_asked_count"] + 1
        told = {"service": "FAMILY_VISA", "sponsor_status": "employee", "family_location": "outside"}
        assert told.items() <= (await known(shop, phone)).items()
        assert len(phone.texts) == 3
        assert await unexplained(shop) == []


async def test_in_13_messages_with_equal_timestamps_are_read_in_the_order_they_came(database_url: str) -> None:
    """IN-13: WhatsApp counts whole seconds; the later one in the delivery is the later word."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        mails = [f"no, my e-mail is {letter}@example.com" for letter in "bcdefg"]
        said = [phone.says(words) for words in (FAMILY, "my e-mail is a@example.com", *mails)]
        await post(shop, body_of_items(shop, [one.update.content for one in said]))
        await shop.settle()

        turn = (await shop.fetch("SELECT * FROM turn"))[0]
        read = [await shop.value("SELECT wamid FROM message WHERE id = $1", one) for one in turn["message_ids"]]
        assert read == [one.wamid for one in said]
        assert (await known(shop, phone))["email"] == "g@example.com"
        assert len(phone.texts) == 1


async def test_in_13_a_clock_ahead_of_ours_opens_no_window(database_url: str) -> None:
    """IN-13: the window is counted from the earlier of the message's own time and the time we kept it."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        came_at = shop.clock()
        phone.says(FAMILY, at=came_at + timedelta(hours=20))
        await shop.settle()

        assert (await shop.conversation_of(phone))["window_from"] == came_at
        assert len(phone.texts) == 1


async def test_in_13_an_old_message_shortens_no_wait_and_no_lease(database_url: str) -> None:
    """IN-13: a message that comes while a turn is leased leaves the lease alone, whatever its timestamp says."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await post(shop, body_with(phone.says(FAMILY)))
        shop.clock.advance(seconds=10)
        await shop.process.responder.respond_once()
        before = (await shop.fetch("SELECT lease_until, lease_token FROM conversation_ticket"))[0]
        await post(shop, body_with(phone.says("I am employed", at=shop.clock() - timedelta(hours=2))))
        after = await shop.fetch("SELECT lease_until, lease_token FROM conversation_ticket")
        await shop.process.responder.drain()
        await shop.settle()

        assert [tuple(row) for row in after] in ([], [tuple(before)], [(None, None)])
        assert await unexplained(shop) == []
        assert "Where is your family now?" in phone.texts[-1]


async def test_in_13_reports_out_of_order_or_twice_never_step_back(database_url: str) -> None:
    """IN-13: read, then delivered, then sent, then sent again, with older timestamps: it stays read."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        phone.says(FAMILY)
        await shop.settle()
        seen = []
        for minutes, stage in ((9, "read"), (5, "delivered"), (1, "sent"), (1, "sent"), (12, "failed")):
            await post(shop, body_with(_report(shop, phone, stage, minutes)))
            await shop.settle()
            seen.append(tuple((await shop.fetch("SELECT status, reported, sent_at, read_at FROM reply"))[0]))

        assert len(set(seen)) == 1
        assert seen[0][:2] == ("SENT", "read")
        assert len(phone.texts) == 1


def _report(shop: Shop, phone: Phone, stage: str, minutes: int) -> Update:
    entry = shop.world.graph.ledger.accepted[0]
    at = shop.clock() + timedelta(minutes=minutes)
    code = 131000 if stage == "failed" else None
    made = payloads.status(
        entry.wamid or "", stage, at, number=phone.number, callback_data=entry.callback_data, failed_code=code
    )
    return Update(f"{entry.wamid} {stage}", phone.line, json.loads(json.dumps(made)), part=STATUSES)
