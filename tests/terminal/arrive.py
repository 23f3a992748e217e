"""Getting the program to a step at once: what comes before is answered over HTTP, then the applicant signs in."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox, Walk
from tests.terminal.terminal import COMMAND, Terminal, Watched
from tests.terminal.walk import fill, until_step

WAYS: Mapping[Step, dict[str, Any]] = {Step.IDME_SIGN_IN: {"account": "existing"}, Step.MFA_TOTP: {"method": "app"}}
"""How one must answer on the way to steps that not everybody comes to."""


def program(url: str) -> tuple[str, ...]:
    """The program, registering at `url`."""
    return (*COMMAND, "--backend", url)


def walked_to(sandbox: RunningSandbox, step: Step) -> Walk:
    """A registration that stands at `step`."""
    return sandbox.registration_at(step, **WAYS.get(step, {}))


def sign_in(terminal: Watched, username: str, password: str = PASSWORD) -> None:
    """From the first screen, go on with a registration that this machine does not know."""
    terminal.until("Sign in to resume")
    terminal.press("f6")
    terminal.until("Sign in to go on where you were")
    fill(terminal, username, password)


def arrive(terminal: Watched, sandbox: RunningSandbox, step: Step) -> Walk | None:
    """Bring the program, just started, to `step`; the registration, where it was made over HTTP.

    Up to the username and password there is nothing to sign in with: these steps are answered in the terminal.
    """
    first: dict[Step, Callable[[], None]] = {
        Step.NPI: lambda: fill(terminal, Walk(sandbox).npi),
        Step.ACCOUNTS_INTRO: lambda: terminal.press("enter"),
    }
    walk = None
    if step in (Step.NPI, Step.ACCOUNTS_INTRO, Step.CREDENTIALS):
        terminal.until("Sign in to resume")
        for before, answer in first.items():
            if step is before:
                break
            until_step(terminal, before)
            answer()
    else:
        walk = walked_to(sandbox, step)
        sign_in(terminal, walk.user)
    until_step(terminal, step)
    return walk


def at(step: Step, sandbox: RunningSandbox, home: Path) -> Terminal:
    """The program at `step`, in an 80×24 terminal."""
    terminal = Terminal(program(sandbox.url), home=home)
    try:
        arrive(terminal, sandbox, step)
    except BaseException:
        terminal.__exit__()
        raise
    return terminal
