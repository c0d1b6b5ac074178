"""The webhook over HTTP: 200 only for what is on disk, and nothing for whoever did not sign."""

from typing import Any

from support.app import open_web
from support.faults import fault
from surereply.receiver import NotKept
from surereply.web.webhook import BODY_LIMIT
from surereply.whatsapp.signature import sign

PATH = "/webhooks/whatsapp"
EMPTY = b'{"object":"whatsapp_business_account","entry":[]}'


def signed(body: bytes, secret: str) -> list[tuple[bytes, bytes]]:
    return [(b"x-hub-signature-256", sign(body, secret).encode())]


async def test_a_signed_delivery_is_kept_and_answered_200(database_url: str) -> None:
    async with open_web(database_url) as web:
        answer = await web.raw("POST", PATH, EMPTY, signed(EMPTY, web.shop.world.secrets.app_secret))

        assert answer.status == 200
        assert await web.shop.value("SELECT count(*) FROM delivery") == 1


@fault(7)
async def test_whoever_did_not_sign_is_refused_and_nothing_is_stored(database_url: str) -> None:
    """IN-7."""
    async with open_web(database_url) as web:
        good = signed(EMPTY, web.shop.world.secrets.app_secret)
        cases = [
            [],
            [(b"x-hub-signature-256", b"")],
            [(b"x-hub-signature-256", b"sha256=")],
            [(b"x-hub-signature-256", b"sha1=" + b"0" * 40)],
            [(b"x-hub-signature-256", b"sha256=\xff\xfe")],
            [(b"x-hub-signature-256", b"sha256=" + "م".encode() * 32)],
            signed(EMPTY, "another-secret"),
            signed(b"other bytes", web.shop.world.secrets.app_secret),
        ]
        for headers in cases:
            assert (await web.raw("POST", PATH, EMPTY, headers)).status == 401

        assert (await web.raw("POST", PATH, EMPTY + b" ", good)).status == 401
        assert await web.shop.value("SELECT count(*) FROM delivery") == 0


async def test_what_could_not_be_kept_is_503_so_that_it_comes_again(database_url: str, monkeypatch: Any) -> None:
    """IN-5."""

    async def refuses(*_: Any, **__: Any) -> Any:
        raise NotKept

    async with open_web(database_url) as web:
        monkeypatch.setattr(web.parts.receiver, "receive", refuses)

        answer = await web.raw("POST", PATH, EMPTY, signed(EMPTY, web.shop.world.secrets.app_secret))

        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0


async def test_whatsapp_s_largest_delivery_is_taken_and_a_larger_one_is_not(database_url: str) -> None:
    async with open_web(database_url) as web:
        secret = web.shop.world.secrets.app_secret
        largest = EMPTY + b" " * ((3 << 20) - len(EMPTY))

        taken = await web.raw("POST", PATH, largest, signed(largest, secret))
        refused = await web.raw("POST", PATH, b" " * (BODY_LIMIT + 1))

        assert (taken.status, refused.status) == (200, 413)


async def test_the_handshake_gives_the_challenge_back_to_who_knows_the_token(database_url: str) -> None:
    async with open_web(database_url) as web:
        token = web.shop.world.secrets.verify_token
        asked = f"{PATH}?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="

        right = await web.raw("GET", asked + token)
        wrong = await web.raw("GET", asked + "wrong%00%ff")
        nothing = await web.raw("GET", PATH)
        put = await web.raw("PUT", PATH)

        assert (right.status, right.body) == (200, b"1158201444")
        assert right.headers["content-type"].startswith("text/plain")
        assert (wrong.status, nothing.status, put.status) == (403, 403, 405)
