"""Passwords, usernames, and the accounts that exist from the start."""

import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.personas import SEED_ACCOUNTS, SEED_IDME, TAKEN_EMAIL, TAKEN_USERNAME, SeedAccount
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS, Registry
from iprescribe_tui.sandbox.domain.slow import Kind, outside
from iprescribe_tui.sandbox.store.database import demand_outside
from iprescribe_tui.sandbox.store.tables import IdmeAccountRow, Registration

# RFC 9106 §4, second recommended option: for machines that do more than hash passwords.
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)
# Hash of an unknown password, verified where there is no account, so that a missing account takes as long.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$niV/urMJkBDO6v5O6Noa3w$dcB1U9jYkblB8bp2tuiA5644OgXKXQhe6nPlEe4N3bA"
# A help page prints the passwords of these accounts: a costly hash would protect nothing and slow each first start.
_SEED_HASHER: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def hashed(db: Session, password: SecretStr) -> str:
    """Return the argon2id hash of a password, computed outside the transaction (see `slow.outside`)."""
    return outside(db, ("hashed", password), lambda: _hash(_HASHER, password), Kind.HASH)


def matches(db: Session, password: SecretStr, password_hash: str | None, kind: Kind = Kind.HASH) -> bool:
    """Return whether `password` has this hash, computed outside the transaction (see `slow.outside`).

    A missing or cheap hash takes as long as a costly one. If the hash has changed when the transaction restarts, check
    again.
    """
    return outside(db, ("matches", password, password_hash), lambda: _matches(password, password_hash), kind)


def _hash(hasher: PasswordHasher, password: SecretStr) -> str:
    demand_outside()
    return hasher.hash(_bytes(password))


def _matches(password: SecretStr, password_hash: str | None) -> bool:
    if password_hash is None or _HASHER.check_needs_rehash(password_hash):
        _verified(_NOBODY, password)
    return password_hash is not None and _verified(password_hash, password)


def _verified(password_hash: str, password: SecretStr) -> bool:
    demand_outside()
    try:
        return _HASHER.verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: SecretStr) -> bytes:
    # SP 800-63B-4 §3.1.1.2: normalized, so that a password is the same from any keyboard or system.
    return unicodedata.normalize("NFKC", password.get_secret_value()).encode("utf-8", "surrogatepass")


def key_of(name: str) -> str:
    """Return the key by which usernames or emails are compared: case is ignored, but "ß" and "ss", "ς" and "σ" differ.

    Lowered letter by letter, since Python makes a "Σ" at the end of a word another letter than elsewhere.
    """
    return "".join(map(str.lower, unicodedata.normalize("NFKC", name)))


def by_username(db: Session, username: str) -> Registration | None:
    """Return the registration that signs in with `username`."""
    return db.scalar(select(Registration).where(Registration.username_key == key_of(username)))


def by_email(db: Session, email: str) -> IdmeAccountRow | None:
    """Return the ID.me account with this confirmed email."""
    return db.scalar(select(IdmeAccountRow).where(IdmeAccountRow.email_key == key_of(email)))


def username_taken(db: Session, username: str, registration_id: str) -> bool:
    """Return whether `username` is TAKEN_USERNAME, or belongs to another registration."""
    owner = by_username(db, username)
    return key_of(username) == TAKEN_USERNAME or (owner is not None and owner.id != registration_id)


def email_taken(db: Session, email: str, registration_id: str) -> bool:
    """Return whether `email` is TAKEN_EMAIL, or belongs to another registration."""
    owner = db.scalar(select(Registration).where(Registration.email_key == key_of(email)))
    return key_of(email) == TAKEN_EMAIL or (owner is not None and owner.id != registration_id)


def suggestions(db: Session, username: str, last_name: str, registration_id: str) -> tuple[str, ...]:
    """Return up to three free usernames, made from `username` and the last name."""
    stem = username[:58]
    name = re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", last_name).casefold())[:30]
    ideas = (f"{stem}.{name}" if name else "", f"dr.{stem}", *(f"{stem}{number}" for number in range(2, 40)))
    free = (idea for idea in ideas if 3 <= len(idea) <= 64 and not username_taken(db, idea, registration_id))
    return tuple(idea for idea, _ in zip(free, range(3), strict=False))


def new_reference(prefix: str) -> str:
    """Return a reference to read aloud, such as "IP-7Q2M9XKD": eight characters without look-alikes."""
    letters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
    return f"{prefix}-" + "".join(secrets.choice(letters) for _ in range(8))


def seed_hashes() -> Mapping[str, str]:
    """Return the hash of each password of the accounts that exist from the start."""
    passwords = {known.password for known in SEED_IDME} | {known.password for known in SEED_ACCOUNTS}
    return {password: _hash(_SEED_HASHER, SecretStr(password)) for password in passwords}


def seed(db: Session, registry: Registry, hashes: Mapping[str, str], now: datetime) -> None:
    """Insert the accounts that exist from the start, where missing."""
    for known in SEED_IDME:
        if by_email(db, known.email) is None:
            npi = PERSONA_NPIS["idme_verified"] if known.verified else ""
            db.add(
                IdmeAccountRow(
                    id=secrets.token_hex(16),
                    email=known.email,
                    email_key=key_of(known.email),
                    password_hash=hashes[known.password],
                    finished=True,
                    second_factor=known.mfa_method,
                    phone=known.mfa_phone,
                    verified=known.verified,
                    verified_npi=npi,
                )
            )
    for account in SEED_ACCOUNTS:
        if db.scalar(select(Registration.id).where(Registration.npi == account.npi)) is None:
            db.add(_seeded(account, registry, hashes[account.password], now))


def _seeded(account: SeedAccount, registry: Registry, password_hash: str, now: datetime) -> Registration:
    done = account.state == "done"
    step = Step.DONE if done else Step.CONSENT
    unneeded = {Step.IDME_SIGN_IN, Step.MFA_TOTP, Step.DONE} | (set() if done else {Step.CONSENT})
    return Registration(
        id=secrets.token_hex(16),
        npi=account.npi,
        reference=new_reference("IP"),
        step=step.value,
        history=[] if done else [Step.LICENSE_REVIEW.value],
        completed=[known.value for known in Step if known not in unneeded],
        answers=dict(_seed_answers(account, registry)),
        flags={},
        username=account.username,
        username_key=key_of(account.username),
        password_hash=password_hash,
        completed_at=now if done else None,
        created_at=now,
    )


def _seed_answers(account: SeedAccount, registry: Registry) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the answers of such an account's applicant by step: all that the last steps show."""
    provider = registry.find(account.npi)
    if provider is None:
        return
    first = provider.licenses[0] if provider.licenses else None
    home = {"street": "8 Orchard Row", "city": provider.city, "state": provider.state, "zip_code": provider.zip_code}
    email = f"{account.username}@example.com"
    yield Step.PERSONAL, {"email": email, "role": "doctor_or_dentist", "specialty": provider.specialty}
    yield Step.PRACTICE, {**home, "practice_name": provider.name, "street": provider.street, "phone": provider.phone}
    yield Step.IDME_LAUNCH, {"account": "create"}
    yield Step.IDME_SIGN_UP, {"email": email}
    yield Step.PHONE_MATCH, {"phone": provider.phone, "method": "text"}
    yield Step.SSN, {"last_four": "0172"}
    names = {"first_name": provider.first_name, "last_name": provider.last_name, "birth_date": "1975-04-30"}
    yield Step.ATTRIBUTES_REVIEW, {**names, **home, "suite": ""}
    yield Step.NPI_MATCH, {"npi": account.npi}
    if first:
        shown = {"license_number": first.number, "issuing_state": first.state, "specialty": provider.specialty}
        yield Step.LICENSE_REVIEW, {"npi": account.npi, **shown}
