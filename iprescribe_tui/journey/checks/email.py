"""Email addresses, checked by syntax only; the confirmation shows whether mail arrives."""

import re
import unicodedata

from . import CheckFailed
from .keyboard import half_width
from .lengths import EMAIL
from .text import HIDDEN, quoted

__all__ = ["check_email"]

_LOCAL_MAX = 64
_UNREACHABLE = ("invalid", "local", "localhost", "onion", "arpa")
# The form that mail programs copy: "Name <address>".
_DISPLAY_NAME = re.compile(r"[^<>]*<([^<>]+)>")


def check_email(value: str) -> str:
    """Return an email address that RFC 6531 allows, in NFKC, with its domain in lower case.

    This form is shown, counted and written to. An address that a mail program may read as another is therefore
    rejected: quoted, with comments, or with encoded words, which RFC 2047 §5 forbids here. Copied with its owner's
    name, `Name <address>`, it is accepted without the name. Domains for tests (`example.com`, `.test`) are accepted;
    those that no mail reaches (`.invalid`, `.local`) are not. Raises CheckFailed: `empty`, `hidden_character`,
    `email_at`, `email_local`, `email_space`, `email_dots`, `email_domain`, `email_unreachable`, `email_long`,
    `email_encoded`, `email_syntax`.
    """
    # Imported late: email-validator and idna's tables take 20 ms, which the first screen does not need.
    from email_validator import EmailNotValidError, validate_email

    if len(value) > EMAIL:
        raise CheckFailed("email_long", f"{quoted(value)} is too long for an e-mail address. Check it.")
    # Strip spaces only: a line break within a single line was smuggled in.
    typed = half_width(value).strip(" \t\xa0")
    if not typed:
        raise CheckFailed("empty", "Fill this in, such as name@example.com.")
    if HIDDEN.search(typed):
        raise CheckFailed(
            "hidden_character", f"{quoted(typed)} contains a character that cannot be seen. Type it again."
        )
    named = _DISPLAY_NAME.fullmatch(typed)
    address = unicodedata.normalize("NFKC", named[1].strip() if named else typed)
    if "=?" in address:
        raise CheckFailed(
            "email_encoded", f"{quoted(address)} is an encoded form of an e-mail address. Type it as you read it."
        )
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError:
        raise _refusal(address) from None
    return found.normalized


def _refusal(address: str) -> CheckFailed:
    """Return the error for a rejected address: the first cause that applies."""
    local, at, domain = address.rpartition("@")
    if not at:  # it may be a password in the wrong field, which must not be shown
        return CheckFailed("email_at", "This has no @. An e-mail address looks like name@example.com.")
    labels = domain.casefold().split(".")
    causes = (
        (any(character.isspace() for character in address), "email_space", "contains a space. Leave it out."),
        ("@" in local, "email_at", "has more than one @. Type one address."),
        (not local, "email_local", "has nothing before the @. It should look like name@example.com."),
        (not domain, "email_domain", "has nothing after the @. It should look like name@example.com."),
        (".." in address, "email_dots", "has two dots in a row. Leave one out."),
        (
            local.startswith(".") or local.endswith("."),
            "email_dots",
            "has a dot right before the @ or at its start. Leave it out.",
        ),
        (
            domain.startswith((".", "-")) or domain.endswith((".", "-")),
            "email_domain",
            "starts or ends its last part with a dot or a dash. Leave that out.",
        ),
        (len(labels) == 1, "email_domain", "has no dot after the @. It should look like name@example.com."),
        (labels[-1] in _UNREACHABLE, "email_unreachable", "cannot receive mail. Give another address."),
        (len(local.encode()) > _LOCAL_MAX, "email_long", "is too long before the @. Check it."),
    )
    code, message = next(
        ((code, message) for holds, code, message in causes if holds),
        ("email_syntax", "is not an e-mail address. It looks like name@example.com."),
    )
    return CheckFailed(code, f"{quoted(address)} {message}")
