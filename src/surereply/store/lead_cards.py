"""Cards of leads, and how many there are of each kind: what the panel's pages of leads are filtered and counted by."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from surereply.store.database import Tx, columns

# Flow, service ('' while it is not known), stage, and a field that is known; '' stands for every lead of the kind.
Kind: TypeAlias = tuple[str, str, str, str]


async def refresh(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> None:
    """The leads of these conversations as they are; those of erased contacts go. Whoever calls holds the progress.

    So nobody else changes a card or a count of the bucket meanwhile, and each count is the number of its cards.
    """
    leads = await _as_they_are(tx, bucket, conversation_ids)
    cards = await _as_they_were(tx, bucket, conversation_ids, list(leads))
    await _change(tx, bucket, leads, cards)


async def forget(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> None:
    """The same for contacts that are about to be erased."""
    await _change(tx, bucket, {}, await _as_they_were(tx, bucket, conversation_ids, ()))


async def _change(
    tx: Tx, bucket: int, leads: Mapping[UUID, Mapping[str, Any]], cards: Mapping[UUID, Mapping[str, Any]]
) -> None:
    changed = [lead for identity, lead in leads.items() if lead != cards.get(identity)]
    gone = [card for identity, card in cards.items() if identity not in leads]
    await _put(tx, bucket, changed)
    await _drop(tx, bucket, [card["lead_id"] for card in gone])
    more = Counter(kind for lead in changed for kind in _kinds(lead))
    before = [cards[lead["lead_id"]] for lead in changed if lead["lead_id"] in cards]
    more.subtract(kind for card in (*gone, *before) for kind in _kinds(card))
    await _count(tx, bucket, {kind: by for kind, by in more.items() if by})


async def _as_they_are(tx: Tx, bucket: int, conversation_ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    rows = await tx.fetch(
        """
        SELECT l.id AS lead_id, l.conversation_id, l.flow_name, l.stage, l.service_type_enum AS service,
               ARRAY(SELECT jsonb_object_keys(l.fields) ORDER BY 1) AS known
          FROM lead l
          JOIN contact n ON n.bucket = l.bucket AND n.id = l.contact_id
         WHERE l.bucket = $1 AND l.conversation_id = ANY($2::uuid[]) AND n.erased_at IS NULL
        """,
        bucket,
        conversation_ids,
    )
    return {row["lead_id"]: dict(row) for row in rows}


async def _as_they_were(
    tx: Tx, bucket: int, conversation_ids: Sequence[UUID], lead_ids: Sequence[UUID]
) -> dict[UUID, Mapping[str, Any]]:
    """Their cards, also of leads that came from another conversation when two contacts became one."""
    rows = await tx.fetch(
        """
        SELECT lead_id, conversation_id, flow_name, stage, service, known
          FROM lead_card
         WHERE bucket = $1 AND (conversation_id = ANY($2::uuid[]) OR lead_id = ANY($3::uuid[]))
        """,
        bucket,
        conversation_ids,
        lead_ids,
    )
    return {row["lead_id"]: dict(row) for row in rows}


async def _put(tx: Tx, bucket: int, leads: Sequence[Mapping[str, Any]]) -> None:
    if not leads:
        return
    await tx.execute(
        """
        INSERT INTO lead_card (bucket, lead_id, conversation_id, flow_name, stage, service, known)
        SELECT $1, f.lead_id, f.conversation_id, f.flow_name, f.stage, f.service,
               coalesce(string_to_array(f.known, ' '), '{}')
          FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
               AS f (lead_id, conversation_id, flow_name, stage, service, known)
        ON CONFLICT (bucket, lead_id) DO UPDATE
           SET conversation_id = excluded.conversation_id, flow_name = excluded.flow_name, stage = excluded.stage,
               service = excluded.service, known = excluded.known
        """,
        bucket,
        # An array of arrays would have to be even; a field's name holds no space.
        *columns(((*list(lead.values())[:5], " ".join(lead["known"])) for lead in leads), 6),
    )


async def _drop(tx: Tx, bucket: int, lead_ids: Sequence[UUID]) -> None:
    if lead_ids:
        await tx.execute("DELETE FROM lead_card WHERE bucket = $1 AND lead_id = ANY($2::uuid[])", bucket, lead_ids)


def _kinds(lead: Mapping[str, Any]) -> Iterable[Kind]:
    """Every kind it is counted as."""
    of = lead["flow_name"], lead["service"] or "", lead["stage"]
    yield (*of, "")
    for field in lead["known"]:
        yield (*of, field)


async def _count(tx: Tx, bucket: int, more: Mapping[Kind, int]) -> None:
    if not more:
        return
    await tx.execute(
        """
        INSERT INTO lead_count AS c (bucket, flow_name, service, stage, field, count)
        SELECT $1, f.flow_name, f.service, f.stage, f.field, f.more
          FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
               AS f (flow_name, service, stage, field, more)
        ON CONFLICT (bucket, flow_name, service, stage, field) DO UPDATE SET count = c.count + excluded.count
        """,
        bucket,
        *columns(((*kind, by) for kind, by in more.items()), 5),
    )
