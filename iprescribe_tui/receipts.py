"""The receipt as a file, where the applicant asks for one: no secret is in it."""

import re
from dataclasses import dataclass
from pathlib import Path

from iprescribe_tui.disk import make_private, write_private
from iprescribe_tui.journey.protocol import Receipt
from iprescribe_tui.regular_files import text_of

_LISTED = ("Reference", "NPI", "Username", "Completed")


@dataclass(frozen=True)
class Saved:
    """A receipt that was saved: what its lines say, and where it is."""

    reference: str
    npi: str
    username: str
    completed: str
    path: Path


def saved(state_dir: Path) -> list[Saved]:
    """The receipts that were saved, the newest first; files that are none are left out."""
    found = []
    for path in _texts(state_dir / "receipts"):
        try:
            lines = text_of(path).splitlines()
        except (OSError, UnicodeDecodeError):
            continue
        said = {key: value.strip() for key, _, value in (line.partition(" ") for line in lines)}
        if "Reference" in said:
            reference, npi, username, completed = (said.get(key, "") for key in _LISTED)
            found.append(Saved(reference, npi, username, completed, path))
    return sorted(found, key=lambda one: one.completed, reverse=True)


def _texts(folder: Path) -> list[Path]:
    """The text files in a folder; none where it cannot be listed."""
    try:
        return [path for path in folder.iterdir() if path.suffix == ".txt"]
    except OSError:
        return []


def save(state_dir: Path, receipt: Receipt) -> Path:
    """Write `receipt` into the folder `receipts`, for this user alone; its path. Raises OSError."""
    folder = state_dir / "receipts"
    make_private(state_dir, folder)
    path = folder / f"{re.sub(r'[^A-Za-z0-9-]', '_', receipt.reference)}.txt"
    write_private(path, lambda out: out.write(text(receipt)))
    return path


def text(receipt: Receipt) -> str:
    """The receipt as lines of text."""
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
