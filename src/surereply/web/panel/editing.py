"""Editing a lead: a field's value in the widget of its type, and the end that a person sets."""

import json
from collections.abc import Mapping
from typing import Any

from babel import Locale
from starlette.responses import Response

from surereply.admin.lead import edit_lead
from surereply.domain.facts import Value
from surereply.domain.flow import FieldType, Flow, FlowField
from surereply.domain.flow_texts import in_language
from surereply.domain.lead import Stage
from surereply.domain.typed_by_hand import UNITS, WrongValue
from surereply.store import leads
from surereply.web.asked import must_exist
from surereply.web.panel.asked import Asked
from surereply.web.panel.conversation import now
from surereply.web.panel.lead_card import label_of
from surereply.web.panel.reading import read_whole
from surereply.web.panel.rendering import page
from surereply.web.problems import Problem


async def ask(asked: Asked) -> Response:
    _, lead, flow, field = await _found(asked)
    name = asked.request.path_params["name"]
    stored = lead.fields.get(name) or lead.suggestions.get(name) or {}
    return _form(asked, lead, flow, name, field, stored.get("value") if isinstance(stored, Mapping) else None, None)


async def edit(asked: Asked) -> Response:
    """LEAD-5: a person's value outranks every other."""
    bucket, lead, flow, field = await _found(asked)
    name = asked.request.path_params["name"]
    value = typed_value(field, asked.form, flow)
    try:
        await _write(asked, bucket, lead, flow, {name: value}, None)
    except WrongValue as error:
        return _form(asked, lead, flow, name, field, value, str(error), 422)
    whole = await read_whole(asked.parts, lead.conversation_id)
    return now(asked, whole, {"HX-Trigger": "close-dialog", "HX-Reswap": "none"})


async def decide(asked: Asked) -> Response:
    """Won or lost."""
    wanted = asked.form.get("stage")
    if wanted not in (Stage.WON, Stage.LOST):
        raise Problem(422, "invalid", "a person sets won or lost")
    async with asked.parts.db.connection() as tx:
        bucket, lead = must_exist(await leads.find(tx, asked.parts.directory.buckets(), asked.id("id")), "lead")
    flow = await asked.parts.directory.flow(lead.flow_name, lead.flow_version)
    await _write(asked, bucket, lead, flow, {}, Stage(wanted))
    return now(asked, await read_whole(asked.parts, lead.conversation_id))


async def _write(asked: Asked, bucket: int, lead: Any, flow: Flow, values: Mapping[str, Value], stage: Any) -> None:
    await edit_lead(
        asked.parts.db,
        bucket,
        lead.id,
        lead.conversation_id,
        values,
        stage,
        flow,
        asked.parts.directory.service_type_ids(lead.flow_name),
        asked.name,
        asked.parts.clock(),
    )


async def _found(asked: Asked) -> tuple[int, Any, Flow, FlowField]:
    async with asked.parts.db.connection() as tx:
        bucket, lead = must_exist(await leads.find(tx, asked.parts.directory.buckets(), asked.id("id")), "lead")
    flow = await asked.parts.directory.flow(lead.flow_name, lead.flow_version)
    return bucket, lead, flow, must_exist(flow.fields.get(asked.request.path_params["name"]), "field")


def _form(
    asked: Asked,
    lead: Any,
    flow: Flow,
    name: str,
    field: FlowField,
    value: Value,
    problem: str | None,
    status: int = 200,
) -> Response:
    language = asked.texts.language
    return page(
        asked,
        "field.html",
        status,
        lead=lead,
        name=name,
        label=label_of(name, flow, language),
        kind=field.type.value,
        value=value,
        as_text=_as_text(field, value),
        options=options_of(field, flow, language),
        units=UNITS,
        currency=flow.business.currency,
        is_range=isinstance(value, dict) and set(value) == {"from", "to"},
        problem=problem,
    )


def options_of(field: FlowField, flow: Flow, language: str) -> list[tuple[str, str]]:
    """What a select offers: key and label."""
    first = flow.languages[0]
    match field.of if field.type is FieldType.LIST else field.type:
        case FieldType.SERVICE:
            return [(key, in_language(one.label, language, first)) for key, one in flow.services.items()]
        case FieldType.CHOICE:
            return [(key, in_language(one.label, language, first)) for key, one in field.options.items()]
        case FieldType.YES_NO:
            yes, no = (in_language(text, language, first) for text in (flow.texts.yes, flow.texts.no))
            return [("true", yes), ("false", no)]
        case FieldType.COUNTRY:
            names = Locale(language).territories
            return sorted(((c, n) for c, n in names.items() if len(c) == 2 and c.isalpha()), key=lambda one: one[1])
        case _:
            return []


def typed_value(field: FlowField, form: Mapping[str, str], flow: Flow) -> Value:
    """What the widgets say, in the shape that `typed_by_hand` checks."""
    text = form.get("value", "").strip()
    match field.type:
        case FieldType.YES_NO:
            return {"true": True, "false": False}.get(text, text)
        case FieldType.COUNT:
            return int(text) if text.lstrip("-").isdigit() else text
        case FieldType.MONEY:
            return {"amount": _number(text), "currency": form.get("currency", "").strip() or flow.business.currency}
        case FieldType.DURATION:
            return {"amount": _number(text), "unit": form.get("unit", "")}
        case FieldType.LIST:
            inner = field.model_copy(update={"type": field.of or FieldType.TEXT})
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            return [_item(inner, line, flow) for line in lines]
        case _:
            return text


def _item(field: FlowField, line: str, flow: Flow) -> Value:
    """An item of a list, a line of text: what is no plain text is written as JSON."""
    if line.startswith("{"):
        try:
            return json.loads(line)
        except ValueError:
            return line
    return typed_value(field, {"value": line}, flow)


def _number(text: str) -> int | float | str:
    plain = text.replace(",", "")
    try:
        return int(plain) if plain.lstrip("-").isdigit() else float(plain)
    except ValueError:
        return text


def _as_text(field: FlowField, value: Value) -> str:
    """What stands in the widget at first."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "\n".join(one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in value)
    if isinstance(value, dict):
        return str(value.get("amount", ""))
    return str(value)
