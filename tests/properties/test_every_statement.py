"""Every step, broken at every one of its statements, in every way: nothing is lost, doubled or left behind."""

from collections.abc import Iterator

import pytest

from properties.draining import drain
from properties.house import House
from properties.machine import EXPECTED
from properties.scenes import SCENES, Scene
from properties.stage import ERRORS, Trouble
from support.faults import fault

KILLED = "killed"  # the process, where it stands, with all its connections


@pytest.fixture(params=SCENES, ids=lambda scene: scene.name)
def scene(request: pytest.FixtureRequest) -> Scene:
    return request.param  # type: ignore[no-any-return]


@fault(11)
def test_a_backend_that_is_terminated_before_any_statement_loses_and_doubles_nothing(
    house: House, scene: Scene
) -> None:
    for number, sql, _ in _statements(house, scene):
        _is_survived(house, scene, number, sql, Trouble.CUT)


@fault(4, 11, 20)
def test_a_process_that_dies_at_any_statement_loses_and_doubles_nothing(
    house: House, scene: Scene, plays_long: bool
) -> None:
    """Before the first one, before and after what is committed; in the long profile at each."""
    for number, sql, is_boundary in _statements(house, scene):
        if is_boundary or plays_long:
            _is_survived(house, scene, number, sql, KILLED)


@fault(12)
def test_a_commit_whose_answer_is_lost_happened_once(house: House, scene: Scene) -> None:
    """Also of single statements that commit by themselves, such as the claim of a turn."""
    for number, sql, is_boundary in _statements(house, scene):
        if is_boundary and not sql.startswith("BEGIN"):
            _is_survived(house, scene, number, sql, Trouble.UNANSWERED)


@fault(51)
def test_an_error_of_the_server_at_any_call_loses_and_doubles_nothing(
    house: House, scene: Scene, plays_long: bool
) -> None:
    """Deadlock, serialisation failure, lock and statement time-out: each call of the steps meets one of them here,
    every third one of a person, who sees it and tries again; each call of everybody all of them in the long profile."""
    for number, sql, _ in _statements(house, scene):
        for error in ERRORS if plays_long else [ERRORS[number % len(ERRORS)]]:
            if scene.is_a_step or plays_long or number % 3 == 0:
                _is_survived(house, scene, number, sql, error)


@fault(16, 17)
def test_a_message_that_comes_at_any_statement_of_a_turn_is_read_once(house: House) -> None:
    """It is kept while the turn stands still there, or waits for a lock of the turn's and is kept right after."""
    scene = next(one for one in SCENES if one.name == "turn")
    for number, sql, _ in _statements(house, scene):
        try:
            findings = house.run(_told_meanwhile(house, scene, number))
        finally:
            house.run(house.end())
        assert not findings, f"told at statement {number}, {sql}\n" + "\n".join(findings)


async def _told_meanwhile(house: House, scene: Scene, number: int) -> list[str]:
    await house.begin()
    await scene.prepare(house, house.processes[1])
    process, other = house.processes[:2]
    process.stage.plan(Trouble.HELD, number)
    house.start(_begun(scene, house))
    await house.rest()
    house.deliver(other, [house.says(phone, "My family is abroad") for phone in house.world.phones])
    await house.rest()
    process.stage.go_on()
    await house.rest()
    kept = len(house.acknowledged)
    findings = [*await house.findings(), *await drain(house)]
    return findings if kept == len(house.said) else [*findings, "kept once: the delivery was not answered with 200"]


def _statements(house: House, scene: Scene) -> Iterator[tuple[int, str, bool]]:
    """What the step runs when all is well: number and text of each statement, and whether a transaction begins or ends
    with it, or it is one by itself."""

    async def watched() -> list[str]:
        await house.begin()
        await scene.prepare(house, house.processes[1])
        stage = house.processes[0].stage
        stage.passed.clear()
        house.start(scene.act(house, house.processes[0]))
        await house.rest()
        return [*stage.passed]

    passed = house.run(watched())
    house.run(house.end())
    assert len(passed) > 2, "the scene does not take its step"
    in_transaction = False
    for number, sql in enumerate(passed, start=1):
        begins, ends = sql.startswith("BEGIN"), sql.startswith("COMMIT")
        yield number, sql, begins or ends or not in_transaction
        in_transaction = (in_transaction or begins) and not ends


def _is_survived(house: House, scene: Scene, number: int, sql: str, trouble: Trouble | str) -> None:
    try:
        findings = house.run(_broken(house, scene, number, trouble))
    finally:
        house.run(house.end())
    what = " ".join(sql.split())[:80]
    assert not findings, f"{scene.name}: {trouble} at statement {number}, {what}\n" + "\n".join(findings)


async def _broken(house: House, scene: Scene, number: int, trouble: Trouble | str) -> list[str]:
    await house.begin()
    await scene.prepare(house, house.processes[1])
    process = house.processes[0]
    process.stage.plan(Trouble.HELD if trouble == KILLED else Trouble(trouble), number)
    house.start(_begun(scene, house))
    await house.rest()
    if trouble == KILLED:
        await house.kill(process)
        await house.rest()
    process.stage.plan(None)
    return [*await house.findings(), *await drain(house), *await _unanswered(house, trouble)]


async def _begun(scene: Scene, house: House) -> None:
    try:
        await scene.act(house, house.processes[0])
    except EXPECTED:
        return


async def _unanswered(house: House, trouble: Trouble | str) -> list[str]:
    """A process that lives knows what it did not send: in doubt is only what really is. What was in doubt and not
    accepted may stand on the list."""
    rows = await house.fetch("SELECT id, status FROM reply WHERE status = 'UNKNOWN'")
    requested = {one.reply_id for one in house.book().requests}
    return [
        f"no reply vanishes: {row['id']} is in doubt, and nobody ever sent it"
        for row in rows
        if row["id"] not in requested and trouble != KILLED
    ]
