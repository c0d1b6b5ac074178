"""A real Chromium at a real `surereply serve`, with customers on the lab's phones.

Chromium is started once, so all of these tests share the loop that talks to it; each has a business of its own.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from support.desk import CHROMIUM, Desk, chromium, open_desk
from support.showcase import Business, open_business

ONE_LOOP = pytest.mark.asyncio(loop_scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skip(
        reason="NO CHROMIUM: apt-get install chromium-headless-shell, or set SUREREPLY_TEST_CHROMIUM"
    )
    for item in items:
        if "browser" in item.path.parts:
            if pytest_asyncio.is_async_test(item):
                item.add_marker(ONE_LOOP, append=False)
            if CHROMIUM is None:
                item.add_marker(missing)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def business(database_url: str) -> AsyncIterator[Business]:
    async with open_business(database_url) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def desk(business: Business, browser: Browser) -> AsyncIterator[Desk]:
    async with open_desk(business, browser) as opened:
        yield opened
