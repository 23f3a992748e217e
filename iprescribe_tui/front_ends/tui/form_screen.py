"""Form on a screen: focus, errors, and keys typed ahead."""

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import DescendantBlur, DescendantFocus, Key
from textual.geometry import Region
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Label, TextArea

from iprescribe_tui.front_ends.tui.enter import enter_label
from iprescribe_tui.front_ends.tui.textual_internals import sender_of
from iprescribe_tui.front_ends.tui.widgets.choices import FewChoices
from iprescribe_tui.front_ends.tui.widgets.chrome import KeyBar
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow
from iprescribe_tui.front_ends.tui.widgets.in_sight import bring_into_sight, place_on
from iprescribe_tui.front_ends.tui.widgets.inputs import Changed, LineInput
from iprescribe_tui.front_ends.tui.widgets.many_choices import ManyChoices
from iprescribe_tui.journey.fields import CheckContext, FieldValue
from iprescribe_tui.journey.form import FormRejected, StepForm

Values = dict[str, FieldValue]


class FormScreen(Screen[None]):
    """Screen with a row for each field of `form`; subclasses provide `#problem` and `#page`.

    Keys that move the focus move it at once, so that type-ahead lands in the right field.
    """

    form: ClassVar[type[StepForm]]

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_field", priority=True, show=False),
        Binding("shift+tab", "previous_field", priority=True, show=False),
        # Enter typed before the program had the terminal arrives as a line feed.
        Binding("enter,ctrl+j", "enter", priority=True, show=False),
        # First for a line, so that type-ahead after an arrow lands in its target; then for controls that use arrows.
        Binding("down", "from_line('next_field')", priority=True, show=False),
        Binding("up", "from_line('field_above')", priority=True, show=False),
        Binding("down", "next_field", show=False),
        Binding("up", "field_above", show=False),
        Binding("f7", "show_secrets", priority=True, show=False),
        Binding("pageup", "page(-1)", priority=True, show=False),
        Binding("pagedown", "page(1)", priority=True, show=False),
    ]

    class Drafted(Message):
        """Message after a value was typed. The value is left out: it may be a secret."""

    class Decided(Message):
        """Message after Enter was handled, with any error on the screen."""

    class FormInvalid(Message):
        """Message after a form was not sent because of errors, which are at the fields."""

    def __init__(self, typed: Mapping[str, FieldValue]) -> None:
        super().__init__()
        self.busy = False
        self.drawn_at: float | None = None  # on the clock of `Event.time`, None until drawn
        self._undecided = 0
        self._typed_before = typed
        self._touched: set[str] = set()

    @property
    def context(self) -> CheckContext:
        """Context that the form is checked against."""
        return CheckContext()

    @property
    def focus_chain(self) -> list[Widget]:
        """Widgets in Tab order: fields, Continue, other buttons, Back."""
        return sorted(super().focus_chain, key=self._place_in_chain)

    def _place_in_chain(self, widget: Widget) -> int:
        return 0 if self.row_of(widget) else {"continue": 1, "back": 3}.get(widget.id or "", 2)

    @property
    def field_rows(self) -> list[FieldRow]:
        """Rows of the form, top to bottom."""
        return list(self.query(FieldRow))

    @property
    def values(self) -> Values:
        """Current values by field name."""
        return {row.field_name: row.value for row in self.field_rows}

    def row_of(self, widget: Widget | None) -> FieldRow | None:
        """Return the row that contains `widget`."""
        return (
            next((node for node in widget.ancestors_with_self if isinstance(node, FieldRow)), None) if widget else None
        )

    def on_mount(self) -> None:
        """Put secrets typed before back into their fields, and focus the first field to fill in."""
        for row in self.field_rows:
            if row.field_name in self._typed_before and row.asked.secret:
                row.put(self._typed_before[row.field_name])
        self._focus_first()

    def on_key(self, event: Key) -> None:
        """Ring for a character that nothing takes, such as a letter at a short list or at a button."""
        if event.is_printable:
            self.app.bell()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_focused)

    def _show_focused(self) -> None:
        """Scroll the focused widget into view, so that no change goes unseen."""
        focused, page = self.focused, self.query_one("#page", VerticalScroll)
        if focused is None or page not in focused.ancestors:
            return
        row, place = self.row_of(focused) or focused, place_on(page, focused)
        if isinstance(focused, FewChoices):
            lines = focused.chosen_lines
            chosen = Region(place.x, place.y + lines.start, place.width, len(lines))
        else:
            chosen = place
        bring_into_sight(page, place_on(page, row), place, chosen)
        if many := self.choice_of(focused):
            many.call_after_refresh(many.place_list)

    def _focus_first(self) -> None:
        """Focus the first required field that is blank, else the first field, so that typing is never lost."""
        rows = self.field_rows
        first = next((row for row in rows if row.blank and not row.optional), rows[0] if rows else None)
        buttons = self.query("#continue")
        if first or buttons:
            self.set_focus(first.input if first else buttons.first())

    async def settled(self) -> None:
        """Wait until every control has handled its typed keys."""
        handled = []
        for row in self.field_rows:
            event = asyncio.Event()
            row.input.call_later(event.set)
            handled.append(event.wait())
        await asyncio.gather(*handled)

    def choice_of(self, widget: Widget | None) -> ManyChoices | None:
        """Return the long list whose line contains `widget`."""
        row = self.row_of(widget)
        return row.control if row and isinstance(row.control, ManyChoices) else None

    def take_choice(self) -> None:
        """Take the highlighted entry of the focused list, once it has handled the letters typed before."""
        if many := self.choice_of(self.focused):
            many.line.call_later(many.take)

    def action_next_field(self) -> None:
        """Move the focus at once, so that type-ahead lands in the right field."""
        self.take_choice()
        self.focus_next()

    def action_previous_field(self) -> None:
        self.focus_previous()

    def action_field_above(self) -> None:
        """Move the focus up, but not from the first field to a button."""
        rows = [row for row in self.field_rows if row.display]
        if not rows or self.row_of(self.focused) is not rows[0]:
            self.focus_previous()

    async def action_from_line(self, action: str) -> None:
        """Run `action` at once if a line that does not use arrows has the focus. Raises `SkipAction` otherwise."""
        if not isinstance(self.focused, LineInput) or isinstance(self.focused, ManyChoices.Line):
            raise SkipAction
        await self.run_action(action)

    def action_page(self, by: int) -> None:
        """Page the open list or the page. Raises `SkipAction` in a `TextArea`, which scrolls itself."""
        if isinstance(self.focused, TextArea):
            raise SkipAction
        if (many := self.choice_of(self.focused)) and many.list.display:
            many.turn_page(by)
            return
        page = self.query_one("#page", VerticalScroll)
        (page.scroll_page_down if by > 0 else page.scroll_page_up)(animate=False)

    def action_enter(self) -> None:
        """Press the focused button, move to the next field, or send the form once nothing required is missing."""
        focused = self.focused
        if isinstance(focused, Button) and focused.id != "continue":
            focused.press()
        elif isinstance(focused, TextArea):
            focused.call_later(focused.insert, "\n")  # after the letters typed before
        else:
            self.take_choice()
            row = self.row_of(focused)
            after = self._rows_after(row)
            if after:
                self.set_focus(after[0].input)
            goes_on = self._is_needed(after)
            if not goes_on:
                self._undecided += 1
            self.call_later(self._enter, row, after, goes_on)

    def _rows_after(self, row: FieldRow | None) -> list[FieldRow]:
        rows = self.field_rows
        return rows[rows.index(row) + 1 :] if row else []

    def _is_needed(self, rows: list[FieldRow]) -> bool:
        """Return whether any of `rows` is required and blank."""
        return any(each.blank and not each.optional for each in rows)

    @property
    def submit_label(self) -> str:
        """Label for sending the form, "" if there is nothing to send."""
        return "Continue"

    def say_enter(self) -> None:
        """Show in the key bar what Enter does now."""
        missing = self._is_needed(self._rows_after(self.row_of(self.focused)))
        many = self.choice_of(self.focused)
        for bar in self.query(KeyBar):
            bar.say_enter(enter_label(self.focused, many, missing=missing, submit=self.submit_label))

    async def _enter(self, row: FieldRow | None, after: list[FieldRow], goes_on: bool) -> None:
        await self.settled()
        if row and isinstance(row.control, ManyChoices) and row.control.guessed():
            if not after:
                self.query_one("#continue").focus()  # show which of several options was taken before sending
        elif not goes_on:
            await self.action_submit()
        elif row and not row.blank and (message := self.errors().get(row.field_name)):
            await self._come_back(row, message, after[0])
        if not goes_on:
            self._decide_once_seen()

    @property
    def is_deciding(self) -> bool:
        """True from an Enter that sends the form until it is sent or its errors are on the screen."""
        return self._undecided > 0

    def hold_keys(self) -> None:
        """Ignore keys until the current message is on the screen: they were meant for the screen before it."""
        self._undecided += 1
        self._decide_once_seen()

    def _decide_once_seen(self) -> None:
        # After the next paint, after keys that came before it, and after the form was sent, if it was.
        self.call_after_refresh(self.app.call_later, self._decided)

    def _decided(self) -> None:
        self._undecided -= 1
        if not self._undecided:
            self.post_message(self.Decided())

    async def _come_back(self, row: FieldRow, message: str, following: FieldRow) -> None:
        """Return to a field left with an error, unless the next one already has typed text."""
        ahead = asyncio.Event()
        self.app.call_later(ahead.set)
        await ahead.wait()
        await self.settled()
        if following.is_untyped and self.focused is following.input:
            self.hold_keys()
            self.set_focus(row.input)
            row.show_error(self.explained(row.field_name, message))

    def action_show_secrets(self) -> None:
        for row in self.field_rows:
            if row.asked.secret and hasattr(row.control, "action_show_or_hide"):
                row.control.action_show_or_hide()

    @on(Changed)
    def typed(self, event: Changed) -> None:
        """Note the change and remove the field's error."""
        event.stop()
        self._note(self.row_of(sender_of(event)))

    @on(TextArea.Changed)
    def text_typed(self, event: TextArea.Changed) -> None:
        """Note the change of a longer text likewise."""
        event.stop()
        self._note(self.row_of(event.text_area))

    def _note(self, row: FieldRow | None) -> None:
        if row:
            self._touched.add(row.field_name)
            row.outdate_error()
        self.changed()
        self._follow_focus()
        self.call_after_refresh(self.post_message, self.Drafted())  # echo first

    def changed(self) -> None:
        """Update what depends on the typed values; does nothing by default."""

    @on(DescendantFocus)
    @on(ManyChoices.Turned)
    def _follow_focus(self) -> None:
        self.say_enter()
        self.call_after_refresh(self._show_focused)

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        if self.row_of(event.widget):
            self.call_later(self.check_touched)

    def check_touched(self) -> None:
        """Show the errors of fields that were typed into and left."""
        if self.busy or not self.is_attached:
            return
        errors = self.errors()
        inside = self.row_of(self.focused)
        for row in self.field_rows:
            if row is not inside and row.field_name in self._touched:
                message = "" if row.blank else errors.get(row.field_name, "")
                row.show_error(self.explained(row.field_name, message) if message else "")
                if message:
                    self.keep_in_sight(row)

    def keep_in_sight(self, row: FieldRow) -> None:
        """Scroll the message under `row` into view, unless the focus is in another row."""
        if self.row_of(self.focused) in (row, None):
            page = self.query_one("#page", VerticalScroll)
            self.call_after_refresh(lambda: bring_into_sight(page, place_on(page, row)))

    def errors(self) -> Mapping[str, str]:
        """Return the current errors of the form, by field name."""
        try:
            self.form.check(self.values, self.context)
        except FormRejected as rejected:
            return rejected.errors
        return {}

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Show each error under its field, all others at the top, and focus the first field with an error."""
        rows = self.field_rows
        names = {row.field_name for row in rows}
        general = [message for name, message in errors.items() if name not in names]
        problem = self.query_one("#problem", Label)
        mark = "·" if problem.has_class("-calm") else "✗"
        problem.update("\n".join(f"{mark} {message}" for message in general))
        problem.display = bool(general)
        wrong = []
        for row in rows:
            message = errors.get(row.field_name, "")
            row.show_error(self.explained(row.field_name, message) if message else "")
            if message:
                wrong.append(row)
        if wrong:
            self.set_focus(wrong[0].input)
            self.keep_in_sight(wrong[0])
        elif general:
            problem.scroll_visible(animate=False)

    def explained(self, name: str, message: str) -> str:
        """Return the message to show for field `name`; screens override it to say more."""
        return message

    async def action_submit(self) -> None:
        """Check the form and send it; if it has errors, show them and post `FormInvalid`."""
        if self.busy:
            return
        await self.settled()
        try:
            form = self.form.check(self.values, self.context)
        except FormRejected as rejected:
            self.show_errors(rejected.errors)
            self.post_message(self.FormInvalid())
        else:
            self.show_errors({})
            self.send(form)

    def send(self, form: StepForm) -> None:
        """Send a valid form; screens override it."""
