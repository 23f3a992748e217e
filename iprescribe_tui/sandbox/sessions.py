"""Tokens: opaque, hashed at rest, short-lived or used once, and revoked together when one is used twice."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from iprescribe_tui.journey.protocol import Tokens
from iprescribe_tui.sandbox.problems import unauthorized
from iprescribe_tui.sandbox.store import Token, TokenFamily

ACCESS_LIFETIME: Final = timedelta(minutes=10)
REFRESH_LIFETIME: Final = timedelta(days=30)


def open_session(db: Session, registration_id: str, now: datetime) -> Tokens:
    """A pair of tokens of a family of their own."""
    family = TokenFamily(id=secrets.token_hex(16), registration_id=registration_id)
    db.add(family)
    db.flush()
    return issue(db, family.id, now)


def issue(db: Session, family_id: str, now: datetime) -> Tokens:
    """Another pair of tokens for a family."""
    access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    for kind, value, lifetime in (("access", access, ACCESS_LIFETIME), ("refresh", refresh, REFRESH_LIFETIME)):
        db.add(Token(digest=_digest(value), family_id=family_id, kind=kind, expires_at=now + lifetime))
    return Tokens(
        access_token=SecretStr(access),
        refresh_token=SecretStr(refresh),
        expires_in=int(ACCESS_LIFETIME.total_seconds()),
    )


def family_of(db: Session, access_token: str, now: datetime) -> TokenFamily:
    """The family that an access token belongs to; raises Refused (401) where it opens nothing."""
    token = db.get(Token, _digest(access_token))
    if token is None or token.kind != "access":
        raise unauthorized()
    if token.expires_at <= now:
        raise unauthorized("token_expired", "The access token has expired")
    return _living(db, token)


def rotate(db: Session, refresh_token: str, now: datetime) -> tuple[str, Tokens]:
    """A new pair for a refresh token, with the id of their family; a second use of it revokes them all."""
    token = db.get(Token, _digest(refresh_token), with_for_update=True)
    if token is None or token.kind != "refresh" or token.expires_at <= now:
        raise unauthorized()
    family = _living(db, token)
    if token.used:
        family.revoked = True
        raise unauthorized("token_reused", "This session was closed to protect you")
    token.used = True
    return family.id, issue(db, family.id, now)


def reissue(db: Session, family_id: str, now: datetime) -> Tokens:
    """The pair once more for a client to which the answer to `rotate` got lost."""
    family = db.get(TokenFamily, family_id)
    if family is None or family.revoked:
        raise unauthorized()
    return issue(db, family_id, now)


def forget_expired(db: Session, now: datetime) -> None:
    """Remove tokens that have opened nothing for some time."""
    db.execute(delete(Token).where(Token.expires_at < now - REFRESH_LIFETIME))


def revoke_all(db: Session, registration_id: str) -> None:
    """Close every session of a registration."""
    db.execute(update(TokenFamily).where(TokenFamily.registration_id == registration_id).values(revoked=True))


def _living(db: Session, token: Token) -> TokenFamily:
    family = db.get(TokenFamily, token.family_id)
    if family is None or family.revoked:
        raise unauthorized()
    return family


def _digest(token: str) -> bytes:
    # A random token needs no salt and no slow hash: there is nothing to guess.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
