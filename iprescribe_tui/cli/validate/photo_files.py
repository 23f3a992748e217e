"""`iprescribe-tui validate photo`: check photos as the forms do, two at a time, each in a process of its own."""

import json
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any, BinaryIO, Final, TypeVar

from iprescribe_tui.cli.validate.jsonl import batches, identity, record_of
from iprescribe_tui.cli.validate.values import ValidationResult
from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicies, PhotoPolicy
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.photos.paths import typed_path
from iprescribe_tui.photos.worker import PhotoInspection, give_up, seen_apart

__all__ = ["KINDS", "files", "stream"]

KINDS: Final = ("selfie", "document")
"""Kinds of photos."""

_AT_ONCE: Final = 2
"""Photos decoded at a time: each takes up to 200 MB, and half a second of one processor."""

_FIGURES: Final = ("width", "height", "brightness", "sharpness", "glare", "glare_at")
_NO_PATH: Final = "The photo's path is missing. Give the path of its file."
_EXAMPLE: Final = '{"id": 1, "path": "…", "kind": "selfie"}'

Q = TypeVar("Q")
A = TypeVar("A")


def files(paths: Iterable[str], kind: str, *, as_json: bool) -> bool:
    """Print a line for each photo, in order, as soon as it is checked; return whether all are fine."""
    fine = True
    with closing(_in_order(partial(_judge, kind=kind), paths)) as answers:
        for path, found in zip(paths, answers, strict=True):
            fine = fine and bool(found["ok"])
            print(json.dumps({"path": _in_unicode(path), **found}) if as_json else _said(path, found), flush=True)
    return fine


def stream(kind: str | None, read: Callable[[int], bytes], out: BinaryIO) -> None:
    """Write a line for each line read, until `read`, which takes a number of bytes, returns b"".

    Each is written once it and those before it are ready. `kind` is the default for objects that name none.
    """
    for lines in batches(read):
        with closing(_in_order(partial(_answer, kind=kind), lines)) as answers:
            for answer in answers:
                out.write(json.dumps(answer).encode("ascii") + b"\n")
                out.flush()


def _in_order(look: Callable[[Q], A], questions: Iterable[Q]) -> Generator[A]:
    """Yield the results of `look` in the order of `questions`; when closed early, give up those under way."""
    under_way: deque[Future[A]] = deque()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            for question in questions:
                under_way.append(pool.submit(look, question))
                if len(under_way) == _AT_ONCE:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for each in under_way:
                each.cancel()
            give_up()


def _answer(line: bytes | None, kind: str | None) -> dict[str, Any]:
    """Return the answer to one line of the stream."""
    record = record_of(line, _EXAMPLE)
    if isinstance(record, ValidationResult):
        return {"id": None, **_refused(record.code, record.message)}
    return {"id": identity(record, secret=False), **_judge_record(record, kind)}


def _judge_record(record: dict[str, Any], kind: str | None) -> dict[str, Any]:
    path = record.get("path")
    if path is None:
        return _refused("empty", _NO_PATH)
    if not isinstance(path, str):
        return _refused("wrong_type", f"The path must be text in quotes, as in {_EXAMPLE}.")
    return _judge(path, record.get("kind", kind))


def _judge(path: str, kind: object) -> dict[str, Any]:
    """Return the result for the photo at `path`."""
    if not path:
        return _refused("empty", _NO_PATH)
    if kind not in KINDS:
        return _refused("kind_unknown", f"The kind must be one of {', '.join(KINDS)}, as in {_EXAMPLE}.")
    policies = PhotoPolicies()
    policy = policies.selfie if kind == "selfie" else policies.document
    try:
        with open(os.devnull, "wb") as nowhere:  # the photo is sent nowhere
            seen = seen_apart(typed_path(path), policy, nowhere)
    except CheckFailed as failed:
        return _refused(failed.code, failed.message)
    if seen.fault:
        return _refused(seen.fault.code, seen.fault.message) | _figures(seen, policy)
    codes = [doubt.code for doubt in seen.doubts]
    message = " ".join(doubt.message for doubt in seen.doubts)
    return _verdict(not codes, codes[0] if codes else "", message, codes) | _figures(seen, policy)


def _refused(code: str, message: str) -> dict[str, Any]:
    return _verdict(False, code, message, [])


def _verdict(ok: bool, code: str, message: str, doubts: list[str]) -> dict[str, Any]:
    """Return a result without its figures; every result has all keys."""
    return {"ok": ok, "code": code, "message": message, "doubts": doubts, **dict.fromkeys(_FIGURES)}


def _figures(seen: PhotoInspection, policy: PhotoPolicy) -> dict[str, Any]:
    """Return the figures measured: at most the size of a refused photo, and no glare except for documents."""
    facts = seen.facts
    if facts is None:
        return {"width": seen.preview.width, "height": seen.preview.height} if seen.preview else {}
    glare, glare_at = (None, None) if not policy.is_document else (round(facts.glare, 3), facts.glare_at)
    place = glare_at and [round(side, 3) for side in glare_at]
    measured = (facts.width, facts.height, round(facts.brightness, 3), round(facts.sharpness, 3), glare, place)
    return dict(zip(_FIGURES, measured, strict=True))


def _said(path: str, found: dict[str, Any]) -> str:
    """Return a result as one line for a person."""
    result = "ok" if found["ok"] else f"{'doubted' if found['doubts'] else 'refused'}: {found['message']}"
    measured = [f"{name} {found[name]:.3f}" for name in _FIGURES[2:5] if found[name] is not None]
    if found["width"]:
        measured.insert(0, f"{found['width']} × {found['height']} pixels")
    figures = f" ({', '.join(measured)})" if measured else ""
    return plain(f"{_in_unicode(path)}: {result}{figures}")


def _in_unicode(path: str) -> str:
    r"""Return a path as valid Unicode: other bytes as escapes, such as `\xff`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
