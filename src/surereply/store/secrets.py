"""Secrets of lines and endpoints, encrypted at rest with the deployment's key."""

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from surereply.domain.signing import SigningKey

Secret = TypeVar("Secret")


class SecretsUnreadable(Exception):
    """Secrets do not open with SUREREPLY_SECRET_KEY; set the key they were written with, or `line rotate`."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What a line needs to talk with WhatsApp. Never printed: it has no repr."""

    access_token: str
    app_secret: str
    verify_token: str


def seal(secret: Any, secret_key: str) -> bytes:
    """Credentials of a line, or the signing keys of an endpoint."""
    return _fernet(secret_key).encrypt(msgspec.json.encode(secret))


def unseal(sealed: bytes, secret_key: str) -> Credentials:
    """A line's. Raises `SecretsUnreadable`."""
    return _unsealed(sealed, secret_key, Credentials)


def unseal_keys(sealed: bytes, secret_key: str) -> tuple[SigningKey, ...]:
    """An endpoint's. Raises `SecretsUnreadable`."""
    return _unsealed(sealed, secret_key, tuple[SigningKey, ...])


def _unsealed(sealed: bytes, secret_key: str, kind: type[Secret]) -> Secret:
    try:
        return msgspec.json.decode(_fernet(secret_key).decrypt(sealed), type=kind)
    except (InvalidToken, msgspec.DecodeError) as error:
        raise SecretsUnreadable from error


@lru_cache(maxsize=4)  # slow on purpose, and the same for every line
def _fernet(secret_key: str) -> Fernet:
    derived = hashlib.scrypt(secret_key.encode(), salt=b"surereply line secrets", n=2**14, r=8, p=1, dklen=32)
    return Fernet(base64.urlsafe_b64encode(derived))
