"""The panel put together: every address with the role it needs."""

from collections.abc import Callable

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from surereply.domain.operators import Role
from surereply.web.auth import FailedAttempts
from surereply.web.panel import sign_in
from surereply.web.panel.gate import Call, route_for
from surereply.web.panel.rendering import STATIC
from surereply.web.panel.sign_in import SignInPages
from surereply.web.parts import WebParts

WRONG_SIGN_INS = 10  # of an address or for a name in a minute
FOR_GOOD = b"public, max-age=31536000, immutable"


def panel_routes(parts: WebParts, steady: Callable[[], float]) -> list[BaseRoute]:
    signing_in = SignInPages(FailedAttempts(steady, WRONG_SIGN_INS))
    return [
        Mount("/static", _Kept(directory=STATIC)),
        *(route_for(call, parts) for call in (*calls_of(signing_in), *CALLS)),
    ]


def calls_of(signing_in: SignInPages) -> tuple[Call, ...]:
    """What nobody needs to be signed in for."""
    return (
        Call("GET", "/sign-in", None, signing_in.show),
        Call("POST", "/sign-in", None, signing_in.sign_in),
        Call("POST", "/look", None, sign_in.set_look),
    )


CALLS = (
    Call("POST", "/sign-out", Role.VIEWER, sign_in.sign_out),
    Call("POST", "/sign-out-everywhere", Role.VIEWER, sign_in.sign_out_everywhere),
)


class _Kept(StaticFiles):
    """Files whose address changes with what they hold: a browser may keep them for good."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200 and scope["query_string"]:
                headers = list(message["headers"])  # type: ignore[call-overload]
                message = {**message, "headers": [*headers, (b"cache-control", FOR_GOOD)]}
            await send(message)

        await super().__call__(scope, receive, sending)  # type: ignore[arg-type]
