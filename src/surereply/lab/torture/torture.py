"""`surereply lab torture`: everything at once, by seed, for as long as one likes."""

import asyncio
from pathlib import Path

from surereply.lab.stage.servers import ServerFailed
from surereply.lab.torture.conduct import Storm
from surereply.lab.torture.crowd import Crowd
from surereply.lab.torture.plan import Plan
from surereply.lab.torture.play import play, tell
from surereply.lab.torture.result import Result
from surereply.lab.torture.scene import Scene
from surereply.lab.torture.screen import TortureScreen


def run_torture(plan: Plan, *, report: Path | None = None, json: Path | None = None) -> int:
    """0 if all held, 1 if not, 2 if it could not start."""
    screen = TortureScreen()
    try:
        result = torture(plan, screen)
    except ServerFailed as error:
        screen.say(f"surereply: {error}")
        return 2
    return tell(result, screen, report, json)


def torture(plan: Plan, screen: TortureScreen) -> Result | None:
    """None where it was told to end before. Raises `ServerFailed`, EmbeddedPostgresError."""

    async def drive(scene: Scene, crowd: Crowd, storm: Storm) -> None:
        await storm.run(plan)
        await asyncio.sleep(max(plan.seconds - scene.at_s(), 0.0))

    replay = f"surereply lab torture --seconds {plan.seconds:g} --seed {plan.seed}"
    return play(plan, f"torture, {plan.seconds:g} s, seed {plan.seed}", replay, drive, screen)
