"""Licence and selfie from files of this machine, key by key, in a terminal: by path, by picking, and bad ones."""

import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from PIL import Image

from iprescribe_tui.sandbox.domain.sample_photos import write_sample_photos
from tests.photos.backs import back, barcode_text, jpeg
from tests.photos.drawn import blurred, darkened, lamp, saved, scene
from tests.photos.test_hostile import png_bomb
from tests.terminal.terminal import COMMAND, Terminal
from tests.terminal.walk import Applicant, fill, until_step, walk


@pytest.mark.matrix
def test_license_and_selfie_from_files(tmp_path: Path) -> None:
    pictures = tmp_path / "My Pictures"
    for name, path in write_sample_photos(pictures).items():
        path.rename(pictures / f"{name}.jpg")
    with Terminal(COMMAND, home=tmp_path, env={"COLORTERM": "truecolor"}) as terminal:
        walk(terminal, Applicant(), to="document")
        terminal.press("1", "tab")
        terminal.type("~/My Pictures/drivers_license_front.jpg")
        terminal.press("tab")
        terminal.until("✓ Good · 1400 × 880")
        terminal.write(f"\x1b[200~'{pictures}/drivers_license_back.jpg' \x1b[201~")
        terminal.until("! The ID says")
        terminal.until_true(lambda: terminal.text.count("▀" * 20) >= 8, "both sides drawn")
        assert not terminal.overflows
        assert not terminal.scrolls
        terminal.press("enter")
        until_step(terminal, "selfie")
        (pictures / "me, just now.jpg").write_bytes((pictures / "selfie.jpg").read_bytes())
        terminal.press("f4")
        terminal.until("Choose a photo", "My Pictures", "me, just now.jpg", "1000 × 1240")
        terminal.press("enter")
        terminal.until("✓ Good · 1000 × 1240")
        terminal.press("enter")
        until_step(terminal, "phone_match")


def sparse(file: Path) -> None:
    file.write_bytes(saved(scene()))
    os.truncate(file, 2**31)


def to_itself(file: Path) -> None:
    file.symlink_to(file)


DEFECTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "few.png": (
        lambda file: file.write_bytes(saved(scene().resize((560, 376)), "PNG")),
        "only 560 × 376 pixels. Choose the original",
    ),
    "light.jpg": (lambda file: file.write_bytes(saved(Image.new("RGB", (900, 600)))), "too small to read"),
    "bomb.png": (lambda file: file.write_bytes(png_bomb()), "too large to unpack"),
    "part.jpg": (lambda file: file.write_bytes(saved(scene())[:90_000]), "only a part of it was copied"),
    "text.jpg": (lambda file: file.write_bytes(b"not a photo " * 9000), "This file is not a photo."),
    "scan.pdf": (lambda file: file.write_bytes(b"%PDF-1.7 " * 9000), "This is a PDF document."),
    "IMG_0101.MOV": (
        lambda file: file.write_bytes(b"\0\0\0\x14ftypqt  " + bytes(60_000)),
        "This file is a video (MOV), not a photo.",
    ),
    "front.cr3": (
        lambda file: file.write_bytes(b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + bytes(60_000)),
        "This is a raw photo (CR3), not a finished picture.",
    ),
    "folder": (lambda file: file.mkdir(), "is a folder."),
    "pipe": (lambda file: os.mkfifo(file), "is a device or a pipe"),
    "loop.jpg": (to_itself, "loop.jpg"),
    "huge.jpg": (sparse, "too large to send"),
    "gone.jpg": (lambda file: None, "There is no file"),
}


DOUBTED: dict[str, tuple[Callable[[], bytes], str]] = {
    "blurred.jpg": (lambda: saved(blurred(scene(), 4), quality=99), "The photo looks blurred."),
    "dark.jpg": (lambda: saved(darkened(scene(), 0.2), quality=97), "The photo looks too dark."),
    "glare.jpg": (
        lambda: saved(lamp(scene(paper=(150, 156, 150)), (0.5, 0.35), (0.1, 0.07))),
        "Light seems to be reflected",
    ),
}


def arrived(home: Path) -> int:
    """How many photos the sandbox has."""
    return len(list((home / ".local/state/iprescribe-tui/sandbox/evidence").glob("*")))


@pytest.mark.matrix
def test_a_doubted_photo_is_taken_anew_or_sent_all_the_same(tmp_path: Path) -> None:
    photos = write_sample_photos(tmp_path / "photos")
    photos["drivers_license_back"].rename(tmp_path / "back.jpg")
    for name, (make, _) in DOUBTED.items():
        (tmp_path / name).write_bytes(make())
    with Terminal(COMMAND, home=tmp_path, env={"COLORTERM": "truecolor"}) as terminal:
        walk(terminal, Applicant(), to="document")
        terminal.press("1", "tab", "tab")
        terminal.type("~/back.jpg")
        terminal.press("s-tab")
        for name, (_, words) in DOUBTED.items():
            terminal.type(f"~/{name}")
            terminal.press("enter")
            terminal.until("? Front: look at this photo once more", words, "▸ Take another", "Send it all the same")
            terminal.until_true(lambda: terminal.text.count("▀" * 20) >= 8, "the photo drawn")
            assert not terminal.overflows
            terminal.press("enter")
            terminal.until_true(lambda: "look at this photo once more" not in terminal.text, "the step again")
            terminal.until(f"~/{name}")
            assert arrived(tmp_path) == 0, "it was sent"
            terminal.press("ctrl+u")
        terminal.type("~/blurred.jpg")
        terminal.press("enter")
        terminal.until("? Front: look at this photo once more")
        terminal.press("tab", "enter")
        until_step(terminal, "selfie")
        assert arrived(tmp_path) == 2


@pytest.mark.matrix
def test_each_defect_in_its_own_words_and_nothing_is_sent(tmp_path: Path) -> None:
    photos = write_sample_photos(tmp_path / "photos")
    photos["drivers_license_front"].rename(tmp_path / "front.jpg")
    photos["drivers_license_back"].rename(tmp_path / "back.jpg")
    for name, (make, _) in DEFECTS.items():
        make(tmp_path / name)
    with Terminal(COMMAND, home=tmp_path, env={"NO_COLOR": "1"}) as terminal:
        walk(terminal, Applicant(), to="document")
        terminal.press("1", "tab", "tab")
        terminal.type("~/back.jpg")
        terminal.press("s-tab")
        for name, (_, words) in DEFECTS.items():
            terminal.type(f"~/{name}")
            terminal.press("enter")
            terminal.until("✗", *words.split(". "))
            terminal.until_true(lambda: terminal.line("Back") == "~/back.jpg", "the other side as it was")
            terminal.press("ctrl+u")
            terminal.until_true(lambda: "✗" not in terminal.text, "the error to go while it is mended")
        assert arrived(tmp_path) == 0, "it was sent"
        fill(terminal, "~/front.jpg")
        until_step(terminal, "selfie")


def test_what_has_expired_is_refused_whatever_else_its_barcode_says(tmp_path: Path) -> None:
    """Its name has a narrow space, as screenshots of a Mac have, and is typed with a plain one."""
    front = write_sample_photos(tmp_path / "photos")["drivers_license_front"]
    front.rename(tmp_path / "Screenshot at 8.55\u202fPM.jpg")
    old = barcode_text(expires=date(2020, 2, 28)).replace("DBB04301975", "DBB00001986").replace("63603508", "63603512")
    (tmp_path / "old.jpg").write_bytes(jpeg(back(old)))
    unread = barcode_text(expires=date(2027, 2, 1)).replace("DBA02012027", "DBA02292027")
    (tmp_path / "unread.jpg").write_bytes(jpeg(back(unread)))
    with Terminal(COMMAND, home=tmp_path, env={"NO_COLOR": "1"}) as terminal:
        walk(terminal, Applicant(), to="document")
        terminal.press("1", "tab")
        terminal.type("~/Screenshot at 8.55 PM.jpg")
        terminal.press("tab")
        terminal.until("✓ Good · 1400 × 880")
        terminal.type("~/old.jpg")
        terminal.press("enter")
        terminal.until("✗ This ID has expired.", "02/28/2020")
        assert arrived(tmp_path) == 0, "it was sent"
        terminal.press("ctrl+u")
        terminal.type("~/unread.jpg")
        terminal.press("s-tab")
        terminal.until("! The barcode's expiration date can't be read")
        assert not terminal.overflows
        terminal.press("enter")
        terminal.until("Send it all the same")
        terminal.press("tab", "enter")
        until_step(terminal, "selfie")
