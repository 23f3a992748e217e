"""A sandbox that cannot write says so, and why, and where to those at its own machine; freed, it goes on."""

import logging
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.api.storage import trouble_of
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import running
from tests.disks import FULL, Disk
from tests.sandbox.test_handoffs import hand_off, path_of, sent, words


@pytest.mark.parametrize("names_folder", [True, False], ids=["own machine", "others"])
def test_a_full_disk_is_named_and_nothing_is_changed(
    names_folder: bool, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    folder = disk.folder / "sandbox"
    with running(folder, names_folder=names_folder) as sandbox, caplog.at_level(logging.ERROR):
        walk = sandbox.registration_at(Step.PERSONAL)
        before = walk.view
        disk.fill()
        refused = walk.answer(Step.PERSONAL, **walk.plain_answers(Step.PERSONAL))
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (507, "insufficient_storage")
        assert FULL in problem["detail"]
        assert (str(disk.folder) in refused.text) is names_folder
        assert f"It cannot write to {folder}: the disk is full ({FULL})." in caplog.text
        assert walk.email not in caplog.text
        disk.free()
        assert walk.look() == before
        walk.submit(Step.PERSONAL, **walk.plain_answers(Step.PERSONAL))


def test_a_photo_that_does_not_fit_leaves_nothing_behind(disk: Disk) -> None:
    with running(disk.folder / "sandbox") as sandbox:
        walk = sandbox.registration_at(Step.DOCUMENT)
        disk.fill()
        refused = walk.upload("front")
        assert (refused.status_code, refused.json()["code"]) == (507, "insufficient_storage")
        assert list((disk.folder / "sandbox" / "evidence").iterdir()) == []
        disk.free()
        assert walk.upload("front").status_code == 200


def test_a_phone_is_told_in_a_page_and_no_folder(disk: Disk) -> None:
    with running(disk.folder / "sandbox") as sandbox:
        walk = sandbox.registration_at(Step.DOCUMENT)
        path = path_of(hand_off(walk))
        disk.fill()
        assert sandbox.http.get(path).status_code == 200
        for slots in (("front",), ("front", "back")):
            answer = sent(walk, path, *slots, kind="drivers_license")
            assert answer.status_code == 507
            assert answer.headers["content-type"].startswith("text/html")
            assert FULL in words(answer)
            assert str(disk.folder) not in answer.text
        assert list((disk.folder / "sandbox" / "evidence").iterdir()) == []
        disk.free()
        assert sent(walk, path, "front", "back", kind="drivers_license").status_code == 200


def test_a_folder_that_was_removed_is_named(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox", names_folder=True) as sandbox:
        sandbox.start()
        shutil.rmtree(tmp_path / "sandbox")
        refused = sandbox.call("POST", "/v1/registrations", json={"npi": PERSONA_NPIS["happy"]})
        assert refused.status_code == 507
        assert f"{tmp_path / 'sandbox'}: the folder is gone" in refused.json()["detail"]


def failed_with(code: int, text: str) -> OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return OperationalError("INSERT …", None, error)


@pytest.mark.parametrize(
    ("failed", "says"),
    [
        (failed_with(sqlite3.SQLITE_FULL, "database or disk is full"), FULL),
        (failed_with(sqlite3.SQLITE_READONLY, "attempt to write a readonly database"), "attempt to write a readonly"),
        (failed_with(sqlite3.SQLITE_IOERR_WRITE, "disk I/O error"), "disk I/O error"),
        (failed_with(sqlite3.SQLITE_BUSY, "database is locked"), None),
        (failed_with(sqlite3.SQLITE_CONSTRAINT, "UNIQUE constraint failed"), None),
        (OSError(122, "Disk quota exceeded"), "your share of the disk is used up (Disk quota exceeded)"),
        (OSError(30, "Read-only file system"), "the disk can only be read (Read-only file system)"),
        (ConnectionResetError(104, "Connection reset by peer"), None),
        (FileNotFoundError(2, "No such file or directory", "/elsewhere/file"), None),
        (ValueError("hidden"), None),
    ],
)
def test_only_failures_to_write_are_told(failed: Exception, says: str | None, tmp_path: Path) -> None:
    database = tmp_path / "sandbox.db"
    database.touch()
    trouble = trouble_of(failed, tmp_path, database)
    assert (trouble is None) == (says is None)
    if trouble and says:
        assert says in str(trouble)
        assert str(tmp_path) in str(trouble)
        assert str(tmp_path) not in trouble.refusal(names_folder=False).detail
