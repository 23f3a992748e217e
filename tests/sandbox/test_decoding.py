"""The sandbox and the photos that it is sent, seen from outside its process: it loads nothing that decodes them."""

import os
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.photos import process
from tests.backend import RunningSandbox, TestClock, Walk, picture, running
from tests.photos.backs import back, barcode_text
from tests.photos.drawn import heic, saved, scene
from tests.photos.test_hostile import png_bomb, resized_in_its_header
from tests.photos.test_worker import CANARY, NEEDS_PLAIN_USER, PLAIN_USER, decoders, long_photo, stopped, until
from tests.sandbox.test_serve import started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux has /proc to look at")

LIBRARIES = ("PIL/", "pillow", "heif", "de265", "x265", "zxing", "libjpeg", "libtiff")


@dataclass(frozen=True)
class Outside:
    """A sandbox in a process of its own."""

    sandbox: RunningSandbox
    child: "subprocess.Popen[str]"

    @property
    def pid(self) -> int:
        """Its process."""
        return self.child.pid

    def loaded(self) -> list[str]:
        """Which libraries that decode pictures it has in memory."""
        maps = Path(f"/proc/{self.pid}/maps").read_text()
        return [line for line in maps.splitlines() if any(name in line for name in LIBRARIES)]

    def end_decoders(self) -> bool:
        """End those that are there just now."""
        for pid in decoders(self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return True


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Outside]:
    monkeypatch.setenv("NEW_PASSWORD", CANARY)
    with started(tmp_path) as (child, said), httpx.Client(base_url=said["url"], trust_env=False, timeout=300) as http:
        backend: Any = None  # it is in the other process
        sandbox = RunningSandbox(said["url"], said["key"], TestClock(), tmp_path / "sandbox", backend, http)
        yield Outside(sandbox, child)


def decoding(outside: Outside, walk: Walk) -> AbstractContextManager[tuple[int, Future[httpx.Response]]]:
    """The process that decodes a photo that was sent, stopped in the midst of it, and the answer to come."""
    return stopped(outside.pid, lambda: walk.upload("back", long_photo()))


def test_the_server_loads_nothing_that_decodes(outside: Outside) -> None:
    walk = outside.sandbox.registration_at(Step.DOCUMENT)
    assert walk.view["on_file"], "the sample pictures were drawn, too"
    for slot, photo in {"front": heic(scene(noise=0)), "back": saved(back(barcode_text()))}.items():
        walk.upload(slot, photo)
    walk.upload("front", saved(scene("front")))
    assert walk.upload("back", picture("back")).status_code == 200
    assert outside.loaded() == []
    assert decoders(outside.pid) == []


@pytest.mark.matrix
@NEEDS_PLAIN_USER
def test_the_decoder_of_the_sandbox_has_nothing_and_shows_nothing(outside: Outside) -> None:
    with decoding(outside, outside.sandbox.registration_at(Step.DOCUMENT)) as (pid, _):
        for name in ("environ", "cmdline"):
            assert CANARY.encode() not in Path(f"/proc/{pid}/{name}").read_bytes()
        assert {os.readlink(f"/proc/{pid}/fd/{name}").partition(":")[0] for name in os.listdir(f"/proc/{pid}/fd")} == {
            *("pipe", "/dev/null")
        }
        for name in ("environ", "mem", "maps"):
            tried = [*PLAIN_USER, "dd", f"if=/proc/{pid}/{name}", "bs=1", "count=1"]
            done = subprocess.run(tried, capture_output=True, check=False)
            assert b"denied" in done.stderr, name


def test_a_decoder_that_is_killed_refuses_at_the_field_and_the_next_photo_is_taken(outside: Outside) -> None:
    walk = outside.sandbox.registration_at(Step.DOCUMENT)
    with decoding(outside, walk) as (pid, answer):
        os.kill(pid, signal.SIGKILL)
        refused = answer.result(20)
    assert (refused.status_code, refused.json()["code"]) == (422, "photo_not_unpacked")
    assert "Try again" in refused.json()["errors"]["back"]
    assert list((outside.sandbox.folder / "evidence").iterdir()) == []
    assert walk.upload("back", picture("back")).status_code == 200


@pytest.mark.matrix
def test_while_a_photo_is_decoded_others_write(outside: Outside) -> None:
    """What decodes stands in no transaction: it is stopped, and still others begin, answer, and send photos."""
    with decoding(outside, outside.sandbox.registration_at(Step.DOCUMENT)) as (_, answer):
        other = outside.sandbox.registration_at(Step.DOCUMENT, "happy_two")
        assert other.evidence("front")
        assert not answer.done()


@pytest.mark.matrix
def test_ones_many_photos_do_not_hold_up_anothers(outside: Outside) -> None:
    many, other = (outside.sandbox.registration_at(Step.DOCUMENT, name) for name in ("happy", "happy_two"))
    with decoding(outside, many) as (pid, answer), ThreadPoolExecutor(4) as pool:
        more = [pool.submit(many.upload, "back", long_photo()) for _ in range(4)]
        try:
            until(lambda: len(list((outside.sandbox.folder / "evidence").glob("?" * 32))) == 5)
            assert other.evidence("front")
            assert not any(each.done() for each in (answer, *more))
        finally:
            os.kill(pid, signal.SIGKILL)
            until(lambda: outside.end_decoders() and all(each.done() for each in more))


@pytest.mark.matrix
@pytest.mark.parametrize("how", ["its parent ends", "interrupt"])
def test_a_sandbox_that_is_told_to_stop_waits_for_no_photo(how: str, outside: Outside) -> None:
    with decoding(outside, outside.sandbox.registration_at(Step.DOCUMENT)) as (pid, answer):
        if how == "interrupt":
            outside.child.send_signal(signal.SIGINT)
        elif outside.child.stdin:
            outside.child.stdin.close()
        outside.child.wait(10)
        until(lambda: not Path(f"/proc/{pid}").exists(), 5)
        assert answer.exception(20) or not answer.result().is_success


def heif_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A HEIC file that says that it is larger than it is."""
    file = bytearray(heic(scene(noise=0)))
    at = file.index(b"ispe")
    while at >= 0:
        file[at + 8 : at + 16] = struct.pack(">II", width, height)
        at = file.find(b"ispe", at + 4)
    return bytes(file)


def idle_chunks() -> bytes:
    """A PNG of as many rows as there can be, each of one pixel."""
    header = struct.pack(">IIBBBBB", 1, 2**31 - 1, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(100_000), 0)), (b"IEND", b""))
    chunks = [struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


BOMBS: dict[str, Callable[[], bytes]] = {
    "PNG": png_bomb,
    "PNG of one column": idle_chunks,
    "JPEG": lambda: resized_in_its_header(65_500, 65_500),
    "progressive JPEG": lambda: resized_in_its_header(8000, 8000, progressive=True),
    "HEIC": heif_bomb,
    "HEIC, just within what is taken": lambda: heif_bomb(5000, 4990),
}


@pytest.mark.matrix
@pytest.mark.parametrize("which", BOMBS)
def test_a_bomb_is_named(which: str, outside: Outside) -> None:
    walk = outside.sandbox.registration_at(Step.DOCUMENT)
    refused = walk.upload("front", BOMBS[which]())
    assert refused.status_code == 422
    assert refused.json()["code"] in ("photo_bomb", "photo_damaged"), refused.text
    assert refused.json()["errors"]["front"]
    assert walk.upload("front", picture("front")).status_code == 200


@pytest.mark.usefixtures("real_looks")
def test_a_photo_that_takes_too_long_is_refused_at_its_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(tmp_path / "sandbox") as sandbox:
        walk = sandbox.registration_at(Step.DOCUMENT)
        monkeypatch.setattr(process, "SECONDS", 0.0)
        refused = walk.upload("back", picture("back"))
        assert (refused.status_code, refused.json()["code"]) == (422, "photo_slow")
        assert "takes too long" in refused.json()["errors"]["back"]
        monkeypatch.undo()
        assert walk.upload("back", picture("another")).status_code == 200


def resident(pid: int) -> int:
    """The bytes that a process has in memory, its decoders' counted in."""
    total = 0
    for each in (pid, *decoders(pid)):
        try:
            total += int(Path(f"/proc/{each}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:  # it has ended
            continue
    return total


@contextmanager
def watched(pid: int) -> Iterator[list[int]]:
    """The most that a sandbox had in memory meanwhile, in a list."""
    peak, over = [resident(pid)], threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            peak[0] = max(peak[0], resident(pid))

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield peak
    finally:
        over.set()
        watching.join()


@pytest.mark.matrix
def test_forty_photos_at_once_take_little_more_memory_than_two_and_stop_nobody(outside: Outside) -> None:
    phone = saved(scene(noise=0).resize((4032, 3024), Image.Resampling.NEAREST), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")
    walks = [outside.sandbox.registration_at(Step.DOCUMENT, name) for name in ("happy", "happy_two")]
    before = resident(outside.pid)
    with watched(outside.pid) as one:
        assert walks[0].upload("front", phone).status_code == 200
    with watched(outside.pid) as all_, ThreadPoolExecutor(40) as pool:
        answers = [pool.submit(walks[number % 2].upload, "front", phone) for number in range(40)]
        asked = []
        while not all(answer.done() for answer in answers):
            since = time.monotonic()
            assert outside.sandbox.call("GET", "/v1/service", timeout=60).status_code == 200
            asked.append(time.monotonic() - since)
            wait(answers, timeout=0.2)
    assert {answer.result().status_code for answer in answers} == {200}
    assert all_[0] - before < 3 * (one[0] - before) + 50 * 1024**2
    assert max(asked) < 10
