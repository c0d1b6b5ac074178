"""Deliveries by hand: which updates share a POST, in which bytes, and to which processes it goes."""

import asyncio
import json
import random
from collections.abc import Iterable, Sequence
from typing import Any

from support.shop import Process, Shop
from surereply.lab.envelope import MESSAGES, Update, body_of, signature_of
from surereply.lab.payloads import metadata
from surereply.lab.phones import Said
from surereply.receiver import BadSignature, NotKept

RIGHTLY = "rightly signed"


def body_with(*items: Said | Update) -> bytes:
    """One POST of exactly these, in this order."""
    return body_of([item.update if isinstance(item, Said) else item for item in items], random.Random(0))


def in_other_bytes(body: bytes) -> bytes:
    """The same JSON with other white space, keys in another order, and nothing escaped."""
    return json.dumps(_turned_round(json.loads(body)), indent=2, ensure_ascii=False).encode()


def _turned_round(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned_round(value[key]) for key in reversed(value)}
    return [_turned_round(item) for item in value] if isinstance(value, list) else value


def body_of_items(shop: Shop, items: Sequence[Any], part: str = MESSAGES) -> bytes:
    """One POST of one change whose list `part` holds these items as they are."""
    value = {"messaging_product": "whatsapp", "metadata": metadata(shop.world.lines[0]), part: list(items)}
    change = {"value": value, "field": MESSAGES}
    document = {
        "object": "whatsapp_business_account",
        "entry": [{"id": shop.world.lines[0].waba_id, "changes": [change]}],
    }
    return json.dumps(document).encode()


async def post(shop: Shop, body: bytes, process: Process | None = None, signature: str | None = RIGHTLY) -> int:
    """The HTTP status a process answers; rightly signed unless a signature is given."""
    if signature == RIGHTLY:
        signature = signature_of(body, shop.world.secrets.app_secret)
    try:
        await (process or shop.process).receiver.receive(body, signature)
    except BadSignature:
        return 401
    except NotKept:
        return 503
    return 200


async def post_at_once(shop: Shop, bodies: Iterable[bytes], copies: int = 1) -> set[int]:
    """Every body to every process, so many times, at the same instant; the statuses that came back."""
    posts = [post(shop, body, process) for body in bodies for process in shop.processes for _ in range(copies)]
    return set(await asyncio.gather(*posts))


async def work_at_once(shop: Shop) -> None:
    """All processes take turns and send at the same time, until none of them finds anything."""
    while True:
        did = await asyncio.gather(*(process.respond() for process in shop.processes))
        sent = await asyncio.gather(*(process.dispatch() for process in shop.processes))
        if not any(did) and not any(sent):
            return
