"""Backups of a node, taken while it serves and put back on another: a base backup, and a dump."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from failover.golden import Golden
from failover.nodes import DATABASE, USER, Node, Role
from support.ports import own_port

Restore = Callable[[], Awaitable[Node]]


async def base_backup(node: Node, golden: Golden, home: Path) -> Restore:
    """The node's whole folder, as `pg_basebackup` copies it."""
    kept = Node(golden.programs, home, "restored", own_port())
    await kept.copy_running(node, follow=False)

    async def restore() -> Node:
        kept.role = Role()
        await kept.start()
        return kept

    return restore


async def dump(node: Node, golden: Golden, home: Path) -> Restore:
    """The database as `pg_dump` writes it, for a server that is new."""
    kept = home / "backups"
    kept.mkdir()
    kept.chmod(0o777)
    await node.programs.run("pg_dump", "-Fc", "-f", str(kept / "dump"), *_at(node), "-d", DATABASE)

    async def restore() -> Node:
        restored = Node(golden.programs, home, "restored", own_port())
        await restored.make()
        await restored.start()
        await restored.programs.run("pg_restore", "--create", *_at(restored), "-d", "postgres", str(kept / "dump"))
        return restored

    return restore


def _at(node: Node) -> tuple[str, ...]:
    return ("-h", "127.0.0.1", "-p", str(node.port), "-U", USER)
