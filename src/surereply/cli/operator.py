"""`surereply operator …`."""

from typing import Annotated, Literal, TypeAlias

import typer

app = typer.Typer(help="The people in the panel.", no_args_is_help=True)

PanelUrl: TypeAlias = Annotated[
    str | None, typer.Option("--url", help="Where the panel is; this machine's unless set.")
]


@app.command("add")
def operator_add(
    name: Annotated[str, typer.Argument(help="Stands beside everything they do.", show_default=False)],
    role: Annotated[
        Literal["viewer", "member", "admin"],
        typer.Option(help="viewer: sees; member: answers customers; admin: decides about everything."),
    ] = "member",
    url: PanelUrl = None,
) -> int:
    """Add a person to the panel; prints a link that signs them in, once, within a day."""
    from surereply.commands.operator import add_operator

    return add_operator(name, role, url)


@app.command("link")
def operator_link(
    name: Annotated[str, typer.Argument(help="An operator's name.", show_default=False)], url: PanelUrl = None
) -> int:
    """One more link for somebody who cannot sign in."""
    from surereply.commands.operator import make_link

    return make_link(name, url)


@app.command("list")
def operator_list() -> int:
    """Everybody, with role and when they were last seen."""
    from surereply.commands.operator import list_operators

    return list_operators()
