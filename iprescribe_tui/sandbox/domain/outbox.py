"""Codes, links, and the messages that carry them: stored as identifiers, put into words when they are read."""

import hmac
import logging
import secrets
import smtplib
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Final, Literal, cast

import idna
from pydantic import BaseModel
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from iprescribe_tui.journey.views import OutboxMessage
from iprescribe_tui.sandbox.domain.backend import Backend, after_commit
from iprescribe_tui.sandbox.domain.messages import TEMPLATES, render, wrapped
from iprescribe_tui.sandbox.store.tables import Challenge, SentMessage

Channel = Literal["e-mail", "text", "call"]

CODE_LIFETIME: Final = timedelta(minutes=10)
LINK_LIFETIME: Final = timedelta(minutes=15)
REFEREE_LIFETIME: Final = timedelta(hours=24)
EMAIL_GAP: Final = timedelta(minutes=5)

_ENDED: Final = "(ended when the sandbox started anew)"
_SHOWN: Final = 200  # messages; older ones are not shown
_SENDER: Final = "iPrescribe sandbox <sandbox@example.com>"
_LOG: Final = logging.getLogger("iprescribe_tui.sandbox")


class Outbox(BaseModel):
    """The messages that were sent, newest first."""

    messages: list[OutboxMessage]


def issue(
    backend: Backend, db: Session, registration_id: str, purpose: str, now: datetime, lifetime: timedelta
) -> Challenge:
    """Create a code and link for `purpose`, and void those before it."""
    void(db, registration_id, purpose)
    ident = secrets.token_hex(16)
    challenge = Challenge(
        id=ident,
        registration_id=registration_id,
        purpose=purpose,
        link_digest=link_digest(backend, backend.memory_key.link_token(ident)),
        sent_at=now,
        expires_at=now + lifetime,
    )
    db.add(challenge)
    db.flush()
    return challenge


def void(db: Session, registration_id: str, purpose: str) -> None:
    """Void all codes and links of `purpose`."""
    db.execute(
        update(Challenge)
        .where(Challenge.registration_id == registration_id, Challenge.purpose == purpose)
        .values(void=True)
    )


def newest(db: Session, registration_id: str, purpose: str) -> Challenge | None:
    """Return the newest code or link that is not void, expired or not."""
    return db.scalar(
        select(Challenge)
        .where(Challenge.registration_id == registration_id, Challenge.purpose == purpose, Challenge.void.is_(False))
        .order_by(Challenge.sent_at.desc())
        .limit(1)
    )


def went_to(db: Session, challenge: Challenge, to: str) -> bool:
    """Return whether `challenge` was sent to `to`."""
    return db.scalar(select(SentMessage.recipient).where(SentMessage.challenge_id == challenge.id)) == to


def link_digest(backend: Backend, token: str) -> str:
    """Return the digest by which a link's token is found."""
    return backend.key.digest("link", token.encode("utf-8", "surrogatepass"))


def is_readable(backend: Backend, challenge: Challenge) -> bool:
    """Return whether the key in memory still derives the code and link of `challenge`."""
    return hmac.compare_digest(link_digest(backend, backend.memory_key.link_token(challenge.id)), challenge.link_digest)


def by_token(backend: Backend, db: Session, token: str, purposes: Iterable[str]) -> Challenge | None:
    """Return the challenge of a link's token; None if it is unknown, or not for one of `purposes`."""
    known = Challenge.link_digest == link_digest(backend, token)
    return db.scalar(select(Challenge).where(known, Challenge.purpose.in_(tuple(purposes))))


def link_of(backend: Backend, challenge: Challenge) -> str:
    """Return the address of the page that completes `challenge`."""
    page = "h" if challenge.purpose == "handoff" else "l"
    return f"{backend.public_url}/{page}/{backend.memory_key.link_token(challenge.id)}"


def send(
    backend: Backend,
    db: Session,
    template: str,
    *,
    channel: Channel,
    to: str,
    now: datetime,
    registration_id: str | None = None,
    challenge: Challenge | None = None,
    **params: str,
) -> None:
    """Put a message into the outbox; if a mail server is configured, also send an email after the commit."""
    message = SentMessage(
        id=secrets.token_hex(8),
        registration_id=registration_id,
        challenge_id=challenge.id if challenge else None,
        channel=channel,
        recipient=to,
        template=template,
        params=params,
        sent_at=now,
    )
    db.add(message)
    db.flush()
    if backend.mail is not None and channel == "e-mail":
        mail, written = backend.mail, put_into_words(backend, message, challenge)
        after_commit(db, lambda: mail(to, written.subject, written.body))


def put_into_words(backend: Backend, message: SentMessage, challenge: Challenge | None) -> OutboxMessage:
    """Return the message with its code and link derived again; those of a former key in memory have ended."""
    takes = TEMPLATES[message.template].params
    readable = challenge if challenge and is_readable(backend, challenge) else None
    code = backend.memory_key.code(readable.id) if readable and "code" in takes else ""
    link = link_of(backend, readable) if readable and "link" in takes else ""
    secrets_ = {name: value or _ENDED for name, value in (("code", code), ("link", link)) if name in takes}
    rendered = render(message.template, **message.params, **secrets_)
    return OutboxMessage(
        id=message.id,
        channel=cast("Channel", message.channel),
        to=message.recipient,
        subject=rendered.subject,
        body=rendered.body,
        sent_at=message.sent_at,
        link=link,
        code=code,
    )


def latest(backend: Backend, db: Session) -> list[OutboxMessage]:
    """Return the last 200 messages, newest first."""
    rows = db.execute(
        select(SentMessage, Challenge)
        .outerjoin(Challenge, SentMessage.challenge_id == Challenge.id)
        .order_by(SentMessage.number.desc())
        .limit(_SHOWN)
    )
    return [put_into_words(backend, message, challenge) for message, challenge in rows]


def domain_in_ascii(domain: str) -> str:
    """Return the domain of an email address as every mail server reads it (IDNA 2008, UTS 46). Raises ValueError."""
    return idna.encode(domain, uts46=True).decode("ascii")


def smtp_mailer(server: str) -> Callable[[str, str, str], None]:
    """Return a function that emails through `server` ("host:port") in threads, and logs failures without content."""
    host, _, port = server.rpartition(":")

    def deliver(to: str, subject: str, body: str) -> None:
        try:
            local, _, domain = to.rpartition("@")
            to = f"{local}@{domain_in_ascii(domain)}"
            letter = EmailMessage()
            letter["From"], letter["To"], letter["Subject"] = _SENDER, to, subject
            letter.set_content(wrapped(body))
            with smtplib.SMTP(host.strip("[]"), int(port), timeout=10) as smtp:
                smtp.send_message(letter, to_addrs=[to])
        except (OSError, smtplib.SMTPException, ValueError) as failed:
            _LOG.warning("An e-mail could not be sent through %s (%s).", server, type(failed).__name__)

    def mail(to: str, subject: str, body: str) -> None:
        threading.Thread(target=deliver, args=(to, subject, body), name="mail").start()

    return mail
