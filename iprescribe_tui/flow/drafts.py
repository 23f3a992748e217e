"""What was typed and is no secret, kept in the state folder, so that neither a lost connection nor a crash loses it."""

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
"""No file of ours is longer; what is, is somebody else's, and is not read."""

_REMEMBERED = "registration.json"

_UNWRITABLE = (
    "What you type cannot be kept on this machine, in {folder}: {why}. You can go on, and it is kept as soon as that "
    "works again; but if the program is cut off before, it must be typed again. {advice}."
)


@dataclass(frozen=True)
class Remembered:
    """A registration that was left unfinished; `left_at` is an ISO 8601 time in UTC."""

    registration: str
    npi: str
    username: str
    step: str
    left_at: str


class Kept(Protocol):
    """What a draft is of: a step, or a form that belongs to none."""

    @property
    def value(self) -> str:
        """Its key, by which its file is named."""
        ...

    @property
    def form(self) -> "type[StepForm]":
        """What it asks for."""
        ...


class Drafts:
    """One backend's drafts: a folder for each registration, a file for each page.

    What cannot be written is held in memory, and written as soon as that works; `failure` says why it did not.

    The registration "" holds what is typed before the backend knows of any. Files are 0600 in folders of 0700, and
    replaced whole, so that another terminal never reads half of one. Once another terminal has removed a registration,
    since it is over, nothing of it is written again: what this one types of it is kept in memory alone.
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
        """What to tell where nothing can be kept now, None where all is well."""
        if self.failure is None:
            return None
        return _UNWRITABLE.format(folder=self._state_dir, why=cause_of(self.failure), advice=advice_for(self.failure))

    def keep_all(self) -> list[str]:
        """Try once more to keep what could not be kept; return the pages of which something still is not.

        A page is named by its key, where the registration is by "".
        """
        for file, values in list(self._unkept.items()):
            self._write(file, values)
        return ["" if file.name == _REMEMBERED else file.stem for file in self._unkept]

    def remembered(self) -> Remembered | None:
        """The unfinished registration that was left last, or None. Takes about a millisecond."""
        return next(iter(self.unfinished()), None)

    def unfinished(self) -> list[Remembered]:
        """The registrations that were left unfinished, the last one first."""
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
        """Keep where `registration` is, now; what is given empty stays as it was."""
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
        """Return whether what is kept of `registration` was typed for another NPI than `npi`."""
        before = _text(_read(self._of(registration) / _REMEMBERED).get("npi", ""))
        return bool(before and npi) and before != npi

    def forget(self, registration: str) -> None:
        """Remove all that is kept of `registration`."""
        self._begun.discard(registration)
        self._here = {place: values for place, values in self._here.items() if place[0] != registration}
        self._unkept = {file: kept for file, kept in self._unkept.items() if file.parent != self._of(registration)}
        _remove(self._of(registration))

    def load(self, registration: str, page: Kept) -> dict[str, str | bool]:
        """What was typed on `page`: {} where nothing is kept, or nothing that can be read."""
        kept = self._kept_in(self._of(registration) / f"{page.value}.json")
        return page.form.open_values(kept or self._here.get((registration, page.value), {}))

    def save(self, registration: str, page: Kept, values: Mapping[str, str | bool]) -> None:
        """Keep what was typed on `page`; a field that the form asks for as a secret is left out. {} removes all."""
        kept = page.form.open_values(values)
        file = self._of(registration) / f"{page.value}.json"
        self._here.pop((registration, page.value), None)
        if kept:
            if not self._is_over(registration):
                self._write(file, kept)
            if self._is_over(registration):  # or has become so while it was written
                self._here[registration, page.value] = kept
                self._unkept.pop(file, None)
                _remove(file.parent)
        else:
            self._unkept.pop(file, None)
            with suppress(OSError):
                for each in file.parent.glob(f"{file.name}*"):  # with what a killed run left half written
                    each.unlink(missing_ok=True)
                file.parent.rmdir()  # unless something else is kept there

    def _is_over(self, registration: str) -> bool:
        """Return whether another terminal has removed `registration`."""
        if not os.path.isdir(self._folder):  # somebody removed all that is kept: it is kept anew
            self._begun.clear()
        return registration in self._begun and not os.path.exists(self._of(registration) / _REMEMBERED)

    def _of(self, registration: str) -> Path:
        return self._folder / _name(registration)

    def _kept_in(self, file: Path) -> Mapping[str, object]:
        """What was kept last as `file`: in memory where it could not be written."""
        return self._unkept.get(file) or _read(file)

    def _write(self, file: Path, values: Mapping[str, str | bool]) -> None:
        """Replace `file` whole; where that cannot be done, hold it in memory, and the applicant goes on."""
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
        """Write what could not be written before, now that something could; the first that fails ends it."""
        if self._unkept:
            file, values = next(iter(self._unkept.items()))
            self._write(file, values)
        else:
            self.failure = None

    def _make(self, folder: Path) -> None:
        """Make `folder` and those above it, for this user alone."""
        if os.path.isdir(folder):
            return
        make_private(self._state_dir)
        for made in (self._state_dir / "drafts", self._folder, folder):
            make_private(made)
            made.chmod(0o700)


def _name(text: str) -> str:
    """A file name for a backend or a registration, whatever is in it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _read(file: Path) -> dict[str, object]:
    """The JSON object in `file`; {} where it is missing, damaged, or not ours."""
    try:
        with opened(file) as source:
            document = json.loads(source.read(_LARGEST))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _remove(folder: Path) -> None:
    """Remove `folder` with its files, last the one by which the next run would find it, should this one be killed."""
    with suppress(OSError):
        for file in sorted(folder.iterdir(), key=lambda each: each.name == _REMEMBERED):
            file.unlink(missing_ok=True)
        folder.rmdir()
