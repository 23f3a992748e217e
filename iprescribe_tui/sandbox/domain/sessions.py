"""Tokens: opaque, hashed at rest, short-lived or used once, and revoked together if one is used twice."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr
from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.orm import Session

from iprescribe_tui.journey.service_document import SessionPolicy
from iprescribe_tui.journey.views import SESSION_CHANGED, TOKEN_REUSED, Tokens
from iprescribe_tui.sandbox.domain.problems import ProblemError, session_closed, session_replaced, unauthorized
from iprescribe_tui.sandbox.store.tables import ClosedFamily, ClosedToken, TokenFamily, TokenRow

ACCESS_LIFETIME: Final = timedelta(minutes=10)
LONGEST: Final = timedelta(seconds=SessionPolicy().longest)
"""Time until a session ends, however often its tokens are rotated: refresh tokens expire when the first one does."""

REPEATABLE: Final = timedelta(seconds=45)
"""Time in which the answer to a rotation is repeated, for a client that missed it."""


def open_session(db: Session, registration_id: str, now: datetime) -> tuple[str, Tokens]:
    """Open a session: return the id of a new family of tokens, and its first pair."""
    family = TokenFamily(id=secrets.token_hex(16), registration_id=registration_id)
    db.add(family)
    db.flush()
    return family.id, issue(db, family.id, now, now + LONGEST)


def reopen_session(db: Session, family_id: str, now: datetime) -> tuple[str, Tokens]:
    """Issue another pair for a session whose first answer may be lost.

    Raises ProblemError (401) if it is closed or over.
    """
    family = db.get(TokenFamily, family_id, with_for_update=True, populate_existing=True)
    end = db.scalar(
        select(func.max(TokenRow.expires_at)).where(TokenRow.family_id == family_id, TokenRow.kind == "refresh")
    )
    if family is None or family.revoked or end is None or end <= now:
        raise unauthorized()
    return family_id, issue(db, family_id, now, end)


def family_with(db: Session, refresh_token: str) -> str:
    """Return the id of the family of a refresh token, valid or not; "" if it is unknown."""
    token = db.get(TokenRow, _digest(refresh_token))
    return token.family_id if token else ""


def is_of(db: Session, family_id: str, registration_id: str) -> bool:
    """Return whether a session is one of this registration."""
    family = db.get(TokenFamily, family_id)
    return family is not None and family.registration_id == registration_id


def issue(db: Session, family_id: str, now: datetime, end: datetime) -> Tokens:
    """Issue a pair of tokens for a family whose session ends at `end`."""
    access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    soon = min(now + ACCESS_LIFETIME, end)
    for kind, value, expires_at in (("access", access, soon), ("refresh", refresh, end)):
        db.add(TokenRow(digest=_digest(value), family_id=family_id, kind=kind, expires_at=expires_at))
    return Tokens(
        access_token=SecretStr(access),
        refresh_token=SecretStr(refresh),
        expires_in=int((soon - now).total_seconds()),
    )


def family_of(db: Session, access_token: str, now: datetime) -> TokenFamily:
    """Return the family of an access token. Raises ProblemError (401) if the token opens nothing."""
    token = db.get(TokenRow, _digest(access_token))
    if token is None or token.kind != "access":
        raise _opens_nothing(db, _digest(access_token))
    if token.expires_at <= now:
        raise unauthorized("token_expired", "The access token has expired")
    return _living(db, token)


def rotate(db: Session, refresh_token: str, now: datetime) -> tuple[str, Tokens]:
    """Exchange a refresh token: return the rotation's id, and a new pair of tokens. Raises ProblemError (401).

    A second use closes the session. Once a pair from a rotation was used, the others (see `reissue`) count as used.
    """
    token = db.get(TokenRow, _digest(refresh_token))
    if token is None or token.kind != "refresh" or token.expires_at <= now:
        raise _opens_nothing(db, _digest(refresh_token))
    family = _living(db, token)
    db.refresh(token)  # another rotation may have held the family until now
    if token.used:
        raise _reused(db, family)
    db.execute(update(TokenRow).where(TokenRow.family_id == family.id, TokenRow.kind == "refresh").values(used=True))
    tokens = issue(db, family.id, now, min(token.expires_at, now + LONGEST))
    return _digest(tokens.refresh_token.get_secret_value()).hex(), tokens


def reissue(db: Session, rotation: str, now: datetime, *, in_time: bool) -> Tokens:
    """Issue another pair for a rotation whose response was lost. Raises ProblemError (401) once a pair was used.

    A late or repeated request comes with a token that was replaced long ago: as a second use, it closes the session.
    """
    token = db.get(TokenRow, bytes.fromhex(rotation))
    if token is None:
        raise _opens_nothing(db, bytes.fromhex(rotation))
    family = _living(db, token)
    db.refresh(token)
    if token.used or not in_time:
        raise _reused(db, family)
    if token.expires_at <= now:
        raise unauthorized()
    return issue(db, family.id, now, token.expires_at)


def _reused(db: Session, family: TokenFamily) -> ProblemError:
    """Close a session whose refresh token was used twice, since its owner can't be told (RFC 9700 §4.14.2)."""
    family.revoked = True
    db.add(ClosedFamily(family_id=family.id, code=TOKEN_REUSED))
    return session_closed(TOKEN_REUSED)


def close_others(db: Session, registration_id: str, family_id: str, code: str = SESSION_CHANGED) -> None:
    """Close all sessions of a registration but one; each gets the reason, a problem's `code`, at its next request."""
    others = (
        (TokenFamily.registration_id == registration_id)
        & (TokenFamily.id != family_id)
        & TokenFamily.revoked.is_(False)
    )
    why = select(TokenFamily.id, literal(code)).where(others)
    db.execute(insert(ClosedFamily).from_select(["family_id", "code"], why))
    db.execute(update(TokenFamily).where(others).values(revoked=True))


def forget_expired(db: Session, now: datetime) -> None:
    """Delete tokens that expired more than `LONGEST` ago."""
    db.execute(delete(TokenRow).where(TokenRow.expires_at < now - LONGEST))
    db.execute(delete(ClosedToken).where(ClosedToken.expires_at < now - LONGEST))


def close_replaced(db: Session, registration_id: str) -> None:
    """Close all sessions of a registration that is being replaced; each gets the reason at its next request."""
    not_signed_out = TokenFamily.revoked.is_(False) | TokenFamily.id.in_(select(ClosedFamily.family_id))
    theirs = (
        select(TokenRow.digest, TokenRow.expires_at)
        .join(TokenFamily, TokenFamily.id == TokenRow.family_id)
        .where(TokenFamily.registration_id == registration_id, not_signed_out)
    )
    db.execute(insert(ClosedToken).from_select(["digest", "expires_at"], theirs))
    db.execute(update(TokenFamily).where(TokenFamily.registration_id == registration_id).values(revoked=True))


def _opens_nothing(db: Session, digest: bytes) -> ProblemError:
    """Return the refusal (401) of an unknown token, with the reason if its session was replaced."""
    return unauthorized() if db.get(ClosedToken, digest) is None else session_replaced()


def _living(db: Session, token: TokenRow) -> TokenFamily:
    family = db.get(TokenFamily, token.family_id, with_for_update=token.kind == "refresh")
    if family is None:
        raise unauthorized()
    if family.revoked:
        closed = db.get(ClosedFamily, family.id)
        raise session_closed(closed.code if closed else "")
    return family


def _digest(token: str) -> bytes:
    # A random token needs no salt and no slow hash: it cannot be guessed.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
