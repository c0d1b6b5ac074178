"""What every call of the API is asked with: the parts, who asks, and which page; and what it finds or refuses."""

from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from surereply.admin.refused import Refused
from surereply.domain.values import without_controls
from surereply.web.parts import WebParts
from surereply.web.problems import Problem

OPERATOR_HEADER = "x-surereply-operator"
LONGEST_OPERATOR = 80
NOBODY_NAMED = "admin token"
MOST_ON_A_PAGE = 200


def parts_of(request: Request) -> WebParts:
    parts: WebParts = request.app.state.parts
    return parts


def operator_of(request: Request) -> str:
    """Who acts, for the record: the name in X-Surereply-Operator, as far as it can be shown."""
    given = request.headers.get(OPERATOR_HEADER, "").encode("latin-1", "replace").decode("utf-8", "replace")
    name = " ".join(without_controls(given).split())[:LONGEST_OPERATOR]
    return name or NOBODY_NAMED


Parts = Annotated[WebParts, Depends(parts_of)]
Operator = Annotated[str, Depends(operator_of)]
Limit = Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE, description="rows on a page")]
Cursor = Annotated[UUID | None, Query(description="`next` of the page before")]


Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """Newest first. `next` is the cursor of the page after this one; null at the end."""

    items: list[Item]
    next: UUID | None


def page(items: Sequence[Any], limit: int) -> Any:
    return {"items": items, "next": items[-1].id if len(items) == limit else None}


Found = TypeVar("Found")


def must_exist(found: Found | None, what: str) -> Found:
    """Raises a 404 problem for None."""
    if found is None:
        raise Problem(404, "not_found", f"there is no such {what}")
    return found


def must_be_allowed(outcome: Found | Refused) -> Found:
    """Raises a 409 problem for what was refused."""
    if isinstance(outcome, Refused):
        raise Problem(409, outcome.code, outcome.sentence, outcome.detail)
    return outcome
