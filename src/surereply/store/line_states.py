"""Lines as a person sees them: what they are set to, and what keeps them from sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.line import LineSettings
from surereply.store import lines
from surereply.store.database import Tx


@dataclass(frozen=True, slots=True)
class LineRow:
    """`has_credentials`: whether it can talk with WhatsApp; what they are is never shown."""

    id: UUID
    phone_number_id: str
    name: str
    flow_name: str
    settings: LineSettings
    has_credentials: bool
    stopped_at: datetime | None
    stopped_reason: str | None
    templates_stopped_at: datetime | None
    closed_until: datetime | None
    closed_reason: str | None
    held_at: datetime | None
    paused_at: datetime | None


_STATE = (
    "stopped_at",
    "stopped_reason",
    "templates_stopped_at",
    "closed_until",
    "closed_reason",
    "held_at",
    "paused_at",
)


async def line_states(tx: Tx, with_credentials: Sequence[UUID]) -> list[LineRow]:
    stored = [one.line for one in await lines.all_lines(tx)]
    paces: dict[UUID, Any] = {
        row["line_id"]: row
        for row in await tx.fetch(
            "SELECT * FROM line_pace WHERE bucket = ANY($1::smallint[])", [line.bucket for line in stored]
        )
    }
    return [
        LineRow(
            line.id,
            line.phone_number_id,
            line.name,
            line.flow_name,
            line.settings,
            line.id in with_credentials,
            *(paces[line.id][name] if line.id in paces else None for name in _STATE),
        )
        for line in stored
    ]
