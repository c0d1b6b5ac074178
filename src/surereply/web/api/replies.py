"""Replies: the outbound log, what a person sends, and what they do with those that failed or are in doubt."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from surereply.admin import settle
from surereply.admin.refused import Refused
from surereply.admin.reply import Draft, send_reply
from surereply.domain.replies import Body, Status, Template
from surereply.domain.values import without_controls
from surereply.store import history, listings
from surereply.store.database import Database
from surereply.store.rows import ReplyRow
from surereply.store.sends import SentReply, with_sends
from surereply.web.asked import Cursor, Limit, Operator, Page, Parts, must_be_allowed, must_exist, page
from surereply.web.parts import WebParts
from surereply.web.problems import documented
from surereply.whatsapp.outbound import TEXT_LIMIT

router = APIRouter(tags=["replies"])


class TemplateToSend(BaseModel):
    """A template as WhatsApp approved it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern="^[a-z0-9_]{1,512}$")
    language: str = Field(pattern="^[A-Za-z]{2,3}(_[A-Za-z]{2,4})?$")
    parameters: list[Annotated[str, Field(min_length=1, max_length=1024)]] = Field(default_factory=list, max_length=20)


class ReplyToSend(BaseModel):
    """What a person sends: `text`, or a `template`."""

    model_config = ConfigDict(extra="forbid")

    draft_key: str = Field(pattern="^[A-Za-z0-9._:-]{8,128}$", description="the draft's own; kept until it is accepted")
    last_seen_reply: UUID | None = Field(description="the newest reply on the screen; null where it shows none")
    text: str | None = Field(None, max_length=TEXT_LIMIT)
    template: TemplateToSend | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "ReplyToSend":
        if (self.text is None) == (self.template is None):
            raise ValueError("give either text or template")
        if self.text is not None and not without_controls(self.text).strip():
            raise ValueError("text must hold something that can be read")
        return self

    def draft(self) -> Draft:
        if self.template is None:
            return Draft(self.draft_key, Body(without_controls(self.text or "").strip()), self.last_seen_reply)
        parameters = tuple(without_controls(one) for one in self.template.parameters)
        template = Template(self.template.name, self.template.language, parameters)
        return Draft(self.draft_key, Body("", template=template), self.last_seen_reply)


@router.get("/replies", response_model=Page[ReplyRow])
async def list_replies(
    parts: Parts,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: Status | None = None,
    listed: Annotated[bool, Query(description="open work alone: owed, on its way, in doubt, failed")] = False,
) -> object:
    """The outbound log, newest first; `listed` reads the list of open work and is fast on any history."""
    read = listings.listed_replies if listed else listings.replies
    async with parts.db.connection() as tx:
        rows = await read(tx, parts.directory.buckets(), cursor, limit, status.value if status else None)
    return page(rows, limit)


@router.get("/replies/{reply_id}", responses=documented(404))
async def show_reply(parts: Parts, reply_id: UUID) -> SentReply:
    """A reply with every attempt, and what WhatsApp reported."""
    return await _with_sends(parts, reply_id)


@router.post(
    "/conversations/{conversation_id}/replies",
    status_code=201,
    responses={200: {"model": SentReply, "description": "This draft was accepted before"}, **documented(404, 409)},
)
async def send(
    parts: Parts, operator: Operator, conversation_id: UUID, wanted: ReplyToSend, response: Response
) -> SentReply:
    """Send as a person. The same draft key again: the same answer, and nothing is sent twice.

    409 `stale` shows what was answered since the screen was drawn; 409 `window_closed` asks for a template.
    """
    async with parts.db.connection() as tx:
        found = await history.conversation(tx, parts.directory.buckets(), conversation_id)
    bucket, _ = must_exist(found, "conversation")
    outcome = await send_reply(parts.db, bucket, conversation_id, wanted.draft(), operator, parts.clock())
    accepted = must_be_allowed(outcome)
    response.status_code = 201 if accepted.fresh else 200
    parts.owed()
    return await _with_sends(parts, accepted.reply_id)


Settle = Callable[[Database, int, UUID, str, datetime], Awaitable[Refused | None]]
SETTLEMENTS: dict[str, Settle] = {
    "resends": settle.resend,
    "discards": settle.discard,
    "withdrawals": settle.withdraw,
}


@router.post("/replies/{reply_id}/{settlement}", status_code=201, responses=documented(404, 409))
async def settle_reply(
    parts: Parts, operator: Operator, reply_id: UUID, settlement: Literal["resends", "discards", "withdrawals"]
) -> SentReply:
    """`resends`: send it again, once. `discards`: off the list. `withdrawals`: take back what is still owed."""
    async with parts.db.connection() as tx:
        found = await listings.reply(tx, parts.directory.buckets(), reply_id)
    bucket, _ = must_exist(found, "reply")
    must_be_allowed(await SETTLEMENTS[settlement](parts.db, bucket, reply_id, operator, parts.clock()))
    parts.owed()
    return await _with_sends(parts, reply_id)


async def _with_sends(parts: WebParts, reply_id: UUID) -> SentReply:
    async with parts.db.connection() as tx:
        bucket, row = must_exist(await listings.reply(tx, parts.directory.buckets(), reply_id), "reply")
        return (await with_sends(tx, bucket, [row]))[0]
