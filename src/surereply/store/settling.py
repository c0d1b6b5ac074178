"""Settle what became of sends: accepted, rejected, unknown; a late answer never undoes what came after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.domain.announcements import Topic
from surereply.domain.outcome import Outcome, Verdict
from surereply.store.announcing import Happening, announce
from surereply.store.database import Tx, columns, count_of, to_json


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one attempt. `retry_at`: it surely did not leave, and goes back to PENDING until then."""

    bucket: int
    conversation_id: UUID
    reply_id: UUID
    attempt: int
    started_at: datetime
    ended_at: datetime
    outcome: Outcome
    retry_at: datetime | None = None

    @property
    def status(self) -> str:
        match self.outcome.verdict:
            case Verdict.ACCEPTED:
                return "SENT"
            case Verdict.UNKNOWN:
                return "UNKNOWN"
            case Verdict.REJECTED_RETRY | Verdict.REJECTED_FOR_GOOD:
                return "PENDING" if self.retry_at is not None else "FAILED"


async def settle(tx: Tx, settlements: Sequence[Settlement]) -> None:
    """Write down what became of sends; compare-and-set on attempt, so a late answer never undoes what came after.

    An acceptance counts also where the reply had become UNKNOWN meanwhile, or an echo was faster.
    """
    ordered = sorted(settlements, key=lambda s: (s.bucket, s.conversation_id, s.reply_id))
    await _settle_tickets(tx, ordered)
    if await _settle_replies(tx, ordered) < len(ordered):
        await _take_back(tx, [s for s in ordered if s.outcome.wamid])
    await tx.execute(
        """
        INSERT INTO send_attempt (bucket, reply_id, attempt, started_at, ended_at, verdict, code, error,
                                  provider_message_id, record)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::timestamptz[], $5::timestamptz[],
                             $6::text[], $7::integer[], $8::text[], $9::text[], $10::jsonb[])
        ON CONFLICT (bucket, reply_id, attempt) DO UPDATE
           SET ended_at = excluded.ended_at, verdict = excluded.verdict, code = excluded.code,
               error = excluded.error, provider_message_id = excluded.provider_message_id, record = excluded.record
        """,
        *columns(
            (
                (s.bucket, s.reply_id, s.attempt, s.started_at, s.ended_at, s.outcome.verdict.value, s.outcome.code,
                 s.outcome.details, s.outcome.wamid, to_json(dict(s.outcome.record)))
                for s in ordered
            ),
            10,
        ),
    )  # fmt: skip
    accepted = [(s.bucket, s.outcome.wamid, s.reply_id, s.attempt, s.ended_at) for s in ordered if s.outcome.wamid]
    if accepted:
        await tx.execute(
            """
            INSERT INTO sent_key (bucket, wamid, reply_id, attempt, created_at)
            SELECT * FROM unnest($1::smallint[], $2::text[], $3::uuid[], $4::smallint[], $5::timestamptz[])
            ON CONFLICT DO NOTHING
            """,
            *columns(accepted, 5),
        )
    await announce(tx, [_not_sent(s) for s in ordered if s.status in TOLD])


TOLD = {"FAILED": Topic.REPLY_FAILED, "UNKNOWN": Topic.REPLY_UNKNOWN}


def _not_sent(settled: Settlement) -> Happening:
    """Told where the reply stands there now: a report may have been faster."""
    topic, at = TOLD[settled.status], settled.ended_at
    return Happening(
        settled.bucket, topic, settled.conversation_id, at, reply_id=settled.reply_id, reply_status=settled.status
    )


async def _settle_tickets(tx: Tx, settlements: Sequence[Settlement]) -> None:
    done = [(s.bucket, s.conversation_id, s.reply_id, s.attempt) for s in settlements if s.status == "SENT"]
    if done:
        await tx.execute(
            """
            DELETE FROM reply_ticket t
             USING unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::smallint[])
                   AS k (bucket, conversation_id, reply_id, attempt)
             WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket
               AND t.conversation_id = k.conversation_id AND t.reply_id = k.reply_id AND t.attempt = k.attempt
               -- FAILED: a report was faster than the answer, and knows more. PENDING: `_take_back`.
               AND t.status IN ('SENDING', 'UNKNOWN')
            """,
            *columns(done, 4),
        )
    kept = [
        (s.bucket, s.conversation_id, s.reply_id, s.attempt, s.status, s.retry_at, s.ended_at)
        for s in settlements
        if s.status != "SENT"
    ]
    if kept:
        await tx.execute(
            """
            UPDATE reply_ticket t
               SET status = k.status, due_at = coalesce(k.retry_at, 'infinity'), lease_until = NULL, since = k.at
              FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::smallint[], $5::text[], $6::timestamptz[],
                          $7::timestamptz[]) AS k (bucket, conversation_id, reply_id, attempt, status, retry_at, at)
             WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket
               AND t.conversation_id = k.conversation_id AND t.reply_id = k.reply_id AND t.attempt = k.attempt
               AND t.status IN ('SENDING', 'UNKNOWN')
            """,
            *columns(kept, 7),
        )


async def _settle_replies(tx: Tx, settlements: Sequence[Settlement]) -> int:
    """How many stood as the sender left them. A doubt is a new one, however an earlier one was resolved."""
    result = await tx.execute(
        """
        UPDATE reply r
           SET status = k.status,
               resolution = CASE WHEN k.status = 'UNKNOWN' THEN NULL ELSE r.resolution END,
               sent_at = CASE WHEN k.status = 'SENT' THEN coalesce(r.sent_at, k.at) ELSE r.sent_at END,
               failed_at = CASE WHEN k.status = 'FAILED' THEN k.at ELSE r.failed_at END,
               provider_message_id = coalesce(r.provider_message_id, k.wamid),
               error = k.error, error_code = k.code
          FROM unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::text[], $5::timestamptz[], $6::text[],
                      $7::text[], $8::integer[]) AS k (bucket, id, attempt, status, at, wamid, error, code)
         WHERE r.bucket = ANY($1::smallint[]) AND r.bucket = k.bucket AND r.id = k.id AND r.attempt = k.attempt
           AND (r.status = 'SENDING'
                OR r.status = 'UNKNOWN' AND (k.status = 'SENT' OR r.resolution IS NULL))
        """,
        *columns(
            (
                (s.bucket, s.reply_id, s.attempt, s.status, s.ended_at, s.outcome.wamid, s.outcome.details,
                 s.outcome.code)
                for s in settlements
            ),
            8,
        ),
    )  # fmt: skip
    return count_of(result)


async def _take_back(tx: Tx, accepted: Sequence[Settlement]) -> None:
    """What was in doubt, and by now is to be sent again or not at all, did leave; unless that very copy was reported
    failed since, which is why it is sent again."""
    rows = await tx.fetch(
        """
        SELECT r.bucket, r.conversation_id, r.id, k.attempt, k.wamid, k.at
          FROM unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::text[], $5::timestamptz[])
               AS k (bucket, id, attempt, wamid, at)
          JOIN reply r ON r.bucket = k.bucket AND r.id = k.id AND r.attempt = k.attempt
          LEFT JOIN report_key f ON f.bucket = k.bucket AND f.wamid = k.wamid AND f.reported = 'failed'
         WHERE r.bucket = ANY($1::smallint[]) AND r.status IN ('PENDING', 'SUPPRESSED') AND f.report_id IS NULL
         ORDER BY r.bucket, r.conversation_id, r.id
        """,
        *columns(((s.bucket, s.reply_id, s.attempt, s.outcome.wamid, s.ended_at) for s in accepted), 5),
    )
    if not rows:
        return
    keys = columns((row.values() for row in rows), 6)
    await tx.execute(
        """
        DELETE FROM reply_ticket t
         USING unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::smallint[])
               AS k (bucket, conversation_id, reply_id, attempt)
         WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket AND t.conversation_id = k.conversation_id
           AND t.reply_id = k.reply_id AND t.attempt = k.attempt AND t.status = 'PENDING'
        """,
        *keys[:4],
    )
    await tx.execute(
        """
        UPDATE reply r
           SET status = 'SENT', suppression = NULL, sent_at = coalesce(r.sent_at, k.at),
               provider_message_id = coalesce(r.provider_message_id, k.wamid), error = NULL, error_code = NULL
          FROM unnest($1::smallint[], $2::uuid[], $3::smallint[], $4::text[], $5::timestamptz[])
               AS k (bucket, id, attempt, wamid, at)
         WHERE r.bucket = ANY($1::smallint[]) AND r.bucket = k.bucket AND r.id = k.id AND r.attempt = k.attempt
           AND r.status IN ('PENDING', 'SUPPRESSED')
        """,
        keys[0],
        *keys[2:],
    )
