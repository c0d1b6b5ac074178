"""`lab serve`, `lab phone`, `lab torture` and `lab scenario`."""

import asyncio
from pathlib import Path

import typer

from surereply.commands.failures import WrongUse
from surereply.config import Settings, read_settings


def serve_the_lab(webhooks: list[str], port: int) -> int:
    from surereply.lab.serve import serve_lab

    if not webhooks:
        settings = read_settings()
        webhooks = [f"http://{settings.host}:{settings.port}/webhooks/whatsapp"]
    return serve_lab(webhook_url=webhooks, port=port, tell=typer.echo)


def take_a_phone(lab: str, number: str, name: str) -> int:
    from surereply.lab.terminal_phone import run_phone

    return run_phone(lab, number, name=name)


def torture(seconds: float, seed: int, report: Path | None, json: Path | None) -> int:
    from surereply.lab.torture.plan import Plan
    from surereply.lab.torture.torture import run_torture

    return run_torture(Plan(seconds=seconds, seed=seed), report=report, json=json)


def play_scenario(name: str | None, seed: int, seconds: float | None, size: int | None) -> int:
    from surereply.lab.torture.faults import FAULTS
    from surereply.lab.torture.scenario import list_scenarios, run_scenario

    if name is None:
        return list_scenarios()
    if name not in FAULTS:
        raise WrongUse(f"there is no scenario {name}; `surereply lab scenario` lists them")
    return run_scenario(name, seed=seed, seconds=seconds, size=size)


def torture_against(url: str, seconds: float, seed: int, json: Path | None, *, confirmed: bool) -> int:
    from surereply.lab.torture.against import NotThere, explanation, find_lab, run_against
    from surereply.lab.torture.made_up import Target

    settings = read_settings()
    target = Target(url.rstrip("/"), *_what_signing_needs(settings))
    lab = asyncio.run(find_lab(settings.whatsapp_api_url, target.phone_number_id))
    typer.echo(explanation(target, seconds, lab))
    if lab is None and not confirmed:
        raise WrongUse(
            "SUREREPLY_WHATSAPP_API_URL names no lab that knows this line, so replies to made-up customers would go to "
            "a real provider; use a staging whose replies go to `surereply lab serve`, or say --yes"
        )
    try:
        return run_against(target, seconds=seconds, seed=seed, lab=lab, json=json)
    except NotThere as error:
        raise WrongUse(str(error)) from None


def _what_signing_needs(settings: Settings) -> tuple[str, str, str]:
    """The line's number, the app's secret, the admin token. Raises `WrongUse` with those that are not set."""
    needed = {
        "WHATSAPP_PHONE_NUMBER_ID": settings.whatsapp_phone_number_id,
        "WHATSAPP_APP_SECRET": settings.whatsapp_app_secret and settings.whatsapp_app_secret.get_secret_value(),
        "ADMIN_TOKEN": settings.admin_token and settings.admin_token.get_secret_value(),
    }
    missing = [f"SUREREPLY_{name}" for name, value in needed.items() if not value]
    if missing:
        raise WrongUse(f"--against needs {', '.join(missing)}, as the deployment has them")
    number, secret, token = (value or "" for value in needed.values())
    return number, secret, token
