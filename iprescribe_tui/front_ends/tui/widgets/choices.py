"""Controls without text: a check box and a short list of options."""

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from iprescribe_tui.front_ends.tui.widgets.inputs import Changed
from iprescribe_tui.journey.choosing import place_in
from iprescribe_tui.journey.fields import Option

_INDENT = " " * len("[x] ")

A_WORD = 1.0
"""Longest pause between two keys of one word, in seconds."""


class Choosing(Widget, can_focus=True):
    """Control that takes keys but no text: space and digits within a word typed here by mistake choose nothing."""

    _latest = -A_WORD
    _is_word = False

    def is_of_word(self, event: events.Key) -> bool:
        """Return whether a key is a letter, or follows one within `A_WORD`."""
        if not event.is_printable or event.time - self._latest > A_WORD:
            self._is_word = False
        self._latest = event.time
        self._is_word |= (event.character or "").isalpha()
        return self._is_word


class CheckBox(Choosing):
    """Check box that shows its state by its mark, [x] or [ ], and not by color."""

    value: reactive[bool] = reactive(False, init=False, layout=False)

    def __init__(self, label: str, value: bool, *, id: str) -> None:
        super().__init__(id=id)
        self.label = label
        self.set_reactive(CheckBox.value, value)

    def render(self) -> Content:
        return Content.assemble(
            ("[x] " if self.value else "[ ] ", "bold"),
            Content(f"\n{_INDENT}").join(self._lines(self.content_size.width)),
        )

    def _lines(self, width: int) -> list[Content]:
        return Content(self.label).wrap(max(width - len(_INDENT), 1))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines of the label."""
        return len(self._lines(width))

    def on_key(self, event: events.Key) -> None:
        """Toggle at the space bar. A binding would come too late for an Enter typed right after it."""
        if not self.is_of_word(event) and event.character == " ":
            event.stop()
            self.toggle()

    def on_click(self) -> None:
        self.toggle()

    def toggle(self) -> None:
        """Toggle the mark and post `Changed`."""
        self.value = not self.value
        self.post_message(Changed())


ARROWS = {"up": -1, "left": -1, "down": 1, "right": 1}
"""Keys that move in a short list, and by how many options."""


class FewChoices(Choosing):
    """Short list with all options visible; arrows or a digit choose."""

    chosen: reactive[int] = reactive(-1, init=False)

    def __init__(self, options: Sequence[Option], value: str, *, id: str) -> None:
        super().__init__(id=id)
        self.options = options
        self.set_reactive(FewChoices.chosen, next((i for i, o in enumerate(options) if o.value == value), -1))

    @property
    def value(self) -> str:
        """Value of the chosen option, "" if none is chosen."""
        return self.options[self.chosen].value if self.chosen >= 0 else ""

    @value.setter
    def value(self, value: str) -> None:
        self.chosen = next((i for i, o in enumerate(self.options) if o.value == value), -1)

    def render(self) -> Content:
        return Content("\n").join(self._drawn())

    def _drawn(self) -> list[Content]:
        """Return each option's mark, number, and label."""
        return [
            Content.assemble(
                ("(•) " if index == self.chosen else "( ) ", "bold"), (f"{index + 1} ", "dim"), option.label
            )
            for index, option in enumerate(self.options)
        ]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines of all options."""
        return len(self._option_at_line(width))

    def _option_at_line(self, width: int) -> list[int]:
        """Return the index of the option on each line."""
        heights = (option.get_height({}, max(width, 1)) for option in self._drawn())
        return [index for index, height in enumerate(heights) for _ in range(height)]

    @property
    def chosen_lines(self) -> range:
        """Lines of the chosen option, or of the first one if none is chosen."""
        lines = self._option_at_line(self.content_size.width)
        first = lines.index(max(self.chosen, 0))
        return range(first, first + lines.count(max(self.chosen, 0)))

    def on_key(self, event: events.Key) -> None:
        """Move with arrows, choose with a digit; up and down at an end of the list the screen takes before.

        Letters choose nothing: a word typed here belongs to another field, and would change the choice.
        """
        character = event.character or ""
        if self.is_of_word(event):
            return
        if event.key in ARROWS:
            if (moved_to := self.moved_by(event.key)) is not None:
                self._choose(moved_to)
        elif (place := place_in(character, len(self.options))) is not None:
            self._choose(place)
        elif character == " " and self.chosen < 0:
            self._choose(0)
        else:
            return
        event.stop()

    def moved_by(self, arrow: str) -> int | None:
        """Return the index of the option that `arrow` leads to, None at that end of the list."""
        moved_to = self.chosen + ARROWS[arrow]
        return moved_to if 0 <= moved_to < len(self.options) else None

    def on_click(self, event: events.Click) -> None:
        lines = self._option_at_line(self.content_size.width)
        if 0 <= event.y < len(lines):
            self._choose(lines[event.y])

    def _choose(self, index: int) -> None:
        self.chosen = index
        self.post_message(Changed())
