"""`surereply export …`."""

from typing import Annotated, Literal

import typer

app = typer.Typer(help="Take data out.", no_args_is_help=True)


@app.command("leads")
def export_leads(
    form: Annotated[Literal["csv", "json"], typer.Option("--format", help="One lead a row, or one a line.")] = "csv",
    flow: Annotated[str | None, typer.Option(help="Only the leads of this flow, by its name.")] = None,
) -> int:
    """Every lead, to standard output."""
    from surereply.commands.people import write_leads

    return write_leads(form, flow)
