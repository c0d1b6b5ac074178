"""One text at a time, outside of turns: what `understand --llm` shows and the bench of understanding measures."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.line import Line
from surereply.domain.message import Message, MessageKind
from surereply.models.budget import NoBudget
from surereply.models.language_model import LanguageModel
from surereply.models.providers import NamedModel
from surereply.models.records import TurnRecord
from surereply.understanding.reader import reader_for

NOBODY = UUID(int=0)
NO_LINE = Line(0, NOBODY, "", "", "")


class LoneReader:
    """Reads with rules and model. Whoever runs it is the owner at a terminal: nothing is counted against a day."""

    def __init__(self, models: Sequence[NamedModel], deadline_seconds: float) -> None:
        self._model = LanguageModel(models, NoBudget(), deadline_seconds=deadline_seconds, at_once=1)
        self._runner = asyncio.Runner()  # a model's connections live as long as their loop

    def read(self, flow: Flow, text: str, context: Context) -> tuple[Reading, TurnRecord]:
        """What both found in the text, and what became of what the model proposed."""
        return self._runner.run(self._read(flow, text, context))

    async def _read(self, flow: Flow, text: str, context: Context) -> tuple[Reading, TurnRecord]:
        message = Message(NOBODY, "", MessageKind.TEXT, text, context.now, context.now)
        turn = self._model.begin(NO_LINE, context.now.date())
        (reading,) = await turn.read(flow, [context], [message], [reader_for(flow).read_text(text, context)])
        return reading, turn.record

    def close(self) -> None:
        self._runner.close()
