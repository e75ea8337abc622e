"""
Secrets and what is kept of them.

Passwords, which people choose, are kept as Argon2 hashes. Tokens are ours and as random as a key, so a plain hash is
enough: nobody finds what was hashed, and a token is looked up by it.
"""

import hashlib
import secrets
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_SECRET_BYTES: Final = 24
_TOKEN_BYTES: Final = 32
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # what OWASP asks for at least
_NOBODY: Final = _HASHER.hash("nobody")


def new_password() -> str:
    """Return a password nobody can guess, short enough to be typed into a device."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def new_token() -> str:
    """Return a token nobody can guess."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def password_hash(password: str) -> str:
    """Return what is kept of *password*."""
    return _HASHER.hash(_normal(password))


def is_password(password: str, kept: str | None) -> bool:
    """Return whether *kept* was made of *password*; it takes as long where nothing was kept."""
    try:
        _HASHER.verify(kept or _NOBODY, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def token_hash(token: str) -> str:
    """Return what is kept of *token*."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def _normal(password: str) -> str:
    """Return *password* as every keyboard types it: an accent may be part of its letter or follow it."""
    return unicodedata.normalize("NFKC", password)
