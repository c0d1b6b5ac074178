"""What a report does to the reply that it is about, in whatever order reports come."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from surereply.domain.outcome import fold
from surereply.domain.replies import Reported, Resolution, Status, Suppression


@dataclass(frozen=True, slots=True)
class StoredReport:
    bucket: int
    id: UUID
    line_id: UUID
    wamid: str
    reported: Reported
    at: datetime
    code: int | None
    error: str | None
    reply_id: UUID | None  # from our callback data, else by wamid
    attempt: int
    copy_failed: bool = False  # this very copy was reported failed, too, before or after


@dataclass(frozen=True, slots=True)
class ReplyState:
    """The part of a reply that reports move."""

    bucket: int
    id: UUID
    conversation_id: UUID
    reply_type: str
    status: Status
    attempt: int
    reported: Reported | None
    suppression: Suppression | None
    resolution: Resolution | None
    provider_message_id: str | None
    sending_at: datetime | None
    sent_at: datetime | None
    failed_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    error: str | None
    error_code: int | None


def settle_by_report(state: ReplyState, report: StoredReport) -> ReplyState:
    """The reply after one more report, in whatever order they come. Pure.

    An echo always wins: whatever we thought, WhatsApp has it; only that a copy was sent says nothing once it failed.
    `failed` counts for the latest attempt, and for the copy that made the reply SENT, and only while nothing says
    delivered or read. An attempt that we know nothing of was made all the same: before a backup was restored that is
    older than it.
    """
    attempt = max(state.attempt, report.attempt)
    if report.reported is Reported.FAILED:
        rests_on_it = state.status is Status.SENT and state.provider_message_id == report.wamid
        if state.status is Status.SUPPRESSED or (report.attempt < state.attempt and not rests_on_it):
            return state
        folded = fold(state.reported, Reported.FAILED)
        if folded is not Reported.FAILED:
            return replace(state, reported=folded)
        return replace(
            state,
            reported=folded,
            status=Status.FAILED,
            attempt=attempt,
            failed_at=state.failed_at or report.at,
            sent_at=state.sent_at or state.sending_at,
            error=report.error,
            error_code=report.code,
            provider_message_id=state.provider_message_id or report.wamid,
        )
    if report.reported is Reported.SENT and report.copy_failed:
        return state
    folded = fold(state.reported, report.reported)
    came_back = folded is not Reported.FAILED
    was_in_doubt = state.status is Status.UNKNOWN
    return replace(
        state,
        reported=folded,
        status=Status.SENT if came_back else state.status,
        attempt=max(attempt, 1),
        suppression=None if came_back else state.suppression,
        resolution=Resolution.ECHOED if was_in_doubt and state.resolution is None else state.resolution,
        sent_at=state.sent_at or state.sending_at or report.at,
        delivered_at=_first(state.delivered_at, report, {Reported.DELIVERED}),
        read_at=_first(state.read_at, report, {Reported.READ}),
        provider_message_id=state.provider_message_id or report.wamid,
        error=None if came_back else state.error,
        error_code=None if came_back else state.error_code,
    )


def _first(so_far: datetime | None, report: StoredReport, kinds: set[Reported]) -> datetime | None:
    return so_far or (report.at if report.reported in kinds else None)
