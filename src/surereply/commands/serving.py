"""`serve` and `demo`: what runs until it is told to stop."""

import importlib.util
import os
import sys

import typer

from surereply.commands.failures import WrongUse
from surereply.config import read_settings


def serve_until_told(processes: int, only: str | None) -> int:
    from surereply.assembly import ROLES
    from surereply.processes import CHILD, serve_all, serve_as_child
    from surereply.telemetry import set_up_logging

    roles = roles_of(only, ROLES)
    settings = read_settings()
    if settings.llm_model is not None:
        from surereply.models.providers import open_models

        open_models(settings)  # one that cannot be used is told now, not by a process that dies of it
    set_up_logging(as_json=not sys.stderr.isatty())
    if CHILD in os.environ:
        return serve_as_child(settings)
    return serve_all(settings, processes, roles, ready=_say_ready)


def roles_of(only: str | None, known: frozenset[str]) -> frozenset[str]:
    """The roles named, with commas between; all of them where none is. Raises `WrongUse`."""
    if only is None:
        return known
    named = {name.strip() for name in only.split(",") if name.strip()}
    unknown = sorted(named - known)
    if unknown or not named:
        what = f"there is no {unknown[0]}" if unknown else "it names nothing"
        raise WrongUse(f"--only: {what}; choose from {', '.join(sorted(known))}")
    return frozenset(named)


def _say_ready(address: str) -> None:
    typer.echo(f"surereply serves at {address}" if address else "surereply works, without a port", err=True)


def run_the_demo(*, once: bool, seed: int, with_model: bool) -> int:
    from surereply.lab.demo.run import run_demo

    if with_model and importlib.util.find_spec("pydantic_ai") is None:
        raise WrongUse("--llm: surereply[llm] is not installed: pip install 'surereply[llm]'")
    return run_demo(once=once, seed=seed, with_model=with_model)
