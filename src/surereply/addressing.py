"""Gives every item of a delivery the line that it is for; what is for no line of ours goes to quarantine."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from surereply.domain.identity import UNKNOWN_LINE_BUCKET, new_id
from surereply.domain.line import Line
from surereply.domain.message import NEEDS_NO_TURN, Identifier, IdentifierKind, Message, MessageKind
from surereply.store.contacts import Address
from surereply.store.database import to_json
from surereply.store.delivered import NewDelivery, NewMessage, NewNotice, NewQuarantine, NewReport
from surereply.store.directory import Directory
from surereply.understanding.reader import reader_for
from surereply.whatsapp.delivery import (
    AccountNotice,
    Delivery,
    IdentityNotice,
    InboundMessage,
    MarketingNotice,
    Notice,
    Quarantined,
    Report,
)

Item = TypeVar("Item", InboundMessage, Report)


def names_an_unknown_line(delivery: Delivery, directory: Directory) -> bool:
    names = {m.phone_number_id for m in delivery.messages} | {r.phone_number_id for r in delivery.reports}
    return any(directory.line_of_number(name) is None for name in names)


def addressed(
    delivery: Delivery, directory: Directory, *, body_bytes: int, now: datetime, simulated: bool
) -> NewDelivery:
    messages, stray_messages = _split(delivery.messages, directory)
    reports, stray_reports = _split(delivery.reports, directory)
    quarantined = [
        *(_not_understood(one, directory, now) for one in delivery.quarantined),
        *(_for_no_line(one, now) for one in stray_messages),
        *(_for_no_line(one, now) for one in stray_reports),
    ]
    return NewDelivery(
        id=new_id(now),
        received_at=now,
        body_bytes=body_bytes,
        messages=tuple(_new_message(line, one, directory) for line, one in messages),
        reports=tuple(_new_report(line, one, now) for line, one in reports if one.reported is not None),
        quarantined=tuple(quarantined),
        notices=tuple(_new_notices(delivery.notices, directory, now)),
        same_contact=tuple(_same_contact(delivery.notices, directory)),
        marketing=tuple(_marketing(delivery.notices, directory)),
        simulated=simulated,
    )


def _split(items: Sequence[Item], directory: Directory) -> tuple[list[tuple[Line, Item]], list[Item]]:
    """Those for a line of ours, with it; and those for none."""
    ours, stray = [], []
    for item in items:
        line = directory.line_of_number(item.phone_number_id)
        if line is None:
            stray.append(item)
        else:
            ours.append((line, item))
    return ours, stray


def _not_understood(item: Quarantined, directory: Directory, now: datetime) -> NewQuarantine:
    line = directory.line_of_number(item.phone_number_id)
    return NewQuarantine(new_id(now), _bucket_of(line), item.phone_number_id, item.reason, item.raw)


def _for_no_line(item: InboundMessage | Report, now: datetime) -> NewQuarantine:
    reason = "no line has this phone number id"
    return NewQuarantine(new_id(now), UNKNOWN_LINE_BUCKET, item.phone_number_id, reason, item.raw)


def _bucket_of(line: Line | None) -> int:
    return line.bucket if line else UNKNOWN_LINE_BUCKET


def _new_message(line: Line, inbound: InboundMessage, directory: Directory) -> NewMessage:
    message = inbound.message
    return NewMessage(
        Address(line.bucket, line.id, _naming(inbound.identifiers), inbound.profile_name, message.wamid),
        message,
        inbound.raw,
        at_once=_is_taken_at_once(line, message, directory),
        needs_no_turn=message.kind.value if message.kind in NEEDS_NO_TURN else None,
        referral=to_json(inbound.referral) if inbound.referral else None,
    )


def _naming(identifiers: tuple[Identifier, ...]) -> tuple[Identifier, ...]:
    """A username may pass to somebody else: it names a customer only where nothing else does."""
    lasting = tuple(one for one in identifiers if one.kind is not IdentifierKind.USERNAME)
    return lasting or identifiers


def _is_taken_at_once(line: Line, message: Message, directory: Directory) -> bool:
    """Taps and an exact STOP do not wait for more words."""
    if message.kind is MessageKind.TAP:
        return True
    flow = directory.active_flow(line.flow_name)
    return flow is not None and reader_for(flow).is_stop(message.text)


def _new_report(line: Line, report: Report, now: datetime) -> NewReport:
    assert report.reported is not None
    error = report.errors[0] if report.errors else None
    return NewReport(
        new_id(now),
        line.bucket,
        line.id,
        report.wamid,
        report.reported,
        report.at,
        report.callback_data,
        error.code if error else None,
        (error.details or error.title) if error else None,
    )


def _new_notices(notices: Sequence[Notice], directory: Directory, now: datetime) -> Iterator[NewNotice]:
    for notice in notices:
        if isinstance(notice, AccountNotice):
            line = directory.line_of_number(notice.phone_number_id)
            detail = to_json({"event": notice.event, "account_id": notice.account_id})
            yield NewNotice(new_id(now), _bucket_of(line), line.id if line else None, notice.field, detail)


def _same_contact(notices: Sequence[Notice], directory: Directory) -> Iterator[Address]:
    for notice in notices:
        if isinstance(notice, IdentityNotice) and notice.old and notice.new:
            line = directory.line_of_number(notice.phone_number_id)
            if line is not None:
                named = tuple(dict.fromkeys((*notice.old, *notice.new)))
                yield Address(line.bucket, line.id, named, None, notice.wamid)


def _marketing(notices: Sequence[Notice], directory: Directory) -> Iterator[tuple[Address, bool]]:
    for notice in notices:
        if isinstance(notice, MarketingNotice) and notice.identifiers:
            line = directory.line_of_number(notice.phone_number_id)
            if line is not None:
                yield Address(line.bucket, line.id, notice.identifiers), notice.wants_marketing
