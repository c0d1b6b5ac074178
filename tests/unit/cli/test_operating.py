"""The runbook has a paragraph for every reason that a verdict can give, and a row for every check of `verify`."""

import inspect
import re
from pathlib import Path

import pytest

from surereply import doctor, verify
from surereply.domain.health import REASONS

RUNBOOK = (Path(__file__).resolve().parents[3] / "docs" / "operating.md").read_text(encoding="utf-8")
PARAGRAPHS = dict(re.findall(r"^### `(\w+)`\n(.+?)(?=^###? |\Z)", RUNBOOK, flags=re.MULTILINE | re.DOTALL))


def test_every_reason_has_its_paragraph_and_no_other_is_left() -> None:
    assert set(PARAGRAPHS) == set(REASONS)


@pytest.mark.parametrize("code", sorted(REASONS))
def test_a_paragraph_says_more_than_the_verdict(code: str) -> None:
    assert len(PARAGRAPHS[code].strip()) > 60


def test_every_check_has_its_row() -> None:
    checked = set(re.findall(r'Check\("([a-z -]+)"', inspect.getsource(verify) + inspect.getsource(doctor)))
    listed = set(re.findall(r"`([a-z -]+)`", "".join(re.findall(r"^\| (`.+?) \|", RUNBOOK, flags=re.MULTILINE))))

    assert checked - {"admin token", "secret key", "settings", "flow"} <= listed


def test_links_inside_the_runbook_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", RUNBOOK, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    assert set(re.findall(r"\]\(#([^)]+)\)", RUNBOOK)) <= anchors
