"""Voice notes become words before a turn reads them: each listened to once, and what was said is kept."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeAlias
from uuid import UUID

import structlog

from surereply.clock import Clock
from surereply.domain.line import Line
from surereply.domain.message import Message, MessageKind
from surereply.models.transcribing import NotTranscribed, Transcribed, Transcriber
from surereply.store.database import Database
from surereply.store.transcripts import Transcript, keep_transcript, transcripts_of
from surereply.store.turns import Lease
from surereply.telemetry import TRANSCRIBE_SECONDS, TRANSCRIPTS
from surereply.whatsapp.file_types import FILE_TYPES, MEGABYTE, sound_limits
from surereply.whatsapp.media import FetchMedia, MediaProblem

log = structlog.get_logger()

MOST_NOTES = 5  # of one turn that are listened to; the rest counts as without words

# What a turn may read in place of the messages as they came.
Listen: TypeAlias = Callable[[Lease, Line, Sequence[Message]], Awaitable[tuple[Message, ...]]]


async def listen_to_nothing(lease: Lease, line: Line, messages: Sequence[Message]) -> tuple[Message, ...]:
    """Without a transcriber: voice notes stay without words, and the flow asks to type."""
    return tuple(messages)


class VoiceListener:
    """Called between transactions: fetching and transcribing are slow, and hold up nobody but this conversation."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        fetch: FetchMedia,
        transcribe: Transcriber,
        *,
        within_seconds: float = 8.0,
        most_bytes: int = 4 * MEGABYTE,
    ) -> None:
        """All voice notes of a turn are heard `within_seconds`; one above `most_bytes` is not fetched."""
        self._db = db
        self._clock = clock
        self._fetch = fetch
        self._transcribe = transcribe
        self._within_seconds = within_seconds
        self._limits = sound_limits(most_bytes)

    async def __call__(self, lease: Lease, line: Line, messages: Sequence[Message]) -> tuple[Message, ...]:
        """The messages, with the words of those voice notes that have any."""
        notes = [message for message in messages if _is_voice_note(message)]
        if not notes:
            return tuple(messages)
        async with self._db.connection() as tx:
            heard = await transcripts_of(tx, lease.bucket, [note.id for note in notes])
        unheard = [note for note in notes if note.id not in heard][:MOST_NOTES]
        until = asyncio.get_running_loop().time() + self._within_seconds
        kept = await asyncio.gather(*(self._hear(lease, line, note, until) for note in unheard))
        heard |= {one.message_id: one for one in kept if one is not None}
        return tuple(_with_words(message, heard.get(message.id)) for message in messages)

    async def _hear(self, lease: Lease, line: Line, note: Message, until: float) -> Transcript | None:
        """Kept as soon as it is there, failures too: a turn that is taken again neither pays nor waits again."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout_at(until):
                said = await self._fetch_and_transcribe(line.id, note)
        except TimeoutError:
            said = NotTranscribed.TIMEOUT
        seconds = time.perf_counter() - started
        problem = said if isinstance(said, NotTranscribed) else None
        TRANSCRIBE_SECONDS.observe(seconds)
        TRANSCRIPTS.labels(problem.value if problem else "transcribed").inc()
        log.info("voice.heard", message_id=str(note.id), problem=problem and problem.value)
        transcript = Transcript(
            note.id, "" if problem else said, problem, self._transcribe.model, round(seconds * 1000), self._clock()
        )
        async with self._db.transaction() as tx:
            return await keep_transcript(tx, lease, transcript)

    async def _fetch_and_transcribe(self, line_id: UUID, note: Message) -> Transcribed:
        assert note.media is not None
        file = await self._fetch(line_id, note.media.media_id, self._limits)
        if isinstance(file, MediaProblem):
            return NotTranscribed.TOO_LARGE if file is MediaProblem.TOO_LARGE else NotTranscribed.NOT_FETCHED
        return await self._transcribe(file.data, file.mime_type, FILE_TYPES[file.mime_type].extension)


def _is_voice_note(message: Message) -> bool:
    """A recording made in the chat; music that somebody passes on is not."""
    return message.kind is MessageKind.AUDIO and message.media is not None and message.media.voice


def _with_words(message: Message, heard: Transcript | None) -> Message:
    return replace(message, text=heard.text, transcribed=True) if heard is not None and heard.text else message
