"""Deliveries as Meta makes them: signed over the raw bytes, again until 200, batched anew, in any order."""

import hashlib
import hmac
import json
import random
from collections.abc import Mapping
from datetime import timedelta

import pytest

from surereply.lab import payloads
from surereply.lab.clock import StandingClock
from surereply.lab.envelope import encoded
from surereply.lab.lines import AppSecrets, make_lines
from surereply.lab.meta import Habits, Redelivery
from surereply.lab.wire import into_asgi
from surereply.lab.world import World

SECRET = "an app secret"


class Business:
    """A webhook with a script of answers; keeps what it was sent."""

    def __init__(self, *answers: int | None) -> None:
        self.script = list(answers)
        self.deliveries: list[tuple[bytes, Mapping[str, str]]] = []

    async def deliver(self, body: bytes, headers: Mapping[str, str]) -> int:
        self.deliveries.append((body, headers))
        answer = self.script.pop(0) if self.script else 200
        if answer is None:
            raise ConnectionResetError
        return answer

    @property
    def updates(self) -> list[list[str]]:
        """Ids of messages and reports, a list for each delivery."""
        return [
            [
                item["id"]
                for entry in json.loads(body)["entry"]
                for change in entry["changes"]
                for part in ("messages", "statuses", "message_echoes")
                for item in change["value"].get(part, [])
            ]
            for body, _ in self.deliveries
        ]


def a_world(business: Business, *, clock: StandingClock | None = None, **more: object) -> World:
    return World(
        deliver=business.deliver,
        secrets=AppSecrets(app_secret=SECRET),
        clock=clock or StandingClock(),
        by_hand=True,
        **more,
    )


async def test_a_delivery_is_signed_over_its_raw_bytes() -> None:
    """IN-7."""
    business = Business()
    world = a_world(business)
    world.phone("971500000001", name="سارة").says("مرحبا 👋 name@example.com a/b")

    await world.deliver()

    [(body, headers)] = business.deliveries
    expected = hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()
    assert headers["X-Hub-Signature-256"] == f"sha256={expected}"


async def test_unicode_and_slashes_are_escaped_as_meta_escapes_them() -> None:
    business = Business()
    world = a_world(business)
    world.phone("971500000001").says("äö a/b @ 👋")

    await world.deliver()

    [(body, _)] = business.deliveries
    assert rb"\u00e4\u00f6 a\/b \u0040 \ud83d\udc4b" in body
    assert body.isascii()


async def test_what_gets_no_200_comes_again_until_it_does() -> None:
    """IN-5, IN-6: at once first, then less and less often."""
    business = Business(503, None, 404)
    clock = StandingClock()
    world = a_world(business, clock=clock)
    said = world.phone("971500000001").says("Hello")

    await world.deliver()
    at_once = len(business.deliveries)
    clock.advance(seconds=1)
    await world.deliver()
    after_a_second = len(business.deliveries)
    clock.advance(seconds=1)
    await world.deliver()
    too_early = len(business.deliveries)
    clock.advance(seconds=1)
    await world.deliver()

    assert (at_once, after_a_second, too_early) == (2, 3, 3)
    assert said.update.answers == [503, None, 404, 200]
    assert world.meta.unacknowledged() == []
    clock.advance(days=1)
    assert await world.meta.deliver_once() == 0


async def test_meta_gives_up_after_seven_days_and_the_book_says_so() -> None:
    business = Business(*[503] * 1000)
    clock = StandingClock()
    world = a_world(business, clock=clock)
    said = world.phone("971500000001").says("Hello")

    for _ in range(24 * 9):
        await world.deliver()
        clock.advance(hours=1)

    assert world.meta.unacknowledged() == [said.update]
    assert said.update.attempts == len(business.deliveries)
    assert 7 * 24 <= said.update.attempts < 8 * 24 + 20


async def test_a_retry_may_be_batched_differently() -> None:
    """IN-2: `[w9]`, then `[w9, w10]`."""
    business = Business(503)
    clock = StandingClock()
    redelivery = Redelivery(first_s=1)
    world = a_world(business, clock=clock, habits=Habits(batch=(1, 5), redelivery=redelivery), seed=3)
    phone = world.phone("971500000001")
    first = phone.says("one")
    await world.deliver()
    second = phone.says("two")
    clock.advance(seconds=1)
    await world.deliver()

    assert business.updates[0] == [first.wamid]
    then = [wamid for delivery in business.updates[1:] for wamid in delivery]
    assert sorted(then) == sorted([first.wamid, second.wamid])


async def test_one_delivery_may_hold_several_lines_messages_and_reports() -> None:
    """IN-4."""
    business = Business()
    lines = make_lines(2)
    world = a_world(business, lines=lines, habits=Habits(batch=(50, 50)))
    said = [world.phone(f"97150000000{n}", line=lines[n % 2]).says("Hello") for n in range(6)]
    world.owner_writes(world.phone("971500000001", line=lines[1]), "I answered that")

    await world.deliver()

    [delivered] = business.updates
    assert len(delivered) == 7
    assert {one.wamid for one in said} < set(delivered)
    document = json.loads(business.deliveries[0][0])
    numbers = {
        change["value"]["metadata"]["phone_number_id"] for entry in document["entry"] for change in entry["changes"]
    }
    assert numbers == {line.phone_number_id for line in lines}


async def test_acknowledged_updates_may_be_repeated_and_the_book_counts_every_copy() -> None:
    """IN-1."""
    business = Business()
    clock = StandingClock()
    world = a_world(business, clock=clock, habits=Habits(copies_at_once=4, repeated=1.0))
    said = world.phone("971500000001").says("Hello")

    await world.deliver()
    clock.advance(seconds=1)
    await world.deliver()

    assert business.updates == [[said.wamid]] * 8
    assert said.update.acknowledgements == 2
    assert said.update.acknowledged_at == clock() - timedelta(seconds=1)


async def test_a_hung_up_delivery_counts_as_not_acknowledged() -> None:
    """The client is gone before the 200."""
    business = Business()
    world = a_world(business, habits=Habits(hang_up=1.0, redelivery=Redelivery(first_s=60)))
    said = world.phone("971500000001").says("Hello")

    await world.deliver()

    assert len(business.deliveries) == 1
    assert said.update.acknowledged_at is None


async def test_the_same_seed_makes_the_same_deliveries() -> None:
    async def bodies(seed: int) -> list[bytes]:
        business = Business(503, 200, 503)
        clock = StandingClock()
        habits = Habits(batch=(1, 3), shuffled=True, repeated=0.5)
        world = a_world(business, clock=clock, seed=seed, habits=habits)
        for number in range(10):
            world.phone(f"97150000000{number}").says(f"Hello {number}")
        for _ in range(5):
            await world.deliver()
            clock.advance(seconds=1)
        return [body for body, _ in business.deliveries]

    assert await bodies(5) == await bodies(5)
    assert await bodies(5) != await bodies(6)


async def test_raw_bytes_go_out_as_they_are() -> None:
    """IN-7, IN-8."""
    business = Business(401, 401, 200)
    world = a_world(business)

    answers = [
        await world.meta.post_raw(b"{}", signature=None),
        await world.meta.post_raw(b"{}", signature="sha1=00"),
        await world.meta.post_raw(b"not JSON"),
    ]

    assert answers == [401, 401, 200]
    assert [headers.get("X-Hub-Signature-256") for _, headers in business.deliveries[:2]] == [None, "sha1=00"]
    assert business.deliveries[2][0] == b"not JSON"


def test_redelivery_waits_longer_each_time_up_to_an_hour() -> None:
    waits = [Redelivery().wait_s(attempts) for attempts in range(1, 20)]

    assert waits[:5] == [0, 1, 2, 4, 8]
    assert waits == sorted(waits)
    assert waits[-1] == 3600


def test_every_type_of_content_can_be_written_as_json() -> None:
    contents = [
        payloads.text("\u0000 and \ud800"),
        payloads.button_reply("b1", "Yes"),
        payloads.list_reply("r1", "Dubai", "the city"),
        payloads.template_button("p", "Stop"),
        payloads.form({"name": "Sara"}),
        payloads.image("1", "caption"),
        payloads.voice("1"),
        payloads.audio("1"),
        payloads.video("1"),
        payloads.document("1", "passport.pdf"),
        payloads.sticker("1"),
        payloads.location(25.2, 55.3, "Office"),
        payloads.contacts([("Omar Said", "+971500000009")]),
        payloads.reaction("wamid.1", None),
        payloads.order([("sku", 1, 9.5, "AED")]),
        payloads.welcome(),
        payloads.changed_number("971500000001", "971500000002"),
        payloads.changed_user_id("US.1", "US.2"),
        payloads.unsupported(),
        payloads.unheard_of(),
        payloads.from_advertisement(payloads.text("hi")),
    ]
    chance = random.Random(1)

    assert [json.loads(encoded(content, chance)) for content in contents] == contents


@pytest.mark.parametrize("webhook", [{}, {"webhook_url": "http://x", "deliver": Business().deliver}])
def test_a_world_has_exactly_one_way_to_the_business(webhook: dict) -> None:
    with pytest.raises(ValueError, match="either webhook_url or deliver"):
        World(**webhook)


async def test_an_app_that_raises_has_answered_500() -> None:
    async def broken(scope: object, receive: object, send: object) -> None:
        raise RuntimeError("broken")

    world = World(deliver=into_asgi(broken), clock=StandingClock(), by_hand=True)
    said = world.phone("971500000001").says("Hello")

    await world.deliver()

    assert said.update.answers == [500, 500]


async def test_an_asgi_app_gets_the_bytes_and_headers_as_over_http() -> None:
    got: list[tuple[dict, bytes]] = []

    async def app(scope: dict, receive, send) -> None:
        request = await receive()
        got.append((scope, request["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    world = World(deliver=into_asgi(app), clock=StandingClock(), by_hand=True)
    said = world.phone("971500000001").says("Hello")
    await world.deliver()

    [(scope, body)] = got
    headers = dict(scope["headers"])
    assert (scope["method"], scope["path"]) == ("POST", "/webhooks/whatsapp")
    assert headers[b"content-length"] == str(len(body)).encode()
    assert headers[b"x-hub-signature-256"].startswith(b"sha256=")
    assert said.update.acknowledged_at is not None
