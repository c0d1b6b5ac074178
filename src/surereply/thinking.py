"""What a turn makes of its messages: understood once, decided as often as it must be. Nothing is written down here."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from surereply.case import TRIES_IN_COMPANY, Case, after_readings, turn_input
from surereply.clock import Clock
from surereply.domain.facts import Context, Reading
from surereply.domain.flow import Flow
from surereply.domain.identity import new_id
from surereply.domain.line import Line
from surereply.domain.message import Message
from surereply.domain.next_lead import opens_next_lead
from surereply.domain.turn import take_turn
from surereply.domain.turn_context import reading_context
from surereply.store.database import to_json
from surereply.store.directory import Directory
from surereply.store.turn_rows import DecidedTurn
from surereply.store.turns import Lease, Loaded
from surereply.telemetry import READ_SECONDS
from surereply.understanding.reader import reader_for
from surereply.voice import Listen, listen_to_nothing

if TYPE_CHECKING:  # without a model nothing of it is loaded
    from surereply.models.language_model import LanguageModel, ModelTurn

Read: TypeAlias = Callable[[Flow, Message, Context], Awaitable[Reading]]
SeeMessage: TypeAlias = Callable[[Line, str], None]


async def read_with_rules(flow: Flow, message: Message, context: Context) -> Reading:
    """The embedded reader. Gives way after each message: an acknowledgement does not wait for a long batch."""
    started = time.perf_counter()
    reading = reader_for(flow).read(message, context)
    READ_SECONDS.observe(time.perf_counter() - started)
    await asyncio.sleep(0)
    return reading


@dataclass(frozen=True, slots=True)
class Understood:
    """A case whose messages were read: a reading each. `model`: its part in this turn, if it has one."""

    case: Case
    readings: tuple[Reading, ...]
    read_ms: float
    model: "ModelTurn | None"

    def on(self, fresh: Loaded, now: datetime) -> "Understood":
        """The same messages, read already, on the conversation as it stands now."""
        messages = self.case.loaded.messages
        return replace(self, case=replace(self.case, loaded=replace(fresh, messages=messages), now=now))


class Thinker:
    """Slow and foreign calls happen here, outside any transaction."""

    def __init__(
        self,
        directory: Directory,
        clock: Clock,
        *,
        read: Read = read_with_rules,
        listen: Listen = listen_to_nothing,
        model: "LanguageModel | None" = None,
        see: SeeMessage = lambda line, wamid: None,
    ) -> None:
        """`listen` gives voice notes their words; `model` reads and words beside the rules; `see` shows the customer
        that the message was read."""
        self._directory = directory
        self._clock = clock
        self._read = read
        self._listen = listen
        self._model = model
        self._see = see

    async def case_of(self, lease: Lease, loaded: Loaded) -> Case:
        """With the flow that its lead began with, or the line's active one where a lead is yet to begin."""
        line = self._directory.line(loaded.conversation.line_id)
        now = self._clock()
        active = self._directory.active_version(line.flow_name)
        lead = loaded.lead
        if lead is not None:
            flow = await self._directory.flow(lead.flow_name, lead.flow_version)
            if not opens_next_lead(loaded.conversation, lead, loaded.earlier_replies, flow, now):
                return Case(lease, loaded, line, flow, lead.flow_version, now)
        return Case(lease, loaded, line, await self._directory.flow(line.flow_name, active), active, now)

    async def understand(self, case: Case) -> Understood:
        """Listen and read. What fails to read wipes nothing."""
        started = time.perf_counter()
        case = await self._heard(case)
        model = self._model_for(case)  # its time begins now
        readings = await self._read_messages(case, model)
        return Understood(case, readings, (time.perf_counter() - started) * 1000, model)

    async def _heard(self, case: Case) -> Case:
        """Voice notes have their words from here on; the customer sees that somebody is at it."""
        if case.is_failing or not case.loaded.messages:
            return case
        self._see(case.line, case.loaded.messages[-1].wamid)
        messages = await self._listen(case.lease, case.line, case.loaded.messages)
        return replace(case, loaded=replace(case.loaded, messages=messages))

    def _model_for(self, case: Case) -> "ModelTurn | None":
        """Its part in this turn; none in one that nobody waits for, nor in one that failed often and thinks alone."""
        if self._model is None or not case.loaded.messages or case.lease.attempts > TRIES_IN_COMPANY:
            return None
        return self._model.begin(case.line, case.now.astimezone(case.zone).date())

    async def _read_messages(self, case: Case, model: "ModelTurn | None") -> tuple[Reading, ...]:
        if case.is_failing:
            return tuple(Reading(failure="not read: earlier tries failed") for _ in case.loaded.messages)
        loaded = case.loaded
        contexts: list[Context] = []
        readings: list[Reading] = []
        for message in loaded.messages:
            context = reading_context(
                loaded.conversation,
                loaded.lead,
                loaded.earlier_replies,
                case.flow,
                message.sent_at.astimezone(case.zone),
            )
            contexts.append(after_readings(context, readings))
            reading = await self._read(case.flow, message, contexts[-1])
            readings.append(replace(reading, facts=tuple(replace(f, message_id=message.id) for f in reading.facts)))
        if model is None:
            return tuple(readings)
        return await model.read(case.flow, contexts, loaded.messages, readings)

    async def decide(self, understood: Understood) -> DecidedTurn:
        """The turn, its reply in better words where a model's pass."""
        decided = self._decided(understood)
        if understood.model is None:
            return decided
        return await _worded(understood.case, decided, understood.model)

    def _decided(self, understood: Understood) -> DecidedTurn:
        case = understood.case
        started = time.perf_counter()
        given = turn_input(case, understood.readings, self._directory.service_type_ids(case.line.flow_name))
        turn = take_turn(given)
        timings = {
            "waited_ms": round((case.now - case.lease.due_at) / timedelta(milliseconds=1), 1),
            "read_ms": round(understood.read_ms, 2),
            "decide_ms": round((time.perf_counter() - started) * 1000, 2),
        }
        return DecidedTurn(
            new_id(case.now),
            case.lease,
            case.loaded,
            turn,
            given.turn_cause,
            given.cause,
            to_json(understood.readings),
            to_json(timings),
            case.now,
        )


async def _worded(case: Case, decided: DecidedTurn, model: "ModelTurn") -> DecidedTurn:
    """The decided reply in better words, as far as they pass; between decision and commit, and outside of both."""
    turn = await model.word(case.flow, decided.turn, case.loaded.messages, case.loaded.earlier_replies)
    return replace(decided, turn=turn, model=None if model.record.is_empty else to_json(model.record))
