"""Leads: a table, a board by stage, the score with its reasons, and files to take away."""

import tempfile
from collections.abc import AsyncIterator
from typing import Any, BinaryIO
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from surereply.admin import exported_leads
from surereply.domain.flow import Flow
from surereply.domain.lead import Stage
from surereply.domain.score import score_parts
from surereply.store import lead_lists
from surereply.store.directory import UnknownFlow
from surereply.store.exporting import WantedLeads
from surereply.store.lead_lists import ListedLead
from surereply.web.panel.asked import Asked
from surereply.web.panel.lead_card import Known, known_value, label_of, service_label
from surereply.web.panel.rendering import HEADERS, page
from surereply.web.problems import Problem

ON_A_PAGE = 50
ON_A_STAGE = 30
VIEWS = ("table", "board")
FORMS = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CHUNK = 1 << 16


async def show(asked: Asked) -> Response:
    view, stage, service = asked.query("view", "table"), asked.query("stage") or None, asked.query("service") or None
    if view not in VIEWS or (stage is not None and stage not in list(Stage)):
        raise Problem(404, "not_found", "there is no such list")
    async with asked.parts.db.connection() as tx:
        buckets = asked.parts.directory.buckets()
        counts = await lead_lists.count_by_stage(tx, buckets, service)
        if view == "board":
            stages = [stage for stage in Stage if counts.get(stage)]
            rows: dict[Stage | None, list[ListedLead]] = {
                one: await lead_lists.listed_leads(tx, buckets, None, ON_A_STAGE, one.value, service) for one in stages
            }
        else:
            before = _id_or_none(asked.query("before"))
            rows = {None: await lead_lists.listed_leads(tx, buckets, before, ON_A_PAGE, stage, service)}
    shown = [lead for several in rows.values() for lead in several]
    flows = await _flows_of(asked, shown)
    language = asked.texts.language
    active = asked.parts.directory.active_flows()
    services = {name: service_label(name, flow, language) for flow in active for name in flow.services}
    table = rows.get(None, [])
    return page(
        asked,
        "leads.html",
        section="leads",
        view=view,
        stage=stage,
        stages=[one.value for one in Stage],
        service=service,
        services=sorted(services.items(), key=lambda one: one[1]),
        counts=counts,
        rows=rows,
        details={lead.id: _details(lead, flows.get((lead.flow_name, lead.flow_version)), language) for lead in shown},
        next=table[-1].id if len(table) == ON_A_PAGE else None,
        flow_names=sorted({flow.name for flow in active}),
        zone=asked.zone,
    )


async def _flows_of(asked: Asked, rows: list[ListedLead]) -> dict[tuple[str, int], Flow]:
    flows = {}
    for name, version in {(lead.flow_name, lead.flow_version) for lead in rows}:
        try:
            flows[name, version] = await asked.parts.directory.flow(name, version)
        except UnknownFlow:
            continue
    return flows


def _details(lead: ListedLead, flow: Flow | None, language: str) -> dict[str, Any]:
    """The service by its label, what is known, and what the score is made of."""
    values = {name: one.get("value") for name, one in lead.fields.items() if isinstance(one, dict)}
    parts = score_parts(lead.service, values, flow) if flow else ()
    known: list[tuple[str, Known]] = []
    for name, stored in lead.fields.items():
        value = known_value(stored, name, flow, language)
        if name != "service" and value is not None:
            known.append((label_of(name, flow, language), value))
    return {
        "service": service_label(lead.service, flow, language),
        "known": known,
        "needed": len(flow.needed_fields(lead.service, values)) if flow else None,
        "score": [(label_of(part.field, flow, language), part) for part in parts],
    }


async def export(asked: Asked) -> Response:
    """A file of the leads that the page is filtered by, or of a flow alone; on record."""
    form = asked.form.get("form", "")
    if form not in FORMS:
        raise Problem(422, "invalid", "leads are written as CSV, JSON or Excel")
    wanted = WantedLeads(*(asked.form.get(name) or None for name in ("flow", "stage", "service")))
    if wanted.stage is not None and wanted.stage not in list(Stage):
        raise Problem(422, "invalid", "there is no such stage")
    now = asked.parts.clock()
    await exported_leads.note_export(asked.parts.db, form, wanted, asked.name, now)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="leads-{now:%Y-%m-%d}.{form}"'}
    return StreamingResponse(_written(asked, form, wanted), media_type=FORMS[form], headers=headers)


async def _written(asked: Asked, form: str, wanted: WantedLeads) -> AsyncIterator[bytes]:
    async with asked.parts.db.transaction() as tx:
        if form == "xlsx":
            with tempfile.TemporaryFile() as file:
                await exported_leads.write_excel(tx, wanted, file)
                for chunk in _chunks(file):
                    yield chunk
            return
        if form == "csv":
            yield b"\xef\xbb\xbf"  # Excel takes a CSV for Latin-1 without it
        lines = exported_leads.as_csv if form == "csv" else exported_leads.as_json_lines
        async for line in lines(tx, wanted):
            yield line.encode("utf-8", "replace")


def _chunks(file: BinaryIO) -> list[bytes]:
    file.seek(0)
    return list(iter(lambda: file.read(CHUNK), b""))


def _id_or_none(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Problem(404, "not_found", "there is no such page") from None
