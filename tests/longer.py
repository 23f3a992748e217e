"""Long tables: a few of their rows are tried each time, all of them in the longer matrix."""

from collections.abc import Iterable

import pytest


def few(rows: Iterable[object], plain: int = 1) -> list[object]:
    """Return the rows of a table for `parametrize`, of which all but the first `plain` belong to the matrix."""
    return [row if number < plain else _longer(row) for number, row in enumerate(rows)]


def _longer(row: object) -> object:
    if hasattr(row, "marks") and hasattr(row, "values"):
        return row._replace(marks=(*row.marks, pytest.mark.matrix))  # type: ignore[attr-defined]  # made by pytest.param
    return pytest.param(*(row if isinstance(row, tuple) else (row,)), marks=pytest.mark.matrix)
