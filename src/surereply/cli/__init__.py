"""The command line: its entry point, and how an expected failure is told (one line, exit code 2)."""

import sys
from collections.abc import Iterator

import typer

from surereply.cli.root import app

INTERRUPTED = 130


def main() -> None:
    """The entry point: 0 done, 1 a check failed, 2 wrong use, 130 interrupted."""
    command = typer.main.get_command(app)
    try:
        code = command.main(prog_name="surereply", standalone_mode=False)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        code = _tell(error)
    sys.exit(code if isinstance(code, int) else 0)


def _tell(error: Exception) -> int:
    """Say an expected failure in a line for each mistake; raises what is a mistake of ours."""
    if type(error).__name__ == "NoArgsIsHelpError":  # a group of commands without one: its help is the answer
        typer.echo(str(error), err=True)
        return 2
    lines = list(_lines_of(error))
    if not lines:
        raise error
    for line in lines:
        typer.echo(f"surereply: {line}", err=True)
    return 2


def _lines_of(error: BaseException) -> Iterator[str]:
    from surereply.commands.failures import told

    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _lines_of(inner)
    elif isinstance(error, typer.Abort):
        yield "stopped; nothing was done"
    elif hasattr(error, "format_message"):  # a wrong option or argument
        context = getattr(error, "ctx", None)
        yield f"{error.format_message()} See `{context.command_path if context else 'surereply'} --help`."
    else:
        yield from told(error)
