"""Cards of conversations, filled from history: what the panel's list is ordered, filtered and searched by."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.identity import LAST_ID, id_at
from surereply.domain.replies import HUMAN_TYPES
from surereply.domain.searching import ends_of, words_of
from surereply.store import lead_cards, side_progress
from surereply.store.database import Tx, columns

DELETE = "DELETE FROM conversation_card WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])"
WORDS_SHOWN = 160
MOST_LEXEMES = 20_000  # a tsvector may have 1 MB; older words of an endless conversation are let go


async def fill(tx: Tx, bucket: int, now: datetime, most: int) -> int:
    """Bring the cards of a bucket up to date; how many. 0 where nothing changed, or somebody else is at it."""
    progress = await side_progress.hold(tx, bucket, now)
    if progress is None:
        return 0
    since = id_at(progress.filled_until - side_progress.LOOK_BACK)
    changed = await _changed(tx, bucket, since, most)
    old = await _not_yet_filled(tx, bucket, progress.backfilled_to, most)
    await _refresh(tx, bucket, [*changed, *old])
    filled_until = now if len(changed) < most else progress.filled_until
    await side_progress.note_filled(tx, bucket, filled_until, old[-1] if old else LAST_ID)
    return len(changed) + len(old)


async def _changed(tx: Tx, bucket: int, since: UUID, most: int) -> list[UUID]:
    """Conversations in which something happened that their card does not tell of."""
    rows = await tx.fetch(
        """
        SELECT f.conversation_id
          FROM (SELECT DISTINCT ON (conversation_id) conversation_id, id
                  FROM (SELECT conversation_id, id FROM message WHERE bucket = $1 AND id >= $2
                         UNION ALL
                        SELECT conversation_id, id FROM turn WHERE bucket = $1 AND id >= $2
                         UNION ALL
                        SELECT conversation_id, id FROM reply WHERE bucket = $1 AND id >= $2
                         UNION ALL
                        SELECT conversation_id, id FROM act
                         WHERE bucket = $1 AND id >= $2 AND conversation_id IS NOT NULL) a
                 ORDER BY conversation_id, id DESC) f
          LEFT JOIN conversation_card k ON k.bucket = $1 AND k.conversation_id = f.conversation_id
         WHERE k.filled_until IS NULL OR k.filled_until < f.id
         ORDER BY f.id
         LIMIT $3
        """,
        bucket,
        since,
        most,
    )
    return [row["conversation_id"] for row in rows]


async def _not_yet_filled(tx: Tx, bucket: int, after: UUID, most: int) -> list[UUID]:
    if after == LAST_ID:
        return []
    rows = await tx.fetch(
        "SELECT id FROM conversation WHERE bucket = $1 AND id > $2 ORDER BY id LIMIT $3", bucket, after, most
    )
    return [row["id"] for row in rows]


async def _refresh(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> None:
    if not conversation_ids:
        return
    rows = await _as_they_are(tx, bucket, conversation_ids)
    gone = [row["id"] for row in rows if row["is_gone"]]
    if gone:
        await tx.execute(DELETE, bucket, gone)
    await lead_cards.refresh(tx, bucket, conversation_ids)
    await tx.execute(
        """
        INSERT INTO conversation_card AS k (bucket, conversation_id, at, last_id, last_words, last_from, customer_at,
                                            stage, service, words, filled_until)
        SELECT $1, f.id, f.at, f.last_id, f.last_words, f.last_from, f.customer_at, f.stage, f.service,
               array_to_tsvector(string_to_array(f.words, ' ')), f.filled_until
          FROM unnest($2::uuid[], $3::timestamptz[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[],
                      $8::text[], $9::text[], $10::text[], $11::uuid[])
               AS f (id, at, last_id, last_words, last_from, customer_at, stage, service, words, filled_until)
        ON CONFLICT (bucket, conversation_id) DO UPDATE
           SET at = GREATEST(k.at, excluded.at), last_id = excluded.last_id, last_words = excluded.last_words,
               last_from = excluded.last_from, customer_at = GREATEST(k.customer_at, excluded.customer_at),
               stage = excluded.stage, service = excluded.service, filled_until = excluded.filled_until,
               words = CASE WHEN length(k.words) > $12 THEN excluded.words ELSE k.words || excluded.words END
        """,
        bucket,
        *columns((_card(row) for row in rows if not row["is_gone"]), 10),
        MOST_LEXEMES,
    )


async def _as_they_are(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> list[Mapping[str, Any]]:
    """Names, the last word of either side, and what was said since the card was filled."""
    rows: list[Mapping[str, Any]] = await tx.fetch(
        """
        SELECT c.id, c.created_at, c.profile_name, c.phone, c.bsuid, l.stage, l.service_type_enum,
               c.merged_into IS NOT NULL OR n.erased_at IS NOT NULL AS is_gone,
               m.id AS message_id, m.text AS message_text, m.kind AS message_kind, m.received_at,
               r.id AS reply_id, r.body ->> 'text' AS reply_text, r.reply_type, r.created_at AS replied_at,
               w.said, (SELECT array_agg(i.value) FROM identifier i WHERE i.contact_id = c.contact_id) AS known_by,
               (SELECT x.id
                  FROM ((SELECT id FROM turn WHERE conversation_id = c.id ORDER BY id DESC LIMIT 1)
                         UNION ALL
                        (SELECT id FROM act WHERE conversation_id = c.id ORDER BY id DESC LIMIT 1)
                         UNION ALL
                        (SELECT id FROM reply WHERE conversation_id = c.id ORDER BY id DESC LIMIT 1)) x
                 ORDER BY x.id DESC LIMIT 1) AS newest_id
          FROM conversation c
          JOIN contact n ON n.bucket = c.bucket AND n.id = c.contact_id
          LEFT JOIN lead l ON l.bucket = c.bucket AND l.id = c.lead_id
          LEFT JOIN conversation_card k ON k.bucket = c.bucket AND k.conversation_id = c.id
          LEFT JOIN LATERAL (SELECT m.id, coalesce(x.text, m.text) AS text, m.kind, m.received_at
                               FROM message m
                               LEFT JOIN transcript x ON x.bucket = m.bucket AND x.message_id = m.id
                              WHERE m.conversation_id = c.id
                              ORDER BY m.id DESC LIMIT 1) m ON true
          LEFT JOIN LATERAL (SELECT id, body, reply_type, created_at
                               FROM reply
                              WHERE conversation_id = c.id AND status <> 'SUPPRESSED'
                              ORDER BY id DESC LIMIT 1) r ON true
          LEFT JOIN LATERAL (SELECT array_agg(left(said, 4096)) AS said
                               FROM ((SELECT coalesce(x.text, m.text) AS said
                                        FROM message m
                                        LEFT JOIN transcript x ON x.bucket = m.bucket AND x.message_id = m.id
                                       WHERE m.conversation_id = c.id
                                         AND m.id >= coalesce(k.filled_until, '00000000-0000-0000-0000-000000000000')
                                       ORDER BY m.id DESC LIMIT 200)
                                      UNION ALL
                                     (SELECT body ->> 'text'
                                        FROM reply
                                       WHERE conversation_id = c.id AND reply_type = 'human'
                                         AND id >= coalesce(k.filled_until, '00000000-0000-0000-0000-000000000000')
                                       ORDER BY id DESC LIMIT 50)) s) w ON true
         WHERE c.bucket = $1 AND c.id = ANY($2::uuid[])
        """,
        bucket,
        conversation_ids,
    )
    return rows


def _card(row: Mapping[str, Any]) -> tuple[Any, ...]:
    by_customer = row["message_id"] is not None and (
        row["reply_id"] is None or row["received_at"] >= row["replied_at"] or row["message_id"] > row["reply_id"]
    )
    if by_customer:
        last_id, at, last_words = (
            row["message_id"],
            row["received_at"],
            row["message_text"] or f"[{row['message_kind']}]",
        )
        last_from = "person" if row["message_kind"] == "echo" else "customer"
    elif row["reply_id"] is not None:
        last_id, at, last_words = row["reply_id"], row["replied_at"], row["reply_text"] or f"[{row['reply_type']}]"
        last_from = "person" if row["reply_type"] in HUMAN_TYPES else "bot"
    else:
        last_id, at, last_words, last_from = None, row["created_at"], "", "bot"
    known_by = row["known_by"] or []
    words = words_of([row["profile_name"], *known_by, *(row["said"] or [])])
    words += [end for value in known_by for end in ends_of(value if value.isdigit() else None)]
    newest = max(one for one in (row["message_id"], row["newest_id"], row["id"]) if one is not None)
    return (
        row["id"],
        at,
        last_id,
        " ".join(last_words.split())[:WORDS_SHOWN],
        last_from,
        row["received_at"] if row["message_kind"] != "echo" else None,
        row["stage"],
        row["service_type_enum"],
        " ".join(words) or "-",
        newest,
    )


async def mark_seen(tx: Tx, bucket: int, conversation_id: UUID, now: datetime) -> None:
    """Somebody looked; writes nothing where nothing is new."""
    await tx.execute(
        """
        UPDATE conversation_card SET seen_at = $3
         WHERE bucket = $1 AND conversation_id = $2 AND customer_at IS NOT NULL
           AND (seen_at IS NULL OR seen_at < customer_at)
        """,
        bucket,
        conversation_id,
        now,
    )


async def assign(tx: Tx, bucket: int, conversation_id: UUID, operator_id: UUID | None) -> bool:
    """Whose it is; False where it has no card yet."""
    assigned = await tx.fetchval(
        """
        UPDATE conversation_card SET assigned_to = $3 WHERE bucket = $1 AND conversation_id = $2 RETURNING true
        """,
        bucket,
        conversation_id,
        operator_id,
    )
    return bool(assigned)


async def hold(tx: Tx, bucket: int) -> None:
    """Nobody fills cards of the bucket until the caller's transaction ends."""
    await side_progress.wait_for(tx, bucket)


async def fill_anew(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> None:
    """Of conversations that lost words: their cards tell of those that are left. The caller holds the cards."""
    known = await tx.fetch(
        """
        UPDATE conversation_card SET words = '', last_words = '', filled_until = '00000000-0000-0000-0000-000000000000'
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])
        RETURNING conversation_id
        """,
        bucket,
        conversation_ids,
    )
    await _refresh(tx, bucket, [row["conversation_id"] for row in known])


async def forget(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> None:
    """Of erased contacts. Whoever fills holds the progress meanwhile; the next one sees that they are erased."""
    await side_progress.wait_for(tx, bucket)
    await tx.execute(DELETE, bucket, conversation_ids)
    await lead_cards.forget(tx, bucket, conversation_ids)
