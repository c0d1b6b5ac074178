"""`surereply lab torture --against URL`: the parts that are safe against a deployment one did not start oneself.

It delivers signed webhooks of made-up customers and asks the admin API; it kills nothing, and reads no database.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from surereply.domain.identity import id_at
from surereply.lab.clock import wall_clock
from surereply.lab.lines import AppSecrets
from surereply.lab.meta import Habits, Meta, Redelivery
from surereply.lab.stage.office import AdminApi, Unanswered
from surereply.lab.torture.made_up import PREFIX, MadeUp, Target
from surereply.lab.torture.made_up_judged import Outcome, judge
from surereply.lab.torture.scene import WEBHOOKS
from surereply.lab.wire import NO_ANSWER, HttpWire

MOST_CUSTOMERS = 500
HABITS = Habits(
    batch=(1, 12),
    shuffled=True,
    repeated=0.4,
    copies_at_once=3,
    hang_up=0.05,
    gather_s=0.2,
    redelivery=Redelivery(first_s=0.2, then_s=1.0, at_most_s=5.0),
)
SETTLE_WITHIN_S = 90.0
LOOK_EVERY_S = 1.0
PAGE_SLACK = timedelta(minutes=2)  # their clock and ours


class NotThere(Exception):
    """The deployment cannot be tortured so; the message says why, and what to do."""


def explanation(target: Target, seconds: float, lab: str | None) -> str:
    """In one line, what is about to be done."""
    customers = customers_in(seconds)
    where = f"to the lab at {lab}" if lab else "wherever its SUREREPLY_WHATSAPP_API_URL leads"
    return (
        f"{customers} made-up customers (+{PREFIX} …, which no country has) write to line {target.phone_number_id} of "
        f"{target.url}: signed webhooks, repeated, re-batched, shuffled, at once, badly signed and days old; its "
        f"replies to them go {where}; nothing is killed."
    )


def customers_in(seconds: float) -> int:
    return max(5, min(MOST_CUSTOMERS, int(seconds * 2)))


def run_against(target: Target, *, seconds: float, seed: int, lab: str | None, json: Path | None) -> int:
    """0 if all held, 1 if not. Raises `NotThere`."""
    console = Console()
    outcome = asyncio.run(
        torture_deployment(target, seconds=seconds, seed=seed, lab=lab, tell=lambda text: console.print(Text(text)))
    )
    if json is not None:
        json.write_bytes(msgspec.json.format(msgspec.json.encode(outcome)) + b"\n")
    console.print(_table(outcome))
    for line in outcome.findings:
        console.print(Text(f"  {line}"), soft_wrap=True)
    console.print(Text(f"What is left there of it: conversations of {outcome.numbers}; `surereply erase` takes one."))
    console.print(Text("not all held" if outcome.findings else "all held", style="bold"))
    return 1 if outcome.findings else 0


def _table(outcome: Outcome) -> Table:
    table = Table(box=SIMPLE_HEAD, show_header=False, pad_edge=False, show_edge=False)
    table.add_column()
    table.add_column(justify="right")
    rows = {
        "made-up customers, messages": f"{outcome.customers}, {outcome.messages}",
        "deliveries, noted repetitions": f"{outcome.deliveries}, {outcome.repetitions}",
        "badly signed deliveries": str(outcome.badly_signed),
        "customers who wrote days ago": str(outcome.old),
        "turns, replies": f"{outcome.turns}, {outcome.replies}",
        "requests to send that the lab saw": "no lab" if outcome.at_the_lab is None else str(outcome.at_the_lab),
        "findings": str(len(outcome.findings)),
    }
    for name, value in rows.items():
        table.add_row(name, value)
    return table


async def find_lab(api_url: str, phone_number_id: str) -> str | None:
    """The lab to which replies of this line go, if the WhatsApp API of these settings is one."""
    parts = urlsplit(api_url)
    root = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
            http.get(f"{root}/lab") as answer,
        ):
            shown = await answer.json() if answer.status == 200 else {}
    except (*NO_ANSWER, ValueError):
        return None
    lines = shown.get("lines", []) if isinstance(shown, dict) else []
    return root if any(line.get("phone_number_id") == phone_number_id for line in lines) else None


async def torture_deployment(
    target: Target, *, seconds: float, seed: int, lab: str | None, tell: Callable[[str], None]
) -> Outcome:
    """Deliver for so long, wait until all is read and answered, and look. Raises `NotThere`."""
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)))
        api = AdminApi(http, [target], target.admin_token)
        await _require(http, api, target)
        wire = await stack.enter_async_context(HttpWire([f"{target.url}{WEBHOOKS}"], random.Random(seed)))
        meta = Meta(wire.deliver, AppSecrets(app_secret=target.app_secret), clock=wall_clock, seed=seed, habits=HABITS)
        people = MadeUp(target, meta, seed, customers_in(seconds))
        began = datetime.now(UTC)
        delivering = asyncio.create_task(meta.run())
        try:
            bad = await people.forge(wire)
            await people.write(seconds, _tells(http, lab, target))
            tell(f"{len(meta.book)} messages written; waiting until all of them are acknowledged, read and answered …")
            shown = await _settled(api, meta, people, began)
        finally:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)
        sent = await _seen_by_lab(http, lab, people) if lab else None
    return judge(meta, people, shown, bad, sent)


def _tells(http: aiohttp.ClientSession, lab: str | None, target: Target) -> Callable[[str, str], Awaitable[None]]:
    """A lab knows whose window is open, as WhatsApp does: it is told of what it did not deliver itself."""

    async def tell(number: str, wamid: str) -> None:
        if lab is not None:
            where = f"{lab}/lab/phones/{number}/windows?line={target.phone_number_id}"
            async with http.post(where, json={"wamid": wamid}) as answer:
                answer.raise_for_status()

    return tell


async def _require(http: aiohttp.ClientSession, api: AdminApi, target: Target) -> None:
    try:
        async with http.get(f"{target.url}/livez") as answer:
            if answer.status != 200:
                raise NotThere(f"{target.url}/livez answers {answer.status}; is it a surereply?")
    except NO_ANSWER as error:
        raise NotThere(f"{target.url} is not answered ({type(error).__name__})") from None
    try:
        lines = await api.get("lines")
    except Unanswered:
        raise NotThere(f"{target.url} refuses the admin token; set SUREREPLY_ADMIN_TOKEN to the one it has") from None
    if not any(line["phone_number_id"] == target.phone_number_id for line in lines):
        raise NotThere(f"{target.url} has no line {target.phone_number_id}; set SUREREPLY_WHATSAPP_PHONE_NUMBER_ID")


async def _settled(api: AdminApi, meta: Meta, people: MadeUp, began: datetime) -> list[Mapping[str, Any]]:
    """What the API shows of these conversations, once nothing of theirs waits any more, or after a while."""
    last, shown = time.monotonic() + SETTLE_WITHIN_S, list[Mapping[str, Any]]()
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            shown = await _look(api, people, began)
        except Unanswered:
            shown = []
        if not meta.unacknowledged() and shown and not any(map(_waits, shown)):
            return shown
        if time.monotonic() > last:
            return shown


async def _look(api: AdminApi, people: MadeUp, began: datetime) -> list[Mapping[str, Any]]:
    """Newest first; those that are older than this run are not looked at."""
    ours, oldest, found, cursor = set(people.numbers), str(id_at(began - PAGE_SLACK)), [], dict[str, str]()
    while True:
        page = await api.get("conversations", limit="100", **cursor)
        found += [row["id"] for row in page["items"] if row["phone"] in ours]
        if page["next"] is None or page["items"][-1]["id"] < oldest:
            break
        cursor = {"cursor": page["next"]}
    return [await api.get(f"conversations/{conversation_id}", limit="200") for conversation_id in found]


def _waits(shown: Mapping[str, Any]) -> bool:
    timeline = shown["timeline"]
    unread = any(str(one["why_no_turn"] or "").startswith("unread") for one in timeline["messages"])
    return unread or any(one["reply"]["status"] in ("PENDING", "SENDING") for one in timeline["replies"])


async def _seen_by_lab(http: aiohttp.ClientSession, lab: str, people: MadeUp) -> list[Mapping[str, Any]]:
    async with http.get(f"{lab}/lab/ledger") as answer:
        entries = (await answer.json())["entries"]
    ours = set(people.numbers)
    return [entry for entry in entries if entry["recipient"] in ours]
