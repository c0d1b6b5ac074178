"""The lab as a process of its own: Graph API, webhooks, phones and their page on one port."""

import asyncio
import signal
from collections.abc import Callable, Sequence

from surereply.lab.control import Control
from surereply.lab.lines import AppSecrets, LabLine
from surereply.lab.world import World

DEFAULT_PORT = 8090
API_VERSION = "v23.0"
FIRST_CUSTOMER = "971500000001"


def serve_lab(
    *,
    webhook_url: Sequence[str],
    port: int = DEFAULT_PORT,
    host: str = "127.0.0.1",
    lines: Sequence[LabLine] = (LabLine(),),
    secrets: AppSecrets | None = None,
    seed: int = 0,
    tell: Callable[[str], None] = print,
) -> int:
    """Run until SIGINT or SIGTERM. Exit code 0, or 2 where the port is taken; each said in one line."""
    if not webhook_url or not all(url.startswith(("http://", "https://")) for url in webhook_url):
        tell("lab: give --webhook, such as http://127.0.0.1:8000/webhooks/whatsapp")
        return 2
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_serve(webhook_url, port, host, lines, secrets or AppSecrets(), seed, tell))
    except OSError as error:
        tell(f"lab: cannot listen on {host}:{port} ({error.strerror}); choose another --port")
        return 2


async def _serve(
    webhook_url: Sequence[str],
    port: int,
    host: str,
    lines: Sequence[LabLine],
    secrets: AppSecrets,
    seed: int,
    tell: Callable[[str], None],
) -> int:
    stopped = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    world = World(webhook_url=webhook_url, lines=lines, secrets=secrets, seed=seed, host=host, port=port)
    world.server.beside = Control(world)
    async with world:
        tell(f"lab: a phone in the browser at {world.api_url}/phone/{FIRST_CUSTOMER}")
        tell(f"lab: webhooks go to {', '.join(webhook_url)}; settings that `surereply serve` needs for it:")
        for setting in _settings(world):
            tell(f"  {setting}")
        await stopped.wait()
    return 0


def _settings(world: World) -> list[str]:
    """What a server needs to know to talk to this lab; secrets only where they are the lab's own."""
    line = world.lines[0]
    settings = [
        f"SUREREPLY_WHATSAPP_API_URL={world.api_url}/{API_VERSION}",
        f"SUREREPLY_WHATSAPP_PHONE_NUMBER_ID={line.phone_number_id}",
    ]
    if line.access_token == LabLine().access_token:
        settings.append(f"SUREREPLY_WHATSAPP_ACCESS_TOKEN={line.access_token}")
    if world.secrets == AppSecrets():
        settings.append(f"SUREREPLY_WHATSAPP_APP_SECRET={world.secrets.app_secret}")
        settings.append(f"SUREREPLY_WHATSAPP_VERIFY_TOKEN={world.secrets.verify_token}")
    return settings


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return asyncio.new_event_loop
    return uvloop.new_event_loop
