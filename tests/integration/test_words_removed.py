"""Words that a line keeps no longer are removed: of conversations at rest alone, and so that everything still holds."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID

import asyncpg
import pytest

from support.commands import SECRET_KEY
from support.invariants import broken_invariants, look, moved_back
from support.shop import Shop, open_shop
from support.talk import owe
from support.transcriber import open_transcriber
from surereply.admin import handover, retention
from surereply.admin.lead import edit_lead
from surereply.admin.refused import Refused
from surereply.domain.lead import Stage
from surereply.lab.faults import Harm, lost
from surereply.store import words
from surereply.store.erased_keys import wamid_hash
from surereply.store.erasure import erase
from surereply.store.person import person_of
from surereply.store.word_removal import ROUND_EVERY

DAYS = 30
SECRET = "zanzibar"  # a word that is looked for in every column
WORDS = ("Hello, I need a family visa", "I am employed in zanzibar")


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    async with open_shop(database_url) as opened:
        yield opened


async def talked(shop: Shop, *texts: str, number: str = "971501234567") -> UUID:
    phone = shop.phone(number)
    for text in texts or WORDS:
        phone.says(text)
        await shop.settle()
    await shop.execute("DELETE FROM conversation_ticket WHERE unread_due_at IS NULL")  # follow-ups were sent long ago
    await shop.process.bookkeeper.fill_cards_once()
    found = await shop.conversation_of(phone)
    assert isinstance(found["id"], UUID)
    return found["id"]


async def keep_for(shop: Shop, days: int | None = DAYS) -> None:
    refused = await retention.set_retention(shop.process.db, line_of(shop), days, "Layla", shop.clock())
    assert refused is None
    await shop.process.directory.refresh()


def line_of(shop: Shop) -> Any:
    return shop.process.directory.lines()[0]


async def remove(shop: Shop) -> None:
    """A whole round."""
    shop.clock.advance(seconds=ROUND_EVERY.total_seconds())
    while await shop.process.bookkeeper.remove_words_once():
        pass


async def said(shop: Shop) -> list[str]:
    return [row["text"] for row in await shop.fetch("SELECT text FROM message ORDER BY id")]


async def places_of(shop: Shop, word: str) -> set[str]:
    """Tables in which the word stands, in any column, however it is written there."""
    tables = await shop.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace"
    )
    found = set()
    for name in (row["relname"] for row in tables):
        rows = await shop.fetch(f'SELECT t::text AS row FROM "{name}" t')
        hidden = word.encode().hex()
        if any(word in row["row"] or hidden in row["row"] for row in rows):
            found.add(name)
    return found


async def holds(shop: Shop) -> list[str]:
    connection = await asyncpg.connect(shop.url)
    try:
        return await broken_invariants(connection.fetch)
    finally:
        await connection.close()


async def test_what_was_said_in_voice_notes_and_shown_in_files_goes_with_it(database_url: str) -> None:
    """And what lies in a folder is removed by its ticket."""
    async with open_transcriber() as heard, open_shop(database_url, environment=heard.environment) as shop:
        phone = shop.phone("971501234567")
        phone.sends_voice(WORDS[1])
        phone.sends_photo()
        await shop.settle()
        await shop.process.keep_files()
        kept = await shop.value("SELECT count(*) FROM transcript"), await shop.value("SELECT count(*) FROM media_file")
        await talked(shop)
        await shop.execute("UPDATE turn SET model = '{}'")
        await keep_for(shop)
        shop.clock.advance(days=DAYS + 1)
        await remove(shop)

        assert kept == (1, 2)
        assert await places_of(shop, SECRET) <= {"lead", "lead_change", "conversation"}  # as the value of a field
        for table in ("transcript", "media_file", "media_part", "media_ticket"):
            assert await shop.value(f"SELECT count(*) FROM {table}") == 0
        assert await shop.value("SELECT count(*) FROM turn WHERE model IS NOT NULL") == 0


async def test_what_is_older_goes_from_every_table(shop: Shop) -> None:
    words_of_a_fact = "family visa"
    await talked(shop)
    before = await places_of(shop, words_of_a_fact)
    said_once = await places_of(shop, SECRET)
    await keep_for(shop)
    shop.clock.advance(days=DAYS + 1)
    await remove(shop)

    assert {"message", "turn", "lead", "lead_change", "conversation"} <= before
    assert {"message", "conversation_card"} <= said_once
    assert await places_of(shop, words_of_a_fact) == {"flow_version"}
    assert await places_of(shop, SECRET) == set()
    assert set(await said(shop)) == {""}
    bodies = await shop.fetch("SELECT body ->> 'text' AS text FROM reply")
    assert {row["text"] for row in bodies} == {""}
    assert await shop.value("SELECT count(*) FROM turn WHERE readings <> '[]'") == 0
    assert await shop.value("SELECT count(*) FROM send_attempt WHERE record <> '{}'") == 0


async def test_what_stays_keeps_every_invariant_and_moves_nothing_back(shop: Shop) -> None:
    conversation_id = await talked(shop)
    await keep_for(shop)
    before = await look(shop.fetch)
    counts = "SELECT (SELECT count(*) FROM message), (SELECT count(*) FROM reply), (SELECT count(*) FROM turn)"
    counted = tuple((await shop.fetch(counts))[0].values())
    shop.clock.advance(days=DAYS + 1)
    await remove(shop)

    assert moved_back(before, await look(shop.fetch)) == []
    assert await holds(shop) == []
    assert tuple((await shop.fetch(counts))[0].values()) == counted
    assert await shop.value("SELECT count(*) FROM reply_key WHERE conversation_id = $1", conversation_id) > 0
    assert await shop.value("SELECT fields ->> 'service' IS NOT NULL FROM lead")


async def test_what_is_younger_stays(shop: Shop) -> None:
    await talked(shop, "an old word")
    await keep_for(shop)
    shop.clock.advance(days=DAYS - 1)
    await remove(shop)

    assert await said(shop) == ["an old word"]


async def test_of_a_lead_that_is_decided_the_old_words_go_and_the_new_ones_stay(shop: Shop) -> None:
    conversation_id = await talked(shop, "an old word")
    await keep_for(shop)
    await decide(shop, conversation_id)
    shop.clock.advance(days=DAYS)
    await talked(shop, "a new word")
    await decide(shop, conversation_id)
    await remove(shop)

    assert await said(shop) == ["", "a new word"]


async def decide(shop: Shop, conversation_id: UUID) -> None:
    lead = (
        await shop.fetch("SELECT * FROM lead WHERE conversation_id = $1 ORDER BY id DESC LIMIT 1", conversation_id)
    )[0]
    flow = await shop.process.directory.flow(lead["flow_name"], lead["flow_version"])
    await edit_lead(
        shop.process.db, shop.bucket, lead["id"], conversation_id, {}, Stage.WON, flow, {}, "Layla", shop.clock()
    )


async def test_a_lead_in_progress_keeps_its_old_words(shop: Shop) -> None:
    await talked(shop, "I need a family visa")
    await keep_for(shop)
    shop.clock.advance(days=DAYS)
    await talked(shop, "sorry, I was away")
    await remove(shop)

    assert await said(shop) == ["I need a family visa", "sorry, I was away"]


async def test_a_conversation_that_a_person_has_is_not_touched(shop: Shop) -> None:
    conversation_id = await talked(shop)
    await keep_for(shop)
    await handover.take_over(shop.process.db, shop.bucket, conversation_id, "Layla", shop.clock())
    shop.clock.advance(days=DAYS + 1)
    await remove(shop)

    assert await said(shop) == list(WORDS)


async def test_a_reply_in_doubt_keeps_its_conversation(shop: Shop) -> None:
    phone = shop.phone()
    await owe(shop, phone)
    shop.world.graph.faults.script(phone.address, [lost(Harm.RESET, accepted=False)])
    await shop.process.dispatch()
    await shop.execute("DELETE FROM conversation_ticket")
    status = await shop.value("SELECT status FROM reply_ticket")
    await keep_for(shop)
    shop.clock.advance(days=DAYS + 1)
    await remove(shop)

    assert status == "UNKNOWN"
    assert "" not in await said(shop)


@pytest.mark.parametrize(
    "work",
    [
        "INSERT INTO conversation_ticket (bucket, conversation_id, line_id, wake_at, wake_cause)"
        " SELECT bucket, id, line_id, now(), 'follow_up' FROM conversation",
        "INSERT INTO unread (bucket, conversation_id, message_id, received_at)"
        " SELECT bucket, conversation_id, id, received_at FROM message LIMIT 1",
        "INSERT INTO reply_ticket (bucket, conversation_id, reply_id, line_id, status, reply_type, due_at, since)"
        " SELECT r.bucket, r.conversation_id, r.id, c.line_id, 'FAILED', r.reply_type, now(), now()"
        " FROM reply r JOIN conversation c ON c.id = r.conversation_id LIMIT 1",
        "INSERT INTO merge_ticket (bucket, conversation_id, into_id, evidence, created_at)"
        " SELECT bucket, id, '00000000-0000-0000-0000-000000000001', 'w', now() FROM conversation",
        "UPDATE reply SET status = 'UNKNOWN', resolution = NULL",
    ],
)
async def test_open_work_of_any_kind_keeps_a_conversation(shop: Shop, work: str) -> None:
    await talked(shop)
    await keep_for(shop)
    await shop.execute(work)
    shop.clock.advance(days=DAYS + 1)
    await remove(shop)

    assert await said(shop) == list(WORDS)


async def test_a_conversation_that_somebody_works_on_is_left_for_the_next_round(shop: Shop) -> None:
    conversation_id = await talked(shop)
    await keep_for(shop)
    shop.clock.advance(days=DAYS + 1)
    rival = await asyncpg.connect(shop.url)
    try:
        async with rival.transaction():
            await rival.execute("SELECT FROM conversation WHERE id = $1 FOR NO KEY UPDATE", conversation_id)
            await remove(shop)
            meanwhile = await said(shop)
    finally:
        await rival.close()
    await remove(shop)

    assert meanwhile == list(WORDS)
    assert set(await said(shop)) == {""}


async def test_done_again_it_does_nothing_and_notes_nothing(shop: Shop) -> None:
    await talked(shop)
    await keep_for(shop)
    shop.clock.advance(days=DAYS + 1)
    await remove(shop)
    await remove(shop)

    acts = await shop.fetch(
        "SELECT operator, detail::jsonb ->> 'messages' AS messages FROM act WHERE name = 'remove_words'"
    )
    assert [(row["operator"], row["messages"]) for row in acts] == [("surereply", "2")]


async def test_cut_off_half_way_nothing_is_half_done_and_the_next_one_does_it_all(shop: Shop) -> None:
    for number in range(3):
        await talked(shop, number=f"97150000000{number}")
    await keep_for(shop)
    shop.clock.advance(days=DAYS + 1, seconds=ROUND_EVERY.total_seconds())
    ours = """
        SELECT pid FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'surereply test' AND pid <> pg_backend_pid()
        """
    rival = await asyncpg.connect(shop.url)
    try:
        async with rival.transaction():
            # The last thing that is written: whoever comes so far has overwritten everything, and committed nothing.
            await rival.execute("LOCK TABLE act IN ACCESS EXCLUSIVE MODE")
            removing = asyncio.create_task(shop.process.bookkeeper.remove_words_once())
            async with asyncio.timeout(10):
                while not await rival.fetchval(  # noqa: ASYNC110 - the server does it
                    "SELECT count(*) FROM pg_locks WHERE relation = 'act'::regclass AND NOT granted"
                ):
                    await asyncio.sleep(0.01)
            for row in await rival.fetch(ours):
                await rival.execute("SELECT pg_terminate_backend($1)", row["pid"])
            with pytest.raises((asyncpg.PostgresError, OSError, asyncpg.InterfaceError)):
                await removing
        half_way = await said(shop)
    finally:
        await rival.close()
    await remove(shop)

    assert half_way == [word for _ in range(3) for word in WORDS]
    assert set(await said(shop)) == {""}
    assert await holds(shop) == []


async def test_two_at_once_share_a_round_without_waiting_or_doing_it_twice(shop: Shop) -> None:
    for number in range(4):
        await talked(shop, number=f"97150000000{number}")
    other = await shop.start()
    await keep_for(shop)
    await other.directory.refresh()
    shop.clock.advance(days=DAYS + 1)
    shop.clock.advance(seconds=ROUND_EVERY.total_seconds())

    await asyncio.gather(*(one.bookkeeper.remove_words_once() for one in (shop.process, other)))
    await remove(shop)

    removed = await shop.value("SELECT sum((detail ->> 'messages')::integer) FROM act WHERE name = 'remove_words'")
    assert (removed, set(await said(shop))) == (8, {""})


async def test_an_endless_conversation_goes_piece_by_piece(shop: Shop) -> None:
    await talked(shop, *(f"word {number}" for number in range(5)))
    await keep_for(shop)
    shop.clock.advance(days=DAYS + 1, seconds=ROUND_EVERY.total_seconds())
    with patch.object(words, "MOST_MESSAGES", 2):
        await shop.process.bookkeeper.remove_words_once()
        first = await said(shop)
        while await shop.process.bookkeeper.remove_words_once():
            pass

    assert first == ["", "", "word 2", "word 3", "word 4"]
    assert set(await said(shop)) == {""}


async def test_without_a_number_of_days_everything_stays(shop: Shop) -> None:
    await talked(shop)
    shop.clock.advance(days=4000)
    await remove(shop)
    await keep_for(shop)
    await keep_for(shop, None)
    await remove(shop)

    assert await said(shop) == list(WORDS)


async def test_the_dry_run_counts_what_then_goes_and_changes_nothing(shop: Shop) -> None:
    await talked(shop)
    await handover.take_over(
        shop.process.db, shop.bucket, await talked(shop, number="971509999999"), "Layla", shop.clock()
    )
    shop.clock.advance(days=DAYS + 1)
    now = shop.clock()
    counted = await retention.what_would_go(shop.process.db, line_of(shop), DAYS, now)
    after_counting = await said(shop)
    await keep_for(shop)
    await remove(shop)

    assert not isinstance(counted, Refused)
    removed = (await shop.fetch("SELECT detail FROM act WHERE name = 'remove_words'"))[0]["detail"]
    assert f'"messages": {counted.messages}' in removed
    assert f'"replies": {counted.replies}' in removed
    assert (counted.conversations, counted.messages) == (1, 2)
    assert after_counting == [*WORDS, *WORDS]


@pytest.mark.parametrize("days", [-1, 0, 1, 7, 3651])
async def test_too_few_days_are_refused_in_one_clear_line(shop: Shop, days: int) -> None:
    refused = await retention.set_retention(shop.process.db, line_of(shop), days, "Layla", shop.clock())

    assert isinstance(refused, Refused)
    assert refused.sentence == (
        "words are kept for 8 to 3650 days, or for good: WhatsApp may repeat a delivery for 7 days"
    )
    assert await shop.value("SELECT settings ->> 'retention_days' FROM line") is None


async def test_a_message_that_is_repeated_as_late_as_whatsapp_may_is_still_known(shop: Shop) -> None:
    await talked(shop, "hello")
    await keep_for(shop, 8)
    shop.clock.advance(days=8, hours=1)
    await remove(shop)
    gone = await said(shop)
    wamid = await shop.value("SELECT wamid FROM message")

    assert gone == [""]
    assert await shop.value("SELECT count(*) FROM inbound_key WHERE wamid = $1", wamid) == 1


async def test_a_customer_who_comes_back_is_answered(shop: Shop) -> None:
    await talked(shop)
    await keep_for(shop)
    shop.clock.advance(days=DAYS + 1)
    await remove(shop)
    phone = shop.phone()
    before = len(phone.texts)
    await talked(shop, "Hello again, are you there?")

    assert len(phone.texts) > before
    assert await holds(shop) == []


async def test_who_lost_their_words_can_still_be_erased(shop: Shop) -> None:
    conversation_id = await talked(shop)
    await keep_for(shop)
    shop.clock.advance(days=DAYS + 1)
    await remove(shop)
    async with shop.process.db.transaction() as tx:
        person = await person_of(tx, shop.bucket, conversation_id)
        assert person is not None
        await erase(tx, person, wamid_hash(SECRET_KEY), "Layla", shop.clock())

    assert await places_of(shop, "971501234567") == set()
    assert await holds(shop) == []


async def test_bytes_that_were_not_understood_go_once_somebody_looked_at_them(shop: Shop) -> None:
    number = line_of(shop).phone_number_id
    await keep_for(shop)
    for resolved in ("NULL", "now()"):
        await shop.execute(
            "INSERT INTO quarantine (bucket, id, delivery_id, phone_number_id, reason, raw, digest, received_at,"
            f" resolved_at) VALUES ($1, $2, $2, $3, 'odd', 'bytes', $4, now(), {resolved})",
            shop.bucket,
            UUID(int=len(resolved)),
            number,
            resolved.encode(),
        )
    await talked(shop)
    await remove(shop)

    rows = await shop.fetch("SELECT resolved_at IS NULL AS open, raw FROM quarantine")
    assert {row["open"]: row["raw"] for row in rows} == {True: b"bytes", False: b""}


async def test_what_is_searched_for_is_gone_from_the_inbox_and_names_stay(shop: Shop) -> None:
    await talked(shop, f"the word is {SECRET}")
    found = "SELECT count(*) FROM conversation_card WHERE words @@ to_tsquery('simple', $1)"
    before = await shop.value(found, SECRET)
    await keep_for(shop)
    shop.clock.advance(days=DAYS + 1)
    await remove(shop)
    await shop.process.bookkeeper.fill_cards_once()

    assert (before, await shop.value(found, SECRET)) == (1, 0)
    assert await shop.value(found, "971501234567") == 1
    assert timedelta(0) < shop.clock() - await shop.value("SELECT at FROM conversation_card")
