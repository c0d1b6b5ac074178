"""A business in the test's own process: its steps are taken one by one, and operators look at it through a browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser

from support.app import at_a_port, open_web
from support.desk import Desk, open_desk
from support.listener import open_listener
from support.shop import Shop
from support.showcase import Business


@asynccontextmanager
async def open_counter(browser: Browser, database_url: str, **shop_options: Any) -> AsyncIterator[tuple[Shop, Desk]]:
    """For what a person does between two steps: nothing happens before the test lets it happen."""
    async with (
        open_web(database_url, **shop_options) as web,
        open_listener() as listener,
        at_a_port(web.app) as url,
        open_desk(Business(url, database_url, web.shop.world, listener, web.shop.clock), browser) as desk,
    ):
        try:
            yield web.shop, desk
        finally:
            web.parts.stopping.set()  # ends the streams of pages that are open
