"""`surereply lab …`."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="A WhatsApp of your own, to try everything on.", no_args_is_help=True)


@app.command("serve")
def lab_serve(
    webhook: Annotated[
        list[str] | None, typer.Option(help="Where webhooks go; this machine's `serve` unless set. May be repeated.")
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8090,
) -> int:
    """A fake WhatsApp: Graph API, webhooks, and phones in the browser."""
    from surereply.commands.lab import serve_the_lab

    return serve_the_lab(webhook or [], port)


@app.command("phone")
def lab_phone(
    number: Annotated[str, typer.Argument(help="The customer's number, digits alone.")] = "971500000001",
    lab: Annotated[str, typer.Option(help="Where the lab answers.")] = "http://127.0.0.1:8090",
    name: Annotated[str, typer.Option(help="What WhatsApp calls the customer.")] = "Customer",
) -> int:
    """A customer's phone in the terminal, against a running lab."""
    from surereply.commands.lab import take_a_phone

    return take_a_phone(lab, number, name)


@app.command("torture")
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


@app.command("scenario")
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
