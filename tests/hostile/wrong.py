"""Real answers with one value in them turned wrong: numbers and times out of all measure, other types, nothing."""

import copy
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.hostile.spoiling import Json

HUGE = 10**400
"""More than a float holds; Python reads up to 4,300 digits."""

NUMBERS: tuple[Any, ...] = (0, -1, HUGE, -HUGE, 1e308, "7", None, True, [], {})
TIMES: tuple[Any, ...] = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59Z",
    "2026-02-30T00:00:00Z",
    HUGE,
    None,
)
FLAGS: tuple[Any, ...] = ("yes", 2, None, {})
TEXTS: tuple[Any, ...] = ("", "x" * 3999, "x" * 5000, 7, None, True, [], "\U0001f9d1\u200d\u2695\ufe0f" * 99)
LISTS: tuple[Any, ...] = ([None], {}, "x", None, [[]] * 20)
OBJECTS: tuple[Any, ...] = ([], {}, None, "x", {"": ""}, {"x" * 500: "y"})


def wrongs(document: Json) -> Iterator[tuple[str, Json]]:
    """`document` again and again, each time with one value of it wrong, and what that is."""
    for path, value in _values(document):
        for wrong in _instead_of(value):
            changed = copy.deepcopy(document)
            place: Any = changed
            for name in path[:-1]:
                place = place[name]
            place[path[-1]] = wrong
            yield f"{'.'.join(map(str, path))} = {str(wrong)[:30]!r} ({type(wrong).__name__})", changed


def _values(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """All there is in a document, of a list its first entry."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _values(each, (*path, name))
    if isinstance(value, list) and value:
        yield from _values(value[0], (*path, 0))


def _instead_of(value: Any) -> tuple[Any, ...]:
    match value:
        case bool():
            return FLAGS
        case int() | float():
            return NUMBERS
        case str() if _is_time(value):
            return TIMES
        case str():
            return TEXTS
        case list():
            return LISTS
        case dict():
            return OBJECTS
    return (*TEXTS, *NUMBERS, *TIMES)


def _is_time(text: str) -> bool:
    try:
        return "T" in text and bool(datetime.fromisoformat(text))
    except ValueError:
        return False
