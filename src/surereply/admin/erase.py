"""Erase a contact: what they wrote, what is known of them, what is owed to them; and keep replays out."""

from datetime import datetime

import asyncpg

from surereply.admin.refused import Refused
from surereply.store.database import Database
from surereply.store.erased_keys import HashOf
from surereply.store.erasure import Erased, SendUnderway, erase
from surereply.store.person import Person

DEADLOCK_TRIES = 3
NO_SECRET_KEY = Refused(
    "no_secret_key",
    "set SUREREPLY_SECRET_KEY, to the same value for every `serve`: "
    "the ids of erased messages are kept under it, so that no replay brings them back",
)


async def erase_person(db: Database, person: Person, hash_of: HashOf, operator: str, now: datetime) -> Erased | Refused:
    """How much was overwritten. Refused while a reply is being sent to them."""
    for attempt in range(1, DEADLOCK_TRIES + 1):
        try:
            async with db.transaction() as tx:
                return await erase(tx, person, hash_of, operator, now)
        except asyncpg.DeadlockDetectedError:
            if attempt == DEADLOCK_TRIES:
                raise
        except SendUnderway as error:
            return Refused("send_underway", f"nothing was erased: {error.__doc__}")
    raise AssertionError("unreachable")
