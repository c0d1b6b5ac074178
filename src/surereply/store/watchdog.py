"""Keeps one PostgreSQL server exactly as long as its owner lives; run as a script, standard library only.

The owner starts it with one JSON argument (`Order`) and holds the other end of its standard input. It prints
the server's pid, and stops the server when that input ends or says anything, or when the owner is gone.
"""

import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType
from typing import TypedDict

OWNER_CHECK_S = 1.0
FAST_STOP_S = 60.0  # a fast stop ends with a checkpoint; beyond this the log is replayed at the next start instead
PR_SET_PDEATHSIG = 1


class Order(TypedDict):
    owner: int  # pid
    lock: int  # file descriptor; the home stays locked until the last process of the server has ended
    user: int | None
    group: int | None
    command: list[str]
    environment: dict[str, str]
    temporary: list[str]  # files and empty folders to remove at the end, in this order


def main(order: Order) -> int:
    wake = wake_on_signals()
    try:
        server = start_server(order)
    except OSError as error:
        sys.stderr.write(f"FATAL:  cannot run PostgreSQL: {error}\n")  # the log, which the owner reads
        return 1
    with suppress(OSError):
        os.write(sys.stdout.fileno(), f"{server.pid}\n".encode())
    wait_for_an_end(server, order["owner"], wake)
    stop_server(server)
    clear_away(order["temporary"])
    return server.returncode


def wake_on_signals() -> int:
    """Only the owner's end counts: what signals all of its processes must not take its database away."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, only_wake)
    return read_end


def only_wake(_number: int, _frame: FrameType | None) -> None:
    """Unlike SIG_IGN, a function is not inherited by the server."""


def start_server(order: Order) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own binaries, an absolute path
        order["command"],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        user=order["user"],
        group=order["group"],
        extra_groups=None if order["user"] is None else [],
        pass_fds=(order["lock"],),
        env=order["environment"],
        cwd="/",
        preexec_fn=end_with_parent() if sys.platform == "linux" else None,
    )


def end_with_parent() -> Callable[[], None]:
    """The server stops fast when we are killed. Linux ties that to the thread that starts it: our only one.

    Set in the child after setuid, which clears it; had we died before that, nobody would send the signal.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def set_in_child() -> None:
        if prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0) != 0 or os.getppid() != parent:
            os._exit(1)

    return set_in_child


def wait_for_an_end(server: subprocess.Popen[bytes], owner: int, wake: int) -> None:
    # A forked child of the owner can hold the pipe open after the owner's end, hence the look at our parent.
    while server.poll() is None and os.getppid() == owner:
        readable, _, _ = select.select([sys.stdin.fileno(), wake], [], [], OWNER_CHECK_S)
        if sys.stdin.fileno() in readable:
            return
        if wake in readable:
            os.read(wake, 4096)


def stop_server(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)
    try:
        server.wait(FAST_STOP_S)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def clear_away(temporary: Iterable[str]) -> None:
    for path in temporary:
        with suppress(OSError):
            os.unlink(path)
        with suppress(OSError):
            os.rmdir(path)


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
