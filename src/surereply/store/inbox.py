"""The inbox: each message kept once, with the tickets of the work it brings."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from surereply.domain.announcements import Topic
from surereply.domain.conversation import HandoverReason
from surereply.domain.message import MessageKind
from surereply.store import contacts, handovers, media_tickets
from surereply.store.announcing import Happening, announce
from surereply.store.contacts import Resolved
from surereply.store.database import Tx, columns, to_json
from surereply.store.delivered import NewDelivery, NewMessage, Patience
from surereply.store.erased_keys import HashOf, not_erased


async def keep_messages(
    tx: Tx, deliveries: Sequence[NewDelivery], patience: Patience, hash_of: HashOf, *, tell: bool
) -> tuple[Counter[UUID], Counter[UUID]]:
    """How many messages were new, and how many were kept before, by delivery."""
    delivered = [(delivery, new) for delivery in deliveries for new in delivery.messages]
    same_contact = [address for delivery in deliveries for address in delivery.same_contact]
    marketing = [wish for delivery in deliveries for wish in delivery.marketing]
    if not delivered and not same_contact and not marketing:
        return Counter(), Counter()
    ours = await _take_keys(tx, delivered, hash_of)
    taken = [(delivery, new) for delivery, new in delivered if new.message.id in ours]
    repeated = [(delivery, new) for delivery, new in delivered if new.message.id not in ours]
    if repeated:
        await _note_repetitions(tx, repeated)
    now = deliveries[0].received_at
    if same_contact:
        same_contact = await not_erased(tx, same_contact, hash_of)
    addresses = [*(new.address for _, new in taken), *same_contact, *(address for address, _ in marketing)]
    resolved = await contacts.resolve(tx, addresses, now)
    for address, wanted in marketing:
        await contacts.note_marketing(tx, address.bucket, resolved[address].contact_id, wanted, now)
    await _insert_messages(tx, [(d, new, resolved[new.address]) for d, new in taken], patience, tell)
    return Counter(d.id for d, _ in taken), Counter(d.id for d, _ in repeated)


async def _take_keys(tx: Tx, delivered: Sequence[tuple[NewDelivery, NewMessage]], hash_of: HashOf) -> set[UUID]:
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
    return {row["message_id"] for row in rows}


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
    tx: Tx, kept: Sequence[tuple[NewDelivery, NewMessage, Resolved]], patience: Patience, tell: bool
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
    if tell:
        await announce(tx, [_received(d, new, to) for d, new, to in for_a_turn])
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


def _received(delivery: NewDelivery, new: NewMessage, to: Resolved) -> Happening:
    return Happening(
        new.address.bucket,
        Topic.MESSAGE_RECEIVED,
        to.conversation_id,
        delivery.received_at,
        message_id=new.message.id,
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
