"""`lab serve` and `lab phone`."""

import typer

from surereply.config import read_settings


def serve_the_lab(webhooks: list[str], port: int) -> int:
    from surereply.lab.serve import serve_lab

    if not webhooks:
        settings = read_settings()
        webhooks = [f"http://{settings.host}:{settings.port}/webhooks/whatsapp"]
    return serve_lab(webhook_url=webhooks, port=port, tell=typer.echo)


def take_a_phone(lab: str, number: str, name: str) -> int:
    from surereply.lab.terminal_phone import run_phone

    return run_phone(lab, number, name=name)
