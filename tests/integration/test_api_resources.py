"""Conversations, leads, handovers, quarantine, lines and flows, as a person sees and changes them."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from support.app import ENDED, Answer, open_web, talked
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.thinking import read_with_rules
from surereply.web import watch
from surereply.web.api import stream

FLOW = Path(__file__).resolve().parents[2] / "flows" / "business-services.yaml"


async def test_every_message_names_its_turn_or_the_reason_why_it_had_none(database_url: str) -> None:
    """OPS-5."""
    async with open_web(database_url) as web:
        phone = web.shop.phone()
        conversation_id = await talked(web, "I need a freelance visa")
        phone.reacts()
        await web.shop.settle()
        phone.again()
        await web.shop.world.deliver()
        phone.says("I am Indian")
        await web.shop.world.deliver()

        shown = (await web.get(f"/conversations/{conversation_id}")).json

        first, reaction, waiting = shown["timeline"]["messages"]
        turn = shown["timeline"]["turns"][0]
        assert first["turn_id"] == turn["id"]
        assert first["why_no_turn"] is None
        assert (reaction["turn_id"], reaction["why_no_turn"]) == (None, "reaction")
        assert waiting["turn_id"] is None
        assert waiting["why_no_turn"].startswith("unread: its turn is due at 2026-11-23T")
        assert turn["message_ids"] == [first["id"]]
        assert turn["readings"][0]["facts"][0]["field"] == "service"
        assert turn["state_before"]["questions_asked_count"] == 0
        assert turn["state_after"]["questions_asked_count"] == 1
        assert turn["why"]
        assert set(turn["timings"]) >= {"waited_ms", "read_ms", "decide_ms"}


async def test_a_failing_turn_is_told_with_its_error(database_url: str) -> None:
    """OPS-5."""
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "hello")
        web.shop.phone().says("I am Indian")
        await web.shop.world.deliver()
        await web.shop.execute("UPDATE conversation_ticket SET attempts = 2, last_error = 'ValueError'")

        shown = (await web.get(f"/conversations/{conversation_id}")).json

        assert shown["timeline"]["messages"][-1]["why_no_turn"] == (
            "unread: 2 tries of its turn failed, the last with ValueError"
        )


async def test_a_reply_shows_its_key_attempts_and_reports(database_url: str) -> None:
    """E3: what the debug panel shows."""
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")

        shown = (await web.get(f"/conversations/{conversation_id}")).json

        sent = shown["timeline"]["replies"][0]
        assert len(sent["reply"]["outbound_dedupe_key"]) == 64
        assert sent["reply"]["turn_id"] == shown["timeline"]["turns"][0]["id"]
        assert [attempt["verdict"] for attempt in sent["attempts"]] == ["accepted"]
        assert {report["reported"] for report in sent["reports"]} >= {"sent"}
        assert shown["lead"]["service_type_enum"] == "FREELANCE_VISA"


async def test_a_repeated_delivery_stands_beside_its_message(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        await web.post(f"/conversations/{conversation_id}/simulate-retry")

        message = (await web.get(f"/conversations/{conversation_id}")).json["timeline"]["messages"][0]

        assert [one["simulated"] for one in message["repetitions"]] == [True, True, True]
        assert message["delivery_id"] not in [one["delivery_id"] for one in message["repetitions"]]


async def test_a_united_conversation_shows_what_happened_under_both_names(database_url: str) -> None:
    """IN-11: one contact from the first evidence on; nothing is lost in the merge."""
    async with open_web(database_url) as web:
        phone = web.shop.phone("971501234567", bsuid="AE.1234567890")
        for text, number, bsuid in (
            ("I need a freelance visa", True, False),
            ("I am Indian", False, True),
            ("thanks", True, True),
        ):
            phone.shows_number, phone.shows_bsuid = number, bsuid
            phone.says(text)
            await web.shop.settle()

        listed = (await web.get("/conversations")).json["items"]
        shown = (await web.get(f"/conversations/{listed[0]['id']}")).json["timeline"]
        alias = shown["aliases"][0]
        of_alias = await web.post(f"/conversations/{alias}/simulate-retry")
        taken = await web.put(f"/conversations/{alias}/handover")
        retried = await web.post(f"/conversations/{listed[0]['id']}/simulate-retry")

        assert len(listed) == 1
        assert [one["text"] for one in shown["messages"]] == ["I need a freelance visa", "I am Indian", "thanks"]
        assert all(one["turn_id"] for one in shown["messages"])
        assert {one["name"] for one in shown["acts"]} == {"unite"}
        assert [(one.status, one.json["code"]) for one in (of_alias, taken)] == [(409, "united"), (409, "united")]
        assert taken.json["conversation_id"] == listed[0]["id"]
        assert retried.json["verdict"] == "blocked"


async def test_conversations_are_listed_page_by_page_over_lines(database_url: str) -> None:
    async with open_web(database_url) as web:
        for number in range(3):
            await talked(web, "hello", number=f"97150000000{number}")

        first = (await web.get("/conversations", limit=2)).json
        second = (await web.get("/conversations", limit=2, cursor=first["next"])).json

        ids = [one["id"] for one in (*first["items"], *second["items"])]
        assert len(set(ids)) == 3
        assert ids == sorted(ids, reverse=True)
        assert second["next"] is None


async def test_a_person_s_value_outranks_what_the_customer_said(database_url: str) -> None:
    """LEAD-5: the other is kept as a suggestion."""
    async with open_web(database_url) as web:
        await talked(web, "I need a freelance visa, I am Indian")
        lead = (await web.get("/leads")).json["items"][0]
        version = await web.shop.value("SELECT state_version FROM conversation")

        edited = await web.patch(f"/leads/{lead['id']}", {"fields": {"nationality": "pk"}})
        web.shop.phone().says("my nationality is Indian")
        await web.shop.settle()

        shown = (await web.get(f"/leads/{lead['id']}")).json
        assert edited.status == 200, edited.body
        assert edited.json["lead"]["fields"]["nationality"]["value"] == "PK"
        assert edited.json["lead"]["fields"]["nationality"]["source"] == "operator"
        assert shown["lead"]["fields"]["nationality"]["value"] == "PK"
        assert shown["lead"]["suggestions"]["nationality"]["value"] == "IN"
        change = next(one for one in shown["history"] if one["reason"] == "set by a person")
        assert (change["old"]["value"], change["new"]["value"]) == ("IN", "PK")
        known = json.loads(await web.shop.value("SELECT known_fields FROM conversation"))
        assert known["nationality"]["value"] == "PK"
        assert await web.shop.value("SELECT state_version FROM conversation") > version


async def test_a_known_field_is_not_asked(database_url: str) -> None:
    """TURN-11: put in by an operator."""
    async with open_web(database_url) as web:
        await talked(web, "I need a freelance visa")
        lead = (await web.get("/leads")).json["items"][0]
        asked = await web.shop.value("SELECT last_question_key FROM conversation")
        value = {"nationality": "IN", "inside_uae": True}.get(asked, "IN")

        await web.patch(f"/leads/{lead['id']}", {"fields": {asked: value}})
        web.shop.phone().says("hello?")
        await web.shop.settle()

        assert await web.shop.value("SELECT last_question_key FROM conversation") != asked


async def test_a_turn_that_was_being_decided_decides_again_on_a_person_s_value(database_url: str) -> None:
    """LEAD-6: a person and a turn at the same moment; both are there."""
    acts: list[Callable[[], Awaitable[Answer]]] = []

    async def read(flow: Flow, message: Message, context: Context) -> Reading:
        reading = await read_with_rules(flow, message, context)
        while acts:
            await acts.pop()()
        return reading

    async with open_web(database_url, read=read) as web:
        await talked(web, "I need a freelance visa")
        lead = (await web.get("/leads")).json["items"][0]
        acts.append(lambda: web.patch(f"/leads/{lead['id']}", {"fields": {"full_name": "Amina Khan"}}))
        web.shop.phone().says("I am Indian")
        await web.shop.settle()

        fields = (await web.get(f"/leads/{lead['id']}")).json["lead"]["fields"]
        assert fields["full_name"]["value"] == "Amina Khan"
        assert fields["nationality"]["value"] == "IN"
        assert len(web.shop.phone().receives) == 2


async def test_a_person_who_answers_while_the_bot_thinks_silences_it(database_url: str) -> None:
    """TURN-16."""
    acts: list[Callable[[], Awaitable[Answer]]] = []

    async def read(flow: Flow, message: Message, context: Context) -> Reading:
        while acts:
            await acts.pop()()
        return await read_with_rules(flow, message, context)

    async with open_web(database_url, read=read) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        seen = (await web.get("/replies")).json["items"][0]["id"]
        draft = {"draft_key": "draft-0001", "last_seen_reply": seen, "text": "Layla here"}
        acts.append(lambda: web.post(f"/conversations/{conversation_id}/replies", draft))
        web.shop.phone().says("I am Indian")
        await web.shop.settle()

        turn = (await web.get(f"/conversations/{conversation_id}")).json["timeline"]["turns"][-1]
        assert web.shop.phone().texts[1:] == ["Layla here"]
        assert turn["silence"] == "handed_over"


async def test_the_same_value_again_changes_nothing(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "I need a freelance visa, I am Indian")
        lead = (await web.get("/leads")).json["items"][0]
        before = await web.shop.value("SELECT state_version FROM conversation")

        for value in ("IN", "in"):
            answer = await web.patch(f"/leads/{lead['id']}", {"fields": {"nationality": value}})
            assert answer.status == 200

        assert await web.shop.value("SELECT state_version FROM conversation") == before
        assert await web.shop.value("SELECT count(*) FROM act") == 0


async def test_a_value_that_does_not_fit_is_refused_and_nothing_is_written(database_url: str) -> None:
    async with open_web(database_url) as web:
        await talked(web, "I need a freelance visa")
        lead = (await web.get("/leads")).json["items"][0]
        wrong: list[dict[str, Any]] = [
            {"nationality": "Atlantis"},
            {"nationality": ""},
            {"nationality": None},
            {"service": "MOON_VISA"},
            {"inside_uae": "perhaps"},
            {"no_such_field": 1},
            {"full_name": "Amina", "email": "nobody"},
            {"full_name": "\ud800"},
            {"full_name": [[[[[[["deep"]]]]]]]},
        ]
        for fields in wrong:
            answer = await web.patch(f"/leads/{lead['id']}", {"fields": fields})
            assert (answer.status, answer.json["code"]) in ((422, "wrong_value"), (422, "invalid")), fields

        after = (await web.get(f"/leads/{lead['id']}")).json["lead"]
        assert after["fields"] == lead["fields"]


async def test_a_person_sets_won_or_lost_and_it_is_on_record(database_url: str) -> None:
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        lead = (await web.get("/leads", stage="qualifying")).json["items"][0]

        await web.patch(f"/leads/{lead['id']}", {"stage": "won"})

        assert (await web.get("/leads", stage="qualifying")).json["items"] == []
        won = (await web.get("/leads", stage="won")).json["items"][0]
        assert won["closed_at"] is not None
        acts = (await web.get(f"/conversations/{conversation_id}")).json["timeline"]["acts"]
        assert acts[-1]["detail"]["stage"] == {"old": "qualifying", "new": "won"}


async def test_taken_over_the_bot_is_silent_and_given_back_it_answers(database_url: str) -> None:
    """TURN-15, TURN-17."""
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa", "I want to talk to a person")
        path = f"/conversations/{conversation_id}/handover"
        waiting = (await web.get("/handovers")).json["items"]
        silent_from = len(web.shop.phone().receives)

        taken = await web.put(path)
        again = await web.put(path)
        web.shop.phone().says("I am Indian")
        await web.shop.settle()
        silent = len(web.shop.phone().receives)
        given = await web.delete(path)
        await web.shop.settle()
        twice = await web.delete(path)

        assert [(one["reason"], one["taken_at"]) for one in waiting] == [("asked", None)]
        assert taken.status == again.status == given.status == 200
        assert await web.shop.value("SELECT count(*) FROM act WHERE name = 'take_over'") == 1
        assert silent == silent_from
        assert len(web.shop.phone().receives) == silent_from + 1
        assert (await web.get("/handovers")).json["items"] == []
        assert (twice.status, twice.json["code"]) == (409, "not_handed_over")


async def test_what_was_quarantined_is_shown_with_its_bytes_until_it_is_resolved(database_url: str) -> None:
    """IN-8."""
    async with open_web(database_url) as web:
        phone = web.shop.phone()
        phone.sends({"type": "hologram", "hologram": {"frames": 12}}, "")
        await web.shop.settle()

        item = (await web.get("/quarantine")).json["items"][0]
        resolved = await web.put(f"/quarantine/{item['id']}/resolution")
        again = await web.put(f"/quarantine/{item['id']}/resolution")

        assert "hologram" in item["raw"]
        assert resolved.json["resolved_by"] == "admin token"
        assert again.json["resolved_at"] == resolved.json["resolved_at"]
        assert (await web.get("/quarantine")).json["items"] == []
        assert len((await web.get("/quarantine", resolved="true")).json["items"]) == 1


async def test_a_collision_is_listed_with_both_causes_and_nothing_is_sent(database_url: str) -> None:
    """OUT-16."""
    async with open_web(database_url) as web:
        conversation_id = await talked(web, "I need a freelance visa")
        await web.shop.execute("DELETE FROM inbound_key")  # so that a repeated message is taken for a new one
        web.shop.phone().again()
        await web.shop.settle()

        listed = (await web.get("/collisions")).json["items"]
        health = (await web.get("/health/ai")).json

        assert len(web.shop.phone().receives) == 1
        assert [(one["conversation_id"], one["alarm"]) for one in listed] == [(conversation_id, True)]
        assert listed[0]["cause"] == listed[0]["existing_cause"]
        assert health["dedupe_collisions"]["count"] == 1
        assert health["dedupe_collisions"]["latest"][0]["existing_reply_id"] == listed[0]["existing_reply_id"]


async def test_a_paused_line_keeps_what_is_owed_and_shows_no_secret(database_url: str) -> None:
    async with open_web(database_url) as web:
        line = (await web.get("/lines")).json[0]
        paused = await web.put(f"/lines/{line['id']}/pause")
        await talked(web, "I need a freelance visa")
        kept = len(web.shop.phone().receives)
        resumed = await web.delete(f"/lines/{line['id']}/pause")
        await web.shop.settle()

        assert (line["has_credentials"], line["paused_at"]) == (True, None)
        assert paused.json["paused_at"] is not None
        assert resumed.json["paused_at"] is None
        assert (kept, len(web.shop.phone().receives)) == (0, 1)
        everything = (await web.get("/lines")).body.decode()
        for secret in (web.shop.world.lines[0].access_token, web.shop.world.secrets.app_secret):
            assert secret not in everything
        assert await web.shop.fetch("SELECT name FROM act ORDER BY id") == [("pause_line",), ("resume_line",)]


async def test_a_version_of_a_flow_is_shown_and_activated(database_url: str) -> None:
    async with open_web(database_url) as web:
        source = FLOW.read_text()
        await web.shop.execute(
            "INSERT INTO flow_version (name, version, sha256, source, created_at, created_by)"
            " VALUES ('business-services', 2, 'b', $1, $2, 'test'),"
            " ('business-services', 3, 'c', 'broken', $2, 'test')",
            source + "\n# second\n",
            web.shop.clock(),
        )

        broken = await web.put("/flows/business-services/active", {"version": 3})
        done = await web.put("/flows/business-services/active", {"version": 2})
        listed = (await web.get("/flows")).json
        shown = await web.get("/flows/business-services/versions/2")

        assert (broken.status, broken.json["code"]) == (409, "broken_flow")
        assert done.status == 200
        assert [(one["version"], one["active"]) for one in listed] == [(3, False), (2, True), (1, False)]
        assert shown.json["source"].endswith("# second\n")
        assert web.shop.process.directory.active_version("business-services") == 2


async def test_a_screen_follows_what_happens(database_url: str, monkeypatch: Any) -> None:
    """E3: state in real time."""
    monkeypatch.setattr(watch, "LOOK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(watch, "HEARTBEAT_SECONDS", 0.05)
    async with open_web(database_url) as web:
        await talked(web, "hello", number="971500000001")
        async with web.stream("/api/admin/stream") as events:
            assert await events.get() == ": connected\n\n"
            web.shop.clock.advance(seconds=1)
            conversation_id = await talked(web, "I need a freelance visa")
            told: list[str] = []
            while not any("SENT" in one for one in told) or ": still here\n\n" not in told:
                told.append(await events.get())
            web.shop.clock.advance(seconds=3600)
            web.shop.phone().reads()
            await web.shop.settle()
            await web.put(f"/conversations/{conversation_id}/handover")
            while not any("read" in one for one in told) or not any("take_over" in one for one in told):
                told.append(await events.get())

        kinds = {one.split("\n")[0] for one in told}
        assert kinds >= {"event: message", "event: turn", "event: reply"}
        changes = [json.loads(one.split("data: ")[1]) for one in told if "data: " in one]
        assert {change["conversation_id"] for change in changes} == {conversation_id}
        assert len({one for one in told if "data: " in one}) == len(changes)  # nothing is told twice
        assert "freelance" not in "".join(told)


async def test_streams_end_with_the_server_and_are_bounded(database_url: str, monkeypatch: Any) -> None:
    async with open_web(database_url) as web:
        async with web.stream("/api/admin/stream") as events:
            await events.get()
            monkeypatch.setattr(stream, "MOST_STREAMS", 1)
            refused = await web.get("/stream")
            web.parts.stopping.set()
            while await events.get() != ENDED:
                pass

        assert (refused.status, refused.json["code"]) == (503, "too_many_streams")
