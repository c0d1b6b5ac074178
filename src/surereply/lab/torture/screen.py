"""What a torture says on the terminal: what is struck, how it goes on, and in the end what held."""

from pathlib import Path

from rich.text import Text

from surereply.lab.stage.screen import Screen, table_of
from surereply.lab.torture.faults import FAULTS
from surereply.lab.torture.result import Result

MOST_FINDINGS = 30


class TortureScreen(Screen):
    def result(self, result: Result) -> None:
        self._faults(result)
        self._figures(result)
        self._held(result)
        for finding in result.findings[:MOST_FINDINGS]:
            where = f" (conversation {finding.conversation_id})" if finding.conversation_id else ""
            self.say(f"  {finding.invariant}: {finding.line}{where}")
        if len(result.findings) > MOST_FINDINGS:
            self.say(f"  and {len(result.findings) - MOST_FINDINGS} more")

    def ending(self, result: Result, report: Path | None, json: Path | None) -> None:
        """Where the files are, and what does it again."""
        self.say()
        for name, path in (("report", report), ("figures", json)):
            if path is not None:
                self.say(f"{name}: {path}")
        if result.held:
            self.say(f"All held. The same again: {result.replay}")
        else:
            self.say(f"Not all held. What the servers and PostgreSQL logged is in {result.logs}")
            self.say(f"The same again: {result.replay}")

    def _faults(self, result: Result) -> None:
        table = table_of("Done to it")
        table.add_column("what")
        table.add_column("faults", style="dim")
        table.add_column("times", justify="right")
        for name, times in sorted(result.struck.items()):
            numbers = ", ".join(map(str, FAULTS[name].faults))
            table.add_row(name.replace("-", " "), numbers, str(times))
        self.show(table)

    def _figures(self, result: Result) -> None:
        tally = result.tally
        table = table_of(f"Meanwhile, in {result.seconds:.0f} s and {result.drained_s:.0f} s of calm", header=False)
        table.add_column()
        table.add_column(justify="right")
        for name, value in figures(result):
            table.add_row(name, value)
        self.show(table)
        if not result.drained:
            self.say("It did not come to rest in the time it was given.")
        if tally.ended_by_themselves:
            self.say(f"Servers that could not start while the database was away: {tally.ended_by_themselves} times")

    def _held(self, result: Result) -> None:
        table = table_of("What held", header=False)
        table.add_column()
        table.add_column(justify="right")
        for name, count in result.invariants.items():
            style = "bold red" if count else "bold green"
            table.add_row(Text(name, style="bold"), Text(str(count), style=style))
        self.show(table)


def figures(result: Result) -> list[tuple[str, str]]:
    """The tally in words, a line a figure."""
    tally = result.tally
    return [
        ("servers killed", str(tally.kills)),
        ("PostgreSQL stopped at once, and started again", str(tally.database_stops)),
        ("rolling deploys", str(tally.deploys)),
        ("customers, conversations that came to their end", f"{tally.customers:,}, {tally.ended:,}"),
        ("messages of customers", f"{tally.messages:,}"),
        ("deliveries, updates delivered once more", f"{tally.deliveries:,}, {tally.repetitions:,}"),
        ("requests to send, accepted", f"{tally.requests:,}, {tally.accepted:,}"),
        ("refused, accepted unheard", f"{tally.refused:,}, {tally.unheard:,}"),
        ("sent again by the operator, who found nothing on the phone", f"{tally.resent:,}"),
    ]
