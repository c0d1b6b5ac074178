"""Passwords of operators: argon2id, computed beside the loop, and as long for a name that nobody has."""

import asyncio
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# RFC 9106's second recommendation, which is argon2-cffi's default: 64 MiB, 3 passes. Two at a time: a flood of
# guesses shall not take all the memory there is.
_HASHER = PasswordHasher()
_AT_ONCE = 2
_slots: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


async def hash_password(password: str) -> str:
    async with _slot():
        return await asyncio.to_thread(_HASHER.hash, password)


async def is_password(stored: str | None, given: str) -> bool:
    """Also without a stored one the work is done, so that the time taken tells nobody which names exist."""
    async with _slot():
        fits = await asyncio.to_thread(_verify, stored or _of_nobody(), given)
    return fits and stored is not None


def _verify(stored: str, given: str) -> bool:
    try:
        return _HASHER.verify(stored, given)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _of_nobody() -> str:
    return _HASHER.hash("nobody's")


def _slot() -> asyncio.Semaphore:
    """One for each loop: tests have several."""
    loop = asyncio.get_running_loop()
    if loop not in _slots:
        _slots.clear()
        _slots[loop] = asyncio.Semaphore(_AT_ONCE)
    return _slots[loop]
