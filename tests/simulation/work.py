"""What there is to do, as the tables say: so that steps begin when there is work, and no time is spent on polls."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Due:
    """Steps that would find something now, by name, and when the next thing will be due."""

    steps: frozenset[str]
    next_at: datetime | None


STEPS = ("respond", "dispatch", "doubts", "reports", "unite")


async def look_for_work(fetchrow: Any, now: datetime) -> Due:
    row = await fetchrow(
        """
        SELECT EXISTS (SELECT FROM conversation_ticket t
                        WHERE t.due_at <= $1 AND (t.lease_until IS NULL OR t.lease_until <= $1)
                          AND NOT EXISTS (SELECT FROM merge_ticket m
                                           WHERE t.conversation_id IN (m.conversation_id, m.into_id))) AS respond,
               EXISTS (SELECT FROM reply_ticket WHERE status = 'PENDING' AND due_at <= $1) AS dispatch,
               EXISTS (SELECT FROM reply_ticket WHERE status = 'SENDING' AND lease_until <= $1) AS doubts,
               EXISTS (SELECT FROM report_ticket WHERE due_at <= $1) AS reports,
               EXISTS (SELECT FROM merge_ticket) AS unite,
               LEAST((SELECT min(due_at) FROM conversation_ticket WHERE due_at > $1),
                     (SELECT min(lease_until) FROM conversation_ticket WHERE lease_until > $1),
                     (SELECT min(due_at) FROM reply_ticket WHERE due_at > $1 AND due_at < 'infinity'),
                     (SELECT min(lease_until) FROM reply_ticket WHERE lease_until > $1),
                     (SELECT min(due_at) FROM report_ticket WHERE due_at > $1),
                     (SELECT min(closed_until) FROM line_pace WHERE closed_until > $1)) AS next_at
        """,
        now,
    )
    return Due(frozenset(name for name in STEPS if row[name]), row["next_at"])
