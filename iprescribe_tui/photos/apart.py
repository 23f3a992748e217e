"""Photos are decoded in a process of their own: what a hostile one may do, it does where nothing secret is.

Its memory goes with it, it may take its time and no longer, and where it dies the photo is the one to blame. It reads
one request, a line, from standard input, answers with one line of JSON on standard output, and with the cleaned photo
behind it. Standard input stays open for as long as the answer is wanted: the process ends with who asked, however that
one ends.
"""

import base64
import io
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import IO, Any, Final

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicy, damaged
from iprescribe_tui.journey.checks.picture import PictureFacts
from iprescribe_tui.photos.files import read_photo
from iprescribe_tui.photos.preview import Preview, fitted, preview_of

__all__ = ["Seen", "barcode_apart", "give_up", "preview_apart", "seen_apart"]

_SECONDS: Final = 30.0
_LONGEST_ANSWER: Final = 1024 * 1024
_starting: Final = threading.Lock()
_under_way: Final[set[subprocess.Popen[bytes]]] = set()
SHOWN: Final = (26, 7)
"""Columns and lines of the preview that comes with every look: two, with captions, stand beside a page at 80×24."""


@dataclass(frozen=True)
class Seen:
    """What came of a look at a photo: `fault`, or else what there is to say of it and its fingerprint.

    `preview` is there where it could be decoded, also of one with a fault.
    """

    preview: Preview | None
    fault: CheckFailed | None = None
    media_type: str = ""
    facts: PictureFacts | None = None
    fingerprint: bytes = b""


def seen_apart(path: Path, policy: PhotoPolicy, clean: IO[bytes]) -> Seen:
    """Judge the photo at `path`, and write it into `clean` as nothing but a picture; blocks for a second or two.

    Raises CheckFailed where the file could not be read this time, OSError where `clean` cannot be written.
    """
    answer = _asked({"task": "look", "path": str(path), "policy": policy.model_dump(mode="json")}, clean)
    preview = _preview(answer["preview"])
    if answer["code"]:
        return Seen(preview, CheckFailed(answer["code"], answer["message"]))
    fingerprint = base64.b64decode(answer["fingerprint"])
    return Seen(preview, None, answer["media_type"], PictureFacts(*answer["facts"]), fingerprint)


def preview_apart(path: Path, columns: int, lines: int) -> Preview | None:
    """The photo at `path` in that many character cells, None where it cannot be decoded; blocks."""
    try:
        answer = _asked({"task": "preview", "path": str(path), "columns": columns, "lines": lines})
    except CheckFailed:
        return None
    return _preview(answer["preview"])


def barcode_apart(path: Path) -> str | None:
    """The text of the barcode in the photo at `path`, None where none can be read; blocks for up to some seconds."""
    try:
        text = _asked({"task": "barcode", "path": str(path)})["text"]
    except CheckFailed:
        return None
    return None if text is None else str(text)


def give_up() -> None:
    """End what is under way; whoever waits for it gets to hear that the photo is damaged."""
    with _starting:
        for process in _under_way:
            process.kill()


def _asked(request: Mapping[str, object], clean: IO[bytes] | None = None) -> dict[str, Any]:
    """What the process answers. Raises CheckFailed where it says so, or dies of the photo."""
    command = [sys.executable, "-P", "-m", __spec__.name]
    with _starting:
        process = subprocess.Popen(  # noqa: S603 - this very program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        _under_way.add(process)
    with process:
        assert process.stdin  # noqa: S101 - it is a pipe
        assert process.stdout  # noqa: S101 - so is this
        too_long = threading.Timer(_SECONDS, process.kill)
        too_long.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline(_LONGEST_ANSWER)
            shutil.copyfileobj(process.stdout, clean or io.BytesIO())
        except BrokenPipeError:
            line = b""
        finally:
            too_long.cancel()
            process.stdout.close()
            with suppress(BrokenPipeError):
                process.stdin.close()
            with _starting:
                _under_way.discard(process)
    if process.returncode or not line:
        raise damaged()
    answer: dict[str, Any] = json.loads(line)
    if failed := answer.get("failed"):
        raise CheckFailed(*failed)
    return answer


def _preview(answer: Mapping[str, Any] | None) -> Preview | None:
    if answer is None:
        return None
    rows = tuple(tuple((tuple(upper), tuple(lower)) for upper, lower in row) for row in answer["rows"])
    return Preview(rows, answer["width"], answer["height"], answer["size"])


# -- in the process


def main() -> None:
    """Do what standard input asks for."""
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_when_not_wanted, daemon=True).start()
    with io.BytesIO() as clean:
        try:
            answer = _TASKS[request["task"]](request, clean)
        except CheckFailed as failed:
            answer = {"failed": [failed.code, failed.message]}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        clean.seek(0)
        shutil.copyfileobj(clean, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _end_when_not_wanted() -> None:
    os.read(sys.stdin.fileno(), 1)  # returns when who asked has ended
    os._exit(1)


def _look(request: Mapping[str, Any], clean: IO[bytes]) -> dict[str, Any]:
    from iprescribe_tui.photos.judging import judge, write_clean

    policy = PhotoPolicy.model_validate(request["policy"])
    file = read_photo(Path(request["path"]), policy.model_copy(update={"min_bytes": 1}))
    try:
        judged = judge(file, policy)
        media_type = write_clean(judged.picture, policy, clean)
    except CheckFailed as failed:
        clean.seek(0)
        clean.truncate()
        return {"preview": _drawn(file, policy, SHOWN), "code": failed.code, "message": failed.message}
    preview = Preview((), judged.facts.width, judged.facts.height, len(file))
    return {
        "preview": asdict(fitted(judged.picture, preview, *SHOWN)),
        "code": "",
        "media_type": media_type,
        "facts": astuple(judged.facts),
        "fingerprint": base64.b64encode(judged.fingerprint).decode(),
    }


def _show(request: Mapping[str, Any], _: IO[bytes]) -> dict[str, Any]:
    policy = PhotoPolicy(min_bytes=1)
    file = read_photo(Path(request["path"]), policy)
    return {"preview": _drawn(file, policy, (request["columns"], request["lines"]))}


def _read(request: Mapping[str, Any], _: IO[bytes]) -> dict[str, Any]:
    from iprescribe_tui.photos.barcode import read_barcode

    return {"text": read_barcode(Path(request["path"]))}


def _drawn(file: bytes, policy: PhotoPolicy, cells: tuple[int, int]) -> dict[str, Any] | None:
    """The preview as it travels, None of what cannot be decoded."""
    try:
        return asdict(preview_of(file, policy.model_copy(update={"min_bytes": 1}), *cells))
    except CheckFailed:
        return None


_TASKS: Final = {"look": _look, "preview": _show, "barcode": _read}

if __name__ == "__main__":
    main()
