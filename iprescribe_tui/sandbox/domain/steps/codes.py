"""Sending and checking of codes and links, shared by steps."""

import hmac
from datetime import datetime, timedelta

from pydantic import SecretStr

from iprescribe_tui.sandbox.domain import limits, outbox
from iprescribe_tui.sandbox.domain.context import Visit
from iprescribe_tui.sandbox.domain.problems import Refused, locked, refused, wrong
from iprescribe_tui.system.wording import duration

NOT_SENT = "Nothing was sent just now, since too many messages went there. Have one sent once that is possible again."
TOO_MANY_CODES = "The code was wrong ten times. Wait until then; after that you can go on here."


def tries(left: int) -> str:
    """Return the number of attempts left, as a sentence."""
    return "1 try is left." if left == 1 else f"{left} tries are left."


def next_send(visit: Visit, purpose: str, to: str, gap: timedelta = limits.SEND_GAP) -> datetime:
    """Return the time from which another code or link of `purpose` can be sent to `to`."""
    sent = visit.newest(purpose)
    soonest = sent.sent_at + gap if sent else visit.now
    return max(soonest, visit.may_send(to) or soonest)


def refuse_early(visit: Visit, soonest: datetime) -> None:
    """Raise Refused (429) before `soonest`."""
    if soonest > visit.now:
        raise cool_down(visit, soonest)


def cool_down(visit: Visit, until: datetime) -> Refused:
    """Return the refusal (429) to send another one: too early, or too many were sent."""
    wait = max(1, round((until - visit.now).total_seconds()))
    says = f"Another one can be sent in {duration(wait)}."
    if wait > outbox.EMAIL_GAP.total_seconds():  # no pause between two is longer: a limit is reached
        return refused(429, "too_many_messages", "Too many messages were sent", detail=says, retry_after=wait)
    says = f"{says} Until then the last one works."
    return refused(429, "too_early", "A message was sent a moment ago", detail=says, retry_after=wait)


def check_code(visit: Visit, purpose: str, code: SecretStr, subject: str) -> None:
    """Take the newest code of `purpose`, once. Raises Refused: wrong or expired (422), too many attempts (429)."""
    taken = take_try(visit, subject)
    sent = visit.newest(purpose)
    expired = sent is not None and sent.expires_at <= visit.now
    if expired and not taken.locked_until:
        says = "That code has expired. Have another one sent, and type the new one."
        raise wrong("code_expired", {"code": says}, tries_left=taken.left)
    right = visit.backend.memory_key.code(sent.id) if sent and not expired else ""
    if not hmac.compare_digest(right, code.get_secret_value()):
        raise wrong_code(visit, taken)
    visit.succeed(limits.WRONG_CODE, subject)
    outbox.void(visit.db, visit.registration.id, purpose)


def take_try(visit: Visit, subject: str) -> limits.Taken:
    """Count an attempt at a code. Raises Refused (429) if another registration has used them up for this account."""
    if until := visit.locked_until(limits.WRONG_CODE, subject):
        raise lock_out(visit, until, TOO_MANY_CODES)
    return visit.take(limits.WRONG_CODE, subject)


def wrong_code(visit: Visit, taken: limits.Taken) -> Refused:
    """Return the refusal of a wrong code, with the attempts left (422) or a lock (429)."""
    return miss(visit, taken, TOO_MANY_CODES, "code_wrong", code="That code is not right.")


def miss(visit: Visit, taken: limits.Taken, reason: str, problem: str, **says: str) -> Refused:
    """Return a refusal of the field in `says`, with the attempts left (422), or a lock for `reason` (429)."""
    if taken.locked_until:
        return lock_out(visit, taken.locked_until, reason)
    return wrong(problem, {name: f"{text} {tries(taken.left)}" for name, text in says.items()}, tries_left=taken.left)


def lock_out(visit: Visit, until: datetime, reason: str) -> Refused:
    """Lock the registration, and return the refusal (429)."""
    visit.lock(until, reason)
    return locked(until, reason, visit.now)
