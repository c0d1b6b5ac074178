"""What can be said to `surereply`: the commands without a group, and the groups."""

import sys
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from surereply import __version__
from surereply.cli import export, flow, lab, line, operator

app = typer.Typer(
    name="surereply",
    help="Answers a business's leads on WhatsApp: every customer once, never twice, never not at all.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(flow.app, name="flow")
app.add_typer(lab.app, name="lab")
app.add_typer(line.app, name="line")
app.add_typer(operator.app, name="operator")
app.add_typer(export.app, name="export")

FlowOption: TypeAlias = Annotated[Path | None, typer.Option("--flow", help="A flow file; SUREREPLY_FLOW unless set.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"surereply {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version, and end.")
    ] = False,
) -> None:
    """Nothing but the options that every command has."""


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the table: 0 if everything held, 1 if not.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed brings the same customers and the same kills.")] = 1,
    llm: Annotated[
        Literal["fake"] | None,
        typer.Option(help="fake: with a language model of the lab's own, which fails and lies now and then."),
    ] = None,
) -> int:
    """Customers talk in three flows while everything fails; a table says what held."""
    from surereply.commands.serving import run_the_demo

    return run_the_demo(once=once or not sys.stdout.isatty(), seed=seed, with_model=llm == "fake")


@app.command()
def serve(
    processes: Annotated[int, typer.Option(min=1, max=256, help="How many processes to run.")] = 1,
    only: Annotated[
        str | None, typer.Option(help="Run only these, with commas between: web, respond, dispatch, reconcile.")
    ] = None,
) -> int:
    """Take webhooks and answer customers, until SIGTERM; then drain."""
    from surereply.commands.serving import serve_until_told

    return serve_until_told(processes, only)


@app.command()
def chat(
    flow: FlowOption = None,
    name: Annotated[str | None, typer.Option(help="What WhatsApp says the customer is called.")] = None,
) -> int:
    """Talk with a flow in the terminal: no server, no database, nothing is sent."""
    from surereply.commands.flow_files import chat_with

    return chat_with(flow, name)


@app.command()
def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing: 0 if the schema is current, 1 if not.")
    ] = False,
) -> int:
    """Bring the database to this program's schema."""
    from surereply.commands.database import migrate_database

    return migrate_database(check_only=check)


@app.command()
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask WhatsApp.")] = False,
) -> int:
    """Say what is wrong with settings, database, schema, lines and flows, and what to do."""
    from surereply.commands.checking import run_doctor

    return run_doctor(offline=offline)


@app.command()
def verify(
    url: Annotated[str | None, typer.Option(help="Where the deployment answers; this machine's unless set.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask WhatsApp.")] = False,
) -> int:
    """The production checklist against a running deployment; ends in READY or in what is missing."""
    from surereply.commands.checking import run_verify

    return run_verify(url, offline=offline)


@app.command()
def understand(
    text: Annotated[str | None, typer.Argument(help="A message to explain; JSON lines are read if absent.")] = None,
    flow: FlowOption = None,
    asked: Annotated[list[str] | None, typer.Option("--asked", help="The field that we asked for.")] = None,
    llm: Annotated[bool, typer.Option("--llm", help="With the language model that is set.")] = False,
) -> int:
    """A message explained, its words highlighted; or JSON lines in, what was understood out."""
    from surereply.commands.flow_files import explain_text, understand_lines

    if text is None:
        return understand_lines(flow, sys.stdin.buffer, with_model=llm)
    return explain_text(flow, text, asked or [], with_model=llm)


@app.command()
def hold() -> int:
    """Keep everything owed here until `release`; a restored backup gets this before `serve`."""
    from surereply.commands.line import hold_everything

    return hold_everything()


@app.command()
def release() -> int:
    """Let everything owed go out again."""
    from surereply.commands.line import release_everything

    return release_everything()


@app.command()
def erase(
    contact: Annotated[str, typer.Argument(help="A phone number, a BSUID or a contact's id.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> int:
    """Erase a contact: what they wrote, what is known of them, what is owed to them."""
    from surereply.commands.people import erase_contact

    return erase_contact(contact, confirmed=yes)
