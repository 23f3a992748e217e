"""Times, sizes and suggestions read as people say them."""

import pytest

from iprescribe_tui.system.wording import amount, countdown, duration, suggestion


def test_times_that_are_left_are_said_as_people_say_them() -> None:
    said = [countdown(seconds) for seconds in (-1, 0, 0.2, 59, 65, 3600, 7325)]
    assert said == ["0:00", "0:00", "0:01", "0:59", "1:05", "1:00:00", "2:02:05"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "1 second"),
        (1.2, "2 seconds"),
        (99, "99 seconds"),
        (100, "2 minutes"),
        (121, "3 minutes"),
        (600, "10 minutes"),
    ],
)
def test_a_time_to_wait_is_never_said_too_short(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_long_times_are_said_in_hours() -> None:
    assert [duration(seconds) for seconds in (3600, 5999, 6000, 86_400)] == [
        "60 minutes",
        "100 minutes",
        "2 hours",
        "24 hours",
    ]


def test_no_size_is_said_too_large() -> None:
    said = [
        amount(count) for count in (1023, 1024, 40 * 1024 - 1, 16 * 1024**2, 20 * 1024**2 + 600_000, 2 * 1024**3 - 1)
    ]
    assert said == ["1023 bytes", "1 KB", "39 KB", "16 MB", "20.5 MB", "1.9 GB"]


def test_what_was_meant_is_suggested() -> None:
    known = ("state-dir", "timeout", "timeless")
    assert [suggestion(name, known) for name in ("State_Dirs", "time", "x", "")] == [
        " Did you mean state-dir?",
        " Did you mean timeout?",
        "",
        "",
    ]
    assert suggestion("x", known, " Say another.") == " Say another."
