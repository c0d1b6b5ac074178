"""A retry, rehearsed: each layer that must stop a second copy is tried on its own, and nothing is sent."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from surereply.admin.redelivering import Fault, InboundLayer, Servers, deliver_again, messages_of, moment_of
from surereply.admin.refused import Refused
from surereply.domain.callback import callback_data
from surereply.domain.line import Line
from surereply.domain.message import identifiers_of
from surereply.domain.outcome import IN_DOUBT, Outcome, Verdict
from surereply.store import trial
from surereply.store.commit import Committed
from surereply.store.database import Database
from surereply.store.erased_keys import HashOf
from surereply.store.outbox import ClaimedReply
from surereply.store.partitions import KEEP_INBOUND_KEYS
from surereply.store.trial import SETTLED, Found
from surereply.whatsapp.outbound import request_body

CLAIMS = 2


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
    servers: Servers,
    hash_of: HashOf,
    now: datetime,
    fault: Fault = Fault.REPEATED,
) -> SimulatedRetry | Refused:
    """Deliver, decide and claim again what is done already.

    `servers` are real receivers, which mark what they note as simulated; without `app_secret` nothing can be signed
    for them. `fault` is how it is delivered; decided and claimed it is as late, and by as many at once.
    """
    async with db.connection() as tx:
        found = await trial.find(tx, bucket, conversation_id)
    refused = _nothing_to_try(found, fault, now)
    if refused is not None:
        return refused
    assert found is not None
    inbound = await deliver_again(db, found, fault, line, app_secret, servers, hash_of, now)
    then = moment_of(fault, found, now)
    at_once = len(servers.all) if fault is Fault.ALL_SERVERS else 1
    turn = await _commit_again(db, found, at_once, then)
    outbound = await _claim_again(db, found, line, at_once, then)
    return SimulatedRetry(inbound, turn, outbound, _verdict(inbound, turn, outbound))


def _nothing_to_try(found: Found | None, fault: Fault, now: datetime) -> Refused | None:
    if found is None or found.conversation["merged_into"] is not None:
        return Refused("united", "this conversation was united with another one; try that one")
    if found.erased or any(not message["raw"] for message in found.messages):
        return Refused("erased", "the contact was erased: there is nothing left to deliver again")
    if found.message is None:
        return Refused("no_read_message", "no message of this conversation was read yet")
    if found.unread:
        return Refused("unread_waiting", f"{found.unread} messages wait for their turn; try again when they are read")
    if found.turn is None:
        return Refused("no_read_message", "no turn has read the last message")
    if now - found.message["received_at"] >= KEEP_INBOUND_KEYS:
        return Refused("keys_expired", "the last message is older than the keys that are kept: no retry comes so late")
    if fault is Fault.SHUFFLED and len(messages_of(fault, found, now)) == 1:
        return Refused("one_message", "only one message can come again: there is no order to change")
    return None


async def _commit_again(db: Database, found: Found, at_once: int, now: datetime) -> TurnLayer:
    """Once against the fence, once past it against the reply key, by so many at the same moment."""
    fence = await asyncio.gather(*(trial.commit_again(db, found, now) for _ in range(at_once)))
    against_fence = sum(committed is not None for committed in fence)
    again = sum(committed in (Committed.YES, Committed.COLLIDED) for committed in fence)
    against_key = at_once if found.replies else 0
    past = await asyncio.gather(*(trial.owe_again(db, found, now) for _ in range(against_key)))
    let_through = sum(map(bool, past))
    return TurnLayer(
        attempts=against_fence + against_key,
        fenced=against_fence - again,
        key_refused=against_key - let_through,
        committed_again=again + let_through,
    )


async def _claim_again(db: Database, found: Found, line: Line, at_once: int, now: datetime) -> OutboundLayer:
    recorder, attempts, keys = Recorder(), 0, []
    for reply in found.replies:
        if reply["status"] in SETTLED:
            keys.append(reply["outbound_dedupe_key"])
            for _ in range(CLAIMS):
                attempts += at_once
                claims = await asyncio.gather(*(trial.claim_again(db, found, reply, now) for _ in range(at_once)))
                for claimed in (one for several in claims for one in several):
                    await _record(recorder, claimed, line)
    return OutboundLayer(attempts, len(recorder.bodies), keys)


async def _record(recorder: Recorder, claimed: ClaimedReply, line: Line) -> None:
    to = identifiers_of(claimed.phone, claimed.bsuid)
    body = request_body(to, claimed.body, callback_data(claimed.bucket, claimed.id, claimed.attempt))
    await recorder.send(line.phone_number_id, "", body, 0.0)


def _verdict(
    inbound: InboundLayer, turn: TurnLayer, outbound: OutboundLayer
) -> Literal["blocked", "duplicated", "incomplete"]:
    if inbound.kept_again or turn.committed_again or outbound.claimed_again:
        return "duplicated"
    tried_all = inbound.attempts and turn.fenced and turn.key_refused and outbound.attempts
    return "blocked" if tried_all else "incomplete"
