"""OPS-9: a backup is restored, as the runbook says: `migrate`, `hold`, `serve`, a look, withdrawals, `release`."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from failover import backups
from failover.business import ALL_ROLES, serving
from failover.cluster import until_value
from failover.golden import Golden
from failover.nodes import Node
from failover.scene import left_undone
from support.commands import ADMIN_TOKEN, surereply_beside
from support.ports import own_port
from support.servers import WORDS, webhook_of
from support.shop import Shop, open_shop
from support.talk import hear, owe
from surereply.lab.wire import HttpWire

OWED = "SELECT count(*) FROM reply WHERE status = 'PENDING'"
SENT = "SELECT count(*) FROM reply WHERE status = 'SENT'"
HELLO = WORDS[0]
Take = Callable[[Node, Golden, Path], Awaitable[backups.Restore]]


class Restored:
    """The business on the restored database: a server of its own, its commands, its admin API."""

    def __init__(self, shop: Shop, node: Node, port: int) -> None:
        self._shop = shop
        self.node = node
        self._port = port

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        """Step 3: webhooks go to a real `surereply serve` from now on."""
        async with (
            HttpWire([webhook_of(self._port)], random.Random(0)) as wire,
            serving(self._shop.world, self.node.url, self._port, ALL_ROLES) as server,
        ):
            self._shop.post = wire.deliver  # type: ignore[method-assign]
            yield
            assert await server.end() == 0

    async def call(self, command: str) -> str:
        said = await surereply_beside(command, settings={"DATABASE_URL": self.node.url})
        assert (said.code, said.err) == (0, "")
        return said.out

    async def look_and_withdraw(self, failed_at: datetime) -> list[str]:
        """Step 4: what answers a message older than the failure was most likely sent, whenever it was written down."""
        withdrawn = []
        for reply in (await self._ask("GET", "/replies?listed=true"))["items"]:
            shown = await self._ask("GET", f"/conversations/{reply['conversation_id']}")
            answered = next(one for one in shown["timeline"]["messages"] if one["wamid"] == reply["cause"])
            if datetime.fromisoformat(answered["received_at"]) < failed_at:
                await self._ask("POST", f"/replies/{reply['id']}/withdrawals")
                withdrawn.append(reply["body"]["text"])
        return withdrawn

    async def _ask(self, method: str, path: str) -> Any:
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        async with (
            aiohttp.ClientSession(f"http://127.0.0.1:{self._port}", headers=headers) as http,
            http.request(method, f"/api/admin{path}") as answer,
        ):
            assert answer.status < 300, await answer.text()
            return await answer.json()


@pytest.mark.parametrize("take", [backups.base_backup, backups.dump])
async def test_ops_9_nothing_a_restored_backup_owes_goes_out_until_release_and_nothing_is_sent_twice(
    node: Node, golden_node: Golden, home: Path, take: Take
) -> None:
    """OPS-9: the backup owes two replies and has a message unread; since then all of them were answered."""
    async with open_shop(node.url) as shop:
        shop.clock.set(datetime.now(UTC) - timedelta(minutes=10))
        owed, read_late, unread, later, new = (shop.phone(f"97150000000{number}") for number in range(1, 6))
        for phone in (owed, read_late):
            await owe(shop, phone, HELLO)
        await hear(shop, unread, HELLO)
        restore = await take(node, golden_node, home)
        later.says(HELLO)
        await shop.settle()
        answered = [len(phone.texts) for phone in (owed, read_late, unread, later)]
        failed_at = shop.clock()
        await node.destroy()

        shop.clock.set(datetime.now(UTC))
        restored = Restored(shop, await restore(), own_port())
        await restored.call("migrate")
        held = await restored.call("hold")
        sent = len(shop.world.graph.ledger.entries)
        async with restored.served():
            read_late.reads()
            new.says(HELLO)
            await shop.world.deliver()
            await until_value(restored.node, OWED, lambda count: count == 3)  # owed, unread, new; not what was read
            withdrawn = await restored.look_and_withdraw(failed_at)
            sent_while_held = len(shop.world.graph.ledger.entries) - sent
            await restored.call("release")
            await until_value(restored.node, SENT, lambda count: count == 2)  # what was read, and the new one
            owed.reads()  # what was withdrawn had been sent: a late report still tells
            await shop.world.deliver()
            await until_value(restored.node, SENT, lambda count: count == 3)

        assert answered == [1] * 4
        assert "2 replies owed" in held
        assert (sent_while_held, len(withdrawn)) == (0, 2)
        assert [len(phone.texts) for phone in (owed, read_late, unread, later, new)] == [1] * 5
        assert shop.world.graph.ledger.sent_twice() == {}
        assert await left_undone(restored.node, shop.world) == []
        await restored.node.destroy()
