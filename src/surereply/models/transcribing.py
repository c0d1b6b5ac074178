"""A voice note into words, through an endpoint that speaks OpenAI's `POST /audio/transcriptions`."""

import asyncio
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import aiohttp
import msgspec

LARGEST_ANSWER = 256 * 1024
LONGEST_TEXT = 10_000  # characters; ten minutes of quick talk
# Whisper's own measure of a model that repeats itself (`compression_ratio_threshold` of openai/whisper).
LOOPS_ABOVE = 2.4
WHOLE_LINES = str.maketrans({"\0": None, "\u2028": " ", "\u2029": " "})


class NotTranscribed(StrEnum):
    NOT_FETCHED = "not_fetched"  # WhatsApp did not give the file in time
    TOO_LARGE = "too_large"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"  # the key, the model, the file's type, or a limit
    RUBBISH = "rubbish"  # an answer without sense, or one that repeats itself
    NOTHING_SAID = "nothing_said"  # silence, music, breath


Transcribed: TypeAlias = str | NotTranscribed


class _Answer(msgspec.Struct):
    text: str


_ANSWER = msgspec.json.Decoder(_Answer)


@dataclass(frozen=True, slots=True)
class TranscriptionEndpoint:
    """`base_url` ends before `/audio/transcriptions`, as in `https://api.openai.com/v1`."""

    base_url: str
    model: str
    api_key: str | None = field(default=None, repr=False)


class Transcriber:
    """Asks one endpoint, so many times at once; never a second time for one call."""

    def __init__(self, http: aiohttp.ClientSession, endpoint: TranscriptionEndpoint, *, at_once: int = 4) -> None:
        self._http = http
        self._endpoint = endpoint
        self._slots = asyncio.Semaphore(at_once)

    @property
    def model(self) -> str:
        return self._endpoint.model

    async def __call__(self, sound: bytes, mime_type: str, extension: str) -> Transcribed:
        """The words. Bounded by the caller's time-out alone, waiting for a slot included."""
        async with self._slots:
            try:
                return await self._ask(sound, mime_type, extension)
            except (aiohttp.ClientError, OSError):
                return NotTranscribed.UNREACHABLE

    async def _ask(self, sound: bytes, mime_type: str, extension: str) -> Transcribed:
        form = aiohttp.FormData()
        form.add_field("file", sound, filename=f"voice.{extension}", content_type=mime_type)
        form.add_field("model", self._endpoint.model)
        form.add_field("response_format", "json")
        form.add_field("temperature", "0")
        key = self._endpoint.api_key
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        url = f"{self._endpoint.base_url}/audio/transcriptions"
        # A redirect is refused: the key and what a customer said would go to whatever host it names.
        async with self._http.post(
            url, data=form, headers=headers, allow_redirects=False, timeout=aiohttp.ClientTimeout(total=None)
        ) as answer:
            if answer.status != 200:
                return NotTranscribed.UNREACHABLE if answer.status >= 500 else NotTranscribed.REFUSED
            body = bytearray()
            async for chunk in answer.content.iter_any():
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    answer.close()
                    return NotTranscribed.RUBBISH
        return words_of(bytes(body))


def words_of(body: bytes) -> Transcribed:
    """What an answer says, as words that one can read and store."""
    try:
        text = _ANSWER.decode(body).text
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return NotTranscribed.RUBBISH
    text = " ".join(text.translate(WHOLE_LINES).encode("utf-8", "ignore").decode().split())
    if not any(character.isalnum() for character in text):
        return NotTranscribed.NOTHING_SAID
    if len(text) > LONGEST_TEXT or _repeats_itself(text):
        return NotTranscribed.RUBBISH
    return text


def _repeats_itself(text: str) -> bool:
    encoded = text.encode()
    return len(encoded) / len(zlib.compress(encoded)) > LOOPS_ABOVE
