"""Two conversations that turn out to be one contact's: united under the older id; the other becomes an alias."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.conversation import Conversation
from surereply.domain.flow import Flow
from surereply.domain.lead import FieldChange, Lead
from surereply.domain.merge_contacts import unite_conversations, unite_leads
from surereply.store.database import Tx, to_json
from surereply.store.domain_values import conversation_from, lead_from
from surereply.store.lead_history import NewChange, insert_changes
from surereply.store.lead_rows import update_leads
from surereply.store.moving import lock_tickets, move_work, repoint

FlowOf = Callable[[str, int], Awaitable[Flow]]
NO_LIMIT = 20  # of questions, where no lead says which flow it goes by


@dataclass(frozen=True, slots=True)
class MergeTicket:
    bucket: int
    conversation_id: UUID  # the younger
    into_id: UUID
    evidence: str


async def waiting(tx: Tx, buckets: Sequence[int]) -> list[MergeTicket]:
    rows = await tx.fetch(
        """
        SELECT bucket, conversation_id, into_id, evidence
          FROM merge_ticket
         WHERE bucket = ANY($1::smallint[])
         ORDER BY bucket, into_id, conversation_id
         LIMIT 100
        """,
        buckets,
    )
    return [MergeTicket(*row.values()) for row in rows]


async def unite(tx: Tx, ticket: MergeTicket, flow_of: FlowOf, now: datetime) -> bool:
    """Unite them, on record; False if that was done already.

    Both conversations are locked in id order, both leases dropped; unread messages and PENDING replies move in order,
    and what was SENDING ends under its old id.
    """
    bucket, alias_id, into_id = ticket.bucket, ticket.conversation_id, ticket.into_id
    await lock_tickets(tx, bucket, [into_id, alias_id])
    by_id = await _locked(tx, bucket, [into_id, alias_id])
    await tx.execute(
        "DELETE FROM merge_ticket WHERE bucket = $1 AND conversation_id = $2 AND into_id = $3",
        bucket,
        alias_id,
        into_id,
    )
    kept, alias = by_id.get(into_id), by_id.get(alias_id)
    if kept is None or alias is None:
        return False
    if alias["merged_into"] is not None or kept["merged_into"] is not None:  # unite what they became
        await _ask_again(tx, ticket, alias["merged_into"] or alias_id, kept["merged_into"] or into_id, now)
        return False
    united, lead, changes = await _united(kept, alias, flow_of)
    latest = alias if await _written_to_last(tx, bucket, [into_id, alias_id]) == alias_id else kept
    earlier = kept if latest is alias else alias
    names = {name: latest[name] or earlier[name] for name in ("phone", "bsuid")}
    await _write_conversation(tx, bucket, united, lead, names)
    await tx.execute(
        "UPDATE conversation SET merged_into = $3, state_version = state_version + 1 WHERE bucket = $1 AND id = $2",
        bucket,
        alias_id,
        into_id,
    )
    if lead is not None:
        lead_ids = [row["lead_id"] for row in (kept, alias) if row["lead_id"] is not None]
        await _write_lead(tx, bucket, lead, into_id, kept["contact_id"], lead_ids, changes, now)
    await repoint(tx, bucket, alias, kept, now, ticket.evidence)
    await move_work(tx, bucket, alias_id, into_id)
    return True


async def _locked(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """The conversations with their open leads, in id order."""
    rows = await tx.fetch(
        """
        SELECT c.*, l.flow_name, l.flow_version, l.stage, l.service_type_enum, l.service_type_id, l.fields,
               l.suggestions, l.score, l.opened_at, l.closed_at
          FROM conversation c
          LEFT JOIN lead l ON l.bucket = c.bucket AND l.id = c.lead_id
         WHERE c.bucket = $1 AND c.id = ANY($2::uuid[])
         ORDER BY c.id
           FOR NO KEY UPDATE OF c
        """,
        bucket,
        conversation_ids,
    )
    return {row["id"]: row for row in rows}


async def _ask_again(tx: Tx, ticket: MergeTicket, one_id: UUID, other_id: UUID, now: datetime) -> None:
    older, younger = sorted((one_id, other_id))
    if older != younger:
        await tx.execute(
            """
            INSERT INTO merge_ticket (bucket, conversation_id, into_id, evidence, created_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING
            """,
            ticket.bucket,
            younger,
            older,
            ticket.evidence,
            now,
        )


async def _written_to_last(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> UUID | None:
    """Where the customer wrote last: by that name they are reached now."""
    conversation_id: UUID | None = await tx.fetchval(
        """
        SELECT m.conversation_id
          FROM message m
         WHERE m.bucket = $1 AND m.conversation_id = ANY($2::uuid[]) AND m.needs_no_turn IS NULL
         ORDER BY m.id DESC
         LIMIT 1
        """,
        bucket,
        conversation_ids,
    )
    return conversation_id


async def _united(
    kept: Mapping[str, Any], alias: Mapping[str, Any], flow_of: FlowOf
) -> tuple[Conversation, Lead | None, tuple[FieldChange, ...]]:
    """The conversation and its lead. An enquiry that is over is history: it is not united, and ends no other."""
    conversations = [conversation_from(row) for row in (kept, alias)]
    enquiries = [
        (conversation, lead_from(row))
        for conversation, row in zip(conversations, (kept, alias), strict=True)
        if row["lead_id"] is not None
    ]
    if not enquiries:
        return unite_conversations(conversations[0], conversations[1], NO_LIMIT), None, ()
    lasting = [one for one in enquiries if not _is_over(*one)] or [max(enquiries, key=lambda one: one[1].id)]
    conversation, lead = lasting[0]
    flow = await flow_of(lead.flow_name, lead.flow_version)
    united = unite_conversations(conversations[0], conversations[1], flow.limits.max_questions)
    if len(lasting) == 2:
        older = min((lead for _, lead in lasting), key=lambda lead: lead.id)
        lead, changes = unite_leads(lasting[0][1], lasting[1][1], await flow_of(older.flow_name, older.flow_version))
        return united, lead, changes
    if len(enquiries) == 2:
        united = replace(
            united,
            questions_asked_count=conversation.questions_asked_count,
            last_question_key=conversation.last_question_key,
            state=conversation.state,
        )
    return united, lead, ()


def _is_over(conversation: Conversation, lead: Lead) -> bool:
    return lead.closed_at is not None or lead.is_decided or conversation.state.closing_cause is not None


async def _write_conversation(
    tx: Tx, bucket: int, united: Conversation, lead: Lead | None, names: Mapping[str, str | None]
) -> None:
    """`names`: the phone and BSUID by which the customer is reached now."""
    await tx.execute(
        """
        UPDATE conversation
           SET state_version = $3, questions_asked_count = $4, last_question_key = $5, state = $6, language = $7,
               profile_name = $8, handed_over_at = $9, handover_reason = $10, stopped_at = $11, window_from = $12,
               lead_id = $13, known_fields = $14, phone = $15, bsuid = $16
         WHERE bucket = $1 AND id = $2
        """,
        bucket,
        united.id,
        united.state_version,
        united.questions_asked_count,
        united.last_question_key,
        to_json(united.state),
        united.language,
        united.profile_name,
        united.handed_over_at,
        united.handover_reason.value if united.handover_reason else None,
        united.stopped_at,
        united.window_from,
        lead.id if lead else None,
        to_json(lead.fields) if lead else "{}",
        names["phone"],
        names["bsuid"],
    )


async def _write_lead(
    tx: Tx,
    bucket: int,
    lead: Lead,
    conversation_id: UUID,
    contact_id: UUID,
    lead_ids: Sequence[UUID],
    changes: Sequence[FieldChange],
    now: datetime,
) -> None:
    """The united lead goes on; the other one is closed, and both are of the conversation that stays."""
    await update_leads(tx, [(bucket, lead, now)])
    await tx.execute(
        """
        UPDATE lead
           SET closed_at = CASE WHEN id = $3 THEN closed_at ELSE coalesce(closed_at, $4) END, conversation_id = $5,
               contact_id = $6, updated_at = $4
         WHERE bucket = $1 AND id = ANY($2::uuid[])
        """,
        bucket,
        lead_ids,
        lead.id,
        now,
        conversation_id,
        contact_id,
    )
    await insert_changes(tx, [NewChange(bucket, lead.id, change, now) for change in changes])
