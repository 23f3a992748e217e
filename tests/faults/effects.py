"""What a sandbox has done, as its database has it: two courses with the same effects read the same."""

import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

_ROWS = {
    "registrations": "npi, step, revision, path, holds, answers, memory, username, completed_at IS NOT NULL",
    "idme_accounts": "email, finished, second_factor, phone, verified, verified_npi",
    "challenges": "purpose, void",
    "messages": "channel, recipient, template, params",
    "tries": "what, count",
    "evidence": "step, slot, size",
    "handoffs": "step, state, document",
    "support_requests": "category, message, contact",
}
"""Sessions are none: every sign-in makes one. Nor are saved answers: they are there so that there is but one effect."""

_IDENT = re.compile(r"[0-9a-f]{32}|[A-Z]{2}-[0-9A-Z-]{6,}")

Effects = Counter[str]
"""Rows as text, each as often as it is there."""


def effects_in(folder: Path) -> Effects:
    """The effects that the sandbox in `folder` has had, without what is made by chance: ids and references."""
    found: Effects = Counter()
    if not (folder / "sandbox.db").exists():
        return found  # it was not started yet
    with closing(sqlite3.connect(f"file:{folder / 'sandbox.db'}?mode=ro", uri=True, timeout=15)) as db:
        for table, columns in _ROWS.items():
            for row in db.execute(f"SELECT {columns} FROM {table}"):
                if (table, row[0]) == ("tries", "photos"):
                    continue  # one that is sent again is judged again, and counts again
                found[f"{table}: {_IDENT.sub('…', repr(row))}"] += 1
    photos = folder / "evidence"
    found["photos on disk"] = len(list(photos.iterdir())) if photos.is_dir() else 0
    return +found


def compared(found: Effects, wanted: Effects) -> dict[str, int]:
    """How many effects are lost, and how many doubled; one that is otherwise than it should be is both."""
    return {"lost": (wanted - found).total(), "doubled": (found - wanted).total()}
