"""`/webhooks/whatsapp`: as little as possible between the socket and the receiver; 200 only for what is on disk."""

from starlette.datastructures import QueryParams
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from surereply.receiver import BadSignature, NotKept, Receiver
from surereply.store.directory import Directory
from surereply.web.auth import read_body
from surereply.web.problems import problem
from surereply.whatsapp.signature import answer_handshake

# WhatsApp sends at most 3 MB; more is not WhatsApp. Whatever we do not answer with 200 is delivered again.
BODY_LIMIT = 5 << 20
SIGNATURE = b"x-hub-signature-256"
OK = Response(status_code=200)


class Webhook:
    """One address, two methods."""

    def __init__(self, receiver: Receiver, directory: Directory) -> None:
        self._receiver = receiver
        self._directory = directory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            answer = await self._deliver(scope, receive)
        elif scope["method"] in ("GET", "HEAD"):
            answer = self._shake_hands(scope)
        else:
            allowed = {"Allow": "GET, POST"}
            answer = problem(
                405, "method_not_allowed", "WhatsApp asks with GET and delivers with POST", headers=allowed
            )
        await answer(scope, receive, send)

    async def _deliver(self, scope: Scope, receive: Receive) -> Response:
        raw = await read_body(scope, receive, BODY_LIMIT)
        if raw is None:
            return problem(413, "too_large", f"a delivery may have at most {BODY_LIMIT} bytes")
        try:
            await self._receiver.receive(raw, _signature(scope))
        except BadSignature:
            return problem(401, "bad_signature", "the delivery is not signed with the secret of a configured app")
        except NotKept:
            return problem(503, "not_kept", "the delivery could not be kept; deliver it again", headers=AGAIN)
        return OK

    def _shake_hands(self, scope: Scope) -> Response:
        query = QueryParams(scope["query_string"])
        for token in self._directory.verify_tokens():
            challenge = answer_handshake(query, token)
            if challenge is not None:
                return PlainTextResponse(challenge)
        return problem(403, "wrong_verify_token", "the verify token is not that of a configured line")


AGAIN = {"Retry-After": "5"}


def _signature(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == SIGNATURE:
            signature: str = value.decode("latin-1")
            return signature
    return None
