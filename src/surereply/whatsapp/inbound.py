"""A delivery's bytes, read: every entry, change and item on its own, so that one bad item spoils no other."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Raw

from surereply.domain.message import Message, MessageKind
from surereply.whatsapp import names, shapes
from surereply.whatsapp.content import UNREADABLE, read_content
from surereply.whatsapp.delivery import (
    AccountNotice,
    Delivery,
    IdentityNotice,
    InboundMessage,
    Quarantined,
    Referral,
)
from surereply.whatsapp.found import Found, short
from surereply.whatsapp.reported import read_errors, read_preferences, read_statuses
from surereply.whatsapp.storable import storable, with_storable_escapes

ACCOUNT_FIELDS = frozenset(
    {
        "account_alerts",
        "account_review_update",
        "account_update",
        "business_capability_update",
        "message_template_quality_update",
        "message_template_status_update",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "template_category_update",
    }
)


def parse_delivery(raw: bytes, received_at: datetime, new_id: Callable[[], UUID]) -> Delivery:
    """Read a signed body. Never raises: what cannot be understood is in `quarantined`, with its own bytes.

    `received_at` is aware. Texts come out storable in PostgreSQL (no NUL, no lone surrogates); the raw bytes
    keep them. A message of an unknown type is both a message (the customer is answered) and quarantined.
    """
    found = Found(raw, storable(raw), received_at, new_id)
    try:
        try:
            envelope = shapes.read_envelope(found.clean)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:  # a lone surrogate anywhere makes the whole body unreadable to msgspec
            found.clean = with_storable_escapes(found.clean)
            envelope = shapes.read_envelope(found.clean)
    except UNREADABLE:
        return Delivery(quarantined=(Quarantined(None, "body is not a delivery in JSON", raw),))
    if envelope.object != "whatsapp_business_account":
        return Delivery(quarantined=(Quarantined(None, "body is of another product than WhatsApp", raw),))
    for entry in envelope.entry:
        _read_entry(entry, found)
    return found.delivery()


def _read_entry(item: Raw, found: Found) -> None:
    try:
        entry = shapes.read_entry(item)
    except UNREADABLE:
        return found.quarantine(None, "entry without changes", item)
    account = short(entry.id)
    for change in entry.changes:
        _read_change(change, account, found)
    return None


def _read_change(item: Raw, account: str | None, found: Found) -> None:
    try:
        change = shapes.read_change(item)
        value = shapes.read_value(change.value)
    except UNREADABLE:
        return found.quarantine(None, "change without a field and a value", item)
    line = _line(value)
    before = len(found.quarantined)
    if change.field in ACCOUNT_FIELDS:
        notice = AccountNotice(line, account, change.field, short(value.event), found.original(item))
        return found.notices.append(notice)
    if change.field not in ("messages", "smb_message_echoes", "user_preferences"):
        return found.quarantine(line, "change of an unknown field", item)
    read = _read_messages(value, line, found)
    read += read_statuses(value, line, found)
    read += read_preferences(value, line, found)
    read += read_errors(value, line, account, found)
    if read == 0 and len(found.quarantined) == before:
        found.quarantine(line, "change that holds nothing known", item)
    return None


def _line(value: shapes.Value) -> str | None:
    try:
        return short(shapes.read_metadata(value.metadata).phone_number_id)
    except UNREADABLE:
        return None


def _read_messages(value: shapes.Value, line: str | None, found: Found) -> int:
    written = found.items(value.messages, "messages", line)
    echoes = found.items(value.message_echoes, "message echoes", line)
    if not written and not echoes:
        return 0
    contacts = list(_contacts(value, line, found))
    for item in written:
        _read_message(item, line, contacts, found, echo=False)
    for item in echoes:
        _read_message(item, line, contacts, found, echo=True)
    return len(written) + len(echoes)


def _contacts(value: shapes.Value, line: str | None, found: Found) -> Iterator[shapes.Contact]:
    for item in found.items(value.contacts, "contacts", line):
        try:
            yield shapes.read_contact(item)
        except UNREADABLE:
            found.quarantine(line, "contact that cannot be read", item)


def _read_message(item: Raw, line: str | None, contacts: list[shapes.Contact], found: Found, *, echo: bool) -> None:
    try:
        head = shapes.read_message(item)
    except UNREADABLE:
        return found.quarantine(line, "message that cannot be read", item)
    if echo:  # the owner wrote it; the conversation is with whom it went to
        head.from_, head.from_user_id = head.to, head.to_user_id
    wamid = short(head.id)
    identifiers = names.of_message(head, contacts)
    if line is None or wamid is None or not identifiers:
        missing = "a line" if line is None else "an id" if wamid is None else "a sender"
        return found.quarantine(line, f"message without {missing}", item)
    content = read_content(head)
    message = Message(
        id=found.new_id(),
        wamid=wamid,
        kind=MessageKind.ECHO if echo else content.kind,
        text=content.text,
        sent_at=found.when(head.timestamp),
        received_at=found.received_at,
        tap=content.tap,
        reply_to=content.reply_to or _reply_to(head),
        media=content.media,
        location=content.location,
        form=content.form,
        shared_phones=content.shared_phones,
    )
    raw = found.original(item)
    profile = names.profile_name(head, contacts)
    found.messages.append(InboundMessage(line, message, identifiers, profile, raw, _referral(head)))
    if content.problem:
        found.quarantined.append(Quarantined(line, content.problem, raw))
    if content.kind is MessageKind.SYSTEM:
        _read_identity_change(head, line, wamid, message.sent_at, raw, found)
    return None


def _reply_to(head: shapes.Message) -> str | None:
    if head.context is shapes.NOTHING:
        return None
    try:
        return shapes.read_context(head.context).id
    except UNREADABLE:
        return None  # which message it answers is a hint; the message itself is not


def _referral(head: shapes.Message) -> Referral | None:
    if head.referral is shapes.NOTHING:
        return None
    try:
        ad = shapes.read_referral(head.referral)
    except UNREADABLE:
        return None
    return Referral(ad.source_type, ad.source_id, ad.source_url, ad.headline, ad.ctwa_clid)


def _read_identity_change(head: shapes.Message, line: str, wamid: str, at: datetime, raw: bytes, found: Found) -> None:
    try:
        system = shapes.read_system(head.system)
    except UNREADABLE:
        return
    if system.type not in ("user_changed_number", "user_changed_user_id", "customer_changed_number"):
        return
    old = names.of_recipient(head.from_, head.from_user_id)
    new = names.of_recipient(system.wa_id or system.new_wa_id, system.user_id)
    if old and new and set(new) - set(old):
        found.notices.append(IdentityNotice(line, wamid, at, old, new, raw))
    else:
        found.quarantined.append(Quarantined(line, "changed identity without old and new name", raw))
