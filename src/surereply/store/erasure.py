"""Erasing a contact: personal columns are overwritten in place, and keyed hashes of message ids keep replays out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from surereply.domain.announcements import Topic
from surereply.domain.identity import new_id
from surereply.store import announcing, cards, files, transcripts
from surereply.store.announcing import Happening
from surereply.store.database import Tx, count_of
from surereply.store.erased_keys import HashOf, as_text, hashes_of, keep_as_hashes
from surereply.store.person import Person

BY = "erasure"


class SendUnderway(Exception):
    """A reply is being sent to this contact right now; try again in a minute."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How much was overwritten."""

    conversations: int
    messages: int
    replies: int
    leads: int


async def erase(tx: Tx, person: Person, hash_of: HashOf, by: str, now: datetime) -> Erased:
    """Overwrite everything personal; what was owed is withdrawn. Raises `SendUnderway`.

    New messages of the same customer start a new contact; old ones that come again find their hash.
    """
    await cards.forget(tx, person.bucket, person.conversation_ids)
    hashes = await hashes_of(tx, person, hash_of)
    await _erase_reports(tx, person, hashes)
    # While this is held no delivery is kept: one that waited for it finds the hashes.
    await tx.execute("LOCK TABLE inbound_key, report_key IN SHARE ROW EXCLUSIVE MODE")
    hashes = await hashes_of(tx, person, hash_of)
    await _take_tickets(tx, person)
    await transcripts.erase(tx, person)
    await files.erase(tx, person, now)
    messages = await _erase_messages(tx, person, hashes)
    replies = await _erase_replies(tx, person, hashes)
    leads = await _erase_leads(tx, person)
    await _erase_turns(tx, person, hashes)
    await _erase_acts(tx, person, hashes, by, now)
    await _erase_quarantine(tx, person, now)
    await keep_as_hashes(tx, person, hashes, now)
    await _erase_contact(tx, person, now)
    # Last of all, while the locks are held: what was written down for endpoints until now goes, too.
    await announcing.forget(tx, person.bucket, person.conversation_ids)
    told = [Happening(person.bucket, Topic.CONTACT_ERASED, one, now) for one in person.conversation_ids]
    await announcing.announce(tx, told)
    return Erased(len(person.conversation_ids), messages, replies, leads)


async def _erase_reports(tx: Tx, person: Person, hashes: Mapping[str, bytes]) -> None:
    await tx.execute(
        """
        UPDATE report r SET wamid = k.hash, error = NULL
          FROM unnest($2::text[], $3::text[]) AS k (wamid, hash)
         WHERE r.bucket = $1 AND r.wamid = k.wamid
        """,
        person.bucket,
        *as_text(hashes),
    )


async def _take_tickets(tx: Tx, person: Person) -> None:
    """Tickets before conversations: everybody who locks both does so in this order."""
    owned = (person.bucket, person.conversation_ids)
    tickets = await tx.fetch(
        "DELETE FROM reply_ticket WHERE bucket = $1 AND conversation_id = ANY($2::uuid[]) RETURNING status", *owned
    )
    if any(ticket["status"] == "SENDING" for ticket in tickets):
        raise SendUnderway
    await tx.execute("DELETE FROM conversation_ticket WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])", *owned)
    await tx.execute(
        """
        DELETE FROM merge_ticket
         WHERE bucket = $1 AND (conversation_id = ANY($2::uuid[]) OR into_id = ANY($2::uuid[]))
        """,
        *owned,
    )
    # A turn that is being decided finds neither its lease nor the state that it read.
    await tx.execute(
        """
        UPDATE conversation
           SET state_version = state_version + 1, last_question_key = NULL, known_fields = '{}', state = '{}',
               language = NULL, profile_name = NULL, phone = NULL, bsuid = NULL, handed_over_at = NULL,
               handover_reason = NULL
         WHERE bucket = $1 AND id = ANY($2::uuid[])
        """,
        *owned,
    )


async def _erase_messages(tx: Tx, person: Person, hashes: Mapping[str, bytes]) -> int:
    await tx.execute(
        """
        UPDATE message m SET needs_no_turn = 'erased'
          FROM unread u
         WHERE m.bucket = $1 AND m.conversation_id = ANY($2::uuid[])
           AND u.bucket = m.bucket AND u.conversation_id = m.conversation_id AND u.message_id = m.id
        """,
        person.bucket,
        person.conversation_ids,
    )
    await tx.execute(
        "DELETE FROM unread WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])",
        person.bucket,
        person.conversation_ids,
    )
    return count_of(
        await tx.execute(
            """
            UPDATE message m SET wamid = k.hash, text = '', content = '{}', raw = ''
              FROM unnest($3::text[], $4::text[]) AS k (wamid, hash)
             WHERE m.bucket = $1 AND m.conversation_id = ANY($2::uuid[]) AND m.wamid = k.wamid
            """,
            person.bucket,
            person.conversation_ids,
            *as_text(hashes),
        )
    )


async def _erase_replies(tx: Tx, person: Person, hashes: Mapping[str, bytes]) -> int:
    rows = await tx.fetch(
        """
        UPDATE reply r
           SET body = '{"text": ""}', error = NULL,
               status = CASE r.status WHEN 'PENDING' THEN 'SUPPRESSED' ELSE r.status END,
               suppression = CASE r.status WHEN 'PENDING' THEN 'withdrawn' ELSE r.suppression END,
               resolution = CASE r.status WHEN 'UNKNOWN' THEN coalesce(r.resolution, 'discarded') ELSE r.resolution END,
               provider_message_id = (SELECT k.hash FROM unnest($3::text[], $4::text[]) AS k (wamid, hash)
                                       WHERE k.wamid = r.provider_message_id),
               cause = coalesce((SELECT k.hash FROM unnest($3::text[], $4::text[]) AS k (wamid, hash)
                                  WHERE k.wamid = r.cause), r.cause)
         WHERE r.bucket = $1 AND r.conversation_id = ANY($2::uuid[])
        RETURNING r.id
        """,
        person.bucket,
        person.conversation_ids,
        *as_text(hashes),
    )
    await tx.execute(
        """
        UPDATE send_attempt a
           SET record = '{}', error = NULL,
               provider_message_id = (SELECT k.hash FROM unnest($3::text[], $4::text[]) AS k (wamid, hash)
                                       WHERE k.wamid = a.provider_message_id)
         WHERE a.bucket = $1 AND a.reply_id = ANY($2::uuid[])
        """,
        person.bucket,
        [row["id"] for row in rows],
        *as_text(hashes),
    )
    return len(rows)


async def _erase_leads(tx: Tx, person: Person) -> int:
    rows = await tx.fetch(
        """
        UPDATE lead SET fields = '{}', suggestions = '{}', closed_at = coalesce(closed_at, updated_at)
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])
        RETURNING id
        """,
        person.bucket,
        person.conversation_ids,
    )
    await tx.execute(
        """
        UPDATE lead_change SET old = NULL, new = NULL, suggestion = NULL
         WHERE bucket = $1 AND lead_id = ANY($2::uuid[])
        """,
        person.bucket,
        [row["id"] for row in rows],
    )
    return len(rows)


async def _erase_turns(tx: Tx, person: Person, hashes: Mapping[str, bytes]) -> None:
    await tx.execute(
        """
        UPDATE turn t
           SET why = 'erased', notify = NULL, readings = '[]', model = NULL, state_before = '{}', state_after = '{}',
               cause = coalesce((SELECT k.hash FROM unnest($3::text[], $4::text[]) AS k (wamid, hash)
                                  WHERE k.wamid = t.cause), t.cause)
         WHERE t.bucket = $1 AND t.conversation_id = ANY($2::uuid[])
        """,
        person.bucket,
        person.conversation_ids,
        *as_text(hashes),
    )


async def _erase_acts(tx: Tx, person: Person, hashes: Mapping[str, bytes], by: str, now: datetime) -> None:
    owned = (person.bucket, person.conversation_ids)
    await tx.execute("UPDATE act SET detail = '{}' WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])", *owned)
    await tx.execute(
        """
        UPDATE handover
           SET told = 'erased', given_back_at = coalesce(given_back_at, $3), given_back_by = coalesce(given_back_by, $4)
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])
        """,
        *owned,
        now,
        BY,
    )
    await tx.execute(
        """
        UPDATE collision c SET cause = coalesce(k.hash, 'erased'), existing_cause = NULL
          FROM collision o LEFT JOIN unnest($3::text[], $4::text[]) AS k (wamid, hash) ON k.wamid = o.cause
         WHERE c.bucket = $1 AND c.conversation_id = ANY($2::uuid[]) AND o.bucket = c.bucket AND o.id = c.id
        """,
        *owned,
        *as_text(hashes),
    )
    await tx.execute(
        """
        INSERT INTO act (bucket, id, conversation_id, name, operator, at)
        SELECT $1, id, conversation_id, 'erased', $5, $4
          FROM unnest($2::uuid[], $3::uuid[]) AS k (conversation_id, id)
        """,
        *owned,
        [new_id(now) for _ in person.conversation_ids],
        now,
        by,
    )


async def _erase_quarantine(tx: Tx, person: Person, now: datetime) -> None:
    """What could not be understood may be of anybody: whatever names one of the person's identifiers goes."""
    await tx.execute(
        """
        UPDATE quarantine q
           SET raw = '', resolved_at = coalesce(resolved_at, $3), resolved_by = coalesce(resolved_by, $4)
          FROM identifier i
         WHERE q.bucket IN (0, $1) AND i.bucket = $1 AND i.contact_id = ANY($2::uuid[])
           AND position(convert_to(i.value, 'UTF8') IN q.raw) > 0
        """,
        person.bucket,
        person.contact_ids,
        now,
        BY,
    )


async def _erase_contact(tx: Tx, person: Person, now: datetime) -> None:
    await tx.execute(
        "DELETE FROM identifier WHERE bucket = $1 AND contact_id = ANY($2::uuid[])",
        person.bucket,
        person.contact_ids,
    )
    await tx.execute(
        """
        UPDATE contact SET profile_name = NULL, erased_at = coalesce(erased_at, $3)
         WHERE bucket = $1 AND id = ANY($2::uuid[])
        """,
        person.bucket,
        person.contact_ids,
        now,
    )
