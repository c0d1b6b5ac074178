"""The witness shares no code with what it watches, and says plainly when it is started wrongly."""

import ast
from pathlib import Path

import surereply.lab
from surereply.lab.serve import serve_lab

LAB = Path(surereply.lab.__file__).parent


def test_the_lab_leans_on_nothing_but_the_domain() -> None:
    """A parser or a signature shared with the server would mirror the server's mistakes."""
    imported = {
        node.module
        for file in LAB.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module is not None
    }

    own = {name for name in imported if name.startswith("surereply.") and not f"{name}.".startswith("surereply.lab.")}
    assert own
    assert all(name.startswith("surereply.domain.") for name in own)


def test_the_fake_provider_and_the_fake_meta_lean_on_nothing_of_ours_at_all() -> None:
    for name in ("ledger", "graph", "graph_http", "checks", "faults", "meta", "envelope", "payloads", "bubbles"):
        source = (LAB / f"{name}.py").read_text()

        assert "surereply.domain" not in source


def test_a_lab_without_a_webhook_address_says_what_to_give() -> None:
    for addresses in ([], ["localhost:8000"]):
        told: list[str] = []

        assert serve_lab(webhook_url=addresses, tell=told.append) == 2
        assert [line.startswith("lab: give --webhook,") for line in told] == [True]
