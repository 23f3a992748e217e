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
from iprescribe_tui.cli.doctor.findings import Check, Finding, Level, run_check
from iprescribe_tui.system.settings import SettingsError, load


def examine(flags: Mapping[str, str | None], environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Yield the findings, as they come. Unusable settings are one too, and skip only the checks that need them."""
    for check in checks(flags, environ):
        yield from run_check(check)


def checks(flags: Mapping[str, str | None], environ: Mapping[str, str]) -> Iterator[Check]:
    """Yield the checks for these settings."""
    yield from terminal_checks.checks(environ)
    yield from machine_checks.locale_checks(environ)
    try:
        settings = load(flags, environ)
    except SettingsError as error:
        refused = Finding("settings", "settings", Level.FAILURE, str(error), "Correct it: the program does not start.")
        yield Check("settings", "settings", lambda: [refused])
        settings = None
    if settings:
        yield from machine_checks.settings_checks(settings)
        yield from machine_checks.folder_checks(settings)
    yield from decoding_checks.checks()
    yield from proxy_checks.checks(settings, environ)
    yield from keyring_checks.checks(settings)
    if settings:
        yield from backend_checks.checks(settings)
