"""Photos go from the disk to the backend in pieces, once; what is no photo is named before anything is sent."""

import base64
import contextlib
import errno
import hashlib
import io
import os
import re
import socket
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from iprescribe_tui.client import Client, StepRejected
from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicy, check_photo
from iprescribe_tui.journey.checks.picture import FRONT_TWICE
from iprescribe_tui.journey.forms import DocumentForm
from iprescribe_tui.journey.views import FormView, Tokens
from iprescribe_tui.photos import outgoing
from iprescribe_tui.photos.files import opened_photo
from iprescribe_tui.photos.process import Worker
from tests.backend import picture
from tests.client.faulty import Memory, Request, answer, backend, client_of, refusal, view

pytestmark = pytest.mark.usefixtures("real_looks")

POLICY = PhotoPolicy(min_bytes=1000, max_bytes=2_000_000)
JPEG = picture("front")

DOCUMENT = FormView.model_validate(view("document", 5))


def quiet(sent: int, total: int) -> None:
    """Nobody looks."""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "front.jpg"
    path.write_bytes(JPEG)
    return path


class Shelf:
    """Takes evidence, and refuses forms by field until there is nothing in `wrong`."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}
        self.uploads: list[str] = []

    def __call__(self, request: Request) -> bytes:
        if request.method == "GET":
            return answer(view("document", 5))
        if request.method == "PUT":
            slot = request.path.rpartition("/")[2]
            self.uploads.append(slot)
            digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode()
            assert request.headers["content-digest"] == f"sha-256=:{digest}:"
            body = {"id": f"e{len(self.uploads)}", "slot": slot, "digest": "", "size": len(request.body)}
            return answer(body, 201)
        return refusal("refused", errors=self.wrong) if self.wrong else answer(view("selfie", 6))


async def entered(client: Client, kept: Memory) -> None:
    kept.kept["r1"] = Tokens(access_token=SecretStr("a"), refresh_token=SecretStr("b"), expires_in=9)
    await client.resume("r1")


async def test_a_photo_is_sent_whole_and_its_progress_told(photo: Path) -> None:
    shelf, kept = Shelf(), Memory()
    told: list[tuple[int, int]] = []
    async with backend(shelf) as there, client_of(there.url, tokens=kept) as client:
        await entered(client, kept)
        evidence = await client.upload("front", photo, POLICY, lambda sent, total: told.append((sent, total)))
    size = len(there.requests[-1].body)
    assert evidence.size == size > outgoing.PIECE
    assert there.requests[-1].headers["content-type"] == "image/jpeg"
    assert told[0] == (0, size)
    assert told[-1] == (size, size)
    assert max(after - before for (before, _), (after, _) in pairwise(told)) <= outgoing.PIECE


async def test_a_refused_back_does_not_send_the_front_again(photo: Path) -> None:
    back = photo.with_name("back.jpg")
    back.write_bytes(picture("back"))
    form = DocumentForm.check({"kind": "drivers_license", "front": str(photo), "back": str(back)})
    shelf, kept = Shelf(), Memory()
    async with backend(shelf) as there, client_of(there.url, tokens=kept) as client:
        await entered(client, kept)
        shelf.wrong = {"back": "The back is blurred."}
        with pytest.raises(StepRejected):
            await client.submit(DOCUMENT, form)
        back.write_bytes(picture("back, taken anew"))
        shelf.wrong = {}
        await client.submit(DOCUMENT, form)
        assert shelf.uploads == ["front", "back", "back"]
        assert b'"front":"e1","back":"e3"' in there.requests[-1].body
        # Going back undoes evidence, so that it is sent anew.
        await client.back(DOCUMENT)
        await client.submit(DOCUMENT, form)
    assert shelf.uploads[3:] == ["front", "back"]


async def test_a_photo_that_was_refused_can_be_sent_again(photo: Path) -> None:
    """As when the backend could not look at it just then: what is there of it is gone, so it goes anew."""
    form = DocumentForm.check({"kind": "passport", "front": str(photo)})
    shelf, kept = Shelf(), Memory()
    async with backend(shelf) as there, client_of(there.url, tokens=kept) as client:
        await entered(client, kept)
        shelf.wrong = {"front": "The photo could not be read. Send it again."}
        with pytest.raises(StepRejected):
            await client.submit(DOCUMENT, form)
        shelf.wrong = {}
        await client.submit(DOCUMENT, form)
    assert shelf.uploads == ["front", "front"]
    assert b'"front":"e2"' in there.requests[-1].body


async def test_a_passport_has_no_back(photo: Path) -> None:
    shelf, kept = Shelf(), Memory()
    form = DocumentForm.check({"kind": "passport", "front": str(photo)})
    async with backend(shelf) as there, client_of(there.url, tokens=kept) as client:
        await entered(client, kept)
        await client.submit(DOCUMENT, form)
    assert shelf.uploads == ["front"]


def _missing(folder: Path) -> Path:
    return folder / "front.jpeg"


def _no_folder(folder: Path) -> Path:
    return folder / "Pictures" / "front.jpg"


def _fifo(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.jpg")
    return folder / "pipe.jpg"


def _cut_off(folder: Path) -> Path:
    (folder / "small.jpg").write_bytes(JPEG[:500])
    return folder / "small.jpg"


def _loop(folder: Path) -> Path:
    (folder / "loop.jpg").symlink_to(folder / "pool.jpg")
    (folder / "pool.jpg").symlink_to(folder / "loop.jpg")
    return folder / "loop.jpg"


def _sparse(folder: Path) -> Path:
    with (folder / "huge.jpg").open("wb") as file:
        file.write(JPEG)
        file.truncate(2 * 1024**3)
    return folder / "huge.jpg"


def _heic(folder: Path) -> Path:
    (folder / "x.jpg").write_bytes(bytes(4) + b"ftypheic" + bytes(5000))
    return folder / "x.jpg"


def _link_to(target: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / "link.jpg").symlink_to(target)
        return folder / "link.jpg"

    return make


def _long_circle(folder: Path) -> Path:
    for number in range(50):
        (folder / f"{number}.jpg").symlink_to(folder / f"{(number + 1) % 50}.jpg")
    return folder / "7.jpg"


def _socket(folder: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as bound, contextlib.chdir(folder):  # its name may not be long
        bound.bind("socket.jpg")
    return folder / "socket.jpg"


def _in_a_file(folder: Path) -> Path:
    (folder / "front.jpg").write_bytes(JPEG)
    return folder / "front.jpg" / "front.jpg"


NO_PHOTOS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "missing": (_missing, "no file"),
    "in a folder that is missing": (_no_folder, "no folder"),
    "a folder": (lambda folder: folder, "is a folder"),
    "a pipe": (_fifo, "a device or a pipe"),
    "a device": (lambda folder: Path("/dev/zero"), "a device or a pipe"),
    "a device that is empty": (lambda folder: Path("/dev/null"), "a device or a pipe"),
    "a link to a device": (_link_to("/dev/zero"), "a device or a pipe"),
    "a socket": (_socket, "a device or a pipe"),
    "a link to itself": (_loop, "leads back to itself"),
    "links in a circle": (_long_circle, "leads back to itself"),
    "a link to a folder": (_link_to("."), "is a folder"),
    "a link to nothing": (_link_to("gone.jpg"), "is a link to a file that is not there"),
    "a file taken for a folder": (_in_a_file, "no folder|no file"),
    "what the kernel says": (lambda folder: Path("/proc/self/status"), "empty"),
    "memory": (lambda folder: Path("/proc/self/mem"), "cannot be read"),
    "a huge file": (_sparse, "This photo is 2 GB, too large to send"),
    "cut off": (_cut_off, "only a part of it was copied"),
    "a broken HEIC picture": (_heic, "damaged"),
    "a name that is too long": (lambda folder: folder / ("x" * 5000), "cannot be read"),
    "a name with a null": (lambda folder: folder / "a\0b", "cannot be read"),
    "control characters": (lambda folder: folder / "\x1b[31m.jpg", r"\\x1b"),
}


@pytest.mark.parametrize("which", NO_PHOTOS)
async def test_what_is_no_photo_is_named_in_its_field_and_nothing_is_sent(which: str, tmp_path: Path) -> None:
    make, says = NO_PHOTOS[which]
    async with backend(Shelf()) as there, client_of(there.url) as client:
        with pytest.raises(StepRejected) as caught:
            await client.upload("front", make(tmp_path), POLICY, quiet)
    message = caught.value.problem.errors["front"]
    assert re.search(says, message), message
    assert "\x1b" not in message
    assert not there.requests


def test_a_file_that_may_not_be_read_is_named(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr("iprescribe_tui.photos.files.os.open", forbidden)  # root may read all
    with pytest.raises(CheckFailed, match="You may not read"), opened_photo(photo, POLICY):
        pass


async def test_both_photos_are_judged_before_one_is_sent(photo: Path) -> None:
    form = DocumentForm.check({"kind": "state_id", "front": "/nonexistent/a.jpg", "back": "/nonexistent/b.jpg"})
    kept = Memory()
    async with backend(Shelf()) as there, client_of(there.url, tokens=kept) as client:
        await entered(client, kept)
        with pytest.raises(StepRejected) as caught:
            await client.submit(DOCUMENT, form)
    assert set(caught.value.problem.errors) == {"front", "back"}
    assert len(there.requests) == 1


@pytest.mark.parametrize("how", ["gone", "changed"])
async def test_what_was_judged_is_sent_whatever_becomes_of_the_file(how: str, photo: Path) -> None:
    judged = outgoing.prepare_photo(photo, POLICY)
    if how == "gone":
        photo.unlink()
    else:
        photo.write_bytes(b"something else")
    sent = b"".join([piece async for piece in outgoing.pieces(judged, quiet)])
    assert len(sent) == judged.size
    assert base64.b64encode(hashlib.sha256(sent).digest()).decode() in judged.digest


@pytest.mark.parametrize("size", [len(JPEG) + 1, len(JPEG) - 1], ids=["grows", "shrinks"])
def test_a_file_that_changes_while_it_is_read_is_named(size: int, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def changing(*seen: Any) -> str:
        os.truncate(photo, size)
        return check_photo(*seen)

    monkeypatch.setattr("iprescribe_tui.photos.files.check_photo", changing)
    with pytest.raises(CheckFailed, match="was changed while it was read") as caught, opened_photo(photo, POLICY):
        pass
    assert caught.value.code == "photo_changed"


def _replaced(photo: Path) -> None:
    photo.with_name("new").write_bytes(JPEG)
    photo.with_name("new").replace(photo)


def _linked(photo: Path) -> None:
    photo.unlink()
    photo.symlink_to("/dev/zero")


SWAPS: dict[str, Callable[[Path], object]] = {
    "removed": Path.unlink,
    "replaced": _replaced,
    "made a link to a device": _linked,
    "written anew": lambda photo: photo.write_bytes(JPEG[::-1]),
    "grown": lambda photo: os.truncate(photo, 2**31),
    "emptied": lambda photo: os.truncate(photo, 0),
}


@pytest.mark.parametrize("how", SWAPS)
async def test_a_file_that_is_swapped_while_it_is_read_is_named_and_nothing_is_sent(
    how: str, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the midst of it: once the decoder stands ready, and has been told how many bytes will come."""
    ready = Worker.ready

    def swapping(worker: Worker) -> tuple[str, ...]:
        SWAPS[how](photo)
        return ready(worker)

    os.utime(photo, (1, 1))
    monkeypatch.setattr(Worker, "ready", swapping)
    async with backend(Shelf()) as there, client_of(there.url) as client:
        with pytest.raises(StepRejected) as caught:
            await client.upload("front", photo, POLICY, quiet)
    assert caught.value.problem.code == "photo_changed"
    assert "was changed while it was read" in caught.value.problem.errors["front"]
    assert not there.requests


@pytest.mark.parametrize("piece", [0, 1])
def test_a_disk_that_fails_is_named(piece: int, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stick that was taken out: after the first bytes, or later."""

    class Failing(io.FileIO):
        reads = 0

        def read(self, size: int | None = -1) -> bytes:
            self.reads += 1
            if self.reads > piece + 1:
                raise OSError(errno.EIO, "no")
            return super().read(100 if size is None else min(size, 100))

    really = os.fdopen
    failing = lambda number, mode: Failing(number, mode) if mode == "rb" else really(number, mode)  # noqa: E731
    monkeypatch.setattr("iprescribe_tui.photos.files.os.fdopen", failing)
    with pytest.raises(CheckFailed, match=r"front.* cannot be read\. Copy it elsewhere"):
        outgoing.prepare_photo(photo, POLICY)


async def test_the_front_is_not_sent_as_the_back(photo: Path) -> None:
    form = DocumentForm.check({"kind": "drivers_license", "front": str(photo), "back": str(photo)})
    kept = Memory()
    async with backend(Shelf()) as there, client_of(there.url, tokens=kept) as client:
        await entered(client, kept)
        with pytest.raises(StepRejected) as caught:
            await client.submit(DOCUMENT, form)
    assert caught.value.problem.errors == {"back": FRONT_TWICE}
    assert [request.method for request in there.requests] == ["GET"]
