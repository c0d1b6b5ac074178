"""The overview: is every customer answered once? The verdict with its reasons, live figures, and charts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from markupsafe import Markup
from starlette.responses import Response

from surereply.domain.flow import Flow
from surereply.store import card_lists, tallies
from surereply.store.tallies import EDGES, Tallies
from surereply.web.panel.asked import Asked
from surereply.web.panel.charts import WIDE, Series, bars, funnel
from surereply.web.panel.lead_card import label_of
from surereply.web.panel.problems import read_verdict
from surereply.web.panel.rendering import page
from surereply.web.panel.texts import Texts
from surereply.web.problems import Problem

# A period: how long, in which steps, and how a step is labelled.
PERIODS = {
    "day": (timedelta(hours=24), timedelta(hours=1), "HH:mm"),
    "week": (timedelta(days=7), timedelta(hours=6), "EEE HH:mm"),
    "month": (timedelta(days=30), timedelta(days=1), "d MMM"),
}
MOST_ASKED_DRAWN = 8


async def show(asked: Asked) -> Response:
    """The parts that change come anew by themselves; the charts with every half minute."""
    period = asked.query("period", "day")
    if period not in PERIODS:
        raise Problem(404, "not_found", "there is no such period")
    line_id = _line_id(asked.query("line"))
    verdict = await read_verdict(asked)
    values: dict[str, Any] = {"section": "overview", "verdict": verdict, "period": period, "periods": tuple(PERIODS)}
    values |= {"lines": asked.parts.directory.lines(), "line_id": line_id, "zone": asked.zone, "figures": None}
    if verdict.stored is not None:
        values |= await _figures(asked, period, line_id)
    return page(asked, "overview_now.html" if asked.by_htmx else "overview.html", **values)


async def _figures(asked: Asked, period: str, line_id: UUID | None) -> dict[str, Any]:
    length, step, pattern = PERIODS[period]
    zone = ZoneInfo(asked.zone)
    until = asked.parts.clock()
    since = _begins(until - length, step, zone)
    async with asked.parts.db.connection() as tx:
        buckets = asked.parts.directory.buckets()
        found = await tallies.add_up(tx, buckets, since, until, step, line_id)
        counts = await card_lists.counts(tx, buckets)
    language = asked.texts.language
    labels = [format_datetime(at, pattern, tzinfo=zone, locale=language) for at in found.steps]
    flow = _flow_of(asked, line_id)
    return {
        "figures": counts,
        "total": found.total,
        "charts": _charts(asked, found, labels, flow),
        "quick": quick(found),
    }


def _charts(asked: Asked, found: Tallies, labels: list[str], flow: Flow | None) -> list[tuple[str, Markup, list[Any]]]:
    """Each with its title and the same as rows, for whoever reads rather than sees."""
    t, none = asked.texts, [0] * len(labels)
    traffic = [
        Series(t("chart.messages"), "in", found.by_step.get("messages", none)),
        Series(t("chart.sent_bot"), "bot", found.by_step.get("sent_bot", none)),
        Series(t("chart.sent_person"), "person", found.by_step.get("sent_person", none)),
    ]
    times = [(f"≤ {edge}", f"within:{edge}") for edge in EDGES] + [(f"> {EDGES[-1]}", "within:more")]
    time_values = [found.total.get(figure, 0) for _, figure in times]
    steps = funnel_rows(found.total, flow, t)
    return [
        (
            "chart.traffic",
            bars(labels, traffic, t("chart.traffic"), stacked=False, width=WIDE),
            [(one.label, sum(one.values), one.kind) for one in traffic],
        ),
        (
            "chart.times",
            bars([label for label, _ in times], [Series(t("chart.replies"), "bot", time_values)], t("chart.times")),
            [(label, value, "") for (label, _), value in zip(times, time_values, strict=True)],
        ),
        ("chart.funnel", funnel(_most_telling(steps, t), t("chart.funnel")), steps),
    ]


def funnel_rows(total: Mapping[str, int], flow: Flow | None, texts: Texts) -> list[tuple[str, int, str]]:
    """Leads that started, were asked each question (the most asked first), qualified, and went to a person."""
    asked = sorted(
        ((figure.removeprefix("asked:"), count) for figure, count in total.items() if figure.startswith("asked:")),
        key=lambda one: -one[1],
    )
    return [
        (texts("funnel.started"), total.get("started", 0), "in"),
        *((texts("funnel.asked", field=label_of(key, flow, texts.language)), count, "bot") for key, count in asked),
        (texts("funnel.qualified"), total.get("qualified", 0), "good"),
        (texts("funnel.handed_over"), total.get("handed_over", 0), "person"),
    ]


def _most_telling(steps: list[tuple[str, int, str]], texts: Texts) -> list[tuple[str, int, str]]:
    """As many rows as one looks at: of the questions those that were asked most; all of them are in the table."""
    start, *asked, qualified, handed_over = steps
    left_out = len(asked) - MOST_ASKED_DRAWN
    if left_out < 2:  # in the place of one more row
        return steps
    more = (texts("chart.more", count=left_out), 0, "rest")
    return [start, *asked[:MOST_ASKED_DRAWN], more, qualified, handed_over]


def quick(found: Tallies) -> tuple[float | None, float | None]:
    """Half of the replies, and 95 of 100, were accepted within so many seconds of the message; None without any."""
    counts = [(edge, found.total.get(f"within:{edge}", 0)) for edge in EDGES]
    in_all = sum(count for _, count in counts) + found.total.get("within:more", 0)
    return _within(counts, in_all * 0.5), _within(counts, in_all * 0.95)


def _within(counts: list[tuple[int, int]], wanted: float) -> float | None:
    if not wanted:
        return None
    so_far = 0
    for edge, count in counts:
        so_far += count
        if so_far >= wanted:
            return float(edge)
    return float("inf")


def _begins(instant: datetime, step: timedelta, zone: ZoneInfo) -> datetime:
    """The next beginning of a step by the business's own clock."""
    local = instant.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    hours = max(int(step.total_seconds() // 3600), 1)
    return local.replace(hour=local.hour // hours * hours if hours < 24 else 0) + step


def _flow_of(asked: Asked, line_id: UUID | None) -> Flow | None:
    directory = asked.parts.directory
    names = {line.flow_name for line in directory.lines() if line_id in (None, line.id)}
    return directory.active_flow(names.pop()) if len(names) == 1 else None


def _line_id(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Problem(404, "not_found", "there is no such line") from None
