"""What endpoints outside are told: topics, when a try is made again, and when an endpoint is given up. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from surereply.domain.signing import SigningKey

# After each try that failed; the schedule that Standard Webhooks recommends: ten tries within three days and a quarter.
PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
LONGEST_PAUSE_ASKED_FOR = timedelta(hours=24)
SILENT_FOR = timedelta(days=2)  # an endpoint to which nothing came through for so long is not told any more
GONE = 410  # whoever answers so wants to hear no more


class Topic(StrEnum):
    """What an endpoint may be told of; the names stand in what is sent."""

    MESSAGE_RECEIVED = "message.received"
    LEAD_QUALIFIED = "lead.qualified"
    LEAD_STAGE_CHANGED = "lead.stage_changed"
    HANDED_OVER = "conversation.handed_over"
    GIVEN_BACK = "conversation.given_back"
    REPLY_FAILED = "reply.failed"
    REPLY_UNKNOWN = "reply.unknown"
    CONTACT_ERASED = "contact.erased"


TOLD_BY_TURNS = (Topic.LEAD_STAGE_CHANGED, Topic.LEAD_QUALIFIED, Topic.HANDED_OVER, Topic.GIVEN_BACK)
TEST_TOPIC = "test"  # what "send a test" sends; nobody chooses it
DEFAULT_TOPICS = (Topic.LEAD_QUALIFIED, Topic.HANDED_OVER, Topic.REPLY_FAILED, Topic.REPLY_UNKNOWN)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address outside that is told; `keys`: what it is signed with, None where they do not open."""

    id: UUID
    url: str
    topics: frozenset[str]
    is_told_now: bool  # neither paused nor disabled
    is_written_for: bool  # not disabled: what happens is written down for it
    keys: tuple[SigningKey, ...] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a try. `status`: HTTP's, None where no answer came; `error`: why it did not arrive, in words."""

    status: int | None
    text: str = ""
    error: str | None = None
    retry_after: timedelta | None = None

    @property
    def arrived(self) -> bool:
        return self.error is None and self.status is not None and 200 <= self.status < 300

    @property
    def wants_no_more(self) -> bool:
        return self.status == GONE


def next_try(tries: int, answer: Answer, now: datetime, randomness: float) -> datetime | None:
    """When to try again after so many tries that failed; None: never. `randomness` is in [0, 1)."""
    if tries > len(PAUSES) or answer.wants_no_more:
        return None
    pause = PAUSES[tries - 1] * (0.8 + 0.4 * randomness)  # lest those that failed together come back together
    return now + max(pause, min(answer.retry_after or timedelta(), LONGEST_PAUSE_ASKED_FOR))


def is_given_up(failing_since: datetime | None, answer: Answer, now: datetime) -> bool:
    """Whether an endpoint whose announcement had its last try is told nothing any more."""
    return answer.wants_no_more or (failing_since is not None and failing_since <= now - SILENT_FOR)
