"""Form on a screen: focus, errors, and keys typed ahead."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import DescendantBlur, DescendantFocus, Key
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Label, TextArea

from iprescribe_tui.front_ends.tui.enter import enter_label
from iprescribe_tui.front_ends.tui.focus import first_needed, keep_in_sight, place_in_chain, rows_after, show_focused
from iprescribe_tui.front_ends.tui.textual_internals import sender_of
from iprescribe_tui.front_ends.tui.widgets.chrome import KeyBar
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow, choice_of, row_of, settled, uses_arrow
from iprescribe_tui.front_ends.tui.widgets.inputs import Changed
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
        Binding("down", "unless_used('down', 'next_field')", priority=True, show=False),
        Binding("up", "unless_used('up', 'field_above')", priority=True, show=False),
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
        self.undecided = 0  # Enters that send the form, and messages, of which nothing is on the screen yet
        self._typed_before = typed
        self._touched: set[str] = set()

    @property
    def context(self) -> CheckContext:
        """Context that the form is checked against."""
        return CheckContext()

    @property
    def focus_chain(self) -> list[Widget]:
        """Widgets in Tab order: fields, Continue, other buttons, Back."""
        return sorted(super().focus_chain, key=place_in_chain)

    @property
    def field_rows(self) -> list[FieldRow]:
        """Rows of the form, top to bottom."""
        return list(self.query(FieldRow))

    @property
    def values(self) -> Values:
        """Current values by field name."""
        return {row.field_name: row.value for row in self.field_rows}

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
        self.call_after_refresh(show_focused, self)

    def _focus_first(self) -> None:
        """Focus the first required field that is blank, else the first field, so that typing is never lost."""
        rows = self.field_rows
        first = first_needed(rows) or next(iter(rows), None)
        buttons = self.query("#continue")
        if first or buttons:
            self.set_focus(first.input if first else buttons.first())

    def take_choice(self) -> None:
        """Take the highlighted entry of the focused list, once it has handled the letters typed before."""
        if many := choice_of(self.focused):
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
        if not rows or row_of(self.focused) is not rows[0]:
            self.focus_previous()

    async def action_unless_used(self, arrow: str, action: str) -> None:
        """Run `action` at once. Raises `SkipAction` if the focused control itself moves with `arrow`."""
        if await uses_arrow(self.focused, arrow):
            raise SkipAction
        await self.run_action(action)

    def action_page(self, by: int) -> None:
        """Page the open list or the page. Raises `SkipAction` in a `TextArea`, which scrolls itself."""
        if isinstance(self.focused, TextArea):
            raise SkipAction
        if (many := choice_of(self.focused)) and many.list.display:
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
            row = row_of(focused)
            after = rows_after(self.field_rows, row)
            if after:
                self.set_focus(after[0].input)
            goes_on = first_needed(after) is not None
            if not goes_on:
                self.undecided += 1
            self.call_later(self._enter, row, after, goes_on)

    @property
    def submit_label(self) -> str:
        """Label for sending the form, "" if there is nothing to send."""
        return "Continue"

    async def _enter(self, row: FieldRow | None, after: Sequence[FieldRow], goes_on: bool) -> None:
        await settled(self.field_rows)
        if row and isinstance(row.control, ManyChoices) and row.control.guessed():
            if not after:
                self.query_one("#continue").focus()  # show which of several options was taken before sending
        elif not goes_on:
            await self.action_submit()
        elif row and not row.blank and (message := self.errors().get(row.field_name)):
            await self._come_back(row, message, after[0])
        if not goes_on:
            self._decide_once_seen()

    def hold_keys(self) -> None:
        """Ignore keys until the current message is on the screen: they were meant for the screen before it."""
        self.undecided += 1
        self._decide_once_seen()

    def _decide_once_seen(self) -> None:
        # After the next paint, after keys that came before it, and after the form was sent, if it was.
        self.call_after_refresh(self.app.call_later, self._decided)

    def _decided(self) -> None:
        self.undecided -= 1
        if not self.undecided:
            self.post_message(self.Decided())

    async def _come_back(self, row: FieldRow, message: str, following: FieldRow) -> None:
        """Return to a field left with an error, unless the next one already has typed text."""
        ahead = asyncio.Event()
        self.app.call_later(ahead.set)
        await ahead.wait()
        await settled(self.field_rows)
        if following.is_untyped and self.focused is following.input:
            self.hold_keys()
            self.set_focus(row.input)
            self._say_error(row, message)

    def action_show_secrets(self) -> None:
        for row in self.field_rows:
            if row.asked.secret and hasattr(row.control, "action_show_or_hide"):
                row.control.action_show_or_hide()

    @on(Changed)
    @on(TextArea.Changed)
    def typed(self, event: Changed | TextArea.Changed) -> None:
        """Note the change and remove the field's error."""
        event.stop()
        if row := row_of(event.text_area if isinstance(event, TextArea.Changed) else sender_of(event)):
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
        """Show in the key bar what Enter does now, and where the focus is."""
        missing = first_needed(rows_after(self.field_rows, row_of(self.focused))) is not None
        for bar in self.query(KeyBar):
            bar.say_enter(enter_label(self.focused, missing=missing, submit=self.submit_label))
        self.call_after_refresh(show_focused, self)

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        if row_of(event.widget):
            self.call_later(self.check_touched)

    def check_touched(self) -> None:
        """Show the errors of fields that were typed into and left."""
        if self.busy or not self.is_attached:
            return
        errors, inside = self.errors(), row_of(self.focused)
        for row in [row for row in self.field_rows if row is not inside and row.field_name in self._touched]:
            if self._say_error(row, "" if row.blank else errors.get(row.field_name, "")):
                keep_in_sight(self, row)

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
        wrong = [row for row in rows if self._say_error(row, errors.get(row.field_name, ""))]
        if wrong:
            self.set_focus(wrong[0].input)
            keep_in_sight(self, wrong[0])
        elif general:
            problem.scroll_visible(animate=False)

    def _say_error(self, row: FieldRow, message: str) -> bool:
        """Show the error under `row`, "" removes it; return whether there is one."""
        row.show_error(self.explained(row.field_name, message) if message else "")
        return bool(message)

    def explained(self, name: str, message: str) -> str:
        """Return the message to show for field `name`; screens override it to say more."""
        return message

    async def action_submit(self) -> None:
        """Check the form and send it; if it has errors, show them and post `FormInvalid`."""
        if self.busy:
            return
        await settled(self.field_rows)
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
