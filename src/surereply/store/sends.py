"""Replies with every try at sending them, and all that WhatsApp reported of each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.store.database import Tx
from surereply.store.rows import ReplyRow, decoded


@dataclass(frozen=True, slots=True)
class AttemptRow:
    attempt: int
    started_at: datetime
    ended_at: datetime
    verdict: str
    code: int | None
    error: str | None
    provider_message_id: str | None
    record: Any


@dataclass(frozen=True, slots=True)
class ReportRow:
    reported: str
    wamid: str
    at: datetime
    received_at: datetime
    code: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class SentReply:
    """A reply with every try at sending it and all that WhatsApp reported."""

    reply: ReplyRow
    attempts: list[AttemptRow]
    reports: list[ReportRow]


async def with_sends(tx: Tx, bucket: int, replies: Sequence[ReplyRow]) -> list[SentReply]:
    """The replies with their attempts and reports."""
    attempts: dict[UUID, list[AttemptRow]] = defaultdict(list)
    for row in await tx.fetch(
        "SELECT * FROM send_attempt WHERE bucket = $1 AND reply_id = ANY($2::uuid[]) ORDER BY reply_id, attempt",
        bucket,
        [reply.id for reply in replies],
    ):
        attempts[row["reply_id"]].append(decoded(AttemptRow, row, "record"))
    wamids = {
        reply.id: {reply.provider_message_id, *(one.provider_message_id for one in attempts[reply.id])} - {None}
        for reply in replies
    }
    reports = await _reports(tx, bucket, [wamid for several in wamids.values() for wamid in several if wamid])
    return [
        SentReply(
            reply, attempts[reply.id], [one for wamid in wamids[reply.id] if wamid for one in reports.get(wamid, [])]
        )
        for reply in replies
    ]


async def _reports(tx: Tx, bucket: int, wamids: Sequence[str]) -> dict[str, list[ReportRow]]:
    rows = await tx.fetch(
        """
        SELECT r.reported, r.wamid, r.at, r.received_at, r.code, r.error
          FROM report_key k
          JOIN report r ON r.bucket = k.bucket AND r.id = k.report_id
         WHERE k.bucket = $1 AND k.wamid = ANY($2::text[])
         ORDER BY r.id
        """,
        bucket,
        wamids,
    )
    by_wamid: dict[str, list[ReportRow]] = defaultdict(list)
    for row in rows:
        by_wamid[row["wamid"]].append(decoded(ReportRow, row))
    return by_wamid
