"""Conversations: listed, one with all that happened in it, simulate-retry, and who has it."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter

from surereply.admin import handover
from surereply.admin.lease import release_lease
from surereply.admin.redelivering import Servers
from surereply.admin.simulate_retry import SimulatedRetry, simulate_retry
from surereply.store import history, leads, listings
from surereply.store.delivered import Kept
from surereply.store.history import Timeline
from surereply.store.rows import ConversationRow, LeadRow
from surereply.web.asked import Cursor, Limit, Operator, Page, Parts, must_be_allowed, must_exist, page
from surereply.web.parts import WebParts
from surereply.web.problems import documented

router = APIRouter(prefix="/conversations", tags=["conversations"])


@dataclass(frozen=True, slots=True)
class ConversationDetail:
    conversation: ConversationRow
    lead: LeadRow | None
    timeline: Timeline


@router.get("", response_model=Page[ConversationRow])
async def list_conversations(parts: Parts, limit: Limit = 50, cursor: Cursor = None) -> object:
    """Conversations, newest first; those that became part of another one are left out."""
    async with parts.db.connection() as tx:
        return page(await listings.conversations(tx, parts.directory.buckets(), cursor, limit), limit)


@router.get("/{conversation_id}", responses=documented(404))
async def show_conversation(
    parts: Parts, conversation_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> ConversationDetail:
    """The conversation, its lead, and the newest of everything that happened before `cursor` (an id)."""
    async with parts.db.connection() as tx:
        buckets = parts.directory.buckets()
        bucket, row = must_exist(await history.conversation(tx, buckets, conversation_id), "conversation")
        lead = await leads.find(tx, [bucket], row.lead_id) if row.lead_id else None
        timeline = await history.timeline(tx, bucket, conversation_id, cursor, limit)
    return ConversationDetail(row, lead[1] if lead else None, timeline)


@router.post("/{conversation_id}/simulate-retry", responses=documented(404, 409))
async def simulate_a_retry(parts: Parts, conversation_id: UUID) -> SimulatedRetry:
    """Deliver, decide and claim once more what is done; each layer tried on its own, and nothing is sent."""
    bucket, row = await _found(parts, conversation_id)
    line = must_exist(next((one for one in parts.directory.lines() if one.id == row.line_id), None), "line")
    credentials = parts.directory.credentials(line.id)

    async def receive(raw: bytes, signature: str) -> Kept:
        return await parts.receiver.receive(raw, signature, simulated=True)

    outcome = await simulate_retry(
        parts.db,
        bucket,
        conversation_id,
        line,
        credentials.app_secret if credentials else None,
        Servers(receive),
        parts.directory.hash_of,
        parts.clock(),
    )
    return must_be_allowed(outcome)


@router.put("/{conversation_id}/handover", responses=documented(404, 409))
async def take_over(parts: Parts, operator: Operator, conversation_id: UUID) -> ConversationRow:
    """From now on a person answers in this conversation."""
    bucket, _ = await _found(parts, conversation_id)
    must_be_allowed(await handover.take_over(parts.db, bucket, conversation_id, operator, parts.clock()))
    return (await _found(parts, conversation_id))[1]


@router.delete("/{conversation_id}/handover", responses=documented(404, 409))
async def give_back(parts: Parts, operator: Operator, conversation_id: UUID) -> ConversationRow:
    """The bot answers again, beginning with what came unanswered."""
    bucket, _ = await _found(parts, conversation_id)
    must_be_allowed(await handover.give_back(parts.db, bucket, conversation_id, operator, parts.clock()))
    parts.due()
    return (await _found(parts, conversation_id))[1]


@router.delete("/{conversation_id}/lease", responses=documented(404, 409))
async def release_the_lease(parts: Parts, operator: Operator, conversation_id: UUID) -> ConversationRow:
    """Whoever holds the conversation's turn loses the right to commit it; the next responder takes it at once."""
    bucket, _ = await _found(parts, conversation_id)
    must_be_allowed(await release_lease(parts.db, bucket, conversation_id, operator, parts.clock()))
    parts.due()
    return (await _found(parts, conversation_id))[1]


async def _found(parts: WebParts, conversation_id: UUID) -> tuple[int, ConversationRow]:
    async with parts.db.connection() as tx:
        found = await history.conversation(tx, parts.directory.buckets(), conversation_id)
    return must_exist(found, "conversation")
