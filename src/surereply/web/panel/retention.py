"""How long a line keeps words: what would go is counted and shown before anything is saved."""

from starlette.responses import Response

from surereply.admin import retention
from surereply.admin.refused import Refused
from surereply.domain.line import LONGEST_RETENTION_DAYS, SHORTEST_RETENTION_DAYS, Line
from surereply.store.word_removal import ToRemove
from surereply.web.panel.asked import Asked
from surereply.web.panel.rendering import page, redirect
from surereply.web.panel.settings import line_of


async def ask(asked: Asked) -> Response:
    line = line_of(asked)
    return _dialog(asked, line, str(line.settings.retention_days or ""))


async def save(asked: Asked) -> Response:
    """The first time it counts; it is saved when what was counted is what is wanted."""
    line, given = line_of(asked), asked.form.get("days", "").strip()
    db, now = asked.parts.db, asked.parts.clock()
    if given and not (given.isascii() and given.isdigit() and len(given) < 8):
        return _dialog(asked, line, given, 422, problem=_problem(asked))
    days = int(given) if given else None
    if days is not None and asked.form.get("counted") != given:
        counted = await retention.what_would_go(db, line, days, now)
        if isinstance(counted, Refused):
            return _dialog(asked, line, given, 422, problem=_problem(asked))
        return _dialog(asked, line, given, counted=counted)
    if await retention.set_retention(db, line, days, asked.name, now):
        return _dialog(asked, line, given, 422, problem=_problem(asked))
    await asked.parts.directory.refresh()
    return redirect("/settings", by_htmx=asked.by_htmx)


def _problem(asked: Asked) -> str:
    return asked.texts("retention.wrong", shortest=SHORTEST_RETENTION_DAYS, longest=LONGEST_RETENTION_DAYS)


def _dialog(
    asked: Asked,
    line: Line,
    days: str,
    status: int = 200,
    *,
    problem: str | None = None,
    counted: ToRemove | None = None,
) -> Response:
    return page(
        asked,
        "retention.html",
        status,
        line=line,
        days=days,
        shortest=SHORTEST_RETENTION_DAYS,
        longest=LONGEST_RETENTION_DAYS,
        problem=problem,
        counted=counted,
    )
