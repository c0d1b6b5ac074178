"""Who may speak to us: the signature over a delivery's raw bytes, and the handshake of the webhook."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

PREFIX = "sha256="


def verify(raw: bytes, header: str | None, secrets: Sequence[str]) -> bool:
    """Is `header` (X-Hub-Signature-256) the HMAC-SHA256 of these very bytes, with any app's secret?

    An empty secret signs nothing: anybody could sign with it.
    """
    if header is None or not header.startswith(PREFIX) or not header.isascii():
        return False
    digest = header[len(PREFIX) :]
    found = False
    for secret in secrets:  # all of them, so that the time taken does not tell which one it was
        found |= bool(secret) and hmac.compare_digest(_digest(raw, secret), digest.lower())
    return found


def sign(raw: bytes, secret: str) -> str:
    """The header's value for these bytes: `sha256=` and 64 hex digits."""
    return PREFIX + _digest(raw, secret)


def _digest(raw: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def answer_handshake(query: Mapping[str, str], verify_token: str) -> str | None:
    """The challenge to give back as plain text with 200; None means 403."""
    token, challenge = query.get("hub.verify_token", ""), query.get("hub.challenge")
    if query.get("hub.mode") != "subscribe" or not challenge or not verify_token:
        return None
    same = hmac.compare_digest(_bytes(token), _bytes(verify_token))
    return challenge if same else None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
