"""What strikes when hangs on the seed alone; ten minutes hold as many kills and restarts as were asked for."""

from collections import Counter
from dataclasses import replace

from support.faults import FAULTS as NUMBERED
from surereply.lab.torture.conduct import KILLS, STOPS, planned
from surereply.lab.torture.faults import FAULTS
from surereply.lab.torture.plan import Plan

TEN_MINUTES = Plan(seconds=600.0, seed=1)


def test_the_same_seed_strikes_the_same_at_the_same_times() -> None:
    assert planned(TEN_MINUTES) == planned(TEN_MINUTES)
    assert planned(TEN_MINUTES) != planned(replace(TEN_MINUTES, seed=2))


def test_ten_minutes_hold_two_hundred_kills_and_fifty_stops_of_postgresql() -> None:
    for seed in range(20):
        names = Counter(one.trouble for one in planned(replace(TEN_MINUTES, seed=seed)))

        assert sum(names[name] for name in KILLS) >= 200
        assert sum(names[name] for name in STOPS) >= 50


def test_ten_minutes_bring_every_trouble_that_is_not_played_alone() -> None:
    brought = {one.trouble for one in planned(TEN_MINUTES)}

    assert brought == {name for name, trouble in FAULTS.items() if trouble.share}


def test_nothing_strikes_when_it_is_about_to_be_calm() -> None:
    for seconds in (5.0, 20.0, 600.0):
        plan = replace(TEN_MINUTES, seconds=seconds)

        assert all(one.at_s < plan.strikes_until_s <= seconds for one in planned(plan))


def test_every_trouble_says_what_it_does_and_names_faults_that_exist() -> None:
    for name, trouble in FAULTS.items():
        assert trouble.says.endswith((".", "?")), name
        assert set(trouble.faults) <= NUMBERED.keys(), name
