"""Leads: listed, one with its history, and edited by a person."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from surereply.admin.lead import edit_lead
from surereply.domain.lead import Stage
from surereply.domain.typed_by_hand import WrongValue
from surereply.store import leads, listings
from surereply.store.leads import ChangeRow
from surereply.store.rows import LeadRow
from surereply.web.asked import Cursor, Limit, Operator, Page, Parts, must_exist, page
from surereply.web.problems import Problem, documented

router = APIRouter(prefix="/leads", tags=["leads"])


@dataclass(frozen=True, slots=True)
class LeadDetail:
    """`history`: what each field was and became, and by whom, newest first."""

    lead: LeadRow
    history: list[ChangeRow]


class LeadEdit(BaseModel):
    """What a person knows better. A field cannot be emptied."""

    model_config = ConfigDict(extra="forbid")

    fields: dict[str, Any] = Field(default_factory=dict, max_length=100)
    stage: Literal["won", "lost"] | None = None


@router.get("", response_model=Page[LeadRow])
async def list_leads(parts: Parts, limit: Limit = 50, cursor: Cursor = None, stage: Stage | None = None) -> object:
    """Leads, newest first."""
    async with parts.db.connection() as tx:
        rows = await listings.leads(tx, parts.directory.buckets(), cursor, limit, stage.value if stage else None)
    return page(rows, limit)


@router.get("/{lead_id}", responses=documented(404))
async def show_lead(parts: Parts, lead_id: UUID, limit: Limit = 50, cursor: Cursor = None) -> LeadDetail:
    async with parts.db.connection() as tx:
        bucket, row = must_exist(await leads.find(tx, parts.directory.buckets(), lead_id), "lead")
        return LeadDetail(row, await leads.changes_of(tx, bucket, lead_id, cursor, limit))


@router.patch("/{lead_id}", responses=documented(404))
async def edit(parts: Parts, operator: Operator, lead_id: UUID, wanted: LeadEdit) -> LeadDetail:
    """A person's values outrank all others. 422 names the field and what fits it; then nothing is written."""
    async with parts.db.connection() as tx:
        bucket, row = must_exist(await leads.find(tx, parts.directory.buckets(), lead_id), "lead")
    flow = await parts.directory.flow(row.flow_name, row.flow_version)
    try:
        await edit_lead(
            parts.db,
            bucket,
            lead_id,
            row.conversation_id,
            wanted.fields,
            Stage(wanted.stage) if wanted.stage else None,
            flow,
            parts.directory.service_type_ids(row.flow_name),
            operator,
            parts.clock(),
        )
    except WrongValue as error:
        raise Problem(422, "wrong_value", str(error)) from None
    return await show_lead(parts, lead_id)
