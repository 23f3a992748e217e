"""What the tests of hardships come to: tables of counts, printed before the summary line of the run that counted."""

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

KEY = "tally"

Tally = Callable[..., None]
"""`tally(table, row, **counts)` adds to a table: the columns are named by the counts' names."""


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Adds to a table; what a test adds before it fails counts as well."""

    def add(table: str, row: str, **counts: int) -> None:
        request.node.user_properties.append((KEY, [table, row, counts]))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the tables of all tests that ran."""
    counted = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for key, value in report.user_properties
        if key == KEY
    ]
    for line in tables(counted):
        terminalreporter.write_line(line)


def tables(counted: Iterable[tuple[str, str, dict[str, int]]]) -> Iterable[str]:
    """The lines of the tables: rows and columns in the order of the alphabet and of their first count, with sums."""
    of_table: dict[str, dict[str, Counter[str]]] = {}
    for table, row, counts in counted:
        of_table.setdefault(table, {}).setdefault(row, Counter()).update(counts)
    for table, rows in sorted(of_table.items()):
        columns = list(dict.fromkeys(column for counts in rows.values() for column in counts))
        width = max(map(len, (*rows, table)))
        yield ""
        yield "  ".join((table.ljust(width), *columns))
        total = sum(rows.values(), Counter[str]())
        for row, counts in (*sorted(rows.items()), ("all", total)):
            yield "  ".join((row.ljust(width), *(str(counts[column]).rjust(len(column)) for column in columns)))
