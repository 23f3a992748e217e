"""What is typed in a form: a line, a secret, longer texts."""

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
    """A control's value changed. It does not say to what: the value may be a secret."""


class Unquoted:
    """Makes one of Textual's messages silent about what was typed."""

    def __repr__(self) -> str:
        return type(self).__name__

    def __rich_repr__(self) -> RichReprResult:
        yield type(self).__name__


def editing(kind: type[Input | TextArea]) -> dict[str, str]:
    """The keys with which `kind` is edited, and their actions. Enter is the screen's, and so are F-keys."""
    bindings = Binding.make_bindings(kind.BINDINGS)
    return {binding.key: binding.action for binding in bindings if not re.fullmatch(r"enter|f\d+", binding.key)}


LINE_KEYS = editing(Input)
TEXT_KEYS = editing(TextArea)


JOINERS = "\u200c\u200d"
"""They belong to the spelling of names, and steer nothing."""


class Marking(Highlighter):
    """Draws a mark for each character that would hide or steer; one for one, so that the cursor stays."""

    def highlight(self, text: Text) -> None:
        """Put the marks into `text`."""
        if HIDDEN.search(text.plain):
            text.plain = HIDDEN.sub(lambda found: found[0] if found[0] in JOINERS else "\ufffd", text.plain)


MARKING = Marking()


class LineInput(Input):
    """One line of text."""

    # Textual lays out the whole screen anew whenever the text's length changes; an input of fixed size needs none.
    virtual_size = Reactive(Size(0, 0), layout=False)

    class Changed(Unquoted, Input.Changed):
        """Its text changed."""

    class Blurred(Unquoted, Input.Blurred):
        """It was left."""

    class Submitted(Unquoted, Input.Submitted):
        """Enter was pressed in it."""

    def __init__(self, value: str, placeholder: str, *, id: str, password: bool = False, replace: bool = False) -> None:
        super().__init__(
            value, placeholder, MARKING, password, select_on_focus=replace, validate_on=[], id=id, compact=True
        )
        self.cursor_blink = False
        self.refused: str | None = None

    def on_focus(self) -> None:
        """Select what was refused, so that typing replaces it; nothing where other letters came behind that."""
        if self.value == self.refused:
            self.select_all()

    def validate_value(self, value: str) -> str:
        """Keep a few marks on a letter, however many are typed, pasted or on file."""
        return uncrowded(value)

    def on_line_input_changed(self, event: Input.Changed) -> None:
        """Pass on that, not what, was typed."""
        event.stop()
        self.post_message(Changed())

    async def on_key(self, event: events.Key) -> None:
        """Edit at once: Textual's bindings come after the letters that were typed behind them in one go."""
        if action := LINE_KEYS.get(event.key):
            event.stop()
            await self.run_action(action)

    def show_end(self) -> None:
        """Go to the end: typing goes on there, and of a long path it says which file it is."""
        self.cursor_position = len(self.value)
        self.scroll_to(x=self.content_width, animate=False, force=True)

    def on_paste(self, event: events.Paste) -> None:
        """Join the lines of a paste; Textual keeps the first line only."""
        event.text = one_line(event.text)

    def action_paste(self) -> None:
        """Paste what was copied in a longer text, its lines joined."""
        self.replace(one_line(self.app.clipboard), *self.selection)


class SecretInput(LineInput):
    """A line that can show dots, and gives its text to nobody: not to the clipboard, not to a message's `repr`."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f7", "show_or_hide", "Show", show=False)]

    def __init__(self, placeholder: str, *, id: str, hidden: bool = True) -> None:
        super().__init__("", placeholder, id=id, password=hidden)

    def validate_value(self, value: str) -> str:
        """A secret stays as it was typed."""
        return value

    def action_copy(self) -> None:
        """A secret is not copied."""

    def action_cut(self) -> None:
        """A secret is not cut."""

    def action_show_or_hide(self) -> None:
        """Show what was typed, or dots again."""
        self.password = not self.password


class TextLines(TextArea):
    """Several lines of text."""

    def __init__(self, text: str, *, id: str) -> None:
        super().__init__(text, id=id, compact=True, tab_behavior="focus", show_line_numbers=False)
        self.cursor_blink = False

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn."""
        return MARKING(super().get_line(line_index))

    async def on_key(self, event: events.Key) -> None:
        """Edit at once, as a line does."""
        if action := TEXT_KEYS.get(event.key):
            event.stop()
            await self.run_action(action)
