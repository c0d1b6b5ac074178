"""A browser at the panel, called as ASGI: its cookies, its forms, and what it shows."""

import html
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from support.app import Answer, Web
from surereply.admin import operators
from surereply.admin.operators import Token
from surereply.domain.operators import Role
from surereply.web.panel.asked import COOKIE, csrf_of


class Browser:
    """Keeps what it is given; `csrf` is what its pages hold."""

    def __init__(self, web: Web, language: str = "en") -> None:
        self.web = web
        self.cookies: dict[str, str] = {"surereply_language": language}

    @property
    def csrf(self) -> str:
        return csrf_of(Token(self.cookies.get(COOKIE, "")))

    async def get(self, path: str, **headers: str) -> Answer:
        return await self._ask("GET", path, b"", headers)

    async def post(self, path: str, form: Mapping[str, Any] | None = None, **headers: str) -> Answer:
        """A form of our own page."""
        return await self._ask("POST", path, urlencode({"csrf": self.csrf, **(form or {})}).encode(), headers)

    async def send(self, method: str, path: str, form: Mapping[str, Any]) -> Answer:
        """A form of our own page that htmx sends: by any method, the token in a header."""
        token = {"x_csrf_token": self.csrf, "hx_request": "true"}
        return await self._ask(method, path, urlencode(form).encode(), token)

    async def post_as(self, method: str, path: str, **headers: str) -> Answer:
        """What a button of our own page asks: PUT or DELETE, the token in a header."""
        return await self._ask(method, path, b"", {"x_csrf_token": self.csrf, "hx_request": "true", **headers})

    async def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        named = {"cookie": cookies, "content-type": "application/x-www-form-urlencoded", **headers}
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]
        answer = await self.web.raw(method, path, body, raw)
        given = answer.headers.get("set-cookie", "")
        if given:
            name, _, rest = given.partition("=")
            value = rest.split(";")[0].strip('"')
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer


async def operator(web: Web, role: Role = Role.ADMIN, name: str = "Layla") -> Token:
    """A new operator, and the link that signs them in."""
    link = await operators.add_operator(web.parts.db, name, role, "test", web.parts.clock())
    assert isinstance(link, Token)
    return link


async def signed_in(web: Web, role: Role = Role.ADMIN, name: str = "Layla", language: str = "en") -> Browser:
    browser = Browser(web, language)
    answer = await browser.post("/sign-in", {"link": (await operator(web, role, name)).text})
    assert answer.status == 303, answer.body
    return browser


def text_of(answer: Answer) -> str:
    """What a person reads: no tags, one space where there were many."""
    page = re.sub(r"<(script|style)\b.*?</\1>", " ", answer.body.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
