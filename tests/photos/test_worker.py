"""The process that decodes a photo can do nothing else, tells nobody anything, and takes nobody with it."""

import base64
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

import pytest
from PIL import Image

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.journey.checks.picture import Doubt, PictureFacts
from iprescribe_tui.photos import process
from iprescribe_tui.photos.preview import Preview
from iprescribe_tui.photos.worker import (
    Arrived,
    barcode_apart,
    give_up,
    held_apart,
    preview_apart,
    received_apart,
    seen_apart,
)
from tests.longer import few
from tests.photos.backs import back, barcode_text
from tests.photos.drawn import heic, saved, scene
from tests.terminal.terminal import children_of

T = TypeVar("T")

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux has the calls, and /proc to look at")
NEEDS_PLAIN_USER = pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="no setpriv")
PLAIN_USER = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
CANARY = "periwinkle-anvil-4711"
POLICY = PhotoPolicy()


def until(found: Callable[[], T], seconds: float = 20) -> T:
    """What `found` comes to find."""
    end = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)
    return result


def decoders(pid: int) -> list[int]:
    """The processes below `pid` that decode, once they are locked down."""
    return [child for child in children_of(pid) if _decodes(child)]


def _decodes(pid: int) -> bool:
    try:
        command, status = (Path(f"/proc/{pid}/{name}").read_text() for name in ("cmdline", "status"))
    except OSError:  # it has ended
        return False
    return "photos.worker_main" in command and "Seccomp:\t2" in status


def long_photo() -> bytes:
    """A photo in which a barcode is looked for long, since it has none: of noise, which looks like bars."""
    noise = Image.frombytes("L", (2000, 2000), random.Random(7).randbytes(4_000_000))
    return saved(noise.convert("RGB"), quality=60)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "back.jpg"
    path.write_bytes(long_photo())
    return path


@contextmanager
def stopped(parent: int, work: Callable[[], T]) -> Iterator[tuple[int, "Future[T]"]]:
    """The process below `parent` that decodes for `work`, stopped in the midst of it, and what comes of it."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        pid = until(lambda: decoders(parent))[0]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield pid, done
        finally:
            if not done.done():
                os.kill(pid, signal.SIGKILL)


def under_way(path: Path) -> AbstractContextManager[tuple[int, "Future[Arrived]"]]:
    """A process that decodes a photo of ours, stopped in the midst of it, and what comes of it."""
    policy = PhotoPolicy(min_sharpness=0)
    return stopped(os.getpid(), lambda: received_apart(path, policy, BytesIO(), barcode=True))


# What it can do.


def answered(name: str, request: dict[str, Any], photo: bytes = b"") -> dict[str, Any]:
    """What a process answers that runs `main` of the module `name` as the one that decodes runs."""
    with process.started_apart(name) as child:
        assert child.stdin
        assert child.stdout
        assert json.loads(child.stdout.readline()) == {"held": ["landlock", "limits", "seccomp"]}
        child.stdin.write(json.dumps({**request, "size": len(photo)}).encode() + b"\n" + photo)
        child.stdin.flush()
        line: dict[str, Any] = json.loads(child.stdout.readline() or "{}")
        child.kill()
    return line


@LINUX
def test_a_photo_that_takes_over_its_decoder_gets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW_PASSWORD", CANARY)
    key = tmp_path / "server.key"
    key.write_bytes(b"secret")
    result = answered("tests.photos.probe", {"task": "probe", "key": str(key), "canary": CANARY})
    assert result["got"] == []
    assert result["tried"] > 50
    assert key.read_bytes() == b"secret"
    assert [path.name for path in tmp_path.iterdir()] == ["server.key"]


@LINUX
def test_without_the_lock_down_it_gets_nearly_all(tmp_path: Path) -> None:
    """So that the test above tries something."""
    key = tmp_path / "server.key"
    key.write_bytes(b"secret")
    program = (
        "import sys; sys.path = sys.argv[1:]; from iprescribe_tui.photos import worker_main;"
        "worker_main.lock_down = lambda: (); from tests.photos import probe; probe.main()"
    )
    request = {"task": "probe", "key": str(key), "canary": CANARY, "size": 0}
    command = [sys.executable, "-c", program, str(Path(__file__).parents[2]), *sys.path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin
        assert child.stdout
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.flush()
        # Whatever forks and runs itself in its place answers more than once, or no longer.
        assert json.loads(child.stdout.readline()) == {"held": []}
        until(lambda: (tmp_path / "server.key.new").exists())
        child.kill()
    assert not key.exists()


@LINUX
@NEEDS_PLAIN_USER
def test_nothing_comes_along_and_nobody_can_look_in(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEW_PASSWORD", CANARY)
    with under_way(long) as (pid, _):
        shown = [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline")]
        assert not [each for each in shown if CANARY.encode() in each]
        assert {name.partition(b"=")[0] for name in shown[0].split(b"\0") if name} <= {
            *(b"MALLOC_ARENA_MAX", b"LD_LIBRARY_PATH", b"LC_CTYPE")
        }
        assert os.listdir(f"/proc/{pid}/fd") == ["0", "1", "2"]
        assert os.readlink(f"/proc/{pid}/cwd") == "/"
        status = Path(f"/proc/{pid}/status").read_text()
        assert "NoNewPrivs:\t1" in status
        limits = dict(_limits(pid))
        assert {limits[name] for name in ("Max core file size", "Max file size", "Max open files")} == {"0"}
        assert "unlimited" not in (limits["Max cpu time"], limits["Max address space"])
        for name in ("environ", "mem", "maps", "auxv"):
            read = ["dd", f"if=/proc/{pid}/{name}", "bs=1", "count=1"]
            done = subprocess.run([*PLAIN_USER, *read], capture_output=True, check=False)
            assert b"denied" in done.stderr, name


def _limits(pid: int) -> Iterator[tuple[str, str]]:
    for line in Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]:
        yield line[:26].strip(), line[26:].split()[0]


def test_the_doctor_can_say_what_holds_it() -> None:
    assert set(held_apart()) <= {"landlock", "limits", "seccomp"}
    assert sys.platform != "linux" or "seccomp" in held_apart()


def test_a_module_that_was_planted_in_the_working_folder_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PIL", "zxingcpp", "pillow_heif", "json", "resource", "sitecustomize", "usercustomize"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "json.py"))
    path = tmp_path / "front.jpg"
    path.write_bytes(saved(scene()))
    assert seen_apart(path, POLICY, BytesIO()).fault is None
    assert not (tmp_path / "ran").exists()


# What it does all the same.


@pytest.mark.matrix
@pytest.mark.parametrize("kind", ["JPEG", "progressive JPEG", "PNG", "gray PNG", "palette PNG", "HEIC", "WebP", "AVIF"])
@pytest.mark.parametrize("kept", ["JPEG", "PNG"])
def test_it_needs_no_file_to_decode_and_clean(kind: str, kept: str, tmp_path: Path) -> None:
    picture, path, clean = scene(noise=0), tmp_path / "photo", BytesIO()
    makes: dict[str, Callable[[], bytes]] = {
        "JPEG": lambda: saved(picture, orientation=6),
        "progressive JPEG": lambda: saved(picture, progressive=True),
        "PNG": lambda: saved(picture, "PNG"),
        "gray PNG": lambda: saved(picture.convert("L"), "PNG"),
        "palette PNG": lambda: saved(picture.convert("P"), "PNG"),
        "HEIC": lambda: heic(picture),
        "WebP": lambda: saved(picture, "WEBP"),
        "AVIF": lambda: saved(picture, "AVIF", speed=10),
    }
    path.write_bytes(makes[kind]())
    policy = PhotoPolicy(formats=("JPEG", "PNG") if kept == "JPEG" else ("PNG",), min_bytes=1)
    if kept == "PNG" and "JPEG" in kind:
        policy = PhotoPolicy(formats=("PNG", "JPEG"), min_bytes=1)
    seen = seen_apart(path, policy, clean)
    assert seen.fault is None
    assert seen.preview
    assert Image.open(BytesIO(clean.getvalue())).size in (picture.size, picture.size[::-1])


def test_it_finds_barcodes_and_draws_previews(tmp_path: Path) -> None:
    path = tmp_path / "back.jpg"
    path.write_bytes(saved(back(barcode_text())))
    assert barcode_apart(path) == barcode_text()
    assert received_apart(path, PhotoPolicy(max_glare=1), BytesIO(), barcode=True).barcode == barcode_text()
    preview = preview_apart(path, 20, 5)
    assert preview
    assert len(preview.rows) <= 5


# What becomes of it.


@LINUX
def test_one_that_is_killed_refuses_its_photo_alone(long: Path, tmp_path: Path) -> None:
    with under_way(long) as (pid, done):
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(CheckFailed, match="Try again") as caught:
            done.result(20)
    assert caught.value.code == "photo_not_unpacked"
    path = tmp_path / "front.jpg"
    path.write_bytes(saved(scene()))
    assert seen_apart(path, POLICY, BytesIO()).fault is None


@LINUX
@pytest.mark.parametrize(
    ("way", "code"),
    [
        (signal.SIGSEGV, "photo_damaged"),
        pytest.param(signal.SIGABRT, "photo_damaged", marks=pytest.mark.matrix),
        (signal.SIGXCPU, "photo_slow"),
    ],
)
def test_one_that_dies_of_its_photo_blames_the_photo(way: signal.Signals, code: str, long: Path) -> None:
    with under_way(long) as (pid, done):
        os.kill(pid, way)
        os.kill(pid, signal.SIGCONT)
        with pytest.raises(CheckFailed) as caught:
            done.result(20)
    assert caught.value.code == code


def test_one_that_takes_too_long_is_ended(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "SECONDS", 0.0)
    with pytest.raises(CheckFailed, match="takes too long to unpack"):
        received_apart(long, PhotoPolicy(min_sharpness=0), BytesIO(), barcode=True)
    assert decoders(os.getpid()) == []


def test_one_that_cannot_start_refuses_the_photo(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(CheckFailed) as caught:
        received_apart(long, POLICY, BytesIO(), barcode=False)
    assert caught.value.code == "photo_not_unpacked"


@LINUX
def test_it_ends_with_the_program_that_asked(long: Path) -> None:
    program = (
        "import io, sys; from pathlib import Path; from iprescribe_tui.photos.worker import received_apart as ask;"
        "from iprescribe_tui.journey.checks.photo import PhotoPolicy as policy;"
        "ask(Path(sys.argv[1]), policy(min_sharpness=0), io.BytesIO(), barcode=True)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(long)]) as asking:
        pid = until(lambda: decoders(asking.pid))[0]
        asking.kill()
    until(lambda: not _decodes(pid))


# How many there are.


@pytest.mark.parametrize("count", few([4, 20]))
def test_many_photos_at_once_are_decoded_two_by_two(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(count)]
    for path in paths:
        path.write_bytes(saved(scene()))
    really, begun = process.started_apart, list[subprocess.Popen[bytes]]()
    at_once: list[int] = []

    def started(name: str) -> subprocess.Popen[bytes]:
        begun.append(really(name))
        at_once.append(sum(each.returncode is None for each in begun))
        return begun[-1]

    monkeypatch.setattr(process, "started_apart", started)
    with ThreadPoolExecutor(count) as pool:
        faults = [seen.fault for seen in pool.map(lambda path: seen_apart(path, POLICY, BytesIO()), paths)]
    assert faults == [None] * count
    assert len(at_once) == count
    assert max(at_once) <= 2


@LINUX
def test_who_waits_while_all_is_given_up_waits_no_longer(long: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(received_apart, long, POLICY, BytesIO(), barcode=True) for _ in range(4)]
        until(lambda: len(decoders(os.getpid())) == 2)
        give_up()
        reasons = [done.exception(20) for done in asked]
    assert [getattr(reason, "code", reason) for reason in reasons] == ["photo_not_unpacked"] * 4
    assert decoders(os.getpid()) == []


# What it answers is not believed.


LIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"\xff\xfe{\n",
    "a list": b"[]\n",
    "null": b"null\n",
    "deep": b"[" * 100_000 + b"\n",
    "endless": b'{"fingerprint": "' + b"A" * 2_000_000,
    "short fingerprint": b'{"fingerprint": "AAAA", "barcode": null}\n',
    "without barcode": b'{"fingerprint": "' + b"A" * 1368 + b'"}\n',
    "failed in another way": b'{"failed": 5}\n',
    **{
        f"doubts and picture {lie!r}": b'{"fingerprint": "%s", "barcode": null, %s}\n' % (b"A" * 1366 + b"==", lie)
        for lie in (
            b'"doubts": [], "picture": 5',
            b'"doubts": [], "picture": "A"',
            b'"doubts": ["photo_dark"], "picture": ""',
            b'"doubts": [["photo_glare", "Lit.", [0, 1]]], "picture": ""',
            b'"doubts": [["photo_glare", "Lit.", ["a", 0, 1, 1]]], "picture": ""',
        )
    },
}


@pytest.mark.parametrize("which", LIES)
def test_what_no_photo_makes_it_answer_is_a_damaged_photo(
    which: str, long: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _lying(LIES[which], monkeypatch), pytest.raises(CheckFailed) as caught:
        received_apart(long, POLICY, BytesIO(), barcode=True)
    assert caught.value.code == "photo_damaged"


def test_words_that_it_makes_up_steer_no_terminal(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lie = json.dumps({"failed": ["photo\x1b[2J", "Call \x1b]0;me\x07 \u202e5550100"]}).encode() + b"\n"
    with _lying(lie, monkeypatch), pytest.raises(CheckFailed) as caught:
        received_apart(long, POLICY, BytesIO(), barcode=True)
    assert not {"\x1b", "\x07", "\u202e"} & {*caught.value.message, *caught.value.code}


FACTS: list[Any] = [900, 700, 0.5, 0.5, 0, None]
LOOK: dict[str, Any] = {
    "preview": {"rows": [[[[1, 2, 3], [4, 5, 6]]]], "width": 900, "height": 700, "size": 1},
    "media_type": "image/jpeg",
    "facts": FACTS,
    "doubts": [["photo_glare", "Lit.", [0, 0.25, 0.5, 1]]],
    "fingerprint": base64.b64encode(bytes(1024)).decode(),
}
RECEIVE = {"fingerprint": LOOK["fingerprint"], "barcode": "@ANSI", "doubts": LOOK["doubts"], "picture": "/9j/"}
HUGE = "§huge§"
"""Stands for 10**400, which Python reads from JSON, but doesn't write."""
NUMBERS: tuple[Any, ...] = (float("inf"), float("-inf"), float("nan"), HUGE, -1, "1", True, None, [1], {})
PLACES: list[Any] = [[number, 0, 1, 1] for number in NUMBERS if number is not True] + [
    [0, 0, 1],
    [0, 0, 1, 1, 1],
    "0011",
    [0, 0, 1, 1.5],
]
TEXTS: tuple[Any, ...] = (5, None, ["a"], "x" * 5000)
DRAWN: dict[str, Any] = LOOK["preview"]


def told(name: str, *lies: Any) -> list[dict[str, Any]]:
    """An answer's field `name` with each of `lies`."""
    return [{name: lie} for lie in lies]


ROWS: list[Any] = [None, 5, [[]], [[["\x1b", "\x1b"]]], [[[[1, 2], [4, 5, 6]]]]]
LOOK_LIES = [
    *told("facts", *([*FACTS[:at], number, *FACTS[at + 1 :]] for at in range(5) for number in NUMBERS)),
    *told("facts", *([*FACTS[:5], place] for place in PLACES), None, [], 5),
    *told("facts", [900, 700, 2, 0.5, 0, None], [0, 700, 0.5, 0.5, 0, None], [9.5, 7, 0.5, 0.5, 0, None]),
    *told("preview", *({**DRAWN, name: number} for name in ("width", "height", "size") for number in NUMBERS)),
    *told(
        "preview", *({**DRAWN, "width": side} for side in (0, 10**300, "\x1b]0;x\x07")), 5, [], {}, {**DRAWN, "a": 1}
    ),
    *told("preview", *({**DRAWN, "rows": [[[[level, 2, 3], [4, 5, 6]]]]} for level in (*NUMBERS, 256, 1.5))),
    *told("preview", *({**DRAWN, "rows": rows} for rows in ROWS)),
    *told("preview", {**DRAWN, "rows": DRAWN["rows"] * 8}, {**DRAWN, "rows": [DRAWN["rows"][0] * 27]}),
    *told("media_type", "text/html", "image/svg+xml", 5, None),
    *told("failed", 5, [], ["a"], [{}, []], ["a", 5], ["a\x1b[2J", "b"], ["a", "x" * 5000]),
    *told("more", 1),
]
BOTH_LIES = [
    *told("doubts", 5, [5], None, [[]], LOOK["doubts"] * 11, *([["photo_glare", "Lit.", place]] for place in PLACES)),
    *told("doubts", *([["photo_glare", text, None]] for text in TEXTS)),
    *told("doubts", *([[code, "Lit.", None]] for code in (*TEXTS, "", "a\x1b", "Photo glare"))),
    *told("fingerprint", *TEXTS, "é", "AAAA"),
]
RECEIVE_LIES = [*told("barcode", 5, ["a"], "x" * 5000), *told("picture", 5, None, "A")]


def _said(answer: dict[str, Any]) -> bytes:
    return json.dumps(answer).replace(json.dumps(HUGE), "1" + "0" * 400).encode() + b"\n"


def test_what_is_true_is_believed(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _answering(_said(LOOK), monkeypatch):
        seen = seen_apart(long, POLICY, BytesIO())
        assert seen.facts == PictureFacts(900, 700, 0.5, 0.5, 0, None)
        assert seen.preview == Preview(((((1, 2, 3), (4, 5, 6)),),), 900, 700, 1)
        assert seen.doubts == (Doubt("photo_glare", "Lit.", (0, 0.25, 0.5, 1)),)
    with _answering(_said(RECEIVE), monkeypatch):
        arrived = received_apart(long, POLICY, BytesIO(), barcode=True)
        assert arrived == Arrived(bytes(1024), "@ANSI", seen.doubts, b"\xff\xd8\xff")
    with _answering(_said({"failed": ["photo_dark", "Too dark."]}), monkeypatch):
        fault = seen_apart(long, POLICY, BytesIO()).fault
        assert fault
        assert (fault.code, fault.message) == ("photo_dark", "Too dark.")


@pytest.mark.parametrize("lie", [*LOOK_LIES, *BOTH_LIES], ids=lambda lie: repr(lie)[:60])
def test_no_lie_about_a_photo_to_send_is_taken(
    lie: dict[str, Any], long: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _answering(_said(LOOK | lie), monkeypatch), pytest.raises(CheckFailed) as caught:
        seen_apart(long, POLICY, BytesIO())
    assert caught.value.code == "photo_damaged"
    with _answering(_said({"preview": (LOOK | lie)["preview"]}), monkeypatch):
        drawn = preview_apart(long, 26, 7)
    assert (drawn is None) == ("preview" in lie)


@pytest.mark.parametrize("lie", [*RECEIVE_LIES, *BOTH_LIES], ids=lambda lie: repr(lie)[:60])
def test_no_lie_about_a_received_photo_is_taken(
    lie: dict[str, Any], long: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _answering(_said(RECEIVE | lie), monkeypatch), pytest.raises(CheckFailed) as caught:
        received_apart(long, POLICY, BytesIO(), barcode=True)
    assert caught.value.code == "photo_damaged"
    with _answering(_said({"barcode": (RECEIVE | lie)["barcode"]}), monkeypatch):
        assert (barcode_apart(long) is None) == ("barcode" in lie)


@contextmanager
def _answering(line: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A decoder that answers `line`, without a process, which would take long for hundreds of lines."""
    with monkeypatch.context() as patched:
        patched.setattr(process.Worker, "__init__", lambda self, niceness=0: None)
        patched.setattr(process.Worker, "__enter__", lambda self: self)
        patched.setattr(process.Worker, "__exit__", lambda self, *_: None)
        patched.setattr(process.Worker, "ask", lambda self, request, photo: None)
        patched.setattr(process.Worker, "answer", lambda self, clean, most: line)
        yield


def test_no_more_comes_back_than_a_photo_may_have(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    policy, clean = PhotoPolicy(max_bytes=long.stat().st_size), BytesIO()
    lie = b'{"fingerprint": "' + b"A" * 1366 + b'==", "barcode": null}\n' + bytes(40_000_000)
    with _lying(lie, monkeypatch), pytest.raises(CheckFailed):
        received_apart(long, policy, clean, barcode=True)
    assert len(clean.getvalue()) <= policy.max_bytes + 1


@contextmanager
def _lying(lie: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A decoder that a photo has taken over, and that says `lie`."""
    program = (
        "import sys; out = sys.stdout.buffer; out.write(b'{\"held\": []}\\n'); out.flush();"
        "import json; sys.stdin.buffer.read(json.loads(sys.stdin.buffer.readline())['size']);"
        "out.write(open(sys.argv[1], 'rb').read())"
    )
    with NamedTemporaryFile() as file:
        file.write(lie)
        file.flush()

        def lying(_: str) -> subprocess.Popen[bytes]:
            pipe = subprocess.PIPE
            return subprocess.Popen([sys.executable, "-c", program, file.name], stdin=pipe, stdout=pipe)

        monkeypatch.setattr(process, "started_apart", lying)
        yield
