"""IN-4, IN-7, IN-8, IN-9: what a POST may hold, and that one bad item spoils no other."""

import json
from typing import Any

import pytest

from support.app import open_web
from support.faults import fault
from support.records import at_rest, count, counts, unexplained
from support.shop import Shop, open_shop
from support.webhooks import body_of_items, body_with, post, post_at_once
from surereply.lab import payloads
from surereply.lab.envelope import STATUSES, Update, signature_of
from surereply.lab.lines import make_lines
from surereply.lab.phones import Phone

FAMILY = "Hello, I need a family visa"
BAD_ITEMS: tuple[Any, ...] = (17, None, "text", [], {}, {"id": "wamid.A"}, {"id": ["no", "id"], "type": 17})


async def test_in_4_every_item_of_a_post_with_several_entries_is_read(database_url: str) -> None:
    """IN-4: several entries and changes, two lines, messages and statuses mixed, in one body."""
    lines = make_lines(2)
    async with open_shop(database_url, lab_lines=lines) as shop:
        phones = [shop.phone(f"97150000000{n}", line=lines[n % 2]) for n in range(4)]
        await _has_been_answered(shop, phones[0])
        read_mark = _status_of(shop, phones[0], "read")
        said = [phone.says(FAMILY) for phone in phones[1:]]
        value = json.loads(body_with(said[0], read_mark, said[1]))
        value["entry"] += json.loads(body_with(said[2]))["entry"]

        answer = await post(shop, json.dumps(value).encode())
        await shop.settle()

        assert len(value["entry"]) == 2
        assert answer == 200
        assert [len(phone.texts) for phone in phones] == [1, 1, 1, 1]
        assert await shop.value("SELECT reported FROM reply ORDER BY id LIMIT 1") == "read"
        assert await unexplained(shop) == []
        assert await at_rest(shop)


@fault(6)
@pytest.mark.parametrize("place", ["messages", "statuses", "contacts", "changes", "entry"])
async def test_in_4_bad_items_spoil_no_other(database_url: str, place: str) -> None:
    """IN-4: they stand before all others in their list; these are read, and what those were can be seen."""
    async with open_shop(database_url) as shop:
        first, last = shop.phone("971500000001"), shop.phone("971500000002")
        await _has_been_answered(shop, first)
        document = json.loads(body_of_items(shop, [first.says("I am employed").update.content]))
        changes = document["entry"][0]["changes"]
        value = changes[0]["value"]
        value["messages"].append(last.says(FAMILY).update.content)
        value["statuses"] = [_status_of(shop, first, "read").content]
        value["contacts"] = [first.said[-1].update.contact, last.said[-1].update.contact]
        {"changes": changes, "entry": document["entry"], **value}[place][:0] = BAD_ITEMS

        answer = await post(shop, json.dumps(document).encode())
        await shop.settle()

        assert answer == 200
        assert (len(first.texts), len(last.texts)) == (2, 1)
        assert await shop.value("SELECT reported FROM reply ORDER BY id LIMIT 1") == "read"
        # A card without a name takes nothing from anybody.
        bad = [item for item in BAD_ITEMS if place != "contacts" or not isinstance(item, dict)]
        assert await count(shop, "quarantine") == len(bad)
        assert await unexplained(shop) == []


@fault(7)
@pytest.mark.parametrize(
    "header",
    ["", " ", "sha256=", "sha256=00", "sha1=" + "0" * 40, "sha256=" + "0" * 64, "sha256=" + "é" * 64,
     "of other bytes", "without its name", "of another algorithm", "by another secret", "by no secret"],
)  # fmt: skip
async def test_in_7_a_delivery_that_is_not_signed_by_our_app_is_refused(database_url: str, header: str) -> None:
    """IN-7: header missing, empty, of another length, wrong algorithm, right digest of other bytes."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        body = body_with(phone.says(FAMILY))
        right = signature_of(body, shop.world.secrets.app_secret)
        made = {
            "of other bytes": signature_of(body + b" ", shop.world.secrets.app_secret),
            "without its name": right.removeprefix("sha256="),
            "of another algorithm": right.replace("sha256", "sha512"),
            "by another secret": signature_of(body, "another"),
            "by no secret": signature_of(body, ""),
        }
        wrong = await post(shop, body, signature=made.get(header, header))
        missing = await post(shop, body, signature=None)
        shop.clock.advance(seconds=10)
        await shop.process.respond()

        assert (wrong, missing) == (401, 401)
        assert not any((await counts(shop)).values())
        assert phone.texts == []


@fault(7)
async def test_in_7_the_signature_is_over_the_very_bytes(database_url: str) -> None:
    """IN-7: the same JSON with one more blank has another signature; rightly signed it is taken."""
    async with open_shop(database_url) as shop:
        body = body_with(shop.phone().says(FAMILY))
        signed = signature_of(body, shop.world.secrets.app_secret)

        assert await post(shop, body + b" ", signature=signed) == 401
        assert await post(shop, body, signature=signed) == 200
        assert await count(shop, "message") == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"{", b"not json", b"\xff\xfe\x00", b"[1, 2]", b'{"object":"page","entry":[]}',
     b'{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"new_thing","value":{}}]}]}'],
)  # fmt: skip
async def test_in_8_a_signed_body_that_cannot_be_understood_is_kept_for_the_operator(
    database_url: str, body: bytes
) -> None:
    """IN-8: 200, and the bytes as they came are in quarantine with a reason."""
    async with open_shop(database_url) as shop:
        answer = await post(shop, body)

        rows = await shop.fetch("SELECT * FROM quarantine")
        assert answer == 200
        assert len(rows) == 1
        assert rows[0]["reason"]
        assert rows[0]["raw"] in body
        assert rows[0]["resolved_at"] is None


async def test_in_8_the_operator_finds_it_in_the_admin_api(database_url: str) -> None:
    """IN-8: listed with its reason until somebody resolves it, and health says that it is there."""
    async with open_web(database_url) as web:
        await post(web.shop, b"not json")
        listed, health = await web.get("/quarantine"), await web.get("/health/ai")

        assert (listed.status, health.status) == (200, 200)
        assert "not a delivery in JSON" in listed.body.decode()
        assert [reason["code"] for reason in health.json["reasons"]] == ["quarantined"]


@fault(6)
async def test_in_8_a_message_of_an_unknown_type_is_answered_and_shown_to_the_operator(database_url: str) -> None:
    """IN-8: whatever it is, a customer wrote; the bytes are there for whoever teaches us the type."""
    async with open_shop(database_url) as shop:
        phone, other = shop.phone("971500000001"), shop.phone("971500000002")
        said = phone.sends(payloads.unheard_of())
        answer = await post(shop, body_with(said, other.says(FAMILY)))
        await shop.settle()

        rows = await shop.fetch("SELECT * FROM quarantine")
        assert answer == 200
        assert (len(phone.texts), len(other.texts)) == (1, 1)
        assert await shop.value("SELECT kind FROM message WHERE wamid = $1", said.wamid) == "unsupported"
        assert {json.loads(row["raw"])["type"] for row in rows} == {"hologram"}
        assert await unexplained(shop) == []


async def test_in_8_a_message_of_a_number_that_is_not_ours_is_kept_for_the_operator(database_url: str) -> None:
    """IN-8: nobody answers for another business, and nothing is lost for want of a line."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        body = body_with(phone.says(FAMILY)).replace(shop.world.lines[0].phone_number_id.encode(), b"999")
        answer = await post(shop, body)
        await shop.process.respond()

        rows = await shop.fetch("SELECT * FROM quarantine")
        assert answer == 200
        assert [(row["bucket"], row["phone_number_id"]) for row in rows] == [(0, "999")]
        assert await count(shop, "message") == 0


@fault(6)
@pytest.mark.parametrize(
    "poison", ["NUL \\u0000 here", "half \\ud83d a pair", "pair \\ud83d\\ude00", "\\u0000", "x" * 3_000_000]
)
async def test_in_8_words_that_postgresql_refuses_are_answered_all_the_same(database_url: str, poison: str) -> None:
    """IN-8: NUL, a lone surrogate, 3 MB; the raw bytes are kept as they came."""
    async with open_shop(database_url) as shop:
        phone, other = shop.phone("971500000001"), shop.phone("971500000002")
        said = phone.says("PLACE")
        body = body_with(said, other.says(FAMILY)).replace(b"PLACE", poison.encode())
        answer = await post(shop, body)
        await shop.settle()

        raw = await shop.value("SELECT raw FROM message WHERE wamid = $1", said.wamid)
        assert answer == 200
        assert (len(phone.texts), len(other.texts)) == (1, 1)
        assert poison.encode() in raw
        assert await unexplained(shop) == []


async def test_in_8_an_item_that_the_database_refuses_is_quarantined_alone(database_url: str) -> None:
    """IN-8: poison in a batch of many deliveries: each is acknowledged, the rest is answered, the item is shown."""
    async with open_shop(database_url) as shop:
        await shop.execute("ALTER TABLE message ADD CHECK (text <> 'poison')")
        bad, beside, apart = (shop.phone(f"97150000000{number}") for number in range(3))
        poisoned = bad.says("poison")
        answers = await post_at_once(
            shop, [body_with(beside.says(FAMILY), poisoned), body_with(apart.says(FAMILY))], copies=3
        )
        await shop.settle()

        rows = await shop.fetch("SELECT * FROM quarantine")
        assert answers == {200}
        assert (len(beside.texts), len(apart.texts), len(bad.texts)) == (1, 1, 0)
        assert {json.loads(row["raw"])["id"] for row in rows} == {poisoned.wamid}
        assert {row["bucket"] for row in rows} == {shop.bucket}
        assert all("refused" in row["reason"] and "poison" not in row["reason"] for row in rows)
        assert await count(shop, "message") == 2


async def test_in_8_an_identifier_that_no_index_would_take_is_quarantined(database_url: str) -> None:
    """IN-8: a wamid of 100,000 characters is no id, and no reason to be delivered again for seven days."""
    async with open_shop(database_url) as shop:
        other = shop.phone("971500000002")
        monster = payloads.message("wamid." + "x" * 100_000, shop.clock(), payloads.text("hi"), number="971500000001")
        beyond = payloads.status("wamid.B", "failed", shop.clock(), number="971500000001", failed_code=131000)
        beyond["errors"][0]["code"] = 2**40
        answers = {
            await post(shop, body_of_items(shop, [monster, other.says(FAMILY).update.content])),
            await post(shop, body_of_items(shop, [beyond], STATUSES)),
        }
        await shop.settle()

        assert answers == {200}
        assert len(other.texts) == 1
        assert await count(shop, "quarantine") >= 1


async def test_in_9_a_status_that_cannot_be_kept_costs_no_message(database_url: str) -> None:
    """IN-9: the database refuses the report; the message in the same body is kept and answered."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _has_been_answered(shop, phone)
        await shop.execute("ALTER TABLE report ADD CHECK (reported <> 'read')")
        answer = await post(shop, body_with(_status_of(shop, phone, "read"), phone.says("I am employed")))
        await shop.settle()

        assert answer == 200
        assert len(phone.texts) == 2
        assert await count(shop, "quarantine") == 1
        assert await unexplained(shop) == []


async def test_in_9_a_status_handler_that_fails_altogether_costs_no_message(database_url: str) -> None:
    """IN-9: reports cannot be written at all: the messages are kept, and the reports come again with the retry."""
    async with open_shop(database_url) as shop:
        phone, other = shop.phone("971500000001"), shop.phone("971500000002")
        await _has_been_answered(shop, phone)
        body = body_with(_status_of(shop, phone, "read"), phone.says("I am employed"))
        await shop.execute("ALTER TABLE report_key RENAME TO out_of_order")
        broken = await post_at_once(shop, [body, body_with(other.says(FAMILY))])
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        await shop.process.dispatch()
        answered = (len(phone.texts), len(other.texts))
        await shop.execute("ALTER TABLE out_of_order RENAME TO report_key")
        retry = await post(shop, body)
        await shop.settle()

        assert broken == {200, 503}
        assert answered == (len(phone.texts), len(other.texts)) == (2, 1)
        assert retry == 200
        assert await shop.value("SELECT reported FROM reply ORDER BY id LIMIT 1") == "read"
        assert await at_rest(shop)


async def test_in_9_a_report_that_cannot_be_folded_holds_up_no_answer(database_url: str) -> None:
    """IN-9: keeping a report and making sense of it are two steps; the second may fail for ever."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _has_been_answered(shop, phone)
        await shop.execute("ALTER TABLE reply ADD CHECK (reported IS DISTINCT FROM 'read')")
        answer = await post(shop, body_with(_status_of(shop, phone, "read"), phone.says("I am employed")))
        shop.clock.advance(seconds=10)
        await shop.process.respond()
        await shop.process.dispatch()

        assert answer == 200
        assert len(phone.texts) == 2
        assert await count(shop, "report_ticket") == 1


async def _has_been_answered(shop: Shop, phone: Phone) -> None:
    phone.says(FAMILY)
    await shop.settle()
    assert len(phone.texts) == 1


def _status_of(shop: Shop, phone: Phone, stage: str) -> Update:
    """A report on the newest bubble of a phone, not yet on its way."""
    entry = shop.world.graph.ledger.by_wamid(phone.receives[-1].wamid)
    assert entry is not None
    content = payloads.status(
        entry.wamid or "", stage, shop.clock(), number=phone.number, callback_data=entry.callback_data
    )
    return Update(f"{entry.wamid} {stage}", phone.line, content, part=STATUSES)


async def test_in_8_what_comes_again_and_is_not_understood_is_listed_once(database_url: str) -> None:
    """IN-8: an unknown type that is delivered again, after it was resolved too, does not stand on the list twice."""
    async with open_shop(database_url) as shop:
        for _ in range(3):
            assert await post(shop, b'{"object": "whatsapp_business_account", "entry": "no list"}') == 200
        await shop.execute("UPDATE quarantine SET resolved_at = received_at, resolved_by = 'test'")
        await post(shop, b'{"object": "whatsapp_business_account", "entry": "no list"}')

        rows = await shop.fetch("SELECT resolved_by FROM quarantine")
        assert [row["resolved_by"] for row in rows] == ["test"]
