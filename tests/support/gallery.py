"""Every state of the panel that a picture is taken of: a long day of a business, its files, and what goes wrong."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from math import sin
from uuid import UUID

from support.commands import SECRET_KEY, surereply_beside
from support.models import FLOW
from support.servers import until
from support.showcase import Business, busy_day, open_business
from support.transcriber import open_transcriber
from surereply.domain.identity import new_id
from surereply.lab.faults import code
from surereply.lab.models.good import good
from surereply.lab.models.server import KEY, MODEL, ModelServer
from surereply.lab.phones import Phone, Said
from surereply.store.tallies import EDGES, floor

# What each of them writes, the next when the last was answered.
CUSTOMERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "971505556677": (
        "Daniel Okafor",
        (
            "We want to open a mainland company, 2 partners and 3 visas, as soon as possible",
            "restaurant",
            "my name is Daniel Okafor",
        ),
    ),
    "971506667788": (
        "Mei Chen",
        ("golden visa", "how much does it cost?", "investor", "around 2.5 million dirhams", "next month"),
    ),
    "971507778899": ("Rahul Sharma", ("hi i need a freelance visa, im from india", "yes im in dubai now")),
    "971508889900": ("Elena Petrova", ("Hello", "family visa pls")),
    "971509990011": ("فاطمة الزعابي", ("السلام عليكم، أريد تجديد الإقامة", "تنتهي الشهر القادم")),
    "971501112223": ("Thomas Müller", ("We need accounting and VAT services", "about 3 million dirhams a year")),
    "971502223334": ("Aisha Bello", ("visit visa for my mother", "She is from Nigeria", "30 days")),
}
STOPS, ERASED = "971503332211", "971508889900"
PAST_DAYS = 7
ASKED = ("service", "nationality", "full_name", "activity", "inside_uae", "timeline", "partners")


async def long_day(business: Business, passport: bytes) -> dict[str, str]:
    """The busy day with more customers, a week behind it, and a colleague; the address of each page, by name."""
    pages = await busy_day(business, passport)
    for number, (name, texts) in CUSTOMERS.items():
        await business.talk(business.phone(number, name), *texts)
    stopped = business.phone(STOPS, "Ivan Horvat")
    await business.talk(stopped, "Good morning, how much is an Emirates ID?", "stop")
    settled = business.phone("971501112223")
    await _count_a_week(business)
    return {
        **pages,
        "qualified": await _address(business, "971505556677"),
        "stopped": await _address(business, STOPS),
        "window-closed": await _close_window(business, settled.address),
        "failed": await _address(business, "971503334455"),
        "erased": await _address(business, ERASED),
    }


async def _address(business: Business, number: str) -> str:
    return f"/conversations/{await business.conversation(business.phone(number))}"


async def _close_window(business: Business, number: str) -> str:
    address = await _address(business, number)
    past = "UPDATE conversation SET window_from = now() - interval '26 hours' WHERE id = $1::uuid"
    await business.execute(past, address.rpartition("/")[2])
    return address


async def _count_a_week(business: Business) -> None:
    """Tallies of the days before, so that the charts have something to show: busy by day, quiet by night."""
    line = UUID(str(await business.value("SELECT id FROM line")))
    bucket = await business.value("SELECT bucket FROM line")
    now = floor(datetime.now(UTC)) - timedelta(hours=1)
    for hours in range(PAST_DAYS * 24):
        at = now - timedelta(hours=hours)
        busy = max(0.0, sin((at.hour - 2) / 24 * 6.28)) + 0.06
        messages = round(46 * busy * (1 + 0.3 * sin(hours)))
        started = messages // 5
        counts = {
            "messages": messages,
            "sent_bot": round(messages * 0.86),
            "sent_person": messages // 11,
            "started": started,
            "qualified": round(started * 0.55),
            "handed_over": started // 6,
            **{f"asked:{key}": round(started * (0.8 - 0.09 * place)) for place, key in enumerate(ASKED)},
            **{f"within:{edge}": round(messages * 0.8 * 0.35**place) for place, edge in enumerate(EDGES[1:6])},
        }
        for figure, count in counts.items():
            if count:
                await business.execute(
                    "INSERT INTO tally (bucket, line_id, since, figure, count) VALUES ($1, $2, $3, $4, $5)",
                    bucket, line, at, figure, count,
                )  # fmt: skip


async def everything_goes_wrong(business: Business) -> None:
    """What else may stand on the page of problems: a dead token, a failing turn, the unknown, a second copy, nobody."""
    now = datetime.now(UTC)
    late = business.phone("971504447788", "Grace Kim")
    business.world.graph.faults.script(late.address, [code(190)])
    late.says("Hello, do you have time today?")
    await business.until_value("SELECT count(*) FROM line_pace WHERE stopped_at IS NOT NULL", 1)
    await business.execute(
        """
        INSERT INTO quarantine (bucket, id, delivery_id, phone_number_id, reason, raw, digest, received_at)
        VALUES (0, $1, $1, '106540352242922', 'no line has this phone number id', $2, '\\x01', $3)
        """,
        new_id(now),
        b'{"metadata": {"phone_number_id": "106540352242922"}}',
        now - timedelta(minutes=9),
    )
    await business.execute(
        """
        INSERT INTO collision (bucket, id, conversation_id, outbound_dedupe_key, reply_type, cause, existing_reply_id,
                               existing_cause, alarm, at)
        SELECT bucket, $1, conversation_id, outbound_dedupe_key, reply_type, 'wamid.HBgMOTcxNTAxMjM0NTY3FQIAEhgU', id,
               cause, false, $2
          FROM reply WHERE status = 'SENT' ORDER BY id LIMIT 1
        """,
        new_id(now),
        now - timedelta(minutes=4),
    )
    await business.execute(
        """
        UPDATE conversation_ticket SET attempts = 4, last_error = 'the flow business-services 7 is not in the database'
         WHERE conversation_id = $1::uuid
        """,
        await business.conversation(business.phone("971502223334")),
    )
    await business.execute("UPDATE handover SET opened_at = now() - interval '17 minutes' WHERE taken_at IS NULL")
    settings = {"DATABASE_URL": business.database_url, "SECRET_KEY": SECRET_KEY}
    erased = await surereply_beside("erase", f"+{ERASED}", "--yes", settings=settings)
    assert erased.code == 0, erased.err


@asynccontextmanager
async def office_with_a_model(database_url: str, passport: bytes) -> AsyncIterator[tuple[Business, dict[str, str]]]:
    """A business whose replies a model words, and whose voice notes are transcribed; the address of each page.

    `passport`: the photo that its customer sends, a PNG.
    """
    async with open_transcriber() as hears, ModelServer(good([FLOW])) as model:
        settings = {name.upper(): str(value) for name, value in hears.environment.items()}
        settings |= {"LLM_MODEL": MODEL, "LLM_BASE_URL": model.base_url, "LLM_API_KEY": KEY}
        async with open_business(database_url, **settings) as business:
            customer = business.phone("971506161616", "Layan Haddad")
            await business.talk(customer, "Hello, we need a family visa for my wife")
            for sends in (
                lambda: customer.sends_voice("I am employed, she is abroad"),
                lambda: customer.sends_photo("the passport", passport),
                lambda: customer.sends_document("Tenancy contract.pdf"),
            ):
                await _answered(customer, sends)
            await business.until_value("SELECT count(*) FROM media_file WHERE problem IS NULL", 3)
            yield business, {"media": await _address(business, customer.address)}


async def _answered(customer: Phone, sends: Callable[[], Said]) -> None:
    before = len(customer.texts)
    sends()
    await until(lambda: len(customer.texts) > before)
