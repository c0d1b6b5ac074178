"""The fake provider and the fake Meta over real sockets: answers cut off, connections refused, redelivery."""

import asyncio
import hashlib
import hmac
import json

import aiohttp
import pytest

from support.lab_http import CUSTOMER, LINE, SEND, Webhook, a_lab, send
from surereply.lab.clock import StandingClock
from surereply.lab.faults import Fault, Harm, Rule, code, latency, lost, server_error
from surereply.lab.graph import Manners
from surereply.lab.reporting import Reporting
from surereply.lab.world import World


async def test_an_accepted_send_is_answered_with_its_wamid() -> None:
    async with a_lab() as (world, client):
        status, body = await send(world, client)

        [entry] = world.graph.ledger.accepted
        assert status == 200
        assert body["messages"] == [{"id": entry.wamid}]
        assert body["contacts"] == [{"input": CUSTOMER, "wa_id": CUSTOMER}]


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("harm", [Harm.RESET, Harm.CLOSE])
async def test_the_answer_can_be_cut_off_with_and_without_acceptance(harm: Harm, accepted: bool) -> None:
    """OUT-3, OUT-4."""
    async with a_lab() as (world, client):
        world.graph.faults.add(Rule(lost(harm, accepted=accepted), times=1))

        with pytest.raises(aiohttp.ClientError):
            await send(world, client)

        assert [entry.accepted for entry in world.graph.ledger.entries] == [accepted]
        assert (await send(world, client))[0] == 200


async def test_a_reset_is_a_reset_and_a_close_is_a_close() -> None:
    async def end_of(harm: Harm) -> bytes | type[Exception]:
        async with a_lab() as (world, _):
            world.graph.faults.add(Rule(lost(harm, accepted=True)))
            reader, writer = await asyncio.open_connection("127.0.0.1", world.server.port)
            body = json.dumps(SEND).encode()
            head = f"POST /{LINE.phone_number_id}/messages HTTP/1.1\r\nHost: x\r\n"
            head += f"Content-Length: {len(body)}\r\nAuthorization: Bearer {LINE.access_token}\r\n\r\n"
            writer.write(head.encode() + body)
            try:
                return await reader.read()
            except ConnectionResetError as error:
                return type(error)
            finally:
                writer.close()

    assert await end_of(Harm.RESET) is ConnectionResetError
    assert await end_of(Harm.NEVER_RECEIVED) is ConnectionResetError
    assert await end_of(Harm.CLOSE) == b""


async def test_silence_lasts_until_the_sender_gives_up_and_the_ledger_knows() -> None:
    """OUT-3."""
    async with a_lab() as (world, _):
        world.graph.faults.add(Rule(lost(Harm.SILENCE, accepted=True)))
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as hasty:
            with pytest.raises(TimeoutError):
                await send(world, hasty)

        assert len(world.graph.ledger.accepted) == 1


async def test_a_provider_that_is_away_refuses_connections_and_comes_back() -> None:
    """Surely not sent: nothing was written."""
    async with a_lab() as (world, client):
        assert (await send(world, client))[0] == 200
        await world.server.refuse_connections()
        with pytest.raises(aiohttp.ClientConnectorError):
            async with aiohttp.ClientSession() as fresh:
                await send(world, fresh)
        away = len(world.graph.ledger)
        await world.server.listen()

        assert (await send(world, client))[0] == 200
        assert (away, len(world.graph.ledger)) == (1, 2)


async def test_a_refused_lab_resets_idle_connections() -> None:
    """A stale keep-alive connection."""
    async with a_lab() as (world, _):
        reader, writer = await asyncio.open_connection("127.0.0.1", world.server.port)
        writer.write(b"GET /lab HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await world.server.refuse_connections()

        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


@pytest.mark.parametrize("http_status", [500, 502, 503, 504])
@pytest.mark.parametrize("accepted", [True, False])
async def test_a_server_error_says_nothing_about_acceptance(http_status: int, accepted: bool) -> None:
    """OUT-17."""
    async with a_lab() as (world, client):
        world.graph.faults.add(Rule(server_error(http_status, accepted=accepted)))
        url = f"{world.api_url}/v23.0/{LINE.phone_number_id}/messages"
        headers = {"Authorization": f"Bearer {LINE.access_token}"}
        async with client.post(url, json=SEND, headers=headers) as answer:
            given = (answer.status, answer.content_type)

        assert given == (http_status, "text/html")
        assert len(world.graph.ledger.accepted) == accepted


async def test_a_200_may_be_broken_or_without_an_id() -> None:
    """OUT-17."""
    async with a_lab() as (world, client):
        world.graph.faults.script(CUSTOMER, [Fault(Harm.BROKEN_JSON), Fault(Harm.NO_ID)])
        with pytest.raises(json.JSONDecodeError):
            await send(world, client)

        status, body = await send(world, client)

        assert (status, body["messages"]) == (200, [])
        assert len(world.graph.ledger.accepted) == 2


async def test_errors_have_their_codes_where_one_builds_on_them() -> None:
    async with a_lab() as (world, client):
        world.graph.faults.script(CUSTOMER, [code(131056), code(131016)])
        pair, down = await send(world, client), await send(world, client)
        bad = await send(world, client, text={"body": ""})

        found = [(status, body["error"]["code"]) for status, body in (pair, down, bad)]
        assert found == [(400, 131056), (500, 131016), (400, 100)]
        assert all(body["error"]["error_data"]["details"] for _, body in (pair, down, bad))
        assert world.graph.ledger.accepted == ()


async def test_latency_may_come_before_or_after_acceptance() -> None:
    """Given up early: with latency before judging nothing was accepted, with latency after it was."""
    async with a_lab() as (world, _):
        world.graph.faults.script(CUSTOMER, [latency(30), latency(30, after=True)])
        for _ in range(2):
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2)) as hasty:
                with pytest.raises(TimeoutError):
                    await send(world, hasty)

        assert len(world.graph.ledger.accepted) == 1


async def test_the_reports_reach_the_webhook_before_the_answer_reaches_the_sender() -> None:
    """OUT-5."""
    webhook = Webhook()
    await webhook.start()
    manners = Manners(knows_windows=False, reporting=Reporting(before_answer=True))
    async with World(webhook_url=webhook.url, manners=manners) as world, aiohttp.ClientSession() as client:
        await send(world, client)

        assert b'"status":"delivered"' in webhook.deliveries[0][0].replace(b" ", b"")
    await webhook.stop()


async def test_webhooks_are_signed_and_redelivered_over_http_until_200() -> None:
    """IN-5: refused, then 503, then kept."""
    webhook = Webhook(503)
    clock = StandingClock()
    async with World(webhook_url=webhook.url, clock=clock, by_hand=True) as world:
        said = world.phone(CUSTOMER).says("مرحبا")
        await world.deliver()
        while_down = list(said.update.answers)
        await webhook.start()
        for _ in range(5):
            clock.advance(seconds=60)
            await world.deliver()

        assert while_down == [None, None]
        assert said.update.answers[2:] == [503, 200]
        for body, signature in webhook.deliveries:
            digest = hmac.new(world.secrets.app_secret.encode(), body, hashlib.sha256).hexdigest()
            assert signature == f"sha256={digest}"
        assert await world.wire.shake_hands(world.secrets.verify_token, "1158201444")
    await webhook.stop()


async def test_deliveries_run_by_themselves_and_go_to_servers_side_by_side() -> None:
    first, second = Webhook(), Webhook()
    await first.start()
    await second.start()
    async with World(webhook_url=[first.url, second.url], seed=2) as world:
        for number in range(20):
            world.phone(f"9715000000{number:02}").says("Hello")
        await world.deliver()

        assert world.meta.unacknowledged() == []
        assert len(first.deliveries) + len(second.deliveries) == 20
        assert first.deliveries
        assert second.deliveries
    await first.stop()
    await second.stop()


async def test_a_token_that_expired_is_refused_until_it_is_renewed() -> None:
    """OUT-8."""
    async with a_lab() as (world, client):
        token = f"{world.api_url}/lab/lines/{LINE.phone_number_id}/token"
        async with client.put(token, json={"access_token": None}) as answer:
            assert answer.status == 200
        status, body = await send(world, client)
        async with client.put(token, json={"access_token": LINE.access_token}):
            pass

        assert (status, body["error"]["code"]) == (401, 190)
        assert (await send(world, client))[0] == 200


async def test_a_server_can_ask_about_its_token_number_subscription_and_media() -> None:
    async with a_lab() as (world, client):
        photo = world.phone(CUSTOMER).sends_photo().update.content["image"]["id"]
        headers = {"Authorization": f"Bearer {LINE.access_token}"}

        async def get(path: str, **more: str) -> tuple[int, dict]:
            async with client.get(f"{world.api_url}/v23.0/{path}", headers=headers, params=more) as answer:
                return answer.status, await answer.json()

        number = await get(LINE.phone_number_id)
        good, bad = (
            await get("debug_token", input_token=LINE.access_token),
            await get("debug_token", input_token="x"),
        )
        apps, media, unknown = (
            await get(f"{LINE.waba_id}/subscribed_apps"),
            await get(photo),
            await get("999"),
        )
        async with client.get(media[1]["url"], headers=headers) as answer:
            content = await answer.read()
        async with client.get(media[1]["url"]) as answer:
            without_token = answer.status

        assert number[1]["display_phone_number"] == LINE.display_phone_number
        assert (good[1]["data"]["is_valid"], bad[1]["data"]["is_valid"]) == (True, False)
        assert len(apps[1]["data"]) == 1
        assert content.startswith(b"\x89PNG")
        assert hashlib.sha256(content).hexdigest() == media[1]["sha256"]
        assert (without_token, unknown[0], unknown[1]["error"]["code"]) == (401, 400, 100)


async def test_an_address_of_media_lives_five_minutes() -> None:
    clock = StandingClock()
    async with a_lab(clock=clock) as (world, client):
        photo = world.phone(CUSTOMER).sends_photo().update.content["image"]["id"]
        headers = {"Authorization": f"Bearer {LINE.access_token}"}
        async with client.get(f"{world.api_url}/{photo}", headers=headers) as answer:
            url = (await answer.json())["url"]
        clock.advance(minutes=5)
        async with client.get(url, headers=headers) as answer:
            assert answer.status == 404
