"""The newest rows for the health page, by their keys, each decoded on its own: one that is odd spoils no other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from surereply.store.database import Tx
from surereply.store.rows import CollisionRow

OUTBOUND_LOGS = 20
CONVERSATIONS = 10
COLLISIONS = 10


@dataclass(frozen=True, slots=True)
class OutboundLog:
    id: UUID
    conversation_id: UUID
    outbound_dedupe_key: str
    status: str
    reply_type: str
    question_key: str | None
    day_bucket: date | None
    provider_message_id: str | None
    error: str | None
    created_at: datetime
    sent_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ConversationState:
    id: UUID
    questions_asked_count: int
    last_question_key: str | None
    state_version: int
    stage: str | None
    known_fields: dict[str, Any]  # name to value


@dataclass(frozen=True, slots=True)
class OddRow:
    """A row that cannot be read; the others are shown all the same."""

    id: str
    odd: str  # which column is wrong, and how; never its value


async def outbound_logs(tx: Tx, buckets: Sequence[int]) -> list[OutboundLog | OddRow]:
    return [_LOG.read(row) for row in await _newest(tx, "reply", buckets, OUTBOUND_LOGS)]


async def dedupe_collisions(tx: Tx, buckets: Sequence[int]) -> list[CollisionRow | OddRow]:
    return [_COLLISION.read(row) for row in await _newest(tx, "collision", buckets, COLLISIONS)]


async def conversation_states(tx: Tx, buckets: Sequence[int]) -> list[ConversationState | OddRow]:
    return [_conversation(row) for row in await _newest_conversations(tx, buckets)]


async def _newest(tx: Tx, table: str, buckets: Sequence[int], most: int) -> list[Mapping[str, Any]]:
    """The newest rows by their keys, as JSON text: a column that no driver could read spoils its own row alone."""
    rows: list[Mapping[str, Any]] = await tx.fetch(
        f"""
        SELECT n.id, n.row
          FROM unnest($1::smallint[]) AS b (bucket)
         CROSS JOIN LATERAL (SELECT r.id, to_jsonb(r)::text AS row
                               FROM {table} r
                              WHERE r.bucket = b.bucket
                              ORDER BY r.id DESC
                              LIMIT $2) n
         ORDER BY n.id DESC
         LIMIT $2
        """,  # noqa: S608 - the names of our own tables
        buckets,
        most,
    )
    return rows


async def _newest_conversations(tx: Tx, buckets: Sequence[int]) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = await tx.fetch(
        """
        SELECT n.id, (to_jsonb(n) || jsonb_build_object('stage', l.stage))::text AS row
          FROM unnest($1::smallint[]) AS b (bucket)
         CROSS JOIN LATERAL (SELECT c.bucket, c.id, c.lead_id, c.questions_asked_count, c.last_question_key,
                                    c.state_version, c.known_fields
                               FROM conversation c
                              WHERE c.bucket = b.bucket
                              ORDER BY c.id DESC
                              LIMIT $2) n
          LEFT JOIN lead l ON l.bucket = n.bucket AND l.id = n.lead_id
         ORDER BY n.id DESC
         LIMIT $2
        """,
        buckets,
        CONVERSATIONS,
    )
    return rows


Row = TypeVar("Row")


class RowReader(Generic[Row]):
    """Reads rows given as JSON text; one that is odd comes out as an `OddRow`."""

    def __init__(self, shape: type[Row]) -> None:
        self._decoder = msgspec.json.Decoder(shape)

    def read(self, row: Mapping[str, Any]) -> Row | OddRow:
        try:
            return self._decoder.decode(row["row"])
        except (msgspec.DecodeError, ValueError) as error:
            return OddRow(str(row["id"]), str(error))


@dataclass(frozen=True, slots=True)
class _Known:
    value: Any


@dataclass(frozen=True, slots=True)
class _Conversation:
    id: UUID
    questions_asked_count: int
    last_question_key: str | None
    state_version: int
    stage: str | None
    known_fields: dict[str, _Known]


_LOG = RowReader(OutboundLog)
_COLLISION = RowReader(CollisionRow)
_CONVERSATION = RowReader(_Conversation)


def _conversation(row: Mapping[str, Any]) -> ConversationState | OddRow:
    read = _CONVERSATION.read(row)
    if isinstance(read, OddRow):
        return read
    return ConversationState(
        read.id,
        read.questions_asked_count,
        read.last_question_key,
        read.state_version,
        read.stage,
        {name: known.value for name, known in read.known_fields.items()},
    )
