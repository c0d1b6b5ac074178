"""Simulate-retry (E2): three layers, each tried on its own; a planted duplicate in any of them is seen."""

import asyncio
from typing import Any

import pytest

from support.app import Web, open_web, talked
from surereply.store import commit, outbox
from surereply.store.delivered import Kept


async def simulated(web: Web, conversation_id: str) -> Any:
    answer = await web.post(f"/conversations/{conversation_id}/simulate-retry")
    assert answer.status == 200, answer.body
    return answer.json


async def test_a_retry_is_blocked_in_each_of_three_layers(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")

        result = await simulated(web, conversation_id)

        replies = await web.shop.replies_of(await only_conversation(web))
        assert result == {
            "inbound": {"attempts": 3, "kept_again": 0},
            "turn": {"attempts": 2, "fenced": 1, "key_refused": 1, "committed_again": 0},
            "outbound": {
                "attempts": 2,
                "claimed_again": 0,
                "dedupe_keys": [replies[-1]["outbound_dedupe_key"]],
            },
            "verdict": "blocked",
        }


async def test_a_simulated_retry_leaves_nothing_but_marked_repetitions(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        before = await counts(web)

        await simulated(web, conversation_id)
        await web.shop.settle()

        after = await counts(web)
        assert after == before | {"repetition": 3, "delivery": before["delivery"] + 3}
        assert await web.shop.value("SELECT bool_and(simulated) FROM repetition")
        assert await web.shop.value("SELECT count(*) FROM delivery WHERE simulated") == 3
        assert len(web.shop.phone().receives) == 1


async def test_several_people_may_press_the_button_at_once(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa", "Indian")

        results = await asyncio.gather(*(simulated(web, conversation_id) for _ in range(4)))

        assert {result["verdict"] for result in results} == {"blocked"}


async def test_a_missing_inbound_key_is_seen_as_a_duplicate(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        await web.shop.execute("DELETE FROM inbound_key")

        result = await simulated(web, conversation_id)

        assert result["verdict"] == "duplicated"
        assert result["inbound"] == {"attempts": 1, "kept_again": 1}
        assert result["turn"]["committed_again"] == 0


async def test_a_trial_sends_nothing_though_every_key_is_gone(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        await web.shop.execute("DELETE FROM inbound_key")
        await web.shop.execute("DELETE FROM reply_key")
        before = await counts(web)

        result = await simulated(web, conversation_id)
        await web.shop.settle()

        assert result["verdict"] == "duplicated"
        assert await counts(web) == before
        assert len(web.shop.phone().receives) == 1


async def test_a_receiver_that_forgets_is_seen_as_a_duplicate(database_url: str, monkeypatch: Any) -> None:
    async def keeps_everything(*_: Any, **__: Any) -> Kept:
        return Kept(messages=1, repeated=0, reports=0, quarantined=0)

    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        monkeypatch.setattr(web.parts.receiver, "receive", keeps_everything)

        result = await simulated(web, conversation_id)

        assert result["inbound"] == {"attempts": 3, "kept_again": 3}
        assert result["verdict"] == "duplicated"


async def test_a_missing_reply_key_is_seen_as_a_duplicate(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        await web.shop.execute("DELETE FROM reply_key")

        result = await simulated(web, conversation_id)

        assert result["verdict"] == "duplicated"
        assert result["turn"] == {"attempts": 2, "fenced": 1, "key_refused": 0, "committed_again": 1}
        assert await web.shop.value("SELECT count(*) FROM reply") == 1


async def test_a_fence_that_lets_a_lost_lease_through_is_seen_as_a_duplicate(
    database_url: str, monkeypatch: Any
) -> None:
    async def everybody_holds_it(_: Any, turns: Any) -> set[Any]:
        return {turn.lease.token for turn in turns}

    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        monkeypatch.setattr(commit, "_lock_tickets", everybody_holds_it)

        result = await simulated(web, conversation_id)

        assert result["verdict"] == "duplicated"
        assert result["turn"]["fenced"] == 0
        assert result["turn"]["committed_again"] == 1
        assert await web.shop.value("SELECT count(*) FROM turn") == 1


STRAY_TICKET = """
    INSERT INTO reply_ticket (bucket, conversation_id, reply_id, line_id, status, reply_type, due_at, since)
    SELECT r.bucket, r.conversation_id, r.id, c.line_id, 'PENDING', r.reply_type, r.created_at, r.created_at
      FROM reply r
      JOIN conversation c ON c.bucket = r.bucket AND c.id = r.conversation_id
    """


async def test_a_stray_ticket_beside_a_settled_reply_claims_nothing(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        await web.shop.execute(STRAY_TICKET)

        result = await simulated(web, conversation_id)

        assert result["verdict"] == "blocked"
        assert result["outbound"]["claimed_again"] == 0
        assert result["outbound"]["attempts"] == 2


async def marks_whatever_has_a_ticket(tx: Any, marked: Any, now: Any) -> Any:
    """The claim without its look at the reply's own status."""
    return [
        await tx.fetchrow("UPDATE reply SET attempt = $3 WHERE bucket = $1 AND id = $2 RETURNING *", *one)
        for one in marked
    ]


async def test_a_claim_that_takes_settled_replies_is_seen_as_a_duplicate_and_not_sent(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        await web.shop.execute(STRAY_TICKET)
        monkeypatch.setattr(outbox, "_mark_replies", marks_whatever_has_a_ticket)

        result = await simulated(web, conversation_id)

        assert result["verdict"] == "duplicated"
        assert result["outbound"]["claimed_again"] == result["outbound"]["attempts"] == 2
        assert await web.shop.value("SELECT status FROM reply") == "SENT"
        assert len(web.shop.phone().receives) == 1


async def test_the_claim_of_a_trial_touches_no_other_conversation(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        web.shop.phone("971507654321").says("hello")
        await web.shop.world.deliver()
        web.shop.clock.advance(seconds=10)
        await web.shop.process.respond()

        result = await simulated(web, conversation_id)

        assert result["verdict"] == "blocked"
        assert await web.shop.value("SELECT count(*) FROM reply_ticket WHERE status = 'PENDING'") == 1


async def test_a_turn_without_a_reply_is_tried_with_the_newest_one_that_had_one(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa", "I want to talk to a person", "are you there?")
        last = await web.shop.value("SELECT silence FROM turn ORDER BY id DESC LIMIT 1")

        result = await simulated(web, conversation_id)

        assert last == "handed_over"
        assert result["verdict"] == "blocked"


async def test_a_reply_that_is_still_owed_leaves_the_trial_incomplete(database_url: str) -> None:
    async with open_web(database_url) as web:
        web.shop.phone().says("I need a freelance visa")
        await web.shop.world.deliver()
        web.shop.clock.advance(seconds=10)
        await web.shop.process.respond()

        result = await simulated(web, str(await only_conversation(web)))

        assert result["outbound"] == {"attempts": 0, "claimed_again": 0, "dedupe_keys": []}
        assert result["verdict"] == "incomplete"


async def test_where_there_is_nothing_to_try_the_answer_says_why(database_url: str) -> None:
    async with open_web(database_url) as web:
        web.shop.phone().says("hello")
        await web.shop.world.deliver()
        conversation_id = await only_conversation(web)

        unread = await web.post(f"/conversations/{conversation_id}/simulate-retry")
        await web.shop.settle()
        web.shop.clock.advance(seconds=16 * 86400)
        late = await web.post(f"/conversations/{conversation_id}/simulate-retry")
        await web.shop.execute("UPDATE contact SET erased_at = now()")
        erased = await web.post(f"/conversations/{conversation_id}/simulate-retry")
        unknown = await web.post("/conversations/00000000-0000-7000-8000-000000000000/simulate-retry")

        assert (unread.status, unread.json["code"]) == (409, "unread_waiting")
        assert (late.status, late.json["code"]) == (409, "keys_expired")
        assert (erased.status, erased.json["code"]) == (409, "erased")
        assert unknown.status == 404


async def only_conversation(web: Web) -> Any:
    return await web.shop.value("SELECT id FROM conversation ORDER BY id LIMIT 1")


async def counts(web: Web) -> dict[str, int]:
    tables = ("message", "unread", "conversation_ticket", "turn", "reply", "reply_key", "reply_ticket", "collision",
              "delivery", "repetition", "lead_change", "act", "quarantine", "send_attempt")  # fmt: skip
    return {table: await web.shop.value(f"SELECT count(*) FROM {table}") for table in tables}
