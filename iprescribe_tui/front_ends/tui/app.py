"""Shell of the terminal program: first paint, themes, keys of every screen, the end, and crashes."""

import asyncio
import errno
import gc
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.driver import Driver
from textual.filter import LineFilter
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Label

from iprescribe_tui.flow.ending import SIGNALED, Ending, Farewell
from iprescribe_tui.front_ends.tui.ascii_filter import AsciiOnly
from iprescribe_tui.front_ends.tui.interrupt import Interrupt
from iprescribe_tui.front_ends.tui.screen_app import ScreenApp
from iprescribe_tui.front_ends.tui.small_window import is_too_small, laid_out_for
from iprescribe_tui.front_ends.tui.terminal_driver import TerminalDriver
from iprescribe_tui.front_ends.tui.themes import DARK, LIGHT, first_theme
from iprescribe_tui.front_ends.tui.widgets.chrome import Banner, KeyBar, KnownPosition, ProgressTrack
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.system import crash
from iprescribe_tui.system.ascii import terminal_takes_unicode

if TYPE_CHECKING:
    from iprescribe_tui.front_ends.tui.front_end import ScreensFrontEnd
    from iprescribe_tui.front_ends.tui.step_screen import StepScreen


LEAVING = ("ctrl+q", "f10")
"""Keys that leave, on every screen."""

_GONE = (errno.EIO, errno.EPIPE, errno.ENXIO)
"""Errors of writing to a closed terminal."""


class OpeningScreen(Screen[None]):
    """First paint, shown while the checks and the client are being loaded."""

    def __init__(self, *, sandbox: bool, backend: str, resuming: bool) -> None:
        super().__init__()
        self.sandbox, self.backend, self.resuming = sandbox, backend, resuming

    def compose(self) -> ComposeResult:
        yield Banner(sandbox=self.sandbox, address="" if self.sandbox else self.backend)
        yield ProgressTrack(None if self.resuming else KnownPosition(Step.NPI.stage, *Step.NPI.place))
        with Vertical(id="page"):
            yield Label("Continue where you left off?" if self.resuming else Step.NPI.heading, id="heading")
            if not self.resuming:
                yield Label(Step.NPI.intro, id="intro")
        yield KeyBar([("F10", "Save and leave"), ("Ctrl+Q", "Quit")])


class RegistrationApp(ScreenApp):
    """Program on the terminal; its result is the text to print after the screen is gone.

    `load` makes the front end after the first paint: its imports take time.
    """

    CSS_PATH = "app.tcss"
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
        self._window: Size | None = None
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = first_theme()
        self._takes_unicode = terminal_takes_unicode()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return the filters, with one that draws in ASCII if the terminal lacks Unicode."""
        return [*super().get_line_filters(), *([] if self._takes_unicode else [AsciiOnly()])]

    def get_driver_class(self) -> type[Driver]:
        """Return the driver that no byte can end."""
        return TerminalDriver

    def get_default_screen(self) -> Screen[None]:
        """Return the opening, the bottom of the stack."""
        return self._opening

    def on_mount(self) -> None:
        """Start the registration after the first paint, since loading it takes time."""
        self.app_resume_signal.subscribe(self, self._resumed)
        loop = asyncio.get_running_loop()
        for gone in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(gone, self.leave, gone)
        crash.handle_loop(loop, self.failed)
        self.call_after_refresh(self.journey)

    @work(exclusive=True, group="journey")
    async def journey(self) -> None:
        """Run the registration to its end, then leave."""
        await asyncio.to_thread(import_module, "iprescribe_tui.front_ends.tui.front_end")
        gc.enable()
        self.front_end = self._load(self)
        await self.front_end.run()
        self.leave()

    def _resumed(self, _: App[str]) -> None:
        """Check the idle time at once: a session that is over must not be seen after a suspension."""
        if self.front_end:
            self.front_end.flow.check_idle()

    async def on_event(self, event: events.Event) -> None:
        """Hold input typed before there is a field for it, and drop input typed once the program is ending."""
        if isinstance(event, events.Resize):
            await self._resized(event)
        elif not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
        elif self._early is not None and not _leaves(event):
            if self._is_unseen(event):
                self.bell()
            else:
                self._early.append(event)
        elif self.is_running and not self.is_ending:
            if self.front_end and not _leaves(event) and not self.front_end.noticed(event):
                return
            if self._interrupt and not (isinstance(event, events.Key) and event.key == "ctrl+c"):
                await self._interrupt.forget()
                self._interrupt = None
            if self._is_unseen(event):
                self.bell()
            elif not (self.front_end and self.front_end.early_input.refuses(event)):
                await super().on_event(event)

    async def _resized(self, event: events.Resize) -> None:
        """Lay the screens out for another size, but not for a window too small for any."""
        # Two signals close together may tell the earlier size last.
        size = Size(*self.terminal.window_size()) if isinstance(self.terminal, TerminalDriver) else event.size
        before, self._window = self._window, size
        if before is None or not is_too_small(size):
            await super().on_event(events.Resize.from_dimensions(laid_out_for(size), None))
        if is_too_small(size) or (before and is_too_small(before)):
            self.refresh()  # the terminal shows something else now, even if the layout is unchanged

    def _is_unseen(self, event: events.Key | events.Paste) -> bool:
        """Return whether a person types on a window too small to show the result; keys that leave work there too."""
        if self._window is None or not is_too_small(self._window) or type(event) not in (events.Key, events.Paste):
            return False
        return not (isinstance(event, events.Key) and event.key in (*LEAVING, "ctrl+c", "ctrl+z"))

    def post_display_hook(self) -> None:
        """Note when a page is drawn for the first time."""
        if self.front_end:
            at = self.terminal.drawn_at if isinstance(self.terminal, TerminalDriver) else monotonic()
            self.front_end.early_input.drawn(at)

    async def type_early_keys(self) -> None:
        """Give the first real screen the keys typed before it was there, in order, and before any later ones."""
        while self._early:
            event = self._early.pop(0)
            if not (self.front_end and self.front_end.early_input.refuses(event)):
                await super().on_event(event)
        self._early = None

    def on_step_screen_answered(self, event: "StepScreen.Answered") -> None:
        if self.front_end:
            self.front_end.take_action(event.answer)

    def on_photo_screen_stopped(self) -> None:
        if self.front_end:
            self.front_end.client.stop_upload()

    def on_form_screen_decided(self) -> None:
        if self.front_end:
            self.front_end.early_input.say_typed_meanwhile()

    def on_form_screen_drafted(self) -> None:
        if self.front_end:
            self.front_end.drafted()

    def action_guidance(self) -> None:
        if self.front_end:
            self.front_end.show_help()

    def action_messages(self) -> None:
        if self.front_end:
            self.front_end.show_messages()

    def action_light_or_dark(self) -> None:
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    async def action_quit(self) -> None:
        self.leave()

    async def action_interrupt(self) -> None:
        """Show how to leave; leave at the second Ctrl+C in a row."""
        if self._interrupt and self._interrupt.is_recent:
            self.leave()
            return
        if self._interrupt:
            await self._interrupt.forget()
        self._interrupt = Interrupt()
        await self._interrupt.show(self.screen)

    def leave(self, heard: signal.Signals | None = None) -> None:
        """End the program, with a text on how to continue; `heard` is the signal that ends it, if any."""
        if self.is_ending:
            return  # the first to end it says how
        farewell = self.front_end.farewell() if self.front_end else Farewell()
        self.exit(farewell.text, SIGNALED + heard if heard else farewell.status)

    def run_guarded(self) -> str | None:
        """Run the program and return the text to print at the end; a crash in any thread ends it with a report."""
        with crash.handled_by(partial(self.call_soon, self.failed)):
            return self.run(mouse=False)

    def failed(self, error: BaseException) -> None:
        """End the program because of `error`: with a report, or without one if the terminal is gone."""
        if self.is_ending:
            return
        if isinstance(error, OSError) and error.errno in _GONE:
            self.leave(signal.SIGHUP)  # the terminal could not be written to
        else:
            self.fail(error if isinstance(error, Exception) else RuntimeError())

    def say_failure(self) -> None:
        """Print the report of the failure, without any typed text."""
        from rich.text import Text

        self.bell()
        error = self.failure or sys.exc_info()[1]
        if error:
            self.print_at_end(Text(crash.report(error)), Ending.CRASHED)

    def panic(self, *renderables: object) -> None:
        """Print the report instead of `renderables`, which may hold typed text; one may be a traceback."""
        from rich.text import Text
        from rich.traceback import Traceback

        given = next((each for each in renderables if isinstance(each, Traceback)), None)
        if not self.failure:
            report = crash.report_of_trace(given.trace) if given else crash.report(RuntimeError())
            self.print_at_end(Text(report), Ending.CRASHED)
        self.say_failure()
        super().panic()


def _leaves(event: events.Event) -> bool:
    """Return whether an event is a key that leaves, on every screen."""
    return isinstance(event, events.Key) and event.key in LEAVING
