"""Signing in and out: a password or a link, counted by address and by name, and the same answer for every mistake."""

from dataclasses import dataclass

from starlette.responses import Response

from surereply.admin import operators
from surereply.admin.operators import SIGNED_IN_FOR, Token
from surereply.admin.refused import Refused
from surereply.domain.operators import shown_name
from surereply.web.auth import FailedAttempts
from surereply.web.panel.asked import COOKIE, LANGUAGE_COOKIE, THEME_COOKIE, THEMES, Asked
from surereply.web.panel.rendering import page, redirect
from surereply.web.panel.texts import LANGUAGES

A_YEAR = 365 * 86_400


@dataclass(frozen=True, slots=True)
class SignInPages:
    """`failed`: of this process; wrong ones of an address, and wrong ones for a name, wait for each other's minute."""

    failed: FailedAttempts

    async def show(self, asked: Asked) -> Response:
        if asked.who is not None:
            return redirect("/")
        return page(asked, "sign_in.html", wanted="/", problem=None)

    async def sign_in(self, asked: Asked) -> Response:
        link, name = asked.form.get("link", ""), shown_name(asked.form.get("name", ""))
        address = asked.request.client.host if asked.request.client else "unknown"
        # Also the right password waits: else each guess of a flood would still be worth its while. A link never does:
        # nobody guesses one, and behind a proxy all the world has one address. Counted before it is looked at: looking
        # takes its time, and guesses come at once.
        counted = () if link else (f"address {address}", f"name {name}")
        too_many = [self.failed.too_many(one) for one in counted]
        if any(too_many):
            return self._again(asked, "too_many_attempts", 429)
        db, now = asked.parts.db, asked.parts.clock()
        browser = asked.request.headers.get("user-agent", "")
        if link:
            outcome = await operators.sign_in_with_link(db, Token(link), browser, now)
        else:
            outcome = await operators.sign_in_with_password(db, name, asked.form.get("password", ""), browser, now)
        if isinstance(outcome, Refused):
            return self._again(asked, outcome.code, 401)
        for one in counted:
            self.failed.take_back(one)
        answer = redirect(_own_path(asked.form.get("wanted", "/")))
        answer.set_cookie(
            COOKIE,
            outcome.text,
            max_age=int(SIGNED_IN_FOR.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=is_https(asked),
        )
        return answer

    def _again(self, asked: Asked, code: str, status: int) -> Response:
        wanted = _own_path(asked.form.get("wanted", "/"))
        answer = page(asked, "sign_in.html", status, wanted=wanted, problem=asked.texts(f"sign_in.{code}"))
        if status == 429:
            answer.headers["Retry-After"] = "60"
        return answer


async def sign_out(asked: Asked) -> Response:
    assert asked.token is not None
    await operators.sign_out(asked.parts.db, asked.token, asked.operator, asked.parts.clock())
    answer = redirect("/sign-in", by_htmx=asked.by_htmx)
    answer.delete_cookie(COOKIE)
    return answer


async def sign_out_everywhere(asked: Asked) -> Response:
    """Every browser of this operator, the one that asks included."""
    await operators.sign_out_everywhere(asked.parts.db, asked.operator.operator_id, asked.name, asked.parts.clock())
    answer = redirect("/sign-in", by_htmx=asked.by_htmx)
    answer.delete_cookie(COOKIE)
    return answer


async def set_look(asked: Asked) -> Response:
    """Language and theme, kept by the browser."""
    answer = redirect(_own_path(asked.form.get("wanted", "/")))
    language, theme = asked.form.get("language"), asked.form.get("theme")
    if language in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=A_YEAR, samesite="lax", secure=is_https(asked))
    if theme in THEMES:
        answer.set_cookie(THEME_COOKIE, theme, max_age=A_YEAR, samesite="lax", secure=is_https(asked))
    return answer


def is_https(asked: Asked) -> bool:
    """Whether the browser came by TLS, here or at the proxy. Believed of anybody: it only makes their own cookie
    stricter."""
    proxied = asked.request.headers.get("x-forwarded-proto", "")
    return asked.request.url.scheme == "https" or proxied.split(",")[0].strip() == "https"


def _own_path(wanted: str) -> str:
    """A path of ours: no other site, whatever a form says."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_ours else "/"
