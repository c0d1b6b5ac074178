"""A person's reply: through the same outbox as every other one, once a draft, and never on a stale screen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from surereply.admin.handover import alias, take
from surereply.admin.refused import Refused
from surereply.domain.conversation import window_closes_at
from surereply.domain.identity import new_id, outbound_dedupe_key
from surereply.domain.message import identifiers_of
from surereply.domain.replies import HUMAN_TYPES, Body, ReplyDraft, ReplyType
from surereply.store import drafts
from surereply.store.acts import lock_conversation, note_act
from surereply.store.database import Database, Tx
from surereply.store.owed import NewReply, insert_replies


@dataclass(frozen=True, slots=True)
class Draft:
    """`key` is the screen's own, kept until the reply is accepted; `last_seen_reply` the newest it showed."""

    key: str
    body: Body
    last_seen_reply: UUID | None

    @property
    def reply_type(self) -> ReplyType:
        return ReplyType.HUMAN if self.body.template is None else ReplyType.TEMPLATE

    @property
    def cause(self) -> str:
        return f"draft:{self.key}"


@dataclass(frozen=True, slots=True)
class Accepted:
    """`fresh`: written down now. Otherwise the draft was accepted before, and this is that reply."""

    reply_id: UUID
    fresh: bool


async def send_reply(
    db: Database, bucket: int, conversation_id: UUID, draft: Draft, operator: str, now: datetime
) -> Accepted | Refused:
    """Write the reply down, PENDING; the dispatcher sends it. The conversation is this person's from then on."""
    async with db.transaction() as tx:
        # Under this lock a second press of Send, and a second screen, see what the first one did.
        row = await lock_conversation(tx, bucket, conversation_id)
        if row is None or row["merged_into"] is not None:
            return alias(row["merged_into"] if row else None)
        accepted = await drafts.reply_of(tx, bucket, _keys(conversation_id, draft))
        if accepted is not None:
            return Accepted(accepted, fresh=False)
        refused = await _refused(tx, bucket, row, draft, now)
        if refused is not None:
            return refused
        await take(tx, bucket, conversation_id, operator, now)
        return await _write(tx, bucket, row, draft, operator, now)


def _keys(conversation_id: UUID, draft: Draft) -> list[str]:
    """A draft's key whatever its type has become since it was first pressed."""
    return [outbound_dedupe_key(conversation_id, kind.value, None, draft.cause) for kind in HUMAN_TYPES]


async def _refused(tx: Tx, bucket: int, row: Mapping[str, Any], draft: Draft, now: datetime) -> Refused | None:
    if not identifiers_of(row["phone"], row["bsuid"]):
        return Refused("contact_erased", "the contact was erased; nobody can be written to")
    unseen = await drafts.replies_after(tx, bucket, row["id"], draft.last_seen_reply)
    if unseen:
        return _stale(unseen)
    if row["stopped_at"] is not None:
        return Refused("stopped", "the customer said STOP; nothing is sent until they write START")
    closes_at = window_closes_at(await drafts.window_from(tx, bucket, row["id"]))
    if draft.reply_type is ReplyType.HUMAN and (closes_at is None or now >= closes_at):
        return Refused("window_closed", "more than 24 hours since the customer's last message: send a template instead")
    return None


def _stale(unseen: Sequence[Mapping[str, Any]]) -> Refused:
    return Refused(
        "stale", "somebody answered since this screen was drawn; look at it and send again", {"replies": unseen}
    )


async def _write(tx: Tx, bucket: int, row: Mapping[str, Any], draft: Draft, operator: str, now: datetime) -> Accepted:
    act_id = new_id(now)
    reply_id = _after(await drafts.newest_reply(tx, bucket, row["id"]), now)
    await note_act(tx, bucket, act_id, "reply", operator, now, conversation_id=row["id"], reply_id=reply_id)
    reply = NewReply(
        reply_id,
        bucket,
        row["id"],
        row["line_id"],
        ReplyDraft(draft.reply_type, draft.body, draft.cause),
        row["lead_id"],
        now,
        act_id=act_id,
    )
    written = await insert_replies(tx, [reply])
    assert reply_id in written, "the draft's key was free under the conversation's lock"
    return Accepted(reply_id, fresh=True)


def _after(newest: UUID | None, now: datetime) -> UUID:
    """An id younger than every other reply's, also within one millisecond: a screen goes by it."""
    made = new_id(now)
    return made if newest is None or made > newest else UUID(int=newest.int + 1)
