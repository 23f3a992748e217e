"""`iprescribe-tui validate`: check one value, or a stream of them, as the forms do."""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, Final, TextIO

from iprescribe_tui.cli.commands import Flags, UsageError, is_terminal
from iprescribe_tui.cli.validate.jsonl import LONGEST, batches, identity, record_of
from iprescribe_tui.cli.validate.photo_files import KINDS as PHOTO_KINDS
from iprescribe_tui.cli.validate.photo_files import files
from iprescribe_tui.cli.validate.photo_files import stream as stream_photos
from iprescribe_tui.cli.validate.values import KINDS, SECRET_KINDS, Judge, ValidationResult, judge_of
from iprescribe_tui.journey.checks.password import PasswordPolicy
from iprescribe_tui.journey.checks.text import plain

PHOTO: Final = "photo"
"""Kind whose values are files."""

_FILES: Final = {"bash": "_shtab_compgen_files", "zsh": "_files", "tcsh": "f"}
"""Completion functions for file names, by shell: `shtab.FILE`, whose import is slower than the rest of this module."""

_EPILOG = """\
A secret that is given as VALUE stays in the shell's history: leave it out to be asked for it.

With --jsonl each line of standard input is an object with "id" and "value" (of an address "line1", "line2", "city",
"state", "zip"; of a photo "path" and "kind"), and each gets its answer as one line: "id", "ok", "code", "message", and
"normalized" where there is one. An id is a number or at most 100 characters. An SSN or a password is repeated nowhere.

Photos are named by their files: validate photo FILE... --kind selfie. A photo that looks blurred, dark or reflecting
fails too, and "doubts" says so: the forms ask about it, and send it all the same if you want that.

The exit status is 1 if a VALUE fails its check. With --jsonl it is 0 whatever the values are like."""


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    kinds = (*KINDS, PHOTO)
    parser.add_argument("kind", choices=kinds, metavar="KIND", help=", ".join(kinds))
    values = parser.add_argument(
        "values",
        nargs="*",
        metavar="VALUE",
        help="the value, or the photos' files; without a value, you are asked for it; - reads it, but no photo, from "
        "standard input",
    )
    values.complete = _FILES  # type: ignore[attr-defined]  # as shtab reads it
    parser.add_argument("--kind", dest="shows", choices=PHOTO_KINDS, help="what the photos show")
    parser.add_argument("--json", action="store_true", help="print an object for each photo, one a line")
    parser.add_argument("--jsonl", action="store_true", help="read objects from standard input, one a line")
    parser.epilog = _EPILOG


def run(options: Namespace, flags: Flags) -> int:
    """Print the results; return 1 if a value fails, 0 after a stream. Raises `UsageError`."""
    is_photo = options.kind == PHOTO
    if options.jsonl and options.values:
        raise UsageError("iprescribe-tui validate: with --jsonl the values come from standard input. Leave VALUE out.")
    if not is_photo and (options.shows or options.json):
        raise UsageError("iprescribe-tui validate: --kind and --json are for photos. Leave them out.")
    if options.jsonl:
        source = sys.stdin
        if source is None or sys.stdout is None:
            raise UsageError("iprescribe-tui validate: --jsonl needs a standard input and a standard output.")
        read, out = partial(os.read, source.fileno()), sys.stdout.buffer
        if is_photo:
            stream_photos(options.shows, read, out)
        else:
            stream(options.kind, read, out)
        return 0
    return _photos(options) if is_photo else _value(options)


def _value(options: Namespace) -> int:
    """Check one value, given or asked for."""
    if len(options.values) > 1:
        raise UsageError(
            "iprescribe-tui validate: give one VALUE, in quotes where it has spaces, or many with --jsonl."
        )
    value = options.values[0] if options.values else "-"
    verdict = judge_of(options.kind, _password_policy)({"value": _asked(options.kind) if value == "-" else value})
    print(_said(verdict), flush=True)
    return 0 if verdict.ok else 1


def _photos(options: Namespace) -> int:
    """Check the photos in the given files."""
    if not options.values or not options.shows:
        raise UsageError(
            "iprescribe-tui validate: name the photos and what they show, such as: iprescribe-tui validate photo FILE "
            "--kind selfie (or document)"
        )
    if "-" in options.values:
        raise UsageError(
            "iprescribe-tui validate: a photo isn't taken from standard input. Save it as a file, and name that (one "
            "that is called - is ./-)."
        )
    return 0 if files(options.values, options.shows, as_json=options.json) else 1


def stream(kind: str, read: Callable[[int], bytes], out: BinaryIO) -> None:
    """Write a line for each line read, until `read`, which takes a number of bytes, returns b"".

    Lines that have arrived are answered before the next read.
    """
    answer = partial(_answer, judge_of(kind, _password_policy), secret=kind in SECRET_KINDS)
    for lines in batches(read):
        out.write(b"".join(map(answer, lines)))
        out.flush()


def _answer(judge: Judge, line: bytes | None, *, secret: bool) -> bytes:
    """Return the line that answers one line."""
    record = record_of(line, '{"id": 1, "value": "…"}')
    if isinstance(record, ValidationResult):
        verdict, known = record, None
    else:
        verdict, known = judge(record), identity(record, secret=secret)
    result = {"id": known, "ok": verdict.ok, "code": verdict.code, "message": verdict.message}
    if verdict.normalized is not None:
        result["normalized"] = verdict.normalized
    return json.dumps(result).encode("ascii") + b"\n"


def _said(verdict: ValidationResult) -> str:
    """Return a verdict as one line for a person."""
    if not verdict.ok:
        return plain(verdict.message)
    if verdict.message:
        return plain(f"ok, with a warning: {verdict.message}")
    return plain(f"ok: {verdict.normalized}") if isinstance(verdict.normalized, str) else "ok"


def _asked(kind: str) -> str:
    """Return a value typed at the terminal, or first line of standard input. Raises `UsageError` if it is empty."""
    source = sys.stdin
    if source is not None and is_terminal(source):
        line = _typed(kind, source)
    else:
        line = source.buffer.readline(LONGEST).decode("utf-8", "surrogateescape") if source is not None else ""
    if not line:
        raise UsageError(f"iprescribe-tui validate: give a value, such as: iprescribe-tui validate {kind} VALUE")
    return line.rstrip("\r\n")


def _typed(kind: str, source: TextIO) -> str:
    """Return the line typed at the terminal with its line break, "" at the end of input; a secret is not shown."""
    prompt = f"{kind.upper() if kind in ('npi', 'ssn', 'zip') else kind.capitalize()}: "
    if kind not in SECRET_KINDS:
        print(prompt, end="", file=sys.stderr, flush=True)
        return source.readline(LONGEST)
    from getpass import getpass

    try:
        return f"{getpass(prompt)}\n"
    except EOFError:
        return ""


def _password_policy() -> PasswordPolicy:
    """Return the sandbox's policy for iPrescribe passwords."""
    from iprescribe_tui.sandbox.domain.service import service_document

    return service_document("native").passwords["credentials"]
