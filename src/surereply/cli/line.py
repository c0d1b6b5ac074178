"""`surereply line …`."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

app = typer.Typer(help="The business's WhatsApp numbers.", no_args_is_help=True)

LineNumber: TypeAlias = Annotated[str, typer.Argument(help="WhatsApp's id of the phone number.", show_default=False)]
FromInput: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--stdin", help="Read the secrets from standard input as JSON: access_token, app_secret, verify_token."
    ),
]


@app.command("add")
def line_add(
    number: LineNumber,
    flow: Annotated[Path, typer.Option(help="The flow file that the line answers by.")],
    name: Annotated[str | None, typer.Option(help="What people call the line; its number's id unless set.")] = None,
    stdin: FromInput = False,
) -> int:
    """Add a line, or bring it up to date. Its secrets are asked for, and kept encrypted."""
    from surereply.commands.line import add_line

    return add_line(number, flow, name, from_input=stdin)


@app.command("list")
def line_list() -> int:
    """Every line: its flow, whether its secrets open, and what stands in its way."""
    from surereply.commands.line import list_lines

    return list_lines()


@app.command("rotate")
def line_rotate(number: LineNumber, stdin: FromInput = False) -> int:
    """Replace a line's secrets, and let it send again if a dead token had stopped it."""
    from surereply.commands.line import rotate_line

    return rotate_line(number, from_input=stdin)
