"""What a torture does, over connections of its own, to a database that it made for that."""

from surereply.store.database import Tx

OWN = "surereply torture"  # the application name of those who look on


async def terminate_a_backend(tx: Tx) -> bool:
    """End the connection of one of the servers, whichever; False where there is none."""
    ended = await tx.fetchval(
        """
        SELECT pg_terminate_backend(pid)
          FROM pg_stat_activity
         WHERE application_name LIKE 'surereply %' AND application_name <> $1 AND pid <> pg_backend_pid()
         ORDER BY random()
         LIMIT 1
        """,
        OWN,
    )
    return bool(ended)
