"""A real Chromium at a real `surereply serve`, with customers on the lab's phones."""

from collections.abc import AsyncIterator

import pytest

from support.desk import CHROMIUM, Desk, chromium
from support.showcase import Business, open_business


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM is None:
        missing = pytest.mark.skip(
            reason="NO CHROMIUM: apt-get install chromium-headless-shell, or set SUREREPLY_TEST_CHROMIUM"
        )
        for item in items:
            if "browser" in item.path.parts:
                item.add_marker(missing)


@pytest.fixture
async def business(database_url: str) -> AsyncIterator[Business]:
    async with open_business(database_url) as opened:
        yield opened


@pytest.fixture
async def desk(business: Business) -> AsyncIterator[Desk]:
    """No page may run what it should not, break its policy, or ask anything of anybody else."""
    async with chromium() as browser:
        opened = Desk(business, browser)
        yield opened
    assert opened.complaints == []
