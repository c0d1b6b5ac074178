"""Fault 50: time zones and daylight saving: office hours, follow-ups and their keys over a change of the clocks."""

import os
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from faults.afterwards import breaches_of
from support.faults import fault
from support.shop import Shop, open_shop
from support.talk import replies, statuses, talk
from surereply.domain.identity import follow_up_cause
from surereply.domain.line import LineSettings, office_is_open

FAMILY = "Hello, I need a family visa"
BERLIN = "Europe/Berlin"  # back on 25 October 2026 at 01:00 UTC, ahead on 28 March 2027 at 01:00 UTC
FIRST_FOLLOW_UP = timedelta(hours=3)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+00:00")


HOURS = [
    # (span, UTC, open): the day before the change, the day of it, the day after
    (("09:00", "12:00"), "2026-10-24T07:00", True),
    (("09:00", "12:00"), "2026-10-25T07:00", False),
    (("09:00", "12:00"), "2026-10-25T08:00", True),
    (("09:00", "12:00"), "2026-10-25T10:59", True),
    (("09:00", "12:00"), "2026-10-26T11:00", False),
    (("09:00", "12:00"), "2027-03-27T08:00", True),
    (("09:00", "12:00"), "2027-03-28T07:00", True),
    (("09:00", "12:00"), "2027-03-28T10:00", False),
    # the hour that comes twice is open twice
    (("02:00", "03:00"), "2026-10-24T23:59", False),
    (("02:00", "03:00"), "2026-10-25T00:00", True),
    (("02:00", "03:00"), "2026-10-25T01:59", True),
    (("02:00", "03:00"), "2026-10-25T02:00", False),
    # who opens in the hour that does not come opens when it would be over
    (("02:30", "04:00"), "2027-03-28T00:59", False),
    (("02:30", "04:00"), "2027-03-28T01:00", True),
    (("02:30", "04:00"), "2027-03-28T02:00", False),
    # a night over the change, longer or shorter by an hour
    (("22:00", "03:00"), "2026-10-24T20:00", True),
    (("22:00", "03:00"), "2026-10-25T01:59", True),
    (("22:00", "03:00"), "2026-10-25T02:00", False),
    (("22:00", "03:00"), "2027-03-28T00:59", True),
    (("22:00", "03:00"), "2027-03-28T01:00", False),
]


@fault(50)
@pytest.mark.parametrize(("span", "now", "is_open"), HOURS, ids=[f"{span} {now}" for span, now, _ in HOURS])
def test_office_hours_are_those_of_the_clock_on_the_wall(span: tuple[str, str], now: str, is_open: bool) -> None:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    settings = LineSettings(office_hours={day: [span] for day in days}, time_zone=BERLIN)

    assert office_is_open(settings, "UTC", at(now)) is is_open


@fault(50)
@pytest.mark.parametrize(
    ("asked", "shut_until", "leaves"),
    [
        ("2026-10-25T00:30", "2026-10-25T07:59", "2026-10-25T08:00"),
        ("2027-03-27T22:00", "2027-03-28T06:59", "2027-03-28T07:00"),
    ],
    ids=["the clocks go back", "the clocks go ahead"],
)
async def test_what_waits_for_the_morning_leaves_when_it_is_nine_there(
    database_url: str, asked: str, shut_until: str, leaves: str
) -> None:
    """The night of the change is an hour longer, or shorter; what is owed leaves once, and not an hour early."""
    hours = {day: [("09:00", "12:00")] for day in ("sat", "sun", "mon")}
    async with open_shop(database_url, settings=LineSettings(office_hours=hours, time_zone=BERLIN)) as shop:
        phone = shop.phone()
        shop.clock.set(at(asked))
        await talk(shop, phone, FAMILY)
        shop.clock.set(at(shut_until))
        await shop.settle(wait=timedelta())
        too_early = await statuses(shop, phone)
        shop.clock.set(at(leaves))
        await shop.settle(wait=timedelta())

        sent = [row for row in await replies(shop, phone) if row["status"] == "SENT"]
        assert set(too_early) == {"PENDING"}
        assert len(phone.texts) == len(sent) == 1
        assert sent[0]["sent_at"] == at(leaves)


@pytest.fixture(params=["UTC", "Pacific/Apia", "America/St_Johns"])
def zone_of_the_machine(request: pytest.FixtureRequest) -> Iterator[str]:
    """What the server's machine takes for its zone; the database's sessions say the same."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    os.environ.pop("TZ")
    if before is not None:
        os.environ["TZ"] = before
    time.tzset()


@fault(50)
async def test_a_follow_up_has_its_day_and_its_key_from_the_lines_zone_alone(
    database_url: str, zone_of_the_machine: str
) -> None:
    """Due three hours later: half past one in the night there, on a day that has not begun in UTC."""
    async with open_shop(database_url, settings=LineSettings(time_zone=BERLIN), processes=2) as shop:
        name = await shop.value("SELECT current_database()")
        await shop.execute(f"ALTER DATABASE {name} SET timezone = '{zone_of_the_machine}'")
        await shop.restart()
        phone = shop.phone()
        shop.clock.set(at("2026-10-24T20:30"))  # half past ten in the evening there
        await talk(shop, phone, FAMILY)
        asked = (await replies(shop, phone))[0]

        shop.clock.set(asked["sent_at"] + FIRST_FOLLOW_UP - timedelta(seconds=1))
        await shop.settle(wait=timedelta())
        too_early = len(phone.texts)
        shop.clock.advance(seconds=1)
        await shop.settle(wait=timedelta())

        follow_up = (await replies(shop, phone))[1]
        assert too_early == 1
        assert (follow_up["reply_type"], follow_up["status"]) == ("follow_up", "SENT")
        assert follow_up["day_bucket"] == date(2026, 10, 25)
        assert follow_up["cause"] == follow_up_cause(asked["id"], 0, date(2026, 10, 25))
        assert await breaches_of(shop) == []


@fault(50)
async def test_a_follow_up_that_is_taken_late_keeps_its_day_and_is_made_once(database_url: str) -> None:
    """Its turn was lost twice, in each of the two hours of one name: the key is that of the time when it was due."""
    async with open_shop(database_url, settings=LineSettings(time_zone=BERLIN), processes=2) as shop:
        phone = shop.phone()
        shop.clock.set(at("2026-10-24T18:30"))  # due at half past eleven in the evening there
        await talk(shop, phone, FAMILY)
        asked = (await replies(shop, phone))[0]
        await _lose_the_turn(shop, at("2026-10-25T00:30"))
        await _lose_the_turn(shop, at("2026-10-25T01:30"))
        shop.clock.set(at("2026-10-25T02:30"))
        await shop.settle(wait=timedelta())

        days = [row["day_bucket"] for row in await replies(shop, phone) if row["reply_type"] == "follow_up"]
        causes = [row["cause"] for row in await replies(shop, phone)][1:]
        assert days == [date(2026, 10, 24)]
        assert causes == [follow_up_cause(asked["id"], 0, date(2026, 10, 24))]
        assert len(phone.texts) == 2
        assert await breaches_of(shop) == []


async def _lose_the_turn(shop: Shop, now: datetime) -> None:
    """A process takes the turn, and dies before it is committed."""
    shop.clock.set(now)
    await shop.process.responder.respond_once()
    await shop.restart()
