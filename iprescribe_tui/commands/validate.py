"""`iprescribe-tui validate`: judges one value, or a stream of them, by the checks of the forms."""

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, TextIO

from iprescribe_tui.commands import Flags, Refused, is_terminal
from iprescribe_tui.journey.checks.password import PasswordPolicy
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.verdicts import KINDS, SECRET_KINDS, Judge, Verdict, judge_of

LONGEST = 1024 * 1024
"""How many bytes a line of the stream may have; of a longer one nothing is kept."""

_PIECE = 64 * 1024
# A shorter secret may stand in an id by chance, and none that is any good is as short.
_SHORTEST_KNOWN = 6
_SSN_DIGITS = 9
_LONGEST_ID = 100
_LARGEST_ID = 2.0**63


def _refuse(constant: str) -> object:
    """`NaN` and `Infinity`, which Python would take, are no JSON."""
    raise ValueError


_JSON = json.JSONDecoder(parse_constant=_refuse)
_EPILOG = """\
A secret that is given as VALUE stays in the shell's history: leave it out to be asked for it.

With --jsonl each line of standard input is an object with "id" and "value" (of an address "line1", "line2", "city",
"state", "zip"), and each gets its answer as one line: "id", "ok", "code", "message", and "normalized" where there is
one. An id is a number or at most 100 characters. An SSN or a password is repeated nowhere.

The exit status is 1 if a single VALUE fails its check. With --jsonl it is 0 whatever the values are like."""


def arguments(parser: ArgumentParser) -> None:
    """What is judged."""
    parser.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    parser.add_argument(
        "value",
        nargs="?",
        metavar="VALUE",
        help="the value; without it, you are asked for it; - reads it from standard input",
    )
    parser.add_argument("--jsonl", action="store_true", help="read objects from standard input, one a line")
    parser.epilog = _EPILOG


def run(options: Namespace, flags: Flags) -> int:
    """Say what the checks say."""
    if options.jsonl and options.value is not None:
        raise Refused("iprescribe-tui validate: with --jsonl the values come from standard input. Leave VALUE out.")
    if not options.jsonl:
        value = _asked(options.kind) if options.value in (None, "-") else options.value
        verdict = judge_of(options.kind, _password_policy)({"value": value})
        print(_said(verdict), flush=True)
        return 0 if verdict.ok else 1
    source = sys.stdin
    if source is None or sys.stdout is None:
        raise Refused("iprescribe-tui validate: --jsonl needs a standard input and a standard output.")
    stream(options.kind, partial(os.read, source.fileno()), sys.stdout.buffer)
    return 0


def stream(kind: str, read: Callable[[int], bytes], out: BinaryIO) -> None:
    """Answer line by line until `read`, which takes a number of bytes, gives b"".

    What has come is answered before more is waited for.
    """
    answer = partial(_answer, judge_of(kind, _password_policy), secret=kind in SECRET_KINDS)
    for lines in _batches(read):
        out.write(b"".join(map(answer, lines)))
        out.flush()


def _batches(read: Callable[[int], bytes]) -> Iterator[list[bytes | None]]:
    """The lines that came at once, and again those that came next; None in place of one longer than LONGEST."""
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


def _answer(judge: Judge, line: bytes | None, *, secret: bool) -> bytes:
    """One line of the answer to one line of the question."""
    identity: object = None
    if line is None:
        verdict = Verdict(False, "too_long", f"This line is longer than {LONGEST:,} bytes, so it was not read.")
    else:
        try:
            record = _JSON.decode(line.decode().removeprefix("\ufeff"))
        except (ValueError, RecursionError):
            verdict = Verdict(False, "not_json", "This line is not JSON in UTF-8.")
        else:
            if isinstance(record, dict):
                verdict = judge(record)
                identity = _identity(record, secret=secret)
            else:
                verdict = Verdict(False, "not_object", 'This line is not an object such as {"id": 1, "value": "…"}.')
    said = {"id": identity, "ok": verdict.ok, "code": verdict.code, "message": verdict.message}
    if verdict.normalized is not None:
        said["normalized"] = verdict.normalized
    return json.dumps(said).encode("ascii") + b"\n"


def _identity(record: dict[str, object], *, secret: bool) -> object:
    """The id by which an answer is known: short text or a number; None in place of one that would repeat a secret."""
    identity, value = record.get("id"), record.get("value")
    if isinstance(identity, int | float) and not abs(identity) < _LARGEST_ID:  # nor infinite
        return None
    if isinstance(identity, str):
        identity = plain(identity[:_LONGEST_ID])[:_LONGEST_ID]
    elif not isinstance(identity, int | float):
        return None
    return None if secret and _tells(str(identity), _letters(str(value or ""))) else identity


def _tells(identity: str, known: str) -> bool:
    """Whether an id repeats the secret whose letters are `known`; where there is none, whether it may be an SSN."""
    told = _letters(identity)
    return known in told if len(known) >= _SHORTEST_KNOWN else len(told) == _SSN_DIGITS and told.isdecimal()


def _letters(text: str) -> str:
    """Letters and digits alone, so that 123-45-6789 is known again in 123456789."""
    return "".join(filter(str.isalnum, text)).casefold()


def _said(verdict: Verdict) -> str:
    """A verdict as one line for a person."""
    if not verdict.ok:
        return plain(verdict.message)
    if verdict.message:
        return plain(f"ok, with a warning: {verdict.message}")
    return plain(f"ok: {verdict.normalized}") if isinstance(verdict.normalized, str) else "ok"


def _asked(kind: str) -> str:
    """The value, from the person at the terminal, or the first line of standard input. Raises Refused."""
    source = sys.stdin
    if source is not None and is_terminal(source):
        line = _typed(kind, source)
    else:
        line = source.buffer.readline(LONGEST).decode("utf-8", "surrogateescape") if source is not None else ""
    if not line:
        raise Refused(f"iprescribe-tui validate: give a value, such as: iprescribe-tui validate {kind} VALUE")
    return line.rstrip("\r\n")


def _typed(kind: str, source: TextIO) -> str:
    """What is typed at the terminal, with its line break, "" at the end of input; a secret does not show."""
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
    """What the sandbox asks of a password for iPrescribe."""
    from iprescribe_tui.sandbox.service import service_document

    return service_document("native").passwords["credentials"]
