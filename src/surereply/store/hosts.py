"""A database of several hosts: which of them is the primary, found again by every connection."""

import socket
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

# A machine that is gone answers nothing at all, so each host has a time of its own.
SECONDS_FOR_THE_ONLY_HOST = 10.0
SECONDS_FOR_ONE_OF_SEVERAL = 4.0
# What is sent to a machine that is gone is given up after so long; a connection at rest is asked whether it lives.
VANISHED_AFTER_SECONDS = 15
ASK_AFTER_SECONDS = 5
ASK_EVERY_SECONDS = 3
TARGET = "target_session_attrs"


class NoPrimary(ConnectionError):
    """None of the database's hosts is a primary now."""


NEXT_HOST: tuple[type[Exception], ...] = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,  # the host is not what TARGET asks for
)


class Hosts:
    """The hosts of a URL, in the order in which they are asked: the one that was last connected to is the first."""

    def __init__(self, dsn: str) -> None:
        self._dsns = one_host_each(dsn)
        self._first = 0

    async def connect(self, *_: Any, **settings: Any) -> "asyncpg.Connection[Any]":
        """In place of `asyncpg.connect`, which gives all hosts together the time of one.

        Raises `NoPrimary`, or what the only host's refusal raises.
        """
        seconds = SECONDS_FOR_THE_ONLY_HOST if len(self._dsns) == 1 else SECONDS_FOR_ONE_OF_SEVERAL
        refused: Exception | None = None
        for place in range(len(self._dsns)):
            which = (self._first + place) % len(self._dsns)
            try:
                connection = await asyncpg.connect(self._dsns[which], **settings | {"timeout": seconds})
            except NEXT_HOST as error:
                refused = error
                continue
            self._first = which
            notice_if_vanished(connection)
            return connection
        assert refused is not None
        if len(self._dsns) == 1 and not isinstance(refused, asyncpg.InternalClientError):
            raise refused
        raise NoPrimary("none of its hosts is a primary that answers") from refused

    def pass_over(self) -> None:
        """The host that was connected to last is asked last: it may not be the primary any more, and not know."""
        self._first = (self._first + 1) % len(self._dsns)


def one_host_each(dsn: str) -> list[str]:
    """A URL of several hosts (`host,host` before the path, or `?host=…`) as URLs of one host each; each must then be a
    primary, unless the URL asks for something else: nothing can be written anywhere else."""
    parts = urlsplit(dsn)
    user, at, netloc = parts.netloc.rpartition("@")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    hosts = netloc.split(",") if netloc else query.get("host", "").split(",")
    if len(hosts) == 1:
        return [dsn]
    query.setdefault(TARGET, "primary")
    if netloc:
        return [
            urlunsplit(parts._replace(netloc=f"{user}{at}{host}", query=urlencode(query, safe="/"))) for host in hosts
        ]
    ports = query.get("port", "").split(",")
    places = zip(hosts, ports if len(ports) > 1 else ports * len(hosts), strict=False)
    return [
        urlunsplit(parts._replace(query=urlencode(query | {"host": host} | ({"port": port} if port else {}), safe="/")))
        for host, port in places
    ]


def notice_if_vanished(connection: "asyncpg.Connection[Any]") -> None:
    """Without these a connection to a machine that is gone would be waited on for minutes.

    asyncpg has no setting for them, so we reach for its socket.
    """
    own = connection._transport.get_extra_info("socket")
    if own is None or own.family not in (socket.AF_INET, socket.AF_INET6):
        return
    own.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in {
        "TCP_KEEPIDLE": ASK_AFTER_SECONDS,
        "TCP_KEEPALIVE": ASK_AFTER_SECONDS,  # the same, as macOS calls it
        "TCP_KEEPINTVL": ASK_EVERY_SECONDS,
        "TCP_KEEPCNT": (VANISHED_AFTER_SECONDS - ASK_AFTER_SECONDS) // ASK_EVERY_SECONDS,
        "TCP_USER_TIMEOUT": VANISHED_AFTER_SECONDS * 1000,
    }.items():
        if hasattr(socket, name):  # each platform has some of them
            own.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
