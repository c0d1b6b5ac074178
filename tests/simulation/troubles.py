"""Every trouble there is, by name: what it does stands in the `of_…` modules, which faults it is in `faults`."""

from datetime import datetime
from random import Random

from simulation import of_deliveries, of_people, of_processes, of_sends, of_the_database, of_thinking
from simulation.trouble import Trouble

TROUBLES: dict[str, type[Trouble]] = {
    trouble.name: trouble
    for trouble in (
        of_processes.KilledInATurn,
        of_processes.KilledAfterATurn,
        of_processes.KilledWhileSending,
        of_processes.KilledAfterItMarked,
        of_processes.KilledWithTheRequestOut,
        of_processes.KilledBeforeThe200,
        of_processes.StoppedBeyondItsLease,
        of_processes.StoppedUntilTheTicketIsNew,
        of_processes.StoppedBetweenClaimAndSend,
        of_processes.MachineSuspended,
        of_processes.ReplacedPolitely,
        of_the_database.CommitsAnswerLost,
        of_the_database.ConnectionsCut,
        of_the_database.StatementsRefused,
        of_the_database.ResultsLost,
        of_the_database.MonthWithoutPartition,
        of_sends.AnswerOfASendLost,
        of_sends.NeverReceived,
        of_sends.HalfRead,
        of_sends.OddAnswers,
        of_sends.StormOfRefusals,
        of_sends.StaleConnections,
        of_sends.SlowProvider,
        of_sends.OddReports,
        of_sends.ReportsTakenBack,
        of_sends.ReportsLate,
        of_sends.TokenExpired,
        of_deliveries.MessyDeliveries,
        of_deliveries.DaysLate,
        of_deliveries.ClientGone,
        of_deliveries.PathDown,
        of_deliveries.FalseTimes,
        of_deliveries.NotWords,
        of_deliveries.Replayed,
        of_deliveries.TwoNames,
        of_thinking.SaysMoreMeanwhile,
        of_thinking.SaysMoreAtTheLastMoment,
        of_thinking.ModelFails,
        of_thinking.DeadlyMessage,
        of_people.PersonRacesTheTurn,
        of_people.ClockAnHourOff,
        of_people.DaylightSaving,
        of_processes.TwoDispatchers,
    )
}
SHARE = 0.22  # of all troubles, in one simulation


def chosen(seed: int) -> list[str]:
    """The troubles of a seed, by name; every seed has a few, and each trouble its turn."""
    chance = Random(f"troubles:{seed}")
    names = [name for name in TROUBLES if chance.random() < SHARE]
    return names if home_trouble(seed) in names else [*names, home_trouble(seed)]


def home_trouble(seed: int) -> str:
    """What a seed is about: each of them in turn."""
    return list(TROUBLES)[seed % len(TROUBLES)]


def begins_at(seed: int, names: list[str]) -> datetime:
    """When a simulation starts, for what it is about."""
    if of_people.DaylightSaving.name in names:
        return of_people.NIGHTS[seed % 2]
    if of_the_database.MonthWithoutPartition.name in names:
        return of_people.LAST_EVENING
    return of_people.ORDINARY_DAY
