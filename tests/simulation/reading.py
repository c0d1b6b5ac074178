"""The model as the simulation has it: the rules read, unless a trouble comes between."""

from typing import TYPE_CHECKING

from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.message import Message
from surereply.thinking import read_with_rules

if TYPE_CHECKING:
    from simulation.play import Play


class SimulatedReading:
    def __init__(self, play: "Play") -> None:
        self._play = play

    async def read(self, flow: Flow, message: Message, context: Context) -> Reading:
        reading: Reading = await self._play.gates.pass_through(
            "read",
            lambda: read_with_rules(flow, message, context),
            place=f"reading {message.wamid}",
            is_outside=False,
        )
        return reading
