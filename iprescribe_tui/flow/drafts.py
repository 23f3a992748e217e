"""Drafts: typed values except secrets, kept in the state folder, so that no lost connection and no crash loses them."""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from iprescribe_tui.system.private_files import advice_for, cause_of, make_private, write_private
from iprescribe_tui.system.regular_files import opened

if TYPE_CHECKING:
    from iprescribe_tui.journey.form import StepForm

_LARGEST = 64 * 1024
"""Most bytes read of a file; the program writes none that is longer."""

_REMEMBERED = "registration.json"

_UNWRITABLE = (
    "What you type cannot be kept on this machine, in {folder}: {why}. You can go on, and it is kept as soon as that "
    "works again; but if the program is cut off before, it must be typed again. {advice}."
)


@dataclass(frozen=True)
class Remembered:
    """Registration left unfinished; `left_at` is an ISO 8601 time in UTC."""

    registration: str
    npi: str
    username: str
    step: str
    left_at: str


class Kept(Protocol):
    """Page that a draft belongs to: a step, or a page outside the steps."""

    @property
    def value(self) -> str:
        """Key of the page, which names the file."""
        ...

    @property
    def form(self) -> "type[StepForm]":
        """Form of the page."""
        ...


class Drafts:
    """Drafts of one backend: a folder for each registration, a file for each page.

    Values that cannot be written are held in memory, and written once that works again; `failure` is the latest error.

    The registration "" holds values typed before the backend knows of any. Files are 0600 in folders of 0700, and
    replaced whole, so that another terminal never reads half of one. Once another terminal has removed a registration,
    because it is over, nothing of it is written again: values typed here are kept in memory only.
    """

    def __init__(self, state_dir: Path, backend: str) -> None:
        self.failure: OSError | None = None
        self._unkept: dict[Path, dict[str, str | bool]] = {}
        self._state_dir = state_dir
        self._folder = state_dir / "drafts" / _name(backend)
        self._begun: set[str] = set()
        self._here: dict[tuple[str, str], dict[str, str | bool]] = {}

    @property
    def notice(self) -> str | None:
        """Notice to the applicant while nothing can be written, else None."""
        if self.failure is None:
            return None
        return _UNWRITABLE.format(folder=self._state_dir, why=cause_of(self.failure), advice=advice_for(self.failure))

    def keep_all(self) -> list[str]:
        """Write again the values that could not be written; return the pages of which some still are not.

        A page is named by its key, the state of the registration by "".
        """
        for file, values in list(self._unkept.items()):
            self._write(file, values)
        return ["" if file.name == _REMEMBERED else file.stem for file in self._unkept]

    def remembered(self) -> Remembered | None:
        """Return the unfinished registration that was left last, None if there is none. Takes about a millisecond."""
        return next(iter(self.unfinished()), None)

    def unfinished(self) -> list[Remembered]:
        """Return the unfinished registrations, the one left last first."""
        found: list[Remembered] = []
        files = {file for file in self._unkept if file.name == _REMEMBERED}
        with suppress(OSError):
            files |= {folder / _REMEMBERED for folder in self._folder.iterdir()}
        for file in files:
            kept = self._kept_in(file)
            with suppress(KeyError):
                found.append(Remembered(**{key: _text(kept[key]) for key in Remembered.__dataclass_fields__}))
        return sorted(found, key=lambda one: one.left_at, reverse=True)

    def remember(self, registration: str, *, npi: str = "", username: str = "", step: str = "") -> None:
        """Keep the state of `registration`, and the present time; an empty argument keeps the value from before."""
        if self._is_over(registration):
            return
        file = self._of(registration) / _REMEMBERED
        before = self._kept_in(file)
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        given = Remembered(registration, npi, username, step, now)
        self._write(file, {key: value or _text(before.get(key, "")) for key, value in asdict(given).items()})
        if os.path.exists(file):
            self._begun.add(registration)

    def is_of_another(self, registration: str, npi: str) -> bool:
        """Return whether the drafts of `registration` were typed for another NPI than `npi`."""
        before = self.npi_of(registration)
        return bool(before and npi) and before != npi

    def npi_of(self, registration: str) -> str:
        """Return the NPI that `registration` was left with, "" if it is unknown."""
        return _text(_read(self._of(registration) / _REMEMBERED).get("npi", ""))

    def forget(self, registration: str) -> None:
        """Remove everything kept of `registration`."""
        self._begun.discard(registration)
        self._here = {place: values for place, values in self._here.items() if place[0] != registration}
        self._unkept = {file: kept for file, kept in self._unkept.items() if file.parent != self._of(registration)}
        _remove(self._of(registration))

    def load(self, registration: str, page: Kept) -> dict[str, str | bool]:
        """Return the values typed on `page`, {} if none can be read."""
        kept = self._kept_in(self._of(registration) / f"{page.value}.json")
        return page.form.open_values({**kept, **self._here.get((registration, page.value), {})})

    def save(self, registration: str, page: Kept, values: Mapping[str, str | bool]) -> None:
        """Keep the values typed on `page`, except fields that its form calls secret; {} removes the draft.

        Values that may be a secret in the wrong field are kept in memory only (see `StepForm.writable_values`).
        """
        file = self._of(registration) / f"{page.value}.json"
        writable = page.form.writable_values(values)
        if writable and not self._is_over(registration):
            self._write(file, writable)
        if self._is_over(registration):  # or has become so while it was written
            writable = {}
            _remove(file.parent)
        if not writable:
            self._remove_draft(file)
        kept = page.form.open_values(values)
        self._here[registration, page.value] = {name: kept[name] for name in kept.keys() - writable.keys()}

    def _remove_draft(self, file: Path) -> None:
        self._unkept.pop(file, None)
        with suppress(OSError):
            for each in file.parent.glob(f"{file.name}*"):  # with what a killed run left half written
                each.unlink(missing_ok=True)
            file.parent.rmdir()  # unless something else is kept there

    def _is_over(self, registration: str) -> bool:
        """Return whether another terminal has removed `registration`."""
        if not os.path.isdir(self._folder):  # everything kept was removed: start anew
            self._begun.clear()
        return registration in self._begun and not os.path.exists(self._of(registration) / _REMEMBERED)

    def _of(self, registration: str) -> Path:
        return self._folder / _name(registration)

    def _kept_in(self, file: Path) -> Mapping[str, object]:
        """Return the latest values of `file`: those in memory if they could not be written."""
        return self._unkept.get(file) or _read(file)

    def _write(self, file: Path, values: Mapping[str, str | bool]) -> None:
        """Replace `file` whole; after an error, hold its values in memory, so that the applicant can continue."""
        try:
            self._make(file.parent)
            write_private(file, lambda out: json.dump(values, out))
        except FileNotFoundError:
            self._unkept.pop(file, None)  # another terminal has just removed the folder: what it belonged to is over
        except OSError as failed:
            self.failure = failed
            self._unkept[file] = dict(values)
        else:
            self._unkept.pop(file, None)
            self._write_rest()

    def _write_rest(self) -> None:
        """Write the values held in memory, now that a write has worked; stop at the first error."""
        if self._unkept:
            file, values = next(iter(self._unkept.items()))
            self._write(file, values)
        else:
            self.failure = None

    def _make(self, folder: Path) -> None:
        """Make `folder` and its parents in the state folder, for this user only. Raises `OSError`."""
        if os.path.isdir(folder):
            return
        make_private(self._state_dir)
        for made in (self._state_dir / "drafts", self._folder, folder):
            make_private(made)
            made.chmod(0o700)


def _name(text: str) -> str:
    """Return a file name for a backend or a registration, whatever characters it has."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _read(file: Path) -> dict[str, object]:
    """Return the JSON object in `file`, {} if it is missing, damaged, or not the program's."""
    try:
        with opened(file) as source:
            document = json.loads(source.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _remove(folder: Path) -> None:
    """Remove `folder` with its files, last the one that the next run looks for, in case the program is killed."""
    with suppress(OSError):
        for file in sorted(folder.iterdir(), key=lambda each: each.name == _REMEMBERED):
            file.unlink(missing_ok=True)
        folder.rmdir()
