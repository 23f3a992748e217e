"""Choice from a long list: a line to filter by, and the list beside it."""

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option as ListOption

from iprescribe_tui.front_ends.tui.widgets.in_sight import beside, page_around
from iprescribe_tui.front_ends.tui.widgets.inputs import Changed, LineInput
from iprescribe_tui.journey.choosing import is_guess, matching
from iprescribe_tui.journey.fields import Option


class ManyChoices(Vertical):
    """Long list of options: type to filter, arrows to move, Enter, Tab, or a click to take.

    Leaving the field in any other way restores its value.
    """

    ROWS = 8
    """Most rows of the list that are shown."""

    class Turned(Message, bubble=True):
        """Message after the list opened or closed, or its highlight moved."""

    class Line(LineInput):
        """Line that filters and moves the list, so that keys never wait for a focus."""

        async def on_key(self, event: events.Key) -> None:
            if not isinstance(self.parent, ManyChoices):
                return
            self.parent.typed_anew()
            if event.key in ("up", "down"):
                event.stop()
                self.parent.move(1 if event.key == "down" else -1)

        def on_blur(self) -> None:
            """Tell the list at once: letters typed after returning come later, and must stay."""
            if isinstance(self.parent, ManyChoices):
                self.parent.put_back_unless_taken()

        def action_delete_left_all(self) -> None:
            """Clear the line, wherever the cursor is."""
            self.value = ""

    def __init__(self, options: Sequence[Option], value: str, placeholder: str, *, id: str) -> None:
        super().__init__(id=f"{id}-many")
        self.options = options
        self._chosen = value
        self.line = ManyChoices.Line(self._label, placeholder, id=id, replace=True)
        self.list = OptionList(classes="many", markup=False, compact=True)
        self.list.can_focus = False
        self.list.display = False
        self._found: list[Option] = []
        self._found_for = ""
        self._moved = self._guessed = False
        self._above: bool | None = None

    def compose(self) -> ComposeResult:
        yield self.line
        yield self.list

    def on_mount(self) -> None:
        if page := page_around(self.ancestors):
            self.watch(page, "scroll_y", self._scrolled, init=False)

    def _scrolled(self) -> None:
        self.call_after_refresh(self.place_list)

    @property
    def value(self) -> str:
        """Value of the option taken or typed in full, or the taken text if it names no option."""
        typed = self.line.value
        return next((option.value for option in self.options if option.label == typed), self._chosen)

    @value.setter
    def value(self, value: str) -> None:
        self._chosen = value
        self.line.value = self._label
        self._moved = False
        self._show_list(False)

    def _show_list(self, shown: bool) -> None:
        self._above = self._above if self.list.display else None
        self.list.display = shown
        self.place_list()
        self.post_message(self.Turned())

    def place_list(self) -> None:
        """Place the open list beside its line, over neither the line nor anything outside the page."""
        page, width = page_around(self.ancestors), self.line.region.width - self.list.gutter.width
        if not self.list.display or page is None or width < 1:
            return
        heights = (Content(option.label).get_height({}, width) for option in self._found)
        wanted = min(self.ROWS, sum(heights))
        self._above, rows = beside(self.line.region, page.scrollable_content_region, wanted, self._above)
        self.list.styles.height = rows
        self.list.offset = Offset(0, -rows - 1 if self._above else 0)
        self.list.call_after_refresh(self.list.scroll_to_highlight)

    @property
    def _label(self) -> str:
        """Label of the taken option."""
        return next((option.label for option in self.options if option.value == self._chosen), self._chosen)

    @property
    def is_open(self) -> bool:
        """True if text or a highlight was not taken yet."""
        return bool(self.list.display) or self.line.value not in (self._label, *(o.label for o in self.options))

    def on_changed(self, _: Changed) -> None:
        typed = self.line.value
        if typed in (self._label, *(option.label for option in self.options)) or not self.line.has_focus:
            self._show_list(False)
        else:
            self._moved = False
            self._fill(matching(self.options, typed.strip())[:60], 0 if typed.strip() else None)

    def _fill(self, found: list[Option], highlighted: int | None) -> None:
        self._found, self._found_for = found, self.line.value.strip()
        self.list.clear_options()
        self.list.add_options([ListOption(Content(option.label)) for option in found])
        self.list.highlighted = highlighted if found else None
        self._show_list(bool(found))

    def move(self, by: int) -> None:
        """Open the list at the current value, or move in it."""
        self._moved = True
        if not self.list.display:
            self._fill(list(self.options), next((i for i, o in enumerate(self.options) if o.value == self.value), 0))
        elif self.list.highlighted is None:
            self.list.highlighted = 0 if by > 0 else len(self._found) - 1
        else:
            self.list.highlighted = (self.list.highlighted + by) % len(self._found)
        self.post_message(self.Turned())

    def turn_page(self, by: int) -> None:
        """Move in the open list by `ROWS` entries, up to its ends."""
        self._moved = True
        self.list.highlighted = max(0, min(len(self._found) - 1, (self.list.highlighted or 0) + by * self.ROWS))
        self.post_message(self.Turned())

    @property
    def highlights(self) -> bool:
        """True if the list is open with an entry highlighted, which Enter takes."""
        return bool(self.list.display) and self.list.highlighted is not None

    @property
    def is_guess(self) -> bool:
        """True if the entry that would be taken may not be the one meant."""
        return self._moved or is_guess(self.options, self.line.value.strip())

    def take(self) -> None:
        """Take the highlighted entry, or the one that the typed text finds, and show its label."""
        if not self.is_open:
            self._chosen = self.value
            return
        typed = self.line.value.strip()
        self._guessed |= self.is_guess
        self.value = self._meant(typed)
        self.line.select_all()

    def _meant(self, typed: str) -> str:
        """Return the value of the highlighted option, else of the one that `typed` finds, else `typed`."""
        current = self.list.display and self._found_for == typed and (typed or self._moved)
        if current and self.list.highlighted is not None:
            return self._found[self.list.highlighted].value
        found = matching(self.options, typed) if typed else []
        return found[0].value if found else typed

    def put_back(self) -> None:
        """Close the list and restore the value: typed text alone chooses nothing."""
        self.value = self.value
        self.line.select_all()

    def typed_anew(self) -> None:
        """Forget that the value was a guess, as a new key was typed."""
        self._guessed = False

    def guessed(self) -> bool:
        """Return whether the value is a guess; True once per guess."""
        guessed, self._guessed = self._guessed, False
        return guessed

    def put_back_unless_taken(self) -> None:
        """Close the list and choose nothing, unless the focus went to another window."""
        if not self.app.app_focus:
            return
        if self.is_open:
            self.put_back()
        self.line.cursor_position = 0  # the start of a long label says most

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.value = self._found[event.option_index].value
        self.post_message(Changed())
