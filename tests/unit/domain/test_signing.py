"""Signatures by the Standard Webhooks specification: its own test vector, and two secrets while one is rotated."""

import base64
from datetime import UTC, datetime, timedelta

from surereply.domain.signing import OLD_KEY_FOR, SigningKey, masked, new_key, rotated, signed_headers

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
# The vector of the specification's reference libraries (github.com/standard-webhooks/standard-webhooks).
VECTOR_KEY = SigningKey("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
VECTOR_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_AT = datetime.fromtimestamp(1614265330, UTC)
VECTOR_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_specification_s_own_vector_comes_out() -> None:
    headers = signed_headers([VECTOR_KEY], VECTOR_ID, VECTOR_AT, VECTOR_BODY)

    assert headers == {
        "webhook-id": VECTOR_ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": VECTOR_SIGNATURE,
    }


def test_for_a_day_after_a_rotation_both_secrets_sign() -> None:
    old, fresh = new_key(b"o" * 32), new_key(b"f" * 32)
    keys = rotated([old], fresh, NOW)

    before = signed_headers(keys, "one", NOW + OLD_KEY_FOR - timedelta(seconds=1), b"{}")["webhook-signature"]
    after = signed_headers(keys, "one", NOW + OLD_KEY_FOR, b"{}")["webhook-signature"]

    assert len(before.split(" ")) == 2
    assert len(after.split(" ")) == 1


def test_two_secrets_are_valid_and_never_three() -> None:
    first, second, third = (new_key(letter * 32) for letter in (b"1", b"2", b"3"))

    keys = rotated(rotated([first], second, NOW), third, NOW)

    assert [key.secret for key in keys] == [third.secret, second.secret]


def test_a_secret_has_as_many_bytes_as_the_specification_wants_and_is_never_printed() -> None:
    key = new_key(bytes(range(32)))

    assert 24 <= len(base64.b64decode(key.secret.removeprefix("whsec_"))) <= 64
    assert key.secret not in repr(key)
    assert len(masked(key)) == len("whsec_…") + 4
