"""What a delivery tells beside messages: statuses of what we sent, wishes about marketing, errors."""

from collections.abc import Iterator
from typing import Any

from msgspec import Raw

from surereply.domain.replies import Reported
from surereply.whatsapp import names, shapes
from surereply.whatsapp.content import UNREADABLE
from surereply.whatsapp.delivery import AccountNotice, MarketingNotice, Report, ReportedError
from surereply.whatsapp.errors import code_of, details_of, redact
from surereply.whatsapp.found import Found, short

REPORTED = {
    "sent": Reported.SENT,
    "delivered": Reported.DELIVERED,
    "read": Reported.READ,
    "played": Reported.READ,
    "failed": Reported.FAILED,
}


def read_statuses(value: shapes.Value, line: str | None, found: Found) -> int:
    statuses = found.items(value.statuses, "statuses", line)
    for item in statuses:
        _read_status(item, line, found)
    return len(statuses)


def _read_status(item: Raw, line: str | None, found: Found) -> None:
    try:
        status = shapes.read_status(item)
    except UNREADABLE:
        return found.quarantine(line, "status that cannot be read", item)
    wamid, word = short(status.id), short(status.status)
    if line is None or wamid is None or word is None:
        missing = "a line" if line is None else "an id" if wamid is None else "its word"
        return found.quarantine(line, f"status without {missing}", item)
    report = Report(
        phone_number_id=line,
        wamid=wamid,
        status=word,
        reported=REPORTED.get(word),
        at=found.when(status.timestamp),
        callback_data=short(status.biz_opaque_callback_data),
        recipients=names.of_recipient(status.recipient_id, status.recipient_user_id),
        errors=tuple(_errors(status.errors)),
        raw=found.original(item),
    )
    return found.reports.append(report)


def _errors(listed: Any) -> Iterator[ReportedError]:
    for error in listed if isinstance(listed, list) else ():
        if isinstance(error, dict):
            title = error.get("title")
            title = redact(title) if isinstance(title, str) else None
            yield ReportedError(code_of(error), title, redact(details_of(error)))


def read_preferences(value: shapes.Value, line: str | None, found: Found) -> int:
    preferences = found.items(value.user_preferences, "user preferences", line)
    for item in preferences:
        try:
            wish = shapes.read_preference(item)
        except UNREADABLE:
            found.quarantine(line, "user preference that cannot be read", item)
            continue
        who = names.of_recipient(wish.wa_id, wish.user_id)
        known = wish.category == "marketing_messages" and wish.value in ("stop", "resume")
        if line is None or not who or not known:
            found.quarantine(line, "user preference that is not understood", item)
            continue
        wants = wish.value == "resume"
        at = found.when(wish.timestamp)
        found.notices.append(MarketingNotice(line, who, wants, at, found.original(item)))
    return len(preferences)


def read_errors(value: shapes.Value, line: str | None, account: str | None, found: Found) -> int:
    errors = found.items(value.errors, "errors", line)
    for item in errors:
        try:
            code = code_of(shapes.read_error(item))
        except UNREADABLE:
            code = None
        event = None if code is None else str(code)
        found.notices.append(AccountNotice(line, account, "errors", event, found.original(item)))
    return len(errors)
