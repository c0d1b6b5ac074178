"""What `doctor` asks WhatsApp: do the token, the number and the webhook's subscription work?"""

from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from surereply.domain.outcome import ALERTS, Action, judge
from surereply.whatsapp.errors import error_of, redact
from surereply.whatsapp.http import bearer, endpoint, read_at_most

CHECK_TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=5)
CHECK_ADDRESS = "check SUREREPLY_WHATSAPP_API_URL"


@dataclass(frozen=True, slots=True)
class Check:
    """`line` says what was found and, where it is not `ok`, what to do; it holds no secret."""

    name: str  # token, number, subscription
    ok: bool
    line: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no answer, in one line; `code` is None where WhatsApp gave no verdict."""

    line: str
    code: int | None = None
    of_token: bool = False


async def check_token(http: aiohttp.ClientSession, api_url: str, token: str, phone_number_id: str) -> Check:
    """Asked by way of the number: an error that is not the token's shows that the token is accepted."""
    answer = await _ask(http, api_url, token, phone_number_id, fields="id")
    if isinstance(answer, Problem) and (answer.of_token or answer.code is None):
        return Check("token", False, answer.line)
    return Check("token", True, "the access token is accepted")


async def check_number(http: aiohttp.ClientSession, api_url: str, token: str, phone_number_id: str) -> Check:
    fields = "display_phone_number,verified_name,quality_rating,throughput"
    answer = await _ask(http, api_url, token, phone_number_id, fields=fields)
    if isinstance(answer, Problem):
        return Check("number", False, answer.line)
    number = answer.get("display_phone_number")
    if not isinstance(number, str) or not number:
        return Check("number", False, "the id is no WhatsApp number's; check SUREREPLY_WHATSAPP_PHONE_NUMBER_ID")
    quality = str(answer.get("quality_rating") or "not rated").lower()
    if quality == "red":
        return Check("number", False, f"{number} works, but its quality is red; see it in WhatsApp Manager")
    return Check("number", True, f"{number} works, its quality is {quality}")


async def check_subscription(
    http: aiohttp.ClientSession,
    api_url: str,
    token: str,
    phone_number_id: str,
    *,
    account_id: str | None = None,
) -> Check:
    """Does WhatsApp deliver to an app of ours? By the account's id where it is known (webhooks carry it as
    `entry[].id`), otherwise by the webhook that the number is configured with."""
    if account_id is not None:
        answer = await _ask(http, api_url, token, account_id, "subscribed_apps")
        subscribed = not isinstance(answer, Problem) and bool(answer.get("data"))
    else:
        answer = await _ask(http, api_url, token, phone_number_id, fields="webhook_configuration")
        configured = {} if isinstance(answer, Problem) else answer.get("webhook_configuration")
        subscribed = isinstance(configured, dict) and any(configured.values())
    if isinstance(answer, Problem):
        return Check("subscription", False, answer.line)
    if not subscribed:
        todo = "subscribe the app to the account's webhook field `messages` under WhatsApp > Configuration"
        return Check("subscription", False, f"no app receives this number's webhooks; {todo}")
    return Check("subscription", True, "an app receives this number's webhooks")


async def _ask(
    http: aiohttp.ClientSession, api_url: str, token: str, *path: str, **query: str
) -> dict[str, Any] | Problem:
    try:
        async with http.get(
            endpoint(api_url, *path).with_query(query),
            headers=bearer(token),
            allow_redirects=False,
            timeout=CHECK_TIMEOUT,
        ) as answer:
            status, body = answer.status, await read_at_most(answer)
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        return Problem(f"WhatsApp was not reached ({type(error).__name__}); {CHECK_ADDRESS} and the network")
    try:
        decoded = msgspec.json.decode(body or b"")
    except (ValueError, RecursionError):
        decoded = None
    refused = error_of(decoded)
    if refused is not None:
        details = redact(refused.details, (token,)) or "no details"
        rule = judge(refused.code)
        hint = f" ({rule.hint})" if rule.action in ALERTS else ""
        line = f"WhatsApp refuses with {refused.code}: {details}{hint}"
        return Problem(line, refused.code, of_token=rule.action is Action.STOP_LINE_UNTIL_TOKEN)
    if status != 200 or not isinstance(decoded, dict):
        return Problem(f"WhatsApp answered HTTP {status} without a verdict; try again, {CHECK_ADDRESS}")
    return decoded
