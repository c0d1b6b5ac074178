"""Signs of life: the read mark and the typing sign. Best effort, never retried, no part of the ledger."""

import aiohttp

from surereply.whatsapp.http import bearer, endpoint

PRESENCE_TIMEOUT = aiohttp.ClientTimeout(total=5)


async def mark_read(
    http: aiohttp.ClientSession,
    api_url: str,
    phone_number_id: str,
    token: str,
    wamid: str,
    *,
    typing: bool = True,
) -> bool:
    """Blue ticks for the message `wamid`, and the typing sign (it goes after 25 s or at the reply)."""
    body: dict[str, object] = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    if typing:
        body["typing_indicator"] = {"type": "text"}
    try:
        async with http.post(
            endpoint(api_url, phone_number_id, "messages"),
            json=body,
            headers=bearer(token),
            allow_redirects=False,
            timeout=PRESENCE_TIMEOUT,
        ) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return False
