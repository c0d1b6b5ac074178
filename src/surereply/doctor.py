"""What is wrong with settings, database, schema, lines and flows, and what to do: each thing a check of its own."""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp

from surereply.config import Settings
from surereply.domain.flow_file import BrokenFlow, read_flow_file
from surereply.domain.flow_lint import lint_file
from surereply.store.checklist import LineStanding, ServerFacts
from surereply.store.migrate import SchemaState, Standing
from surereply.store.secrets import Credentials, SecretsUnreadable, unseal
from surereply.whatsapp.account import Check, check_number, check_subscription, check_token

if TYPE_CHECKING:
    from surereply.models.providers import NamedModel

MODEL_PATIENCE_SECONDS = 20.0
OLDEST_SERVER, NEWEST_SERVER = 15, 18
MOST_CLOCK_DIFFERENCE = timedelta(seconds=5)
MUST_BE_ON = ("fsync", "full_page_writes")


def check_settings(settings: Settings) -> list[Check]:
    """What a deployment needs beside what the settings themselves demand."""
    checks = []
    if settings.admin_token is None:
        line = "SUREREPLY_ADMIN_TOKEN is not set, so the admin API answers nobody; `openssl rand -hex 24` makes one"
        checks.append(Check("admin token", False, line))
    if settings.secret_key is None:
        line = "SUREREPLY_SECRET_KEY is not set, so no line can be added and nobody erased; `openssl rand -hex 32`"
        checks.append(Check("secret key", False, line))
    return checks or [Check("settings", True, "all that a deployment needs is set")]


def check_flow_file(settings: Settings) -> list[Check]:
    """The flow of the settings' line, as the file is now."""
    if settings.flow is None:
        return []
    try:
        found = read_flow_file(settings.flow.read_text(encoding="utf-8"), str(settings.flow))
    except BrokenFlow as error:
        more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
        return [Check("flow", False, f"{error.problems[0]}{more}; `surereply flow check` shows all")]
    except (OSError, UnicodeDecodeError) as error:
        return [
            Check("flow", False, f"{settings.flow} cannot be read ({type(error).__name__}); correct SUREREPLY_FLOW")
        ]
    warnings = lint_file(found)
    told = f"{found.flow.name} is sound"
    if warnings:
        told += f"; {len(warnings)} warning(s), see `surereply flow check {settings.flow}`"
    return [Check("flow", True, told)]


def check_server(facts: ServerFacts) -> list[Check]:
    """The server's version, and whether what it acknowledges is on disk."""
    version = facts.version // 10_000
    checks = []
    if not OLDEST_SERVER <= version <= NEWEST_SERVER:
        line = f"PostgreSQL {version} is not one of {OLDEST_SERVER} to {NEWEST_SERVER}; upgrade the server"
        checks.append(Check("database", False, line))
    checks += [
        Check("database", False, f"{name} is off, so a crash loses what was acknowledged; turn it on")
        for name in MUST_BE_ON
        if facts.settings.get(name) != "on"
    ]
    if facts.settings.get("synchronous_commit") == "off":
        line = "synchronous_commit is off, so a crash loses what was acknowledged; set it to on, or remote_apply"
        checks.append(Check("database", False, line))
    if facts.settings.get("transaction_read_only") == "on":
        checks.append(Check("database", False, "it is read-only (a standby?); name the primary in the URL"))
    return checks or [Check("database", True, f"PostgreSQL {version} answers and keeps what it acknowledges")]


def check_schema(state: SchemaState) -> Check:
    return Check("schema", state.standing is Standing.CURRENT, str(state))


def check_partitions(missing: Sequence[str]) -> Check:
    if missing:
        return Check(
            "partitions", False, f"{missing[0]} and {len(missing) - 1} more are missing: run `surereply migrate`"
        )
    return Check("partitions", True, "this month's and the next one's are there")


def check_clock(database_now: datetime, asked: datetime, answered: datetime) -> Check:
    """Leases and windows go by the database's clock; a difference shows that one of the two machines is wrong."""
    difference = abs(database_now - (asked + (answered - asked) / 2))
    if difference > MOST_CLOCK_DIFFERENCE + (answered - asked):
        line = f"this machine and the database differ by {difference.total_seconds():.0f} s; set both by NTP"
        return Check("clock", False, line)
    return Check("clock", True, "this machine and the database agree on the time")


def check_lines(standings: Sequence[LineStanding], settings: Settings, now: datetime) -> list[Check]:
    """Each line: has it a flow, do its secrets open, may it send?"""
    if not standings:
        line = "there is none; `surereply line add`, or set SUREREPLY_WHATSAPP_PHONE_NUMBER_ID and start `serve`"
        return [Check("line", False, line)]
    return [_check_line(standing, settings, now) for standing in standings]


def _check_line(standing: LineStanding, settings: Settings, now: datetime) -> Check:
    name = f"line {standing.line.name}"
    if standing.flow_version is None:
        return Check(name, False, f"its flow {standing.line.flow_name} is not in the database: `surereply line add`")
    credentials = credentials_of(standing, settings)
    if isinstance(credentials, str):
        return Check(name, False, credentials)
    obstacles = standing.obstacles(now)
    if obstacles:
        return Check(name, False, "; ".join(obstacles))
    return Check(
        name, True, f"answers by flow {standing.line.flow_name}, version {standing.flow_version}, and may send"
    )


def credentials_of(standing: LineStanding, settings: Settings) -> Credentials | str:
    """A line's credentials, or why there are none and what to do."""
    number = standing.line.phone_number_id
    if number == settings.whatsapp_phone_number_id:
        own = (settings.whatsapp_access_token, settings.whatsapp_app_secret, settings.whatsapp_verify_token)
        return Credentials(*(one.get_secret_value() if one else "" for one in own))
    if standing.sealed is None:
        return f"it has no secrets of its own, and SUREREPLY_WHATSAPP_PHONE_NUMBER_ID is not {number}: `line rotate`"
    try:
        return unseal(standing.sealed, settings.secret_key.get_secret_value() if settings.secret_key else "")
    except SecretsUnreadable as error:
        return " ".join((error.__doc__ or "").split())


async def ask_models(settings: Settings) -> list[Check]:
    """Whether each language model that is set answers, with one small question.

    That a provider refused is told by its error's class and HTTP status, never by its text.
    """
    if settings.llm_model is None:
        return []
    from surereply.models.providers import ModelUnusable, open_models  # the extra, where a model is set

    try:
        models = open_models(settings)
    except ModelUnusable as error:
        return [Check("language model", False, str(error))]
    return [await _ask_model(model, settings) for model in models]


async def _ask_model(model: "NamedModel", settings: Settings) -> Check:
    from surereply.models.providers import GREETING

    name = f"language model {model.name}"
    started = time.monotonic()
    try:
        async with asyncio.timeout(MODEL_PATIENCE_SECONDS):
            answered = await model.ask(GREETING)
    except TimeoutError:
        line = f"no answer in {MODEL_PATIENCE_SECONDS:g} s; is its server up, and reached from here?"
        return Check(name, False, line)
    except Exception as error:  # whatever a provider's library raises
        status = getattr(error, "status_code", None)
        told = f"{type(error).__name__}, HTTP {status}" if status else type(error).__name__
        return Check(name, False, f"it does not answer ({told}); look at its name, its key and its server")
    took_seconds, deadline_seconds = time.monotonic() - started, settings.llm_deadline_ms / 1000
    if answered.value is None:
        return Check(name, False, "it answers, but not with the JSON that it is asked for; choose one that can")
    if took_seconds > deadline_seconds / 2:
        line = f"it took {took_seconds:.1f} s, and a turn has {deadline_seconds:g} s for two calls: choose a faster one"
        return Check(name, False, line)
    tokens = f"{answered.input_tokens} + {answered.output_tokens} tokens"
    return Check(name, True, f"answers in {took_seconds:.1f} s, {tokens}")


async def ask_whatsapp(
    http: aiohttp.ClientSession, settings: Settings, standings: Sequence[LineStanding]
) -> list[Check]:
    """Token, number and subscription of each line whose secrets open."""
    checks = []
    for standing in standings:
        credentials = credentials_of(standing, settings)
        if isinstance(credentials, str):
            continue
        for ask in (check_token, check_number, check_subscription):
            said = await ask(http, settings.whatsapp_api_url, credentials.access_token, standing.line.phone_number_id)
            checks.append(Check(f"{standing.line.name}: {said.name}", said.ok, said.line))
            if not said.ok:
                break  # what follows would fail for the same reason
    return checks
