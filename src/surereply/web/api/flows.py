"""Flows: their versions, the file of each, and which one new leads begin with."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from surereply.admin import flows as acts
from surereply.store import flow_versions, flows
from surereply.store.flow_versions import FlowSource, FlowVersionRow
from surereply.web.asked import MOST_ON_A_PAGE, Operator, Parts, must_be_allowed, must_exist
from surereply.web.problems import documented

router = APIRouter(prefix="/flows", tags=["flows"])

Name = Annotated[str, Path(pattern="^[a-z0-9][a-z0-9-]{0,62}$")]
Version = Annotated[int, Path(ge=1, le=2_000_000_000)]


class ActiveVersion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1, le=2_000_000_000)


@router.get("")
async def list_flows(parts: Parts) -> list[FlowVersionRow]:
    """Every flow, the newest versions first."""
    async with parts.db.connection() as tx:
        return await flow_versions.versions(tx, None, MOST_ON_A_PAGE)


@router.get("/{name}/versions")
async def list_versions(parts: Parts, name: Name) -> list[FlowVersionRow]:
    async with parts.db.connection() as tx:
        return await flow_versions.versions(tx, name, MOST_ON_A_PAGE)


@router.get("/{name}/versions/{version}", responses=documented(404))
async def show_version(parts: Parts, name: Name, version: Version) -> FlowSource:
    """The file as it was put in."""
    async with parts.db.connection() as tx:
        source = must_exist(await flows.source_of(tx, name, version), "version of a flow")
    return FlowSource(name, version, source)


@router.put("/{name}/active", responses=documented(404, 409))
async def activate(parts: Parts, operator: Operator, name: Name, wanted: ActiveVersion) -> list[FlowVersionRow]:
    """New leads begin with this version; open ones stay with theirs."""
    async with parts.db.connection() as tx:
        must_exist(await flows.source_of(tx, name, wanted.version), "version of a flow")
    must_be_allowed(await acts.activate(parts.db, name, wanted.version, operator, parts.clock()))
    await parts.directory.refresh()
    return await list_versions(parts, name)
