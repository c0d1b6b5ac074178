"""How a lab runs on the terminal: on a quick loop, until it is done or told to end, and nothing is left behind."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

INTERRUPTED = 130


@contextlib.contextmanager
def told_to_end() -> Iterator[None]:
    """SIGTERM ends us as Ctrl-C does, so that nothing we started is left behind."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, former in before.items():
            signal.signal(number, former)


def run_until_told(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run to the end. Raises `KeyboardInterrupt` where it was told to end before."""
    with asyncio.Runner(loop_factory=_new_loop) as runner:
        return runner.run(_until_told(work()))


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # not on Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _until_told(work: Coroutine[Any, Any, int]) -> int:
    """The first Ctrl-C, SIGTERM or SIGHUP cancels the work; further ones do not disturb its end."""
    task = asyncio.ensure_future(work)
    told: list[int] = []

    def tell(number: int) -> None:
        if not told:
            task.cancel()
        told.append(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, tell, number)
    try:
        return await task
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
