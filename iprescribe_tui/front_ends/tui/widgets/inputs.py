"""Text controls of a form: a line, a secret, longer texts."""

import re
from typing import ClassVar

from rich.highlighter import Highlighter
from rich.repr import Result as RichReprResult
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.widgets import Input, TextArea

from iprescribe_tui.journey.checks.text import HIDDEN, one_line, uncrowded


class Changed(Message, bubble=True):
    """Message after a control's value changed. The value is left out: it may be a secret."""


class Unquoted:
    """Mixin that keeps the typed text out of a Textual message's `repr`."""

    def __repr__(self) -> str:
        return type(self).__name__

    def __rich_repr__(self) -> RichReprResult:
        yield type(self).__name__


def editing(kind: type[Input | TextArea]) -> dict[str, str]:
    """Return the editing keys of `kind` and their actions, without Enter and F-keys, which belong to the screen."""
    bindings = Binding.make_bindings(kind.BINDINGS)
    return {binding.key: binding.action for binding in bindings if not re.fullmatch(r"enter|f\d+", binding.key)}


LINE_KEYS = editing(Input)
TEXT_KEYS = editing(TextArea)


JOINERS = "\u200c\u200d"
"""Zero-width joiners: part of the spelling of names, and harmless."""


class Marking(Highlighter):
    """Highlighter that draws a mark for each hidden or steering character, one for one, so that the cursor stays."""

    def highlight(self, text: Text) -> None:
        """Put the marks into `text`."""
        if HIDDEN.search(text.plain):
            text.plain = HIDDEN.sub(lambda found: found[0] if found[0] in JOINERS else "\ufffd", text.plain)


MARKING = Marking()


class LineInput(Input):
    """One line of text."""

    # Textual lays out the screen again when the text's length changes; an input of fixed size needs no layout.
    virtual_size = Reactive(Size(0, 0), layout=False)

    class Changed(Unquoted, Input.Changed):
        """Message after the text changed."""

    class Blurred(Unquoted, Input.Blurred):
        """Message after the focus left."""

    class Submitted(Unquoted, Input.Submitted):
        """Message after Enter was pressed."""

    def __init__(self, value: str, placeholder: str, *, id: str, password: bool = False, replace: bool = False) -> None:
        super().__init__(
            value, placeholder, MARKING, password, select_on_focus=replace, validate_on=[], id=id, compact=True
        )
        self.cursor_blink = False
        self.refused: str | None = None

    def on_focus(self) -> None:
        """Select a refused value, so that typing replaces it, unless it was changed since."""
        if self.value == self.refused:
            self.select_all()

    def validate_value(self, value: str) -> str:
        """Return `value` with at most a few combining marks per letter."""
        return uncrowded(value)

    def on_line_input_changed(self, event: Input.Changed) -> None:
        """Replace Textual's message by one without the text."""
        event.stop()
        self.post_message(Changed())

    async def on_key(self, event: events.Key) -> None:
        """Edit at once: Textual runs bindings after letters typed behind them in the same read."""
        if action := LINE_KEYS.get(event.key):
            event.stop()
            await self.run_action(action)

    def show_end(self) -> None:
        """Move the cursor to the end, where typing continues and a long path shows its file name."""
        self.cursor_position = len(self.value)
        self.scroll_to(x=self.content_width, animate=False, force=True)

    def on_paste(self, event: events.Paste) -> None:
        """Join the lines of a paste; Textual keeps only the first."""
        event.text = one_line(event.text)

    def action_paste(self) -> None:
        """Paste text copied from a longer text, its lines joined."""
        self.replace(one_line(self.app.clipboard), *self.selection)


class SecretInput(LineInput):
    """Line that can show dots, and never gives its text to the clipboard or to a message's `repr`."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f7", "show_or_hide", "Show", show=False)]

    def __init__(self, placeholder: str, *, id: str, hidden: bool = True) -> None:
        super().__init__("", placeholder, id=id, password=hidden)

    def validate_value(self, value: str) -> str:
        """Return the secret unchanged."""
        return value

    def action_copy(self) -> None:
        """Do nothing: a secret is not copied."""

    def action_cut(self) -> None:
        """Do nothing: a secret is not cut."""

    def action_show_or_hide(self) -> None:
        self.password = not self.password


class TextLines(TextArea):
    """Several lines of text."""

    def __init__(self, text: str, *, id: str) -> None:
        super().__init__(text, id=id, compact=True, tab_behavior="focus", show_line_numbers=False)
        self.cursor_blink = False

    def get_line(self, line_index: int) -> Text:
        """Return a line as it is drawn."""
        return MARKING(super().get_line(line_index))

    async def on_key(self, event: events.Key) -> None:
        """Edit at once, as `LineInput` does."""
        if action := TEXT_KEYS.get(event.key):
            event.stop()
            await self.run_action(action)
