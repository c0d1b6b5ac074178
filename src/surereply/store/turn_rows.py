"""What a turn that holds its fence writes: tickets, state, lead, its own row, what is superseded and what is owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.conversation import Conversation, HandoverReason
from surereply.domain.identity import new_id
from surereply.domain.lead import Lead
from surereply.domain.replies import HUMAN_TYPES, Suppression
from surereply.domain.turn_values import Turn, TurnCause
from surereply.store import handovers
from surereply.store.database import Tx, columns, to_json
from surereply.store.lead_history import NewChange, insert_changes
from surereply.store.lead_rows import NewLead, insert_leads, update_leads
from surereply.store.outbox import suppress
from surereply.store.owed import NewReply, insert_replies
from surereply.store.turns import Lease, Loaded

MACHINE_EXCLUDED = [reply_type.value for reply_type in HUMAN_TYPES]


@dataclass(frozen=True, slots=True)
class DecidedTurn:
    """A turn with all that its commit needs to know of how it came about."""

    id: UUID
    lease: Lease
    loaded: Loaded
    turn: Turn
    turn_cause: TurnCause
    cause: str
    readings: str  # JSON, a reading a message
    timings: str  # JSON
    now: datetime
    model: str | None = None  # JSON: what a language model proposed, and what became of it

    @property
    def key(self) -> tuple[int, UUID]:
        return self.lease.bucket, self.lease.conversation_id


async def write_down(tx: Tx, turns: Sequence[DecidedTurn]) -> set[UUID]:
    """The caller holds each turn's ticket and conversation. Ids of turns that collided: a reply's key existed."""
    await _delete_unread(tx, turns)
    await _settle_tickets(tx, turns)
    await _update_conversations(tx, turns)
    await insert_leads(tx, [_new_lead(t) for t in turns if t.turn.lead_opened])
    changed = [t for t in turns if not t.turn.lead_opened and t.turn.lead != t.loaded.lead]
    await update_leads(tx, [(t.lease.bucket, t.turn.lead, t.now) for t in changed])
    await _insert_turns(tx, turns)
    await insert_changes(
        tx,
        [
            NewChange(t.lease.bucket, t.turn.lead.id, change, t.now, turn_id=t.id)
            for t in turns
            for change in t.turn.changes
        ],
    )
    await _supersede(tx, [t for t in turns if t.turn.supersede])
    await _insert_handovers(tx, turns)
    replies = [
        NewReply(new_id(t.now), t.lease.bucket, t.lease.conversation_id, t.loaded.conversation.line_id, draft,
                 t.turn.lead.id, t.now, turn_id=t.id)
        for t in turns
        for draft in t.turn.replies
    ]  # fmt: skip
    written = await insert_replies(tx, replies)
    return {reply.turn_id for reply in replies if reply.turn_id is not None and reply.id not in written}


async def _delete_unread(tx: Tx, turns: Sequence[DecidedTurn]) -> None:
    """Exactly those that were read, never all of the conversation: one may have come meanwhile."""
    await tx.execute(
        """
        DELETE FROM unread u
         USING unnest($1::smallint[], $2::uuid[], $3::uuid[]) AS k (bucket, conversation_id, message_id)
         WHERE u.bucket = ANY($1::smallint[])
           AND u.bucket = k.bucket AND u.conversation_id = k.conversation_id AND u.message_id = k.message_id
        """,
        *columns(((*t.key, message.id) for t in turns for message in t.loaded.messages), 3),
    )


async def _settle_tickets(tx: Tx, turns: Sequence[DecidedTurn]) -> None:
    """Delete the ticket, or keep it for what is still to come. A later statement than the lock's on purpose: only a
    fresh snapshot sees what was kept while we waited for the lock."""
    await tx.execute(
        """
        UPDATE conversation_ticket t
           SET lease_until = NULL, lease_token = NULL, attempts = 0, last_error = NULL,
               first_unread_at = n.first_at,
               unread_due_at = CASE WHEN n.first_at IS NULL THEN NULL
                                    ELSE GREATEST(t.unread_due_at, n.first_at) END,
               wake_at = CASE WHEN t.wake_at IS DISTINCT FROM k.woken_at AND t.wake_cause = 'given_back' THEN t.wake_at
                              ELSE k.wake_at END,
               wake_cause = CASE WHEN t.wake_at IS DISTINCT FROM k.woken_at AND t.wake_cause = 'given_back'
                                 THEN t.wake_cause ELSE k.wake_cause END,
               -- The act belongs to its own waking: a later one that bore it would owe its reply under a used key.
               wake_act = CASE WHEN t.wake_at IS DISTINCT FROM k.woken_at AND t.wake_cause = 'given_back'
                               THEN t.wake_act END
          FROM unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::text[], $5::timestamptz[])
               AS k (bucket, conversation_id, wake_at, wake_cause, woken_at)
          LEFT JOIN LATERAL (SELECT min(u.received_at) AS first_at
                               FROM unread u
                              WHERE u.bucket = k.bucket AND u.conversation_id = k.conversation_id) n ON true
         WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket AND t.conversation_id = k.conversation_id
        """,
        *columns((_wake_row(decided) for decided in turns), 5),
    )
    await tx.execute(
        """
        DELETE FROM conversation_ticket t
         USING unnest($1::smallint[], $2::uuid[]) AS k (bucket, conversation_id)
         WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket AND t.conversation_id = k.conversation_id
           AND t.unread_due_at IS NULL AND t.wake_at IS NULL
        """,
        *columns((decided.key for decided in turns), 2),
    )


def _wake_row(decided: DecidedTurn) -> tuple[Any, ...]:
    turn = decided.turn
    return *decided.key, turn.wake_at, turn.wake_cause.value if turn.wake_cause else None, decided.lease.wake_at


async def _update_conversations(tx: Tx, turns: Sequence[DecidedTurn]) -> None:
    await tx.execute(
        """
        UPDATE conversation c
           SET state_version = k.state_version, questions_asked_count = k.questions_asked_count,
               last_question_key = k.last_question_key, lead_id = k.lead_id, known_fields = k.known_fields,
               state = k.state, language = k.language, handed_over_at = k.handed_over_at,
               handover_reason = k.handover_reason, stopped_at = k.stopped_at,
               window_from = GREATEST(c.window_from, k.window_from),
               machine_replies = ARRAY(SELECT jsonb_array_elements_text(k.machine_replies)::timestamptz)
          FROM unnest($1::smallint[], $2::uuid[], $3::bigint[], $4::smallint[], $5::text[], $6::uuid[], $7::jsonb[],
                      $8::jsonb[], $9::text[], $10::timestamptz[], $11::text[], $12::timestamptz[],
                      $13::timestamptz[], $14::jsonb[])
               AS k (bucket, id, state_version, questions_asked_count, last_question_key, lead_id, known_fields,
                     state, language, handed_over_at, handover_reason, stopped_at, window_from, machine_replies)
         WHERE c.bucket = ANY($1::smallint[]) AND c.bucket = k.bucket AND c.id = k.id
        """,
        *columns((_conversation_row(decided) for decided in turns), 14),
    )


def _conversation_row(decided: DecidedTurn) -> tuple[Any, ...]:
    after, lead = decided.turn.conversation, decided.turn.lead
    return (
        *decided.key,
        decided.loaded.conversation.state_version + 1,
        after.questions_asked_count,
        after.last_question_key,
        lead.id,
        to_json(lead.fields),
        to_json(after.state),
        after.language,
        after.handed_over_at,
        after.handover_reason.value if after.handover_reason else None,
        after.stopped_at,
        after.window_from,
        to_json(after.machine_replies),
    )


def _new_lead(decided: DecidedTurn) -> NewLead:
    bucket, conversation_id = decided.key
    return NewLead(bucket, conversation_id, decided.loaded.contact_id, decided.turn.lead, decided.now)


async def _insert_turns(tx: Tx, turns: Sequence[DecidedTurn]) -> None:
    # message_ids is an array a row, which unnest would flatten: it travels as JSON.
    await tx.execute(
        """
        INSERT INTO turn (bucket, id, conversation_id, lead_id, state_version, turn_cause, cause, message_ids, why,
                          silence, notify, readings, state_before, state_after, timings, created_at, model)
        SELECT k.bucket, k.id, k.conversation_id, k.lead_id, k.state_version, k.turn_cause, k.cause,
               ARRAY(SELECT jsonb_array_elements_text(k.message_ids)::uuid), k.why, k.silence, k.notify, k.readings,
               k.state_before, k.state_after, k.timings, k.created_at, k.model
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[],
                      $8::jsonb[], $9::text[], $10::text[], $11::text[], $12::jsonb[], $13::jsonb[], $14::jsonb[],
                      $15::jsonb[], $16::timestamptz[], $17::jsonb[])
               AS k (bucket, id, conversation_id, lead_id, state_version, turn_cause, cause, message_ids, why,
                     silence, notify, readings, state_before, state_after, timings, created_at, model)
        """,
        *columns((_turn_row(decided) for decided in turns), 17),
    )


def _turn_row(decided: DecidedTurn) -> tuple[Any, ...]:
    turn = decided.turn
    return (
        decided.lease.bucket,
        decided.id,
        decided.lease.conversation_id,
        turn.lead.id,
        decided.loaded.conversation.state_version + 1,
        decided.turn_cause.value,
        decided.cause,
        to_json([message.id for message in decided.loaded.messages]),
        turn.why,
        turn.silence.value if turn.silence else None,
        turn.notify,
        decided.readings,
        to_json(_state(decided.loaded.conversation, decided.loaded.lead)),
        to_json(_state(turn.conversation, turn.lead)),
        decided.timings,
        decided.now,
        decided.model,
    )


def _state(conversation: Conversation, lead: Lead | None) -> dict[str, Any]:
    """What a person wants to see of the state before and after a turn; values of fields stay with the lead."""
    return {
        "questions_asked_count": conversation.questions_asked_count,
        "last_question_key": conversation.last_question_key,
        "state": conversation.state,
        "handed_over": conversation.handover_reason,
        "stopped": conversation.stopped_at is not None,
        "stage": lead.stage if lead else None,
        "service": lead.service_type_enum if lead else None,
        "known": sorted(lead.fields) if lead else [],
    }


async def _supersede(tx: Tx, turns: Sequence[DecidedTurn]) -> None:
    """What is still PENDING of a machine is never sent: this turn's reply carries it. What is in doubt is moot."""
    await suppress(tx, [(*t.key, reply, Suppression.SUPERSEDED) for t in turns for reply in t.loaded.pending])
    answering = [t.key for t in turns if t.loaded.messages]
    if answering:
        await tx.execute(
            """
            WITH moot AS (
                DELETE FROM reply_ticket t
                 USING unnest($1::smallint[], $2::uuid[]) AS k (bucket, conversation_id)
                 WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket
                   AND t.conversation_id = k.conversation_id AND t.status = 'UNKNOWN'
                   AND t.reply_type <> ALL($3::text[])
                RETURNING t.bucket, t.reply_id
            )
            UPDATE reply r SET resolution = 'overtaken'
              FROM moot
             WHERE r.bucket = ANY($1::smallint[]) AND r.bucket = moot.bucket AND r.id = moot.reply_id
            """,
            *columns(answering, 2),
            MACHINE_EXCLUDED,
        )


async def _insert_handovers(tx: Tx, turns: Sequence[DecidedTurn]) -> None:
    """On the list of who waits for a person; off it when the bot has the conversation again."""
    for decided in turns:
        before, after = decided.loaded.conversation, decided.turn.conversation
        if after.handed_over_at and not before.handed_over_at:
            reason = after.handover_reason or HandoverReason.ASKED
            told = decided.turn.notify or decided.turn.why
            await handovers.wait_for_person(tx, *decided.key, reason, told, decided.now)
        if before.handed_over_at and not after.handed_over_at:
            await handovers.end_waiting(tx, *decided.key, "set time", decided.now)
