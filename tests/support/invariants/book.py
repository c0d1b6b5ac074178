"""What a witness outside the business saw, and how the tables are asked."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from surereply.lab.envelope import MESSAGES, Update
from surereply.lab.ledger import Ledger

Fetch: TypeAlias = Callable[..., Awaitable[Sequence[Any]]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request to send that the provider judged; `accepted` is the truth, whatever answer we got to see."""

    reply_id: UUID
    attempt: int
    accepted: bool


@dataclass(frozen=True, slots=True)
class Book:
    """What was seen from outside: wamids of messages that were answered with 200, and every request to send."""

    acknowledged: Sequence[str] = ()
    requests: Sequence[Request] = ()

    def columns(self, *, accepted_only: bool = False) -> tuple[list[UUID], list[int]]:
        chosen = [one for one in self.requests if one.accepted or not accepted_only]
        return [one.reply_id for one in chosen], [one.attempt for one in chosen]


NOTHING_SEEN = Book()


def book_of(updates: Iterable[Update], ledger: Ledger) -> Book:
    """The lab's own books: what Meta was told is kept, and what the provider took."""
    acknowledged = [one.key for one in updates if one.part == MESSAGES and one.acknowledged_at is not None]
    requests = [
        Request(UUID(entry.reply_id), entry.attempt, entry.accepted)
        for entry in ledger.entries
        if entry.reply_id is not None and entry.attempt is not None
    ]
    return Book(acknowledged, requests)


async def findings(fetch: Fetch, invariant: str, sql: str, *args: Any) -> list[str]:
    return sorted(f"{invariant}: {row[0]}" for row in await fetch(sql, *args))
