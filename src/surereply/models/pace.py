"""How long a model takes of late, so that no call is begun that cannot end in time. Pure."""

from dataclasses import dataclass

LEAST_SECONDS = 0.2
NEWEST_WEIGHS = 0.2  # of the newest answer, in what is usual
FORGETS = 0.02  # with every call that is not begun: a model that has become faster is found out


@dataclass(slots=True)
class Pace:
    """`usual`: seconds."""

    usual: float = 0.0

    def took(self, seconds: float) -> None:
        """A call was answered."""
        self.usual += (seconds - self.usual) * NEWEST_WEIGHS

    def comes_too_late(self, left: float) -> bool:
        """Whether no answer is to be had in what is left: the call would hold a slot and cost money for nothing."""
        if left >= max(self.usual, LEAST_SECONDS):
            return False
        self.usual *= 1 - FORGETS
        return True
