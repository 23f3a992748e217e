"""Reports a crash without a word of what was typed: types of exceptions, and where in the code, nothing else."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import PurePath
from types import FrameType, TracebackType

_OURS = ("iprescribe_tui", "screens")
_MOST_FRAMES = 20

_WHAT_TO_DO = (
    "What you typed before is kept, but for passwords and codes. Start the program again to go on where you were.\n"
    "If it happens again, report the lines below; they hold nothing that you typed."
)


def report(error: BaseException) -> str:
    """What happened and where, down to the first cause; no message, value or local variable but our own words."""
    lines = ["The program stopped because of a mistake in it.", _WHAT_TO_DO, ""]
    for relation, link in _chain(error):
        lines.append(f"{relation}{_kind(link)}")
        lines += _places(link.__traceback__)
    return "\n".join(lines)


def install() -> None:
    """From here on every uncaught exception of this process is reported by `report`, and so are logged ones.

    What a library logs may quote anything: where no handler is set up, only its name, the level and the place are said.
    """
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_PlaceFormatter())
    sys.excepthook = lambda kind, error, trace: _say(kind, error)
    threading.excepthook = lambda args: _say(args.exc_type, args.exc_value)
    sys.unraisablehook = lambda args: _say(args.exc_type, args.exc_value)


class _PlaceFormatter(logging.Formatter):
    """Says who logged, and where an exception came from, but not what was said of it."""

    def format(self, record: logging.LogRecord) -> str:
        """One record, without its message."""
        error = record.exc_info[1] if record.exc_info else None
        return f"{record.levelname} {record.name}" + (f"\n{report(error)}" if error else "")


def _say(kind: type[BaseException], error: BaseException | None) -> None:
    if issubclass(kind, SystemExit):
        return
    if issubclass(kind, KeyboardInterrupt):
        print("Interrupted.", file=sys.stderr)
    else:
        print(report(error) if error is not None else kind.__name__, file=sys.stderr)


def _chain(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    """An exception and what led to it, through groups and through Textual's WorkerFailed, each once."""
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
    """The type, and for the program's own errors of the backend and of settings their words."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    ours = kind.__module__.split(".")[0] in _OURS
    words = getattr(error, "title", "") if ours else ""
    return f"{name}: {words}" if words and isinstance(words, str) else name


def _places(trace: TracebackType | None) -> list[str]:
    """Where it went through, outermost first; of a very long way the ends."""
    places: list[str] = []
    while trace is not None:
        places.append(f"  {_short(trace.tb_frame)}:{trace.tb_lineno}:{trace.tb_frame.f_code.co_name}")
        trace = trace.tb_next
    if len(places) > _MOST_FRAMES:
        places[_MOST_FRAMES // 2 : -_MOST_FRAMES // 2] = ["  …"]
    return places


def _short(frame: FrameType) -> str:
    """A file's path from its package on, so that no home folder is shown."""
    *folders, name = PurePath(frame.f_code.co_filename).parts
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    starts = [index for index, folder in enumerate(folders) if folder in (package, *_OURS)]
    return "/".join([*folders[starts[-1] :], name]) if starts else name
