"""All checks of the doctor, in order: quick and local ones first, the network last."""

import os
from collections.abc import Iterator, Mapping

from iprescribe_tui.cli.doctor import (
    backend_checks,
    decoding_checks,
    keyring_checks,
    machine_checks,
    proxy_checks,
    terminal_checks,
)
from iprescribe_tui.cli.doctor.findings import Finding, Level, Look, taken
from iprescribe_tui.system.settings import SettingsError, load


def examine(flags: Mapping[str, str | None], environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Yield the findings, as they come. Unusable settings are one too, and skip only the checks that need them."""
    for look in looks(flags, environ):
        yield from taken(look)


def looks(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Iterator[Look]:
    """Yield the checks for these settings."""
    yield from terminal_checks.looks(environ)
    yield from machine_checks.locale_looks(environ)
    try:
        settings = load(flags, environ)
    except SettingsError as error:
        refused = Finding("settings", "settings", Level.FAILURE, str(error), "Correct it: the program does not start.")
        yield Look("settings", "settings", lambda: [refused])
        settings = None
    if settings:
        yield from machine_checks.settings_looks(settings)
        yield from machine_checks.folder_looks(settings)
    yield from decoding_checks.looks()
    yield from proxy_checks.looks(settings, environ)
    yield from keyring_checks.looks(settings)
    if settings:
        yield from backend_checks.looks(settings)
