"""Lines: how they stand, their pause, and its end."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from surereply.admin import lines as acts
from surereply.admin import retention
from surereply.admin.refused import Refused
from surereply.domain.line import Line
from surereply.store.line_states import LineRow, line_states
from surereply.store.word_removal import ToRemove
from surereply.web.asked import Found, Operator, Parts, must_exist
from surereply.web.parts import WebParts
from surereply.web.problems import Problem, documented

router = APIRouter(prefix="/lines", tags=["lines"])


class Retention(BaseModel):
    """How many days words are kept; null: for good."""

    days: int | None


@router.get("")
async def list_lines(parts: Parts) -> list[LineRow]:
    """Every line with what keeps it from sending. Secrets are never shown."""
    return await _states(parts)


@router.put("/{line_id}/pause", responses=documented(404))
async def pause(parts: Parts, operator: Operator, line_id: UUID) -> LineRow:
    """Nothing owed goes out; what comes in is kept and read."""
    await acts.pause(parts.db, _line(parts, line_id), operator, parts.clock())
    return await _state(parts, line_id)


@router.delete("/{line_id}/pause", responses=documented(404))
async def resume(parts: Parts, operator: Operator, line_id: UUID) -> LineRow:
    """The line sends again: the pause is over, and so is a stop (for its token, its payment) that was settled."""
    await acts.resume(parts.db, _line(parts, line_id), operator, parts.clock())
    parts.owed()
    return await _state(parts, line_id)


@router.get("/{line_id}/retention/dry-run", responses=documented(404))
async def what_would_go(parts: Parts, line_id: UUID, days: int) -> ToRemove:
    """What would lose its words now if the line kept them for so many days. Nothing is changed."""
    return _fitting(await retention.what_would_go(parts.db, _line(parts, line_id), days, parts.clock()))


@router.put("/{line_id}/retention", responses=documented(404))
async def set_retention(parts: Parts, operator: Operator, line_id: UUID, wanted: Retention) -> LineRow:
    """From now on; what is older goes within hours, and does not come back."""
    line = _line(parts, line_id)
    _fitting(await retention.set_retention(parts.db, line, wanted.days, operator, parts.clock()))
    await parts.directory.refresh()
    return await _state(parts, line_id)


def _fitting(outcome: Found | Refused) -> Found:
    """Raises a 422 problem for a number of days that is refused."""
    if isinstance(outcome, Refused):
        raise Problem(422, outcome.code, outcome.sentence)
    return outcome


def _line(parts: WebParts, line_id: UUID) -> Line:
    return must_exist(next((line for line in parts.directory.lines() if line.id == line_id), None), "line")


async def _state(parts: WebParts, line_id: UUID) -> LineRow:
    return next(state for state in await _states(parts) if state.id == line_id)


async def _states(parts: WebParts) -> list[LineRow]:
    with_credentials = [line.id for line in parts.directory.lines() if parts.directory.credentials(line.id)]
    async with parts.db.connection() as tx:
        return await line_states(tx, with_credentials)
