"""What a terminal phone shows and hears: bubbles with numbered buttons, and lines that somebody types."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from rich.align import Align
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from surereply.domain.values import without_controls

Lines = Callable[[], AsyncIterator[str]]
WIDTH = 64
MINE = "green"
THEIRS = "cyan"


@dataclass(frozen=True, slots=True)
class Choice:
    """A button or row under a bubble; tapped by its number."""

    title: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Typed:
    """A line that was typed: a command such as `photo` with its words, or plain words."""

    command: str | None
    words: str


def typed(line: str) -> Typed:
    """`/late hello` is the command `late` with words; `//late` is the text `/late`."""
    line = line.strip()
    if line.startswith("//"):
        return Typed(None, line[1:])
    if line.startswith("/"):
        command, _, words = line[1:].partition(" ")
        return Typed(command.casefold(), words.strip())
    return Typed(None, line)


def tapped(words: str, choices: Sequence[Choice]) -> str | None:
    """The title that a number stands for, if there is such a button."""
    if words.isascii() and words.isdigit() and 1 <= int(words) <= len(choices):
        return choices[int(words) - 1].title
    return None


def show_bubble(console: Console, business: str, text: str, choices: Sequence[Choice] = ()) -> None:
    """A bubble of the business, on the left; its buttons numbered."""
    content = Text(without_controls(text))
    for number, choice in enumerate(choices, 1):
        content.append(f"\n\n {number} " if number == 1 else f"\n {number} ", style=f"bold {THEIRS}")
        content.append(without_controls(choice.title))
        if choice.description:
            content.append(f" · {without_controls(choice.description)}", style="dim")
    console.print(_panel(content, without_controls(business), THEIRS, console))


def show_own(console: Console, name: str, text: str) -> None:
    """A bubble of the customer's own, on the right."""
    console.print(Align.right(_panel(Text(without_controls(text)), without_controls(name), MINE, console)))


def show_note(console: Console, text: str) -> None:
    console.print(Text(without_controls(text), style="dim"))


async def typed_lines() -> AsyncIterator[str]:
    """Lines of standard input, until it ends; the loop goes on while somebody thinks."""
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def put(line: str | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lines.put_nowait, line)

    def read() -> None:
        for line in sys.stdin:
            put(line)
        put(None)

    # A daemon: a read that nobody finishes must not keep the program from ending.
    threading.Thread(target=read, name="typed lines", daemon=True).start()
    while (line := await lines.get()) is not None:
        yield line


def _panel(content: Text, title: str, colour: str, console: Console) -> Panel:
    return Panel(
        content,
        title=Text(title, style=f"bold {colour}"),
        title_align="left",
        border_style=colour,
        width=min(WIDTH, console.width, max(24, _widest(content) + 4, len(title) + 6)),
        padding=(0, 1),
    )


def _widest(content: Text) -> int:
    return max((line.cell_len for line in content.split("\n")), default=0)
