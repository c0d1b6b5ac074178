"""The thread as the customer sees it: bubbles in order, with how far each of ours got."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.domain.message import MEDIA_KINDS, MessageKind
from surereply.domain.replies import HUMAN_TYPES
from surereply.store.messages import MessageRow
from surereply.store.sends import SentReply
from surereply.web.panel.called import shown
from surereply.web.panel.reading import Whole
from surereply.whatsapp.media import MediaProblem

# How a reply stands, for the eye: an icon, and a word that is its text (`fate.<name>`).
FATES = {
    "waiting": ("clock", ""),
    "sending": ("clock", ""),
    "sent": ("tick", ""),
    "delivered": ("ticks", ""),
    "read": ("ticks", "info"),
    "failed": ("alert", "bad"),
    "doubt": ("doubt", "warn"),
}


@dataclass(frozen=True, slots=True)
class Bubble:
    """`side`: customer, bot or person. `fate` is of ours alone; `noted`: no bubble, a line between them."""

    id: UUID
    side: str
    at: datetime
    text: str
    kind: str = "text"
    by: str | None = None
    fate: str | None = None
    why: str | None = None
    choices: tuple[str, ...] = ()
    template: dict[str, Any] | None = None
    detail: str | None = None
    has_file: bool = False
    not_kept: str | None = None  # why the file is not kept with us
    transcribed: bool = False
    not_transcribed: str | None = None  # why nobody knows what was said
    repeated: int = 0
    unread: bool = False
    listed: bool = False
    status: str | None = None
    noted: str | None = None

    @property
    def may_be_had(self) -> bool:
        """Whether the file is kept, not settled yet, or left with WhatsApp on purpose."""
        return self.not_kept in (None, MediaProblem.NOT_KEPT)

    @property
    def is_empty(self) -> bool:
        """It had words once: an erasure or the line's days took them."""
        return not (self.text or self.has_file or self.template or self.detail or self.choices) and (
            self.side != "customer" or self.kind == MessageKind.TEXT
        )

    @property
    def icon(self) -> str:
        return FATES[self.fate or "waiting"][0]

    @property
    def colour(self) -> str:
        return FATES[self.fate or "waiting"][1]


def thread_of(whole: Whole) -> list[Bubble]:
    """Oldest first. What was never sent is a line, not a bubble: the customer has not seen it."""
    by_act = {act.id: act.operator for act in whole.timeline.acts}
    bubbles = [
        *(_of_customer(message) for message in whole.timeline.messages),
        *(_of_ours(one, by_act) for one in whole.timeline.replies),
        *_of_handovers(whole),
    ]
    shown = (one for one in bubbles if whole.since is None or one.id >= whole.since)
    return sorted(shown, key=lambda one: (one.at, one.id))


def _of_customer(message: MessageRow) -> Bubble:
    media = message.content.get("media")
    return Bubble(
        message.id,
        "person" if message.kind == "echo" else "customer",
        message.received_at,
        message.words,
        message.kind,
        detail=_detail(message.content),
        has_file=isinstance(media, dict) and message.kind in MEDIA_KINDS,
        not_kept=message.file.problem if message.file else None,
        transcribed=bool(message.transcript and message.transcript.text),
        not_transcribed=message.transcript.problem if message.transcript else None,
        repeated=len(message.repetitions),
        unread=message.turn_id is None and (message.why_no_turn or "").startswith("unread"),
    )


def _detail(content: Mapping[str, Any]) -> str | None:
    """What says more of a message that is no text: a file's name, a place."""
    media, location = content.get("media"), content.get("location")
    if isinstance(media, dict):
        return shown(media.get("file_name")) or None
    if isinstance(location, dict):
        named = location.get("name") or location.get("address")
        return f"{shown(named)} ({location.get('latitude')}, {location.get('longitude')})".strip()
    return None


def _of_ours(one: SentReply, by_act: dict[UUID, str]) -> Bubble:
    reply = one.reply
    body = reply.body
    by_a_person = reply.reply_type in HUMAN_TYPES
    suppressed = reply.status == "SUPPRESSED"
    return Bubble(
        reply.id,
        "person" if by_a_person else "bot",
        reply.sent_at or reply.sending_at or reply.created_at,
        str(body.get("text") or ""),
        reply.reply_type,
        by=by_act.get(reply.act_id) if reply.act_id else None,
        fate=None if suppressed else _fate(reply.status, reply.reported),
        why=reply.error,
        choices=tuple(str(choice.get("title", "")) for choice in (body.get("buttons") or body.get("rows") or ())),
        template=body.get("template"),
        listed=reply.listed and reply.status in ("UNKNOWN", "FAILED"),
        status=reply.status,
        noted=f"suppressed.{reply.suppression}" if suppressed else None,
    )


def _fate(status: str, reported: str | None) -> str:
    if status == "SENT":
        return reported if reported in ("delivered", "read") else "sent"
    return {"PENDING": "waiting", "SENDING": "sending", "FAILED": "failed"}.get(status, "doubt")


def _of_handovers(whole: Whole) -> Iterator[Bubble]:
    for one in whole.timeline.handovers:
        yield Bubble(one.id, "note", one.opened_at, one.reason, by=one.taken_by, noted="handover.opened")
        if one.given_back_at:
            yield Bubble(one.id, "note", one.given_back_at, "", by=one.given_back_by, noted="handover.given_back")
