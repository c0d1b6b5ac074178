"""Connections and transactions: who joins one takes `tx`, who opens one takes `db`."""

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg
import msgspec

from surereply.store.hosts import Hosts

Tx: TypeAlias = "asyncpg.Connection[Any]"

# The steps look rows up by key, for a list of keys: one probe of an index a key. A plan made while a table was small
# would rather read whole buckets, and be kept while the table grows; so every row that a plan touches is made dear.
STEP_SETTINGS = {
    **{f"enable_{way}": "off" for way in ("hashjoin", "mergejoin", "material", "bitmapscan", "seqscan")},
    "cpu_tuple_cost": "1",
    "cpu_index_tuple_cost": "0.5",
    "jit": "off",
    # Their transactions are milliseconds of statements and nothing else: one that stands still is of a process that was
    # stopped or suspended, and gives its locks up; who waits for a lock gives up before, and tries again.
    "idle_in_transaction_session_timeout": "10000",
    "lock_timeout": "5000",
}
SAFETY_SETTINGS = {"idle_in_transaction_session_timeout": "60000", "lock_timeout": "15000"}

CONNECTION_LOST: tuple[type[Exception], ...] = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # between the server's last word and the end of the connection
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)


class DatabaseUnreachable(Exception):
    """The database at SUREREPLY_DATABASE_URL cannot be reached."""


class NotReplicated(Exception):
    """The server committed but could not wait for its standby: what was written does not count as kept."""


# After these, whether a commit happened is not known, or does not count.
COMMIT_IN_DOUBT: tuple[type[Exception], ...] = (*CONNECTION_LOST, NotReplicated, TimeoutError)

# A server that says so, or says nothing, may be one that others have replaced as the primary.
NOT_THE_PRIMARY: tuple[type[Exception], ...] = (NotReplicated, TimeoutError, asyncpg.ReadOnlySQLTransactionError)


class Database:
    """Connections of one purpose, so that acknowledgements never starve behind turns or sends."""

    def __init__(
        self,
        pool: "asyncpg.Pool[Any]",
        *,
        behind_pgbouncer: bool = False,
        pass_over: Callable[[], None] = lambda: None,
    ) -> None:
        """`pass_over`: the host that the pool connects to may not be the primary any more; ask others first."""
        self._pool = pool
        self._behind_pgbouncer = behind_pgbouncer
        self._pass_over = pass_over

    @asynccontextmanager
    async def transaction(self, *, relaxed: bool = False) -> AsyncIterator[Tx]:
        """A READ COMMITTED transaction. `relaxed`: its commit may be lost by a crash, because a report repairs it.

        Raises `NotReplicated` when the server warned that the commit did not wait for its standby.
        """
        async with self._on_the_primary() as connection:
            warnings: list[str] = []
            listener = _collect_replication_warnings(warnings)
            connection.add_log_listener(listener)
            try:
                async with connection.transaction():
                    if relaxed:
                        await connection.execute("SET LOCAL synchronous_commit = off")
                    yield connection
            finally:
                with suppress(asyncpg.InterfaceError):  # a connection that broke is not ours any more
                    connection.remove_log_listener(listener)
            if warnings:
                raise NotReplicated

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Tx]:
        """A connection for reading alone, statement by statement."""
        async with self._pool.acquire() as connection:
            yield connection

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Tx]:
        """For one statement that is a transaction of its own, in one round trip. A transaction-pooling pgbouncer might
        prepare it on one server and run it on another: behind one, it is a transaction in words."""
        async with self._on_the_primary() as connection:
            if not self._behind_pgbouncer:
                yield connection
                return
            async with connection.transaction():
                yield connection

    @asynccontextmanager
    async def _on_the_primary(self) -> AsyncIterator[Tx]:
        """A connection to write on. Where its server turns out not to be the primary, those that come later are new
        ones: connections to an old primary that lives on would else be kept, and fail for ever."""
        try:
            async with self._pool.acquire() as connection:
                yield connection
        except NOT_THE_PRIMARY:
            self._pass_over()
            await self._pool.expire_connections()
            raise

    async def close(self) -> None:
        await self._pool.close()

    def terminate(self) -> None:
        self._pool.terminate()


def _collect_replication_warnings(into: list[str]) -> Any:
    def listener(_: Any, message: Any) -> None:
        # "The transaction has already committed locally, but might not have been replicated to the standby." By the
        # place in PostgreSQL's source (syncrep.c) that says so: a server may speak another language.
        if message.server_source_function == "SyncRepWaitForLSN":
            into.append(str(message.sqlstate))

    return listener


def connection_settings(url: str, name: str, *, for_steps: bool = False) -> dict[str, Any]:
    """What asyncpg is told for a connection of one purpose. `?pgbouncer=true` in the URL does without prepared
    statements and without settings at start-up, as a transaction-pooling pgbouncer wants it."""
    dsn, behind_pgbouncer = _split_url(url)
    settings = {"application_name": f"surereply {name}"}
    if not behind_pgbouncer:
        settings |= SAFETY_SETTINGS | (STEP_SETTINGS if for_steps else {})
    return {
        "dsn": dsn,
        "command_timeout": 60,
        "statement_cache_size": 0 if behind_pgbouncer else 200,
        "server_settings": settings,
    }


async def connect(url: str, *, name: str, most: int, for_steps: bool = False) -> Database:
    """Open a pool. Raises `DatabaseUnreachable`."""
    try:
        settings = connection_settings(url, name, for_steps=for_steps)
        hosts = Hosts(settings.pop("dsn"))
        pool = await asyncpg.create_pool(
            **settings,
            connect=hosts.connect,
            min_size=0,
            max_size=most,
            max_inactive_connection_lifetime=300,
            reset=_no_reset,
        )
        async with pool.acquire():
            return Database(pool, behind_pgbouncer=_split_url(url)[1], pass_over=hosts.pass_over)
    except (*CONNECTION_LOST, TimeoutError, asyncpg.PostgresError, ValueError) as error:
        raise DatabaseUnreachable(f"{where(url)}: {_reason(error)}") from error


async def connect_alone(url: str, name: str) -> Tx:
    """A connection outside of any pool, to be closed by the caller. Raises what `Hosts.connect` raises."""
    settings = connection_settings(url, name)
    return await Hosts(settings.pop("dsn")).connect(**settings)


async def _no_reset(_: Tx) -> None:
    """Nothing to reset: transactions end before a connection is given back, and no step sets what outlives one."""


def where(url: str) -> str:
    """A database URL without its secrets, for a person to read."""
    parts = urlsplit(url)
    hosts = parts.netloc.rpartition("@")[2] or dict(parse_qsl(parts.query)).get("host", "local socket")
    return f"{hosts}{parts.path}"


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _split_url(url: str) -> tuple[str, bool]:
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    behind_pgbouncer = ("pgbouncer", "true") in query
    rest = [(key, value) for key, value in query if key != "pgbouncer"]
    return urlunsplit(parts._replace(query=urlencode(rest))), behind_pgbouncer


async def database_now(tx: Tx) -> datetime:
    """The database's clock, by which leases and windows are counted."""
    now: datetime = await tx.fetchval("SELECT clock_timestamp()")
    return now


async def notify(tx: Tx, channel: str, payload: str) -> None:
    """Tell whoever listens; on a connection outside of any transaction, at once."""
    await tx.execute("SELECT pg_notify($1, $2)", channel, payload)


def columns(rows: Iterable[Iterable[Any]], width: int) -> list[list[Any]]:
    """Rows turned into `width` columns, as `unnest` takes them; empty columns for no rows."""
    turned: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    return turned or [[] for _ in range(width)]


def count_of(result: str) -> int:
    """How many rows a statement wrote, by the tag that the server answers with: `UPDATE 3`, `INSERT 0 3`."""
    return int(result.split()[-1])


def to_json(value: Any) -> str:
    """JSON text of builtins, dataclasses, datetimes, UUIDs and enums."""
    return msgspec.json.encode(value).decode()


async def wait_hardly_for_locks(tx: Tx) -> None:
    """In this transaction: somebody is known to hold a row of one of many, and the others shall not wait for it."""
    await tx.execute("SET LOCAL lock_timeout = '300ms'")


def is_of_one_item(error: Exception) -> bool:
    """What else is written with it can be written without it: the item is refused, or somebody holds its row."""
    return is_data_error(error) or isinstance(error, asyncpg.LockNotAvailableError)


def is_data_error(error: Exception) -> bool:
    """The database refuses what one item holds; the others of its batch are well."""
    return isinstance(error, asyncpg.DataError | asyncpg.IntegrityConstraintViolationError | ValueError | OverflowError)
