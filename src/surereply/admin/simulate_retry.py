"""A retry, rehearsed: each layer that must stop a second copy is tried on its own, and nothing is sent."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

import structlog

from surereply.admin.refused import Refused
from surereply.domain.callback import callback_data
from surereply.domain.line import Line
from surereply.domain.message import Identifier, IdentifierKind
from surereply.domain.outcome import IN_DOUBT, Outcome, Verdict
from surereply.store import trial
from surereply.store.commit import Committed
from surereply.store.database import Database
from surereply.store.erasure import HashOf
from surereply.store.outbox import ClaimedReply
from surereply.store.partitions import KEEP_INBOUND_KEYS
from surereply.store.trial import SETTLED, Found
from surereply.whatsapp.outbound import request_body
from surereply.whatsapp.signature import sign

log = structlog.get_logger()

DELIVERIES_AT_ONCE = 3
CLAIMS = 2


class KeptAgain(Protocol):
    """What the receiver says of a delivery (`store.delivered.Kept`)."""

    @property
    def messages(self) -> int: ...


Receive = Callable[[bytes, str], Awaitable[KeptAgain]]


@dataclass(frozen=True, slots=True)
class InboundLayer:
    attempts: int
    kept_again: int


@dataclass(frozen=True, slots=True)
class TurnLayer:
    attempts: int
    fenced: int
    key_refused: int
    committed_again: int


@dataclass(frozen=True, slots=True)
class OutboundLayer:
    attempts: int
    claimed_again: int
    dedupe_keys: list[str]


@dataclass(frozen=True, slots=True)
class SimulatedRetry:
    """`incomplete`: a layer could not be tried, such as the key of a reply where the turn owed none."""

    inbound: InboundLayer
    turn: TurnLayer
    outbound: OutboundLayer
    verdict: Literal["blocked", "duplicated", "incomplete"]


@dataclass(slots=True)
class Recorder:
    """Stands where WhatsApp's client would; it has no connection to send over."""

    bodies: list[Mapping[str, Any]] = field(default_factory=list)

    async def send(self, phone_number_id: str, token: str, body: Mapping[str, Any], deadline: float) -> Outcome:
        self.bodies.append(body)
        return Outcome(Verdict.UNKNOWN, details="recorded, and not sent", rule=IN_DOUBT)


async def simulate_retry(
    db: Database,
    bucket: int,
    conversation_id: UUID,
    line: Line,
    app_secret: str | None,
    receive: Receive,
    hash_of: HashOf,
    now: datetime,
) -> SimulatedRetry | Refused:
    """Deliver, decide and claim again what is done already.

    `receive` is the real receiver's, which marks what it notes as simulated; without `app_secret` nothing can be
    signed for it.
    """
    async with db.connection() as tx:
        found = await trial.find(tx, bucket, conversation_id)
    refused = _nothing_to_try(found, now)
    if refused is not None:
        return refused
    assert found is not None
    inbound = await _deliver_again(db, found, line, app_secret, receive, hash_of, now)
    turn = await _commit_again(db, found, now)
    outbound = await _claim_again(db, found, line, now)
    return SimulatedRetry(inbound, turn, outbound, _verdict(inbound, turn, outbound))


def _nothing_to_try(found: Found | None, now: datetime) -> Refused | None:
    if found is None or found.conversation["merged_into"] is not None:
        return Refused("united", "this conversation was united with another one; try that one")
    if found.erased or (found.message is not None and not found.message["raw"]):
        return Refused("erased", "the contact was erased: there is nothing left to deliver again")
    if found.message is None:
        return Refused("no_read_message", "no message of this conversation was read yet")
    if found.unread:
        return Refused("unread_waiting", f"{found.unread} messages wait for their turn; try again when they are read")
    if found.turn is None:
        return Refused("no_read_message", "no turn has read the last message")
    if now - found.message["received_at"] >= KEEP_INBOUND_KEYS:
        return Refused("keys_expired", "the last message is older than the keys that are kept: no retry comes so late")
    return None


async def _deliver_again(
    db: Database,
    found: Found,
    line: Line,
    app_secret: str | None,
    receive: Receive,
    hash_of: HashOf,
    now: datetime,
) -> InboundLayer:
    """A delivery as WhatsApp would repeat it, several at the same moment."""
    kept_again = await trial.keep_again(db, found, hash_of, now)
    if kept_again:
        return InboundLayer(1, kept_again)  # really delivered, it would be answered
    if app_secret is None:
        return InboundLayer(0, 0)
    raw = rebuilt_delivery(found, line)
    signature = sign(raw, app_secret)
    answers = await asyncio.gather(
        *(receive(raw, signature) for _ in range(DELIVERIES_AT_ONCE)), return_exceptions=True
    )
    attempts = kept = 0
    for answer in answers:
        if isinstance(answer, BaseException):
            log.warning("simulated_retry.not_received", error=type(answer).__name__)
        else:
            attempts, kept = attempts + 1, kept + answer.messages
    return InboundLayer(attempts, kept)


def rebuilt_delivery(found: Found, line: Line) -> bytes:
    """A webhook's body around the message's own bytes."""
    assert found.message is not None
    conversation = found.conversation
    name = {"wa_id": conversation["phone"]} if conversation["phone"] else {"user_id": conversation["bsuid"]}
    head = json.dumps({"display_phone_number": line.name, "phone_number_id": line.phone_number_id})
    card = json.dumps({"profile": {"name": conversation["profile_name"] or ""}, **name})
    return b"".join(
        (
            b'{"object":"whatsapp_business_account","entry":[{"id":"simulated","changes":[{"field":"messages",',
            b'"value":{"messaging_product":"whatsapp","metadata":', head.encode(), b',"contacts":[', card.encode(),
            b'],"messages":[', bytes(found.message["raw"]), b"]}}]}]}",
        )
    )  # fmt: skip


async def _commit_again(db: Database, found: Found, now: datetime) -> TurnLayer:
    """Once against the fence, once past it against the reply key."""
    committed = await trial.commit_again(db, found, now)
    against_fence = int(committed is not None)
    again = int(committed is Committed.YES)
    against_key = int(bool(found.replies))
    let_through = int(bool(against_key and await trial.owe_again(db, found, now)))
    return TurnLayer(
        attempts=against_fence + against_key,
        fenced=against_fence - again,
        key_refused=against_key - let_through,
        committed_again=again + let_through,
    )


async def _claim_again(db: Database, found: Found, line: Line, now: datetime) -> OutboundLayer:
    recorder, attempts, keys = Recorder(), 0, []
    for reply in found.replies:
        if reply["status"] in SETTLED:
            keys.append(reply["outbound_dedupe_key"])
            for _ in range(CLAIMS):
                attempts += 1
                for claimed in await trial.claim_again(db, found, reply, now):
                    await _record(recorder, claimed, line)
    return OutboundLayer(attempts, len(recorder.bodies), keys)


async def _record(recorder: Recorder, claimed: ClaimedReply, line: Line) -> None:
    by_kind = ((IdentifierKind.PHONE, claimed.phone), (IdentifierKind.BSUID, claimed.bsuid))
    to = tuple(Identifier(kind, value) for kind, value in by_kind if value)
    body = request_body(to, claimed.body, callback_data(claimed.bucket, claimed.id, claimed.attempt))
    await recorder.send(line.phone_number_id, "", body, 0.0)


def _verdict(
    inbound: InboundLayer, turn: TurnLayer, outbound: OutboundLayer
) -> Literal["blocked", "duplicated", "incomplete"]:
    if inbound.kept_again or turn.committed_again or outbound.claimed_again:
        return "duplicated"
    tried_all = inbound.attempts and turn.fenced and turn.key_refused and outbound.attempts
    return "blocked" if tried_all else "incomplete"
