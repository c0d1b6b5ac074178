"""`serve` and `demo`: what runs until it is told to stop."""

import asyncio
import sys

import typer

from surereply.commands.failures import WrongUse
from surereply.config import read_settings


def serve_until_told(processes: int, only: str | None) -> int:
    from surereply import runtime

    roles = _roles(only, runtime.ROLES)
    return asyncio.run(runtime.serve(read_settings(), roles))
