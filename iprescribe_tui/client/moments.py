"""Times that a backend names, as they stand on this machine's clock, which may be another."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

from iprescribe_tui.journey.protocol import FIRST_YEAR, LAST_YEAR, Wire

SAME: Final = timedelta(seconds=60)
"""Clocks that are this close count as alike: so long an answer may have been on its way."""

_TIMES: Final = ("until", "resend_at", "locked_until")

Received = TypeVar("Received", bound=Wire)


def moment(date: str) -> datetime | None:
    """A date as HTTP writes it (RFC 9110 §5.6.7), None where it is none, or out of all measure."""
    try:
        said = parsedate_to_datetime(date)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    if not FIRST_YEAR <= said.year <= LAST_YEAR:
        return None
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def retry_after(after: str, date: str) -> float | None:
    """`Retry-After` in seconds (RFC 9110 §10.2.3), None where there is none that can be read.

    A date is counted from `date`, the answer's own, so that it holds whatever the time is here.
    """
    if re.fullmatch("[0-9]{1,6}", after.strip()):
        return float(after)
    until = moment(after)
    return max(0.0, (until - (moment(date) or datetime.now(UTC))).total_seconds()) if until else None


def on_this_clock(view: Received, date: str) -> Received:
    """A view or problem, just received in an answer of `date`, its times as this machine's clock will show them."""
    there = moment(date)
    ahead = there - datetime.now(UTC) if there else timedelta()
    if abs(ahead) < SAME:
        return view
    times = {name: getattr(view, name, None) for name in _TIMES}
    return view.model_copy(update={name: time - ahead for name, time in times.items() if time})
