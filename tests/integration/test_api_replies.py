"""What a person sends and settles: through the same outbox, once, and never on a stale screen."""

import asyncio
from typing import Any

from support.app import Web, open_web, talked
from support.faults import fault
from surereply.store.erased_keys import wamid_hash
from surereply.store.erasure import erase
from surereply.store.person import find_person

NOBODY = "00000000-0000-7000-8000-000000000000"


async def newest_reply(web: Web) -> str:
    return (await web.get("/replies")).json["items"][0]["id"]


def human(key: str, seen: str | None, text: str = "Layla here, one moment") -> dict[str, Any]:
    return {"draft_key": key, "last_seen_reply": seen, "text": text}


async def test_a_person_s_reply_reaches_the_customer_and_takes_the_conversation(database_url: str) -> None:
    """OUT-14: there is no second way out."""
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        seen = await newest_reply(web)

        answer = await web.post(f"/conversations/{conversation_id}/replies", human("draft-0001", seen),
                                x_surereply_operator="Layla")  # fmt: skip
        await web.shop.settle()
        web.shop.phone().says("thank you")
        await web.shop.settle()

        assert answer.status == 201, answer.body
        assert answer.json["reply"]["status"] == "PENDING"
        assert web.shop.phone().texts[-1] == "Layla here, one moment"
        shown = (await web.get(f"/conversations/{conversation_id}")).json
        assert shown["conversation"]["handover_reason"] == "operator"
        assert shown["timeline"]["handovers"][-1]["taken_by"] == "Layla"
        assert {act["name"] for act in shown["timeline"]["acts"]} == {"take_over", "reply"}
        assert {act["operator"] for act in shown["timeline"]["acts"]} == {"Layla"}


async def test_pressing_send_many_times_sends_one_message(database_url: str) -> None:
    """OUT-12."""
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        path, body = f"/conversations/{conversation_id}/replies", human("draft-0001", await newest_reply(web))

        answers = await asyncio.gather(*(web.post(path, body) for _ in range(5)))
        await web.shop.settle()
        late = await web.post(path, body)
        await web.shop.settle()

        assert sorted(answer.status for answer in answers) == [200, 200, 200, 200, 201]
        assert late.status == 200
        assert len({answer.json["reply"]["id"] for answer in (*answers, late)}) == 1
        assert web.shop.phone().texts.count("Layla here, one moment") == 1
        assert await web.shop.value("SELECT count(*) FROM collision") == 0


async def test_a_stale_screen_is_told_and_shows_what_the_other_sent(database_url: str) -> None:
    """OUT-12."""
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        path, seen = f"/conversations/{conversation_id}/replies", await newest_reply(web)
        screens = (human("draft-layla", seen, "Layla here"), human("draft-omar", seen, "Omar here"))

        first, second = await asyncio.gather(*(web.post(path, screen) for screen in screens))
        winner, loser = (first, second) if first.status == 201 else (second, first)
        nothing_seen = await web.post(path, human("draft-0003", None))
        await web.shop.settle()

        assert (winner.status, loser.status, nothing_seen.status) == (201, 409, 409)
        assert loser.json["code"] == "stale"
        assert [one["id"] for one in loser.json["replies"]] == [winner.json["reply"]["id"]]
        assert loser.json["replies"][0]["text"] == winner.json["reply"]["body"]["text"]
        assert len(web.shop.phone().texts) == 2


@fault(58)
async def test_a_person_s_reply_beats_the_bot_that_was_about_to_answer(database_url: str) -> None:
    """TURN-16: the bot's reply is suppressed, with its reason."""
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        seen = await newest_reply(web)
        web.shop.phone().says("I am Indian")
        await web.shop.world.deliver()
        web.shop.clock.advance(seconds=10)
        await web.shop.process.respond()
        owed = await newest_reply(web)

        stale = await web.post(f"/conversations/{conversation_id}/replies", human("draft-0001", seen))
        sent = await web.post(f"/conversations/{conversation_id}/replies", human("draft-0001", owed))
        await web.shop.settle()

        assert (stale.status, sent.status) == (409, 201)
        bots = (await web.get(f"/replies/{owed}")).json["reply"]
        assert (bots["status"], bots["suppression"]) == ("SUPPRESSED", "handed_over")
        assert web.shop.phone().texts[-1] == "Layla here, one moment"


async def test_a_message_that_no_turn_has_read_yet_opens_the_window_for_a_person(database_url: str) -> None:
    """The window is open again from the moment the customer wrote, not from when the bot took its turn."""
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        seen = await newest_reply(web)
        web.shop.clock.advance(seconds=25 * 3600)
        web.shop.phone().says("are you there?")
        await web.shop.world.deliver()

        sent = await web.post(f"/conversations/{conversation_id}/replies", human("draft-0001", seen))
        await web.shop.process.dispatch()

        assert sent.status == 201
        assert web.shop.phone().texts[-1] == "Layla here, one moment"


async def test_outside_the_window_only_a_template_is_taken(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        path, seen = f"/conversations/{conversation_id}/replies", await newest_reply(web)
        template = {"name": "come_back", "language": "en", "parameters": ["Amina"]}
        web.shop.clock.advance(seconds=25 * 3600)

        human_one = await web.post(path, human("draft-0001", seen))
        template_one = await web.post(path, {"draft_key": "draft-0001", "last_seen_reply": seen, "template": template})

        assert (human_one.status, human_one.json["code"]) == (409, "window_closed")
        assert "template" in human_one.json["detail"]
        assert template_one.status == 201
        assert template_one.json["reply"]["reply_type"] == "template"


async def test_after_a_stop_nobody_writes(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "hello", "STOP")

        answer = await web.post(
            f"/conversations/{conversation_id}/replies", human("draft-0001", await newest_reply(web))
        )

        assert (answer.status, answer.json["code"]) == (409, "stopped")


async def test_what_is_sent_is_checked_first(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "hello")
        seen = await newest_reply(web)
        path = f"/conversations/{conversation_id}/replies"
        template = {"name": "come_back", "language": "en"}
        bad = [
            human("short", seen),
            human("draft key with spaces", seen),
            human("draft-0001", seen, "  \u202e \x00 "),
            human("draft-0001", seen, "x" * 4097),
            human("draft-0001", seen) | {"template": template},
            {"draft_key": "draft-0001", "last_seen_reply": seen},
            {"draft_key": "draft-0001", "text": "hi"},
            human("draft-0001", "not-an-id"),
            human("draft-0001", seen) | {"to": "971500000000"},
            {"draft_key": "draft-0001", "last_seen_reply": seen, "template": {"name": "Bad Name", "language": "en"}},
        ]
        for body in bad:
            answer = await web.post(path, body)
            assert answer.status == 422, body

        odd = await web.post(path, human("draft-0001", seen, "a\x00b\ud800c\nd"))

        assert odd.status == 422, odd.body
        assert await web.shop.value("SELECT count(*) FROM reply WHERE reply_type = 'human'") == 0


async def test_retry_on_a_failed_reply_really_sends_once(database_url: str) -> None:
    """OUT-13."""
    async with open_web(database_url) as web:
        await talked(web, "I need a freelance visa")
        reply_id = await newest_reply(web)
        await failed(web)

        answers = await asyncio.gather(*(web.post(f"/replies/{reply_id}/resends") for _ in range(3)))
        await web.shop.settle()

        assert sorted(answer.status for answer in answers) == [201, 409, 409]
        shown = (await web.get(f"/replies/{reply_id}")).json
        assert shown["reply"]["status"] == "SENT"
        assert [attempt["attempt"] for attempt in shown["attempts"]] == [1, 2]
        assert len(web.shop.phone().receives) == 2


async def test_a_failed_reply_can_be_discarded_once(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "I need a freelance visa")
        reply_id = await newest_reply(web)
        await failed(web)

        listed = (await web.get("/replies", listed="true", status="FAILED")).json["items"]
        done = await web.post(f"/replies/{reply_id}/discards")
        again = await web.post(f"/replies/{reply_id}/discards")
        await web.shop.settle()

        assert [one["id"] for one in listed] == [reply_id]
        assert (done.status, again.status, again.json["code"]) == (201, 409, "not_listed")
        assert (await web.get("/replies", listed="true")).json["items"] == []
        assert len(web.shop.phone().receives) == 1


async def test_what_is_still_owed_can_be_withdrawn_and_what_left_cannot(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        left = await newest_reply(web)
        sent = await web.post(f"/conversations/{conversation_id}/replies", human("draft-0001", left))

        withdrawn = await web.post(f"/replies/{sent.json['reply']['id']}/withdrawals")
        too_late = await web.post(f"/replies/{left}/withdrawals")
        await web.shop.settle()

        assert withdrawn.json["reply"]["suppression"] == "withdrawn"
        assert (too_late.status, too_late.json["code"]) == (409, "not_pending")
        assert len(web.shop.phone().receives) == 1


async def test_replies_are_listed_page_by_page(database_url: str) -> None:
    async with open_web(database_url) as web:
        for number in range(5):
            await talked(web, "hello", number=f"97150000000{number}")
        pages, cursor = [], None
        for _ in range(3):
            query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = (await web.get("/replies", **query)).json
            pages.append([one["id"] for one in page["items"]])
            cursor = page["next"]

        everything = [reply_id for page in pages for reply_id in page]
        assert [len(page) for page in pages] == [2, 2, 1]
        assert everything == sorted(set(everything), reverse=True)
        assert cursor is None
        assert (await web.get("/replies", status="PENDING")).json["items"] == []


async def failed(web: Web) -> None:
    """The newest reply failed and is listed."""
    await web.shop.execute("UPDATE reply SET status = 'FAILED', failed_at = $1", web.shop.clock())
    await web.shop.execute(
        """
        INSERT INTO reply_ticket (bucket, conversation_id, reply_id, line_id, status, reply_type, due_at, attempt,
                                  since)
        SELECT r.bucket, r.conversation_id, r.id, c.line_id, 'FAILED', r.reply_type, 'infinity', r.attempt, $1
          FROM reply r
          JOIN conversation c ON c.bucket = r.bucket AND c.id = r.conversation_id
        """,
        web.shop.clock(),
    )


async def test_ops_6_nothing_is_written_to_whoever_was_erased(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "hello")
        seen = await newest_reply(web)
        async with web.shop.process.db.transaction() as tx:
            for person in await find_person(tx, "971501234567"):
                await erase(tx, person, wamid_hash(""), "Layla", web.shop.clock())

        refused = await web.post(f"/conversations/{conversation_id}/replies", human("draft-0001", seen))

        assert (refused.status, refused.json["code"]) == (409, "contact_erased")
        assert await web.shop.value("SELECT count(*) FROM reply_ticket") == 0
