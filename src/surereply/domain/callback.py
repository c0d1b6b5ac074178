"""Our callback data: a reply's id and attempt, carried by WhatsApp and given back in every status of the send."""

import re
from dataclasses import dataclass
from uuid import UUID

_CALLBACK_DATA = re.compile(
    r"v1\.([0-9]{1,3})\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.([0-9]{1,9})"
)


@dataclass(frozen=True, slots=True)
class CallbackData:
    bucket: int
    reply_id: UUID
    attempt: int


def callback_data(bucket: int, reply_id: UUID, attempt: int) -> str:
    """What WhatsApp carries and gives back in every status of this send."""
    return f"v1.{bucket}.{reply_id}.{attempt}"


def parse_callback_data(text: str | None) -> CallbackData | None:
    """None for what is not ours: other software may send through the same number."""
    ours = _CALLBACK_DATA.fullmatch(text or "")
    if ours is None or int(ours[1]) > 256:
        return None
    return CallbackData(int(ours[1]), UUID(ours[2]), int(ours[3]))
