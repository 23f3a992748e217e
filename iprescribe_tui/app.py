"""The terminal program's shell: first paint, themes, the keys that every screen has, the end, and crashes."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.driver import Driver
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui import crash
from iprescribe_tui.ascii import terminal_takes_unicode
from iprescribe_tui.journey.steps import Stage, Step
from iprescribe_tui.ui.ascii import AsciiOnly
from iprescribe_tui.ui.chrome import Banner, KeyBar, Place, Progress
from iprescribe_tui.ui.terminal_driver import TerminalDriver
from iprescribe_tui.ui.themes import DARK, LIGHT, first_theme

if TYPE_CHECKING:
    from iprescribe_tui.front_end import ScreensFrontEnd
    from iprescribe_tui.ui.step_screen import StepScreen


class OpeningScreen(Screen[None]):
    """What is painted at once, while the checks and the client are still being loaded."""

    def __init__(self, *, sandbox: bool, backend: str, resuming: bool) -> None:
        super().__init__()
        self.sandbox, self.backend, self.resuming = sandbox, backend, resuming

    def compose(self) -> ComposeResult:
        """The frame and the words of the screen that is about to come."""
        yield Banner(sandbox=self.sandbox, name=self.backend)
        yield Progress(None if self.resuming else Place(Stage.ACCOUNT, 1, 5))
        with Vertical(id="page"):
            yield Label("Continue where you left off?" if self.resuming else Step.NPI.heading, id="heading")
            if not self.resuming:
                yield Label(Step.NPI.intro, id="intro")
        yield KeyBar([("F10", "Save and leave"), ("Ctrl+Q", "Quit")])


class RegistrationApp(App[str]):
    """The program on the terminal; its result is what is printed after the screen is gone.

    `load` makes the front end once the first screen is painted: it imports whatever takes time.
    """

    CSS_PATH = "ui/app.tcss"
    TITLE = "iPrescribe registration"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", priority=True, show=False),
        Binding("f10", "quit", priority=True, show=False),
        Binding("ctrl+c", "interrupt", priority=True, show=False),
        Binding("f1", "guidance", priority=True, show=False),
        Binding("f2", "messages", priority=True, show=False),
        Binding("f12", "light_or_dark", show=False),
        Binding("ctrl+z", "suspend_process", show=False),
    ]

    def __init__(
        self, load: "Callable[[RegistrationApp], ScreensFrontEnd]", *, own_sandbox: bool, backend: str, resuming: bool
    ) -> None:
        super().__init__()
        self._load = load
        self._opening = OpeningScreen(sandbox=own_sandbox, backend=backend, resuming=resuming)
        self.front_end: ScreensFrontEnd | None = None
        self._early: list[events.Key | events.Paste] | None = []
        self._interrupt: Interrupt | None = None
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = first_theme()
        if not terminal_takes_unicode():
            self._filters.append(AsciiOnly())

    def get_driver_class(self) -> type[Driver]:
        """The terminal's, which no byte can end."""
        return TerminalDriver

    def get_default_screen(self) -> Screen[None]:
        """The opening is the bottom of the stack."""
        return self._opening

    def on_mount(self) -> None:
        """Whatever takes time begins after the first paint."""
        self.app_resume_signal.subscribe(self, self._resumed)
        loop = asyncio.get_running_loop()
        for gone in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(gone, self.leave)
        self.call_after_refresh(self.journey)

    @work(exclusive=True, group="journey")
    async def journey(self) -> None:
        """The applicant's way from here to the end."""
        await asyncio.to_thread(import_module, "iprescribe_tui.front_end")
        gc.enable()
        self.front_end = self._load(self)
        self.set_interval(1, self.front_end.look_around)
        await self.front_end.run()
        self.leave()

    async def _resumed(self, _: App[str]) -> None:
        """Look at once whether nobody was there for so long that the page is not to be seen any more."""
        if self.front_end:
            await self.front_end.look_around()

    async def on_event(self, event: events.Event) -> None:
        """Hold what is typed before there is a field for it, and drop what is typed once the program is ending."""
        if not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
        elif self._early is not None and not _leaves(event):
            self._early.append(event)
        elif self.is_running and not self._exit:
            if self.front_end and not _leaves(event) and not await self.front_end.noticed():
                return
            if self.front_end and self.front_end.typist:
                self.front_end.typist.pressed(event)
            if self._interrupt and not (isinstance(event, events.Key) and event.key == "ctrl+c"):
                await self._interrupt.forget()
                self._interrupt = None
            if not (self.front_end and self.front_end.refuses(event)):
                await super().on_event(event)

    async def type_early_keys(self) -> None:
        """Give the first real screen what was typed before it was there, in order, before anything typed since."""
        while self._early:
            await super().on_event(self._early.pop(0))
        self._early = None

    def on_step_screen_answered(self, event: "StepScreen.Answered") -> None:
        """A step was answered."""
        if self.front_end:
            self.front_end.take_answer(event.answer)

    def on_photo_screen_stopped(self) -> None:
        """A photo is not to be sent on."""
        if self.front_end:
            self.front_end.stop_sending()

    def on_form_screen_refused(self) -> None:
        """A form refused what stands in it."""
        if self.front_end and self.front_end.typist:
            self.front_end.typist.refused()

    def on_form_screen_drafted(self) -> None:
        """Something was typed."""
        if self.front_end:
            self.front_end.keep_draft()

    def action_guidance(self) -> None:
        """The help for what is shown."""
        if self.front_end:
            self.front_end.show_help()

    def action_messages(self) -> None:
        """The messages that the sandbox sent."""
        if self.front_end:
            self.front_end.show_messages()

    def action_light_or_dark(self) -> None:
        """The other theme."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    async def action_quit(self) -> None:
        """Leave; what was typed is kept."""
        self.leave()

    async def action_interrupt(self) -> None:
        """Say how one leaves; leave at the second Ctrl+C in a row."""
        if self._interrupt and self._interrupt.is_recent:
            self.leave()
            return
        if self._interrupt:
            await self._interrupt.forget()
        self._interrupt = Interrupt()
        await self._interrupt.show(self.screen)

    def leave(self) -> None:
        """End the program, saying where it can be gone on with."""
        self.exit(self.front_end.farewell() if self.front_end else "")

    def _fatal_error(self) -> None:
        """Print where it failed, and nothing of what was typed. Textual's own report shows local variables."""
        from rich.text import Text

        self.bell()
        error = self._exception or sys.exc_info()[1]
        report = crash.report(error) if error else "The program stopped because of a mistake in it."
        self._exit_renderables[:] = [Text(report)]  # of several, the first says it
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """The same: what Textual would print may hold what was typed."""
        self._fatal_error()


class Interrupt:
    """A Ctrl+C, and the line that says how one leaves, where notices stand."""

    AGAIN = 2.0
    """Seconds within which a second Ctrl+C leaves."""

    def __init__(self) -> None:
        self._at = monotonic()
        self._line = Label(
            "· To leave, press F10 or Ctrl+Q, or Ctrl+C again. Nothing you typed is lost, except secrets.",
            classes="notice -news",
            markup=False,
        )

    @property
    def is_recent(self) -> bool:
        """Whether another Ctrl+C now means it."""
        return monotonic() - self._at <= self.AGAIN

    async def show(self, screen: Screen[Any]) -> None:
        """Show the line on `screen`: under the heading of a page, or the title of what lies over one."""
        for heading in list(screen.query("#intro, #heading, .title"))[-1:]:
            if isinstance(heading.parent, Widget):
                await heading.parent.mount(self._line, after=heading)
                self._line.scroll_visible(animate=False)

    async def forget(self) -> None:
        """Take the line away."""
        if self._line.is_attached:
            await self._line.remove()


def _leaves(event: events.Event) -> bool:
    """Whether it is a key that leaves, which works whatever is shown."""
    return isinstance(event, events.Key) and event.key in ("ctrl+q", "f10")
