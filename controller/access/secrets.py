"""Passwords, session tokens and device keys: made here, kept only as hashes."""

from __future__ import annotations

import hashlib
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_PASSWORD = 10
MAX_PASSWORD = 200
KEY_PREFIX = "chk_"
_WORD_BYTES = 32

_hasher = PasswordHasher()


@cache
def nobodys_hash() -> str:
    """Checked for a name that does not exist, so that names cannot be told by how long the answer takes.

    Made at the first sign-in, not at the start: after a power cut the controllers wait for the service.
    """
    return _hasher.hash(secrets.token_urlsafe(_WORD_BYTES))


def new_password() -> str:
    """A password of 96 random bits, for someone to write down once."""
    return "-".join(secrets.token_hex(3) for _ in range(4))


def new_token() -> str:
    """A session's token."""
    return secrets.token_urlsafe(_WORD_BYTES)


def new_key() -> str:
    """A device's key. 256 random bits: a fast hash protects it as well as a slow one would."""
    return KEY_PREFIX + secrets.token_urlsafe(_WORD_BYTES)


def digest(secret: bytes) -> bytes:
    """SHA-256 of a token or key. It is looked up by this: how long that takes tells nothing of the secret."""
    return hashlib.sha256(secret).digest()


def hash_password(password: str) -> str:
    """argon2id with the library's parameters (RFC 9106, low memory). Takes tens of milliseconds: not on the loop."""
    return _hasher.hash(password)


def password_holds(password_hash: str, password: str) -> bool:
    """Whether it is the password. As slow as hashing it."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
