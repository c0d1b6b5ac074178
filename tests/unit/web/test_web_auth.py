"""The gate before the admin API, on its own."""

from typing import Any

from surereply.web.auth import (
    ADDRESSES_REMEMBERED,
    ATTEMPTS_WINDOW_SECONDS,
    FAILED_ATTEMPTS,
    FailedAttempts,
    bears,
    read_body,
)

TOKEN = b"a-token-for-tests"


def scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http", "headers": list(headers)}


def test_the_scheme_may_be_written_in_any_case_and_the_token_may_not() -> None:
    assert bears(scope((b"authorization", b"bearer " + TOKEN)), TOKEN)
    assert bears(scope((b"Authorization", b"BEARER   " + TOKEN)), TOKEN)
    assert not bears(scope((b"authorization", b"Bearer " + TOKEN.upper())), TOKEN)
    assert not bears(scope((b"x-authorization", b"Bearer " + TOKEN)), TOKEN)


def test_wrong_tokens_are_counted_by_address_for_a_minute() -> None:
    now = [0.0]
    failed = FailedAttempts(lambda: now[0])

    first = [failed.too_many("a") for _ in range(FAILED_ATTEMPTS + 1)]
    another = failed.too_many("b")
    now[0] += ATTEMPTS_WINDOW_SECONDS
    later = failed.too_many("a")

    assert first == [False] * FAILED_ATTEMPTS + [True]
    assert not another
    assert not later


def test_many_addresses_do_not_fill_the_memory() -> None:
    failed = FailedAttempts(lambda: 0.0)

    for number in range(3 * ADDRESSES_REMEMBERED):
        failed.too_many(str(number))

    assert len(failed._counts) <= ADDRESSES_REMEMBERED


def test_whoever_was_wrong_often_is_not_forgotten_for_many_who_were_wrong_once() -> None:
    failed = FailedAttempts(lambda: 0.0)
    for _ in range(FAILED_ATTEMPTS):
        failed.too_many("a")

    for number in range(3 * ADDRESSES_REMEMBERED):
        failed.too_many(str(number))

    assert failed.too_many("a")


async def test_a_body_is_read_whole_within_its_limit() -> None:
    async def read(*parts: bytes, limit: int = 10) -> bytes | None:
        waiting = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
        waiting.append({"type": "http.request", "body": b"", "more_body": False})

        async def receive() -> Any:
            return waiting.pop(0)

        return await read_body(scope(), receive, limit)

    assert await read(b"12345", b"67890") == b"1234567890"
    assert await read(b"12345", b"67890", b"!") is None
    assert await read() == b""


async def test_a_sender_that_goes_away_leaves_no_half_body() -> None:
    waiting = [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return waiting.pop(0)

    assert await read_body(scope(), receive, 10) is None
