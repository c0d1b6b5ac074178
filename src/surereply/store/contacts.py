"""Who writes: identifiers to contacts and conversations, each made once; and two that turn out to be one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from surereply.domain.identity import new_id
from surereply.domain.message import Identifier, IdentifierKind
from surereply.store.database import Tx, columns


@dataclass(frozen=True, slots=True)
class Address:
    """A customer on a line as a message or a notice names them: one identifier or several."""

    bucket: int
    line_id: UUID
    identifiers: tuple[Identifier, ...]
    profile_name: str | None = None
    evidence: str = ""  # wamid of the message or notice that names them together


@dataclass(frozen=True, slots=True)
class Resolved:
    contact_id: UUID
    conversation_id: UUID


Key = tuple[int, UUID, str, str]  # bucket, line, kind, value: how an identifier is found


async def resolve(tx: Tx, addresses: Iterable[Address], now: datetime) -> dict[Address, Resolved]:
    """The conversation of each address; made where nobody has it yet, once, also when rivals make it.

    Identifiers that one message names together belong to one contact: a new one is attached, and two known ones of
    different conversations leave a merge ticket (no turn is taken before they are united).
    """
    wanted = list(dict.fromkeys(addresses))
    known = await _known(tx, wanted)
    while True:
        missing, made = _plan(wanted, known, now)
        if not missing:
            break
        won = await _attach(tx, missing, now)
        await _make(tx, {made[key] for key in won if key in made}, now)
        await _complete_conversations(tx, [(key, missing[key][0]) for key in won if key not in made])
        known |= {key: missing[key][0] for key in won}
        if len(won) < len(missing):  # a rival attached some of them first: look again, with a fresh snapshot
            known |= await _known(tx, wanted)
    resolved = {}
    for address in wanted:
        found = sorted({known[key] for key in _keys(address)}, key=lambda resolved: resolved.conversation_id)
        resolved[address] = found[0]  # the oldest: ids sort by age
        if len(found) > 1:
            await _ask_to_merge(tx, address, found, now)
    return resolved


def _keys(address: Address) -> list[Key]:
    return [(address.bucket, address.line_id, i.kind.value, i.value) for i in address.identifiers]


async def _known(tx: Tx, addresses: Sequence[Address]) -> dict[Key, Resolved]:
    keys = sorted({key for address in addresses for key in _keys(address)})
    rows = await tx.fetch(
        """
        SELECT i.bucket, i.line_id, i.kind, i.value, i.contact_id, i.conversation_id
          FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[]) AS k (bucket, line_id, kind, value)
          JOIN identifier i ON (i.bucket, i.line_id, i.kind, i.value) = (k.bucket, k.line_id, k.kind, k.value)
         WHERE i.bucket = ANY($1::smallint[])
        """,
        *columns(keys, 4),
    )
    return {
        (row["bucket"], row["line_id"], row["kind"], row["value"]): Resolved(row["contact_id"], row["conversation_id"])
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class _NewContact:
    bucket: int
    line_id: UUID
    resolved: Resolved
    profile_name: str | None
    phone: str | None
    bsuid: str | None


def _plan(
    addresses: Sequence[Address], known: dict[Key, Resolved], now: datetime
) -> tuple[dict[Key, tuple[Resolved, str | None]], dict[Key, _NewContact]]:
    """Which identifiers to attach to whom, and the contacts to make for those that nobody has."""
    missing: dict[Key, tuple[Resolved, str | None]] = {}
    made: dict[Key, _NewContact] = {}
    for address in addresses:
        keys = _keys(address)
        there = [known[key] for key in keys if key in known] + [missing[key][0] for key in keys if key in missing]
        maker = next((made[key] for key in keys if key in made), None)
        if there:
            to = min(there, key=lambda resolved: resolved.conversation_id)
        else:
            to = Resolved(contact_id=new_id(now), conversation_id=new_id(now))
            by_kind = {identifier.kind: identifier.value for identifier in address.identifiers}
            maker = _NewContact(
                address.bucket,
                address.line_id,
                to,
                address.profile_name,
                by_kind.get(IdentifierKind.PHONE),
                by_kind.get(IdentifierKind.BSUID),
            )
        for key in keys:
            if key not in known and key not in missing:
                missing[key] = (to, address.profile_name)
                if maker is not None and maker.resolved == to:
                    made[key] = maker
    return missing, made


async def _attach(tx: Tx, missing: dict[Key, tuple[Resolved, str | None]], now: datetime) -> list[Key]:
    """Attach identifiers; those that a rival attached first are not among the returned."""
    rows = [(*key, missing[key][0].contact_id, missing[key][0].conversation_id, now) for key in sorted(missing)]
    won = await tx.fetch(
        """
        INSERT INTO identifier (bucket, line_id, kind, value, contact_id, conversation_id, created_at)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[],
                             $7::timestamptz[])
        ON CONFLICT DO NOTHING
        RETURNING bucket, line_id, kind, value
        """,
        *columns(rows, 7),
    )
    return [(row["bucket"], row["line_id"], row["kind"], row["value"]) for row in won]


async def _make(tx: Tx, new: set[_NewContact], now: datetime) -> None:
    if not new:
        return
    rows = sorted(new, key=lambda contact: (contact.bucket, contact.resolved.conversation_id))
    await tx.execute(
        """
        INSERT INTO contact (bucket, id, line_id, profile_name, created_at)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[])
        """,
        *columns(((c.bucket, c.resolved.contact_id, c.line_id, c.profile_name, now) for c in rows), 5),
    )
    await tx.execute(
        """
        INSERT INTO conversation (bucket, id, line_id, contact_id, profile_name, phone, bsuid, created_at)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                             $8::timestamptz[])
        """,
        *columns(
            (
                (
                    c.bucket,
                    c.resolved.conversation_id,
                    c.line_id,
                    c.resolved.contact_id,
                    c.profile_name,
                    c.phone,
                    c.bsuid,
                    now,
                )
                for c in rows
            ),
            8,
        ),
    )


async def _complete_conversations(tx: Tx, attached: Sequence[tuple[Key, Resolved]]) -> None:
    """Write a newly attached phone or BSUID to the conversation, where replies read whom they go to."""
    rows = sorted(
        (bucket, to.conversation_id, value if kind == "phone" else None, value if kind == "bsuid" else None)
        for (bucket, _, kind, value), to in attached
        if kind in ("phone", "bsuid")
    )
    if rows:
        await tx.executemany(
            """
            UPDATE conversation SET phone = coalesce($3, phone), bsuid = coalesce($4, bsuid)
             WHERE bucket = $1 AND id = $2
            """,
            rows,
        )


async def _ask_to_merge(tx: Tx, address: Address, found: Sequence[Resolved], now: datetime) -> None:
    oldest, *younger = found
    await tx.executemany(
        """
        INSERT INTO merge_ticket (bucket, conversation_id, into_id, evidence, created_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """,
        [(address.bucket, one.conversation_id, oldest.conversation_id, address.evidence, now) for one in younger],
    )


async def note_marketing(tx: Tx, bucket: int, contact_id: UUID, wanted: bool, now: datetime) -> None:
    """The customer stopped marketing, or takes it again: templates of that kind are theirs to refuse."""
    await tx.execute(
        "UPDATE contact SET marketing_stopped_at = $3 WHERE bucket = $1 AND id = $2",
        bucket,
        contact_id,
        None if wanted else now,
    )


async def mark_undeliverable(tx: Tx, bucket: int, conversation_id: UUID, now: datetime) -> None:
    """WhatsApp cannot deliver to this customer, and does not say why."""
    await tx.execute(
        """
        UPDATE contact SET undeliverable_at = $3
         WHERE bucket = $1
           AND id = (SELECT c.contact_id FROM conversation c WHERE c.bucket = $1 AND c.id = $2)
        """,
        bucket,
        conversation_id,
        now,
    )
