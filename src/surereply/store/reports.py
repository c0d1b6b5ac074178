"""Fold what WhatsApp reports into the replies: evidence that settles doubt, never a step back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from surereply.domain.announcements import Topic
from surereply.domain.callback import parse_callback_data
from surereply.domain.identity import new_id
from surereply.domain.replies import Reported, Resolution, Status, Suppression
from surereply.domain.settling import ReplyState, StoredReport, settle_by_report
from surereply.store.announcing import Happening, announce
from surereply.store.database import Tx, columns

# A report without callback data may be faster than the answer that names its wamid: looked at again so long.
UNNAMED_AGAIN = timedelta(seconds=2)
UNNAMED_ATTEMPTS = 60


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch of reports did, for those who are told."""

    reports: int
    failed: tuple[tuple[StoredReport, ReplyState], ...]
    second_copies: tuple[UUID, ...]  # a second wamid for one reply: must stay empty but for consented resends


async def apply_reports(tx: Tx, buckets: Sequence[int], now: datetime, most: int) -> Applied:
    """Fold the oldest reports that nobody folded yet."""
    reports = await _take(tx, buckets, now, most)
    named = [report for report in reports if report.reply_id is not None]
    unnamed = [report for report in reports if report.reply_id is None]
    states = await _lock_replies(tx, named)
    by_reply: dict[UUID, list[StoredReport]] = defaultdict(list)
    for report in named:
        assert report.reply_id is not None
        by_reply[report.reply_id].append(report)
    changed, failed, second = [], [], []
    for reply_id, its_reports in by_reply.items():
        before = after = states.get(reply_id)
        if before is None or after is None:
            continue  # erased, or older than what is kept
        for report in sorted(its_reports, key=lambda report: report.id):
            if after.provider_message_id not in (None, report.wamid):
                second.append(reply_id)
            later = settle_by_report(after, report)
            if later.status is Status.FAILED and after.status is not Status.FAILED:
                failed.append((report, later))
            after = later
        if after != before:
            changed.append((before, after))
    await _write(tx, changed, {report.reply_id: report.line_id for report in named}, now)
    await _note_echoes(tx, named, states)
    await _finish(tx, named, unnamed, now)
    await _note_second_copies(tx, {reply_id: states[reply_id] for reply_id in second}, now)
    return Applied(len(reports), tuple(failed), tuple(dict.fromkeys(second)))


async def _take(tx: Tx, buckets: Sequence[int], now: datetime, most: int) -> list[StoredReport]:
    rows = await tx.fetch(
        """
        WITH due AS (
            SELECT t.bucket, t.report_id
              FROM report_ticket t
             WHERE t.bucket = ANY($1::smallint[]) AND t.due_at <= $2
             ORDER BY t.bucket, t.report_id
             LIMIT $3
               FOR UPDATE SKIP LOCKED
        )
        SELECT r.*, s.reply_id AS sent_reply_id, s.attempt AS sent_attempt, f.report_id IS NOT NULL AS copy_failed
          FROM due
          JOIN report r ON r.bucket = due.bucket AND r.id = due.report_id
          LEFT JOIN sent_key s ON s.bucket = r.bucket AND s.wamid = r.wamid
          LEFT JOIN report_key f ON f.bucket = r.bucket AND f.wamid = r.wamid AND f.reported = 'failed'
         WHERE r.bucket = ANY($1::smallint[])
        """,
        buckets,
        now,
        most,
    )
    return [_report(row) for row in rows]


def _report(row: Mapping[str, Any]) -> StoredReport:
    echoed = parse_callback_data(row["callback_data"])
    if echoed is not None and echoed.bucket == row["bucket"]:
        reply_id, attempt = echoed.reply_id, echoed.attempt
    else:
        reply_id, attempt = row["sent_reply_id"], row["sent_attempt"] or 0
    return StoredReport(
        row["bucket"],
        row["id"],
        row["line_id"],
        row["wamid"],
        Reported(row["reported"]),
        row["at"],
        row["code"],
        row["error"],
        reply_id,
        attempt,
        row["copy_failed"],
    )


async def _lock_replies(tx: Tx, reports: Sequence[StoredReport]) -> dict[UUID, ReplyState]:
    """Tickets before replies, as everybody does."""
    keys = sorted({(report.bucket, report.reply_id) for report in reports if report.reply_id})
    if not keys:
        return {}
    rows = await tx.fetch(
        """
        SELECT r.bucket, r.id, r.conversation_id
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
          JOIN reply r ON r.bucket = k.bucket AND r.id = k.id
         WHERE r.bucket = ANY($1::smallint[])
        """,
        *columns(keys, 2),
    )
    await tx.execute(
        """
        SELECT
          FROM unnest($1::smallint[], $2::uuid[], $3::uuid[]) AS k (bucket, conversation_id, reply_id)
          JOIN reply_ticket t ON t.bucket = k.bucket AND t.conversation_id = k.conversation_id
                             AND t.reply_id = k.reply_id
         WHERE t.bucket = ANY($1::smallint[])
         ORDER BY t.bucket, t.conversation_id, t.reply_id
           FOR UPDATE OF t
        """,
        *columns(((row["bucket"], row["conversation_id"], row["id"]) for row in rows), 3),
    )
    locked = await tx.fetch(
        """
        SELECT r.*
          FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, id)
          JOIN reply r ON r.bucket = k.bucket AND r.id = k.id
         WHERE r.bucket = ANY($1::smallint[])
         ORDER BY r.bucket, r.id
           FOR UPDATE OF r
        """,
        *columns(keys, 2),
    )
    return {row["id"]: _state(row) for row in locked}


def _state(row: Mapping[str, Any]) -> ReplyState:
    return ReplyState(
        bucket=row["bucket"],
        id=row["id"],
        conversation_id=row["conversation_id"],
        reply_type=row["reply_type"],
        status=Status(row["status"]),
        attempt=row["attempt"],
        reported=Reported(row["reported"]) if row["reported"] else None,
        suppression=Suppression(row["suppression"]) if row["suppression"] else None,
        resolution=Resolution(row["resolution"]) if row["resolution"] else None,
        provider_message_id=row["provider_message_id"],
        sending_at=row["sending_at"],
        sent_at=row["sent_at"],
        failed_at=row["failed_at"],
        delivered_at=row["delivered_at"],
        read_at=row["read_at"],
        error=row["error"],
        error_code=row["error_code"],
    )


async def _write(
    tx: Tx,
    changed: Sequence[tuple[ReplyState, ReplyState]],
    lines: Mapping[UUID | None, UUID],
    now: datetime,
) -> None:
    if not changed:
        return
    await tx.execute(
        """
        UPDATE reply r
           SET status = k.status, attempt = k.attempt, reported = k.reported, suppression = k.suppression,
               resolution = k.resolution, provider_message_id = k.provider_message_id, sent_at = k.sent_at,
               failed_at = k.failed_at, delivered_at = k.delivered_at, read_at = k.read_at, error = k.error,
               error_code = k.error_code
          FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                      $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[],
                      $13::integer[], $14::smallint[])
               AS k (bucket, id, status, reported, suppression, resolution, provider_message_id, sent_at, failed_at,
                     delivered_at, read_at, error, error_code, attempt)
         WHERE r.bucket = ANY($1::smallint[]) AND r.bucket = k.bucket AND r.id = k.id
        """,
        *columns(
            (
                (a.bucket, a.id, a.status, a.reported, a.suppression, a.resolution, a.provider_message_id, a.sent_at,
                 a.failed_at, a.delivered_at, a.read_at, a.error, a.error_code, a.attempt)
                for _, a in changed
            ),
            14,
        ),
    )  # fmt: skip
    settled = [a for b, a in changed if a.status is Status.SENT and b.status is not Status.SENT]
    if settled:
        await tx.execute(
            """
            DELETE FROM reply_ticket t
             USING unnest($1::smallint[], $2::uuid[], $3::uuid[]) AS k (bucket, conversation_id, reply_id)
             WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket
               AND t.conversation_id = k.conversation_id AND t.reply_id = k.reply_id
            """,
            *columns(((a.bucket, a.conversation_id, a.id) for a in settled), 3),
        )
    listed = [a for b, a in changed if a.status is Status.FAILED and b.status is not Status.FAILED]
    if listed:
        await tx.execute(
            """
            INSERT INTO reply_ticket (bucket, conversation_id, reply_id, line_id, reply_type, attempt, status, due_at,
                                      since)
            SELECT k.*, 'FAILED', 'infinity', $7
              FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::smallint[]) AS k
            ON CONFLICT (bucket, conversation_id, reply_id) DO UPDATE
               SET status = 'FAILED', attempt = excluded.attempt, due_at = 'infinity', lease_until = NULL,
                   since = excluded.since
            """,
            *columns(((a.bucket, a.conversation_id, a.id, lines[a.id], a.reply_type, a.attempt) for a in listed), 6),
            now,
        )
        failed = (Happening(a.bucket, Topic.REPLY_FAILED, a.conversation_id, now, reply_id=a.id) for a in listed)
        await announce(tx, list(failed))


async def _note_echoes(tx: Tx, reports: Sequence[StoredReport], states: Mapping[UUID, ReplyState]) -> None:
    """How far the line's sends are reported: what was sent before that and stayed silent was surely not sent."""
    newest: dict[tuple[int, UUID], datetime] = {}
    for report in reports:
        state = states.get(report.reply_id) if report.reply_id else None
        if state is not None and state.sending_at is not None:
            key = (report.bucket, report.line_id)
            newest[key] = max(newest.get(key, state.sending_at), state.sending_at)
    if newest:
        await tx.execute(
            """
            UPDATE line_pace p SET echoed_until = k.at
              FROM (SELECT q.bucket, q.line_id, k.at
                      FROM unnest($1::smallint[], $2::uuid[], $3::timestamptz[]) AS k (bucket, line_id, at)
                      JOIN line_pace q ON q.bucket = k.bucket AND q.line_id = k.line_id
                     WHERE q.bucket = ANY($1::smallint[])
                       AND (q.echoed_until IS NULL OR q.echoed_until < k.at - INTERVAL '5 seconds')
                     ORDER BY q.bucket, q.line_id
                       FOR UPDATE OF q SKIP LOCKED) k
             WHERE p.bucket = ANY($1::smallint[]) AND p.bucket = k.bucket AND p.line_id = k.line_id
            """,
            *columns(((*key, at) for key, at in sorted(newest.items())), 3),
        )


async def _finish(tx: Tx, named: Sequence[StoredReport], unnamed: Sequence[StoredReport], now: datetime) -> None:
    await tx.execute(
        """
        DELETE FROM report_ticket t
         USING unnest($1::smallint[], $2::uuid[]) AS k (bucket, report_id)
         WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket AND t.report_id = k.report_id
        """,
        *columns(((report.bucket, report.id) for report in named), 2),
    )
    if unnamed:
        keys = columns(((report.bucket, report.id) for report in unnamed), 2)
        await tx.execute(
            """
            UPDATE report_ticket t SET due_at = $3, attempts = t.attempts + 1
              FROM unnest($1::smallint[], $2::uuid[]) AS k (bucket, report_id)
             WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket AND t.report_id = k.report_id
            """,
            *keys,
            now + UNNAMED_AGAIN,
        )
        # Not ours: sent from the phone app, or by whoever had the number before. It stays in the history.
        await tx.execute(
            """
            DELETE FROM report_ticket t
             USING unnest($1::smallint[], $2::uuid[]) AS k (bucket, report_id)
             WHERE t.bucket = ANY($1::smallint[]) AND t.bucket = k.bucket AND t.report_id = k.report_id
               AND t.attempts >= $3
            """,
            *keys,
            UNNAMED_ATTEMPTS,
        )


async def _note_second_copies(tx: Tx, states: Mapping[UUID, ReplyState], now: datetime) -> None:
    if states:
        await tx.executemany(
            """
            INSERT INTO act (bucket, id, conversation_id, reply_id, name, operator, at)
            VALUES ($1, $2, $3, $4, 'second_copy', 'WhatsApp', $5)
            """,
            [(s.bucket, new_id(now), s.conversation_id, s.id, now) for s in states.values()],
        )
