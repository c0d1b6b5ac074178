"""The production checklist against a running deployment: each point a check that a planted fault makes fail."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import msgspec

from surereply.domain.flow import Flow
from surereply.store import checklist
from surereply.store.checklist import Questions
from surereply.store.database import Tx
from surereply.store.secrets import Credentials
from surereply.whatsapp.account import Check
from surereply.whatsapp.signature import sign

WEBHOOK = "/webhooks/whatsapp"
HEALTH = "/api/admin/health/ai"
# A delivery that is signed and says nothing: it is kept as such, and touches no customer.
EMPTY_DELIVERY = b'{"object":"whatsapp_business_account","entry":[]}'
CHALLENGE = "1158201444"
TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=5)


@dataclass(frozen=True, slots=True, repr=False)
class Deployment:
    """Where it answers, and what we know of it: the admin token, and each line's credentials by the line's name."""

    http: aiohttp.ClientSession
    url: str
    admin_token: str
    credentials: dict[str, Credentials]

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.admin_token}"}


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0: nobody answered, and `body` says why."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        try:
            decoded = msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return {}
        return decoded if isinstance(decoded, dict) else {}


OverHttp = Callable[[Deployment], Awaitable[Check]]
InDatabase = Callable[[Tx, datetime], Awaitable[Check]]


async def check_process(to: Deployment) -> Check:
    """Does it live, and is it ready for webhooks?"""
    for path in ("/livez", "/readyz"):
        answer = await _get(to, path)
        if answer.status == 0:
            return Check("process", False, f"{to.url}{path} is not answered ({answer.body.decode()}); start `serve`")
        if answer.status != 200:
            return Check("process", False, f"{path} answers {answer.status}; its log says why")
    return Check("process", True, f"{to.url} lives and is ready")


async def check_access(to: Deployment) -> Check:
    """The admin API answers the token, and nobody else."""
    for headers in ({}, {"Authorization": "Bearer not-the-admin-token"}):
        answer = await _get(to, HEALTH, headers)
        if answer.status != 401:
            return Check("access", False, f"{HEALTH} answers {answer.status} to a stranger, where 401 is due")
    answer = await _get(to, HEALTH, to.bearer())
    if answer.status in (401, 403):
        line = (
            f"{HEALTH} refuses the token with {answer.status}; `serve` and `verify` need the same SUREREPLY_ADMIN_TOKEN"
        )
        return Check("access", False, line)
    return Check("access", answer.status == 200, f"{HEALTH} answers {answer.status} to the token, 401 to strangers")


async def check_health(to: Deployment) -> Check:
    """The verdict, with its reasons; docs/operating.md says of each what to do."""
    health = (await _get(to, HEALTH, to.bearer())).json()
    verdict = health.get("verdict")
    reasons = "; ".join(_sentence(reason) for reason in health.get("reasons", [])) or "no reason to worry"
    if verdict not in ("green", "amber"):
        return Check("health", False, f"{verdict or 'no verdict'}: {reasons} (docs/operating.md)")
    return Check("health", True, f"{verdict}: {reasons}")


def _sentence(reason: Any) -> str:
    return str(reason.get("sentence", reason)) if isinstance(reason, dict) else str(reason)


async def check_signature(to: Deployment) -> Check:
    """A delivery that nobody signed is refused, and one signed with each line's app secret is kept."""
    forged = await _post(to, WEBHOOK, EMPTY_DELIVERY, {"X-Hub-Signature-256": f"sha256={'0' * 64}"})
    if forged.status != 401:
        return Check("signature", False, f"the webhook answers {forged.status} to a forged signature, where 401 is due")
    for name, credentials in to.credentials.items():
        signature = {"X-Hub-Signature-256": sign(EMPTY_DELIVERY, credentials.app_secret)}
        kept = await _post(to, WEBHOOK, EMPTY_DELIVERY, signature)
        if kept.status != 200:
            line = f"the webhook answers {kept.status} to a delivery signed for {name}; is its app secret the app's?"
            return Check("signature", False, line)
    return Check("signature", True, "forged deliveries are refused, signed ones are kept")


async def check_handshake(to: Deployment) -> Check:
    """What WhatsApp asks when the webhook is configured (developers.facebook.com, Verification Requests)."""
    refused = await _shake(to, "not-the-verify-token")
    if refused.status != 403:
        return Check(
            "handshake", False, f"the webhook answers {refused.status} to a wrong verify token, where 403 is due"
        )
    for name, credentials in to.credentials.items():
        answer = await _shake(to, credentials.verify_token)
        if answer.status != 200 or answer.body.decode(errors="replace").strip() != CHALLENGE:
            return Check(
                "handshake", False, f"the webhook does not accept the verify token of {name} ({answer.status})"
            )
    return Check("handshake", True, "the verify token is accepted, others are not")


async def check_retries(to: Deployment) -> Check:
    """Simulates a retry of the newest conversation that has something to repeat: nothing is sent by it."""
    health = (await _get(to, HEALTH, to.bearer())).json()
    for conversation in health.get("conversations", []):
        answer = await _post(to, f"/api/admin/conversations/{conversation['id']}/simulate-retry", b"", to.bearer())
        if answer.status == 409:
            continue  # nothing to repeat there, or it is busy
        simulated = answer.json()
        verdict = simulated.get("verdict")
        if answer.status != 200 or verdict != "blocked":
            line = f"simulate-retry of conversation {conversation['id']} says {verdict or answer.status}, not blocked"
            return Check("duplicates", False, line)
        return Check("duplicates", True, f"a repeated webhook, turn and send of {conversation['id']} were all blocked")
    return Check("duplicates", False, "no conversation can be repeated yet: write to the number, wait for the answer")


async def check_metrics(to: Deployment) -> Check:
    answer = await _get(to, "/metrics", to.bearer())
    if answer.status != 200 or b"surereply_" not in answer.body:
        return Check("metrics", False, f"/metrics answers {answer.status} without our figures")
    return Check("metrics", True, "/metrics answers")


OVER_HTTP: tuple[OverHttp, ...] = (
    check_process,
    check_access,
    check_health,
    check_signature,
    check_handshake,
    check_retries,
    check_metrics,
)


async def check_guards(tx: Tx, _: datetime) -> Check:
    """The unique indexes by which the database keeps the promise."""
    missing = await checklist.missing_guards(tx)
    if missing:
        return Check("guards", False, f"the unique index {missing[0]} is missing or invalid: restore it before serving")
    return Check("guards", True, "every key that decides what happens once is unique")


async def check_sent_once(tx: Tx, now: datetime) -> Check:
    without = await checklist.replies_without_key(tx, now)
    if without:
        return Check("sent once", False, f"reply {without[0]} has no dedupe key of its own: our bug, report it")
    twice = await checklist.replies_accepted_twice(tx, now)
    if twice:
        return Check("sent once", False, f"reply {twice[0]} was accepted twice without anybody's consent")
    return Check("sent once", True, "each reply of the last day has its key, and left once")


async def check_kept_once(tx: Tx, now: datetime) -> Check:
    twice = await checklist.messages_kept_twice(tx, now)
    if twice:
        return Check("kept once", False, f"message {twice[0]} is kept twice: our bug, report it")
    return Check("kept once", True, "each message of the last day is kept once")


async def check_nothing_vanished(tx: Tx, now: datetime) -> Check:
    """Every message has its turn or a reason, every reply owed has a ticket."""
    unread = await checklist.messages_without_turn(tx, now)
    if unread:
        return Check("nothing lost", False, f"message {unread[0]} was read by no turn, and waits for none")
    lost = await checklist.replies_without_ticket(tx, now)
    if lost:
        return Check("nothing lost", False, f"reply {lost[0]} is owed, and no dispatcher will find it")
    return Check("nothing lost", True, "each message has its turn or a reason, each reply owed its ticket")


async def check_auto_fill(tx: Tx, _: datetime) -> Check:
    for find, wrong in (
        (checklist.leads_without_service, "has a recognised service that service_type_enum does not name"),
        (checklist.leads_with_empty_fields, "holds an empty value"),
        (checklist.leads_beside_known_fields, "differs from the known_fields of its conversation"),
    ):
        leads = await find(tx)
        if leads:
            return Check("auto-fill", False, f"lead {leads[0]} {wrong}")
    return Check("auto-fill", True, "no lead holds an empty value, each recognised service is in service_type_enum")


IN_DATABASE: tuple[InDatabase, ...] = (
    check_guards,
    check_sent_once,
    check_kept_once,
    check_nothing_vanished,
    check_auto_fill,
)


def check_question_limit(asked: Sequence[Questions], flow_versions: dict[tuple[str, int], Flow]) -> Check:
    """No lead was asked more questions than the flow version that it began with allows."""
    for one in asked:
        flow = flow_versions[one.flow_name, one.flow_version]
        if one.most > flow.limits.max_questions:
            line = (
                f"conversation {one.conversation_id} was asked {one.most}, its flow allows {flow.limits.max_questions}"
            )
            return Check("question limit", False, line)
    return Check("question limit", True, "no lead was asked more than its flow allows")


async def _shake(to: Deployment, verify_token: str) -> Answer:
    query = {"hub.mode": "subscribe", "hub.verify_token": verify_token, "hub.challenge": CHALLENGE}
    return await _ask(to, "GET", WEBHOOK, params=query)


async def _get(to: Deployment, path: str, headers: dict[str, str] | None = None) -> Answer:
    return await _ask(to, "GET", path, headers=headers or {})


async def _post(to: Deployment, path: str, body: bytes, headers: dict[str, str]) -> Answer:
    return await _ask(to, "POST", path, data=body, headers={"Content-Type": "application/json", **headers})


async def _ask(to: Deployment, method: str, path: str, **more: Any) -> Answer:
    try:
        async with to.http.request(method, to.url + path, timeout=TIMEOUT, allow_redirects=False, **more) as answer:
            return Answer(answer.status, await answer.read())
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        return Answer(0, type(error).__name__.encode())
