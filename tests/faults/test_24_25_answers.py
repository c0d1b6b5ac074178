"""Faults 24, 25: answers without a verdict, accepted or not; and storms of refusals, which cost time alone."""

from datetime import timedelta
from itertools import pairwise

import aiohttp

from faults.afterwards import breaches_of
from support.deaths import succeed
from support.faults import fault
from support.records import count
from support.shop import Shop, open_shop
from support.talk import accepted, answer_by_hand, hear, owe, replies, requests
from surereply.admin.settle import discard
from surereply.domain.line import LineSettings
from surereply.lab.faults import Fault, Harm, Rule, code
from surereply.lab.graph import Manners
from surereply.lab.limits import Limits
from surereply.lab.lines import make_lines
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting

SILENT = Reporting(stages=())
FAMILY = "Hello, I need a family visa"
PERSON = "I want to talk to a human please"
HANDED_OVER = "Thank you. One of our consultants is taking over and will answer you here."

NO_VERDICT = {
    f"{name}, {'accepted' if taken else 'not accepted'}": Fault(
        harm, accepted=taken, http_status=http_status, code=number, reporting=SILENT
    )
    for name, harm, http_status, number in (
        *((str(status), Harm.HTTP_STATUS, status, 0) for status in (500, 502, 503, 504)),
        *((f"code {number}", Harm.CODE, 0, number) for number in (1, 2, 131000, 131016, 987654)),
        ("200 with broken JSON", Harm.BROKEN_JSON, 0, 0),
        ("200 without an id", Harm.NO_ID, 0, 0),
    )
    for taken in (True, False)
}


@fault(24)
async def test_no_answer_without_a_verdict_is_sent_again_accepted_or_not(database_url: str) -> None:
    """All of them in doubt; the echo settles what was accepted, a person the rest; one request for each."""
    async with open_shop(database_url, processes=2) as shop:
        phones = {name: shop.phone(f"9715000{number:05d}") for number, name in enumerate(NO_VERDICT)}
        for name, phone in phones.items():
            await hear(shop, phone, FAMILY)
            shop.world.graph.faults.script(phone.address, [NO_VERDICT[name]])
        await shop.process.respond()

        await shop.process.dispatch()
        await succeed(shop)
        shop.clock.advance(minutes=50)
        await shop.settle()
        in_doubt = {name: [row["status"] for row in await replies(shop, phone)] for name, phone in phones.items()}
        for name, phone in phones.items():
            await _decide(shop, phone, taken=NO_VERDICT[name].lets_through)
        await shop.settle()

        assert in_doubt == {name: ["UNKNOWN"] for name in phones}
        ended = {name: [(r["status"], r["resolution"]) for r in await replies(shop, p)] for name, p in phones.items()}
        settled = {True: [("SENT", "echoed")], False: [("UNKNOWN", "discarded")]}
        assert ended == {name: settled[NO_VERDICT[name].lets_through] for name in phones}
        assert [len(requests(shop, phone)) for phone in phones.values()] == [1] * len(phones)
        assert await breaches_of(shop) == []


async def _decide(shop: Shop, phone: Phone, *, taken: bool) -> None:
    """WhatsApp reports what it took; of the rest a person finds nothing in the chat."""
    if taken:
        shop.world.tell_report(accepted(shop, phone)[0], "delivered")
        return
    reply = (await replies(shop, phone))[0]
    await discard(shop.process.db, shop.bucket, reply["id"], "Nadia", shop.clock())


STORM_SECONDS = 45
CUSTOMERS = 30
CROWD = 100


@fault(25)
async def test_a_storm_of_130429_slows_the_line_down_and_loses_nothing(database_url: str) -> None:
    """Everything is refused for 45 s: we ask less and less, other lines go on, and all of it leaves once, in order."""
    first, second = make_lines(2)
    async with open_shop(database_url, lab_lines=(first, second), processes=2) as shop:
        _patient(shop)
        phones = [shop.phone(f"97150000{number:04d}", line=first) for number in range(CUSTOMERS)]
        others = [shop.phone(f"97150011{number:04d}", line=second) for number in range(CUSTOMERS)]
        for phone in (*phones, *others):
            await hear(shop, phone, FAMILY)
        await shop.process.respond()
        storm = Rule(
            code(130429),
            phone_number_id=first.phone_number_id,
            until=shop.clock() + timedelta(seconds=STORM_SECONDS),
        )
        shop.world.graph.faults.add(storm)

        asked = [await _a_second(shop, first.phone_number_id) for _ in range(STORM_SECONDS)]
        on_the_phones = sum(len(phone.texts) for phone in phones)
        on_the_others = [len(phone.texts) for phone in others]
        for _ in range(120):
            await _a_second(shop, first.phone_number_id)
        await shop.settle(wait=timedelta())

        assert on_the_phones == 0
        assert on_the_others == [1] * CUSTOMERS
        assert sum(asked) < 4 * CUSTOMERS
        assert sum(asked[-10:]) <= 10
        assert [len(phone.texts) for phone in phones] == [1] * CUSTOMERS
        assert await count(shop, "reply", "status <> 'SENT'") == 0
        assert await breaches_of(shop) == []


@fault(25)
async def test_a_storm_of_131056_holds_the_one_conversation_in_its_order(database_url: str) -> None:
    """WhatsApp's pair limit, reached by somebody else who uses the number: 1, 4, 16 … s, and nobody else waits."""
    async with open_shop(database_url, processes=2) as shop:
        held, other = shop.phone("971500000001"), shop.phone("971500000002")
        await owe(shop, held, PERSON)
        await answer_by_hand(shop, held, "I am Nadia")
        until = shop.clock() + timedelta(seconds=40)
        shop.world.graph.faults.add(Rule(code(131056), recipient=held.address, until=until))
        began = shop.clock()
        await owe(shop, other, FAMILY)

        asked_at = []
        for _ in range(100):
            before = len(requests(shop, held))
            await _a_second(shop, held.line.phone_number_id)
            if len(requests(shop, held)) > before:
                asked_at.append(round((requests(shop, held)[-1].received_at - began).total_seconds()))
            if len(asked_at) == 1:
                assert len(other.texts) == 1
        await shop.settle(wait=timedelta())

        pauses = [later - earlier for earlier, later in pairwise(asked_at)]
        assert pauses[:4] == [1, 4, 16, 64]
        assert held.texts == [HANDED_OVER, "I am Nadia"]
        assert await breaches_of(shop) == []


@fault(25)
async def test_a_line_that_may_send_less_than_it_thinks_still_sends_all_of_it_once(database_url: str) -> None:
    """WhatsApp lets it send 20 in a second, its settings say 40: refused again and again, and nobody is left out."""
    settings = LineSettings(messages_per_second=40)
    async with open_shop(database_url, settings=settings, processes=2) as shop:
        _patient(shop)
        phones = [shop.phone(f"97150000{number:04d}") for number in range(CROWD)]
        for phone in phones:
            await hear(shop, phone, FAMILY)
        await shop.process.respond()
        shop.world.graph.change_manners(Manners(limits=Limits(per_second=20, pair=True)))

        for _ in range(90):
            await _a_second(shop, shop.world.lines[0].phone_number_id)
        await shop.settle(wait=timedelta())

        refused = [entry for entry in shop.world.graph.ledger.entries if not entry.accepted]
        assert {entry.answer for entry in refused} <= {"400 130429"}
        assert len(refused) < 2 * CROWD
        assert [len(phone.texts) for phone in phones] == [1] * CROWD
        assert await breaches_of(shop) == []


def _patient(shop: Shop) -> None:
    """A crowd on a busy machine is no fault of WhatsApp's."""
    for process in shop.processes:
        process.client.timeout = aiohttp.ClientTimeout(total=60)


async def _a_second(shop: Shop, phone_number_id: str) -> int:
    """All processes send what may leave in this second; how many requests the line made."""
    before = len(shop.world.graph.ledger)
    for process in shop.processes:
        await process.dispatch()
    entries = shop.world.graph.ledger.entries[before:]
    shop.clock.advance(seconds=1)
    return sum(entry.phone_number_id == phone_number_id for entry in entries)
