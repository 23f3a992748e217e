"""The process that decodes one photo: without files, network, environment or secrets, and with its own limits.

It says on standard output, in a line of JSON, what holds it (`lockdown`), then reads from standard input a line of JSON
that says what to do, and the photo. It answers with a line of JSON and the cleaned photo behind it. Standard input
stays open for as long as the answer is wanted: the process ends with who asked, however that one ends.
"""

import base64
import io
import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, astuple
from typing import IO, Any, Final

from iprescribe_tui import hardening
from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicy, original, too_many_pixels
from iprescribe_tui.photos.barcode import barcode_in, barcode_of
from iprescribe_tui.photos.fitting import fitted, preview_of
from iprescribe_tui.photos.judging import Judged, judge, write_clean
from iprescribe_tui.photos.lockdown import lock_down
from iprescribe_tui.photos.marking import marked_copy
from iprescribe_tui.photos.preview import SHOWN, Preview

__all__ = ["main", "serve"]

Request = Mapping[str, Any]
Task = Callable[[Request, bytes, IO[bytes]], dict[str, Any]]


def main() -> None:
    """Do what standard input asks for."""
    serve(_TASKS)


def serve(tasks: Mapping[str, Task]) -> None:
    """Do one of `tasks`, each of which gets the request, the photo, and an empty file for the cleaned one."""
    hardening.no_core_dumps()
    hardening.not_traceable()
    _load_decoders()
    _say({"held": lock_down()})
    request = json.loads(sys.stdin.buffer.readline() or "null")
    if request is None:  # nothing is asked
        return
    photo = sys.stdin.buffer.read(request["size"])
    threading.Thread(target=_end_when_not_wanted, daemon=True).start()
    with io.BytesIO() as clean:
        try:
            answer = tasks[request["task"]](request, photo, clean)
        except MemoryError:
            answer = _failed(too_many_pixels())
        except CheckFailed as failed:
            answer = _failed(failed)
        _say(answer)
        clean.seek(0)
        shutil.copyfileobj(clean, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _load_decoders() -> None:
    """Import what else is imported when it is first needed: after the lock-down there are no files."""
    import pillow_heif
    import zxingcpp  # noqa: F401
    from PIL import (  # noqa: F401
        AvifImagePlugin,
        Image,
        ImageChops,
        ImageDraw,
        ImageFilter,
        ImageMath,
        ImageOps,
        ImageStat,
        WebPImagePlugin,
    )

    Image.preinit()
    # Threads need address space, and their number must not depend on the machine's.
    pillow_heif.options.DECODE_THREADS = AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n")
    sys.stdout.buffer.flush()


def _end_when_not_wanted() -> None:
    os.read(sys.stdin.fileno(), 1)  # returns when who asked has ended
    os._exit(1)


def _failed(failed: CheckFailed) -> dict[str, Any]:
    return {"failed": [failed.code, failed.message]}


def _look(request: Request, photo: bytes, clean: IO[bytes]) -> dict[str, Any]:
    """Judge a photo that is to be sent, and clean it; draw it also where it has a fault."""
    policy = _policy(request)
    try:
        judged = judge(photo, original(policy))
        media_type = write_clean(judged.picture, policy, clean)
    except CheckFailed as failed:
        clean.seek(0)
        clean.truncate()
        return {"preview": _drawn(photo, policy, SHOWN), **_failed(failed)}
    preview = Preview((), judged.facts.width, judged.facts.height, len(photo))
    return {
        "preview": asdict(fitted(judged.picture, preview, *SHOWN)),
        "media_type": media_type,
        "facts": astuple(judged.facts),
        "doubts": _doubts(judged),
        "fingerprint": _fingerprint(judged),
    }


def _receive(request: Request, photo: bytes, clean: IO[bytes]) -> dict[str, Any]:
    """Judge a photo that has arrived, clean it where it holds other things than a picture, and read its barcode.

    It is drawn where something seems wrong, or may seem so once it is known which kind of ID has that barcode.
    """
    policy = _policy(request)
    judged = judge(photo, policy)
    if judged.extras:
        write_clean(judged.picture, policy, clean)
    barcode = barcode_in(judged.picture) if request["barcode"] else None
    is_drawn = judged.doubts or request["barcode"]
    drawn = marked_copy(judged.picture, [doubt.place for doubt in judged.doubts if doubt.place]) if is_drawn else b""
    return {
        "fingerprint": _fingerprint(judged),
        "barcode": barcode,
        "doubts": _doubts(judged),
        "picture": base64.b64encode(drawn).decode(),
    }


def _show(request: Request, photo: bytes, _: IO[bytes]) -> dict[str, Any]:
    return {"preview": _drawn(photo, PhotoPolicy(), (request["columns"], request["lines"]))}


def _read(_: Request, photo: bytes, __: IO[bytes]) -> dict[str, Any]:
    return {"barcode": barcode_of(photo)}


def _policy(request: Request) -> PhotoPolicy:
    policy = request["policy"]
    return PhotoPolicy(**{**policy, "formats": tuple(policy["formats"])})


def _doubts(judged: Judged) -> list[Any]:
    return [astuple(doubt) for doubt in judged.doubts]


def _fingerprint(judged: Judged) -> str:
    return base64.b64encode(judged.fingerprint).decode()


def _drawn(photo: bytes, policy: PhotoPolicy, cells: tuple[int, int]) -> dict[str, Any] | None:
    """The preview as it travels, None of what cannot be decoded."""
    try:
        return asdict(preview_of(photo, original(policy), *cells))
    except CheckFailed:
        return None


_TASKS: Final[Mapping[str, Task]] = {"look": _look, "receive": _receive, "preview": _show, "barcode": _read}
