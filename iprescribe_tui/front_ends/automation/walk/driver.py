"""Walk of one scenario: the real app without a terminal, with an autofill at its keys and a recorder."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from textual.filter import LineFilter
from textual.widgets import Label

from iprescribe_tui.client import BackendAddress, BackendError, Client
from iprescribe_tui.flow.actions import Action, View
from iprescribe_tui.flow.drafts import Drafts
from iprescribe_tui.flow.page_state import PageState
from iprescribe_tui.flow.page_texts import page_of
from iprescribe_tui.flow.services import Services
from iprescribe_tui.flow.tokens import MemoryKeyring, TokenStore
from iprescribe_tui.front_ends.automation.answers import Answers, Asks
from iprescribe_tui.front_ends.automation.answers.template_value import Run
from iprescribe_tui.front_ends.automation.autofill import Autofill
from iprescribe_tui.front_ends.automation.message_source import message_source_for
from iprescribe_tui.front_ends.automation.walk.own_sandbox import MovableClock, OwnSandbox
from iprescribe_tui.front_ends.automation.walk.pictures import cover, picture, redacted
from iprescribe_tui.front_ends.automation.walk.scenario import Snapshot, SnapshotMoment, Walked, judge
from iprescribe_tui.front_ends.tui import app as shell
from iprescribe_tui.front_ends.tui.app import RegistrationApp
from iprescribe_tui.front_ends.tui.doubt_screen import DoubtScreen
from iprescribe_tui.front_ends.tui.front_end import ScreensFrontEnd
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.textual_internals import text_on
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow
from iprescribe_tui.journey.views import DoneView, EndedView, HandoffView, LockedView, WaitingView
from iprescribe_tui.system import crash
from iprescribe_tui.system.private_files import write_private
from iprescribe_tui.system.settings import Settings
from screens import screen_of

SIZE: Final = (80, 24)

Asking = Callable[[str, bool], str | None]
"""Ask a person for the value of this name, secretly or not; None if no one can be asked."""


@dataclass(frozen=True)
class Where:
    """Place of a walk: the backend of `settings`, or its own `sandbox`; `pictures` is a folder, `step_timeout` in s."""

    settings: Settings
    sandbox: OwnSandbox | None
    pictures: Path | None
    step_timeout: float
    ask: Asking


async def walk(name: str, number: int, answers: Answers, where: Where) -> Walked:
    """Walk `answers` to the end, however it ends."""
    app = WalkedApp(answers, where)
    recorder = app.recorder
    begun = time.monotonic()
    await app.run_async(headless=True, size=SIZE, mouse=False)
    recorder.rest()
    end = recorder.end or ("crashed" if app.crashed else "left")
    wrong = [*judge(answers.expected, end, recorder.snapshots, app.autofill.script.unused() if app.autofill else ())]
    messages = [text for text in (recorder.message, app.crashed) if text]
    return Walked(
        scenario=name,
        number=number,
        about=answers.about,
        end=end,
        seconds=round(time.monotonic() - begun, 3),
        snapshots=tuple(recorder.snapshots),
        wrong=tuple(redacted(line, recorder.secrets) for line in (*wrong, *messages) if wrong),
        unanswered=recorder.unanswered,
    )


class WalkedApp(RegistrationApp):
    """App as the command line builds it, with an autofill and a recorder."""

    CSS_PATH = str(Path(shell.__file__).with_name("app.tcss"))

    def __init__(self, answers: Answers, where: Where) -> None:
        super().__init__(
            self._put_together, own_sandbox=where.sandbox is not None, backend=where.settings.shown_name, resuming=False
        )
        self.answers, self.where = answers, where
        self.recorder = Recorder(self, where)
        self.autofill: Autofill | None = None
        self.crashed = ""

    def _put_together(self, _: RegistrationApp) -> ScreensFrontEnd:
        settings, sandbox = self.where.settings, self.where.sandbox
        given = sandbox.address if sandbox else BackendAddress(settings.backend or "")

        async def address() -> BackendAddress:
            return given

        keyring = MemoryKeyring()
        tokens = TokenStore(settings.backend_name, find=lambda: keyring)
        client = Client(settings, tokens, address)
        drafts = Drafts(settings.state_dir, settings.backend_name)
        clock = sandbox.clock if sandbox else MovableClock()
        message_source = message_source_for(
            self.answers.outbox_command, client, own_sandbox=sandbox is not None, clock=clock
        )
        self.autofill = Autofill(self, self.answers, message_source, self.recorder, Run(os.environ))
        return WalkedFrontEnd(
            self, Services(settings, tokens, drafts, client, sandbox is not None), screen_of, self.autofill
        )

    def on_form_screen_form_invalid(self) -> None:
        """Have the autofill give the next answer."""
        if self.autofill:
            self.autofill.refused()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return none: pictures are not drawn for the terminal that this was started from."""
        return ()

    def say_failure(self) -> None:
        """Keep the report of the failure for the walk's report."""
        self.crashed = crash.report(self.failure) if self.failure else "The program stopped."


class WalkedFrontEnd(ScreensFrontEnd):
    """Front end whose screens hide secrets, and in which no request is retried."""

    app: WalkedApp

    async def put_up(self, page: PageState) -> StepScreen:
        """Show the screen of a page, with its secrets covered, and return it."""
        screen = await super().put_up(page)
        cover(screen)
        return screen

    def take_action(self, action: Action) -> None:
        """Tell the typist that its keys have made an action, and hand it to the flow."""
        if self.app.autofill:
            self.app.autofill.sent()
        super().take_action(action)

    async def confirm_retry(self, error: BackendError) -> bool:
        """End the walk with the error; return False, since nothing is retried."""
        self.app.recorder.finish("trouble", str(error))
        return False


class Recorder:
    """Audience of a walk: records each page when it is filled in, refused, or the last, and the walk's end."""

    def __init__(self, app: WalkedApp, where: Where) -> None:
        self.end = self.message = self.unanswered = ""
        self.snapshots: list[Snapshot] = []
        self.secrets: set[str] = set()
        self._app, self._where = app, where
        self._begun = time.monotonic()
        self._shown, self._came = "", 0.0
        self._alarm: asyncio.TimerHandle | None = None

    async def shown(self, screen: StepScreen, *, refused: bool) -> None:
        """Start the time-out again, note secrets of the page, and record a refusal."""
        self._wait()
        self._came = time.monotonic()
        if screen.step_view:
            self.secrets |= {text for secret in screen.step_view.reveal.values() for text in _spellings(secret)}
        if refused:
            await self._record(screen, "refused")

    async def filled(self, screen: StepScreen) -> None:
        """Record the page before it is sent, and note secrets typed into it."""
        for row in screen.field_rows:
            if isinstance(row.value, SecretStr):
                self.secrets |= _spellings(row.value)
        await self._record(screen, "filled in")

    async def stopped(self, screen: StepScreen, why: Asks, message: str) -> None:
        """End the walk: the scenario has no more answers."""
        page = page_of(screen.view).value
        end = _end(screen.view, why)
        if why is not Asks.REFUSED:
            await self._record(screen, "last")
        if not end and why is not Asks.CANNOT:
            self.unanswered = page
        self.finish(end or ("stuck" if why is Asks.CANNOT else page), message)

    async def asked(self, row: FieldRow) -> str | None:
        """Return the answer of the person at the terminal."""
        self.rest()
        answer = await asyncio.to_thread(self._where.ask, row.label, row.asked.secret)
        self._wait()
        return answer

    async def until(self, moment: datetime) -> None:
        """Move the clock of the walk's own sandbox to `moment`; with another backend, wait for it."""
        if self._where.sandbox:
            self._where.sandbox.clock.move_to(moment)
            return
        self.rest()
        await asyncio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
        self._wait()

    def finish(self, end: str, message: str = "") -> None:
        """Record the end and close the app; only the first end counts."""
        if not self.end:
            self.end, self.message = end, message
            self._app.exit("")

    def rest(self) -> None:
        """Stop the time-out."""
        if self._alarm:
            self._alarm.cancel()

    def _wait(self) -> None:
        """Start the time-out again, after which the walk ends as "stuck"."""
        self.rest()
        message = f"Nothing came of it within {self._where.step_timeout:.0f} seconds."
        self._alarm = asyncio.get_running_loop().call_later(self._where.step_timeout, self.finish, "stuck", message)

    async def _record(self, screen: StepScreen, moment: SnapshotMoment) -> None:
        painted = asyncio.Event()
        screen.call_after_refresh(painted.set)
        await painted.wait()
        now = time.monotonic()
        page = page_of(screen.view)
        file = f"{len(self.snapshots) + 1:02}-{page.value}.svg"
        if self._where.pictures:
            drawn = picture(self._app, self.secrets)
            write_private(self._where.pictures / file, lambda out: out.write(drawn))
        snapshot = Snapshot(
            page=page.value,
            heading=screen.heading,
            moment=moment,
            at=round(now - self._begun, 3),
            took=round(now - self._came, 3),
            errors=tuple(redacted(error, self.secrets) for error in self._errors(screen) if moment != "filled in"),
            text=text_on(self._app),
            picture=file if self._where.pictures else "",
        )
        self.snapshots.append(snapshot)

    def _errors(self, screen: StepScreen) -> list[str]:
        """Return the errors on the screen, or the doubts in a question over it."""
        asked = self._app.screen
        return asked.messages if isinstance(asked, DoubtScreen) else _errors(screen)


def _end(view: View, why: Asks) -> str:
    """Return the end of a walk that stops at `view`, "" if the scenario merely has no answer."""
    match view:
        case DoneView():
            return "done"
        case EndedView():
            return "ended"
        case LockedView():
            return "locked"
    if why is Asks.REFUSED:
        return "refused"
    return "waiting" if isinstance(view, WaitingView | HandoffView) and why is Asks.NO_ANSWER else ""


def _errors(screen: StepScreen) -> list[str]:
    """Return the errors on the screen."""
    problem = screen.query_one("#problem", Label)
    general = str(problem.content).splitlines() if problem.display and not problem.has_class("-calm") else []
    under = [str(row.under.content) for row in screen.field_rows if row.has_class("-wrong") and row.under.display]
    return [text.removeprefix("✗ ") for text in (*general, *under)]


def _spellings(secret: SecretStr) -> set[str]:
    """Return the ways to write a secret: as it is, and without dashes."""
    text = secret.get_secret_value()
    return {text, text.replace("-", "")} - {""}


def at(settings: Settings, folder: Path) -> Settings:
    """Return the settings of a walk that keeps its files in `folder`."""
    return replace(settings, state_dir=folder / "state", config_file=folder / "config.toml")
