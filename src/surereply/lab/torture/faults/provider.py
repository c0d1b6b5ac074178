"""A WhatsApp that loses answers, answers with nonsense, is too slow or too busy, and reports in any order."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from surereply.lab.faults import Fault, Harm, Rule, code, latency, lost, server_error
from surereply.lab.lines import LabLine
from surereply.lab.reporting import DELIVERED, FAILED, READ, SENT, Reporting
from surereply.lab.torture.faults.registry import Kind, Stage, trouble
from surereply.lab.torture.faults.staging import MANY, WORDS, reported
from surereply.lab.torture.plan import Crowding
from surereply.lab.torture.scene import Scene

# Fewer than open the breaker of a line: that one is a feature, and would leave little to torture.
MOST_DOUBTS = 3
MANY_TALK = Stage(crowding=MANY, lasts_s=8.0)
# Reported late: who takes a doubt for a failure has sent it again by then.
LATE = Reporting(delay_s=4.0)
LATENCY_S = 60.0


def script(scene: Scene, chance: random.Random, faults: Sequence[Fault]) -> None:
    """For each of these a stranger writes, whose answer meets it; evenly over the lines."""
    businesses = chance.sample(scene.businesses, len(scene.businesses))
    for number, fault in enumerate(faults):
        phone = scene.stranger(businesses[number % len(businesses)]).phone
        scene.world.graph.faults.script(phone.address, [fault])
        phone.says(WORDS)


@asynccontextmanager
async def ruled(scene: Scene, rules: Sequence[Rule]) -> AsyncIterator[None]:
    """The rules are in force until the block ends."""
    plan = scene.world.graph.faults
    plan.add(*rules)
    names = {rule.name for rule in rules}
    try:
        yield
    finally:
        plan.rules[:] = [rule for rule in plan.rules if rule.name not in names]


def on_line(line: LabLine, name: str, *faults: Fault, times: int = 1, share: float = 0.5) -> list[Rule]:
    return [
        Rule(fault, f"{name} {number}", phone_number_id=line.phone_number_id, times=times, share=share)
        for number, fault in enumerate(faults)
    ]


@trouble(Kind.PROVIDER, 21, lasts_s=(3.0, 6.0), share=2, stage=MANY_TALK)
async def answers_lost(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """WhatsApp accepts a reply, or does not, and its answer is lost: a reset, an end, silence."""
    ways = (Harm.RESET, Harm.CLOSE, Harm.SILENCE)
    harms = [replace(lost(harm, accepted=said), reporting=LATE) for harm in ways for said in (True, False)]
    script(scene, chance, harms)
    line, drawn = scene.line_of(chance), chance.sample(harms, MOST_DOUBTS)
    async with ruled(scene, on_line(line, "lost", *drawn)):
        yield f"{len(harms)} ways to strangers, and {len(drawn)} to others"


@trouble(Kind.PROVIDER, 22, 23, lasts_s=(3.0, 6.0), stage=MANY_TALK)
async def requests_never_received(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """WhatsApp resets the connection before it has read a request, or with half of it read."""
    line, ways = scene.line_of(chance), (Fault(Harm.NEVER_RECEIVED), Fault(Harm.HALF_READ))
    script(scene, chance, ways)
    async with ruled(scene, on_line(line, "unread", *ways)):
        yield line.name


@trouble(Kind.PROVIDER, 24, lasts_s=(3.0, 6.0), share=2, stage=MANY_TALK)
async def answers_that_say_nothing(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """500, 502, 503, 504 with and without acceptance, 200 with broken JSON or without an id, and codes 1, 2, 131000
    and 131016, which say nothing either."""
    kinds = [
        *(server_error(status, accepted=said) for status in (500, 502, 503, 504) for said in (True, False)),
        Fault(Harm.BROKEN_JSON),
        Fault(Harm.NO_ID),
        *(code(number, accepted=said) for number in (1, 2, 131000, 131016) for said in (True, False)),
    ]
    drawn = [replace(fault, reporting=LATE) for fault in chance.sample(kinds, len(scene.businesses))]
    script(scene, chance, drawn)
    line = scene.line_of(chance)
    async with ruled(scene, on_line(line, "nothing said", *drawn[:2])):
        yield f"{len(drawn)} kinds to strangers, and 2 to others"


@trouble(Kind.PROVIDER, 25, lasts_s=(2.0, 4.0), share=2, stage=MANY_TALK)
async def storm_of_too_fast(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Every send of a line is refused with 130429 for a while: the line slows down, and nothing is lost."""
    line = scene.line_of(chance)
    async with ruled(scene, [Rule(code(130429), "too fast", phone_number_id=line.phone_number_id)]):
        yield line.name


@trouble(Kind.PROVIDER, 25, lasts_s=(1.0, 2.0), stage=MANY_TALK)
async def storm_of_too_many_for_one(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Sends are refused with 131056, too many to one customer, on every line: those conversations wait, no others."""
    async with ruled(scene, [Rule(code(131056), "too many for one", share=0.4)]):
        yield "two of five sends"


@trouble(Kind.PROVIDER, lasts_s=(1.0, 2.0), stage=MANY_TALK)
async def account_limit_reached(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A send is refused with 4 or 80007: the whole app, or the whole account, is to slow down."""
    number = chance.choice((4, 80007))
    async with ruled(scene, [Rule(code(number), "slow down all", times=1)]):
        yield str(number)


@trouble(Kind.PROVIDER, lasts_s=(2.0, 4.0), stage=MANY_TALK)
async def refused_for_good(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A few sends are refused for good, with codes that hand over, mark the contact or only list the reply."""
    drawn = chance.sample((131026, 131009, 131047, 130472, 131053, 100), 3)
    rules = [Rule(code(number), f"refused {number}", times=1, share=0.2) for number in drawn]
    async with ruled(scene, rules):
        yield ", ".join(map(str, drawn))


@trouble(Kind.PROVIDER, lasts_s=(3.0, 6.0), share=2, stage=MANY_TALK)
async def provider_slow(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Every other answer takes half a second to three, before it is judged or after."""
    rules = [
        Rule(latency(chance.uniform(0.5, 3.0), after=after), f"slow {after}", share=0.3) for after in (False, True)
    ]
    async with ruled(scene, rules):
        yield "about half of the sends"


@trouble(Kind.PROVIDER, 27, share=0, stage=Stage(crowding=Crowding(per_s=0.5), lasts_s=300.0))
async def sixty_seconds_of_latency(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Every request takes WhatsApp 60 s, for five minutes: the sender gives up long before. Half of them it judges at
    once and answers late; half it judges late, when nobody is there any more."""
    rules = [
        Rule(latency(LATENCY_S, after=True), "judged at once", share=0.5),
        Rule(latency(LATENCY_S), "judged late"),
    ]
    async with ruled(scene, rules):
        yield f"{LATENCY_S:.0f} s"


@trouble(Kind.PROVIDER, 34, lasts_s=(4.0, 8.0), stage=MANY_TALK)
async def token_expired(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A line's access token expires; its replies are kept, its messages read; a new one lets it go on."""
    line = scene.line_of(chance)
    scene.world.graph.expire_token(line.phone_number_id)
    try:
        yield line.name
    finally:
        # The operator lets the line go on, once it has seen that it is stopped.
        scene.world.graph.renew_token(line.phone_number_id, line.access_token)


@trouble(Kind.PROVIDER, 31, lasts_s=(2.0, 4.0), stage=MANY_TALK)
async def reports_before_their_answers(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Reports are delivered before the sender has got the answer that names what they are about."""
    async with reported(scene, Reporting(stages=(SENT, DELIVERED), before_answer=True)):
        yield "sent and delivered"


@trouble(Kind.PROVIDER, 31, lasts_s=(3.0, 6.0), stage=MANY_TALK)
async def reports_ten_times_in_any_order(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Each report ten times, delivered before sent, read before both."""
    async with reported(scene, Reporting(stages=(SENT, DELIVERED, READ), copies=10, shuffled=True, delay_s=0.05)):
        yield "ten copies"


@trouble(Kind.PROVIDER, 31, lasts_s=(3.0, 6.0), stage=MANY_TALK)
async def read_reported_alone(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """Of a send nothing is reported but that it was read."""
    async with reported(scene, Reporting(stages=(READ,), delay_s=0.2)):
        yield "read alone"


@trouble(Kind.PROVIDER, 32, lasts_s=(2.0, 4.0), stage=MANY_TALK)
async def failed_and_delivered_after_all(scene: Scene, chance: random.Random) -> AsyncIterator[str]:
    """A send is reported as sent, then as failed, then as delivered after all: it is never sent again."""
    async with reported(scene, Reporting(stages=(SENT, FAILED, DELIVERED), delay_s=0.3, failed_code=131000)):
        yield "sent, failed, delivered"
