"""The model does to a reply and its ticket what the store does: from every row that it can come to, every act."""

from collections.abc import Iterator

import pytest

from model import reply_row
from model.reply_row import Row
from model.stored import Doing, do, stands, store
from support.shop import open_shop

MOST_ATTEMPTS = 2
REPORTS = ("sent", "delivered", "failed")
ANSWERS = ("SENT", "UNKNOWN", "PENDING", "FAILED")
LEAST_ROWS = 90  # that can be come to: fewer, and something is never done any more


def doings_from(row: Row) -> Iterator[Doing]:
    """All that may be done to a reply that stands like this, whoever does it and whatever came before."""
    for attempt in range(1, row.attempt + 1):
        yield from _answers(row, attempt)
        yield from _reports(row, attempt)
    if row.ticket == "PENDING":
        if row.attempt < MOST_ATTEMPTS:
            yield Doing("claim", row, reply_row.claim(row))
        yield Doing("withdraw", row, reply_row.withdraw(row))
    if row.ticket == "SENDING":
        yield Doing("expire", row, reply_row.expire(row))
    if reply_row.may_be_resent(row):
        yield Doing("resend", row, reply_row.resend(row))
        yield Doing("discard", row, reply_row.discard(row))
    yield Doing("overtake", row, reply_row.overtake(row))


def _answers(row: Row, attempt: int) -> Iterator[Doing]:
    for status in ANSWERS:
        for failed in (False, True) if status == "SENT" else (False,):
            yield Doing("settle", row, reply_row.settle(row, attempt, status, failed), attempt, status, failed)


def _reports(row: Row, attempt: int) -> Iterator[Doing]:
    for reported in REPORTS:
        for failed in (False, True) if reported != "failed" else (False,):
            yield Doing("fold", row, reply_row.fold(row, attempt, reported, failed), attempt, reported, failed)


def every_doing() -> list[Doing]:
    """From a reply that is owed, and from all that it can become."""
    doings: list[Doing] = []
    rows = [Row()]
    for row in rows:
        for doing in doings_from(row):
            doings.append(doing)
            if doing.becomes not in rows:
                rows.append(doing.becomes)
    assert len(rows) >= LEAST_ROWS
    return doings


@pytest.mark.parametrize("what", ["claim", "settle", "expire", "fold", "resend", "discard", "withdraw", "overtake"])
async def test_what_the_store_leaves_is_what_the_model_says(database_url: str, what: str) -> None:
    doings = [doing for doing in every_doing() if doing.what == what]
    async with open_shop(database_url) as shop, shop.process.db.transaction() as tx:
        all_stored = await store(tx, shop, doings)

        await do(tx, what, all_stored, shop.clock())

        left = {str(stored.doing): await stands(tx, stored) for stored in all_stored}
        assert left == {str(doing): doing.becomes for doing in doings}
