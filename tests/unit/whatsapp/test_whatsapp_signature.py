"""Who may speak to us."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.faults import fault
from surereply.whatsapp.signature import answer_handshake, sign, verify

BODY = b'{"object":"whatsapp_business_account","entry":[]}'
SECRET = "app-secret"


def test_a_delivery_signed_with_any_configured_secret_is_ours() -> None:
    assert verify(BODY, sign(BODY, SECRET), ["other", SECRET])
    assert verify(BODY, sign(BODY, SECRET), [SECRET, "other"])


def test_the_signature_is_metas() -> None:
    # RFC 4231, test case 2.
    expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert sign(b"what do ya want for nothing?", "Jefe") == expected


RIGHT = sign(BODY, SECRET)


@fault(7)
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        RIGHT[:-1],
        RIGHT + "0",
        RIGHT.removeprefix("sha256="),
        RIGHT.replace("sha256=", "sha1="),
        RIGHT.replace("sha256=", "sha512="),
        "sha256=" + "é" * 64,
        "sha256=" + "٣" * 64,
        "sha256=" + "0" * 64,
        sign(BODY + b" ", SECRET),
        sign(BODY, "another secret"),
    ],
)
def test_any_other_header_is_refused(header: str | None) -> None:
    """IN-7."""
    assert not verify(BODY, header, [SECRET])


def test_nobody_signs_with_an_empty_secret() -> None:
    """IN-7: a line without its secret must not accept what anybody can sign."""
    assert not verify(BODY, sign(BODY, ""), [""])
    assert not verify(BODY, RIGHT, [])


@given(st.binary(max_size=200), st.text(max_size=100))
def test_verifying_never_raises(raw: bytes, header: str) -> None:
    """IN-7."""
    assert not verify(raw, header, [SECRET])


QUERY = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "tökén"}


def test_the_handshake_gives_the_challenge_back() -> None:
    assert answer_handshake(QUERY, "tökén") == "1158201444"


@pytest.mark.parametrize(
    "wrong",
    [
        {"hub.verify_token": "token"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "\ud83d"},
        {"hub.mode": "unsubscribe"},
        {"hub.challenge": ""},
    ],
)
def test_any_other_handshake_is_refused(wrong: dict[str, str]) -> None:
    assert answer_handshake(QUERY | wrong, "tökén") is None


def test_a_line_without_verify_token_answers_no_handshake() -> None:
    assert answer_handshake(QUERY | {"hub.verify_token": ""}, "") is None
    assert answer_handshake({}, "") is None
