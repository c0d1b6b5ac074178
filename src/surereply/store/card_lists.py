"""The panel's list of conversations: a page of cards, with how each stands now, by the newest word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.domain.identity import LAST_ID
from surereply.store.database import Tx

# What each list holds; of the open ones, from the tickets, whatever the history holds.
LISTS = {
    "all": "true",
    "new": "k.customer_at IS NOT NULL AND (k.seen_at IS NULL OR k.seen_at < k.customer_at)",
    "waiting": """EXISTS (SELECT FROM conversation_ticket t
                           WHERE t.bucket = k.bucket AND t.conversation_id = k.conversation_id
                             AND t.first_unread_at IS NOT NULL)""",
    "person": "k.conversation_id = ANY($7::uuid[])",
    "doubt": "k.conversation_id = ANY($7::uuid[])",
    "failed": "k.conversation_id = ANY($7::uuid[])",
    "mine": "k.assigned_to = $8",
}
_OPEN = {
    "person": "SELECT conversation_id FROM handover WHERE bucket = ANY($1::smallint[]) AND given_back_at IS NULL",
    "doubt": "SELECT conversation_id FROM reply_ticket WHERE bucket = ANY($1::smallint[]) AND status = 'UNKNOWN'",
    "failed": "SELECT conversation_id FROM reply_ticket WHERE bucket = ANY($1::smallint[]) AND status = 'FAILED'",
}
MOST_OPEN = 5000
MOST_FOUND = 2000
_FOUND = "k.conversation_id = ANY($9::uuid[])"


@dataclass(frozen=True, slots=True)
class Wanted:
    """`before`: the last card of the page before. `query`: a tsquery of `domain.searching`."""

    show: str = "all"
    query: str | None = None
    service: str | None = None
    before: tuple[datetime, UUID] | None = None
    operator_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CardRow:
    """`is_new`: the customer wrote since an operator looked. `unread`: no turn has read all of it yet."""

    conversation_id: UUID
    at: datetime
    last_words: str
    last_from: str
    is_new: bool
    stage: str | None
    service: str | None
    profile_name: str | None
    phone: str | None
    bsuid: str | None
    line_id: UUID
    handed_over_at: datetime | None
    handover_reason: str | None
    taken_by: str | None
    stopped_at: datetime | None
    assigned_to: UUID | None
    assigned_name: str | None
    last_status: str | None
    last_reported: str | None
    doubtful: int
    failed: int
    unread: bool


async def cards(tx: Tx, buckets: Sequence[int], wanted: Wanted, most: int) -> list[CardRow]:
    open_ids = await _open_conversations(tx, buckets, wanted.show)
    found = await _few_found(tx, buckets, wanted.query)
    at, last = wanted.before or (None, LAST_ID)
    rows = await tx.fetch(
        f"""
        SELECT n.conversation_id, n.at, n.last_words, n.last_from,
               n.customer_at IS NOT NULL AND (n.seen_at IS NULL OR n.seen_at < n.customer_at) AS is_new,
               n.stage, n.service, c.profile_name, c.phone, c.bsuid, c.line_id, c.handed_over_at, c.handover_reason,
               h.taken_by, c.stopped_at, n.assigned_to, o.name AS assigned_name, r.status AS last_status,
               r.reported AS last_reported, t.doubtful, t.failed,
               EXISTS (SELECT FROM unread u
                        WHERE u.bucket = n.bucket AND u.conversation_id = n.conversation_id) AS unread
          FROM unnest($1::smallint[]) AS b (bucket)
         CROSS JOIN LATERAL (SELECT k.*
                               FROM conversation_card k
                              WHERE k.bucket = b.bucket
                                AND ($2::timestamptz IS NULL OR (k.at, k.conversation_id) < ($2, $3))
                                AND ($5::text IS NULL OR k.words @@ $5::text::tsquery)
                                AND {"($9::uuid[] IS NULL OR true)" if found is None else _FOUND}
                                AND ($6::text IS NULL OR k.service = $6)
                                AND ($7::uuid[] IS NULL OR true) AND ($8::uuid IS NULL OR true)
                                AND {LISTS[wanted.show]}
                              ORDER BY k.at DESC, k.conversation_id DESC
                              LIMIT $4) n
          JOIN conversation c ON c.bucket = n.bucket AND c.id = n.conversation_id
          LEFT JOIN operator o ON o.id = n.assigned_to
          LEFT JOIN reply r ON n.last_from <> 'customer' AND r.bucket = n.bucket AND r.id = n.last_id
          LEFT JOIN LATERAL (SELECT taken_by
                               FROM handover
                              WHERE conversation_id = n.conversation_id AND given_back_at IS NULL
                              ORDER BY id DESC LIMIT 1) h ON c.handed_over_at IS NOT NULL
         CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE status = 'UNKNOWN') AS doubtful,
                                    count(*) FILTER (WHERE status = 'FAILED') AS failed
                               FROM reply_ticket
                              WHERE bucket = n.bucket AND conversation_id = n.conversation_id) t
         ORDER BY n.at DESC, n.conversation_id DESC
         LIMIT $4
        """,  # noqa: S608 - our own conditions, by name
        buckets,
        at,
        last,
        most,
        wanted.query,
        wanted.service,
        open_ids,
        wanted.operator_id,
        found,
    )
    return [CardRow(*row.values()) for row in rows]


async def _few_found(tx: Tx, buckets: Sequence[int], query: str | None) -> list[UUID] | None:
    """The conversations that hold rare words; None for words of so many that the newest of them are soon met.

    How rare the beginning of a word is, no statistics say: a plan that walks by date for a number of one customer
    reads every card.
    """
    if query is None:
        return None
    rows = await tx.fetch(
        """
        SELECT conversation_id
          FROM conversation_card
         WHERE bucket = ANY($1::smallint[]) AND words @@ $2::text::tsquery
         LIMIT $3
        """,
        buckets,
        query,
        MOST_FOUND,
    )
    return [row["conversation_id"] for row in rows] if len(rows) < MOST_FOUND else None


async def _open_conversations(tx: Tx, buckets: Sequence[int], show: str) -> list[UUID] | None:
    if show not in _OPEN:
        return None
    rows = await tx.fetch(f"{_OPEN[show]} LIMIT {MOST_OPEN}", buckets)
    return [row["conversation_id"] for row in rows]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many conversations each of the open lists holds."""

    person: int
    doubt: int
    failed: int
    waiting: int


async def counts(tx: Tx, buckets: Sequence[int]) -> Counts:
    row = await tx.fetchrow(
        """
        SELECT (SELECT count(*) FROM handover WHERE bucket = ANY($1::smallint[]) AND given_back_at IS NULL) AS person,
               count(DISTINCT conversation_id) FILTER (WHERE status = 'UNKNOWN') AS doubt,
               count(DISTINCT conversation_id) FILTER (WHERE status = 'FAILED') AS failed,
               (SELECT count(*) FROM conversation_ticket
                 WHERE bucket = ANY($1::smallint[]) AND first_unread_at IS NOT NULL) AS waiting
          FROM reply_ticket
         WHERE bucket = ANY($1::smallint[])
        """,
        buckets,
    )
    assert row is not None
    return Counts(*row.values())
