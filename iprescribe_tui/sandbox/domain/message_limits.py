"""Limits on messages by recipient, by sender and in all, so that no recipient is flooded.

Requests to support have their own limits, and those without a session don't use up the ones of signed-in applicants:
strangers can block neither codes nor support.
"""

import re
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from fastapi import Request
from sqlalchemy import delete
from sqlalchemy.orm import Session

from iprescribe_tui.sandbox.domain import limits
from iprescribe_tui.sandbox.domain.accounts import key_of
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.limits import Limit
from iprescribe_tui.sandbox.domain.outbox import domain_in_ascii
from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal, seconds_until
from iprescribe_tui.sandbox.store.tables import Tries
from iprescribe_tui.system.wording import duration

Budget = tuple[Limit, str]
"""Limit, and the digest of the subject that it counts."""

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(hours=24)

TO_ONE: Final = Limit("send_daily", 40, window=_DAY)
BY_REGISTRATION: Final = Limit("send_registration", 40, window=_HOUR)
BY_CLIENT: Final = Limit("send_client", 600, window=_HOUR)
IN_ALL: Final = Limit("send_all", 2000, window=_HOUR)

SUPPORT_TO_ONE: Final = Limit("support", 5, window=_HOUR)
SUPPORT_TO_ONE_DAILY: Final = Limit("support_daily", 10, window=_DAY)
SUPPORT_BY_ONE: Final = Limit("support_sender", 10, window=_HOUR)
SUPPORT_IN_ALL: Final = Limit("support_all", 100, window=_HOUR)

NOTES_TO_ONE: Final = Limit("notes", 5, window=_DAY)

_LIMITS: Final = (
    *(TO_ONE, BY_REGISTRATION, BY_CLIENT, IN_ALL, NOTES_TO_ONE),
    *(SUPPORT_TO_ONE, SUPPORT_TO_ONE_DAILY, SUPPORT_BY_ONE, SUPPORT_IN_ALL),
)

CODES: Final = (
    f"To one address or number at most {limits.SEND.tries} codes and links are sent in 5 minutes, and {TO_ONE.tries} "
    f"in 24 hours; for one registration {BY_REGISTRATION.tries} an hour, for one client's address {BY_CLIENT.tries}, "
    f"in all {IN_ALL.tries}."
)
"""Text of the limits on codes and links, for the OpenAPI document."""

SUPPORT: Final = (
    f"One address or number can be given in {SUPPORT_TO_ONE.tries} requests an hour, {SUPPORT_TO_ONE_DAILY.tries} in "
    f"24 hours. A registration, or without a session a client's address, can send {SUPPORT_BY_ONE.tries} an hour; in "
    f"all {SUPPORT_IN_ALL.tries} an hour are taken with a session, and as many without."
)
"""Text of the limits on requests to support, for the OpenAPI document."""

_DOTLESS: Final = frozenset({"gmail.com", "googlemail.com"})


def recipient_of(to: str) -> str:
    """Return the one form in which an email address or a US number is counted, however it is written.

    Of an address, as `check_email` returns it, that is the domain to which it is sent, and the local part in lower
    case. A part after a plus sign, and dots at Gmail, are dropped: the mailbox is the same.
    """
    given = key_of(to)
    local, at, domain = given.rpartition("@")
    if not at:
        return re.sub(r"\D", "", given)[-10:]
    mailbox, domain = local.partition("+")[0], domain_in_ascii(domain)
    if domain in _DOTLESS:
        mailbox, domain = mailbox.replace(".", ""), "gmail.com"
    return f"{mailbox}@{domain}"


def client_of(request: Request) -> str:
    """Return the address of a request's connection, of IPv6 the /64 network; headers can be forged and don't count."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def _counted(backend: Backend, *budgets: tuple[Limit, str]) -> tuple[Budget, ...]:
    return tuple((limit, backend.key.digest("limit", of.encode())) for limit, of in budgets)


def for_codes(backend: Backend, to: str, npi: str, client: str) -> tuple[Budget, ...]:
    """Return the limits that count a code or link to `to`; `client` is "" if no terminal asked for it."""
    one = recipient_of(to)
    by_client = ((BY_CLIENT, f"client:{client}"),) if client else ()
    return _counted(
        backend, (limits.SEND, one), (TO_ONE, one), (BY_REGISTRATION, f"npi:{npi}"), *by_client, (IN_ALL, "all")
    )


def refuse_flood(backend: Backend, db: Session, contact: str, npi: str, client: str) -> None:
    """Count a request to support, from the registration of `npi` or, if that is "", from `client`.

    Raises ProblemError (429) if there were too many.
    """
    one = recipient_of(contact)
    sender = f"npi:{npi}" if npi else f"client:{client}"
    budgets = _counted(
        backend,
        (SUPPORT_TO_ONE, one),
        (SUPPORT_TO_ONE_DAILY, one),
        (SUPPORT_BY_ONE, sender),
        (SUPPORT_IN_ALL, "signed in" if npi else "strangers"),
    )
    now = backend.clock()
    if until := limits.record_attempts(db, budgets, now):
        wait = seconds_until(until, now)
        message = f"Nothing was sent. Try again in {duration(wait)}, or call support."
        raise ProblemError(Refusal(429, "too_many_messages", "Too many requests to support", message, retry_after=wait))


def may_note(backend: Backend, db: Session, to: str) -> bool:
    """Count an unrequested message, such as a receipt; return whether it may be sent."""
    return limits.record_attempts(db, _counted(backend, (NOTES_TO_ONE, recipient_of(to))), backend.clock()) is None


def forget_old(db: Session, now: datetime) -> None:
    """Delete counts whose window is over."""
    for limit in (limits.SEND, *_LIMITS):
        if limit.window:
            db.execute(delete(Tries).where(Tries.limit == limit.name, Tries.since < now - limit.window))
