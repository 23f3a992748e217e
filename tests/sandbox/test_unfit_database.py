"""A database that this version cannot work with is recognized at start, said, and never deleted."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.backend import running
from tests.disks import PLAIN_USER, needs_plain_user
from tests.sandbox.test_serve import command, is_up, started

NPI = "1000000012"


def sql(*statements: str) -> Callable[[Path], None]:
    """What changes a database by SQL."""

    def change(file: Path) -> None:
        with closing(sqlite3.connect(file, isolation_level=None)) as db:
            for statement in ("PRAGMA writable_schema=ON", *statements):
                db.execute(statement)

    return change


def cut(keep: float) -> Callable[[Path], None]:
    """What leaves a part of a file."""

    def change(file: Path) -> None:
        file.write_bytes(file.read_bytes()[: int(file.stat().st_size * keep)])

    return change


def overwrite(start: int, what: bytes) -> Callable[[Path], None]:
    """What writes garbage into a file."""

    def change(file: Path) -> None:
        whole = file.read_bytes()
        file.write_bytes(whole[:start] + what + whole[start + len(what) :])

    return change


def replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def make_of_another_program(file: Path) -> None:
    file.unlink()
    sql("CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url TEXT)", "INSERT INTO moz_places VALUES (1, 'a')")(file)


def put_beside(name: str, make: Callable[[Path], object]) -> Callable[[Path], None]:
    """What puts something beside a database."""

    def put(file: Path) -> None:
        make(file.with_name(name))

    return put


def replace_by_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def replace_by_loose_link(file: Path) -> None:
    file.unlink()
    file.symlink_to("nowhere")


def lay_log_of_another(file: Path) -> None:
    """The write-ahead log of a database that another program was just writing."""
    other = file.parent.parent / "other.db"
    with closing(sqlite3.connect(other, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE orders (what BLOB)")
        db.execute("INSERT INTO orders VALUES (zeroblob(90000))")
        shutil.copy(f"{other}-wal", f"{file}-wal")


UNFIT: dict[str, Callable[[Path], object]] = {
    "a column renamed": sql("ALTER TABLE registrations RENAME COLUMN memory TO flags"),
    "a column missing": sql("ALTER TABLE tokens DROP COLUMN used"),
    "a column of another table missing": sql("ALTER TABLE saved_answers DROP COLUMN problem"),
    "a column that asks for a value": sql(
        "DROP TABLE key_mark", "CREATE TABLE key_mark (number INTEGER PRIMARY KEY, digest VARCHAR, more TEXT NOT NULL)"
    ),
    "a table of another make": sql("DROP TABLE tries", "CREATE TABLE tries (what TEXT, count INTEGER)"),
    "a column of another type": sql("DROP TABLE key_mark", "CREATE TABLE key_mark (number TEXT PRIMARY KEY, digest)"),
    "a key no longer unique": sql("DROP TABLE tries", "CREATE TABLE tries AS SELECT 1 AS count"),
    "a view in place of a table": sql("DROP TABLE tries", "CREATE VIEW tries AS SELECT 1 AS count"),
    "half of the file": cut(0.5),
    "a few bytes": cut(0.001),
    "all but the end": cut(0.97),
    "text": lambda file: file.write_text("this is no database\n" * 400),
    "zeros": lambda file: file.write_bytes(bytes(8192)),
    "a damaged page": overwrite(4096, b"\xff" * 4096),
    "a damaged schema": sql("UPDATE sqlite_master SET sql='CREATE TABLE nonsense(' WHERE name='messages'"),
    "a folder": replace_by_folder,
    "another program's": make_of_another_program,
    "a later file format": overwrite(18, b"\x09\x09"),
    "another database's log": lay_log_of_another,
    "a folder as log": put_beside("sandbox.db-wal", Path.mkdir),
    "a folder as index": put_beside("sandbox.db-shm", Path.mkdir),
    "a link to nothing as journal": put_beside("sandbox.db-journal", lambda file: file.symlink_to("nowhere")),
    "a pipe": replace_by_pipe,
    "a link to nothing": replace_by_loose_link,
}
FIT: dict[str, Callable[[Path], object]] = {
    "nothing changed": lambda file: None,
    "an empty file": lambda file: file.write_bytes(b""),
    "a table missing": sql("DROP TABLE support_requests"),
    "a table more": sql("CREATE TABLE more (what TEXT)"),
    "garbage as log": put_beside("sandbox.db-wal", lambda file: file.write_bytes(b"garbage" * 999)),
    "an empty log": put_beside("sandbox.db-wal", Path.touch),
    "a version of its own": sql("PRAGMA user_version=99"),
    "a column more": sql("ALTER TABLE registrations ADD COLUMN more VARCHAR"),
}


def made(folder: Path) -> Path:
    """A database with a registration in it, and a photo beside it."""
    with running(folder) as sandbox:
        sandbox.start(NPI)
        (folder / "evidence").mkdir(exist_ok=True)
    with closing(sqlite3.connect(folder / "sandbox.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "sandbox.db"


def kept_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("set-aside-*"))


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=pytest.mark.matrix if number % 3 else ()) for number, what in enumerate(UNFIT)]
)
def test_it_is_set_aside_and_a_new_one_is_begun(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    file = made(folder)
    UNFIT[what](file)
    (folder / "evidence" / ("a" * 32)).write_bytes(b"a photo")
    before = file.read_bytes() if file.is_file() else b""
    with started(tmp_path) as (_, said):
        (aside,) = kept_in(folder)
        assert str(aside / "sandbox.db") in said["notice"]
        assert "Nothing was deleted" in said["notice"]
        answer = httpx.post(
            f"{said['url']}/v1/registrations", json={"npi": NPI}, headers={"Idempotency-Key": "1"}, trust_env=False
        )
        assert answer.status_code == 201
    moved = aside / "sandbox.db"
    assert (moved.read_bytes() if moved.is_file() else b"") == before
    assert (aside / "evidence" / ("a" * 32)).read_bytes() == b"a photo"
    assert aside.stat().st_mode & 0o777 == 0o700
    with started(tmp_path) as (_, said):  # the new one is as good as any
        assert "notice" not in said
    assert kept_in(folder) == [aside]


@pytest.mark.parametrize("what", FIT)
def test_what_can_be_worked_with_is_kept(what: str, tmp_path: Path) -> None:
    file = made(tmp_path / "sandbox")
    FIT[what](file)
    with started(tmp_path) as (_, said):
        assert said.keys() == {"url", "key"}
        assert is_up(said["url"])
    assert kept_in(file.parent) == []
    with closing(sqlite3.connect(file)) as db:
        found = db.execute("SELECT count(*) FROM registrations WHERE npi = ?", (NPI,)).fetchone()
    assert found == (0 if what == "an empty file" else 1,)


def test_of_several_that_start_at_once_one_sets_it_aside(tmp_path: Path) -> None:
    file = made(tmp_path / "sandbox")
    file.write_text("this is no database\n" * 400)
    children = [
        subprocess.Popen(command(tmp_path, "--parent"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [child.stdout.readline() for child in children if child.stdout]
    for child in children:
        child.kill()
        child.communicate()
    assert all('"url"' in line for line in said)
    assert len([line for line in said if '"notice"' in line]) == 1
    assert len(kept_in(file.parent)) == 1


def test_a_person_reads_where_it_is(tmp_path: Path) -> None:
    file = made(tmp_path / "sandbox")
    file.write_text("this is no database\n" * 400)
    with subprocess.Popen(command(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        assert child.stdout
        words = child.stdout.readline()
        child.kill()
    (aside,) = kept_in(file.parent)
    assert re.match(r"The sandbox's database is damaged, or is no database, so it was set aside as ", words)
    assert str(aside / "sandbox.db") in words


@pytest.mark.parametrize("what", ["a column renamed", "half of the file", "text", "another program's"])
def test_one_that_was_named_is_refused_in_words_and_left_alone(what: str, tmp_path: Path) -> None:
    file = made(tmp_path / "elsewhere")
    UNFIT[what](file)
    before = file.read_bytes()
    told = command(tmp_path, "--database", f"sqlite:///{file}")
    done = subprocess.run(told, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "Give another --database" in done.stderr
    assert not re.search(r"Traceback|Error\b", done.stderr)
    assert file.read_bytes() == before


@pytest.mark.parametrize("taken", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_one_that_is_locked_is_said_to_be_and_left_alone(taken: str, tmp_path: Path) -> None:
    file = made(tmp_path / "sandbox")
    hasty = (
        "import sys, iprescribe_tui.sandbox.store.fitness as fitness, iprescribe_tui.sandbox.store.database as store;"
        "from iprescribe_tui.__main__ import main; fitness._WAIT = store._PATIENCE = 0.2; sys.exit(main())"
    )
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        before = file.read_bytes()
        db.execute(taken)
        told = [sys.executable, "-c", hasty, "--state-dir", str(tmp_path), "sandbox", "--port", "0"]
        done = subprocess.run(told, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"its folder {file.parent}: another program keeps the database locked. Close that program" in done.stderr
    assert file.read_bytes() == before
    assert kept_in(file.parent) == []


@pytest.mark.parametrize("name", ["sandbox.lock", "server.key"])
@pytest.mark.parametrize("make", [Path.mkdir, lambda file: file.write_text("a letter\n" * 400)], ids=["folder", "text"])
def test_what_stands_in_the_way_of_a_lock_or_a_key_is_named(
    name: str, make: Callable[[Path], object], tmp_path: Path
) -> None:
    file = made(tmp_path / "sandbox")
    file.write_text("this is no database\n" * 400)
    (file.parent / name).unlink(missing_ok=True)
    make(file.parent / name)
    done = subprocess.run(command(tmp_path), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert str(file.parent / name) in done.stderr
    assert not re.search(r"Traceback|Error\b", done.stderr)
    assert (file.parent / name).exists()


@needs_plain_user
@pytest.mark.parametrize("closed", ["sandbox.db", "sandbox.db-wal", "server.key"])
def test_what_one_may_not_read_is_refused_in_words_and_left_alone(closed: str, tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    made(folder)
    (folder / "sandbox.db-wal").write_bytes(b"a log")
    (folder / closed).chmod(0)
    done = subprocess.run([*PLAIN_USER, *command(tmp_path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{folder / closed} cannot be read" in done.stderr
    assert f"chmod u+rw {folder / closed}" in done.stderr
    assert kept_in(folder) == []
    assert (folder / closed).stat().st_mode & 0o777 == 0


def test_the_program_says_it_before_anything_else_is_typed_at_a_step(tmp_path: Path) -> None:
    file = made(tmp_path / "sandbox")
    file.write_text("this is no database\n" * 400)
    told = [sys.executable, "-m", "iprescribe_tui", "--state-dir", str(tmp_path), "--plain"]
    done = subprocess.run(told, input=f"{NPI}\n!\n", capture_output=True, text=True, timeout=120)
    (aside,) = kept_in(file.parent)
    assert "Note: The sandbox's database is damaged" in done.stdout
    assert str(aside / "sandbox.db") in done.stdout.replace("\n", " ").replace("  ", " ")


def test_a_database_of_this_version_fits_on_every_kind(database: str | None, tmp_path: Path) -> None:
    for _ in range(2):
        with running(tmp_path / "sandbox", database=database) as sandbox:
            assert sandbox.backend.notice == ""
