"""LEAD-1 to LEAD-5: what is known stays known; a correction replaces, a person outranks, nothing empty is written."""

import json

import pytest

from support.app import open_web, talked
from support.faults import fault
from support.records import count, known, lead_of, suggested
from support.shop import Shop, open_shop
from surereply.admin.lead import edit_lead
from surereply.domain.facts import Context, Fact, Reading, Source, Value
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.lab.phones import Phone
from surereply.thinking import read_with_rules

FAMILY = "Hello, I need a family visa"


async def test_lead_1_a_message_that_names_no_service_leaves_the_service(database_url: str) -> None:
    """LEAD-1: label and id stay through answers, thanks, nonsense, photos and a tap."""
    async with open_shop(database_url) as shop:
        service_id = await _put_service_type(shop)
        phone = shop.phone()
        await _says(shop, phone, FAMILY)
        phone.taps("Employed")
        await shop.settle()
        phone.sends_photo()
        await shop.settle()
        await _says(shop, phone, "ok thanks", "asdf qwer", "My family is abroad")

        lead = await lead_of(shop, phone)
        assert (lead["service_type_enum"], lead["service_type_id"]) == ("FAMILY_VISA", service_id)
        assert (await known(shop, phone))["service"] == "FAMILY_VISA"
        assert await count(shop, "lead_change", "field = 'service'") == 1


@pytest.mark.parametrize("has_a_row", [True, False])
async def test_lead_2_a_recognised_service_is_named_whether_or_not_it_has_a_row(
    database_url: str, has_a_row: bool
) -> None:
    """LEAD-2: the label is always set and shown; the id only where the table has the service."""
    async with open_shop(database_url) as shop:
        service_id = await _put_service_type(shop) if has_a_row else None
        phone = shop.phone()
        await _says(shop, phone, FAMILY, "I am employed", "My family is abroad", "We are from India", "Omar Haddad")

        lead = await lead_of(shop, phone)
        assert lead["service_type_enum"] == "FAMILY_VISA"
        assert lead["service_type_id"] == service_id
        assert "Which service" not in " ".join(phone.texts)
        turn = (await shop.fetch("SELECT state_after FROM turn ORDER BY id LIMIT 1"))[0]
        assert json.loads(turn["state_after"])["service"] == "FAMILY_VISA"


async def test_lead_2_the_label_is_shown_without_a_row(database_url: str) -> None:
    """LEAD-2: whoever looks at the lead sees the service, in the list and by itself."""
    async with open_web(database_url) as web:
        await talked(web, FAMILY)
        lead_id = await web.shop.value("SELECT id FROM lead")
        listed, alone = await web.get("/leads"), await web.get(f"/leads/{lead_id}")

        assert (listed.status, alone.status) == (200, 200)
        assert "FAMILY_VISA" in listed.body.decode()
        assert "FAMILY_VISA" in alone.body.decode()


async def test_lead_2_a_row_that_is_made_later_is_found_at_the_next_message(database_url: str) -> None:
    """LEAD-2: the label was there all the time, so the id can follow."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _says(shop, phone, FAMILY)
        before = (await lead_of(shop, phone))["service_type_id"]
        service_id = await _put_service_type(shop)
        await _says(shop, phone, "I am employed")
        with_row = await lead_of(shop, phone)
        await shop.execute("DELETE FROM service_type")
        await shop.process.directory.refresh()
        await _says(shop, phone, "My family is abroad")

        after = await lead_of(shop, phone)
        assert before is None
        assert with_row["service_type_id"] == after["service_type_id"] == service_id
        assert after["service_type_enum"] == "FAMILY_VISA"


NOTHINGS: tuple[Value, ...] = (None, "", "  ", [], {}, [""], "\N{ZERO WIDTH SPACE}")
EMPTY = [Reading(), Reading(failure="the model returned garbage"), *(
    Reading(facts=(Fact("sponsor_status", value, "x", 0, 1, 0.99, Source.STATED, correction=True),
                   Fact("service", value, "x", 0, 1, 0.99, Source.STATED, correction=True),
                   Fact("email", value, "x", 0, 1, 0.99, Source.STATED, correction=True)))
    for value in NOTHINGS
)]  # fmt: skip


@pytest.mark.parametrize("reading", EMPTY, ids=range(len(EMPTY)))
async def test_lead_3_an_empty_or_failed_extraction_wipes_nothing(database_url: str, reading: Reading) -> None:
    """LEAD-3: neither known fields nor the service; the customer is answered, and a failure is on record."""

    async def read(flow: Flow, message: Message, context: Context) -> Reading:
        return reading if message.text == "???" else await read_with_rules(flow, message, context)

    async with open_shop(database_url, read=read) as shop:
        phone = shop.phone()
        await _says(shop, phone, FAMILY, "I am employed", "my e-mail is a@example.com")
        before, changes = await lead_of(shop, phone), await count(shop, "lead_change")
        await _says(shop, phone, "???")

        after = await lead_of(shop, phone)
        turn = (await shop.fetch("SELECT why, readings FROM turn ORDER BY id DESC LIMIT 1"))[0]
        assert (after["fields"], after["service_type_enum"]) == (before["fields"], before["service_type_enum"])
        assert await count(shop, "lead_change") == changes
        assert len(phone.texts) == 4
        assert json.loads(turn["readings"])[0]["failure"] == reading.failure
        assert ("garbage" in turn["why"]) == (reading.failure is not None)


async def test_lead_3_a_reader_that_breaks_wipes_nothing_and_is_on_record(database_url: str) -> None:
    """LEAD-3: it fails each time: a person gets the conversation, with the error, and the fields as they were."""

    async def read(flow: Flow, message: Message, context: Context) -> Reading:
        if message.text == "???":
            raise ValueError("garbage")
        return await read_with_rules(flow, message, context)

    async with open_shop(database_url, read=read) as shop:
        phone = shop.phone()
        await _says(shop, phone, FAMILY, "I am employed")
        before = await lead_of(shop, phone)
        phone.says("???")
        for _ in range(8):
            await shop.settle(wait=shop.patience.max_wait * 10)

        after = await lead_of(shop, phone)
        assert after["fields"] == before["fields"]
        assert after["service_type_enum"] == "FAMILY_VISA"
        assert (await shop.conversation_of(phone))["handover_reason"] == "failing_turn"
        assert await shop.value("SELECT notify FROM turn ORDER BY id DESC LIMIT 1") is not None
        assert len(phone.texts) == 3


@pytest.mark.parametrize("words", ["no, my e-mail is b@example.com", "sorry, my email is b@example.com"])
async def test_lead_4_a_correction_replaces_and_the_old_value_stays_on_record(database_url: str, words: str) -> None:
    """LEAD-4: the old value and where it came from are in the audit."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _says(shop, phone, FAMILY, "my e-mail is a@example.com", words)

        changes = await shop.fetch("SELECT * FROM lead_change WHERE field = 'email' ORDER BY id")
        old, new = (json.loads(changes[-1][name]) for name in ("old", "new"))
        said = await shop.value("SELECT id FROM message WHERE text = 'my e-mail is a@example.com'")
        assert (await known(shop, phone))["email"] == "b@example.com"
        assert (old["value"], old["source"], old["message_id"]) == ("a@example.com", "stated", str(said))
        assert (new["value"], changes[-1]["reason"]) == ("b@example.com", "corrected")
        assert changes[-1]["turn_id"] is not None


async def test_lead_4_what_is_no_correction_replaces_nothing(database_url: str) -> None:
    """LEAD-4: another value in passing is kept beside the known one, for a person to see."""

    async def read(flow: Flow, message: Message, context: Context) -> Reading:
        if message.text != "in passing":
            return await read_with_rules(flow, message, context)
        return Reading(facts=(Fact("email", "c@example.com", "in passing", 0, 10, 0.99, Source.STATED),))

    async with open_shop(database_url, read=read) as shop:
        phone = shop.phone()
        await _says(shop, phone, FAMILY, "my e-mail is a@example.com", "in passing")

        assert (await known(shop, phone))["email"] == "a@example.com"
        assert await suggested(shop, phone) == {"email": "c@example.com"}


@pytest.mark.parametrize("words", ["my e-mail is b@example.com", "no, my e-mail is b@example.com"])
async def test_lead_5_a_persons_value_stays_and_the_other_is_a_suggestion(database_url: str, words: str) -> None:
    """LEAD-5: what an operator typed outranks what the bot understands, a correction included."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _says(shop, phone, FAMILY)
        await _operator_types(shop, phone, "email", "typed@example.com")
        await _says(shop, phone, words)

        assert (await known(shop, phone))["email"] == "typed@example.com"
        assert await suggested(shop, phone) == {"email": "b@example.com"}
        change = (await shop.fetch("SELECT * FROM lead_change WHERE field = 'email' ORDER BY id DESC LIMIT 1"))[0]
        assert change["new"] is None
        assert json.loads(change["suggestion"])["value"] == "b@example.com"
        assert "a person's value stays" in change["reason"]


@fault(58)
async def test_lead_5_what_an_operator_types_while_the_bot_thinks_is_not_overwritten(database_url: str) -> None:
    """LEAD-5: the turn was decided on the state before; it is beaten, and decides again on the same facts."""
    typed: list[Phone] = []
    reads: list[str] = []

    async def read(flow: Flow, message: Message, context: Context) -> Reading:
        reads.append(message.text)
        if message.text.startswith("my e-mail"):
            await _operator_types(shop, typed[0], "email", "typed@example.com")
        return await read_with_rules(flow, message, context)

    async with open_shop(database_url, read=read) as shop:
        phone = shop.phone()
        typed.append(phone)
        await _says(shop, phone, FAMILY, "my e-mail is b@example.com")

        assert reads == [FAMILY, "my e-mail is b@example.com"]
        assert (await known(shop, phone))["email"] == "typed@example.com"
        assert await suggested(shop, phone) == {"email": "b@example.com"}
        assert len(phone.texts) == 2


async def test_lead_5_a_field_that_an_operator_filled_is_not_asked(database_url: str) -> None:
    """LEAD-5: the next question is another one, also where this one was pending."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _says(shop, phone, FAMILY)
        await _operator_types(shop, phone, "sponsor_status", "owner")
        await _operator_types(shop, phone, "family_location", "inside")
        await _says(shop, phone, "what now")

        assert "nationality" in phone.texts[-1]
        assert (await known(shop, phone))["sponsor_status"] == "owner"


async def _says(shop: Shop, phone: Phone, *texts: str) -> None:
    for text in texts:
        phone.says(text)
        await shop.settle()


async def _put_service_type(shop: Shop) -> int:
    service_id: int = await shop.value(
        """
        INSERT INTO service_type (flow_name, enum, label) VALUES ('business-services', 'FAMILY_VISA', 'Family visa')
        RETURNING id
        """
    )
    await shop.process.directory.refresh()
    return service_id


async def _operator_types(shop: Shop, phone: Phone, name: str, value: str) -> None:
    conversation = await shop.conversation_of(phone)
    flow = await shop.process.directory.flow("business-services", 1)
    lead_id, now = conversation["lead_id"], shop.clock()
    await edit_lead(
        shop.process.db, shop.bucket, lead_id, conversation["id"], {name: value}, None, flow, {}, "amal", now
    )
