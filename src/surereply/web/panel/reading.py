"""Everything that a conversation's page is drawn from, read in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.flow import Flow
from surereply.domain.line import Line
from surereply.store import deliveries, history, leads, leases
from surereply.store.deliveries import DeliveryRow
from surereply.store.directory import Directory, UnknownFlow
from surereply.store.history import Timeline
from surereply.store.leads import ChangeRow
from surereply.store.leases import TicketRow
from surereply.store.rows import ConversationRow, LeadRow
from surereply.web.asked import must_exist
from surereply.web.panel.called import called, is_erased, number_of
from surereply.web.parts import WebParts

MOST_SHOWN = 60  # of each kind
MOST_CHANGES = 200


@dataclass(frozen=True, slots=True)
class Whole:
    """A conversation with its lead and what happened in it. `since`: nothing older is shown; None at the beginning."""

    bucket: int
    row: ConversationRow
    line: Line | None
    flow: Flow | None
    lead: LeadRow | None
    changes: list[ChangeRow]
    timeline: Timeline
    deliveries: list[DeliveryRow]
    ticket: TicketRow | None
    since: UUID | None

    @property
    def zone(self) -> str:
        return self.flow.business.time_zone if self.flow else "UTC"

    @property
    def called(self) -> str:
        return called(self.row)

    @property
    def number(self) -> str:
        return number_of(self.row)

    @property
    def is_erased(self) -> bool:
        return is_erased(self.row)

    @property
    def last_seen_reply(self) -> UUID | None:
        """The newest reply on the screen; suppressed ones nobody gets to see."""
        shown = [one.reply.id for one in self.timeline.replies if one.reply.status != "SUPPRESSED"]
        return shown[-1] if shown else None

    def window_is_open(self, now: datetime) -> bool:
        closes_at = self.row.window_closes_at
        return closes_at is not None and now < closes_at

    @property
    def bot_state(self) -> dict[str, Any]:
        """What the bot remembers, after its last turn."""
        after = self.timeline.turns[-1].state_after if self.timeline.turns else {}
        state = after.get("state", {}) if isinstance(after, dict) else {}
        return state if isinstance(state, dict) else {}


async def read_whole(parts: WebParts, conversation_id: UUID, before: UUID | None = None) -> Whole:
    """Raises a 404 problem where there is none."""
    async with parts.db.connection() as tx:
        found = await history.conversation(tx, parts.directory.buckets(), conversation_id)
        bucket, row = must_exist(found, "conversation")
        lead = await leads.find(tx, [bucket], row.lead_id) if row.lead_id else None
        changes = await leads.changes_of(tx, bucket, row.lead_id, None, MOST_CHANGES) if row.lead_id else []
        timeline = await history.timeline(tx, bucket, conversation_id, before, MOST_SHOWN)
        brought = await deliveries.find(tx, bucket, _delivery_ids(timeline))
        ticket = await leases.ticket_of(tx, bucket, conversation_id)
    line = next((one for one in parts.directory.lines() if one.id == row.line_id), None)
    flow = await _flow_of(parts.directory, line, lead[1] if lead else None)
    since = _since(timeline)
    return Whole(bucket, row, line, flow, lead[1] if lead else None, changes, timeline, brought, ticket, since)


def _delivery_ids(timeline: Timeline) -> list[UUID]:
    first = {message.delivery_id for message in timeline.messages}
    return sorted(first | {one.delivery_id for message in timeline.messages for one in message.repetitions})


async def _flow_of(directory: Directory, line: Line | None, lead: LeadRow | None) -> Flow | None:
    """The version that the lead began with; the running one where there is no lead yet."""
    if lead is not None:
        try:
            return await directory.flow(lead.flow_name, lead.flow_version)
        except UnknownFlow:
            return None
    return directory.active_flow(line.flow_name) if line else None


def _since(timeline: Timeline) -> UUID | None:
    """Of some kind there are more than are shown: what is older than its oldest would be shown with gaps."""
    full: Sequence[Sequence[UUID]] = (
        [one.id for one in timeline.messages],
        [one.id for one in timeline.turns],
        [one.reply.id for one in timeline.replies],
        [one.id for one in timeline.acts],
    )
    return max((ids[0] for ids in full if len(ids) == MOST_SHOWN), default=None)
