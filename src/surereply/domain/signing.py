"""Signatures of what is sent to endpoints, by the Standard Webhooks specification (standardwebhooks.com). Pure."""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

PREFIX = "whsec_"
KEY_BYTES = 32  # the specification asks for 24 to 64
OLD_KEY_FOR = timedelta(hours=24)  # after a rotation both signatures are sent, so that nobody is in a hurry


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """`secret` as its receiver has it, `whsec_` before base64; good until a time, or for good. It has no repr."""

    secret: str
    until: datetime | None = None


def new_key(random_bytes: bytes) -> SigningKey:
    return SigningKey(PREFIX + base64.b64encode(random_bytes[:KEY_BYTES]).decode())


def rotated(keys: Sequence[SigningKey], fresh: SigningKey, now: datetime) -> tuple[SigningKey, ...]:
    """The fresh key first; beside it the one before, for a day: two are valid, never three."""
    return fresh, SigningKey(keys[0].secret, now + OLD_KEY_FOR)


def signed_headers(keys: Sequence[SigningKey], announcement_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The specification's three headers; a signature a valid key, apart by a space."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((announcement_id.encode(), timestamp.encode(), body))
    valid = [key for key in keys if key.until is None or key.until > now]
    return {
        "webhook-id": announcement_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{_signature(key, signed)}" for key in valid),
    }


def _signature(key: SigningKey, signed: bytes) -> str:
    secret = base64.b64decode(key.secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()


def masked(key: SigningKey) -> str:
    """Enough to tell two keys apart, and too little to sign with."""
    return f"{PREFIX}…{key.secret[-4:]}"
