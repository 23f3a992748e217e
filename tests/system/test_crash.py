"""A crash is reported by types and places, without a word of what was typed."""

import logging
import sys
import threading

import pytest

from iprescribe_tui.client import BackendFailed
from iprescribe_tui.system import crash

PLANTED = "planted-secret-7Q"
HOOKS = ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook"), (logging.lastResort, "formatter"))


class WorkerFailed(Exception):
    """As Textual's: what failed is in `error`."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"Worker raised exception: {error!r}")
        self.error = error


def fail(secret: str) -> None:
    raise ValueError(f"bad value {secret}")


def raised() -> BaseException:
    caught: BaseException = AssertionError()
    try:
        try:
            try:
                fail(PLANTED)
            except ValueError as error:
                raise KeyError(PLANTED) from error
        except KeyError as error:
            raise ExceptionGroup(PLANTED, [error, TypeError(PLANTED)]) from None
    except ExceptionGroup as group:
        caught = group
    return WorkerFailed(caught)


def test_a_report_names_types_and_places_down_to_the_first_cause() -> None:
    report = crash.report(raised())
    for name in ("WorkerFailed", "ExceptionGroup", "KeyError", "TypeError", "ValueError"):
        assert name in report
    assert "tests/system/test_crash.py" in report
    assert ":fail" in report
    assert PLANTED not in report
    assert "/work" not in report
    assert "Start the program again" in report


def test_our_own_words_are_kept() -> None:
    assert "The backend has a problem" in crash.report(BackendFailed("example.com", 500))


def test_a_cause_that_is_its_own_cause_ends() -> None:
    one, two = ValueError("1"), KeyError("2")
    one.__cause__, two.__cause__ = two, one
    assert crash.report(one).count("KeyError") == 1


def test_a_very_deep_recursion_is_shortened() -> None:
    def deeper() -> None:
        deeper()

    with pytest.raises(RecursionError) as caught:
        deeper()
    assert len(crash.report(caught.value).splitlines()) < 40


def test_what_libraries_log_is_told_without_its_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for owner, name in HOOKS:
        monkeypatch.setattr(owner, name, getattr(owner, name))
    crash.install()
    assert logging.lastResort
    logger = logging.Logger("a.library")
    logger.addHandler(logging.lastResort)
    logger.info("about %s", PLANTED)
    logger.error("about %s", PLANTED, exc_info=ValueError(PLANTED))
    said = capsys.readouterr().err
    assert said.startswith("ERROR a.library\n")
    assert "ValueError" in said
    assert PLANTED not in said


def test_hooks_report_wherever_it_happened(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for owner, name in HOOKS:
        monkeypatch.setattr(owner, name, getattr(owner, name))
    crash.install()
    sys.excepthook(ValueError, ValueError(PLANTED), None)
    thread = threading.Thread(target=fail, args=(PLANTED,))
    thread.start()
    thread.join()

    class Closing:
        def __del__(self) -> None:
            fail(PLANTED)

    closing = Closing()
    del closing
    said = capsys.readouterr().err
    assert said.count("The program stopped because of a mistake in it.") == 3
    assert PLANTED not in said
