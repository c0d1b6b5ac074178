"""Names that stay: time-ordered ids, the line's bucket, and the dedupe key of a reply."""

import hashlib
import json
import os
import unicodedata
from datetime import date, datetime
from uuid import UUID

BUCKETS = 256
UNKNOWN_LINE_BUCKET = 0
NO_QUESTION = "-"
FIRST_ID, LAST_ID = UUID(int=0), UUID(int=(1 << 128) - 1)


def new_id(now: datetime, random_bytes: bytes | None = None) -> UUID:
    """A UUIDv7 (RFC 9562): ids sort by age, so a range of ids is a range of time."""
    random = int.from_bytes(random_bytes if random_bytes is not None else os.urandom(10), "big")
    milliseconds = int(now.timestamp() * 1000)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | ((random >> 64) & 0xFFF) << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)


def id_at(instant: datetime) -> UUID:
    """The smallest id of an instant: the edge of a time partition."""
    return UUID(int=(int(instant.timestamp() * 1000) & (1 << 48) - 1) << 80)


def bucket_of(phone_number_id: str) -> int:
    """The bucket (1 to 256) of a line; its contacts and everything of theirs live there together."""
    digest = hashlib.blake2b(phone_number_id.encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % BUCKETS + 1


def normalise_question_key(question_key: str | None) -> str:
    """NFKC, casefold, trim; `-` where there is none."""
    normal = unicodedata.normalize("NFKC", question_key or "").casefold().strip()
    return normal or NO_QUESTION


def outbound_dedupe_key(
    conversation_id: UUID,
    reply_type: str,
    question_key: str | None,
    cause: str,
    *,
    part: int = 0,
    revision: int = 0,
) -> str:
    """The 64 hex digits that make a second copy of a reply harmless.

    `cause` is the wamid of the first message the turn read, or what stands in for it (see `follow_up_cause`).
    Neither the text nor a clock goes in: a second computation of the same reply finds the same key.
    """
    named = [str(conversation_id), reply_type, normalise_question_key(question_key), cause, part, revision]
    return hashlib.sha256(json.dumps(named, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def follow_up_cause(reply_id: UUID, step: int, day_bucket: date) -> str:
    """The cause of what no message caused: the reply it follows, the rule's step, the day it was due."""
    return f"follow_up:{reply_id}:{step}:{day_bucket.isoformat()}"
