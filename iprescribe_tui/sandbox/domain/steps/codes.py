"""Sending and checking of codes and links, shared by steps."""

import hmac
from datetime import datetime, timedelta

from pydantic import SecretStr

from iprescribe_tui.sandbox.domain import limits, outbox
from iprescribe_tui.sandbox.domain.context import RequestContext
from iprescribe_tui.sandbox.domain.problems import ProblemError, locked, refused, seconds_until, wrong
from iprescribe_tui.system.wording import duration

NOT_SENT = "Nothing was sent just now, since too many messages went there. Have one sent once that is possible again."
TOO_MANY_CODES = "The code was wrong ten times. Wait until then; after that you can go on here."


def tries(left: int) -> str:
    """Return the number of attempts left, as a sentence."""
    return "1 try is left." if left == 1 else f"{left} tries are left."


def next_send(context: RequestContext, purpose: str, to: str, gap: timedelta = limits.SEND_GAP) -> datetime:
    """Return the time from which another code or link of `purpose` can be sent to `to`."""
    sent = context.newest(purpose)
    soonest = sent.sent_at + gap if sent else context.now
    return max(soonest, context.may_send(to) or soonest)


def refuse_early(context: RequestContext, soonest: datetime) -> None:
    """Raise ProblemError (429) before `soonest`."""
    if soonest > context.now:
        raise cool_down(context, soonest)


def cool_down(context: RequestContext, until: datetime) -> ProblemError:
    """Return the refusal (429) to send another one: too early, or too many were sent."""
    wait = seconds_until(until, context.now)
    message = f"Another one can be sent in {duration(wait)}."
    if wait > outbox.EMAIL_GAP.total_seconds():  # no pause between two is longer: a limit is reached
        return refused(429, "too_many_messages", "Too many messages were sent", detail=message, retry_after=wait)
    message = f"{message} Until then the last one works."
    return refused(429, "too_early", "A message was sent a moment ago", detail=message, retry_after=wait)


def check_code(context: RequestContext, purpose: str, code: SecretStr, subject: str) -> None:
    """Take the newest code of `purpose`, once. Raises ProblemError: wrong or expired (422), too many attempts (429)."""
    attempt = record_code_attempt(context, subject)
    sent = context.newest(purpose)
    expired = sent is not None and sent.expires_at <= context.now
    if expired and not attempt.locked_until:
        message = "That code has expired. Have another one sent, and type the new one."
        raise wrong("code_expired", {"code": message}, tries_left=attempt.left)
    right = context.backend.memory_key.code(sent.id) if sent and not expired else ""
    if not hmac.compare_digest(right, code.get_secret_value()):
        raise wrong_code(context, attempt)
    context.succeed(limits.WRONG_CODE, subject)
    outbox.void(context.db, context.registration.id, purpose)


def record_code_attempt(context: RequestContext, subject: str) -> limits.Attempt:
    """Count an attempt at a code.

    Raises ProblemError (429) if another registration has used them up for this account.
    """
    if until := context.locked_until(limits.WRONG_CODE, subject):
        raise lock_out(context, until, TOO_MANY_CODES)
    return context.record_attempt(limits.WRONG_CODE, subject)


def wrong_code(context: RequestContext, attempt: limits.Attempt) -> ProblemError:
    """Return the refusal of a wrong code, with the attempts left (422) or a lock (429)."""
    return miss(context, attempt, TOO_MANY_CODES, "code_wrong", code="That code is not right.")


def miss(context: RequestContext, attempt: limits.Attempt, reason: str, problem: str, **messages: str) -> ProblemError:
    """Return a refusal of the field in `messages`, with the attempts left (422), or a lock for `reason` (429)."""
    if attempt.locked_until:
        return lock_out(context, attempt.locked_until, reason)
    return wrong(
        problem, {name: f"{text} {tries(attempt.left)}" for name, text in messages.items()}, tries_left=attempt.left
    )


def lock_out(context: RequestContext, until: datetime, reason: str) -> ProblemError:
    """Lock the registration, and return the refusal (429)."""
    context.lock(until, reason)
    return locked(until, reason, context.now)
