"""A turn is a transaction: what was read, what became of it, what is owed; all of it, or nothing.

Many turns may share one transaction; each is fenced on its own and left out when its fence does not hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from surereply.domain.conversation import Conversation
from surereply.domain.identity import new_id, outbound_dedupe_key
from surereply.domain.lead import Lead
from surereply.domain.replies import HUMAN_TYPES, ReplyDraft
from surereply.domain.turn import Turn, TurnCause
from surereply.store.database import Tx, columns, to_json
from surereply.store.turns import Lease, Loaded

MACHINE_EXCLUDED = [reply_type.value for reply_type in HUMAN_TYPES]


class Committed(Enum):
    YES = "committed"
    LOST_LEASE = "lost_lease"  # whoever holds it now answers the same messages
    BEATEN = "beaten"  # the state it was decided on is no longer the state: decide again on the same facts


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

    @property
    def key(self) -> tuple[int, UUID]:
        return self.lease.bucket, self.lease.conversation_id


async def commit_turns(tx: Tx, turns: Sequence[DecidedTurn]) -> list[Committed]:
    """Write down those whose lease, `state_version` and view of the replies still hold. Order of locks: ticket,
    conversation, reply ticket, reply; everybody keeps it."""
    held = await _lock_tickets(tx, turns)
    current = await _lock_conversations(tx, [t for t in turns if t.key in held])
    pending = await _pending_replies(tx, [t for t in turns if t.key in current])
    result, through = [], []
    for decided in turns:
        if decided.key not in held:
            result.append(Committed.LOST_LEASE)
        elif (
            current.get(decided.key) != decided.loaded.conversation.state_version
            or pending.get(decided.key, frozenset()) != decided.loaded.pending
        ):
            result.append(Committed.BEATEN)
        else:
            result.append(Committed.YES)
            through.append(decided)
    if through:
        await _write(tx, through)
    return result


async def _lock_tickets(tx: Tx, turns: Sequence[DecidedTurn]) -> set[tuple[int, UUID]]:
    """Lock the tickets whose lease is still ours: the fence. A token is never used twice, also when the ticket was
    deleted and made anew meanwhile."""
    rows = await tx.fetch(
        """
        SELECT t.bucket, t.conversation_id
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[]) AS k (bucket, conversation_id, token)
          JOIN conversation_ticket t ON t.bucket = k.bucket AND t.conversation_id = k.conversation_id
         WHERE t.bucket = ANY($1::smallint[]) AND t.lease_token = k.token
         ORDER BY t.bucket, t.conversation_id
           FOR UPDATE OF t
        """,
        *columns(((*decided.key, decided.lease.token) for decided in turns), 3),
    )
    return {(row["bucket"], row["conversation_id"]) for row in rows}


async def _lock_conversations(tx: Tx, turns: Sequence[DecidedTurn]) -> dict[tuple[int, UUID], int]:
    rows = await tx.fetch(
        """
        SELECT c.bucket, c.id, c.state_version
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
          JOIN conversation c ON c.bucket = k.bucket AND c.id = k.id
         WHERE c.bucket = ANY($1::smallint[])
         ORDER BY c.bucket, c.id
           FOR NO KEY UPDATE OF c
        """,
        *columns((decided.key for decided in turns), 2),
    )
    return {(row["bucket"], row["id"]): row["state_version"] for row in rows}


async def _pending_replies(tx: Tx, turns: Sequence[DecidedTurn]) -> dict[tuple[int, UUID], frozenset[UUID]]:
    """Machine replies that are still PENDING, under the conversation's lock: none of them can leave meanwhile.

    A turn was decided on a view of them: what it carries over must not have left by itself.
    """
    rows = await tx.fetch(
        """
        SELECT t.bucket, t.conversation_id, array_agg(t.reply_id) AS reply_ids
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, conversation_id)
          JOIN reply_ticket t ON t.bucket = k.bucket AND t.conversation_id = k.conversation_id
         WHERE t.bucket = ANY($1::smallint[]) AND t.status = 'PENDING' AND t.reply_type <> ALL($3::text[])
         GROUP BY t.bucket, t.conversation_id
        """,
        *columns((decided.key for decided in turns), 2),
        MACHINE_EXCLUDED,
    )
    return {(row["bucket"], row["conversation_id"]): frozenset(row["reply_ids"]) for row in rows}


async def _write(tx: Tx, turns: Sequence[DecidedTurn]) -> None:
    await _delete_unread(tx, turns)
    await _settle_tickets(tx, turns)
    await _update_conversations(tx, turns)
    await _write_leads(tx, turns)
    await _insert_turns(tx, turns)
    await _insert_changes(tx, turns)
    await _supersede(tx, [t for t in turns if t.turn.supersede])
    await _insert_handovers(tx, turns)
    await insert_replies(
        tx,
        [
            NewReply(new_id(t.now), t.lease.bucket, t.lease.conversation_id, t.loaded.conversation.line_id, draft,
                     t.turn.lead.id, t.now, turn_id=t.id)
            for t in turns
            for draft in t.turn.replies
        ],
    )  # fmt: skip


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
                                 THEN t.wake_cause ELSE k.wake_cause END
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


async def _write_leads(tx: Tx, turns: Sequence[DecidedTurn]) -> None:
    opened = [t for t in turns if t.turn.lead_opened]
    changed = [t for t in turns if not t.turn.lead_opened and t.turn.lead != t.loaded.lead]
    if opened:
        await tx.execute(
            """
            INSERT INTO lead (bucket, id, stage, service_type_enum, service_type_id, fields, suggestions, score,
                              closed_at, updated_at, conversation_id, contact_id, flow_name, flow_version, opened_at)
            SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::integer[], $6::jsonb[],
                                 $7::jsonb[], $8::integer[], $9::timestamptz[], $10::timestamptz[], $11::uuid[],
                                 $12::uuid[], $13::text[], $14::integer[], $15::timestamptz[])
            """,
            *columns(
                (
                    (*_lead_row(t), t.lease.conversation_id, t.loaded.contact_id, t.turn.lead.flow_name,
                     t.turn.lead.flow_version, t.turn.lead.opened_at)
                    for t in opened
                ),
                15,
            ),
        )  # fmt: skip
    if changed:
        await tx.execute(
            """
            UPDATE lead l
               SET stage = k.stage, service_type_enum = k.service_type_enum, service_type_id = k.service_type_id,
                   fields = k.fields, suggestions = k.suggestions, score = k.score, closed_at = k.closed_at,
                   updated_at = k.updated_at
              FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::integer[], $6::jsonb[], $7::jsonb[],
                          $8::integer[], $9::timestamptz[], $10::timestamptz[])
                   AS k (bucket, id, stage, service_type_enum, service_type_id, fields, suggestions, score, closed_at,
                         updated_at)
             WHERE l.bucket = ANY($1::smallint[]) AND l.bucket = k.bucket AND l.id = k.id
            """,
            *columns((_lead_row(t) for t in changed), 10),
        )


def _lead_row(decided: DecidedTurn) -> tuple[Any, ...]:
    lead = decided.turn.lead
    return (
        decided.lease.bucket,
        lead.id,
        lead.stage.value,
        lead.service_type_enum,
        lead.service_type_id,
        to_json(lead.fields),
        to_json(lead.suggestions),
        lead.score,
        lead.closed_at,
        decided.now,
    )


async def _insert_turns(tx: Tx, turns: Sequence[DecidedTurn]) -> None:
    # message_ids is an array a row, which unnest would flatten: it travels as JSON.
    await tx.execute(
        """
        INSERT INTO turn (bucket, id, conversation_id, lead_id, state_version, turn_cause, cause, message_ids, why,
                          silence, notify, readings, state_before, state_after, timings, created_at)
        SELECT k.bucket, k.id, k.conversation_id, k.lead_id, k.state_version, k.turn_cause, k.cause,
               ARRAY(SELECT jsonb_array_elements_text(k.message_ids)::uuid), k.why, k.silence, k.notify, k.readings,
               k.state_before, k.state_after, k.timings, k.created_at
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[], $7::text[],
                      $8::jsonb[], $9::text[], $10::text[], $11::text[], $12::jsonb[], $13::jsonb[], $14::jsonb[],
                      $15::jsonb[], $16::timestamptz[])
               AS k (bucket, id, conversation_id, lead_id, state_version, turn_cause, cause, message_ids, why,
                     silence, notify, readings, state_before, state_after, timings, created_at)
        """,
        *columns((_turn_row(decided) for decided in turns), 16),
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


async def _insert_changes(tx: Tx, turns: Sequence[DecidedTurn]) -> None:
    rows = [
        (
            t.lease.bucket,
            new_id(t.now),
            t.turn.lead.id,
            change.field,
            to_json(change.old) if change.old else None,
            to_json(change.new) if change.new else None,
            to_json(change.suggestion) if change.suggestion else None,
            change.reason,
            t.id,
            t.now,
        )
        for t in turns
        for change in t.turn.changes
    ]
    if rows:
        await tx.execute(
            """
            INSERT INTO lead_change (bucket, id, lead_id, field, old, new, suggestion, reason, turn_id, at)
            SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[], $6::jsonb[],
                                 $7::jsonb[], $8::text[], $9::uuid[], $10::timestamptz[])
            """,
            *columns(rows, 10),
        )


async def _supersede(tx: Tx, turns: Sequence[DecidedTurn]) -> None:
    """What is still PENDING of a machine is never sent: this turn's reply carries it. What is in doubt is moot."""
    superseded = [(t.lease.bucket, t.lease.conversation_id, reply) for t in turns for reply in t.loaded.pending]
    if superseded:
        await tx.execute(
            """
            WITH gone AS (
                DELETE FROM reply_ticket t
                 USING unnest($1::smallint[], $2::uuid[], $3::uuid[]) AS k (bucket, conversation_id, reply_id)
                 WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket
                   AND t.conversation_id = k.conversation_id AND t.reply_id = k.reply_id AND t.status = 'PENDING'
                RETURNING t.bucket, t.reply_id
            )
            UPDATE reply r SET status = 'SUPPRESSED', suppression = 'superseded'
              FROM gone
             WHERE r.bucket = ANY($1::smallint[]) AND r.bucket = gone.bucket AND r.id = gone.reply_id
            """,
            *columns(superseded, 3),
        )
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
            await tx.execute(
                """
                INSERT INTO handover (bucket, id, conversation_id, reason, told, opened_at)
                VALUES ($1, $2, $3, $4, $5, $6)
                """,
                decided.lease.bucket,
                new_id(decided.now),
                decided.lease.conversation_id,
                after.handover_reason.value if after.handover_reason else "asked",
                decided.turn.notify or decided.turn.why,
                decided.now,
            )
        if before.handed_over_at and not after.handed_over_at:
            await tx.execute(
                """
                UPDATE handover SET given_back_at = $3, given_back_by = 'set time'
                 WHERE bucket = $1 AND conversation_id = $2 AND given_back_at IS NULL
                """,
                *decided.key,
                decided.now,
            )


@dataclass(frozen=True, slots=True)
class NewReply:
    """A reply to be written down: of a turn, or of a person's act."""

    id: UUID
    bucket: int
    conversation_id: UUID
    line_id: UUID
    draft: ReplyDraft
    lead_id: UUID | None
    now: datetime
    turn_id: UUID | None = None
    act_id: UUID | None = None
    revision: int = 0

    @property
    def dedupe_key(self) -> str:
        draft = self.draft
        return outbound_dedupe_key(
            self.conversation_id,
            draft.reply_type.value,
            draft.question_key,
            draft.cause,
            part=draft.part,
            revision=self.revision,
        )


async def insert_replies(tx: Tx, replies: Sequence[NewReply]) -> set[UUID]:
    """The log row first, PENDING, under its unique key; those whose key exists are not sent, and that is on record.

    Returns the ids written. There is no other way for a reply to come into being.
    """
    if not replies:
        return set()
    rows = await tx.fetch(
        """
        INSERT INTO reply_key (bucket, outbound_dedupe_key, reply_id, conversation_id, cause, part, revision, machine,
                               created_at)
        SELECT * FROM unnest($1::smallint[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::smallint[],
                             $7::smallint[], $8::boolean[], $9::timestamptz[])
        ON CONFLICT DO NOTHING
        RETURNING reply_id
        """,
        *columns(
            (
                (r.bucket, r.dedupe_key, r.id, r.conversation_id, r.draft.cause, r.draft.part, r.revision,
                 r.draft.reply_type not in HUMAN_TYPES, r.now)
                for r in sorted(replies, key=lambda r: (r.bucket, r.dedupe_key))
            ),
            9,
        ),
    )  # fmt: skip
    written = {row["reply_id"] for row in rows}
    for reply in replies:
        if reply.id not in written:
            await _note_collision(tx, reply)
    await _insert_reply_rows(tx, [r for r in replies if r.id in written])
    return written


async def _insert_reply_rows(tx: Tx, replies: Sequence[NewReply]) -> None:
    if not replies:
        return
    await tx.execute(
        """
        INSERT INTO reply (bucket, id, conversation_id, lead_id, turn_id, act_id, outbound_dedupe_key, reply_type,
                           question_key, day_bucket, cause, part, revision, body, created_at, status)
        SELECT k.*, 'PENDING'
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[],
                      $8::text[], $9::text[], $10::date[], $11::text[], $12::smallint[], $13::smallint[], $14::jsonb[],
                      $15::timestamptz[]) AS k
        """,
        *columns((_reply_row(reply) for reply in replies), 15),
    )
    await tx.execute(
        """
        INSERT INTO reply_ticket (bucket, conversation_id, reply_id, line_id, reply_type, due_at, since, status)
        SELECT k.*, 'PENDING'
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[],
                      $7::timestamptz[]) AS k
        """,
        *columns(
            ((r.bucket, r.conversation_id, r.id, r.line_id, r.draft.reply_type.value, r.now, r.now) for r in replies),
            7,
        ),
    )


def _reply_row(reply: NewReply) -> tuple[Any, ...]:
    draft = reply.draft
    return (
        reply.bucket,
        reply.id,
        reply.conversation_id,
        reply.lead_id,
        reply.turn_id,
        reply.act_id,
        reply.dedupe_key,
        draft.reply_type.value,
        draft.question_key,
        draft.day_bucket,
        draft.cause,
        draft.part,
        reply.revision,
        to_json(draft.body),
        reply.now,
    )


async def _note_collision(tx: Tx, reply: NewReply) -> None:
    """Both causes, for a person to compare. Inside a fenced turn it is our bug: an alarm."""
    draft = reply.draft
    await tx.execute(
        """
        INSERT INTO collision (bucket, id, conversation_id, outbound_dedupe_key, reply_type, question_key, cause,
                               existing_reply_id, existing_cause, turn_id, alarm, at)
        SELECT $1, $2, $3, $4, $5, $6, $7, k.reply_id, k.cause, $8, $9, $10
          FROM reply_key k
         WHERE k.bucket = $1
           AND (k.outbound_dedupe_key = $4
                OR k.machine AND k.conversation_id = $3 AND k.cause = $7 AND k.part = $11 AND k.revision = $12)
         LIMIT 1
        """,
        reply.bucket,
        new_id(reply.now),
        reply.conversation_id,
        reply.dedupe_key,
        draft.reply_type.value,
        draft.question_key,
        draft.cause,
        reply.turn_id,
        reply.turn_id is not None,
        reply.now,
        draft.part,
        reply.revision,
    )


async def committed_turns(tx: Tx, turns: Sequence[DecidedTurn]) -> set[UUID]:
    """Which of these turns are in the database: for a commit whose answer was lost."""
    rows = await tx.fetch(
        """
        SELECT t.id
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
          JOIN turn t ON t.bucket = k.bucket AND t.id = k.id
         WHERE t.bucket = ANY($1::smallint[])
        """,
        *columns(((t.lease.bucket, t.id) for t in turns), 2),
    )
    return {row["id"] for row in rows}


async def release(tx: Tx, lease: Lease, error: str, retry_at: datetime) -> None:
    """Let go of a lease after a failure; the attempt stays counted. `error` is a class name, no customer's words."""
    await tx.execute(
        """
        UPDATE conversation_ticket SET lease_until = $4, last_error = $5
         WHERE bucket = $1 AND conversation_id = $2 AND lease_token = $3
        """,
        lease.bucket,
        lease.conversation_id,
        lease.token,
        retry_at,
        error,
    )
