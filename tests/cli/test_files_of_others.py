"""Files and folders that the user names, and that other users could change, are refused with what to do, or closed."""

import os
import shutil
import socket
import sqlite3
import stat
import struct
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from iprescribe_tui.sandbox.store.keys import ServerKey
from iprescribe_tui.sandbox.store.memory_key import memory_key_beside
from tests.backend import running
from tests.cli.conftest import PROGRAM, Program
from tests.terminal.terminal import environment

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
KEY = "0123456789abcdef0123456789abcdef"


def folder(path: Path, mode: int = 0o700) -> Path:
    path.mkdir()
    path.chmod(mode)
    return path


def file(path: Path, mode: int = 0o600, text: str = "") -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def open_file(home: Path, text: str) -> tuple[Path, str]:
    made = file(home / "given", 0o666, text)
    return made, f"{made} can be changed by other users of this machine (0666). To continue, close it to them (chmod "


def in_an_open_folder(home: Path, text: str) -> tuple[Path, str]:
    shared = folder(home / "shared", 0o777)
    return file(shared / "given", 0o600, text), f"(chmod go-w {shared})"


def linked_from_an_open_folder(home: Path, text: str) -> tuple[Path, str]:
    shared = folder(home / "shared", 0o777)
    (shared / "given").symlink_to(file(home / "real", 0o600, text))
    return shared / "given", f"(chmod go-w {shared})"


def linked_over_an_open_folder(home: Path, text: str) -> tuple[Path, str]:
    shared = folder(home / "shared", 0o777)
    (shared / "between").symlink_to(file(home / "real", 0o600, text))
    (home / "given").symlink_to("shared/between")
    return home / "given", f"(chmod go-w {shared})"


def listed(home: Path, text: str) -> tuple[Path, str]:
    """A file that an access control list opens to one other user: the group's bits are the list's mask then."""
    made = file(home / "given", 0o600, text)
    owner, user, group, mask, other, nobody = 1, 2, 4, 16, 32, 2**32 - 1
    entries = ((owner, 6, nobody), (user, 6, 65534), (group, 0, nobody), (mask, 6, nobody), (other, 0, nobody))
    packed = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *each) for each in entries)
    try:
        os.setxattr(made, "system.posix_acl_access", packed)
    except OSError:
        pytest.skip("this file system keeps no access control lists")
    return made, f"{made} can be changed by other users of this machine (0660)."


def anothers(home: Path, text: str) -> tuple[Path, str]:
    made = file(home / "given", 0o600, text)
    shutil.chown(made, "nobody")
    return made, "belongs to another user (nobody), who can change it."


needs_lists = pytest.mark.skipif(not hasattr(os, "setxattr"), reason="this system keeps no access control lists")

OPEN: list[object] = [
    open_file,
    in_an_open_folder,
    linked_from_an_open_folder,
    linked_over_an_open_folder,
    pytest.param(listed, marks=needs_lists),
    pytest.param(anothers, marks=needs_root),
]
Opening = Callable[[Path, str], tuple[Path, str]]
GIVEN: dict[str, tuple[str, Callable[[Path], tuple[str, ...]]]] = {
    "--config": ('backend = "sandbox"', lambda given: ("--config", str(given), "status")),
    "--ca-bundle": ("none", lambda given: ("--ca-bundle", str(given), "status")),
    "--key-file": (KEY, lambda given: ("sandbox", "--port", "0", "--key-file", str(given))),
    "--tls-key": ("", lambda given: ("sandbox", "--port", "0", "--tls-cert", str(given), "--tls-key", str(given))),
    "--database": ("", lambda given: ("sandbox", "--port", "0", "--database", f"sqlite:///{given}")),
    "outbox_command": ('outbox_command = "true"', lambda given: ("answers", "--check", str(given))),
}


@pytest.mark.parametrize("opening", OPEN)
@pytest.mark.parametrize("flag", GIVEN)
def test_what_others_could_change_is_refused_with_what_to_do(
    flag: str, opening: Opening, tmp_path: Path, program: Program
) -> None:
    text, arguments = GIVEN[flag]
    given, words = opening(tmp_path, text)
    done = program(*arguments(given))
    told = (done.stdout + done.stderr).decode()
    assert done.returncode in (1, 2)
    assert words in told or (flag == "outbox_command" and f"Do: chmod go-w {given}" in told)
    assert "Traceback" not in told
    assert given.read_text() == text


@pytest.mark.parametrize("beside", ["-wal", "-shm", "-journal"])
def test_an_open_file_beside_a_database_is_refused(beside: str, tmp_path: Path, program: Program) -> None:
    opened = file(tmp_path / f"mine.db{beside}", 0o666)
    done = program("sandbox", "--port", "0", "--database", f"sqlite:///{tmp_path / 'mine.db'}")
    assert done.returncode == 1
    assert f"{opened} can be changed by other users" in done.stderr.decode()


def test_a_new_database_in_an_open_folder_is_refused(tmp_path: Path, program: Program) -> None:
    shared = folder(tmp_path / "shared", 0o777)
    done = program("sandbox", "--port", "0", "--database", f"sqlite:///{shared / 'new.db'}")
    assert (done.returncode, list(shared.iterdir())) == (1, [])
    assert f"(chmod go-w {shared})" in done.stderr.decode()


def test_a_database_that_others_can_read_is_closed_and_it_is_said(tmp_path: Path) -> None:
    database = tmp_path / "mine.db"
    with closing(sqlite3.connect(database)):
        database.chmod(0o644)
    with running(tmp_path / "sandbox", database=f"sqlite:///{database}") as sandbox:
        assert sandbox.backend.notice == (
            f"{database} could be read by other users of this machine. It was closed to them (chmod 600)."
        )
        modes = {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.glob("mine.db*")}
    assert modes == {0o600}


@pytest.mark.parametrize(("mode", "parent"), [(0o644, 0o755), (0o444, 0o755), (0o600, 0o1777)])
def test_a_config_file_that_only_its_owner_can_change_is_taken(
    mode: int, parent: int, tmp_path: Path, program: Program
) -> None:
    config = file(folder(tmp_path / "etc", parent) / "config.toml", mode, 'backend = "sandbox"')
    assert program("--config", str(config), "status").returncode == 0
    assert program("--config", "/dev/null", "status").returncode == 0


def pipe(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))


@pytest.mark.parametrize(
    ("put", "words"),
    [
        (Path.mkdir, "a folder"),
        (pipe, "a pipe"),
        (unix_socket, "a socket"),
        (lambda path: path.symlink_to("gone"), "a link that leads nowhere"),
        (lambda path: path.symlink_to("/dev/null"), "a device"),
    ],
)
@pytest.mark.parametrize("name", ["mine.db", "mine.db-wal", "mine.db-shm"])
def test_what_stands_in_a_databases_place_is_named(
    name: str, put: Callable[[Path], None], words: str, tmp_path: Path, program: Program
) -> None:
    put(tmp_path / name)
    done = program("sandbox", "--port", "0", "--database", f"sqlite:///{tmp_path / 'mine.db'}")
    assert done.returncode == 1
    assert f"it has {words} where its file {name} belongs. Move it elsewhere" in done.stderr.decode()


@pytest.mark.parametrize(("put", "words"), [(Path.mkdir, "a folder"), (pipe, "a pipe")])
def test_what_stands_in_the_sandboxs_own_place_is_named_and_set_aside(
    put: Callable[[Path], None], words: str, tmp_path: Path
) -> None:
    put(folder(tmp_path / "sandbox") / "sandbox.db-wal")
    with running(tmp_path / "sandbox") as sandbox:
        assert f"The sandbox's database has {words} where its file sandbox.db-wal belongs" in sandbox.backend.notice


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///file:sandbox.db"])
def test_a_database_without_a_file_is_refused_in_words(url: str, program: Program) -> None:
    done = program("sandbox", "--port", "0", "--database", url)
    assert done.returncode == 1
    assert done.stderr.decode().startswith("The sandbox cannot use its database: it names no file by its path")


@pytest.mark.parametrize("query", ["mode=rwc&uri=true", "mode=memory&uri=true", "timeout=abc", "unknown=1"])
def test_a_database_with_settings_is_refused_in_words(query: str, tmp_path: Path, program: Program) -> None:
    done = program("sandbox", "--port", "0", "--database", f"sqlite:///{tmp_path / 'mine.db'}?{query}")
    assert (done.returncode, list(tmp_path.glob("mine.db*"))) == (1, [])
    assert done.stderr.decode().startswith("The sandbox cannot use its database: SQLite takes no settings here")


NO_SERVERS = (
    *(
        "",
        "mail.example.com",
        ":25",
        "mail.example.com:",
        "mail:0",
        "mail:65536",
        "mail:\u0662\u0665",
        "mail:1e3",
        "-:25",
    ),
    *("a b:25", "mail:" + "9" * 5000, "::1:25", "[::1]", "[mail]:25", "256.1.1.1:25", "smtp://mail:25", "me@mail:25"),
)


@pytest.mark.parametrize("server", NO_SERVERS)
def test_a_mail_server_that_is_none_is_refused_at_the_start(server: str, program: Program) -> None:
    done = program("sandbox", "--port", "0", f"--smtp={server}")
    assert done.returncode == 2
    assert "a mail server's name and port, such as mail.example.com:25, not" in done.stderr.decode()


def test_a_report_goes_into_no_folder_that_others_can_change(tmp_path: Path, program: Program) -> None:
    shared = folder(tmp_path / "report", 0o777)
    done = program("walk", "organization", "--report", str(shared))
    assert (done.returncode, list(shared.iterdir())) == (2, [])
    assert f"{shared} can be changed by other users of this machine (0777)" in done.stderr.decode()


def test_a_report_is_for_this_user_alone(tmp_path: Path) -> None:
    report = tmp_path / "report"
    command = [*PROGRAM, "walk", "organization", "--report", str(report)]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, timeout=120, umask=0)
    assert done.returncode == 0
    assert stat.S_IMODE(report.stat().st_mode) == 0o700
    files = [path for path in report.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder(tmp_path / "runtime")))
    return tmp_path / "runtime/iprescribe-tui"


def test_a_runtime_folder_that_others_could_change_is_closed_and_its_keys_are_drawn_anew(
    runtime: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = ServerKey.load(tmp_path / "server.key")
    before = memory_key_beside(key).derive("a", "b")
    (planted,) = runtime.glob("sandbox-*.key")
    runtime.chmod(0o777)
    codes = [memory_key_beside(key).derive("a", "b") for _ in range(2)]
    assert before not in codes
    assert codes[0] == codes[1], "sandboxes of this login share it again"
    assert stat.S_IMODE(runtime.stat().st_mode) == 0o700
    assert stat.S_IMODE(planted.stat().st_mode) == 0o600
    assert caplog.text.count(f"{runtime} could be changed by other users of this machine.") == 1


def anothers_folder(runtime: Path) -> None:
    shutil.chown(runtime, "nobody")


def linked_folder(runtime: Path) -> None:
    shutil.move(runtime, runtime.with_name("elsewhere"))
    runtime.symlink_to("elsewhere")


@pytest.mark.parametrize("spoil", [pytest.param(anothers_folder, marks=needs_root), linked_folder])
def test_a_runtime_folder_that_is_not_the_users_own_is_not_used(
    spoil: Callable[[Path], None], runtime: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    key = ServerKey.load(tmp_path / "server.key")
    before = memory_key_beside(key).derive("a", "b")
    spoil(runtime)
    drawn = {memory_key_beside(key).derive("a", "b") for _ in range(2)}
    assert len(drawn | {before}) == 3, "each process has its own"
    assert "Codes and links that were sent end with this process." in caplog.text


def test_a_runtime_folder_that_others_could_replace_is_not_used(runtime: Path, tmp_path: Path) -> None:
    key = ServerKey.load(tmp_path / "server.key")
    before = memory_key_beside(key).derive("a", "b")
    runtime.parent.chmod(0o777)
    assert memory_key_beside(key).derive("a", "b") != before
