"""The command line: what can be said, and how an expected failure is told (one line, exit code 2)."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from surereply import __version__

INTERRUPTED = 130

app = typer.Typer(
    name="surereply",
    help="Answers a business's leads on WhatsApp: every customer once, never twice, never not at all.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
flow_app = typer.Typer(help="Check, rehearse and draw flow files.", no_args_is_help=True)
lab_app = typer.Typer(help="A WhatsApp of your own, to try everything on.", no_args_is_help=True)
line_app = typer.Typer(help="The business's WhatsApp numbers.", no_args_is_help=True)
operator_app = typer.Typer(help="The people in the panel.", no_args_is_help=True)
export_app = typer.Typer(help="Take data out.", no_args_is_help=True)
app.add_typer(flow_app, name="flow")
app.add_typer(lab_app, name="lab")
app.add_typer(line_app, name="line")
app.add_typer(operator_app, name="operator")
app.add_typer(export_app, name="export")

FlowFile: TypeAlias = Annotated[Path, typer.Argument(help="A flow file (YAML).", show_default=False)]
FlowOption: TypeAlias = Annotated[Path | None, typer.Option("--flow", help="A flow file; SUREREPLY_FLOW unless set.")]
LineNumber: TypeAlias = Annotated[str, typer.Argument(help="WhatsApp's id of the phone number.", show_default=False)]
PanelUrl: TypeAlias = Annotated[
    str | None, typer.Option("--url", help="Where the panel is; this machine's unless set.")
]
FromInput: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--stdin", help="Read the secrets from standard input as JSON: access_token, app_secret, verify_token."
    ),
]


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


@export_app.command("leads")
def export_leads(
    form: Annotated[Literal["csv", "json"], typer.Option("--format", help="One lead a row, or one a line.")] = "csv",
    flow: Annotated[str | None, typer.Option(help="Only the leads of this flow, by its name.")] = None,
) -> int:
    """Every lead, to standard output."""
    from surereply.commands.people import write_leads

    return write_leads(form, flow)


@flow_app.command("check")
def flow_check(file: FlowFile) -> int:
    """Mistakes (1) and warnings (0), each with its line."""
    from surereply.commands.flow_files import check_flow

    return check_flow(file)


@flow_app.command("test")
def flow_test(file: FlowFile) -> int:
    """Run the conversations that the file brings as its tests."""
    from surereply.commands.flow_files import test_flow

    return test_flow(file)


@flow_app.command("graph")
def flow_graph(
    file: FlowFile,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write; standard output unless set.")] = None,
    language: Annotated[str, typer.Option(help="en, or ar: drawn from right to left.")] = "en",
) -> int:
    """Draw the flow as SVG."""
    from surereply.commands.flow_files import draw_flow

    return draw_flow(file, out, language)


@lab_app.command("serve")
def lab_serve(
    webhook: Annotated[
        list[str] | None, typer.Option(help="Where webhooks go; this machine's `serve` unless set. May be repeated.")
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8090,
) -> int:
    """A fake WhatsApp: Graph API, webhooks, and phones in the browser."""
    from surereply.commands.lab import serve_the_lab

    return serve_the_lab(webhook or [], port)


@lab_app.command("phone")
def lab_phone(
    number: Annotated[str, typer.Argument(help="The customer's number, digits alone.")] = "971500000001",
    lab: Annotated[str, typer.Option(help="Where the lab answers.")] = "http://127.0.0.1:8090",
    name: Annotated[str, typer.Option(help="What WhatsApp calls the customer.")] = "Customer",
) -> int:
    """A customer's phone in the terminal, against a running lab."""
    from surereply.commands.lab import take_a_phone

    return take_a_phone(lab, number, name)


@lab_app.command("torture")
def lab_torture(
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="How long it is struck, before it drains.")] = 60.0,
    seed: Annotated[int, typer.Option(help="The same seed brings the same customers, and what strikes when.")] = 1,
    report: Annotated[Path | None, typer.Option(help="Write one HTML page with the timeline and each finding.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the figures.")] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Not processes of its own, but the parts that are safe against this deployment: signed webhooks of "
            "made-up customers (+999 …), repeated, shuffled, at once, badly signed, days old. Kills nothing. Needs "
            "SUREREPLY_WHATSAPP_APP_SECRET, SUREREPLY_WHATSAPP_PHONE_NUMBER_ID and SUREREPLY_ADMIN_TOKEN as the "
            "deployment has them.",
        ),
    ] = None,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes",
            help="With --against: its replies to the made-up customers may go wherever its WhatsApp API leads. Not "
            "needed where SUREREPLY_WHATSAPP_API_URL names the lab that they go to.",
        ),
    ] = False,
) -> int:
    """Kill, freeze, cut and restart everything under load, then count: nothing twice, nothing lost."""
    from surereply.commands.lab import torture, torture_against

    if against is not None:
        return torture_against(against, seconds, seed, json, confirmed=yes)
    return torture(seconds, seed, report, json)


@lab_app.command("scenario")
def lab_scenario(
    name: Annotated[str | None, typer.Argument(help="Which one; without, all are listed.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed brings the same draws.")] = 1,
    seconds: Annotated[
        float | None, typer.Option(min=0, max=3600, help="How long it lasts, where it lasts; its own time unless set.")
    ] = None,
    size: Annotated[
        int | None, typer.Option(min=1, max=1_000_000, help="How many: copies, messages, conversations, where it asks.")
    ] = None,
) -> int:
    """One fault alone, against real processes in miniature: played, drained, audited."""
    from surereply.commands.lab import play_scenario

    return play_scenario(name, seed, seconds, size)


@line_app.command("add")
def line_add(
    number: LineNumber,
    flow: Annotated[Path, typer.Option(help="The flow file that the line answers by.")],
    name: Annotated[str | None, typer.Option(help="What people call the line; its number's id unless set.")] = None,
    stdin: FromInput = False,
) -> int:
    """Add a line, or bring it up to date. Its secrets are asked for, and kept encrypted."""
    from surereply.commands.line import add_line

    return add_line(number, flow, name, from_input=stdin)


@line_app.command("list")
def line_list() -> int:
    """Every line: its flow, whether its secrets open, and what stands in its way."""
    from surereply.commands.line import list_lines

    return list_lines()


@line_app.command("rotate")
def line_rotate(number: LineNumber, stdin: FromInput = False) -> int:
    """Replace a line's secrets, and let it send again if a dead token had stopped it."""
    from surereply.commands.line import rotate_line

    return rotate_line(number, from_input=stdin)


@operator_app.command("add")
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


@operator_app.command("link")
def operator_link(
    name: Annotated[str, typer.Argument(help="An operator's name.", show_default=False)], url: PanelUrl = None
) -> int:
    """One more link for somebody who cannot sign in."""
    from surereply.commands.operator import make_link

    return make_link(name, url)


@operator_app.command("list")
def operator_list() -> int:
    """Everybody, with role and when they were last seen."""
    from surereply.commands.operator import list_operators

    return list_operators()
