"""The controls a form is made of: a line, a secret, a choice from few or from many, a box to tick."""

import re
from collections.abc import Sequence
from typing import ClassVar

from rich.repr import Result as RichReprResult
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive, reactive
from textual.widget import Widget
from textual.widgets import Input, OptionList, TextArea
from textual.widgets.option_list import Option as ListOption

from iprescribe_tui.journey.checks.text import HIDDEN
from iprescribe_tui.journey.choosing import matching, several_mean
from iprescribe_tui.journey.fields import Option


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


def drawn(text: Text) -> Text:
    """`text` with a mark for each character that would hide or steer; one for one, so that the cursor stays."""
    if HIDDEN.search(text.plain):
        text.plain = HIDDEN.sub(lambda found: found[0] if found[0] in JOINERS else "\ufffd", text.plain)
    return text


JOINERS = "\u200c\u200d"
"""They belong to the spelling of names, and steer nothing."""


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
            value, placeholder, id=id, password=password, compact=True, select_on_focus=replace, validate_on=[]
        )
        self.cursor_blink = False

    @property
    def _value(self) -> Text:
        return drawn(super()._value)

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
        """A paste that ends in a line break is the line alone; Textual keeps the first line only."""
        event.text = " ".join(event.text.split("\n")).strip() if "\n" in event.text else event.text


class SecretInput(LineInput):
    """A line that can show dots, and gives its text to nobody: not to the clipboard, not to a message's `repr`."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f7", "show_or_hide", "Show", show=False)]

    def __init__(self, placeholder: str, *, id: str, hidden: bool = True) -> None:
        super().__init__("", placeholder, id=id, password=hidden)

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
        return drawn(super().get_line(line_index))

    async def on_key(self, event: events.Key) -> None:
        """Edit at once, as a line does."""
        if action := TEXT_KEYS.get(event.key):
            event.stop()
            await self.run_action(action)


class TickBox(Widget, can_focus=True):
    """A box to tick, told apart by its mark and not by colour: [x] or [ ]."""

    value: reactive[bool] = reactive(False, init=False, layout=False)

    def __init__(self, label: str, value: bool, *, id: str) -> None:
        super().__init__(id=id)
        self.label = label
        self.set_reactive(TickBox.value, value)

    def render(self) -> Content:
        """The mark and the label."""
        return Content.assemble(("[x] " if self.value else "[ ] ", "bold"), self.label)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the label takes."""
        return self.render().get_height({}, max(width, 1))

    def on_key(self, event: events.Key) -> None:
        """Space ticks it. A binding would come too late for an Enter typed right after it."""
        if event.character == " ":
            event.stop()
            self.tick()

    def on_click(self) -> None:
        """A click ticks it too."""
        self.tick()

    def tick(self) -> None:
        """Tick it, or take the tick away."""
        self.value = not self.value
        self.post_message(Changed())


class FewChoices(Widget, can_focus=True):
    """A choice from few, all in sight; arrows, a digit or a first letter choose."""

    chosen: reactive[int] = reactive(-1, init=False)

    def __init__(self, options: Sequence[Option], value: str, *, id: str) -> None:
        super().__init__(id=id)
        self.options = options
        self.set_reactive(FewChoices.chosen, next((i for i, o in enumerate(options) if o.value == value), -1))
        self.styles.height = len(options)

    @property
    def value(self) -> str:
        """The chosen value, "" when there is none."""
        return self.options[self.chosen].value if self.chosen >= 0 else ""

    @value.setter
    def value(self, value: str) -> None:
        self.chosen = next((i for i, o in enumerate(self.options) if o.value == value), -1)

    def render(self) -> Content:
        """One line an option: its mark, its digit, its label."""
        lines = [
            Content.assemble(
                ("(•) " if index == self.chosen else "( ) ", "bold"), (f"{index + 1} ", "dim"), option.label
            )
            for index, option in enumerate(self.options)
        ]
        return Content("\n").join(lines)

    def on_key(self, event: events.Key) -> None:
        """Arrows move, round and round; a digit chooses by place, a letter the next option that begins with it."""
        character = (event.character or "").casefold()
        if event.key in ("down", "right"):
            self._choose((self.chosen + 1) % len(self.options))
        elif event.key in ("up", "left"):
            self._choose((max(self.chosen, 0) - 1) % len(self.options))
        elif character.isdigit() and 1 <= int(character) <= len(self.options):
            self._choose(int(character) - 1)
        elif character == " " and self.chosen < 0:
            self._choose(0)
        elif character.isalpha():
            starts = [i for i, o in enumerate(self.options) if o.label.casefold().startswith(character)]
            if starts:
                self._choose(next((i for i in starts if i > self.chosen), starts[0]))
        else:
            return
        event.stop()

    def on_click(self, event: events.Click) -> None:
        """A click chooses the line it is on."""
        if 0 <= event.y < len(self.options):
            self._choose(event.y)

    def _choose(self, index: int) -> None:
        self.chosen = index
        self.post_message(Changed())


class ManyChoices(Vertical):
    """A choice from a long list: type to filter, arrows to move, leaving the field takes what is highlighted."""

    SHOWN = 7

    class Line(LineInput):
        """The line that filters. The list below is moved from here, so that keys never wait for a focus."""

        async def on_key(self, event: events.Key) -> None:
            """Move the highlight in the list."""
            if not isinstance(self.parent, ManyChoices):
                return
            self.parent.typed_anew()
            if event.key in ("up", "down"):
                event.stop()
                self.parent.move(1 if event.key == "down" else -1)

    def __init__(self, options: Sequence[Option], value: str, placeholder: str, *, id: str) -> None:
        super().__init__(id=f"{id}-many")
        self.options = options
        label = next((option.label for option in options if option.value == value), value)
        self.line = ManyChoices.Line(label, placeholder, id=id, replace=True)
        self.list = OptionList(classes="many", markup=False, compact=True)
        self.list.can_focus = False
        self.list.display = False
        self._found: list[Option] = []
        self._found_for = ""
        self._moved = self._guessed = False

    def compose(self) -> ComposeResult:
        """The line and its list, which lies over what is below."""
        yield self.line
        yield self.list

    @property
    def value(self) -> str:
        """The value of the option that the line names, or what was typed where it names none."""
        typed = self.line.value.strip()
        current = self.list.display and self._found_for == typed and (typed or self._moved)
        if current and self.list.highlighted is not None:
            return self._found[self.list.highlighted].value
        found = matching(self.options, typed) if typed else []
        return found[0].value if found else typed

    @value.setter
    def value(self, value: str) -> None:
        self.line.value = next((option.label for option in self.options if option.value == value), value)
        self.list.display = False

    def on_changed(self, _: Changed) -> None:
        """Filter as it is typed."""
        typed = self.line.value
        if any(option.label == typed for option in self.options) or not self.line.has_focus:
            self.list.display = False
        else:
            self._moved = False
            self._fill(matching(self.options, typed.strip()))

    def _fill(self, found: list[Option]) -> None:
        self._found, self._found_for = found[:60], self.line.value.strip()
        self.list.clear_options()
        self.list.add_options([ListOption(Content(option.label)) for option in self._found])
        self.list.highlighted = 0 if self._found else None
        self.list.display = bool(self._found)

    def move(self, by: int) -> None:
        """Open the list, or move in it."""
        self._moved = True
        if not self.list.display:
            self._fill(list(self.options))
            return
        if self.list.highlighted is not None and self._found:
            self.list.highlighted = (self.list.highlighted + by) % len(self._found)

    def settle(self) -> None:
        """Take what is highlighted, or what the typed words find, and show it in full."""
        typed, value = self.line.value.strip(), self.value
        self.value = value
        self._guessed |= self._moved or (bool(typed) and several_mean(self.options, typed))
        self._moved = False
        self.line.cursor_position = 0  # the beginning of a long label says most

    def typed_anew(self) -> None:
        """What was typed before counts no more."""
        self._guessed = False

    def guessed(self) -> bool:
        """Whether what stands here was one of several that were meant, and this was not asked before."""
        guessed, self._guessed = self._guessed, False
        return guessed

    def on_descendant_blur(self) -> None:
        """Leaving the field takes what is highlighted."""
        self.settle()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click takes it."""
        event.stop()
        self.value = self._found[event.option_index].value
        self.post_message(Changed())
