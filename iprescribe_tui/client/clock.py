"""Times from a backend, converted to this machine's clock, which may differ from the backend's."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

from iprescribe_tui.journey.views import FIRST_YEAR, LAST_YEAR, Wire

SAME: Final = timedelta(seconds=60)
"""Maximum difference of clocks that count as equal: a response may take that long."""

_TIMES: Final = ("until", "resend_at", "locked_until")

WireT = TypeVar("WireT", bound=Wire)


def moment(date: str) -> datetime | None:
    """Return a date in HTTP's format (RFC 9110 §5.6.7), or None if invalid or out of range."""
    try:
        parsed = parsedate_to_datetime(date)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    if not FIRST_YEAR <= parsed.year <= LAST_YEAR:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def retry_after(after: str, date: str) -> float | None:
    """Return `Retry-After` in seconds (RFC 9110 §10.2.3), or None if missing or invalid.

    A date is counted from `date`, the response's own, so that it holds for any local time.
    """
    if re.fullmatch("[0-9]{1,6}", after.strip()):
        return float(after)
    until = moment(after)
    return max(0.0, (until - (moment(date) or datetime.now(UTC))).total_seconds()) if until else None


def on_this_clock(view: WireT, date: str) -> WireT:
    """Return a view or problem, just received in a response of `date`, with its times by this machine's clock."""
    there = moment(date)
    ahead = there - datetime.now(UTC) if there else timedelta()
    if abs(ahead) < SAME:
        return view
    times = {name: getattr(view, name, None) for name in _TIMES}
    return view.model_copy(update={name: time - ahead for name, time in times.items() if time})
