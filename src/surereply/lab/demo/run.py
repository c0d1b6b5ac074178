"""The demo itself: start everything, let the customers talk while it breaks, count, and stay up."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex

import aiohttp

from surereply.config import read_settings
from surereply.lab.control import Control
from surereply.lab.customers import Customer, converse, make_customers
from surereply.lab.demo.lists import Lists, read_lists
from surereply.lab.demo.model import model_server, model_settings
from surereply.lab.demo.plan import Plan
from surereply.lab.demo.proposals import rows_of
from surereply.lab.demo.screen import DemoScreen
from surereply.lab.demo.trouble import CALM, HABITS, Killer, WatchedFaults, make_rules
from surereply.lab.demo.verdict import count, judge
from surereply.lab.lines import AppSecrets
from surereply.lab.models.server import ModelServer
from surereply.lab.stage.business import Business, invite_operator, make_businesses, open_businesses
from surereply.lab.stage.home import Home, database_for, quiet, temporary_home
from surereply.lab.stage.office import AdminApi, LeadWatcher, Operator, Unanswered
from surereply.lab.stage.running import INTERRUPTED, run_until_told, told_to_end
from surereply.lab.stage.servers import Server, ServerFailed, Servers, free_ports, server_environment
from surereply.lab.witness import on_a_phone, waiting
from surereply.lab.world import World

API_VERSION = "v23.0"
SERVERS = 2
STILL_S = 1.5  # without anything said or sent: longer than a debounce
LOOK_EVERY_S = 0.25


def run_demo(*, once: bool, seed: int, with_model: bool = False) -> int:
    """0 if all held, 1 if not, 2 if it could not start. Without `once` it stays up until Ctrl-C."""
    return play(Plan(seed=seed, with_model=with_model), once=once)


def play(plan: Plan, *, once: bool) -> int:
    """One demo, on its own database, which is gone afterwards."""
    screen = DemoScreen()
    settings = read_settings()
    began = time.monotonic()
    try:
        with told_to_end(), temporary_home("demo") as home, quiet(home):
            screen.say("PostgreSQL starts …")
            with database_for(home, settings.database_url) as url:
                return run_until_told(lambda: _play(plan, screen, home, url, began, once=once))
    except KeyboardInterrupt:
        screen.say("Stopped; nothing of it runs any more.")
        return INTERRUPTED
    except ServerFailed as error:
        screen.say(f"surereply: {error}")
        return 2


@dataclass(slots=True)
class Scene:
    """Everything that runs, for those who look at it."""

    plan: Plan
    screen: DemoScreen
    home: Home
    businesses: list[Business]
    world: World
    servers: Servers
    api: AdminApi
    token: str
    database_url: str
    began: float
    model: ModelServer | None = None
    customers: list[Customer] = field(default_factory=list)

    def at_s(self) -> float:
        return time.monotonic() - self.began

    def tell(self, text: str) -> None:
        self.screen.event(self.at_s(), text)


async def _play(plan: Plan, screen: DemoScreen, home: Home, url: str, began: float, *, once: bool) -> int:
    async with AsyncExitStack() as stack:
        try:
            scene = await _set_up(stack, plan, screen, home, url, began)
            held = await _perform(scene)
        except ServerFailed:
            home.keep_logs = True
            raise
        home.keep_logs = not held
        if not held:
            screen.say(f"Not all held. What the servers logged is in {home.logs}")
        if not once:
            await _stay(scene)
        return 0 if held else 1


async def _set_up(stack: AsyncExitStack, plan: Plan, screen: DemoScreen, home: Home, url: str, began: float) -> Scene:
    """Three businesses in the database, a WhatsApp, and servers that are ready. Raises `ServerFailed`."""
    businesses = make_businesses()
    secrets = AppSecrets(app_secret=token_hex(16), verify_token=token_hex(16))
    secret_key, token = token_hex(32), token_hex(16)
    await open_businesses(url, businesses, secrets, secret_key, datetime.now(UTC))
    ports = free_ports(SERVERS)
    world = World(
        webhook_url=[f"http://127.0.0.1:{port}/webhooks/whatsapp" for port in ports],
        lines=[business.line for business in businesses],
        secrets=secrets,
        seed=plan.seed,
        habits=HABITS,
    )
    world.server.beside = Control(world)
    await stack.enter_async_context(world)
    model = model_server([business.flow for business in businesses], plan.seed) if plan.with_model else None
    if model is not None:
        await stack.enter_async_context(model)
        screen.say(f"A language model of our own at {model.base_url}: mostly good, now and then slow, down or untrue")
    spoken_to = model_settings(model) if model is not None else {}
    environment = _environment(plan, url, f"{world.api_url}/{API_VERSION}", token, secret_key, spoken_to)
    servers = Servers(
        Server(f"server {number}", port, plan.serve, environment, home.logs) for number, port in enumerate(ports, 1)
    )
    stack.push_async_callback(servers.stop)
    screen.say(f"A WhatsApp of our own at {world.api_url}")
    screen.say(f"Two server processes at {' and '.join(server.url for server in servers.all)}")
    await servers.start()
    watching = asyncio.create_task(servers.watch())
    stack.callback(watching.cancel)
    http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)))
    api = AdminApi(http, servers.all, token)
    return Scene(plan, screen, home, businesses, world, servers, api, token, url, began, model)


def _environment(
    plan: Plan, url: str, api_url: str, token: str, secret_key: str, model: dict[str, str]
) -> dict[str, str]:
    return server_environment(
        model
        | {
            "DATABASE_URL": url,
            "ADMIN_TOKEN": token,
            "SECRET_KEY": secret_key,
            "WHATSAPP_API_URL": api_url,
            "DEBOUNCE_MS": str(plan.debounce_ms),
            "MAX_WAIT_MS": str(plan.max_wait_ms),
        }
    )


async def _perform(scene: Scene) -> bool:
    """Let everybody talk while everything fails, until all have their answers; whether it held."""
    plan, world = scene.plan, scene.world
    pairs = [(business.line, business.flow) for business in scene.businesses]
    scene.customers = make_customers(world, pairs, plan.customers, seed=plan.seed, today=datetime.now(UTC).date())
    killer = Killer(plan, scene.servers, scene.tell)
    world.graph.faults = WatchedFaults(plan.seed, held=killer.on_held)
    world.graph.faults.add(*make_rules(world.lines, plan, world.clock()))
    watcher = LeadWatcher(scene.api)
    operator = Operator(scene.api, plan.operator_waits_s, lambda name: on_a_phone(world, name), scene.tell)
    scene.screen.say(
        f"{plan.customers} customers write to {len(scene.businesses)} businesses. Deliveries are repeated, batched and "
        "shuffled, sends are cut off, servers are killed (seed " + f"{plan.seed}):"
    )
    with scene.screen.progress(lambda: _progress(scene, killer)):
        async with asyncio.TaskGroup() as group:
            troubles = group.create_task(killer.run())
            talking = group.create_task(converse(world, scene.customers, pace_s=plan.pace_s))
            people = [group.create_task(watcher.run()), group.create_task(operator.run())]
            await _until_rest(scene, killer, troubles)
            for task in (troubles, talking, *people):
                task.cancel()
    _calm_down(world)
    await watcher.look()
    lists = await read_lists(scene.api)
    verdict = judge(world, scene.customers, lists, watcher, operator.resent)
    ended = sum(server.ended_by_itself for server in scene.servers.all)
    scene.screen.leads(scene.businesses, watcher.leads)
    scene.screen.held(verdict, scene.at_s(), _rows(scene, lists, killer, operator))
    if ended:
        scene.screen.say(f"A server ended by itself {ended} times.")
    return verdict.held and not ended


def _rows(scene: Scene, lists: Lists, killer: Killer, operator: Operator) -> list[tuple[str, str]]:
    tally = count(scene.world, scene.customers)
    return [
        ("customers, conversations that came to their end", f"{tally.customers}, {tally.ended}"),
        ("messages delivered, kept", f"{tally.said}, {len(lists.kept)}"),
        ("deliveries, messages delivered once more", f"{tally.deliveries}, {tally.repetitions}"),
        ("servers killed", str(killer.kills)),
        ("turns", str(lists.turns)),
        ("replies on the phones", str(tally.on_phones)),
        ("sends refused, and tried again", str(tally.refused)),
        ("sends accepted unheard, settled by their echo", str(tally.unheard + killer.unheard)),
        ("sends lost, sent again by the operator", str(len(operator.resent))),
        *(rows_of(lists.model) if scene.model is not None else ()),
    ]


async def _until_rest(scene: Scene, killer: Killer, troubles: "asyncio.Task[None]") -> None:
    """Until all that was said is answered and settled, or nothing moves any more."""
    seen, moved_at = None, time.monotonic()
    while scene.at_s() < scene.plan.longest_s:
        await asyncio.sleep(LOOK_EVERY_S)
        now = (len(scene.world.graph.ledger), len(scene.world.meta.book), killer.kills)
        if now != seen:
            seen, moved_at = now, time.monotonic()
        still_s = time.monotonic() - moved_at
        if still_s > scene.plan.patience_s:
            return
        if troubles.done() and still_s > STILL_S and await _is_at_rest(scene):
            return


async def _is_at_rest(scene: Scene) -> bool:
    everybody_done = all(customer.done for customer in scene.customers) and not waiting(scene.customers)
    if not everybody_done or scene.world.meta.unacknowledged():
        return False
    try:
        return not await scene.api.all("replies", listed="true")
    except Unanswered:
        return False


def _calm_down(world: World) -> None:
    """No more troubles: from here on somebody may want to talk."""
    world.graph.faults.clear()
    world.meta.habits = CALM


def _progress(scene: Scene, killer: Killer) -> str:
    tally = count(scene.world, scene.customers)
    return (
        f"{scene.at_s():5.1f} s  {tally.ended} of {tally.customers} customers served, {tally.said} messages in "
        f"{tally.deliveries} deliveries, {tally.on_phones} replies on phones, {killer.kills} kills"
    )


async def _stay(scene: Scene) -> None:
    panel = await invite_operator(scene.database_url, scene.servers.all[0].url, "You", datetime.now(UTC))
    scene.screen.stays(scene.world.api_url, scene.businesses, scene.servers.all, scene.token, panel)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        scene.screen.say("")
