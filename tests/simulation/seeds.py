"""One seed, played on a database of its own, and what came of it."""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from mutants import PLANTABLE, plant
from simulation.business import flows_parsed_once
from simulation.loop import SetLoop
from simulation.play import Play
from support.postgres import new_database
from support.quiet import log_nothing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened, in numbers; `findings` must be empty. `story`: the events that each finding has to do with."""

    seed: int
    customers: int
    messages: int
    turns: int
    replies: int
    struck: dict[str, int]
    findings: tuple[str, ...]
    story: tuple[str, ...] = field(repr=False)
    digest: str  # of everything that happened, in order


def play_seed(server: str, template: str, seed: int, *, whole_story: bool = False) -> Outcome:
    """`template` names the database that `business.template` made on the server."""
    with new_database(server, template) as url, flows_parsed_once(), asyncio.Runner(loop_factory=SetLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, SetLoop)
        play = Play(loop, seed, url)
        runner.run(play.run())
    return _outcome(play, whole_story=whole_story)


def _outcome(play: Play, *, whole_story: bool) -> Outcome:
    happened = [str(event) for event in play.history.happened]
    return Outcome(
        seed=play.seed,
        customers=len(play.callers),
        messages=sum(len(caller.phone.said) for caller in play.callers),
        turns=sum(" turn to version " in line for line in happened),
        replies=sum(" is owed: " in line for line in happened),
        struck={trouble.name: trouble.struck for trouble in play.troubles},
        findings=tuple(dict.fromkeys(play.findings)),
        story=tuple(happened if whole_story else _told(play)),
        digest=hashlib.sha256("\n".join([*happened, *play.findings]).encode()).hexdigest(),
    )


def _told(play: Play) -> Iterator[str]:
    for finding in dict.fromkeys(play.findings):
        yield f"▶ {finding}"
        yield from (str(event) for event in play.history.about(finding))


_prepared = ExitStack()


def prepare(mutant: str | None) -> None:
    """A process that does nothing else than to play seeds, with or without a bug, until it ends."""
    log_nothing()
    if mutant is not None:
        _prepared.enter_context(plant(PLANTABLE[mutant]))
