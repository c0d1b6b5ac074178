"""A line's secrets, encrypted at rest with the deployment's key."""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache

import msgspec
from cryptography.fernet import Fernet, InvalidToken


class SecretsUnreadable(Exception):
    """A line's secrets do not open with SUREREPLY_SECRET_KEY; set the key they were written with, or `line rotate`."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What a line needs to talk with WhatsApp. Never printed: it has no repr."""

    access_token: str
    app_secret: str
    verify_token: str


def seal(credentials: Credentials, secret_key: str) -> bytes:
    return _fernet(secret_key).encrypt(msgspec.json.encode(credentials))


def unseal(sealed: bytes, secret_key: str) -> Credentials:
    """Raises `SecretsUnreadable`."""
    try:
        return msgspec.json.decode(_fernet(secret_key).decrypt(sealed), type=Credentials)
    except (InvalidToken, msgspec.DecodeError) as error:
        raise SecretsUnreadable from error


@lru_cache(maxsize=4)  # slow on purpose, and the same for every line
def _fernet(secret_key: str) -> Fernet:
    derived = hashlib.scrypt(secret_key.encode(), salt=b"surereply line secrets", n=2**14, r=8, p=1, dklen=32)
    return Fernet(base64.urlsafe_b64encode(derived))
