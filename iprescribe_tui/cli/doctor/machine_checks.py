"""Checks of the machine: locale, settings, and the folders that the program writes to."""

import os
import re
import shlex
import shutil
import stat
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from iprescribe_tui.cli.doctor.findings import Check, Finding, Level
from iprescribe_tui.system.ownership import Flaw
from iprescribe_tui.system.private_files import advice_for, trouble_in
from iprescribe_tui.system.settings import Settings
from iprescribe_tui.system.state_folder import PARTS, flaw_of

ENOUGH_SPACE = 100 * 1024 * 1024
"""Free space, in bytes, below which there is a warning: room for the sandbox's database and its photos."""

_NO_MODES = os.name == "nt"


def locale_checks(environ: Mapping[str, str]) -> Iterator[Check]:
    """Yield the check of the locale."""
    yield Check("locale", "characters", lambda: [characters(environ)])


def characters(environ: Mapping[str, str]) -> Finding:
    """Return a finding about the locale: Unicode, or ASCII only, decided as the screens decide it."""
    from iprescribe_tui.system.ascii import terminal_takes_unicode

    warning = partial(Finding, "locale", "characters", Level.WARNING)
    set_by = [name for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)]
    locale = " ".join(f"{name}={environ[name]}" for name in set_by) or "no locale is set"
    if not terminal_takes_unicode():
        return warning(
            f"ASCII alone ({locale}): lines, ticks and accents are drawn by other characters, QR codes take 40 lines.",
            f"If the terminal takes Unicode, say so before you start: export {set_by[0] if set_by else 'LANG'}=C.UTF-8",
        )
    language = environ.get("LANG", "")
    # Python, when it starts, replaces an ASCII or missing locale with C.UTF-8 (PEP 538).
    if set_by == ["LC_CTYPE", "LANG"] and "utf" not in language.lower() and environ["LC_CTYPE"] == "C.UTF-8":
        return warning(
            f"LANG={language} says ASCII or an old character set; Unicode is drawn all the same.",
            "If lines or accents look wrong, say what the terminal takes: export LC_ALL=C.UTF-8 (or C, for ASCII).",
        )
    return Finding("locale", "characters", Level.OK, f"Unicode ({locale})")


def settings_checks(settings: Settings) -> Iterator[Check]:
    """Yield the check of the settings."""
    yield Check("settings", "settings", lambda: settings_findings(settings))


def settings_findings(settings: Settings) -> Iterator[Finding]:
    """Yield a finding for each setting, with its origin."""
    there = "" if os.path.isfile(settings.config_file) else ", which is not there: nothing is set in it"
    yield Finding("settings", "config file", Level.OK, f"{shown(settings.config_file)}{there}")
    values = {
        "backend": settings.backend or "the program's own sandbox",
        "ca_bundle": shown(settings.ca_bundle) if settings.ca_bundle else "the operating system's certificates",
        "state_dir": shown(settings.state_dir),
        "timeout": f"{settings.timeout:g} seconds",
    }
    for key, value in values.items():
        origin = settings.origin.get(key, "default")
        where = shown(settings.config_file) if origin == str(settings.config_file) else origin
        yield Finding("settings", key, Level.OK, f"{value} ({where})")


def folder_checks(settings: Settings) -> Iterator[Check]:
    """Yield the checks of the folders."""
    folder = settings.state_dir
    yield Check("folders", "state_dir", lambda: [state(folder)])
    for name in PARTS:
        yield Check("folders", name, lambda name=name: [private(name, folder / name)])  # type: ignore[misc]  # bound now
    yield Check("folders", "free space", lambda: [space(folder)])


def state(folder: Path) -> Finding:
    """Return a finding about the state folder: it must be the user's own, and writable."""
    if flaw := flaw_of(folder):
        message = flaw.message if shown(flaw.path) == "~" else flaw.message.replace(str(flaw.path), shown(flaw.path))
        return Finding("folders", "state_dir", Level.FAILURE, message, _mended(flaw))
    there = _nearest(folder)
    if failed := trouble_in(there):
        message = f"{shown(there)} cannot be written to ({failed.strerror}): what you type is not kept."
        return Finding("folders", "state_dir", Level.FAILURE, message, f"{advice_for(failed)}.")
    if there != folder:
        message = f"{shown(folder)} is not there yet; it is made when something is kept."
        return Finding("folders", "state_dir", Level.OK, message)
    return Finding("folders", "state_dir", Level.OK, f"{shown(folder)} ({_mode(folder):04o})")


def _mended(flaw: Flaw) -> str:
    """Return the advice about a flaw of the state folder: a command, if one is enough."""
    if flaw.is_closed_by_chmod:
        return f"chmod 700 {_typed(flaw.path)}"
    return f"{flaw.advice[0].upper()}{flaw.advice[1:]}."


def private(name: str, folder: Path) -> Finding:
    """Return a finding about a private folder: it must be writable, and closed to others with its contents."""
    if not os.path.isdir(folder):
        return Finding("folders", name, Level.OK, "Nothing is kept there yet.")
    if failed := trouble_in(folder):
        message = f"{shown(folder)} cannot be written to ({failed.strerror})."
        return Finding("folders", name, Level.FAILURE, message, f"{advice_for(failed)}.")
    inside = [path for path in folder.rglob("*") if not os.path.islink(path)] if _mode(folder) & 0o077 == 0 else []
    # Files in a closed folder are safe; the drafts are 0600 anyway, in case they are moved.
    strict = inside if name == "drafts" else []
    open_ = [path for path in (folder, *strict) if _mode(path) & 0o077]
    if open_ and not _NO_MODES:
        message = f"{shown(open_[0])} can be read by others ({_mode(open_[0]):04o})."
        more = f" So can {len(open_) - 1} more." if len(open_) > 1 else ""
        return Finding("folders", name, Level.WARNING, message + more, f"chmod -R go-rwx {_typed(folder)}")
    files = sum(os.path.isfile(path) for path in inside)
    return Finding("folders", name, Level.OK, f"{files} file{'' if files == 1 else 's'}, for you alone")


def space(folder: Path) -> Finding:
    """Return a finding about free space."""
    free = shutil.disk_usage(_nearest(folder)).free
    message = f"{free / 2**30:.1f} GiB" if free >= 2**30 else f"{free / 2**20:.0f} MiB"
    if free >= ENOUGH_SPACE:
        return Finding("folders", "free space", Level.OK, message)
    return Finding(
        "folders", "free space", Level.WARNING, f"{message} only.", "Make room, or what you type is not kept."
    )


def shown(path: Path) -> str:
    """Return a path with `~` for the home folder, so that a report shows no user name."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(path)


def _typed(path: Path) -> str:
    """Return a path as typed in a shell."""
    return shown(path) if re.fullmatch("[A-Za-z0-9_./~-]+", shown(path)) else shlex.quote(str(path))


def _nearest(folder: Path) -> Path:
    """Return the folder, or its nearest parent that exists."""
    return next(path for path in (folder, *folder.parents) if os.path.exists(path) or path == path.parent)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
