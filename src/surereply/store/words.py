"""What is overwritten where words are kept no longer: what was said, and the words that facts rest on."""

from datetime import datetime
from uuid import UUID

from surereply.domain.identity import FIRST_ID
from surereply.store import files, transcripts
from surereply.store.database import Tx, count_of

MOST_MESSAGES = 1000  # of a conversation in one transaction; the rest in the next
GONE = "its words are kept no longer"


async def overwrite(
    tx: Tx, bucket: int, conversation_id: UUID, kept_from: UUID, now: datetime
) -> tuple[tuple[int, int], bool]:
    """How many messages and replies lost their words, and whether none is left to do. The caller has it locked.

    Rows stay as an erasure leaves them, but for the wamids: these tell no more than the contact's number, which stays.
    """
    since, until = await _stretch(tx, bucket, conversation_id, kept_from)
    stretch = (bucket, conversation_id, since, until)
    await transcripts.remove(tx, bucket, [conversation_id], since, until)
    await files.remove(tx, bucket, [conversation_id], since, until, now)
    messages = await tx.execute(
        """
        UPDATE message SET text = '', content = '{}', raw = ''
         WHERE bucket = $1 AND conversation_id = $2 AND id >= $3 AND id < $4
        """,
        *stretch,
    )
    replies = await tx.execute(
        """
        UPDATE reply SET body = '{"text": ""}'
         WHERE bucket = $1 AND conversation_id = $2 AND id >= $3 AND id < $4
        """,
        *stretch,
    )
    await tx.execute(
        """
        UPDATE send_attempt a SET record = '{}'
          FROM reply r
         WHERE r.bucket = $1 AND r.conversation_id = $2 AND r.id >= $3 AND r.id < $4
           AND a.bucket = $1 AND a.reply_id = r.id
        """,
        *stretch,
    )
    await tx.execute(
        """
        UPDATE turn
           SET why = $5, notify = NULL, readings = '[]', model = NULL, state_before = '{}', state_after = '{}'
         WHERE bucket = $1 AND conversation_id = $2 AND id >= $3 AND id < $4
        """,
        *stretch,
        GONE,
    )
    await tx.execute(
        """
        UPDATE handover SET told = $5
         WHERE bucket = $1 AND conversation_id = $2 AND id >= $3 AND id < $4 AND given_back_at IS NOT NULL
        """,
        *stretch,
        GONE,
    )
    await tx.execute(
        """
        UPDATE announcement SET body = '', answer = NULL
         WHERE bucket = $1 AND conversation_id = $2 AND id >= $3 AND id < $4 AND status <> 'waiting'
        """,
        *stretch,
    )
    await _note_removed(tx, bucket, conversation_id, until)
    return (count_of(messages), count_of(replies)), until == kept_from


async def _stretch(tx: Tx, bucket: int, conversation_id: UUID, kept_from: UUID) -> tuple[UUID, UUID]:
    """From where to where, so that no transaction is long: an endless conversation goes piece by piece."""
    since: UUID = (
        await tx.fetchval(
            "SELECT removed_until FROM word_removal WHERE bucket = $1 AND conversation_id = $2", bucket, conversation_id
        )
        or FIRST_ID
    )
    next_one: UUID | None = await tx.fetchval(
        """
        SELECT id
          FROM message
         WHERE bucket = $1 AND conversation_id = $2 AND id >= $3 AND id < $4
         ORDER BY id
        OFFSET $5 LIMIT 1
        """,
        bucket,
        conversation_id,
        since,
        kept_from,
        MOST_MESSAGES,
    )
    return since, next_one or kept_from


async def _note_removed(tx: Tx, bucket: int, conversation_id: UUID, until: UUID) -> None:
    await tx.execute(
        """
        INSERT INTO word_removal AS w (bucket, conversation_id, removed_until) VALUES ($1, $2, $3)
        ON CONFLICT (bucket, conversation_id) DO UPDATE
           SET removed_until = GREATEST(w.removed_until, excluded.removed_until)
        """,
        bucket,
        conversation_id,
        until,
    )


async def overwrite_of_leads(tx: Tx, bucket: int, conversation_id: UUID, kept_from: datetime) -> None:
    """The lead, its copy beside the conversation's state, and its history alike: they are compared."""
    key = (bucket, conversation_id, kept_from)
    await tx.execute(
        f"""
        UPDATE lead SET fields = {_without_words("fields")}, suggestions = {_without_words("suggestions")}
         WHERE bucket = $1 AND conversation_id = $2
        """,  # noqa: S608 - our own words
        *key,
    )
    await tx.execute(
        f"""
        UPDATE conversation SET known_fields = {_without_words("known_fields")} WHERE bucket = $1 AND id = $2
        """,  # noqa: S608
        *key,
    )
    await tx.execute(
        f"""
        UPDATE lead_change c
           SET old = {_wordless("c.old")}, new = {_wordless("c.new")}, suggestion = {_wordless("c.suggestion")}
          FROM lead l
         WHERE l.bucket = $1 AND l.conversation_id = $2 AND c.bucket = $1 AND c.lead_id = l.id
        """,  # noqa: S608
        *key,
    )


def _without_words(column: str) -> str:
    """SQL for a map of fields; $3 is the time from which words stay."""
    value = _wordless("f.value")
    return f"(SELECT coalesce(jsonb_object_agg(f.key, {value}), '{{}}') FROM jsonb_each({column}) f)"  # noqa: S608


def _wordless(value: str) -> str:
    """SQL for the value of a field without the words it rests on, where these are old."""
    return f"""CASE WHEN ({value} ->> 'at')::timestamptz < $3 THEN {value} || '{{"text": null}}' ELSE {value} END"""
