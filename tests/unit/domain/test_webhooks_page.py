"""What docs/webhooks.md shows holds: its example verifies what we sign, and its table has every topic."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from surereply.domain.announcements import DEFAULT_TOPICS, TEST_TOPIC, Topic
from surereply.domain.signing import new_key, rotated, signed_headers

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
OLD, FRESH = new_key(b"o" * 32), new_key(b"f" * 32)
BODY = b'{"type": "test"}'


@pytest.fixture
def is_ours() -> Callable[[str, dict[str, str], bytes], bool]:
    example = re.search(r"^```python\n(.+?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert example is not None
    names: dict[str, Any] = {}
    exec(example[1], names)
    found: Callable[[str, dict[str, str], bytes], bool] = names["is_ours"]
    return found


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def test_the_example_takes_what_either_valid_secret_signed(
    is_ours: Callable[[str, dict[str, str], bytes], bool],
) -> None:
    headers = signed_headers(rotated([OLD], FRESH, _now()), "one", _now(), BODY)

    assert is_ours(OLD.secret, headers, BODY)
    assert is_ours(FRESH.secret, headers, BODY)


def test_the_example_refuses_other_bytes_other_secrets_and_what_is_old(
    is_ours: Callable[[str, dict[str, str], bytes], bool],
) -> None:
    headers = signed_headers([FRESH], "one", _now(), BODY)
    old = signed_headers([FRESH], "one", _now() - timedelta(hours=1), BODY)

    assert not is_ours(FRESH.secret, headers, BODY + b" ")
    assert not is_ours(FRESH.secret, {**headers, "webhook-id": "two"}, BODY)
    assert not is_ours(OLD.secret, headers, BODY)
    assert not is_ours(FRESH.secret, old, BODY)


def test_the_table_has_every_topic_and_marks_those_chosen_unless_others_are() -> None:
    listed = dict(re.findall(r"^\| `([a-z_.]+)`( \*)? \|", PAGE, flags=re.MULTILINE))

    assert set(listed) == {*Topic, TEST_TOPIC}
    assert {topic for topic, mark in listed.items() if mark} == set(DEFAULT_TOPICS)
