"""Licence and selfie from files of this machine, key by key, in a terminal: by path, and by picking."""

from pathlib import Path

from iprescribe_tui.sandbox.photos import write_sample_photos
from tests.terminal.terminal import COMMAND, Terminal
from tests.terminal.walk import Applicant, until_step, walk


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
