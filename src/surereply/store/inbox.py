"""Keep what was delivered: each message and report once, with the tickets of the work it brings."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from surereply.domain.conversation import HandoverReason
from surereply.domain.message import MessageKind
from surereply.store import contacts, handovers, media_tickets
from surereply.store.contacts import Address, Resolved
from surereply.store.database import Tx, columns, to_json
from surereply.store.delivered import Kept, NewDelivery, NewMessage, Patience
from surereply.store.erasure import HashOf


@dataclass(slots=True)
class _Fresh:
    """Counts of one batch, a delivery each."""

    messages: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    repeated: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    reports: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))


async def keep(tx: Tx, deliveries: Sequence[NewDelivery], patience: Patience, hash_of: HashOf) -> list[Kept]:
    """Keep a batch of deliveries. What is committed here may be answered with 200, and nothing else may.

    What was erased stays out (`hash_of`: what an erasure leaves of a wamid).

    Rows are sorted by key, so that two batches with the same messages wait for each other in one order.
    """
    fresh = _Fresh()
    await _keep_messages(tx, deliveries, patience, fresh, hash_of)
    await _keep_reports(tx, deliveries, fresh, hash_of)
    await _keep_quarantine(tx, deliveries)
    await _keep_notices(tx, deliveries)
    # Also when everything in it was known already: without a row of its own, the commit of such a batch would not wait
    # for the standby, and a message whose first commit was cut off would be acknowledged and then lost at failover.
    await _keep_deliveries(tx, deliveries, fresh)
    return [
        Kept(fresh.messages[d.id], fresh.repeated[d.id], fresh.reports[d.id], len(d.quarantined)) for d in deliveries
    ]


async def _keep_messages(
    tx: Tx, deliveries: Sequence[NewDelivery], patience: Patience, fresh: _Fresh, hash_of: HashOf
) -> None:
    delivered = [(delivery, new) for delivery in deliveries for new in delivery.messages]
    same_contact = [address for delivery in deliveries for address in delivery.same_contact]
    marketing = [wish for delivery in deliveries for wish in delivery.marketing]
    if not delivered and not same_contact and not marketing:
        return
    first_of = await _take_keys(tx, delivered, hash_of)
    taken = [(delivery, new) for delivery, new in delivered if first_of.get(new.message.id)]
    repeated = [(delivery, new) for delivery, new in delivered if not first_of.get(new.message.id)]
    for delivery, _ in taken:
        fresh.messages[delivery.id] += 1
    for delivery, _ in repeated:
        fresh.repeated[delivery.id] += 1
    if repeated:
        await _note_repetitions(tx, repeated)
    now = deliveries[0].received_at
    if same_contact:
        same_contact = await _not_erased(tx, same_contact, hash_of)
    addresses = [*(new.address for _, new in taken), *same_contact, *(address for address, _ in marketing)]
    resolved = await contacts.resolve(tx, addresses, now)
    for address, wanted in marketing:
        await contacts.note_marketing(tx, address.bucket, resolved[address].contact_id, wanted, now)
    await _insert_messages(tx, [(d, new, resolved[new.address]) for d, new in taken], patience)


async def _take_keys(tx: Tx, delivered: Sequence[tuple[NewDelivery, NewMessage]], hash_of: HashOf) -> dict[UUID, bool]:
    """Take the keys of messages nobody has kept; ids of those that are ours to keep.

    A rival batch with the same message is waited for here: if it commits, the message is a repetition; if it does not,
    the message is ours. So an acknowledgement never rests on work that did not commit.
    """
    keys = sorted({(new.address.bucket, new.message.wamid): (new, d) for d, new in reversed(delivered)}.items())
    rows = await tx.fetch(
        """
        INSERT INTO inbound_key (bucket, wamid, message_id, received_at)
        SELECT k.bucket, k.wamid, k.message_id, k.received_at
          FROM unnest($1::smallint[], $2::text[], $3::uuid[], $4::timestamptz[], $5::bytea[])
               AS k (bucket, wamid, message_id, received_at, hash)
         WHERE NOT EXISTS (SELECT FROM erased_key e WHERE e.bucket = ANY($1::smallint[])
                                                      AND e.bucket = k.bucket AND e.hash = k.hash)
        ON CONFLICT DO NOTHING
        RETURNING message_id
        """,
        *columns(
            ((bucket, wamid, new.message.id, d.received_at, hash_of(wamid)) for (bucket, wamid), (new, d) in keys), 5
        ),
    )
    return {row["message_id"]: True for row in rows}


async def _not_erased(tx: Tx, addresses: Sequence[Address], hash_of: HashOf) -> list[Address]:
    """Without those whose evidence is of an erased contact."""
    hashes = [hash_of(address.evidence) for address in addresses]
    rows = await tx.fetch(
        "SELECT bucket, hash FROM erased_key WHERE bucket = ANY($1::smallint[]) AND hash = ANY($2::bytea[])",
        [address.bucket for address in addresses],
        hashes,
    )
    erased = {(row["bucket"], row["hash"]) for row in rows}
    return [one for one, hashed in zip(addresses, hashes, strict=True) if (one.bucket, hashed) not in erased]


async def _note_repetitions(tx: Tx, repeated: Sequence[tuple[NewDelivery, NewMessage]]) -> None:
    rows = [(new.address.bucket, new.message.wamid, d.id, d.received_at, d.simulated) for d, new in repeated]
    await tx.execute(
        """
        INSERT INTO repetition (bucket, message_id, delivery_id, received_at, simulated)
        SELECT k.bucket, i.message_id, k.delivery_id, k.received_at, k.simulated
          FROM unnest($1::smallint[], $2::text[], $3::uuid[], $4::timestamptz[], $5::boolean[])
               AS k (bucket, wamid, delivery_id, received_at, simulated)
          JOIN inbound_key i ON i.bucket = k.bucket AND i.wamid = k.wamid
         WHERE i.bucket = ANY($1::smallint[])
        ON CONFLICT DO NOTHING
        """,
        *columns(rows, 5),
    )


async def _insert_messages(
    tx: Tx, kept: Sequence[tuple[NewDelivery, NewMessage, Resolved]], patience: Patience
) -> None:
    if not kept:
        return
    await tx.execute(
        """
        INSERT INTO message (bucket, id, conversation_id, delivery_id, wamid, kind, text, content,
                             sent_at, received_at, needs_no_turn, raw)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
                             $8::jsonb[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::bytea[])
        """,
        *columns((_message_row(d, new, to) for d, new, to in kept), 12),
    )
    files = [(new.address.bucket, new.message.id, d.received_at) for d, new, _ in kept if new.message.media]
    if files:
        await media_tickets.note_files(tx, files)
    for_a_turn = [(d, new, to) for d, new, to in kept if new.needs_no_turn is None]
    if for_a_turn:
        await _insert_unread(tx, for_a_turn)
        await _raise_tickets(tx, for_a_turn, patience)
    for delivery, new, to in sorted(kept, key=lambda one: one[2].conversation_id):
        if new.message.kind is MessageKind.ECHO:
            await handovers.take_over(
                tx,
                new.address.bucket,
                to.conversation_id,
                HandoverReason.PHONE_APP,
                "phone app",
                delivery.received_at,
            )


def _message_row(delivery: NewDelivery, new: NewMessage, to: Resolved) -> tuple[object, ...]:
    message = new.message
    content = {
        "tap": message.tap,
        "reply_to": message.reply_to,
        "media": message.media,
        "location": message.location,
        "form": message.form,
        "shared_phones": message.shared_phones,
        "referral": new.referral,
    }
    return (
        new.address.bucket,
        message.id,
        to.conversation_id,
        delivery.id,
        message.wamid,
        message.kind.value,
        message.text,
        to_json({key: value for key, value in content.items() if value}),
        message.sent_at,
        message.received_at,
        new.needs_no_turn,
        new.raw,
    )


async def _insert_unread(tx: Tx, kept: Sequence[tuple[NewDelivery, NewMessage, Resolved]]) -> None:
    await tx.execute(
        """
        INSERT INTO unread (bucket, conversation_id, message_id, received_at)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::timestamptz[])
        """,
        *columns(
            ((new.address.bucket, to.conversation_id, new.message.id, d.received_at) for d, new, to in kept),
            4,
        ),
    )


async def _raise_tickets(tx: Tx, kept: Sequence[tuple[NewDelivery, NewMessage, Resolved]], patience: Patience) -> None:
    """A ticket a conversation: due after the debounce, never later than `max_wait` from its first unread message.

    DO UPDATE even where nothing changes: DO NOTHING would not wait for a turn that is about to delete the ticket, and
    the wake-up would be lost with it. The lease is never touched here; what comes while a turn is thought out waits for
    its own debounce.
    """
    tickets: dict[tuple[int, UUID], tuple[UUID, datetime, datetime]] = {}
    for delivery, new, to in kept:
        at = delivery.received_at
        due = at if new.at_once else at + patience.debounce
        key = (new.address.bucket, to.conversation_id)
        line_id, first, earlier = tickets.get(key, (new.address.line_id, at, due))
        due = min(due, earlier) if new.at_once or earlier <= at else max(due, earlier)
        tickets[key] = (line_id, min(first, at), due)
    rows = [
        (bucket, conversation_id, line_id, first, min(due, first + patience.max_wait))
        for (bucket, conversation_id), (line_id, first, due) in sorted(tickets.items())
    ]
    await tx.execute(
        """
        INSERT INTO conversation_ticket AS t (bucket, conversation_id, line_id, first_unread_at, unread_due_at)
        SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
        ON CONFLICT (bucket, conversation_id) DO UPDATE
           SET first_unread_at = LEAST(t.first_unread_at, excluded.first_unread_at),
               unread_due_at   = CASE
                   WHEN t.lease_until IS NULL AND t.unread_due_at <= excluded.first_unread_at THEN t.unread_due_at
                   WHEN excluded.unread_due_at <= excluded.first_unread_at THEN excluded.unread_due_at
                   ELSE LEAST(GREATEST(t.unread_due_at, excluded.unread_due_at), t.first_unread_at + $6::interval)
               END
        """,
        *columns(rows, 5),
        patience.max_wait,
    )


async def _keep_reports(tx: Tx, deliveries: Sequence[NewDelivery], fresh: _Fresh, hash_of: HashOf) -> None:
    delivered = {
        (report.bucket, report.wamid, report.reported.value): (delivery, report)
        for delivery in reversed(deliveries)
        for report in reversed(delivery.reports)
    }
    if not delivered:
        return
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
        fresh.reports[delivery.id] += 1
        rows.append(
            (report.bucket, report.id, delivery.id, report.line_id, report.wamid, report.reported.value, report.at,
             delivery.received_at, report.callback_data, report.code, report.error)
        )  # fmt: skip
    if not rows:
        return
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


async def _keep_deliveries(tx: Tx, deliveries: Sequence[NewDelivery], fresh: _Fresh) -> None:
    rows = []
    for delivery in deliveries:
        for bucket in delivery.buckets() or {0}:
            mine = [m for m in delivery.messages if m.address.bucket == bucket]
            rows.append(
                (bucket, delivery.id, delivery.received_at, delivery.body_bytes, len(mine), fresh.messages[delivery.id],
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
