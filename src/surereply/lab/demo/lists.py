"""What the business itself shows of its work: conversations with their messages, and what stands on a list."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from surereply.lab.stage.office import AdminApi, Unanswered

TRIES = 20
AGAIN_S = 0.5
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Lists:
    """Customers by their number. `open_work`: a reply of theirs is owed, on its way, in doubt or failed."""

    kept: frozenset[str] = frozenset()  # wamids, from the conversations' timelines
    open_work: frozenset[str] = frozenset()
    with_person: frozenset[str] = frozenset()
    turns: int = 0
    model: tuple[dict[str, Any], ...] = ()  # its part in each turn, where it had one
    customers: dict[str, str] = field(default_factory=dict)  # by conversation


async def read_lists(api: AdminApi) -> Lists:
    """Raises `Unanswered` where no server comes back."""
    for _ in range(TRIES):
        try:
            return await _read(api)
        except Unanswered:
            await asyncio.sleep(AGAIN_S)
    raise Unanswered


async def _read(api: AdminApi) -> Lists:
    customers = {row["id"]: row["phone"] or row["bsuid"] for row in await api.all("conversations")}
    slots = asyncio.Semaphore(AT_ONCE)

    async def timeline(conversation_id: str) -> dict[str, Any]:
        async with slots:
            shown = await api.get(f"conversations/{conversation_id}", limit="200")
            return dict(shown["timeline"])

    timelines = await asyncio.gather(*(timeline(conversation_id) for conversation_id in customers))
    listed = await api.all("replies", listed="true")
    handovers = await api.all("handovers")
    return Lists(
        kept=frozenset(message["wamid"] for shown in timelines for message in shown["messages"]),
        open_work=frozenset(customers[row["conversation_id"]] for row in listed),
        with_person=frozenset(customers[row["conversation_id"]] for row in handovers),
        turns=sum(len(shown["turns"]) for shown in timelines),
        model=tuple(turn["model"] for shown in timelines for turn in shown["turns"] if turn["model"] is not None),
        customers=customers,
    )
