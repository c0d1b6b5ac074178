"""Endpoints that are told of what happens: added, changed, their secrets rotated, paused, tried, removed; on record."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import msgspec

from surereply.admin.refused import Refused
from surereply.domain.addresses import WrongUrl, endpoint_url, host_of
from surereply.domain.announcements import TEST_TOPIC, Topic
from surereply.domain.identity import UNKNOWN_LINE_BUCKET, new_id
from surereply.domain.signing import KEY_BYTES, SigningKey, new_key, rotated
from surereply.store import announcements, endpoints
from surereply.store.acts import note_act
from surereply.store.database import Database, Tx
from surereply.store.endpoints import EndpointRow

MOST_ENDPOINTS = 50
NO_ENDPOINT = Refused("no_endpoint", "there is no such endpoint")
NO_SECRET_KEY = Refused("no_secret_key", "set SUREREPLY_SECRET_KEY, under which secrets are kept")
TOO_MANY = Refused("too_many_endpoints", f"there are {MOST_ENDPOINTS} endpoints; remove one first")
NOT_AGAIN = Refused("not_delivered_again", "it waits already, or was erased: there is nothing to deliver again")
NOT_TOLD = Refused("endpoint_off", "this endpoint is paused or switched off; let it be told again first")

Seal = Callable[[tuple[SigningKey, ...]], bytes | None]
KeysOf = Callable[[EndpointRow], tuple[SigningKey, ...] | None]


@dataclass(frozen=True, slots=True)
class NewSecret:
    """Shown once, to whoever made it; it has no repr."""

    endpoint_id: UUID
    secret: str = field(repr=False)


async def add_endpoint(
    db: Database,
    url: str,
    topics: Sequence[str],
    seal: Seal,
    operator: str,
    now: datetime,
    *,
    private_allowed: bool,
) -> NewSecret | Refused:
    """It is told of what happens from now on."""
    wanted = _checked(url, topics, private_allowed)
    if isinstance(wanted, Refused):
        return wanted
    key = new_key(secrets.token_bytes(KEY_BYTES))
    sealed = seal((key,))
    if sealed is None:
        return NO_SECRET_KEY
    endpoint_id = new_id(now)
    async with db.transaction() as tx:
        if len(await endpoints.all_endpoints(tx)) >= MOST_ENDPOINTS:
            return TOO_MANY
        await endpoints.insert(tx, endpoint_id, *wanted, sealed, operator, now)
        await _note(tx, "add_endpoint", operator, now, endpoint_id, wanted[0])
    return NewSecret(endpoint_id, key.secret)


async def change_endpoint(
    db: Database,
    endpoint_id: UUID,
    url: str,
    topics: Sequence[str],
    operator: str,
    now: datetime,
    *,
    private_allowed: bool,
) -> Refused | None:
    """What waits goes to the new address."""
    wanted = _checked(url, topics, private_allowed)
    if isinstance(wanted, Refused):
        return wanted
    async with db.transaction() as tx:
        if await endpoints.locked(tx, endpoint_id) is None:
            return NO_ENDPOINT
        await endpoints.change(tx, endpoint_id, *wanted)
        await _note(tx, "change_endpoint", operator, now, endpoint_id, wanted[0])
    return None


def _checked(url: str, topics: Sequence[str], private_allowed: bool) -> tuple[str, list[str]] | Refused:
    known = [topic.value for topic in Topic]
    unknown = sorted(set(topics) - set(known))
    if unknown or not topics:
        return Refused("wrong_topics", f"an endpoint wants at least one of {', '.join(known)}")
    try:
        return endpoint_url(url, private_allowed=private_allowed), [one for one in known if one in topics]
    except WrongUrl as error:
        return Refused("wrong_url", str(error))


async def rotate_secret(
    db: Database, endpoint_id: UUID, keys_of: KeysOf, seal: Seal, operator: str, now: datetime
) -> NewSecret | Refused:
    """A new secret; the one before signs beside it for a day. One that does not open any more is replaced."""
    key = new_key(secrets.token_bytes(KEY_BYTES))
    async with db.transaction() as tx:
        row = await endpoints.locked(tx, endpoint_id)
        if row is None:
            return NO_ENDPOINT
        keys = keys_of(row)
        sealed = seal(rotated(keys, key, now) if keys else (key,))
        if sealed is None:
            return NO_SECRET_KEY
        await endpoints.put_keys(tx, endpoint_id, sealed)
        await _note(tx, "rotate_endpoint", operator, now, endpoint_id, row.url)
    return NewSecret(endpoint_id, key.secret)


async def pause_endpoint(db: Database, endpoint_id: UUID, operator: str, now: datetime) -> Refused | None:
    """What it is to be told is written down, and waits."""

    async def act(tx: Tx) -> None:
        await endpoints.pause(tx, endpoint_id, now)

    return await _act(db, endpoint_id, "pause_endpoint", operator, now, act)


async def resume_endpoint(db: Database, endpoint_id: UUID, operator: str, now: datetime) -> Refused | None:
    """Ends its pause, and that it was switched off; what waits goes at once."""

    async def act(tx: Tx) -> None:
        await endpoints.resume(tx, endpoint_id)
        await announcements.hurry(tx, endpoint_id, now)

    return await _act(db, endpoint_id, "resume_endpoint", operator, now, act)


async def remove_endpoint(db: Database, endpoint_id: UUID, operator: str, now: datetime) -> Refused | None:
    """With everything that it was told, and what waits for it."""

    async def act(tx: Tx) -> None:
        await announcements.remove_all(tx, endpoint_id)
        await endpoints.remove(tx, endpoint_id)

    return await _act(db, endpoint_id, "remove_endpoint", operator, now, act)


async def send_test(db: Database, endpoint_id: UUID, operator: str, now: datetime) -> UUID | Refused:
    """Signed and delivered as all others are; the id by which the log tells what became of it."""
    announcement_id = new_id(now)
    body = msgspec.json.encode({"type": TEST_TOPIC, "timestamp": now, "data": {"sent_by": operator}}).decode()
    async with db.transaction() as tx:
        row = await endpoints.locked(tx, endpoint_id)
        if row is None:
            return NO_ENDPOINT
        if row.paused_at is not None or row.disabled_at is not None:
            return NOT_TOLD
        await announcements.put_test(tx, endpoint_id, announcement_id, TEST_TOPIC, body, now)
        await _note(tx, "test_endpoint", operator, now, endpoint_id, row.url)
    return announcement_id


async def deliver_again(
    db: Database, buckets: Sequence[int], endpoint_id: UUID, announcement_id: UUID, operator: str, now: datetime
) -> Refused | None:
    """Under its old id: who has seen it knows it again."""
    async with db.transaction() as tx:
        row = await endpoints.locked(tx, endpoint_id)
        if row is None:
            return NO_ENDPOINT
        if not await announcements.put_again(tx, buckets, endpoint_id, announcement_id, now):
            return NOT_AGAIN
        await _note(tx, "deliver_again", operator, now, endpoint_id, row.url)
    return None


async def _act(
    db: Database, endpoint_id: UUID, name: str, operator: str, now: datetime, act: Callable[[Tx], Awaitable[None]]
) -> Refused | None:
    async with db.transaction() as tx:
        row = await endpoints.locked(tx, endpoint_id)
        if row is None:
            return NO_ENDPOINT
        await act(tx)
        await _note(tx, name, operator, now, endpoint_id, row.url)
    return None


async def _note(tx: Tx, name: str, operator: str, now: datetime, endpoint_id: UUID, url: str) -> None:
    """With the host alone: paths of endpoints often hold a secret."""
    detail = {"endpoint_id": str(endpoint_id), "name": host_of(url)}
    await note_act(tx, UNKNOWN_LINE_BUCKET, new_id(now), name, operator, now, detail=detail)
