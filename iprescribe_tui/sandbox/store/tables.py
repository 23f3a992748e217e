"""Tables of the sandbox's database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Dialect, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime, TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """Time in UTC, stored without a zone, since SQLite has none."""

    impl = DateTime(timezone=False)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Drop the zone."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Restore the zone."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map = {datetime: UtcTime, dict[str, Any]: JSON, list[str]: JSON, str: String}


class Registration(Base):
    """Registration. `answers` are by step, without secrets; `flags` has other state, such as quirks already shown.

    `history` has the steps that led to `step`, `completed` the steps whose outcome stands (see `policy`).
    `changes_at` is when the view changes by itself: a lock ends, a link expires.
    """

    __tablename__ = "registrations"

    id: Mapped[str] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(default=1)
    npi: Mapped[str] = mapped_column(unique=True)
    reference: Mapped[str] = mapped_column(unique=True)
    step: Mapped[str]
    history: Mapped[list[str]] = mapped_column("path", default=list)
    completed: Mapped[list[str]] = mapped_column("holds", default=list)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    flags: Mapped[dict[str, Any]] = mapped_column("memory", default=dict)
    username: Mapped[str | None]
    username_key: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(unique=True)
    idme_account_id: Mapped[str | None] = mapped_column(ForeignKey("idme_accounts.id", ondelete="SET NULL"))
    locked_until: Mapped[datetime | None]
    locked_reason: Mapped[str] = mapped_column(default="")
    changes_at: Mapped[datetime | None] = mapped_column("wake_at")
    completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __mapper_args__ = {"version_id_col": revision, "version_id_generator": False}

    def lock_at(self, now: datetime) -> datetime | None:
        """Return until when nothing can be done with it, None where something can be done now."""
        return self.locked_until if self.locked_until and self.locked_until > now else None


class IdmeAccountRow(Base):
    """Account at the sandbox's stand-in for ID.me; `finished` once its recovery code was saved.

    `email_key` is None until the email is confirmed: until then, another account may claim it.
    """

    __tablename__ = "idme_accounts"

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]
    email_key: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str]
    finished: Mapped[bool] = mapped_column(default=False)
    second_factor: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    totp_ident: Mapped[str] = mapped_column(default="")
    totp_used: Mapped[int] = mapped_column(default=0)
    recovery_ident: Mapped[str] = mapped_column(default="")
    verified: Mapped[bool] = mapped_column(default=False)
    verified_npi: Mapped[str] = mapped_column(default="")


class Challenge(Base):
    """Code, link or both, derived from `id` by the key in memory: nothing stored here answers it."""

    __tablename__ = "challenges"

    id: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    link_digest: Mapped[str] = mapped_column(unique=True)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    void: Mapped[bool] = mapped_column(default=False)


class SentMessage(Base):
    """Message that was "sent": its text is made from template and challenge whenever it is read."""

    __tablename__ = "messages"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(unique=True)
    registration_id: Mapped[str | None] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    challenge_id: Mapped[str | None] = mapped_column(ForeignKey("challenges.id", ondelete="CASCADE"))
    channel: Mapped[str]
    recipient: Mapped[str]
    template: Mapped[str]
    params: Mapped[dict[str, Any]]
    sent_at: Mapped[datetime]


class Tries(Base):
    """Count of a subject's (a digest's) attempts since `since`, the last one at `latest`."""

    __tablename__ = "tries"

    limit: Mapped[str] = mapped_column("what", primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime]
    latest: Mapped[datetime]


class TokenFamily(Base):
    """Tokens of one session, revoked together."""

    __tablename__ = "token_families"

    id: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    revoked: Mapped[bool] = mapped_column(default=False)


class TokenRow(Base):
    """Access or refresh token, as its SHA-256."""

    __tablename__ = "tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    family_id: Mapped[str] = mapped_column(ForeignKey("token_families.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    expires_at: Mapped[datetime]
    used: Mapped[bool] = mapped_column(default=False)


class ClosedFamily(Base):
    """Code of the problem that tells why a session was closed, if neither its owner nor time ended it."""

    __tablename__ = "closed_families"

    family_id: Mapped[str] = mapped_column(ForeignKey("token_families.id", ondelete="CASCADE"), primary_key=True)
    code: Mapped[str]


class ClosedToken(Base):
    """Token, as its SHA-256, of a session that another one replaced: its client is told so."""

    __tablename__ = "closed_tokens"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    expires_at: Mapped[datetime]


class EvidenceRow(Base):
    """Photo, stored in a file named by its id."""

    __tablename__ = "evidence"

    id: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), index=True)
    step: Mapped[str]
    slot: Mapped[str]
    digest: Mapped[str]
    size: Mapped[int]


class Fingerprint(Base):
    """Fingerprint of a photo, compared with those of other photos."""

    __tablename__ = "fingerprints"

    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence.id", ondelete="CASCADE"), primary_key=True)
    fingerprint: Mapped[bytes]


class EvidenceDoubt(Base):
    """Doubt about a photo from a phone, the worst as number 0, until the photo is sent anyway."""

    __tablename__ = "evidence_doubts"

    evidence_id: Mapped[str] = mapped_column(ForeignKey("evidence.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str]
    message: Mapped[str]


class Handoff(Base):
    """Handoff of a step's photos to a phone; its code is derived from `id`, and only its digest is stored.

    A registration has one at most: a code that was used, replaced or canceled finds nothing. `received` has the
    photos' ids by slot, `errors` those of the last ones.
    """

    __tablename__ = "handoffs"

    id: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[str] = mapped_column(ForeignKey("registrations.id", ondelete="CASCADE"), unique=True)
    step: Mapped[str]
    code_digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="waiting")
    document: Mapped[str] = mapped_column(default="")
    received: Mapped[dict[str, Any]] = mapped_column(default=dict)
    errors: Mapped[dict[str, Any]] = mapped_column("says", default=dict)


class SavedResponseRow(Base):
    """Outcome of a POST: `problem` whole, or the subject from which its answer is built again."""

    __tablename__ = "saved_answers"
    __table_args__ = (UniqueConstraint("scope", "key"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    scope: Mapped[str]
    key: Mapped[str]
    body_digest: Mapped[str]
    saved_at: Mapped[datetime]
    status: Mapped[int] = mapped_column(default=0)
    subject: Mapped[str] = mapped_column(default="")
    problem: Mapped[dict[str, Any] | None]


class SupportRequest(Base):
    """Request to support."""

    __tablename__ = "support_requests"

    reference: Mapped[str] = mapped_column(primary_key=True)
    registration_id: Mapped[str | None]
    category: Mapped[str]
    message: Mapped[str]
    contact: Mapped[str]
    sent_at: Mapped[datetime]


class KeyFingerprint(Base):
    """Digest of the key with which the database was started, in one row."""

    __tablename__ = "key_mark"

    number: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str]
