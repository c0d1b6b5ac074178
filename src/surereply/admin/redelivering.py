"""Read messages delivered again as the lab does it: repeated, re-batched, shuffled, days late, at once on servers."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

import structlog

from surereply.domain.line import Line
from surereply.store import trial
from surereply.store.database import Database
from surereply.store.erased_keys import HashOf
from surereply.store.partitions import KEEP_INBOUND_KEYS
from surereply.store.trial import Found
from surereply.whatsapp.signature import sign

log = structlog.get_logger()

DELIVERIES_AT_ONCE = 3
LATEST_RETRY = timedelta(days=7)  # so long WhatsApp delivers again what was not acknowledged (webhooks, "Retry")


class Fault(StrEnum):
    """How deliveries come again."""

    REPEATED = "repeated"  # the last message, several times at once
    REBATCHED = "rebatched"  # the last ones in one delivery, and one of them twice in another
    SHUFFLED = "shuffled"  # the last ones alone, the newest first
    DAYS_LATE = "days_late"  # the last one as late as WhatsApp can be
    ALL_SERVERS = "all_servers"  # the last one, at the same moment, each server in a transaction of its own


class KeptAgain(Protocol):
    """What the receiver says of a delivery (`store.delivered.Kept`)."""

    @property
    def messages(self) -> int: ...


Receive = Callable[[bytes, str], Awaitable[KeptAgain]]


@dataclass(frozen=True, slots=True)
class InboundLayer:
    """`attempts`: deliveries that were answered; `kept_again`: messages that were taken for new."""

    attempts: int
    kept_again: int


@dataclass(frozen=True, slots=True)
class Servers:
    """`one` is this server's receiver; `all` are several that share nothing but the database."""

    one: Receive
    all: tuple[Receive, ...] = ()


async def deliver_again(
    db: Database,
    found: Found,
    fault: Fault,
    line: Line,
    app_secret: str | None,
    servers: Servers,
    hash_of: HashOf,
    now: datetime,
) -> InboundLayer:
    """Signed, through the real webhook; but days late only as a rehearsal, since nobody can turn its clock."""
    messages = messages_of(fault, found, now)
    kept_again = await trial.keep_again(db, found, messages, hash_of, moment_of(fault, found, now))
    if kept_again or fault is Fault.DAYS_LATE:
        return InboundLayer(1, kept_again)  # really delivered, it would be answered
    if app_secret is None:
        return InboundLayer(0, 0)
    attempts = kept = 0
    for together in _rounds(fault, found, messages, line, servers):
        answers = await asyncio.gather(
            *(receive(raw, sign(raw, app_secret)) for receive, raw in together), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                log.warning("simulated_retry.not_received", error=type(answer).__name__)
            else:
                attempts, kept = attempts + 1, kept + answer.messages
    return InboundLayer(attempts, kept)


def messages_of(fault: Fault, found: Found, now: datetime) -> tuple[Mapping[str, Any], ...]:
    """What comes again, the newest first: only what a retry can still bring."""
    young = tuple(one for one in found.messages if now - one["received_at"] < KEEP_INBOUND_KEYS)
    return young if fault in (Fault.REBATCHED, Fault.SHUFFLED) else young[:1]


def moment_of(fault: Fault, found: Found, now: datetime) -> datetime:
    """When it comes."""
    if fault is not Fault.DAYS_LATE or found.message is None:
        return now
    received_at: datetime = found.message["received_at"]
    return max(now, received_at + LATEST_RETRY)


def _rounds(
    fault: Fault, found: Found, messages: tuple[Mapping[str, Any], ...], line: Line, servers: Servers
) -> list[list[tuple[Receive, bytes]]]:
    """What is delivered at the same moment, one round after the other."""
    last = rebuilt_delivery(found, messages[:1], line)
    match fault:
        case Fault.REBATCHED:
            together = rebuilt_delivery(found, tuple(reversed(messages)), line)
            twice = rebuilt_delivery(found, messages[:1] * 2, line)
            return [[(servers.one, together)], [(servers.one, twice)]]
        case Fault.SHUFFLED:
            return [[(servers.one, rebuilt_delivery(found, (message,), line))] for message in messages]
        case Fault.ALL_SERVERS:
            return [[(receive, last) for receive in servers.all]]
        case _:
            return [[(servers.one, last)] * DELIVERIES_AT_ONCE]


def rebuilt_delivery(found: Found, messages: Sequence[Mapping[str, Any]], line: Line) -> bytes:
    """A webhook's body around the messages' own bytes."""
    conversation = found.conversation
    name = {"wa_id": conversation["phone"]} if conversation["phone"] else {"user_id": conversation["bsuid"]}
    head = json.dumps({"display_phone_number": line.name, "phone_number_id": line.phone_number_id})
    card = json.dumps({"profile": {"name": conversation["profile_name"] or ""}, **name})
    return b"".join(
        (
            b'{"object":"whatsapp_business_account","entry":[{"id":"simulated","changes":[{"field":"messages",',
            b'"value":{"messaging_product":"whatsapp","metadata":', head.encode(), b',"contacts":[', card.encode(),
            b'],"messages":[', b",".join(bytes(message["raw"]) for message in messages), b"]}}]}]}",
        )
    )  # fmt: skip
