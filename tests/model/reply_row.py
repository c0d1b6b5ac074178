"""A reply and its ticket, and what each transaction makes of them: one function for each of the store's.

`test_rows.py` runs the store's own functions on a real PostgreSQL, from every row that the model can come to, and
compares what they leave with what these do.
"""

from collections.abc import Set
from typing import NamedTuple

RANK = {None: 0, "sent": 1, "failed": 2, "delivered": 3}  # `domain.outcome.REPORT_ORDER`; read counts as delivered


class Row(NamedTuple):
    """Of `reply` and of `reply_ticket`. A copy's wamid is called by the number of its attempt."""

    status: str = "PENDING"
    attempt: int = 0
    reported: str | None = None
    resolution: str | None = None
    name: int = 0  # `provider_message_id`: the copy by which the reply is known, 0 for none
    ticket: str | None = "PENDING"  # its status; None: no ticket
    ticket_attempt: int = 0


def claim(row: Row) -> Row:
    """`store.outbox._mark_sending`, `_mark_replies`: the ticket is PENDING, its reply should be."""
    row = row._replace(ticket="SENDING", ticket_attempt=row.ticket_attempt + 1)
    return row._replace(status="SENDING", attempt=row.ticket_attempt) if row.status == "PENDING" else row


def settle(row: Row, attempt: int, status: str, copy_failed: bool, variants: Set[str] = frozenset()) -> Row:
    """`store.settling.settle`: an attempt came to SENT, UNKNOWN, PENDING (surely not sent, tried again) or FAILED.

    `copy_failed`: WhatsApp has reported since that the copy it accepted failed.
    """
    after = _settle_ticket(row, attempt, status, copy_failed, variants)
    if not _answer_counts(row, attempt, status, copy_failed, variants):
        return after
    return after._replace(
        status=status,
        name=row.name or (attempt if status == "SENT" else 0),
        resolution=row.resolution if status != "UNKNOWN" or "doubt_keeps_resolution" in variants else None,
    )


def _settle_ticket(row: Row, attempt: int, status: str, copy_failed: bool, variants: Set[str]) -> Row:
    """`store.settling._settle_tickets`."""
    if row.ticket is None or row.ticket_attempt != attempt:
        return row
    if status != "SENT":
        return row._replace(ticket=status) if row.ticket in ("SENDING", "UNKNOWN") else row
    takes_back = not copy_failed or "late_answer_undoes_resend" in variants
    return _off(row) if row.ticket in ("SENDING", "UNKNOWN") or (row.ticket == "PENDING" and takes_back) else row


def _answer_counts(row: Row, attempt: int, status: str, copy_failed: bool, variants: Set[str]) -> bool:
    """`store.settling._settle_replies`."""
    if "late_answer_wins" in variants:
        return True
    if row.attempt != attempt:
        return False
    takes_back = status == "SENT" and (not copy_failed or "late_answer_undoes_resend" in variants)
    match row.status:
        case "SENDING":
            return True
        case "UNKNOWN":
            return status == "SENT" or row.resolution is None
        case "PENDING":
            return takes_back
        case "SUPPRESSED":
            return takes_back and "suppressed_though_accepted" not in variants
        case _:
            return False


def expire(row: Row, variants: Set[str] = frozenset()) -> Row:
    """`store.doubts.expire_sends`: the ticket is SENDING, and its lease has ended."""
    becomes = "PENDING" if "lease_to_pending" in variants else "UNKNOWN"
    after = row._replace(ticket=becomes)
    if row.status != "SENDING" or row.attempt != row.ticket_attempt:
        return after
    return after._replace(status=becomes, resolution=row.resolution if "doubt_keeps_resolution" in variants else None)


def fold(row: Row, attempt: int, reported: str, copy_failed: bool, variants: Set[str] = frozenset()) -> Row:
    """`domain.settling.settle_by_report`, and `store.reports._write`: a copy was reported sent, delivered or failed.

    `copy_failed`: it was reported failed, too, before or after.
    """
    if reported == "failed":
        return _fold_failure(row, attempt, variants)
    if reported == "sent" and copy_failed and "failure_forgotten" not in variants:
        return row
    folded = _higher(row.reported, reported, variants)
    came_back = folded != "failed" and "echo_ignored" not in variants
    after = row._replace(
        reported=folded,
        status="SENT" if came_back else row.status,
        resolution="echoed" if row.status == "UNKNOWN" and row.resolution is None else row.resolution,
        name=row.name or attempt,
    )
    return _off(after) if came_back and row.status != "SENT" else after


def _fold_failure(row: Row, attempt: int, variants: Set[str]) -> Row:
    rests_on_it = row.status == "SENT" and attempt == row.name and "only_latest_attempt_fails" not in variants
    if row.status == "SUPPRESSED" or not (attempt == row.attempt or rests_on_it):
        return row
    folded = _higher(row.reported, "failed", variants)
    if folded != "failed":
        return row._replace(reported=folded)
    after = row._replace(reported=folded, status="FAILED", name=row.name or attempt)
    if row.status == "FAILED":
        return after
    return after._replace(ticket="FAILED", ticket_attempt=row.ticket_attempt if row.ticket else row.attempt)


def _higher(so_far: str | None, new: str, variants: Set[str]) -> str:
    """`domain.outcome.fold`."""
    if so_far is None or "reports_step_back" in variants:
        return new
    return max(so_far, new, key=RANK.__getitem__)


def may_be_resent(row: Row) -> bool:
    return row.ticket in ("UNKNOWN", "FAILED")


def resend(row: Row) -> Row:
    """`store.doubts.resend`, by a person or the owner's policy."""
    in_doubt = row.status == "UNKNOWN"
    return row._replace(
        ticket="PENDING",
        status="PENDING",
        resolution="resent" if in_doubt else None,
        reported=None,
        name=row.name if in_doubt else 0,
    )


def discard(row: Row) -> Row:
    """`store.doubts.discard`, where it may be sent again."""
    return _off(row._replace(resolution="discarded" if row.status == "UNKNOWN" else row.resolution))


def withdraw(row: Row) -> Row:
    """`store.doubts.withdraw`; `store.outbox.suppress` does the same with another reason. The ticket is PENDING."""
    return _off(row._replace(status="SUPPRESSED"))


def overtake(row: Row) -> Row:
    """`store.turn_rows._supersede`: the customer's next turn."""
    if row.ticket == "PENDING":
        return withdraw(row)
    return _off(row._replace(resolution="overtaken")) if row.ticket == "UNKNOWN" else row


def _off(row: Row) -> Row:
    return row._replace(ticket=None, ticket_attempt=0)
