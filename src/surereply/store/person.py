"""Who a person is to us: the contacts and conversations that a number, a BSUID or an id leads to."""

from dataclasses import dataclass
from uuid import UUID

from surereply.store.database import Tx


@dataclass(frozen=True, slots=True)
class Person:
    """A contact in a bucket, with the contacts and conversations that turned out to be one with it."""

    bucket: int
    contact_ids: tuple[UUID, ...]
    conversation_ids: tuple[UUID, ...]


async def find_person(tx: Tx, named: str) -> list[Person]:
    """By phone number, BSUID, username or contact id; one for each bucket in which we know them."""
    rows = await tx.fetch(
        """
        WITH RECURSIVE found AS (
            SELECT i.bucket, i.contact_id
              FROM line l
              JOIN identifier i ON i.bucket = l.bucket AND i.line_id = l.id
             WHERE (i.kind = 'phone' AND i.value = $3) OR (i.kind IN ('bsuid', 'username') AND i.value = $1)
             UNION
            SELECT c.bucket, c.id FROM contact c WHERE c.id = $2 AND c.bucket IN (SELECT bucket FROM line)
        ), family AS (
            SELECT c.bucket, c.id, c.merged_into
              FROM found f
              JOIN contact c ON c.bucket = f.bucket AND c.id = f.contact_id
             UNION
            SELECT c.bucket, c.id, c.merged_into
              FROM family f
              JOIN contact c ON c.bucket = f.bucket AND (c.merged_into = f.id OR c.id = f.merged_into)
        )
        SELECT f.bucket, array_agg(DISTINCT f.id) AS contact_ids,
               array_agg(DISTINCT v.id) FILTER (WHERE v.id IS NOT NULL) AS conversation_ids
          FROM family f
          LEFT JOIN conversation v ON v.bucket = f.bucket AND v.contact_id = f.id
         GROUP BY f.bucket
         ORDER BY f.bucket
        """,
        named.removeprefix("@"),
        _uuid(named),
        "".join(filter(str.isdigit, named)) if named.lstrip("+")[:1].isdigit() else None,
    )
    return [
        Person(row["bucket"], tuple(row["contact_ids"]), tuple(sorted(row["conversation_ids"] or ()))) for row in rows
    ]


async def person_of(tx: Tx, bucket: int, conversation_id: UUID) -> Person | None:
    """The customer of a conversation, with all that turned out to be theirs; None for one that is not there."""
    contact_id = await tx.fetchval(
        "SELECT contact_id FROM conversation WHERE bucket = $1 AND id = $2", bucket, conversation_id
    )
    found = await find_person(tx, str(contact_id)) if contact_id else []
    return next((person for person in found if person.bucket == bucket), None)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
