"""A crash in any screen: the report says what and where, and nothing says anything of what was typed."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from textual.pilot import Pilot
from textual.worker import WorkerFailed

from iprescribe_tui.flow.actions import View
from iprescribe_tui.front_ends.tui.app import RegistrationApp
from iprescribe_tui.front_ends.tui.front_end import ScreensFrontEnd
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.widgets.choices import CheckBox, FewChoices
from iprescribe_tui.journey.fields import Control
from iprescribe_tui.journey.views import HandoffView, StepViewBase
from screens import screen_of
from tests.front_ends.harness import app_showing, press_at, shows, until_true
from tests.snapshots.views import VIEWS
from tests.tally import Tally

pytestmark = pytest.mark.matrix
"""One test a step or more: too many for every run; `pytest -m matrix` runs them."""

SECRET = "planted-secret-7Q"
OPEN = "open-4M"
SHOWN = ("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "7K3M-QW9Z-0HTX-4VBN")
"""What the views reveal: the key of the code generator, and the recovery code."""
NEVER = (SECRET, *SHOWN)


class Broken(Exception):
    """What is planted; its words quote all that can be had on the screen."""


@pytest.fixture(autouse=True)
def every_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever is logged, however small, holds nothing that must not be seen."""
    caplog.set_level(logging.DEBUG)
    yield
    assert not said_in(caplog.text)


def said_in(text: str) -> list[str]:
    """Which of the things that nobody may see stand in `text`."""
    return [secret for secret in NEVER if secret in text]


def with_fields(view: View) -> bool:
    """Whether a view has something to fill in."""
    return bool(screen_of(view).form.model_fields) and not isinstance(view, HandoffView)


CRASHES = [
    (name, place)
    for name, view in VIEWS.items()
    for place in ("body", "changed" if with_fields(view) else "action_support")
] + [("credentials", "action_support")]


@pytest.mark.parametrize(("name", "place"), CRASHES)
async def test_a_crash_is_reported_without_what_was_typed(
    name: str,
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tally: Tally,
) -> None:
    view, state_dir = VIEWS[name], tmp_path / "state"
    app = app_showing(view, state_dir)
    messages: list[str] = []
    controls = [asked.control for asked in screen_of(view).form.asked().values()] if place != "body" else []
    drafted = isinstance(view, StepViewBase) and Control.LINE in controls

    async def run() -> None:
        if place == "body":
            plant(screen_of(view), place, monkeypatch)
        async with app.run_test(message_hook=lambda message: messages.append(repr(message))) as pilot:
            if place != "body":
                await until_true(lambda: shows(app, view), lambda: f"{name} is not shown")
                await fill_in(app, pilot)
                await until_true(lambda: not drafted or OPEN in kept_in(state_dir), lambda: "no draft is kept")
                plant(screen_of(view), place, monkeypatch)
                press_at(app, "f8", *"x ")
            await until_true(lambda: app._exception is not None, lambda: "nothing broke")

    with pytest.raises(Broken) as caught:
        await run()
    asks_secrets = Control.SECRET in controls or Control.CODE in controls
    assert (SECRET in str(caught.value)) == asks_secrets, "nothing was typed that could be told"
    told = capfd.readouterr()
    report = told.out + told.err
    for words in ("The program stopped because of a mistake in it.", "Broken", "caused by ValueError", ":planted"):
        assert words in report
    assert "Traceback" not in report
    assert OPEN not in report
    hits = [secret for text in (report, kept_in(state_dir), *messages) for secret in said_in(text)]
    tally("canaries", "crash reports", searches=1, canaries=len(NEVER), hits=len(hits))
    assert not hits


def kept_in(folder: Path) -> str:
    """All that is written in the files of a folder."""
    return "".join(file.read_text() for file in folder.rglob("*") if file.is_file())


def plant(screen: type[StepScreen], place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a method of a screen fail, with all that stands there in its words and its local variables."""

    def planted(self: StepScreen) -> None:
        typed = [row.value for row in self.field_rows]
        revealed = [value.get_secret_value() if isinstance(value, SecretStr) else value for value in typed]
        quoted = f"{revealed} {self.view!r} {SHOWN}"
        try:
            int(quoted)
        except ValueError as error:
            raise Broken(quoted) from error

    monkeypatch.setattr(screen, place, planted)


async def fill_in(app: RegistrationApp, pilot: Pilot[str]) -> None:
    """Type something into every field: into secret ones what nobody may see."""
    assert isinstance(app.screen, StepScreen)
    for row in app.screen.field_rows:
        if row.display:
            app.screen.set_focus(row.input)
            whole = SECRET if row.asked.secret else OPEN
            press_at(app, *(["space"] if isinstance(row.control, FewChoices | CheckBox) else whole))
            await pilot.pause(0)


async def test_a_crash_outside_of_the_screens_is_reported_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(self: ScreensFrontEnd) -> None:
        raise Broken(SECRET)

    monkeypatch.setattr(ScreensFrontEnd, "rest", broken)
    app = app_showing(VIEWS["ssn"], tmp_path / "state")
    with pytest.raises(WorkerFailed):
        async with app.run_test():
            await until_true(lambda: app._exception is not None, lambda: "nothing broke")
    report = "".join(capfd.readouterr())
    assert "WorkerFailed" in report
    assert "caused by tests.front_ends.test_crash.Broken" in report
    assert not said_in(report)


async def test_what_textual_would_print_at_a_panic_is_not_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    app = app_showing(VIEWS["ssn"], tmp_path / "state")
    async with app.run_test():
        await until_true(lambda: shows(app, VIEWS["ssn"]), lambda: "the step is not shown")
        app.panic(SECRET)
    report = "".join(capfd.readouterr())
    assert "The program stopped because of a mistake in it." in report
    assert not said_in(report)
