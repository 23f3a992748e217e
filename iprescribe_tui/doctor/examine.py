"""All checks of the doctor, in order: quick and local ones first, the network last."""

import os
from collections.abc import Iterator, Mapping

from iprescribe_tui.doctor import backend, decoding, keeping, machine, proxies, terminal
from iprescribe_tui.doctor.findings import Finding, Level, Look, taken
from iprescribe_tui.system.settings import SettingsError, load


def examine(flags: Mapping[str, str | None], environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Yield the findings, as they come. Unusable settings are one too, and skip only the checks that need them."""
    for look in looks(flags, environ):
        yield from taken(look)


def looks(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Iterator[Look]:
    """Yield the checks for these settings."""
    yield from terminal.looks(environ)
    yield from machine.locale_looks(environ)
    try:
        settings = load(flags, environ)
    except SettingsError as error:
        refused = Finding("settings", "settings", Level.FAILURE, str(error), "Correct it: the program does not start.")
        yield Look("settings", "settings", lambda: [refused])
        settings = None
    if settings:
        yield from machine.settings_looks(settings)
        yield from machine.folder_looks(settings)
    yield from decoding.looks()
    yield from proxies.looks(settings, environ)
    yield from keeping.looks(settings)
    if settings:
        yield from backend.looks(settings)
