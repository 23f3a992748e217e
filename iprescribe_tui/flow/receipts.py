"""Receipts as files, saved on request; they hold no secret."""

import re
from dataclasses import dataclass
from pathlib import Path

from iprescribe_tui.journey.views import Receipt
from iprescribe_tui.system.private_files import make_private, write_private
from iprescribe_tui.system.regular_files import text_of

_LISTED = ("Reference", "NPI", "Username", "Completed")


@dataclass(frozen=True)
class Saved:
    """Saved receipt: the values of its lines, and its path."""

    reference: str
    npi: str
    username: str
    completed: str
    path: Path


def saved(state_dir: Path) -> list[Saved]:
    """Return the saved receipts, newest first; other files are left out."""
    found = []
    for path in _texts(state_dir / "receipts"):
        try:
            lines = text_of(path).splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        fields = {key: value.strip() for key, _, value in (line.partition(" ") for line in lines)}
        if "Reference" in fields:
            reference, npi, username, completed = (fields.get(key, "") for key in _LISTED)
            found.append(Saved(reference, npi, username, completed, path))
    return sorted(found, key=lambda one: one.completed, reverse=True)


def _texts(folder: Path) -> list[Path]:
    """Return the text files in a folder, none if it cannot be listed."""
    try:
        return [path for path in folder.iterdir() if path.suffix == ".txt"]
    except OSError:
        return []


def save(state_dir: Path, receipt: Receipt) -> Path:
    """Write `receipt` into the folder `receipts`, for this user only; return its path. Raises `OSError`."""
    folder = state_dir / "receipts"
    make_private(state_dir, folder)
    path = folder / f"{re.sub(r'[^A-Za-z0-9-]', '_', receipt.reference)}.txt"
    write_private(path, lambda out: out.write(text(receipt)))
    return path


def text(receipt: Receipt) -> str:
    """Return the receipt as text."""
    lines = [
        "iPrescribe registration",
        "",
        f"Username   {receipt.username}",
        f"NPI        {receipt.npi}",
        f"Reference  {receipt.reference}",
        f"Completed  {receipt.completed_at:%Y-%m-%d %H:%M %Z}",
        "",
        *(f"{number}. {step}" for number, step in enumerate(receipt.next_steps, 1)),
    ]
    return "\n".join(lines) + "\n"
