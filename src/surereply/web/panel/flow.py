"""The flow: drawn with its counts, its knowledge, its versions; tried on a phone that sends nothing, and tested."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from surereply.admin import flows as acts
from surereply.admin.refused import Refused
from surereply.domain.flow import Flow
from surereply.domain.flow_file import BrokenFlow, read_flow_file
from surereply.domain.flow_graph import flow_svg
from surereply.domain.flow_lint import lint_file
from surereply.domain.flow_test import ConversationResult, run_tests
from surereply.domain.flow_texts import in_language
from surereply.domain.rehearsal import Rehearsal, begin, customer_says, customer_taps
from surereply.store import flow_versions, flows, lead_lists
from surereply.understanding.reader import read
from surereply.web.asked import MOST_ON_A_PAGE, must_exist
from surereply.web.panel.acting import refused_now
from surereply.web.panel.asked import Asked
from surereply.web.panel.rendering import HEADERS, page, redirect
from surereply.web.problems import Problem

MOST_SAID = 40
LONGEST_SAID = 1000
# The picture brings its own style sheet, and nothing else.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


async def show(asked: Asked) -> Response:
    """`?name=` and `?version=` choose; else the first flow as it runs."""
    async with asked.parts.db.connection() as tx:
        versions = await flow_versions.versions(tx, None, MOST_ON_A_PAGE)
    names = sorted({one.name for one in versions})
    if not names:
        return page(asked, "flow.html", section="flow", names=[], name=None)
    name = asked.query("name") or next((one.flow_name for one in asked.parts.directory.lines()), names[0])
    own = [one for one in versions if one.name == name]
    running = next((one.version for one in own if one.active), None)
    version = _number(asked.query("version")) or running or (own[0].version if own else 0)
    source = await _source(asked, name, version)
    flow, problems = parsed(source, name)
    language = asked.texts.language
    return page(
        asked,
        "flow.html",
        section="flow",
        names=names,
        name=name,
        version=version,
        running=running,
        versions=own,
        source=source,
        flow=flow,
        problems=problems,
        knowledge=_knowledge(flow, language) if flow else [],
        bubbles=[],
        said="[]",
        choices=[],
        zone=asked.zone,
    )


async def draw(asked: Asked) -> Response:
    name, version = _path(asked)
    flow, _ = parsed(await _source(asked, name, version), name)
    async with asked.parts.db.connection() as tx:
        counts = await lead_lists.flow_counts(tx, asked.parts.directory.buckets(), name)
    drawn = flow_svg(must_exist(flow, "sound flow"), asked.texts, counts)
    return Response(drawn, media_type="image/svg+xml", headers={**HEADERS, "Content-Security-Policy": PICTURE_POLICY})


@dataclass(frozen=True, slots=True)
class Bubble:
    side: str
    text: str
    note: str = ""


async def rehearse(asked: Asked) -> Response:
    """The conversation so far and one more message, from the beginning, by the text in the box; nothing is sent."""
    name, _ = _path(asked)
    flow, problems = parsed(asked.form.get("source", ""), name)
    said = _said(asked.form)
    if flow is None:
        return page(asked, "phone.html", 422, bubbles=[], said=json.dumps(said), choices=[], problems=problems)
    bubbles, rehearsal = await asyncio.to_thread(_rehearse, flow, said, asked.parts.clock())
    choices = [choice.title for choice in rehearsal.choices]
    return page(asked, "phone.html", bubbles=bubbles, said=json.dumps(said), choices=choices, problems=[])


def _said(form: Any) -> list[list[str]]:
    """What was said before, as the form carries it, and what is said now: pairs of says or taps, and words."""
    try:
        before = json.loads(form.get("said", "[]"))
    except (ValueError, RecursionError):
        before = []
    kept = [
        [str(one[0]), str(one[1])[:LONGEST_SAID]]
        for one in (before if isinstance(before, list) else [])
        if isinstance(one, list) and len(one) == 2
    ]
    if form.get("begin"):
        return []
    if form.get("taps"):
        kept.append(["taps", form["taps"][:LONGEST_SAID]])
    elif form.get("says", "").strip():
        kept.append(["says", form["says"].strip()[:LONGEST_SAID]])
    return kept[-MOST_SAID:]


def _rehearse(flow: Flow, said: list[list[str]], now: Any) -> tuple[list[Bubble], Rehearsal]:
    bubbles: list[Bubble] = []
    rehearsal = begin(flow)
    for how, words in said:
        after = (
            customer_taps(rehearsal, words, now, read) if how == "taps" else customer_says(rehearsal, words, now, read)
        )
        if after is None:  # another text of the flow has no such button
            continue
        rehearsal = after
        bubbles.append(Bubble("customer", words))
        why = rehearsal.turn.why if rehearsal.turn else ""
        bubbles += [Bubble("bot", body.text, why) for body in rehearsal.bodies]
        if not rehearsal.bodies:
            bubbles.append(Bubble("note", why))
    return bubbles, rehearsal


async def run_its_tests(asked: Asked) -> Response:
    """The flow's own tests, run now, against the text in the box."""
    name, _ = _path(asked)
    flow, problems = parsed(asked.form.get("source", ""), name)
    results: tuple[ConversationResult, ...] = ()
    if flow is not None:
        results = await asyncio.to_thread(run_tests, flow, read)
    warnings = _warnings(asked.form.get("source", ""), name) if flow else []
    return page(asked, "flow_tests.html", results=results, problems=problems, warnings=warnings)


async def put_in(asked: Asked) -> Response:
    name, _ = _path(asked)
    source = asked.form.get("source", "").replace("\r\n", "\n")
    outcome = await acts.put_version(asked.parts.db, name, source, asked.name, asked.parts.clock())
    if isinstance(outcome, Refused):
        return refused_now(asked, outcome)
    await asked.parts.directory.refresh()
    return redirect(f"/flow?name={name}&version={outcome}", by_htmx=asked.by_htmx)


async def activate(asked: Asked) -> Response:
    """Going back, or forward: new leads begin with this version, open ones stay with theirs."""
    name, version = _path(asked)
    refused = await acts.activate(asked.parts.db, name, version, asked.name, asked.parts.clock())
    if refused:
        return refused_now(asked, refused)
    await asked.parts.directory.refresh()
    return redirect(f"/flow?name={name}&version={version}", by_htmx=asked.by_htmx)


def parsed(source: str, name: str) -> tuple[Flow | None, list[str]]:
    """The flow, or what is wrong with it."""
    try:
        return read_flow_file(source.replace("\r\n", "\n"), name).flow, []
    except BrokenFlow as error:
        return None, [str(problem) for problem in error.problems]


def _warnings(source: str, name: str) -> list[str]:
    return [str(warning) for warning in lint_file(read_flow_file(source.replace("\r\n", "\n"), name))]


def _knowledge(flow: Flow, language: str) -> list[tuple[str, list[str], str]]:
    """Each entry with what customers ask and what they are answered."""
    spoken = language if language in flow.languages else flow.languages[0]
    return [
        (
            key,
            entry.questions.get(spoken) or next(iter(entry.questions.values()), []),
            in_language(entry.answer, spoken, flow.languages[0]),
        )
        for key, entry in flow.knowledge.items()
    ]


async def _source(asked: Asked, name: str, version: int) -> str:
    async with asked.parts.db.connection() as tx:
        return must_exist(await flows.source_of(tx, name, version), "version of a flow")


def _path(asked: Asked) -> tuple[str, int]:
    return asked.request.path_params["name"], _number(asked.request.path_params["version"]) or 0


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Problem(404, "not_found", "there is no such version")
    return int(text)
