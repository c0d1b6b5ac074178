"""What the process says of itself: one log line per state change with ids, counters, and no customer's words."""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import msgspec
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

DELIVERIES = Counter("surereply_deliveries", "Webhook POSTs by what became of them.", ["outcome"], registry=REGISTRY)
MESSAGES = Counter("surereply_messages", "Messages delivered: kept, or repeated.", ["outcome"], registry=REGISTRY)
TURNS = Counter("surereply_turns", "Turns by what became of their commit.", ["outcome"], registry=REGISTRY)
REPLIES = Counter("surereply_replies", "Replies by the status they came to.", ["status"], registry=REGISTRY)
COLLISIONS = Counter("surereply_dedupe_collisions", "Turns with a reply whose key existed.", registry=REGISTRY)
SECOND_COPIES = Counter(
    "surereply_second_copies",
    "Second acceptances of one reply; 0 but for consented resends.",
    registry=REGISTRY,
)
ANNOUNCEMENTS = Counter("surereply_announcements", "Tries to tell an endpoint.", ["outcome"], registry=REGISTRY)
ACK_SECONDS = Histogram(
    "surereply_ack_seconds", "From a webhook's arrival to its answer.", buckets=_SECONDS, registry=REGISTRY
)
READ_SECONDS = Histogram("surereply_read_seconds", "Reading one message.", buckets=_SECONDS, registry=REGISTRY)
REPLY_SECONDS = Histogram(
    "surereply_reply_seconds", "From when a reply was owed to its acceptance.", buckets=_SECONDS,
    registry=REGISTRY,
)  # fmt: skip
MEDIA_FILES = Counter("surereply_media_files", "Customers' files: kept, or why not.", ["outcome"], registry=REGISTRY)
TRANSCRIPTS = Counter("surereply_transcripts", "Voice notes: transcribed, or why not.", ["outcome"], registry=REGISTRY)
TRANSCRIBE_SECONDS = Histogram(
    "surereply_transcribe_seconds", "Fetching and transcribing one voice note.", buckets=_SECONDS, registry=REGISTRY
)
OLDEST_SECONDS = Gauge(
    "surereply_oldest_seconds", "Age of the oldest unread message, pending or unknown reply.", ["what"],
    registry=REGISTRY,
)  # fmt: skip

MODEL_CALLS = Counter(
    "surereply_model_calls", "Calls of language models by what became of them.", ["purpose", "model", "outcome"],
    registry=REGISTRY,
)  # fmt: skip
MODEL_SECONDS = Histogram(
    "surereply_model_seconds", "What a language model took to answer.", ["purpose", "model"], buckets=_SECONDS,
    registry=REGISTRY,
)  # fmt: skip
MODEL_TOKENS = Counter(
    "surereply_model_tokens", "Tokens that language models took.", ["model", "direction"], registry=REGISTRY
)
MODEL_COST = Counter(
    "surereply_model_cost", "What language models cost, by the owner's prices.", ["model"], registry=REGISTRY
)
MODEL_PROPOSALS = Counter(
    "surereply_model_proposals", "Facts, signals and entries that models proposed, by their fate.", ["kind", "fate"],
    registry=REGISTRY,
)  # fmt: skip
MODEL_WORDINGS = Counter(
    "surereply_model_wordings", "Rewordings: sent, or refused with each reason.", ["fate"], registry=REGISTRY
)


def where_it_failed(error: BaseException) -> str:
    """The frames of an error, innermost last, and its class. Not its text: a database's error may quote a row, and a
    row may be what a customer wrote."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = (f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return " > ".join((*places, type(error).__name__))


def set_up_logging(*, as_json: bool) -> None:
    """Logs go to standard error, a line each: JSON for machines, columns for a terminal."""
    # A line costs tens of microseconds, and every message has several: bytes all the way, encoded by msgspec.
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=_encode)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=(
            structlog.BytesLoggerFactory(sys.stderr.buffer) if as_json else structlog.PrintLoggerFactory(sys.stderr)
        ),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")


def _encode(line: dict[str, Any], **_: Any) -> bytes:
    return msgspec.json.encode(line, enc_hook=str)
