"""The lab as a process of its own: Graph API, webhooks, phones and their page on one port."""

import asyncio
import signal
from collections.abc import Callable, Sequence

from surereply.lab.control import Control
from surereply.lab.lines import AppSecrets, LabLine
from surereply.lab.world import World

DEFAULT_PORT = 8090


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
        tell(f"lab: Graph API at {world.api_url} (SUREREPLY_WHATSAPP_API_URL)")
        tell(f"lab: a phone in the browser at {world.api_url}/phone/971500000001")
        tell(f"lab: webhooks go to {', '.join(webhook_url)}")
        await stopped.wait()
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return asyncio.new_event_loop
    return uvloop.new_event_loop
