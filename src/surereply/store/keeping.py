"""Keep what was delivered: every item of every delivery once, all of it in one transaction."""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from surereply.store.database import Tx, columns
from surereply.store.delivered import Kept, NewDelivery, Patience
from surereply.store.erased_keys import HashOf
from surereply.store.inbox import keep_messages


async def keep(
    tx: Tx, deliveries: Sequence[NewDelivery], patience: Patience, hash_of: HashOf, *, tell: bool = True
) -> list[Kept]:
    """Keep a batch of deliveries. What is committed here may be answered with 200, and nothing else may.

    What was erased stays out (`hash_of`: what an erasure leaves of a wamid). `tell`: some endpoint may want to know.

    Rows are sorted by key, so that two batches with the same messages wait for each other in one order.
    """
    fresh, repeated = await keep_messages(tx, deliveries, patience, hash_of, tell=tell)
    reports = await _keep_reports(tx, deliveries, hash_of)
    await _keep_quarantine(tx, deliveries)
    await _keep_notices(tx, deliveries)
    # Also when everything in it was known already: without a row of its own, the commit of such a batch would not wait
    # for the standby, and a message whose first commit was cut off would be acknowledged and then lost at failover.
    await _keep_deliveries(tx, deliveries, fresh)
    return [Kept(fresh[d.id], repeated[d.id], reports[d.id], len(d.quarantined)) for d in deliveries]


async def _keep_reports(tx: Tx, deliveries: Sequence[NewDelivery], hash_of: HashOf) -> Counter[UUID]:
    """How many were new, by delivery."""
    fresh: Counter[UUID] = Counter()
    delivered = {
        (report.bucket, report.wamid, report.reported.value): (delivery, report)
        for delivery in reversed(deliveries)
        for report in reversed(delivery.reports)
    }
    if not delivered:
        return fresh
    keys = sorted(delivered)
    taken = await tx.fetch(
        """
        INSERT INTO report_key (bucket, wamid, reported, report_id, received_at)
        SELECT k.bucket, k.wamid, k.reported, k.report_id, k.received_at
          FROM unnest($1::smallint[], $2::text[], $3::text[], $4::uuid[], $5::timestamptz[], $6::bytea[])
               AS k (bucket, wamid, reported, report_id, received_at, hash)
         WHERE NOT EXISTS (SELECT FROM erased_key e WHERE e.bucket = ANY($1::smallint[])
                                                      AND e.bucket = k.bucket AND e.hash = k.hash)
        ON CONFLICT DO NOTHING
        RETURNING bucket, wamid, reported
        """,
        *columns(((*key, delivered[key][1].id, delivered[key][0].received_at, hash_of(key[1])) for key in keys), 6),
    )
    rows = []
    for row in taken:
        delivery, report = delivered[row["bucket"], row["wamid"], row["reported"]]
        fresh[delivery.id] += 1
        rows.append(
            (report.bucket, report.id, delivery.id, report.line_id, report.wamid, report.reported.value, report.at,
             delivery.received_at, report.callback_data, report.code, report.error)
        )  # fmt: skip
    if not rows:
        return fresh
    await tx.execute(
        """
        INSERT INTO report (bucket, id, delivery_id, line_id, wamid, reported, at, received_at, callback_data,
                            code, error)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
                             $7::timestamptz[], $8::timestamptz[], $9::text[], $10::integer[], $11::text[])
        """,
        *columns(rows, 11),
    )
    await tx.execute(
        """
        INSERT INTO report_ticket (bucket, report_id, due_at)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::timestamptz[])
        """,
        *columns(((row[0], row[1], row[7]) for row in rows), 3),
    )
    return fresh


async def _keep_quarantine(tx: Tx, deliveries: Sequence[NewDelivery]) -> None:
    rows = {
        (item.bucket, sha256(item.raw).digest()): (item, delivery)
        for delivery in reversed(deliveries)
        for item in reversed(delivery.quarantined)
    }
    if rows:
        await tx.execute(
            """
            INSERT INTO quarantine (bucket, digest, id, delivery_id, phone_number_id, reason, raw, received_at)
            SELECT * FROM unnest($1::smallint[], $2::bytea[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
                                 $7::bytea[], $8::timestamptz[])
            ON CONFLICT DO NOTHING
            """,
            *columns(
                (
                    (*key, item.id, delivery.id, item.phone_number_id, item.reason, item.raw, delivery.received_at)
                    for key, (item, delivery) in sorted(rows.items(), key=lambda row: row[0])
                ),
                8,
            ),
        )


async def _keep_notices(tx: Tx, deliveries: Sequence[NewDelivery]) -> None:
    rows = [
        (notice.bucket, notice.id, notice.line_id, notice.kind, notice.detail, delivery.received_at)
        for delivery in deliveries
        for notice in delivery.notices
    ]
    if rows:
        await tx.execute(
            """
            INSERT INTO line_notice (bucket, id, line_id, kind, detail, received_at)
            SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[], $6::timestamptz[])
            """,
            *columns(rows, 6),
        )


async def _keep_deliveries(tx: Tx, deliveries: Sequence[NewDelivery], fresh: Counter[UUID]) -> None:
    rows = []
    for delivery in deliveries:
        for bucket in delivery.buckets() or {0}:
            mine = [m for m in delivery.messages if m.address.bucket == bucket]
            rows.append(
                (bucket, delivery.id, delivery.received_at, delivery.body_bytes, len(mine), fresh[delivery.id],
                 sum(r.bucket == bucket for r in delivery.reports),
                 sum(q.bucket == bucket for q in delivery.quarantined), delivery.simulated)
            )  # fmt: skip
    await tx.execute(
        """
        INSERT INTO delivery (bucket, id, received_at, body_bytes, messages, fresh, reports, quarantined, simulated)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::timestamptz[], $4::integer[], $5::integer[],
                             $6::integer[], $7::integer[], $8::integer[], $9::boolean[])
        """,
        *columns(rows, 9),
    )
