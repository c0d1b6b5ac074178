"""LEAD-6 to LEAD-10: at the same moment, in lists, over months, and what a customer will not tell."""

import asyncio
import json
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from support.records import at_rest, count, counts, known, lead_of, unexplained
from support.rivals import Rival, somebody_waits
from support.shop import START, Process, Shop, open_shop
from support.talk import SlowReader
from support.webhooks import body_with, post, post_at_once, work_at_once
from surereply.domain.message import Identifier, IdentifierKind
from surereply.lab.phones import Phone
from surereply.store.contacts import Address, resolve

FAMILY = "Hello, I need a family visa"
MAIL, NAME = "My e-mail is a@example.com", "My name is Omar Haddad"
BOTH = {"email": "a@example.com", "full_name": "Omar Haddad"}


async def test_lead_6_two_messages_at_the_same_moment_fill_two_fields(database_url: str) -> None:
    """LEAD-6: on several servers, with all of them taking turns at the same time."""
    async with open_shop(database_url, processes=3) as shop:
        phone = shop.phone()
        phone.says(FAMILY)
        await shop.settle()
        bodies = [body_with(phone.says(words)) for words in (MAIL, NAME)]
        await post_at_once(shop, bodies, copies=3)
        shop.clock.advance(seconds=10)
        await work_at_once(shop)

        assert BOTH.items() <= (await known(shop, phone)).items()
        assert len(phone.texts) == 2
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def test_lead_6_a_message_that_comes_while_another_is_read_is_read_on_top_of_it(database_url: str) -> None:
    """LEAD-6: nobody else takes the conversation meanwhile, and the second turn sees what the first wrote."""
    reader = SlowReader(MAIL)
    async with open_shop(database_url, processes=2, read=reader) as shop:
        slow, other = shop.processes
        phone = shop.phone()
        await _thinks_about_the_mail(shop, reader, slow, phone)
        await post(shop, body_with(phone.says(NAME)))
        shop.clock.advance(seconds=10)
        taken_meanwhile = await other.respond()
        reader.let_go(MAIL)
        await slow.responder.drain()
        await shop.settle()

        assert taken_meanwhile == 0
        assert BOTH.items() <= (await known(shop, phone)).items()
        versions = await shop.fetch("SELECT state_version FROM turn ORDER BY id")
        assert [row["state_version"] for row in versions] == [1, 2, 3]
        assert await unexplained(shop) == []


async def test_lead_6_a_worker_that_lost_its_lease_wipes_nothing(database_url: str) -> None:
    """LEAD-6: it wakes up after another one wrote both fields; what it knows is old, and changes nothing."""
    reader = SlowReader(MAIL)
    async with open_shop(database_url, processes=2, read=reader) as shop:
        slow, other = shop.processes
        phone = shop.phone()
        await _thinks_about_the_mail(shop, reader, slow, phone)
        await post(shop, body_with(phone.says(NAME)))
        shop.clock.advance(seconds=31)
        reader.let_go(MAIL)
        await other.responder.respond_once()
        await asyncio.gather(other.responder.drain(), slow.responder.drain())
        await shop.settle()

        assert BOTH.items() <= (await known(shop, phone)).items()
        assert len(phone.texts) == 2
        assert await count(shop, "collision") == 0
        assert await unexplained(shop) == []
        assert await at_rest(shop)


async def _thinks_about_the_mail(shop: Shop, reader: SlowReader, slow: Process, phone: Phone) -> None:
    phone.says(FAMILY)
    await shop.settle()
    await post(shop, body_with(phone.says(MAIL)))
    shop.clock.advance(seconds=10)
    await reader.think(slow, MAIL)


async def test_lead_6_a_field_that_is_just_being_written_by_a_person_is_kept(database_url: str) -> None:
    """LEAD-6: the turn waits for the conversation's lock, finds itself beaten, and decides again on the same facts."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        phone.says(FAMILY)
        await shop.settle()
        conversation = await shop.conversation_of(phone)
        await post(shop, body_with(phone.says(MAIL)))
        shop.clock.advance(seconds=10)
        rival = await asyncpg.connect(database_url)
        async with rival.transaction():
            await _write_name(rival, conversation["id"], conversation["lead_id"])
            await shop.process.responder.respond_once()
            await somebody_waits(rival)
        await rival.close()
        await shop.process.responder.drain()
        await shop.settle()

        assert BOTH.items() <= (await known(shop, phone)).items()
        assert (await shop.conversation_of(phone))["state_version"] == 3
        assert len(phone.texts) == 2


async def test_lead_7_the_first_messages_of_a_customer_at_the_same_moment_make_one_of_each(database_url: str) -> None:
    """LEAD-7: one contact, one conversation, one lead, whatever server takes which message."""
    async with open_shop(database_url, processes=3) as shop:
        phone = shop.phone()
        words = (FAMILY, MAIL, NAME, "I am employed", "My family is abroad", "Hello?")
        bodies = [body_with(phone.says(text)) for text in words]
        answers = await post_at_once(shop, bodies)
        shop.clock.advance(seconds=10)
        await work_at_once(shop)

        assert answers == {200}
        assert await counts(shop, "contact", "conversation", "lead", "identifier", "turn") == {
            "contact": 1, "conversation": 1, "lead": 1, "identifier": 1, "turn": 1,
        }  # fmt: skip
        assert len(phone.texts) == 1
        assert BOTH.items() <= (await known(shop, phone)).items()
        assert await unexplained(shop) == []


async def test_lead_7_also_where_the_messages_name_the_customer_differently(database_url: str) -> None:
    """LEAD-7: by number, by BSUID, by both, all at once: one conversation answers in the end."""
    async with open_shop(database_url, processes=3) as shop:
        phone = shop.phone("971501234567", bsuid="AE.13491208655302741918")
        bodies = []
        for shows, text in ((("n",), FAMILY), (("b",), MAIL), (("n", "b"), NAME)):
            phone.shows_number, phone.shows_bsuid = "n" in shows, "b" in shows
            bodies.append(body_with(phone.says(text)))
        answers = await post_at_once(shop, bodies, copies=2)
        shop.clock.advance(seconds=10)
        await shop.settle()

        assert answers == {200}
        assert await count(shop, "contact", "merged_into IS NULL") == 1
        assert await count(shop, "lead", "closed_at IS NULL") == 1
        assert len(phone.texts) == 1
        assert BOTH.items() <= (await known(shop, phone)).items()
        assert await at_rest(shop)


@pytest.mark.parametrize("rival_commits", [True, False])
async def test_lead_7_a_contact_that_a_rival_is_just_making_is_waited_for(
    database_url: str, rival_commits: bool
) -> None:
    """LEAD-7: if the rival commits, the contact is theirs; if it does not, it is ours."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        line_id = await shop.value("SELECT id FROM line")
        named = Address(shop.bucket, line_id, (Identifier(IdentifierKind.PHONE, phone.address),))
        rival = await asyncpg.connect(database_url)
        transaction = rival.transaction()
        await transaction.start()
        theirs = (await resolve(rival, [named], shop.clock()))[named]
        ours = asyncio.create_task(post(shop, body_with(phone.says(FAMILY))))
        await somebody_waits(rival)
        await (transaction.commit() if rival_commits else transaction.rollback())
        answer = await ours
        await rival.close()
        await shop.settle()

        assert answer == 200
        assert await counts(shop, "contact", "conversation", "lead") == {"contact": 1, "conversation": 1, "lead": 1}
        conversation = await shop.conversation_of(phone)
        assert (conversation["id"] == theirs.conversation_id) == rival_commits
        assert len(phone.texts) == 1


async def test_lead_8_two_expiry_dates_are_both_kept(database_url: str) -> None:
    """LEAD-8: in one message, and one more in a later one."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _says(shop, phone, "I want to renew my visa", "15 March 2027 and 20 April 2027")
        two = (await known(shop, phone))["visa_expiry"]
        await _says(shop, phone, "20 April 2029", "visa expires 1 June 2027")

        fields = await known(shop, phone)
        changes = await shop.fetch("SELECT old, new FROM lead_change WHERE field = 'visa_expiry' ORDER BY id")
        assert two == ["2027-03-15", "2027-04-20"]
        assert fields["visa_expiry"] == ["2027-03-15", "2027-04-20", "2027-06-01"]
        assert fields["passport_expiry"] == ["2029-04-20"]
        assert json.loads(changes[-1]["old"])["value"] == two
        assert "nationality" in phone.texts[-1]


async def test_lead_8_dates_of_two_kinds_do_not_mix(database_url: str) -> None:
    """LEAD-8: the visa's and the passport's, in one message."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _says(
            shop, phone, "I want to renew my visa", "visa expires 15 March 2027, passport expires 20 April 2029"
        )

        fields = await known(shop, phone)
        assert (fields["visa_expiry"], fields["passport_expiry"]) == (["2027-03-15"], ["2029-04-20"])


async def test_lead_9_a_lead_older_than_thirty_days_goes_on_in_the_middle_of_a_conversation(database_url: str) -> None:
    """LEAD-9: it is open, so it is never replaced by an empty one, however long the customer takes."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _says(shop, phone, FAMILY, "I am employed")
        before, asked = await lead_of(shop, phone), await shop.conversation_of(phone)
        shop.clock.advance(days=45)
        await _says(shop, phone, "My family is abroad")

        after, conversation = await lead_of(shop, phone), await shop.conversation_of(phone)
        assert after["id"] == before["id"]
        assert await count(shop, "lead") == 1
        told = {"service": "FAMILY_VISA", "sponsor_status": "employee", "family_location": "outside"}
        assert told.items() <= (await known(shop, phone)).items()
        assert conversation["questions_asked_count"] == asked["questions_asked_count"] + 1
        assert "nationality" in phone.texts[-1]
        assert "welcome" not in phone.texts[-1]


async def test_lead_9_who_comes_back_months_after_the_closing_gets_a_new_lead_with_a_new_budget(
    database_url: str,
) -> None:
    """LEAD-9: it takes over what belongs to the person, and nothing of the old enquiry."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _says(shop, phone, MAIL, "I lost my Emirates ID", "Dubai", "Omar Haddad")
        old = await lead_of(shop, phone)
        closed = "Here is what we noted" in phone.texts[-1]
        shop.clock.set(START + timedelta(days=80))
        await shop.process.reconciler.maintain_once()
        await _says(shop, phone, FAMILY)

        new, conversation = await lead_of(shop, phone), await shop.conversation_of(phone)
        fields = json.loads(new["fields"])
        kept = (await shop.fetch("SELECT fields, service_type_enum FROM lead WHERE id = $1", old["id"]))[0]
        assert closed
        assert new["id"] != old["id"]
        assert (new["service_type_enum"], kept["service_type_enum"]) == ("FAMILY_VISA", "EMIRATES_ID")
        assert {name: fields[name]["value"] for name in BOTH} == BOTH
        assert {fields[name]["source"] for name in BOTH} == {"carried"}
        assert "id_request" not in fields
        assert kept["fields"] == old["fields"]
        assert (conversation["questions_asked_count"], conversation["last_question_key"]) == (1, "sponsor_status")
        assert "welcome" in phone.texts[-1]
        assert await count(shop, "contact") == await count(shop, "conversation") == 1


async def test_lead_9_who_writes_again_soon_after_the_closing_is_still_in_the_same_lead(database_url: str) -> None:
    """LEAD-9: before `reopen_after` (30 days here) nothing is asked anew."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _says(shop, phone, "I lost my Emirates ID", "Dubai", "Omar Haddad")
        shop.clock.set(START + timedelta(days=20))
        await _says(shop, phone, "thank you")

        assert await count(shop, "lead") == 1
        assert "welcome" not in phone.texts[-1].lower() or "You are welcome" in phone.texts[-1]


@pytest.mark.parametrize("words", ["I don't know", "later", "I prefer not to say", "لا أعرف"])
async def test_lead_10_what_a_customer_will_not_tell_is_skipped_and_not_asked_again(
    database_url: str, words: str
) -> None:
    """LEAD-10: the field stays empty, the next question is another one, and it never comes up again."""
    async with open_shop(database_url) as shop:
        phone = shop.phone()
        await _says(shop, phone, FAMILY)
        asked_first = phone.texts[-1]
        await _says(shop, phone, words)
        then = phone.texts[-1]
        await _says(shop, phone, "My family is abroad", "Indian passport", "Omar Haddad", "thanks")

        conversation = await shop.conversation_of(phone)
        questions = await shop.fetch("SELECT question_key FROM reply WHERE reply_type IN ('question', 'clarification')")
        assert "Who sponsors?" in asked_first
        assert "Who sponsors?" not in then
        assert json.loads(conversation["state"])["skipped"] == ["sponsor_status"]
        assert [row["question_key"] for row in questions].count("sponsor_status") == 1
        assert "sponsor_status" not in await known(shop, phone)
        assert conversation["questions_asked_count"] <= 5


async def _says(shop: Shop, phone: Phone, *texts: str) -> None:
    for text in texts:
        phone.says(text)
        await shop.settle()


async def _write_name(rival: Rival, conversation_id: UUID, lead_id: UUID) -> None:
    """What a person's edit writes, under the conversation's lock, not committed yet."""
    value = {"value": "Omar Haddad", "source": "operator", "confidence": 1.0, "at": START.isoformat()}
    await rival.execute("SELECT FROM conversation WHERE id = $1 FOR NO KEY UPDATE", conversation_id)
    await rival.execute(
        "UPDATE lead SET fields = fields || jsonb_build_object('full_name', $2::jsonb) WHERE id = $1",
        lead_id,
        json.dumps(value),
    )
    await rival.execute("UPDATE conversation SET state_version = state_version + 1 WHERE id = $1", conversation_id)
