"""Passwords by the policy that a backend publishes: a checklist of rules and a check (NIST SP 800-63B-4)."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, field_serializer, field_validator

from . import CheckFailed
from .lengths import PASSWORD

__all__ = ["PasswordPolicy", "PasswordRule", "check_password", "password_rules"]

# A shorter username, such as "al", occurs in too many good passwords by chance.
_SHORTEST_PERSONAL = 4
# SP 800-63B-4 requires a maximum of at least this; a lower one is shown before it is reached.
_ROOMY = 64
_SURROGATE = re.compile("[\ud800-\udfff]")


def _stable(password: str) -> str:
    """Return the form that is hashed and compared: NFKC, so that keyboards make no difference (SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)


def _folded(text: str) -> str:
    return _stable(text).casefold()


class PasswordPolicy(BaseModel):
    """What a backend asks of a password; lengths in code points, lists compared without regard to case."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    min_length: int = Field(default=15, ge=1)
    max_length: int = Field(default=128, ge=1)
    require_upper: bool = False
    require_lower: bool = False
    require_digit: bool = False
    require_symbol: bool = False
    blocklist: frozenset[str] = Field(default=frozenset(), max_length=20_000)
    forbidden_words: tuple[str, ...] = Field(default=(), max_length=100)

    @field_validator("blocklist")
    @classmethod
    def _fold_blocklist(cls, words: frozenset[str]) -> frozenset[str]:
        return frozenset(map(_folded, words))

    @field_serializer("blocklist")
    def _sort_blocklist(self, words: frozenset[str]) -> list[str]:
        # In a stable order, or each copy of the document would look new.
        return sorted(words)


@dataclass(frozen=True, slots=True)
class PasswordRule:
    """One line of the checklist: a requirement, and whether the password meets it so far."""

    code: str
    text: str
    ok: bool


def password_rules(
    policy: PasswordPolicy, password: str, *, username: str = "", email: str = ""
) -> tuple[PasswordRule, ...]:
    """Return the rules of `policy` with their state for `password`, in display order.

    No rule contains any part of the password.
    """
    return tuple(_rules(policy, password, username, email))


def check_password(password: str, policy: PasswordPolicy, *, username: str = "", email: str = "") -> str:
    """Return the password in the form that is hashed (NFKC), with all its characters and spaces.

    Messages contain no part of it. Raises CheckFailed: `empty`, `password_characters`, or the code of the first rule
    that is not met: `password_short`, `password_long`, `password_upper`, `password_lower`, `password_digit`,
    `password_symbol`, `password_personal`, `password_common`.
    """
    if not password:
        raise CheckFailed("empty", "Fill this in. A few words in a row are easy to remember and hard to guess.")
    if len(password) > PASSWORD:
        raise CheckFailed("password_long", _REFUSALS["password_long"].format(policy=policy))
    if _SURROGATE.search(password):
        raise CheckFailed(
            "password_characters", "This password contains something that is not a character. Type it again."
        )
    for rule in _rules(policy, password, username, email):
        if not rule.ok:
            raise CheckFailed(rule.code, _REFUSALS[rule.code].format(policy=policy))
    return _stable(password)


_REFUSALS = {
    "password_short": "This password is too short. Use at least {policy.min_length} characters.",
    "password_long": "This password is too long. Use at most {policy.max_length} characters.",
    "password_upper": "This password has no capital letter. Add one.",
    "password_lower": "This password has no lowercase letter. Add one.",
    "password_digit": "This password has no digit. Add one.",
    "password_symbol": "This password has no symbol. Add one, such as ! or #.",
    "password_personal": "This password contains your username, your e-mail or the service's name. "
    "Leave that out: it is what others guess first.",
    "password_common": "This password is a common one, which others try first. Choose another.",
}


def _rules(policy: PasswordPolicy, password: str, username: str, email: str) -> Iterator[PasswordRule]:
    # Counted before NFKC, which expands some single characters into many.
    length = len(unicodedata.normalize("NFC", password)) if len(password) <= PASSWORD else len(password)
    yield PasswordRule("password_short", f"At least {policy.min_length} characters", length >= policy.min_length)
    if policy.max_length < _ROOMY or length > policy.max_length:
        yield PasswordRule("password_long", f"At most {policy.max_length} characters", length <= policy.max_length)
    if policy.require_upper:
        yield PasswordRule("password_upper", "A capital letter", any(map(str.isupper, password)))
    if policy.require_lower:
        yield PasswordRule("password_lower", "A lowercase letter", any(map(str.islower, password)))
    if policy.require_digit:
        yield PasswordRule("password_digit", "A digit", any(map(str.isdecimal, password)))
    if policy.require_symbol:
        yield PasswordRule("password_symbol", "A symbol such as ! or #", any(map(_is_symbol, password)))
    folded = _folded(password[:PASSWORD])
    personal = any(word in folded for word in _personal(policy, username, email))
    yield PasswordRule(
        "password_personal",
        "Without your username, e-mail or the service's name",
        bool(folded) and not personal,
    )
    common = folded in policy.blocklist or folded.strip() in policy.blocklist
    yield PasswordRule("password_common", "Not a common password", bool(folded) and not common)


def _personal(policy: PasswordPolicy, username: str, email: str) -> Iterator[str]:
    for text in (
        username,
        username.partition("@")[0],
        email,
        email.partition("@")[0],
        *policy.forbidden_words,
    ):
        word = _folded(text.strip())
        if len(word) >= _SHORTEST_PERSONAL:
            yield word


def _is_symbol(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"
