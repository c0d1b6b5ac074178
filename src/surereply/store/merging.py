"""Two conversations that turn out to be one contact's: united under the older id; the other becomes an alias."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.flow import Flow
from surereply.domain.identity import new_id
from surereply.domain.lead import FieldChange, Lead
from surereply.domain.merge_contacts import unite_conversations, unite_leads
from surereply.store.database import Tx, to_json
from surereply.store.turns import conversation_from, lead_from

FlowOf = Callable[[str, int], Awaitable[Flow]]


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
    await _lock_tickets(tx, bucket, [into_id, alias_id])
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
        [into_id, alias_id],
    )
    await tx.execute(
        "DELETE FROM merge_ticket WHERE bucket = $1 AND conversation_id = $2 AND into_id = $3",
        bucket,
        alias_id,
        into_id,
    )
    by_id = {row["id"]: row for row in rows}
    kept, alias = by_id.get(into_id), by_id.get(alias_id)
    if kept is None or alias is None or alias["merged_into"] is not None:
        return False
    if kept["merged_into"] is not None:  # itself an alias by now: unite with what it became
        await ask_again(tx, ticket, kept["merged_into"], now)
        return False
    leads = [lead_from(row) for row in (kept, alias) if row["lead_id"] is not None]
    lead, changes = await _united_lead(leads, flow_of)
    limit = (await flow_of(lead.flow_name, lead.flow_version)).limits.max_questions if lead else 20
    united = unite_conversations(conversation_from(kept), conversation_from(alias), limit)
    await tx.execute(
        """
        UPDATE conversation
           SET state_version = $3, questions_asked_count = $4, last_question_key = $5, state = $6, language = $7,
               profile_name = $8, handed_over_at = $9, handover_reason = $10, stopped_at = $11, window_from = $12,
               lead_id = $13, known_fields = $14, phone = coalesce(phone, $15), bsuid = coalesce(bsuid, $16),
               pair_free_at = GREATEST(pair_free_at, $17)
         WHERE bucket = $1 AND id = $2
        """,
        bucket,
        into_id,
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
        alias["phone"],
        alias["bsuid"],
        alias["pair_free_at"],
    )
    await tx.execute(
        "UPDATE conversation SET merged_into = $3, state_version = state_version + 1 WHERE bucket = $1 AND id = $2",
        bucket,
        alias_id,
        into_id,
    )
    if lead is not None:
        await _write_lead(tx, bucket, lead, into_id, kept["contact_id"], [one.id for one in leads], changes, now)
    await _repoint(tx, bucket, alias, kept, now, ticket.evidence)
    await _move_work(tx, bucket, alias_id, into_id)
    return True


async def ask_again(tx: Tx, ticket: MergeTicket, into_id: UUID, now: datetime) -> None:
    older, younger = sorted((into_id, ticket.conversation_id))
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


async def _united_lead(leads: Sequence[Lead], flow_of: FlowOf) -> tuple[Lead | None, tuple[FieldChange, ...]]:
    if not leads:
        return None, ()
    if len(leads) == 1:
        return leads[0], ()
    one, other = leads
    older = min(leads, key=lambda lead: lead.id)
    return unite_leads(one, other, await flow_of(older.flow_name, older.flow_version))


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
    await tx.execute(
        """
        UPDATE lead
           SET stage = $3, service_type_enum = $4, service_type_id = $5, fields = $6, suggestions = $7, score = $8,
               closed_at = $9, conversation_id = $10, contact_id = $11, updated_at = $12
         WHERE bucket = $1 AND id = $2
        """,
        bucket,
        lead.id,
        lead.stage.value,
        lead.service_type_enum,
        lead.service_type_id,
        to_json(lead.fields),
        to_json(lead.suggestions),
        lead.score,
        lead.closed_at,
        conversation_id,
        contact_id,
        now,
    )
    await tx.execute(
        """
        UPDATE lead SET closed_at = coalesce(closed_at, $4), conversation_id = $5, updated_at = $4
         WHERE bucket = $1 AND id = ANY($2::uuid[]) AND id <> $3
        """,
        bucket,
        lead_ids,
        lead.id,
        now,
        conversation_id,
    )
    await tx.executemany(
        """
        INSERT INTO lead_change (bucket, id, lead_id, field, old, new, suggestion, reason, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        [
            (
                bucket,
                new_id(now),
                lead.id,
                change.field,
                to_json(change.old) if change.old else None,
                to_json(change.new) if change.new else None,
                to_json(change.suggestion) if change.suggestion else None,
                change.reason,
                now,
            )
            for change in changes
        ],
    )


async def _repoint(
    tx: Tx, bucket: int, alias: Mapping[str, Any], kept: Mapping[str, Any], now: datetime, evidence: str
) -> None:
    """Every name of the alias now leads to the contact that stays; the act is on record."""
    await tx.execute(
        """
        UPDATE identifier SET contact_id = $3, conversation_id = $4
         WHERE bucket = $1 AND contact_id = $2
        """,
        bucket,
        alias["contact_id"],
        kept["contact_id"],
        kept["id"],
    )
    await tx.execute(
        "UPDATE contact SET merged_into = $3 WHERE bucket = $1 AND id = $2",
        bucket,
        alias["contact_id"],
        kept["contact_id"],
    )
    await tx.execute(
        """
        INSERT INTO act (bucket, id, conversation_id, name, operator, detail, at)
        VALUES ($1, $2, $3, 'unite', 'evidence', $4, $5)
        """,
        bucket,
        new_id(now),
        kept["id"],
        to_json({"alias": alias["id"], "evidence": evidence}),
        now,
    )


async def _lock_tickets(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> None:
    """Both leases are dropped with the lock: whoever holds one finds its fence gone."""
    await tx.execute(
        """
        SELECT
          FROM conversation_ticket
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])
         ORDER BY conversation_id
           FOR UPDATE
        """,
        bucket,
        conversation_ids,
    )
    await tx.execute(
        """
        UPDATE conversation_ticket SET lease_until = NULL, lease_token = NULL
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])
        """,
        bucket,
        conversation_ids,
    )


async def forward(tx: Tx, bucket: int, alias_id: UUID, into_id: UUID) -> None:
    """Move work that reached an alias (its identifiers were looked up right before it became one)."""
    await _lock_tickets(tx, bucket, [alias_id, into_id])
    await _move_work(tx, bucket, alias_id, into_id)


async def _move_work(tx: Tx, bucket: int, alias_id: UUID, into_id: UUID) -> None:
    """Unread messages and their ticket, PENDING replies and theirs; ids keep their order."""
    await tx.execute(
        "UPDATE unread SET conversation_id = $3 WHERE bucket = $1 AND conversation_id = $2",
        bucket,
        alias_id,
        into_id,
    )
    await tx.execute(
        """
        WITH gone AS (
            DELETE FROM conversation_ticket WHERE bucket = $1 AND conversation_id = $2 RETURNING *
        )
        INSERT INTO conversation_ticket AS t (bucket, conversation_id, line_id, first_unread_at, unread_due_at, wake_at,
                                              wake_cause, wake_act)
        SELECT bucket, $3, line_id, first_unread_at, unread_due_at, wake_at, wake_cause, wake_act FROM gone
        ON CONFLICT (bucket, conversation_id) DO UPDATE
           SET first_unread_at = LEAST(t.first_unread_at, excluded.first_unread_at),
               unread_due_at = LEAST(t.unread_due_at, excluded.unread_due_at)
        """,
        bucket,
        alias_id,
        into_id,
    )
    await tx.execute(
        """
        WITH moved AS (
            UPDATE reply_ticket SET conversation_id = $3
             WHERE bucket = $1 AND conversation_id = $2 AND status = 'PENDING'
            RETURNING bucket, reply_id
        )
        UPDATE reply r SET conversation_id = $3
          FROM moved
         WHERE r.bucket = $1 AND r.bucket = moved.bucket AND r.id = moved.reply_id
        """,
        bucket,
        alias_id,
        into_id,
    )
