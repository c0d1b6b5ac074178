"""`surereply lab scenario NAME`: one trouble alone, against real processes in miniature."""

import random
from collections.abc import Sequence
from dataclasses import replace

from rich.padding import Padding

from surereply.lab.stage.servers import ServerFailed
from surereply.lab.torture.conduct import Storm
from surereply.lab.torture.crowd import Crowd
from surereply.lab.torture.faults import FAULTS, Trouble
from surereply.lab.torture.plan import SERVE, Plan
from surereply.lab.torture.play import play, tell
from surereply.lab.torture.result import Result
from surereply.lab.torture.scene import Scene
from surereply.lab.torture.screen import TortureScreen

AFTER_REPLIES = 3  # have arrived, and more are on the way
LASTS_S = 4.0  # what lasts in a torture for longer is shorter here, unless its stage says so
DONE_WITHIN_S = 60.0


def list_scenarios() -> int:
    """Every one with its numbers, and its sentence below: names are long, and terminals narrow."""
    screen = TortureScreen()
    for one in sorted(FAULTS.values(), key=lambda one: (one.kind, one.faults, one.name)):
        numbers = f"  [dim]fault {', '.join(map(str, one.faults))}[/]" if one.faults else ""
        screen.console.print(f"[bold]{one.name}[/]{numbers}", highlight=False)
        screen.console.print(Padding(one.says, (0, 0, 0, 4)), highlight=False)
    screen.say("")
    screen.say("The numbers are those of docs/proof.md. `surereply lab scenario NAME` plays one.")
    return 0


def run_scenario(name: str, *, seed: int = 1, seconds: float | None = None, size: int | None = None) -> int:
    """0 if all held, 1 if not, 2 where it could not start."""
    screen = TortureScreen()
    chosen = FAULTS[name]
    screen.say(chosen.says)
    try:
        return tell(scenario(chosen, screen, seed=seed, seconds=seconds, size=size), screen, None, None)
    except ServerFailed as error:
        screen.say(f"surereply: {error}")
        return 2


def scenario(
    chosen: Trouble,
    screen: TortureScreen,
    *,
    seed: int = 1,
    seconds: float | None = None,
    size: int | None = None,
    serve: Sequence[str] = SERVE,
) -> Result | None:
    """A few customers talk, it strikes in the midst of it and is mended, the rest of them comes to an end."""
    stage = chosen.stage
    lasts_s = seconds if seconds is not None else stage.lasts_s
    if lasts_s is None:
        lasts_s = min(chosen.lasts_s[1], LASTS_S) if chosen.lasts_s[1] < 2 * LASTS_S else chosen.lasts_s[1]
    plan = replace(
        Plan(seconds=lasts_s, seed=seed, posts=tuple(stage.posts), lines_each=1, serve=tuple(serve)),
        crowding=stage.crowding,
    )

    async def drive(scene: Scene, crowd: Crowd, storm: Storm) -> None:
        scene.size = size if size is not None else stage.size
        await scene.until(lambda: scene.world.graph.ledger.count_accepted >= AFTER_REPLIES, DONE_WITHIN_S)
        await storm.strike(chosen, random.Random(f"strike:{seed}"), lasts_s)
        await scene.until(lambda: crowd.all_done, DONE_WITHIN_S)
        if not storm.struck:
            scene.findings.append(f"{chosen.name} could not strike: nothing came to its point")

    options = "".join(
        f" --{name} {value:g}" for name, value in (("seconds", seconds), ("size", size)) if value is not None
    )
    replay = f"surereply lab scenario {chosen.name} --seed {seed}{options}"
    return play(plan, f"scenario {chosen.name}, seed {seed}", replay, drive, screen)
