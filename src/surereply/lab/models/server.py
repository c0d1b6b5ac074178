"""A fake OpenAI-compatible server on a socket: chat completions, transcriptions, and whatever goes wrong with them."""

import asyncio
import hashlib
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Any, TypeAlias

import msgspec
from aiohttp import BodyPartReader, web

from surereply.lab.listening import Listener, read_body, reset
from surereply.lab.models.answering import Answer, answer_to, completion, error
from surereply.lab.models.asked import Asked, Form, Malformed, read_request
from surereply.lab.models.calls import Call, Calls
from surereply.lab.models.manners import GOOD, Manner, Trouble

KEY = "lab-model-key"
MODEL = "lab-model"
TRANSCRIPT = "transcript"  # the name of what is asked for with a recording
LONGEST_SILENCE_S = 600.0
PAGE = b"<html><body><h1>502 Bad Gateway</h1></body></html>"

# What a model answers: a JSON value of the schema that was asked for, or a text.
Mind: TypeAlias = Callable[[Asked], Any]
# How it behaves with a call; given instead of one manner where calls differ.
MannerOf: TypeAlias = Callable[[Asked], Manner]


@dataclass(frozen=True, slots=True)
class Heard:
    """One request for a transcript."""

    sha256: str
    size_bytes: int
    file_name: str
    mime_type: str
    model: str


class ModelServer(Listener):
    """Answers `/v1/chat/completions` with what `mind` says and `/v1/audio/transcriptions` from `transcripts`.

    `manner` holds for every call; `script` sets the next calls' manners, one by one, and goes before it. As a context
    it listens. A call without the key gets 401; the key is compared, and never kept.
    """

    def __init__(
        self,
        mind: Mind,
        *,
        manner: Manner | MannerOf = GOOD,
        key: str = KEY,
        models: Iterable[str] = (MODEL,),
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__()
        self.mind = mind
        self.manner = manner
        self.models = tuple(models)
        self.calls = Calls()
        self.heard: list[Heard] = []
        self.transcripts: dict[str, str] = {}  # by the sha256 of the bytes, as hex
        self.transcript: str | None = None  # of bytes that are not in `transcripts`
        self._key = key
        self._script: deque[Manner] = deque()
        self._where = (host, port)

    @property
    def base_url(self) -> str:
        """The value for SUREREPLY_LLM_BASE_URL."""
        return f"{self.url}/v1"

    async def __aenter__(self) -> "ModelServer":
        await self.listen(*self._where)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def script(self, *manners: Manner) -> None:
        """The next calls meet these, one by one."""
        self._script.extend(manners)

    def says(self, content: bytes, transcript: str) -> None:
        """These bytes are a recording of these words."""
        self.transcripts[hashlib.sha256(content).hexdigest()] = transcript

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        written = request.headers.get("Authorization", "").encode()
        if not secrets.compare_digest(written, f"Bearer {self._key}".encode()):
            self.calls.refused_keys += 1
            return _error(401, "Incorrect API key provided.")
        match (request.method, request.path):
            case ("POST", "/v1/chat/completions"):
                return await self._complete(request)
            case ("POST", "/v1/audio/transcriptions"):
                return await self._transcribe(request)
            case ("GET", "/v1/models"):
                data = [{"id": name, "object": "model", "created": 0, "owned_by": "lab"} for name in self.models]
                return _json({"object": "list", "data": data})
        return _error(404, f"Unknown request URL: {request.method} {request.path}.")

    async def _complete(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            asked = read_request(msgspec.json.decode(await read_body(request)))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _error(400, "We could not parse the JSON body of your request.")
        except Malformed as malformed:
            return _error(400, str(malformed))
        if asked.model not in self.models:
            return _error(404, f"The model `{asked.model}` does not exist or you do not have access to it.")
        with self.calls.under_way() as began:
            try:
                return await self._think(request, asked, began)
            except asyncio.CancelledError:
                self.calls.hung_up += 1
                raise

    async def _think(self, request: web.BaseRequest, asked: Asked, began: float) -> web.StreamResponse:
        manner = self._manner_for(asked)
        if manner.latency_s:
            await asyncio.sleep(manner.latency_s)
        answer = None
        if (spoiled := await self._spoiled(request, manner)) is None:
            answer = answer_to(asked, self.mind(asked), manner.trouble)
        self._note(asked, manner, answer, began)
        if spoiled is not None:
            return spoiled
        assert answer is not None
        body = msgspec.json.encode(completion(asked, answer, self.calls.begun))
        if manner.trouble is Trouble.HALF_SENT:
            return await _send_half(request, body)
        return web.Response(body=body, content_type="application/json")

    def _manner_for(self, asked: Asked) -> Manner:
        if self._script:
            return self._script.popleft()
        return self.manner if isinstance(self.manner, Manner) else self.manner(asked)

    async def _spoiled(self, request: web.BaseRequest, manner: Manner) -> web.StreamResponse | None:
        """What comes in place of any completion; None where there is one."""
        match manner.trouble:
            case Trouble.HTTP_STATUS:
                again = {"Retry-After": str(manner.retry_after_s)} if manner.retry_after_s is not None else {}
                return _error(manner.http_status, "The lab's model fails, as it was told to.", again)
            case Trouble.PAGE:
                return web.Response(body=PAGE, content_type="text/html")
            case Trouble.SILENCE:
                # Cancelled as soon as who asked gives up and hangs up.
                await asyncio.sleep(LONGEST_SILENCE_S)
            case Trouble.RESET:
                if request.transport is not None:
                    reset(request.transport)
                return web.Response()
        return None

    def _note(self, asked: Asked, manner: Manner, answer: Answer | None, began: float) -> None:
        text, spent, made = (answer.text, answer.input_tokens, answer.output_tokens) if answer else ("", 0, 0)
        self.calls.add(Call(asked, manner, text, spent, made, began, monotonic()))

    async def _transcribe(self, request: web.BaseRequest) -> web.StreamResponse:
        content: bytes | None = None
        fields: dict[str, str] = {}
        file_name = mime_type = ""
        if not request.content_type.startswith("multipart/"):
            return _error(400, "a transcription is asked for as multipart/form-data")
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                continue
            if part.name == "file":
                content = bytes(await part.read())
                file_name, mime_type = part.filename or "", part.headers.get("Content-Type", "")
            elif part.name is not None:
                fields[part.name] = await part.text()
        if content is None or not fields.get("model"):
            return _error(400, "a transcription needs a file and a model")
        heard = Heard(hashlib.sha256(content).hexdigest(), len(content), file_name, mime_type, fields["model"])
        return await self._heard(request, heard, fields.get("response_format", "json"))

    async def _heard(self, request: web.BaseRequest, heard: Heard, form: str) -> web.StreamResponse:
        self.heard.append(heard)
        manner = self._manner_for(Asked(heard.model, "", "", Form.TEXT, name=TRANSCRIPT))
        if manner.latency_s:
            await asyncio.sleep(manner.latency_s)
        if (spoiled := await self._spoiled(request, manner)) is not None:
            return spoiled
        text = self.transcripts.get(heard.sha256, self.transcript)
        if text is None:
            return _error(400, "The audio file could not be decoded or its format is not supported.")
        if manner.trouble is Trouble.EMPTY:
            text = ""
        return web.Response(text=text) if form == "text" else _json({"text": text})


async def _send_half(request: web.BaseRequest, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def _error(http_status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    return _json(error(http_status, text), http_status, headers)


def _json(body: dict[str, Any], http_status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    encoded = msgspec.json.encode(body)
    return web.Response(status=http_status, body=encoded, content_type="application/json", headers=headers)
