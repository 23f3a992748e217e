"""`validate photo` says of photos what the forms say, two at a time, in order, and whatever the files are."""

import errno
import io
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from iprescribe_tui.cli.validate.photo_files import stream
from iprescribe_tui.journey.checks.photo import PhotoPolicies
from tests.cli.conftest import PROGRAM, Program
from tests.longer import few
from tests.photos.bad_files import fill
from tests.photos.drawn import blurred, face, heic, lamp, saved, scene
from tests.photos.reviewing import reviewed
from tests.photos.test_worker import until
from tests.tally import Tally
from tests.terminal.terminal import children_of, environment, running

KEYS = ["ok", "code", "message", "doubts", "width", "height", "brightness", "sharpness", "glare", "glare_at"]
UNKNOWN = dict.fromkeys(KEYS[4:])
REAL = Path(__file__).parents[3] / "shared" / "photos"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos as they should be, one that is blurred, one with light on it, and what is none."""
    here = tmp_path_factory.mktemp("photos")
    (here / "front.jpg").write_bytes(saved(scene()))
    (here / "back.png").write_bytes(saved(scene("back"), "PNG"))
    (here / "apple.heic").write_bytes(heic(scene(noise=0)))
    (here / "me.jpg").write_bytes(saved(face()))
    (here / "blurred.jpg").write_bytes(saved(blurred(scene(), 4), quality=99))
    (here / "glare.jpg").write_bytes(saved(lamp(scene(paper=(150, 156, 150)), (0.5, 0.35), (0.1, 0.07))))
    (here / "few.png").write_bytes(saved(scene().resize((560, 376)), "PNG"))
    (here / "scan.pdf").write_bytes(b"%PDF-1.7 " * 9000)
    (here / "Trip").mkdir()
    return here


@pytest.fixture
def inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That folder is the working folder."""
    monkeypatch.chdir(folder)


@pytest.fixture
def ran(program: Program, inside: None) -> Program:
    """The program, in that folder."""
    return program


def answers(given: bytes, kind: str | None = None) -> list[dict[str, Any]]:
    out = io.BytesIO()
    stream(kind, io.BytesIO(given).read, out)
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    assert all(list(answer) == ["id", *KEYS] for answer in found)
    return found


def lines(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_a_line_for_each_photo_in_their_order(ran: Program) -> None:
    names = ["blurred.jpg", "front.jpg", "Trip", "few.png", "scan.pdf", "gone.jpg"]
    done = ran("validate", "photo", *names, "--kind", "document")
    said = done.stdout.decode().splitlines()
    assert (done.returncode, done.stderr, len(said)) == (1, b"", len(names))
    assert said[0].startswith("blurred.jpg: doubted: The photo looks blurred. Rest the phone")
    assert said[1].startswith("front.jpg: ok (1280 × 860 pixels, brightness 0.")
    assert "sharpness 0." in said[1]
    assert "glare 0.000" in said[1]
    assert said[2] == 'Trip: refused: "Trip" is a folder. Give the path of a photo in it.'
    assert said[3].startswith("few.png: refused: This photo has only 560 × 376 pixels.")
    assert said[3].endswith("(560 × 376 pixels)")
    assert said[4].startswith("scan.pdf: refused: This is a PDF document.")
    assert said[5].startswith('gone.jpg: refused: There is no file "gone.jpg".')


@pytest.mark.parametrize(
    ("arguments", "status"),
    few(
        [
            (["front.jpg", "--kind", "document", "back.png", "--json", "apple.heic"], 0),
            (["scan.pdf", "--kind", "selfie", "me.jpg"], 1),
            (["front.jpg", "--kind", "document"], 0),
            (["--kind", "document", "front.jpg", "apple.heic"], 0),
            (["--json", "--kind=selfie", "me.jpg"], 0),
            (["front.jpg", "blurred.jpg", "--kind", "document"], 1),
            (["Trip", "--kind", "selfie"], 1),
            (["", "--kind", "selfie"], 1),
        ],
        plain=2,
    ),
)
def test_the_exit_status_says_whether_all_are_fine(ran: Program, arguments: list[str], status: int) -> None:
    done = ran("validate", "photo", *arguments)
    assert (done.returncode, done.stderr) == (status, b"")
    names = [word for word in arguments if not word.startswith("--") and word not in ("document", "selfie")]
    found = [json.loads(line)["path"] if "--json" in arguments else line.split(": ")[0] for line in text_of(done)]
    assert found == names


@pytest.mark.parametrize(
    "arguments",
    [
        ["--kind", "document", "--", "-x.jpg", "--"],
        ["front.jpg", "--kind", "document", "--", "-x.jpg", "--kind"],
        ["--kind", "document", "--", "front.jpg"],
    ],
    ids=" ".join,
)
def test_all_after_two_dashes_are_names(arguments: list[str], ran: Program) -> None:
    names = [name for name in arguments if name in ("front.jpg", "-x.jpg")]
    names += arguments[arguments.index("--") + 2 :]
    done = ran("validate", "photo", *arguments)
    assert (done.stderr, [line.split(": ")[0] for line in text_of(done)]) == (b"", names)


def test_a_path_that_is_missing_is_called_so(inside: None) -> None:
    for row in ({"kind": "selfie"}, {"path": None, "kind": "selfie"}, {"path": "", "kind": "selfie"}):
        (found,) = answers(lines(row))
        assert found["message"] == "The photo's path is missing. Give the path of its file."


def test_a_photo_is_not_taken_from_standard_input(ran: Program) -> None:
    done = ran("validate", "photo", "-", "--kind", "document", given=saved(scene()))
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"a photo isn't taken from standard input. Save it as a file" in done.stderr


def text_of(done: subprocess.CompletedProcess[bytes]) -> list[str]:
    return done.stdout.decode().splitlines()


def test_json_has_the_same_keys_for_all(ran: Program) -> None:
    names = ["front.jpg", "glare.jpg", "few.png", "scan.pdf"]
    done = ran("validate", "photo", *names, "--kind", "document", "--json")
    front, lit, small, page = found = [json.loads(line) for line in text_of(done)]
    assert [list(each) for each in found] == [["path", *KEYS]] * len(names)
    assert [front[name] for name in ("path", *KEYS[:4])] == ["front.jpg", True, "", "", []]
    assert (front["width"], front["height"], front["glare"], front["glare_at"]) == (1280, 860, 0, None)
    assert (lit["ok"], lit["code"], lit["doubts"]) == (False, "photo_glare", ["photo_glare"])
    assert 0 < lit["glare"] < 0.2
    left, top, right, bottom = lit["glare_at"]
    assert 0.3 < left < 0.5 < right < 0.7
    assert 0.35 < top < 0.55 < bottom < 0.7
    for each in (front, lit):
        measured = [each[name] for name in ("brightness", "sharpness", "glare")]
        assert all(0 <= share <= 1 and share == round(share, 3) for share in measured)
    assert (small["code"], small["doubts"], small["width"], small["sharpness"]) == ("photo_pixels", [], 560, None)
    assert (page["code"], page["doubts"]) == ("photo_pdf", [])
    assert {name: page[name] for name in UNKNOWN} == UNKNOWN


@pytest.mark.parametrize("kind", few(["selfie", "document"]))
def test_each_kind_is_judged_by_what_is_asked_of_it_and_in_the_words_of_the_form(kind: str, folder: Path) -> None:
    names = ["blurred.jpg", "glare.jpg", "few.png", "scan.pdf"]
    found = answers(lines(*({"id": name, "path": str(folder / name), "kind": kind} for name in names)))
    for name, answer in zip(names, found, strict=True):
        form = reviewed(str(folder / name), getattr(PhotoPolicies(), kind))
        assert answer["id"] == name
        assert answer["message"] == form.error or form.doubt
        assert answer["code"] == next((each.code for each in (form.fault, *form.doubts) if each), "")
        assert answer["ok"] == (not answer["code"])
        assert (answer["glare"] is None) == (kind == "selfie" or answer["brightness"] is None)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        (b'"front.jpg"', "not_object"),
        (b"[]", "not_object"),
        (b"{}", "empty"),
        (b'{"path": null, "kind": "selfie"}', "empty"),
        (b'{"path": "", "kind": "selfie"}', "empty"),
        (b'{"path": 5, "kind": "selfie"}', "wrong_type"),
        (b'{"path": ["front.jpg"], "kind": "selfie"}', "wrong_type"),
        (b'{"path": "front.jpg"}', "kind_unknown"),
        (b'{"path": "front.jpg", "kind": "passport"}', "kind_unknown"),
        (b'{"path": "front.jpg", "kind": null}', "kind_unknown"),
        (b'{"path": "front.jpg", "kind": {"a": []}}', "kind_unknown"),
        (b'{"path": "nul\\u0000.jpg", "kind": "selfie"}', "photo_unreadable"),
        (b'{"path": "~nul\\u0000/a", "kind": "selfie"}', "photo_unreadable"),
        (b'{"path": "~\\ud800/a", "kind": "selfie"}', "photo_unreadable"),
        (b'{"path": "half \\ud800.jpg", "kind": "selfie"}', "photo_unreadable"),
        (b'{"path": "gone \\u001b[2J.jpg", "kind": "selfie"}', "photo_missing"),
        (b'{"path": "file:///%00", "kind": "selfie"}', "photo_unreadable"),
        (b'{"path": "' + b"x" * 900_000 + b'", "kind": "selfie"}', "photo_unreadable"),
        (b'{"path": "' + b"x/" * 450_000 + b'", "kind": "selfie"}', "photo_unreadable"),
        (b'{"path": "' + b"x" * 2**20 + b'", "kind": "selfie"}', "too_long"),
        (b'{"path": "/dev/zero", "kind": "selfie"}', "photo_not_file"),
        (b'{"path": "/", "kind": "selfie"}', "photo_directory"),
    ],
    ids=lambda given: given[:40] if isinstance(given, bytes) else given,
)
def test_every_line_is_answered_whatever_it_holds(line: bytes, code: str, inside: None) -> None:
    found = answers(line + b"\n" + lines({"id": "after", "path": "Trip", "kind": "document"}))
    assert [each["code"] for each in found] == [code, "photo_directory"]
    assert found[0]["message"]
    assert found[0]["message"].isprintable()
    assert found[1]["id"] == "after"


def test_objects_without_a_kind_have_that_of_the_command_line(ran: Program) -> None:
    given = lines({"id": 1, "path": "front.jpg"}, {"id": 2, "path": "front.jpg", "kind": "selfie"}, {"id": 3})
    done = ran("validate", "photo", "--jsonl", "--kind", "document", given=given)
    assert (done.returncode, done.stderr) == (0, b"")
    found = [json.loads(line) for line in text_of(done)]
    assert [(each["id"], each["code"], each["glare"]) for each in found] == [
        (1, "", 0),
        (2, "", None),
        (3, "empty", None),
    ]


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command, with pipes to all its streams; what is left of it in the end is ended."""
    command = [*PROGRAM, "validate", "photo", *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment(folder),
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def parts(child: subprocess.Popen[bytes]) -> tuple[Any, Any, Any]:
    assert child.stdin
    assert child.stdout
    assert child.stderr
    return child.stdin, child.stdout, child.stderr


def test_an_answer_comes_before_the_next_question(folder: Path) -> None:
    with started(folder, "--jsonl") as child:
        given, out, _ = parts(child)
        for question, code in (({"path": "front.jpg", "kind": "document"}, ""), ({"path": "Trip"}, "kind_unknown")):
            given.write(lines(question))
            given.flush()
            assert json.loads(out.readline())["code"] == code
        given.close()
        assert child.wait(20) == 0


def test_two_are_looked_at_at_a_time_and_each_is_told_before_the_last_is_seen(folder: Path) -> None:
    names = ["front.jpg", "back.png"] * 3
    with started(folder, "--kind", "document", *names) as child:
        _, out, err = parts(child)
        most, told = 0, []
        for line in out:
            told.append(line.decode().split(":")[0])
            most = max(most, len(children_of(child.pid)))
            assert child.poll() is None or len(told) == len(names)
        assert told == names
        assert most == 2
        assert (child.wait(20), err.read()) == (0, b"")


@pytest.mark.parametrize("how", few(["Ctrl+C", "reader has enough", "SIGTERM"]))
def test_it_ends_at_once_and_nothing_of_it_goes_on(how: str, folder: Path) -> None:
    with started(folder, "--kind", "document", *["front.jpg"] * 40) as child:
        _, out, err = parts(child)
        assert out.readline()
        decoding = children_of(child.pid)
        if how == "reader has enough":
            out.close()
        elif how == "Ctrl+C":
            os.killpg(child.pid, signal.SIGINT)
        else:
            child.terminate()
        status = child.wait(20)
        said = err.read()
        assert (status, said) == {"reader has enough": (0, b""), "Ctrl+C": (130, b""), "SIGTERM": (-15, b"")}[how]
        until(lambda: not running(decoding))


def test_a_file_that_grows_all_the_while_is_named(folder: Path, tmp_path: Path) -> None:
    growing, done = tmp_path / "growing.jpg", threading.Event()
    growing.write_bytes(saved(scene()))

    def grow() -> None:
        with growing.open("ab") as file:
            while not done.wait(0.002):
                file.write(b"more")
                file.flush()

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        (answer,) = answers(lines({"id": 1, "path": str(growing), "kind": "document"}))
    finally:
        done.set()
        thread.join()
    assert answer["code"] == "photo_changed"


def test_a_file_that_is_swapped_all_the_while_is_judged_as_one_of_them(folder: Path, tmp_path: Path) -> None:
    """Text, a link, a pipe and the photo take turns: what is opened is asked what it is, and nothing is waited for."""
    path, done = tmp_path / "swapped.jpg", threading.Event()
    good = saved(scene())

    def swap() -> None:
        turn = 0
        while not done.is_set():
            new = tmp_path / f"new {turn}"
            turn += 1
            if turn % 4 == 0:
                new.write_bytes(good)
            elif turn % 4 == 1:
                new.write_bytes(b"not a photo")
            elif turn % 4 == 2:
                new.symlink_to("/dev/zero")
            else:
                os.mkfifo(new)
            new.replace(path)

    path.write_bytes(good)
    thread = threading.Thread(target=swap)
    thread.start()
    try:
        found = answers(lines(*[{"path": str(path), "kind": "document"}] * 12))
    finally:
        done.set()
        thread.join()
    codes = {answer["code"] for answer in found}
    assert codes <= {"", "photo_not_image", "photo_not_file", "photo_changed", "photo_empty"}, codes


def test_a_disk_that_fails_in_the_midst_of_a_file_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr("iprescribe_tui.photos.process.Worker.ask", fails)
    (answer,) = answers(lines({"path": str(folder / "front.jpg"), "kind": "document"}))
    assert answer["code"] == "photo_unreadable"


@pytest.mark.parametrize("as_json", few([True, False], plain=0))
def test_a_hundred_bad_files_are_each_named(as_json: bool, ran: Program, tmp_path: Path, tally: Tally) -> None:
    here = tmp_path / "bad"
    here.mkdir()
    expected = fill(here)
    assert sum(bool(code) for code in expected.values()) >= 100
    names = [b"./" + name if name.startswith(b"-") else name for name in expected]
    done = ran("validate", "photo", "--kind", "document", *["--json"] * as_json, *names, cwd=here)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"\x1b" not in done.stdout
    said = text_of(done)
    assert len(said) == len(names)
    assert all(line.isprintable() for line in said)
    if as_json:
        codes = [json.loads(line)["code"] for line in said]
        assert dict(zip(expected, codes, strict=True)) == expected
    else:
        assert [": ok (" in line for line in said] == [not code for code in expected.values()]
    tally("photos", "bad files, by name and one by one", tried=len(names))


@pytest.mark.skipif(not REAL.is_dir(), reason="the real photographs are not beside this checkout")
@pytest.mark.parametrize("kind", few(["selfie", "document"], plain=0))
def test_real_photos_are_each_answered(kind: str, ran: Program) -> None:
    names = sorted(str(path) for path in REAL.glob(f"{kind}-*.jpg"))
    done = ran("validate", "photo", "--json", "--kind", kind, *names)
    found = [json.loads(line) for line in text_of(done)]
    assert done.stderr == b""
    assert [each["path"] for each in found] == names
    assert done.returncode == (0 if all(each["ok"] for each in found) else 1)
    assert all(each["code"] == "" or each["doubts"] for each in found)
