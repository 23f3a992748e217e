"""Lines of JSON objects, as read by `validate --jsonl`, and their ids."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from iprescribe_tui.cli.validate.values import ValidationResult
from iprescribe_tui.journey.checks.text import plain

__all__ = ["LONGEST", "batches", "identity", "record_of"]

LONGEST: Final = 1024 * 1024
"""Most bytes of a line; nothing is kept of a longer one."""

_PIECE: Final = 64 * 1024
# A shorter secret may be in an id by chance, and is too weak to matter.
_SHORTEST_KNOWN: Final = 6
_SSN_DIGITS: Final = 9
_LONGEST_ID: Final = 100
_LARGEST_ID: Final = 2.0**63


def _refuse(constant: str) -> object:
    """Reject `NaN` and `Infinity`, which Python accepts and JSON does not have."""
    raise ValueError


def _whole_number(digits: str) -> int | float:
    """Return a whole number; one of thousands of digits, which Python rejects and JSON has, as a decimal."""
    return int(digits) if len(digits) <= _LONGEST_ID else float(digits)


_JSON: Final = json.JSONDecoder(parse_constant=_refuse, parse_int=_whole_number)


def batches(read: Callable[[int], bytes]) -> Iterator[list[bytes | None]]:
    """Yield batches of lines that arrived together, with None in place of a line longer than `LONGEST`.

    `read` takes a number of bytes, and returns b"" at the end.
    """
    pending, overlong = b"", False
    while piece := read(_PIECE):
        *lines, pending = (pending + piece).split(b"\n")
        batch: list[bytes | None] = [line if len(line) <= LONGEST else None for line in lines]
        if batch and overlong:
            batch[0], overlong = None, False
        if len(pending) > LONGEST:
            pending, overlong = b"", True
        if batch:
            yield batch
    if pending or overlong:
        yield [None if overlong else pending]


def record_of(line: bytes | None, example: str) -> dict[str, Any] | ValidationResult:
    """Return the object in a line, or a verdict: `too_long`, `not_json`, `not_object`. `example` is a valid line."""
    if line is None:
        return ValidationResult(False, "too_long", f"This line is longer than {LONGEST:,} bytes, so it was not read.")
    if not line.strip():
        return ValidationResult(False, "not_json", "This line is blank, so there was nothing to check.")
    try:
        record = _JSON.decode(line.decode().removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return ValidationResult(False, "not_json", "This line is not JSON in UTF-8.")
    if isinstance(record, dict):
        return record
    return ValidationResult(False, "not_object", f"This line is not an object such as {example}.")


def identity(record: dict[str, object], *, secret: bool) -> object:
    """Return a record's id, a short text or a number, None for anything else or if it would repeat a secret."""
    given, value = record.get("id"), record.get("value")
    if isinstance(given, str):
        given = plain(given[:_LONGEST_ID])[:_LONGEST_ID]
    elif isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) < _LARGEST_ID:
        return None  # of numbers, what is infinite too
    return None if secret and _tells(str(given), _letters(str(value or ""))) else given


def _tells(given: str, known: str) -> bool:
    """Return whether an id contains the secret with the letters `known`; for a short one, if it may be an SSN."""
    letters = _letters(given)
    return known in letters if len(known) >= _SHORTEST_KNOWN else len(letters) == _SSN_DIGITS and letters.isdecimal()


def _letters(text: str) -> str:
    """Return letters and digits only, in lower case, so that 123-45-6789 equals 123456789."""
    return "".join(filter(str.isalnum, text)).casefold()
