"""What is made once for a flow and kept beside it, by the flow's identity."""

from collections.abc import Callable
from typing import Generic, TypeVar

from surereply.domain.flow import Flow

T = TypeVar("T")

_MOST = 64  # flows


class KeptByFlow(Generic[T]):
    """One value a flow. The flow is held with it, so that its id cannot be given to another one meanwhile."""

    def __init__(self, make: Callable[[Flow], T]) -> None:
        self._make = make
        self._kept: dict[int, tuple[Flow, T]] = {}

    def of(self, flow: Flow) -> T:
        kept = self._kept.get(id(flow))
        if kept is None or kept[0] is not flow:
            kept = (flow, self._make(flow))
            while len(self._kept) >= _MOST:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[id(flow)] = kept
        return kept[1]
