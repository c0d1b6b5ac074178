"""Settings: one's own account, operators, lines with their secrets masked, and who did what."""

from uuid import UUID

from starlette.responses import Response

from surereply.admin import lines as line_acts
from surereply.admin import operators
from surereply.admin.operators import Token, link_for
from surereply.admin.refused import Refused
from surereply.domain.identity import UNKNOWN_LINE_BUCKET
from surereply.domain.line import Line
from surereply.domain.operators import LONGEST_PASSWORD, SHORTEST_PASSWORD, Role
from surereply.store import listings
from surereply.store import operators as stored
from surereply.store.line_states import line_states
from surereply.store.secrets import Credentials
from surereply.web.asked import must_exist
from surereply.web.panel.acting import refused_now
from surereply.web.panel.asked import Asked
from surereply.web.panel.rendering import page, redirect
from surereply.web.panel.sign_in import is_https
from surereply.web.problems import Problem

ACTS_ON_A_PAGE = 50
SECRETS = ("access_token", "app_secret", "verify_token")
LONGEST_SECRET = 4096


async def show(asked: Asked) -> Response:
    return await _settings(asked)


async def _settings(asked: Asked, status: int = 200, problem: str | None = None, done: str | None = None) -> Response:
    parts = asked.parts
    known = {line.id: line for line in parts.directory.lines()}
    with_credentials = [line_id for line_id in known if parts.directory.credentials(line_id)]
    async with parts.db.connection() as tx:
        people = await stored.all_operators(tx)
        lines = await line_states(tx, with_credentials)
        buckets = [UNKNOWN_LINE_BUCKET, *parts.directory.buckets()]
        acts = await listings.acts(tx, buckets, _before(asked), ACTS_ON_A_PAGE)
    return page(
        asked,
        "settings.html",
        status,
        section="settings",
        people=people,
        lines=lines,
        of_environment={one for one, line in known.items() if parts.directory.is_of_environment(line)},
        acts=acts,
        next=acts[-1].id if len(acts) == ACTS_ON_A_PAGE else None,
        roles=[role.value for role in Role],
        problem=problem,
        done=done,
        shortest=SHORTEST_PASSWORD,
        longest=LONGEST_PASSWORD,
        zone=asked.zone,
    )


async def set_password(asked: Asked) -> Response:
    password = asked.form.get("password", "")
    if password != asked.form.get("again", ""):
        return await _settings(asked, 422, asked.texts("settings.not_the_same"))
    refused = await operators.set_password(asked.parts.db, asked.operator, password, asked.parts.clock())
    if refused:
        sentence = asked.texts("settings.password_length", shortest=SHORTEST_PASSWORD, longest=LONGEST_PASSWORD)
        return await _settings(asked, 422, sentence)
    return await _settings(asked, done=asked.texts("settings.password_set"))


async def add_operator(asked: Asked) -> Response:
    role = _role(asked)
    outcome = await operators.add_operator(
        asked.parts.db, asked.form.get("name", ""), role, asked.name, asked.parts.clock()
    )
    return _link(asked, outcome)


async def make_link(asked: Asked) -> Response:
    return _link(
        asked,
        await operators.make_link(asked.parts.db, asked.name, asked.parts.clock(), operator_id=asked.id("id")),
    )


def _link(asked: Asked, outcome: Token | Refused) -> Response:
    """Shown once: it is kept by nobody."""
    if isinstance(outcome, Refused):
        return refused_now(asked, outcome)
    scheme = "https" if is_https(asked) else "http"
    host = asked.request.headers.get("host", "")
    return page(asked, "link.html", link=link_for(f"{scheme}://{host}", outcome))


async def set_role(asked: Asked) -> Response:
    refused = await operators.set_role(asked.parts.db, asked.id("id"), _role(asked), asked.name, asked.parts.clock())
    return refused_now(asked, refused) if refused else redirect("/settings", by_htmx=asked.by_htmx)


async def remove_operator(asked: Asked) -> Response:
    refused = await operators.remove_operator(asked.parts.db, asked.id("id"), asked.name, asked.parts.clock())
    return refused_now(asked, refused) if refused else redirect("/settings", by_htmx=asked.by_htmx)


async def sign_out_operator(asked: Asked) -> Response:
    refused = await operators.sign_out_everywhere(asked.parts.db, asked.id("id"), asked.name, asked.parts.clock())
    return refused_now(asked, refused) if refused else redirect("/settings", by_htmx=asked.by_htmx)


async def ask_secrets(asked: Asked) -> Response:
    return page(asked, "rotate.html", line=line_of(asked), names=SECRETS, problem=None)


async def rotate(asked: Asked) -> Response:
    """What is typed is sealed at once, and shown to nobody again."""
    line = line_of(asked)
    given = {name: asked.form.get(name, "").strip() for name in SECRETS}
    if not all(0 < len(value) <= LONGEST_SECRET for value in given.values()):
        return page(asked, "rotate.html", 422, line=line, names=SECRETS, problem=asked.texts("rotate.all"))
    if asked.parts.directory.is_of_environment(line):
        return page(asked, "rotate.html", 409, line=line, names=SECRETS, problem=asked.texts("line.environment"))
    sealed = asked.parts.directory.seal(Credentials(**given))
    refused = await line_acts.rotate(asked.parts.db, line, sealed, asked.name, asked.parts.clock())
    if refused:
        return page(asked, "rotate.html", 409, line=line, names=SECRETS, problem=refused.sentence)
    await asked.parts.directory.refresh()
    asked.parts.owed()
    return redirect("/settings", by_htmx=asked.by_htmx)


def line_of(asked: Asked) -> Line:
    wanted = asked.id("id")
    return must_exist(next((one for one in asked.parts.directory.lines() if one.id == wanted), None), "line")


def _role(asked: Asked) -> Role:
    try:
        return Role(asked.form.get("role", ""))
    except ValueError:
        raise Problem(422, "invalid", "a role is viewer, member or admin") from None


def _before(asked: Asked) -> UUID | None:
    text = asked.query("before")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Problem(404, "not_found", "there is no such page") from None
