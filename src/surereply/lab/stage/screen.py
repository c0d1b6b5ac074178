"""A terminal on which a demo or a torture says how it goes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from surereply.domain.values import without_controls


class Screen:
    """Plain lines; on a terminal also one that changes, below them."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console()

    def say(self, text: str = "") -> None:
        self.console.print(Text(without_controls(text)), soft_wrap=True)

    def event(self, at_s: float, text: str) -> None:
        self.console.print(Text.assemble((f"{at_s:6.1f} s  ", "dim"), without_controls(text)), soft_wrap=True)

    @contextmanager
    def progress(self, line: Callable[[], str]) -> Iterator[None]:
        """Shows what `line` says now, where somebody can see it change."""
        if not self.console.is_terminal:
            yield
            return
        with Live(get_renderable=lambda: Text(line(), style="bold"), console=self.console, transient=True):
            yield

    def show(self, table: Table) -> None:
        self.console.print()
        self.console.print(table)


def table_of(title: str, *, header: bool = True) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        show_header=header,
        header_style="dim",
        box=SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
