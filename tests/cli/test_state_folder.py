"""A state folder that is not the user's own, or no folder, is named and refused before anything is kept in it."""

import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Program
from tests.longer import few
from tests.terminal.arrive import program as own_program
from tests.terminal.terminal import COMMAND, Terminal, environment

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")


def made(path: Path, mode: int = 0o700) -> Path:
    """A folder with just this mode."""
    path.mkdir(parents=True)
    path.chmod(mode)
    return path


def open_to(mode: int) -> Callable[[Path], Path]:
    return lambda home: made(home / "state", mode)


def open_inside(name: str) -> Callable[[Path], Path]:
    def make(home: Path) -> Path:
        folder = made(home / "state")
        (folder / name).parent.mkdir(mode=0o700, exist_ok=True)
        made(folder / name, 0o777)
        return folder

    return make


def linked_to(mode: int) -> Callable[[Path], Path]:
    def link(home: Path) -> Path:
        made(home / "real", mode)
        (home / "state").symlink_to("real")
        return home / "state"

    return link


def in_open_parent(home: Path) -> Path:
    return made(made(home / "shared", 0o777) / "state")


def not_there_in_open_parent(home: Path) -> Path:
    return made(home / "shared", 0o777) / "deeper" / "state"


def linked_into_open_parent(home: Path) -> Path:
    in_open_parent(home)
    (home / "state").symlink_to("shared/state")
    return home / "state"


def open_file(name: str) -> Callable[[Path], Path]:
    def make(home: Path) -> Path:
        file = home / "state" / name
        made(home / "state")
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch()
        file.chmod(0o666)
        return home / "state"

    return make


def linked_file(home: Path) -> Path:
    (home / "elsewhere").touch()
    (home / "elsewhere").chmod(0o666)
    (made(made(home / "state") / "sandbox") / "sandbox.db").symlink_to(home / "elsewhere")
    return home / "state"


def file_of_another(home: Path) -> Path:
    open_file("sandbox/sandbox.db")(home)
    (home / "state/sandbox/sandbox.db").chmod(0o600)
    shutil.chown(home / "state/sandbox/sandbox.db", "nobody")
    return home / "state"


def link_to_open(name: str, mode: int | None) -> Callable[[Path], Path]:
    """A link in the place of a file, to one that others may write to, or to none yet in a folder that is open."""

    def make(home: Path) -> Path:
        elsewhere = made(home / "elsewhere", 0o777 if mode is None else 0o700) / "target"
        if mode is not None:
            elsewhere.touch()
            elsewhere.chmod(mode)
        file = made(home / "state") / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.symlink_to(elsewhere)
        return home / "state"

    return make


def link_to_nothing_of_another(home: Path) -> Path:
    file = made(made(home / "state") / "sandbox") / "sandbox.db-wal"
    file.symlink_to("nowhere")
    os.chown(file, pwd.getpwnam("nobody").pw_uid, -1, follow_symlinks=False)
    return home / "state"


def in_parent_of_another(home: Path) -> Path:
    folder = made(made(home / "theirs", 0o755) / "state")
    shutil.chown(folder.parent, "nobody")
    return folder


def to_be_made_below_another(home: Path) -> Path:
    return in_parent_of_another(home).parent / "deeper" / "still"


def below_a_link_of_another(home: Path) -> Path:
    made(home / "real" / "state")
    (home / "link").symlink_to("real")
    os.chown(home / "link", pwd.getpwnam("nobody").pw_uid, -1, follow_symlinks=False)
    return home / "link" / "state"


def linked_below_another(home: Path) -> Path:
    in_parent_of_another(home)
    (home / "state").symlink_to("theirs/state")
    return home / "state"


def draft_of_another(home: Path) -> Path:
    folder = open_file("drafts/sandbox/r1/personal.json")(home)
    (folder / "drafts/sandbox/r1/personal.json").chmod(0o600)
    shutil.chown(folder / "drafts/sandbox/r1/personal.json", "nobody")
    return folder


def planted_link(home: Path) -> Path:
    made(home / "elsewhere", 0o777)
    (made(home / "state") / "drafts").symlink_to(home / "elsewhere")
    return home / "state"


def given_away(home: Path) -> Path:
    shutil.chown(made(home / "state"), "nobody")
    return home / "state"


def given_to_nobody_known(home: Path) -> Path:
    os.chown(made(home / "state"), 4_000_000, 4_000_000)
    return home / "state"


def link_of_another(home: Path) -> Path:
    made(home / "real")
    (home / "state").symlink_to("real")
    os.chown(home / "state", pwd.getpwnam("nobody").pw_uid, -1, follow_symlinks=False)
    return home / "state"


def sandbox_of_another(home: Path) -> Path:
    shutil.chown(made(made(home / "state") / "sandbox"), "nobody")
    return home / "state"


def a_file(home: Path) -> Path:
    (home / "state").write_text("a file")
    return home / "state"


def below_a_file(home: Path) -> Path:
    return a_file(home) / "deeper" / "still"


def loose_link(home: Path) -> Path:
    (home / "state").symlink_to("nowhere")
    return home / "state"


def ring(home: Path) -> Path:
    (home / "state").symlink_to("state")
    return home / "state"


REFUSED: dict[str, tuple[Callable[[Path], Path], str]] = {
    "all may write": (open_to(0o777), "can be changed by other users of this machine (0777)"),
    "group may write": (open_to(0o770), "can be changed by other users of this machine (0770)"),
    "others may write, not read": (open_to(0o702), "(0702)"),
    "like /tmp": (open_to(0o1777), "(1777)"),
    "drafts": (open_inside("drafts"), "state/drafts can be changed by other users of this machine (0777)"),
    "sandbox": (open_inside("sandbox"), "state/sandbox can be changed"),
    "receipts": (open_inside("receipts"), "state/receipts can be changed by other users of this machine (0777)"),
    "photos": (
        open_inside("sandbox/evidence"),
        "sandbox/evidence can be changed by other users of this machine (0777)",
    ),
    "folder of drafts": (open_inside("drafts/sandbox"), "drafts/sandbox can be changed by other users"),
    "open receipt": (open_file("receipts/IP-1.txt"), "IP-1.txt can be changed by other users of this machine (0666)"),
    "open photo": (
        open_file("sandbox/evidence/a1"),
        "evidence/a1 can be changed by other users of this machine (0666)",
    ),
    "receipt that is a link": (link_to_open("receipts/IP-1.txt", 0o666), "target, can be changed by other"),
    "link": (linked_to(0o777), "real, can be changed by other users of this machine (0777)"),
    "link inside": (planted_link, "elsewhere, can be changed by other users of this machine (0777)"),
    "in an open parent": (in_open_parent, "can be changed by other users of this machine (0777)"),
    "to be made in an open parent": (not_there_in_open_parent, "can be changed by other users"),
    "link into an open parent": (linked_into_open_parent, "can be changed by other users"),
    "open log": (open_file("sandbox.log"), "state/sandbox.log can be changed by other users of this machine (0666)"),
    "open key": (open_file("sandbox/server.key"), "server.key can be changed by other users of this machine (0666)"),
    **{
        f"open {name}": (open_file(name), f"{name} can be changed by other users of this machine (0666)")
        for name in ("sandbox/sandbox.db-shm", "sandbox/sandbox.lock", "drafts/sandbox/r1/personal.json")
    },
    "log that is a link": (link_to_open("sandbox/sandbox.db-wal", 0o666), "elsewhere/target, can be changed by other"),
    "draft that is a link": (link_to_open("drafts/sandbox/r1/personal.json", 0o666), "target, can be changed by other"),
    "key to be made elsewhere": (link_to_open("sandbox/server.key", None), "elsewhere, on the way to"),
    "link to an open file": (linked_file, "elsewhere, can be changed by other users of this machine (0666)"),
    "file": (a_file, "state is a file, not a folder"),
    "below a file": (below_a_file, "state is a file, not a folder"),
    "link to nothing": (loose_link, "is a link to nowhere, which isn't a folder"),
    "link to itself": (ring, "can't be used: Too many levels of symbolic links"),
    "name too long": (lambda home: home / ("x" * 300), "can't be used: File name too long"),
}
OF_ANOTHER: dict[str, tuple[Callable[[Path], Path], str]] = {
    "another's": (given_away, "state belongs to another user (nobody)"),
    "of no known user": (given_to_nobody_known, "state belongs to another user (number 4000000)"),
    "another's link": (link_of_another, "real, belongs to another user (nobody)"),
    "another's database": (file_of_another, "sandbox.db belongs to another user (nobody)"),
    "another's draft": (draft_of_another, "personal.json belongs to another user (nobody)"),
    "another's link to nothing": (link_to_nothing_of_another, "belongs to another user (nobody)"),
    "another's parent": (in_parent_of_another, "state, belongs to another user (nobody)"),
    "to be made below another's": (to_be_made_below_another, ", belongs to another user (nobody)"),
    "below another's link": (below_a_link_of_another, ", belongs to another user (nobody)"),
    "link below another's": (linked_below_another, ", belongs to another user (nobody)"),
    "another's sandbox": (sandbox_of_another, "state/sandbox belongs to another user (nobody)"),
}
CASES = [
    *(pytest.param(*case, id=name) for name, case in REFUSED.items()),
    *(pytest.param(*case, id=name, marks=needs_root) for name, case in OF_ANOTHER.items()),
]


@pytest.mark.parametrize(("make", "says"), few(CASES, 5))
def test_a_folder_that_is_not_the_users_own_is_refused(
    make: Callable[[Path], Path], says: str, program: Program, tmp_path: Path
) -> None:
    folder = make(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    for command in (["status"], ["receipts"], ["--plain"], ["sandbox", "--port", "0"]):
        done = program("--state-dir", str(folder), *command)
        said = " ".join(done.stderr.decode().split())
        assert (done.returncode, done.stdout) == (2, b"")
        assert says in said
        assert "--state-dir DIR" in said
        assert "Traceback" not in said
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["all may write", "file"])
def test_the_full_screen_is_refused_too(name: str, tmp_path: Path) -> None:
    make, says = REFUSED[name]
    folder = make(tmp_path)
    with Terminal([*own_program("sandbox"), "--state-dir", str(folder)], home=tmp_path) as terminal:
        assert terminal.finish() == 2
    assert says in " ".join(terminal.raw.decode().split())
    assert b"\x1b" not in terminal.raw


def in_sticky_parent(home: Path) -> Path:
    return made(made(home / "shared", 0o1777) / "state")


@pytest.mark.parametrize("how", ["environment", "config"])
def test_it_is_refused_however_it_was_named(how: str, program: Program, tmp_path: Path) -> None:
    folder = made(tmp_path / "state", 0o777)
    (tmp_path / "config.toml").write_text(f'state_dir = "{folder}"\n' if how == "config" else "")
    env = {"IPRESCRIBE_STATE_DIR": str(folder)} if how == "environment" else {}
    done = program("--config", str(tmp_path / "config.toml"), "status", env=env)
    assert done.returncode == 2
    assert b"can be changed by other users" in b" ".join(done.stderr.split())


@pytest.mark.parametrize(
    "make",
    [
        open_to(0o700),
        open_to(0o755),
        linked_to(0o700),
        in_sticky_parent,
        link_to_open("drafts/sandbox/r1/personal.json", 0o600),
    ],
    ids=["private", "readable", "link to one's own", "in a folder like /tmp", "a draft of one's own elsewhere"],
)
def test_a_folder_of_ones_own_is_taken(make: Callable[[Path], Path], program: Program, tmp_path: Path) -> None:
    done = program("--state-dir", str(make(tmp_path)), "status", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["registrations"] == []


def test_a_folder_for_which_all_is_refused_is_a_failure_to_the_doctor(program: Program, tmp_path: Path) -> None:
    folder = made(tmp_path / "state", 0o777)
    done = program("--state-dir", str(folder), "doctor", "--json")
    found = {f"{each['area']} {each['name']}": each for each in json.loads(done.stdout)["findings"]}
    assert done.returncode == 1
    assert "~/state can be changed by other users" in found["folders state_dir"]["says"]
    assert "was not started" in found["backend sandbox"]["says"]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "home", "says"),
    [
        (["--state-dir", "~nosuchuser/x"], None, "--state-dir: ~nosuchuser/x can't be found"),
        (["--config", "~nosuchuser/x"], None, "--config: ~nosuchuser/x can't be found"),
        (["--ca-bundle", "~nosuchuser/x"], None, "--ca-bundle: ~nosuchuser/x can't be found"),
        ([], "/dev/null", "/dev/null is a file, not a folder."),
        ([], "{file}", "/file is a file, not a folder."),
    ],
)
def test_a_home_that_is_none_is_named(
    flags: list[str], home: str | None, says: str, program: Program, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("a file")
    env = {} if home is None else {"HOME": home.format(file=tmp_path / "file")}
    for command in (["--plain"], ["status"], ["sandbox", "--port", "0"]):
        if command[0] == "sandbox" and "--state-dir" not in flags and flags:
            continue  # it reads no settings then
        done = program(*flags, *command, env=env)
        assert done.returncode == 2
        assert says in " ".join(done.stderr.decode().split())
        assert b"Traceback" not in done.stderr
    done = program(*flags, "doctor", "--json", env=env)
    assert done.returncode == 1
    assert any(says in each["says"] for each in json.loads(done.stdout)["findings"])


@needs_root
@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv is not installed")
def test_a_user_without_a_home_is_told_to_name_one(tmp_path: Path) -> None:
    unknown = ["setpriv", "--reuid=123456", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    env = {key: value for key, value in environment(tmp_path).items() if key != "HOME"}
    done = subprocess.run([*unknown, *COMMAND, "status"], env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no home folder" in done.stderr
    assert "Traceback" not in done.stderr
