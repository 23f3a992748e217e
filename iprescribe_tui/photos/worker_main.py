"""The process that decodes one photo: without files, network, environment or secrets, and with limits.

On standard output it writes its restrictions (`lockdown`) as a line of JSON; from standard input it reads the request,
a line of JSON, and the photo. It answers with a line of JSON, and the cleaned photo after it. Standard input stays open
as long as the answer is wanted: the process ends with its parent, however that one ends.
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

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicy, original, too_many_pixels
from iprescribe_tui.photos.barcode import barcode_in, barcode_of
from iprescribe_tui.photos.fitting import fitted, preview_of
from iprescribe_tui.photos.lockdown import lock_down
from iprescribe_tui.photos.marking import marked_copy
from iprescribe_tui.photos.preview import SHOWN, Preview
from iprescribe_tui.photos.quality import Judged, judge, write_clean
from iprescribe_tui.system import hardening

__all__ = ["main", "serve"]

Request = Mapping[str, Any]
Task = Callable[[Request, bytes, IO[bytes]], dict[str, Any]]


def main() -> None:
    """Do the task that standard input requests."""
    serve(_TASKS)


def serve(tasks: Mapping[str, Task]) -> None:
    """Do one of `tasks`, each called with the request, the photo, and an empty file for the cleaned one."""
    hardening.no_core_dumps()
    hardening.not_traceable()
    _load_decoders()
    _say({"held": lock_down()})
    request = json.loads(sys.stdin.buffer.readline() or "null")
    if request is None:  # `held_apart` makes none
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
    """Import all that is otherwise imported at its first use: after the lockdown no file can be opened."""
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
    # Threads need address space, and their number must not depend on the machine.
    pillow_heif.options.DECODE_THREADS = AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n")
    sys.stdout.buffer.flush()


def _end_when_not_wanted() -> None:
    os.read(sys.stdin.fileno(), 1)  # returns when the parent has ended
    os._exit(1)


def _failed(failed: CheckFailed) -> dict[str, Any]:
    return {"failed": [failed.code, failed.message]}


def _look(request: Request, photo: bytes, clean: IO[bytes]) -> dict[str, Any]:
    """Judge and clean a photo to send; draw a preview even if it has a fault."""
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
    """Judge a received photo, clean it if it holds more than a picture, and read its barcode.

    Draw it if there is a doubt, or if one may follow from comparing its barcode with the kind of ID.
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
    """Return the preview for the answer, or None if the photo cannot be decoded."""
    try:
        return asdict(preview_of(photo, original(policy), *cells))
    except CheckFailed:
        return None


_TASKS: Final[Mapping[str, Task]] = {"look": _look, "receive": _receive, "preview": _show, "barcode": _read}
