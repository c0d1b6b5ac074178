"""The report is one page that asks for nothing outside, escapes what it shows, and tells each finding's history."""

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from uuid import UUID

from surereply.lab.torture.audit import INVARIANTS, LOST, Finding
from surereply.lab.torture.histories import Line
from surereply.lab.torture.report import render
from surereply.lab.torture.result import Result, Tally
from surereply.lab.torture.scene import Happening
from surereply.lab.torture.timeline import Sample

CONVERSATION = UUID("01930000-0000-7000-8000-000000000001")
NASTY = "<script>alert('x')</script> & \"more\""
TALLY = Tally(12, 9, 34, 56, 7, 33, 31, 1, 2, 0, 3, 2, 1, 0)
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def result(*findings: Finding) -> Result:
    return Result(
        name=f"torture, {NASTY}",
        replay="surereply lab torture --seconds 20 --seed 7",
        seed=7,
        seconds=20.0,
        drained_s=4.0,
        drained=True,
        struck={"server-killed": 3, "token-expired": 1},
        missed={},
        tally=TALLY,
        findings=findings,
        happenings=[
            Happening("server-killed", "processes", NASTY, 3.0, 3.0),
            Happening("token-expired", "provider", "a line", 5.0, 9.5),
        ],
        samples=[Sample(at_s / 2, at_s * 3, at_s * 2, at_s % 5, 1, 4) for at_s in range(48)],
        histories={CONVERSATION: [Line(AT, "phone", f"says {NASTY}"), Line(AT, "tables", "message kept")]},
        logs="/somewhere/logs" if findings else None,
    )


class Page(HTMLParser):
    """Every element with its attributes, and all the text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_asks_for_nothing_outside_and_runs_nothing() -> None:
    source = render(result())
    page = Page(source)

    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert not any({"src", "href"} & attributes.keys() for _, attributes in page.elements)
    assert not re.search(r"url\(|@import|https?://", source)
    assert "prefers-color-scheme: dark" in source


def test_what_it_shows_is_escaped() -> None:
    page = Page(render(result(Finding(LOST, NASTY, CONVERSATION))))

    assert f"torture, {NASTY}" in page.text
    assert f"says {NASTY}" in page.text
    assert f"3.0 s: server-killed: {NASTY}" in page.text


def test_every_strike_has_its_mark_in_its_lane_and_every_invariant_its_row() -> None:
    page = Page(render(result()))
    marks = [attributes for tag, attributes in page.elements if tag == "rect" and attributes.get("class") != "calm"]

    assert [mark["class"] for mark in marks] == ["processes", "provider"]
    assert float(marks[1]["width"] or 0) > float(marks[0]["width"] or 0) > 0
    assert all(invariant in page.text for invariant in INVARIANTS)
    assert len([tag for tag, _ in page.elements if tag == "polyline"]) == 4


def test_a_finding_comes_with_the_history_of_its_conversation() -> None:
    page = Page(render(result(Finding(LOST, "acknowledged, and not kept: wamid.1", CONVERSATION))))

    assert "Not all held." in page.text
    assert "acknowledged, and not kept: wamid.1" in page.text
    assert "09:00:00.000" in page.text
    assert "message kept" in page.text
    assert "/somewhere/logs" in page.text


def test_the_figures_say_the_same_to_a_program() -> None:
    told = json.loads(json.dumps(result(Finding(LOST, "a line", CONVERSATION)).as_json()))

    assert told["held"] is False
    assert told["invariants"][LOST] == 1
    assert told["findings"] == [{"invariant": LOST, "line": "a line", "conversation_id": str(CONVERSATION)}]
    assert told["faults"] == [34]
    assert (told["kills"], told["database_stops"], told["messages"]) == (3, 2, 34)
    assert len(told["timeline"]) == 48
