"""Dialogs over a step: help, lost connection, start over, idle warning, and the sandbox's messages."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ScreenResultType
from textual.widgets import Button, Label, OptionList
from textual.widgets.option_list import Option

from iprescribe_tui.client import BackendError, StepRejected
from iprescribe_tui.front_ends.tui.widgets.chrome import KeyBar
from iprescribe_tui.front_ends.tui.widgets.modal import Modal
from iprescribe_tui.journey.views import OutboxMessage
from iprescribe_tui.system.wording import countdown


class Dialog(Modal[ScreenResultType]):
    """Scrolling text above buttons and keys that stay visible in low windows."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-12)", show=False),
        Binding("pagedown,space", "scroll(12)", show=False),
    ]

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)


class HelpScreen(Dialog[None]):
    """Guidance for a step, contacts, and all keys."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f9,escape,enter", "dismiss", show=False)]

    def __init__(self, heading: str, text: str) -> None:
        super().__init__()
        self.heading, self.text = heading, text

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -page"):
            yield Label(self.heading, classes="title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Label(self.text, classes="text", markup=False)
            yield KeyBar([("Enter", "Back to the step"), ("↑ ↓", "Scroll")])

    def say(self, text: str) -> None:
        """Replace the text: the service's contacts may arrive after the screen was opened."""
        for label in self.query(".text").results(Label):
            label.update(text)


class TroubleScreen(Dialog[bool]):
    """Report of a failed request: title, advice, Retry and Back; True is to retry."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9,escape", "dismiss(False)", show=False),
        Binding("r,R", "dismiss(True)", show=False),
    ]

    def __init__(self, title: str, advice: str) -> None:
        super().__init__()
        self.heading, self.advice = title, advice

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -trouble"):
            yield Label(f"✗ {self.heading}", classes="title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Label(self.advice, classes="text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Back to the step", compact=True, action="screen.dismiss(False)")
                yield Button("▸ Retry", compact=True, id="retry", action="screen.dismiss(True)")
            yield KeyBar(
                [("Enter", "Retry"), ("F9", "Back to the step"), ("F10", "Save and leave"), ("Ctrl+Q", "Quit")]
            )

    def on_mount(self) -> None:
        self.query_one("#retry").focus()


class StartOverScreen(Dialog[bool]):
    """Confirmation before all answers are erased; True is to start over."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f9,escape,n,N", "dismiss(False)", show=False)]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Label("Start over?", classes="title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Label(
                    "Everything that was answered is undone, here and at the backend, photos and the second factor "
                    "included. You begin with the NPI again. To change one answer only, go back instead.",
                    classes="text",
                    markup=False,
                )
            with Horizontal(classes="dialog-buttons"):
                yield Button("No, go on", compact=True, id="no", action="screen.dismiss(False)")
                yield Button("Yes, start over", compact=True, action="screen.dismiss(True)")
            yield KeyBar([("Tab", "Choose"), ("Enter", "Press"), ("F9", "Back to the step")])

    def on_mount(self) -> None:
        """Focus No, so that one Enter too many erases nothing."""
        self.query_one("#no").focus()


class IdleScreen(Dialog[None]):
    """Idle warning: what happens soon, and that any key prevents it (see `front_end`)."""

    def __init__(self, afterwards: str, seconds_left: float) -> None:
        super().__init__()
        self.afterwards, self._seconds_left = afterwards, seconds_left

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -trouble"):
            yield Label("! Are you still there?", classes="title", markup=False)
            with VerticalScroll(can_focus=False):
                yield Label(self._words(), classes="text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("▸ Stay", compact=True)
            yield KeyBar([("Enter", "Stay"), ("F10", "Save and leave")])

    def count_down(self, seconds_left: float) -> None:
        """Show the time left."""
        self._seconds_left = seconds_left
        for label in self.query(".text").results(Label):
            label.update(self._words())

    def _words(self) -> str:
        return (
            "Nothing was typed for a while. Press Enter, or any other key, to stay. Otherwise your session is closed "
            f"in {countdown(self._seconds_left)} to protect you: this screen is cleared, and {self.afterwards}. What "
            "you typed is kept, except secrets (passwords, codes, your Social Security number)."
        )


class OutboxScreen(Dialog[str | None]):
    """Emails and texts that the sandbox "sent"; the result is the code to fill in, or None.

    `load` and `follow` run in `context`: a deadline keeps the context in which it was made for its whole time, even if
    it is canceled, and the one of a screen would keep that alive.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9,escape", "dismiss(None)", show=False),
        Binding("f5", "look", show=False),
        Binding("l,L", "open_link", show=False),
    ]

    def __init__(
        self,
        load: Callable[[], Coroutine[Any, Any, Sequence[OutboxMessage]]],
        follow: Callable[[OutboxMessage], Coroutine[Any, Any, None]],
        *,
        takes_code: bool,
        context: Context | None = None,
    ) -> None:
        super().__init__()
        self._load, self._follow, self._takes_code = load, follow, takes_code
        self._request_context = context
        self._messages: Sequence[OutboxMessage] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -page -outbox"):
            yield Label("Messages that the sandbox sent", classes="title", markup=False)
            yield OptionList(markup=False, compact=True)
            with VerticalScroll(can_focus=False):
                yield Label("Looking for messages …", classes="text", markup=False)
            yield KeyBar([("F9", "Back to the step")])

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
        self.action_look()
        self.set_interval(2, self.action_look)

    @work(exclusive=True)
    async def action_look(self) -> None:
        """Load the sandbox's messages and show them if any is new."""
        try:
            messages = await asyncio.create_task(self._load(), context=self._request_context)
        except BackendError as error:
            self._say(f"{error.title}. {error.advice}")
            return
        if [m.id for m in messages] == [m.id for m in self._messages] and self._messages:
            return
        self._messages = messages
        shown = self.query_one(OptionList)
        shown.clear_options()
        shown.add_options([Option(Content(line(message))) for message in messages])
        if messages:
            shown.highlighted = 0
            self._show(messages[0])
        else:
            self._say("Nothing has been sent yet.")

    def _say(self, text: str) -> None:
        self.query_one(".text", Label).update(text)
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_index < len(self._messages):
            self._show(self._messages[event.option_index])

    def _show(self, message: OutboxMessage) -> None:
        self._say(message.body)
        fills = bool(message.code) and self._takes_code
        use = "Fill in the code" if fills else "Open the link" if message.link else "Back"
        keys = self.query_one(KeyBar)
        keys.keys = [("Enter", use), ("↑ ↓", "Choose")]
        if message.link and fills:
            keys.keys += [("L", "Open the link")]
        keys.keys += [("F9", "Back to the step")]
        keys.refresh()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Use the chosen message: fill in its code, or open its link."""
        if event.option_index >= len(self._messages):
            return
        message = self._messages[event.option_index]
        if message.code and self._takes_code:
            self.dismiss(message.code)
        elif message.link:
            self.follow(message)
        else:
            self.dismiss(None)

    def action_open_link(self) -> None:
        """Open the link of a message that has a code as well."""
        index = self.query_one(OptionList).highlighted
        if index is not None and index < len(self._messages) and self._messages[index].link:
            self.follow(self._messages[index])

    @work(exclusive=True, group="follow")
    async def follow(self, message: OutboxMessage) -> None:
        """Open the message's link, as the applicant's browser or phone would."""
        try:
            await asyncio.create_task(self._follow(message), context=self._request_context)
        except StepRejected as rejected:
            self._say(f"The link opens nothing any more: {rejected.problem.title}")
        except BackendError as error:
            self._say(f"{error.title}. {error.advice}")
        else:
            self.dismiss(None)


def line(message: OutboxMessage) -> str:
    """Return a message as one line: time, channel, recipient, subject."""
    return f"{message.sent_at.astimezone():%H:%M:%S}  {message.channel:<6}  {message.to}  {message.subject}"
