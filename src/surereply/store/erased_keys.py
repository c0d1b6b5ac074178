"""What stays of an erased contact: keyed hashes of message ids, which keep repetitions of what was erased out."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from surereply.store.contacts import Address
from surereply.store.database import Tx
from surereply.store.person import Person

HashOf: TypeAlias = Callable[[str], bytes]


def wamid_hash(secret_key: str) -> HashOf:
    """What stays of a wamid, in which WhatsApp hides the phone number. Every process needs the same key."""
    key = secret_key.encode()
    return lambda wamid: hmac.digest(key, b"erased " + wamid.encode("utf-8", "surrogatepass"), hashlib.sha256)


async def hashes_of(tx: Tx, person: Person, hash_of: HashOf) -> dict[str, bytes]:
    """Every wamid that names the person, and what stays of it."""
    rows = await tx.fetch(
        """
        SELECT wamid FROM message WHERE bucket = $1 AND conversation_id = ANY($2::uuid[])
         UNION
        SELECT provider_message_id FROM reply
         WHERE bucket = $1 AND conversation_id = ANY($2::uuid[]) AND provider_message_id IS NOT NULL
         UNION
        SELECT a.provider_message_id
          FROM reply r
          JOIN send_attempt a ON a.bucket = r.bucket AND a.reply_id = r.id
         WHERE r.bucket = $1 AND r.conversation_id = ANY($2::uuid[]) AND a.provider_message_id IS NOT NULL
        """,
        person.bucket,
        person.conversation_ids,
    )
    return {row["wamid"]: hash_of(row["wamid"]) for row in rows}


def as_text(hashes: Mapping[str, bytes]) -> tuple[list[str], list[str]]:
    """Two columns: wamids, and what stands in their place."""
    return list(hashes), [hashed.hex() for hashed in hashes.values()]


async def keep_as_hashes(tx: Tx, person: Person, hashes: Mapping[str, bytes], now: datetime) -> None:
    """Keys keep their work under the hash: a second computation of an old turn still finds them taken."""
    await tx.execute(
        """
        INSERT INTO erased_key (bucket, hash, erased_at)
        SELECT $1, hash, $3 FROM unnest($2::bytea[]) AS k (hash)
        ON CONFLICT DO NOTHING
        """,
        person.bucket,
        list(hashes.values()),
        now,
    )
    await tx.execute(
        "DELETE FROM inbound_key WHERE bucket = $1 AND wamid = ANY($2::text[])", person.bucket, list(hashes)
    )
    await tx.execute(
        """
        WITH gone AS (DELETE FROM report_key WHERE bucket = $1 AND wamid = ANY($2::text[]) RETURNING report_id)
        UPDATE report r SET wamid = k.hash, error = NULL
          FROM gone, unnest($2::text[], $3::text[]) AS k (wamid, hash)
         WHERE r.bucket = $1 AND r.id = gone.report_id AND r.wamid = k.wamid
        """,
        person.bucket,
        *as_text(hashes),
    )
    await tx.execute("DELETE FROM sent_key WHERE bucket = $1 AND wamid = ANY($2::text[])", person.bucket, list(hashes))
    await tx.execute(
        """
        UPDATE reply_key r SET cause = k.hash
          FROM unnest($3::text[], $4::text[]) AS k (wamid, hash)
         WHERE r.bucket = $1 AND r.conversation_id = ANY($2::uuid[]) AND r.cause = k.wamid
        """,
        person.bucket,
        person.conversation_ids,
        *as_text(hashes),
    )


async def not_erased(tx: Tx, addresses: Sequence[Address], hash_of: HashOf) -> list[Address]:
    """Without those whose evidence is of an erased contact."""
    hashes = [hash_of(address.evidence) for address in addresses]
    rows = await tx.fetch(
        "SELECT bucket, hash FROM erased_key WHERE bucket = ANY($1::smallint[]) AND hash = ANY($2::bytea[])",
        [address.bucket for address in addresses],
        hashes,
    )
    erased = {(row["bucket"], row["hash"]) for row in rows}
    return [one for one, hashed in zip(addresses, hashes, strict=True) if (one.bucket, hashed) not in erased]
