"""What every page is asked with: who asks, in which language, and what their form holds."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qs
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from surereply.admin.operators import Token
from surereply.domain.operators import Role
from surereply.store.operators import SignIn
from surereply.web.panel.texts import LANGUAGES, Texts, texts_in
from surereply.web.parts import WebParts
from surereply.web.problems import Problem

COOKIE = "surereply_sign_in"
LANGUAGE_COOKIE = "surereply_language"
THEME_COOKIE = "surereply_theme"
THEMES = ("auto", "light", "dark")
MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """`who` is None on the few pages that need nobody: signing in."""

    request: Request
    parts: WebParts
    texts: Texts
    theme: str
    who: SignIn | None = None
    token: Token | None = field(default=None, repr=False)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def operator(self) -> SignIn:
        assert self.who is not None, "only pages that need nobody are asked without"
        return self.who

    @property
    def name(self) -> str:
        """Under which their acts are kept."""
        return self.operator.name

    @property
    def csrf(self) -> str:
        """Of this sign-in alone; made of its cookie, which no other site can read."""
        return csrf_of(self.token) if self.token else ""

    @property
    def by_htmx(self) -> bool:
        """A part of a page is wanted, not a page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def zone(self) -> str:
        """Where the business is: the first line's flow says."""
        directory = self.parts.directory
        flows = (directory.active_flow(line.flow_name) for line in directory.lines())
        return next((flow.business.time_zone for flow in flows if flow), "UTC")

    def may(self, role: str) -> bool:
        return self.who is not None and Role(self.who.role).includes(Role(role))

    def id(self, name: str) -> UUID:
        """An id of the path. Raises a 404 problem for what is none."""
        try:
            return UUID(self.request.path_params[name])
        except ValueError:
            raise Problem(404, "not_found", "there is no such thing") from None

    def query(self, name: str, default: str = "") -> str:
        """Raises a 404 problem for a NUL: no page of ours says it, and PostgreSQL has no such text."""
        given = self.request.query_params.get(name, default)
        if "\0" in given:
            raise Problem(404, "not_found", "there is no such page")
        return given


Answer: TypeAlias = Callable[[Asked], Awaitable[Response]]


def asked_by(request: Request, parts: WebParts, **more: Any) -> Asked:
    language = request.cookies.get(LANGUAGE_COOKIE) or _preferred(request.headers.get("accept-language", ""))
    theme = request.cookies.get(THEME_COOKIE, "auto")
    return Asked(request, parts, texts_in(language), theme if theme in THEMES else "auto", **more)


def _preferred(accepted: str) -> str:
    """The first of ours that the browser names."""
    for one in accepted.split(","):
        language = one.split(";")[0].strip().split("-")[0].lower()
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


def csrf_of(token: Token) -> str:
    return hmac.new(token.text.encode(), b"csrf", hashlib.sha256).hexdigest()


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form. Raises a 422 problem for what is none; of a name that comes twice the last one counts."""
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except (ValueError, UnicodeError):
        raise Problem(422, "invalid", "the form cannot be read") from None
    return {name: values[-1] for name, values in fields.items()}
