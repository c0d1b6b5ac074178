"""Webhooks that come a thousand times, in bodies of a thousand, badly signed, days late; and far more of them."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp

from surereply.lab.envelope import Update, body_of, signature_of
from surereply.lab.payloads import contact, message, text
from surereply.lab.phones import Phone
from surereply.lab.reporting import Reporting
from surereply.lab.torture.faults.registry import Kind, NothingToStrike, Stage, trouble
from surereply.lab.torture.faults.staging import AND_ANOTHER, MANY, WORDS, at_point
from surereply.lab.torture.plan import Crowding, Post
from surereply.lab.torture.points import AtCommit, Moment
from surereply.lab.torture.scene import WEBHOOKS, Scene

AT_ONCE = 1000
IN_ONE_BODY = 500  # messages, and as many reports
BURST_TIMES = 50
BURST_OF = 40.0  # messages a second, about what a torture has anyway
IN_MANY_CONVERSATIONS = 2000
MOST_AGES = (timedelta(days=6), timedelta(hours=25), timedelta(minutes=-5))
AGAIN = 300
FOUR = (Post("one"), Post("two"), Post("three", "second"), Post("four", "second"))
NOBODY = Crowding(per_s=2.0, most=6)
NOBODYS_NUMBER = "971700000000"


def stranger(scene: Scene, chance: random.Random) -> Phone:
    """A customer of a strike's own, who says one thing."""
    return scene.stranger(chance.choice(scene.businesses)).phone


@trouble(Kind.DELIVERIES, 1, stage=Stage(FOUR, NOBODY))
async def the_same_webhook_a_thousand_times_at_once(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """One webhook is delivered 1,000 times at the same instant, to all servers: kept once, answered once."""
    copies = scene.size or AT_ONCE
    ready = [stand.server.url for stand in scene.ready("web")]
    if not ready:
        raise NothingToStrike
    said = stranger(scene, chance).says(WORDS)  # and once more by itself, until it is acknowledged
    body = body_of([said.update], chance)
    headers = {"X-Hub-Signature-256": signature_of(body, scene.world.secrets.app_secret)}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:

        async def post(url: str) -> int:
            try:
                async with http.post(f"{url}{WEBHOOKS}", data=body, headers=headers) as answer:
                    return answer.status
            except (aiohttp.ClientError, OSError, TimeoutError):
                return 0

        answers = await asyncio.gather(*(post(ready[number % len(ready)]) for number in range(copies)))
    yield f"{copies} times on {len(ready)} servers, {answers.count(200)} times acknowledged"


@trouble(Kind.DELIVERIES, 3, stage=Stage(AND_ANOTHER, NOBODY))
async def a_body_of_a_thousand_killed_in_mid_commit(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """One POST holds 500 messages and 500 reports, and whoever takes it is killed when it commits: before the commit
    arrives, or before its answer does. Meta delivers all of it again, in other batches."""
    size = scene.size or IN_ONE_BODY
    messages = [stranger(scene, chance).says(WORDS, told=False).update for _ in range(size)]
    reported = [entry for entry in scene.world.graph.ledger.accepted if entry.wamid][-size:]
    if not reported:
        raise NothingToStrike
    reports = [scene.world.report_on(chance.choice(reported), "read") for _ in range(size)]
    moment = chance.choice(list(Moment))
    posting = asyncio.create_task(scene.world.meta.deliver_now([*messages, *reports]))
    struck = await at_point(scene, "web", True, lambda act: AtCommit("ingest", moment, act), scene.kill)
    await asyncio.gather(posting, return_exceptions=True)
    if not struck:
        raise NothingToStrike
    yield f"{size} messages and {size} reports, {moment.value}"


@trouble(Kind.DELIVERIES, 7, stage=Stage(crowding=NOBODY))
async def badly_signed(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Webhooks with a wrong signature, another algorithm's, half of one, and none: 401, and nothing of them is kept."""
    line, wamid = scene.line_of(chance), scene.world.ids.wamid()
    content = message(wamid, scene.world.clock(), text(WORDS), number=NOBODYS_NUMBER)
    body = body_of([Update(wamid, line, content, contact=contact("Forger", number=NOBODYS_NUMBER))], chance)
    right = signature_of(body, scene.world.secrets.app_secret)
    bad = (signature_of(body, "another app's secret"), right.replace("sha256", "sha1"), right[:40], f"sha256={right}")
    answers = [await scene.world.meta.post_raw(body, signature) for signature in (*bad, None)]
    if not any(answers):
        raise NothingToStrike  # nobody was there to be asked
    if 200 in answers:
        scene.findings.append(f"badly signed, and acknowledged: {wamid}")
    yield ", ".join("no answer" if answer is None else str(answer) for answer in answers)


@trouble(Kind.DELIVERIES, 8, stage=Stage(crowding=NOBODY))
async def days_late(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Messages that were written days ago, and one from the future, are delivered only now: kept, read, and where the
    window has closed meanwhile, not answered."""
    for age in MOST_AGES:
        stranger(scene, chance).says_late(WORDS, age)
    yield f"{len(MOST_AGES)} of them"


@trouble(Kind.DELIVERIES, share=2, stage=Stage(crowding=MANY))
async def all_delivered_again(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Messages and reports that were acknowledged long ago are delivered again, in other batches and another order."""
    known = [update for update in scene.world.meta.book if update.acknowledged_at is not None]
    again = chance.sample(known, min(AGAIN, len(known)))
    for update in again:
        scene.world.meta.again(update)
    yield f"{len(again)} of them"


@trouble(Kind.DELIVERIES, lasts_s=(3.0, 6.0), stage=Stage(crowding=MANY, lasts_s=6.0))
async def many_copies_and_hang_ups(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Every webhook comes three times at once, one of three is hung up on, one of two comes again later."""
    meta = scene.world.meta
    if meta.habits.copies_at_once > 1:
        raise NothingToStrike
    habits = meta.habits
    meta.habits = replace(habits, copies_at_once=3, hang_up=0.3, repeated=0.5)
    try:
        yield "three at once"
    finally:
        meta.habits = habits


@trouble(Kind.DELIVERIES, 52, stage=Stage(crowding=Crowding(per_s=2.0, most=10), lasts_s=10.0))
async def fifty_times_the_load(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """For a second, fifty times as many customers write as otherwise; then it drains. Alone: for as long as it lasts,
    fifty times its own two customers a second."""
    alone = scene.size is not None or scene.plan.crowding.most is not None
    seconds = int(scene.size or 10) if alone else 1
    per_s = int(BURST_TIMES * (scene.plan.crowding.per_s if alone else BURST_OF))
    for _ in range(seconds * 10):
        for _ in range(per_s // 10):
            stranger(scene, chance).says(WORDS)
        await asyncio.sleep(0.1)
    yield f"{seconds * per_s} messages in {seconds} s"


@trouble(Kind.DELIVERIES, 59, share=0, stage=Stage((Post("one"), Post("pair", "second", processes=2)), NOBODY))
async def the_same_words_in_very_many_conversations(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """The same message arrives in very many conversations at once (`--size`), in bodies of a thousand."""
    size = scene.size or IN_MANY_CONVERSATIONS
    meta = scene.world.meta
    habits, reporting = meta.habits, scene.world.graph.manners.reporting
    meta.habits = replace(habits, batch=(1000, 1000), gather_s=0.5)
    scene.world.graph.change_manners(replace(scene.world.graph.manners, reporting=Reporting(stages=("sent",))))
    try:
        for number in range(size):
            stranger(scene, chance).says(WORDS)
            if number % 500 == 499:
                await asyncio.sleep(0)
        answered = await scene.until(lambda: len(scene.world.graph.ledger.accepted) >= size, 60.0 + size / 100)
        yield f"{size} conversations{'' if answered else ', not all answered in time'}"
    finally:
        meta.habits = habits
        scene.world.graph.change_manners(replace(scene.world.graph.manners, reporting=reporting))
