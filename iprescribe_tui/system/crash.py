"""Crash reports without any typed text: only types of exceptions and places in the code."""

import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import PurePath
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from rich.traceback import Trace

_OURS = ("iprescribe_tui", "screens")
_LIBRARIES = ("textual", "rich")
_MOST_FRAMES = 20

_WHAT_TO_DO = (
    "What you typed before is kept, but for passwords and codes. Start the program again to go on where you were.\n"
    "If it happens again, report the lines below; they hold nothing that you typed."
)


_OPENING = "The program stopped because of a mistake in it."

Listener = Callable[[BaseException], None]


class _State:
    """State of crashes outside the main thread: the listener that ends the program, and reports held back."""

    listener: Listener | None = None
    waiting: list[str] = []
    thread_crashed = False


def report(error: BaseException) -> str:
    """Return the types and places of an exception and its causes; no messages or values, except the program's texts."""
    lines = [_OPENING, _WHAT_TO_DO, ""]
    for relation, link in _chain(error):
        lines.append(f"{relation}{_kind(link)}")
        lines += _places(link.__traceback__)
    return "\n".join(lines)


def report_of_trace(trace: "Trace") -> str:
    """Return the report of a crash that Textual hands over as a rendered traceback, without its values."""
    lines = [_OPENING, _WHAT_TO_DO, ""]
    for number, stack in enumerate(trace.stacks):
        lines.append(f"{'caused by ' if number else ''}{stack.exc_type}")
        lines += _ends([f"  {_short(each.filename)}:{each.lineno}:{each.name}" for each in stack.frames])
    return "\n".join(lines)


@contextmanager
def handled_by(listener: Listener) -> Iterator[None]:
    """During the block, pass a crash in any thread to `listener`, and print other reports only afterwards.

    The block owns the terminal: a report printed during it would be lost, or spoil the screen.
    """
    _State.listener = listener
    try:
        yield
    finally:
        _State.listener = None
        for text in _State.waiting:
            _print(text)
        _State.waiting.clear()


def handle_loop(loop: "asyncio.AbstractEventLoop", listener: Listener) -> None:
    """Pass exceptions in callbacks and unattended tasks of `loop` to `listener` from now on.

    A connection's exception is not a crash: the connection's user gets it in another way.
    """

    def failed(loop: "asyncio.AbstractEventLoop", context: Mapping[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and "transport" not in context and "protocol" not in context:
            listener(error)
        else:
            loop.default_exception_handler(dict(context))

    loop.set_exception_handler(failed)


def status(ended_with: int) -> int:
    """Return a command's exit status: 1 instead of 0 if one of its threads crashed."""
    return ended_with or int(_State.thread_crashed)


def install() -> None:
    """Report every uncaught exception of this process by `report` from now on, and logged ones too.

    A library's log message may quote anything: without a handler, only level, logger and place are printed.
    """
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_PlaceFormatter())
    sys.excepthook = lambda kind, error, trace: _say(kind, error)
    threading.excepthook = lambda args: _thread_failed(args.exc_type, args.exc_value)
    sys.unraisablehook = lambda args: _say(args.exc_type, args.exc_value)


class _PlaceFormatter(logging.Formatter):
    """Formatter that leaves out the message: logger and level, and the report of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record without its message."""
        error = record.exc_info[1] if record.exc_info else None
        return f"{record.levelname} {record.name}" + (f"\n{report(error)}" if error else "")


def _thread_failed(kind: type[BaseException], error: BaseException | None) -> None:
    if issubclass(kind, SystemExit):
        return
    if _State.listener and error is not None:
        _State.listener(error)
        return
    _State.thread_crashed = True
    _say(kind, error)


def _say(kind: type[BaseException], error: BaseException | None) -> None:
    if issubclass(kind, SystemExit):
        return
    if issubclass(kind, KeyboardInterrupt):
        text = "Interrupted."
    else:
        text = report(error) if error is not None else kind.__name__
    if _State.listener:
        _State.waiting.append(text)
    else:
        _print(text)


def _print(text: str) -> None:
    with suppress(OSError, ValueError):  # the output is closed
        print(text, file=sys.stderr)


def _chain(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    """Yield an exception and its causes, through groups and Textual's WorkerFailed, each once."""
    seen: set[int] = set()
    waiting = [("", error)]
    while waiting:
        relation, link = waiting.pop()
        if id(link) in seen:
            continue
        seen.add(id(link))
        yield relation, link
        cause = link.__cause__ or link.__context__
        if isinstance(cause, BaseException):
            waiting.append(("caused by ", cause))
        inner = getattr(link, "error", None) if type(link).__name__ == "WorkerFailed" else None
        if isinstance(inner, BaseException):
            waiting.append(("caused by ", inner))
        if isinstance(link, BaseExceptionGroup):
            waiting += [("one of them ", member) for member in reversed(link.exceptions)]


def _kind(error: BaseException) -> str:
    """Return the type's name, with the title of the program's own errors."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    ours = kind.__module__.split(".")[0] in _OURS
    title = getattr(error, "title", "") if ours else ""
    return f"{name}: {title}" if title and isinstance(title, str) else name


def _places(trace: TracebackType | None) -> list[str]:
    """Return the places of a traceback, outermost first; of a long one only its ends."""
    places: list[str] = []
    while trace is not None:
        code, package = trace.tb_frame.f_code, str(trace.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        places.append(f"  {_short(code.co_filename, package)}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    return _ends(places)


def _ends(places: list[str]) -> list[str]:
    """Return the first and last of many places."""
    if len(places) > _MOST_FRAMES:
        places[_MOST_FRAMES // 2 : -_MOST_FRAMES // 2] = ["  …"]
    return places


def _short(file: str, package: str = "") -> str:
    """Return a file's path from its package on, so that it shows no home folder."""
    *folders, name = PurePath(file).parts
    starts = [index for index, folder in enumerate(folders) if folder in (package, *_OURS, *_LIBRARIES)]
    return "/".join([*folders[starts[-1] :], name]) if starts else name
