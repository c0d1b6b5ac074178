"""The panel put together: every address with the role it needs."""

from collections.abc import Callable

from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from surereply.domain.operators import Role
from surereply.web.auth import FailedAttempts
from surereply.web.panel import (
    acting,
    conversation,
    editing,
    endpoints,
    flow,
    inbox,
    leads,
    media,
    overview,
    problems,
    retention,
    settings,
    sign_in,
)
from surereply.web.panel.gate import Call, route_for
from surereply.web.panel.inbox import Lists
from surereply.web.panel.rendering import STATIC
from surereply.web.panel.sign_in import SignInPages
from surereply.web.panel.stream import Following
from surereply.web.parts import WebParts
from surereply.web.watch import Watch

WRONG_SIGN_INS = 10  # of an address or for a name in a minute
FOR_GOOD = b"public, max-age=31536000, immutable"


def panel_routes(parts: WebParts, watch: Watch, steady: Callable[[], float]) -> list[BaseRoute]:
    signing_in = SignInPages(FailedAttempts(steady, WRONG_SIGN_INS))
    shared = (
        Call("GET", "/stream", Role.VIEWER, Following(watch).answer),
        Call("POST", "/inbox", Role.VIEWER, Lists(steady).search),
    )
    return [
        Mount("/static", _Kept(directory=STATIC)),
        *(route_for(call, parts) for call in (*calls_of(signing_in), *shared, *CALLS)),
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
    Call("GET", "/", Role.VIEWER, overview.show),
    Call("GET", "/problems", Role.VIEWER, problems.show),
    Call("PUT", "/quarantine/{id}/resolution", Role.MEMBER, problems.resolve),
    Call("PUT", "/lines/{id}/pause", Role.ADMIN, problems.pause_line),
    Call("DELETE", "/lines/{id}/pause", Role.ADMIN, problems.resume_line),
    Call("GET", "/inbox", Role.VIEWER, inbox.show),
    Call("GET", "/conversations/{id}", Role.VIEWER, conversation.show),
    Call("GET", "/conversations/{id}/now", Role.VIEWER, conversation.show_now),
    Call("POST", "/conversations/{id}/replies", Role.MEMBER, conversation.send),
    Call("PUT", "/conversations/{id}/handover", Role.MEMBER, acting.take_over),
    Call("DELETE", "/conversations/{id}/handover", Role.MEMBER, acting.give_back),
    Call("GET", "/conversations/{id}/assignee", Role.MEMBER, inbox.ask_assignee),
    Call("PUT", "/conversations/{id}/assignee", Role.MEMBER, inbox.set_assignee),
    Call("DELETE", "/conversations/{id}/lease", Role.MEMBER, acting.release_lease),
    Call("POST", "/conversations/{id}/simulated-retries", Role.MEMBER, acting.simulate),
    Call("GET", "/conversations/{id}/erasure", Role.ADMIN, acting.ask_erasure),
    Call("POST", "/conversations/{id}/erasure", Role.ADMIN, acting.erase),
    Call("POST", "/replies/{id}/resends", Role.MEMBER, acting.resend),
    Call("POST", "/replies/{id}/discards", Role.MEMBER, acting.discard),
    Call("POST", "/replies/{id}/withdrawals", Role.MEMBER, acting.withdraw),
    Call("GET", "/leads", Role.VIEWER, leads.show),
    Call("POST", "/leads/export", Role.MEMBER, leads.export),
    Call("GET", "/leads/{id}/fields/{name}", Role.MEMBER, editing.ask),
    Call("POST", "/leads/{id}/fields/{name}", Role.MEMBER, editing.edit),
    Call("POST", "/leads/{id}/stage", Role.MEMBER, editing.decide),
    Call("GET", "/flow", Role.VIEWER, flow.show),
    Call("GET", "/flow/{name}/versions/{version}/graph.svg", Role.VIEWER, flow.draw),
    Call("POST", "/flow/{name}/versions/{version}/rehearsal", Role.VIEWER, flow.rehearse),
    Call("POST", "/flow/{name}/versions/{version}/tests", Role.VIEWER, flow.run_its_tests),
    Call("POST", "/flow/{name}/versions/{version}", Role.ADMIN, flow.put_in),
    Call("PUT", "/flow/{name}/versions/{version}/active", Role.ADMIN, flow.activate),
    Call("GET", "/settings", Role.VIEWER, settings.show),
    Call("POST", "/settings/password", Role.VIEWER, settings.set_password),
    Call("POST", "/operators", Role.ADMIN, settings.add_operator),
    Call("POST", "/operators/{id}/links", Role.ADMIN, settings.make_link),
    Call("PUT", "/operators/{id}/role", Role.ADMIN, settings.set_role),
    Call("DELETE", "/operators/{id}/sign-ins", Role.ADMIN, settings.sign_out_operator),
    Call("DELETE", "/operators/{id}", Role.ADMIN, settings.remove_operator),
    Call("GET", "/lines/{id}/secrets", Role.ADMIN, settings.ask_secrets),
    Call("PUT", "/lines/{id}/secrets", Role.ADMIN, settings.rotate),
    Call("GET", "/lines/{id}/retention", Role.ADMIN, retention.ask),
    Call("PUT", "/lines/{id}/retention", Role.ADMIN, retention.save),
    Call("GET", "/settings/webhooks", Role.ADMIN, endpoints.show),
    Call("POST", "/endpoints", Role.ADMIN, endpoints.add),
    Call("GET", "/endpoints/{id}", Role.ADMIN, endpoints.ask),
    Call("PUT", "/endpoints/{id}", Role.ADMIN, endpoints.change),
    Call("DELETE", "/endpoints/{id}", Role.ADMIN, endpoints.remove),
    Call("POST", "/endpoints/{id}/secrets", Role.ADMIN, endpoints.rotate),
    Call("PUT", "/endpoints/{id}/pause", Role.ADMIN, endpoints.pause),
    Call("DELETE", "/endpoints/{id}/pause", Role.ADMIN, endpoints.resume),
    Call("POST", "/endpoints/{id}/tests", Role.ADMIN, endpoints.send_test),
    Call("POST", "/endpoints/{id}/announcements/{announcement_id}/deliveries", Role.ADMIN, endpoints.deliver_again),
    Call("GET", "/messages/{id}/media", Role.VIEWER, media.show),
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
