"""How the fake model behaves, whatever it thinks: slow, failing, rubbish, refusing, cut off in mid-answer."""

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    NONE = "none"
    HTTP_STATUS = "http_status"  # an error of the provider: 500, 503, 429
    RESET = "reset"  # a TCP reset in place of the answer
    SILENCE = "silence"  # nothing, until who asked gives up
    HALF_SENT = "half_sent"  # the connection ends in the middle of the body
    CUT = "cut"  # 200, and the answer ends in the middle: finish_reason length
    NOT_JSON = "not_json"  # the answer is chat, not the object that was asked for
    OTHER_SCHEMA = "other_schema"  # a JSON object of another shape
    FENCED = "fenced"  # the right object, inside a Markdown fence, with meta talk around it
    EMPTY = "empty"  # 200 with no text at all
    NO_CHOICE = "no_choice"  # 200 without any answer
    PAGE = "page"  # 200, and the body is a page of some proxy
    REFUSES = "refuses"  # the model declines: `refusal` in place of content
    FILTERED = "filtered"  # the provider's filter stopped it


@dataclass(frozen=True, slots=True)
class Manner:
    """What happens to one call: it takes so long, and then this goes wrong."""

    trouble: Trouble = Trouble.NONE
    latency_s: float = 0.0
    http_status: int = 500  # of HTTP_STATUS
    retry_after_s: int | None = None  # of HTTP_STATUS, as a header


GOOD = Manner()


def slow(seconds: float) -> Manner:
    return Manner(latency_s=seconds)


def failing(http_status: int = 500, *, retry_after_s: int | None = None) -> Manner:
    return Manner(Trouble.HTTP_STATUS, http_status=http_status, retry_after_s=retry_after_s)


def rubbish(trouble: Trouble = Trouble.NOT_JSON) -> Manner:
    return Manner(trouble)
