"""One field of a form: label, control, and a line for errors and notes under it."""

import asyncio
from collections.abc import Iterable, Sequence

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Label

from iprescribe_tui.front_ends.tui.widgets.choices import CheckBox, FewChoices
from iprescribe_tui.front_ends.tui.widgets.inputs import LineInput, SecretInput, TextLines
from iprescribe_tui.front_ends.tui.widgets.many_choices import ManyChoices
from iprescribe_tui.front_ends.tui.widgets.photo_input import PhotoInput
from iprescribe_tui.journey.fields import Asked, Control, FieldValue, Option

FEW = 8
"""Most options of a short list that shows all of them."""

BESIDE = 30
"""Widest control, in columns, that has its hint beside it; wider ones show it inside while blank."""

LISTED = "Type to find it, ↓ shows the list"

LineLike = LineInput | ManyChoices | FewChoices | CheckBox | TextLines


class FieldRow(Vertical):
    """Row of one form field; `value` is its current value, a `SecretStr` if it is secret."""

    def __init__(self, name: str, info: FieldInfo, asked: Asked, options: Sequence[Option], value: str | bool) -> None:
        super().__init__(id=f"{name}-row")
        self.field_name = name
        self.asked = asked
        self.label = info.title or name
        self.optional = not info.is_required()
        self._hint = info.description or ""
        self._example = str(info.examples[0]) if info.examples else ""
        self.control = self._control(options, value)
        self.set_class(isinstance(self.control, CheckBox), "-check-box")
        self.under = Label("", classes="under", markup=False)
        self._judged: FieldValue | None = None

    def _control(self, options: Sequence[Option], value: str | bool) -> LineLike:
        name, text = self.field_name, str(value or "")
        example = f"e.g. {self._example}" if self._example and not self._hint else ""
        inside = example or (self._hint if self.asked.width > BESIDE else "")
        match self.asked.control:
            case Control.CHECK_BOX:
                return CheckBox(self.label, bool(value), id=name)
            case Control.CHOICE if options and len(options) <= FEW:
                return FewChoices(options, text, id=name)
            case Control.CHOICE:
                return ManyChoices(options, text, LISTED, id=name)
            case Control.SECRET | Control.CODE:
                return SecretInput(inside, id=name, hidden=self.asked.control is Control.SECRET)
            case Control.TEXT:
                return TextLines(text, id=name)
            case Control.PHOTO:
                return PhotoInput(text, inside, id=name)
            case _:
                return LineInput(text, inside, id=name)

    def compose(self) -> ComposeResult:
        if isinstance(self.control, CheckBox):
            yield self.control
        else:
            optional = " (optional)" if self.optional and not self.asked.depends_on else ""
            with Horizontal(classes="field"):
                yield Label(f"{self.label}{optional}", classes="label", markup=False)
                yield self.control
                if self._hint and self.asked.width <= BESIDE and self.asked.control is not Control.CHOICE:
                    yield Label(self._hint, classes="hint", markup=False)
        yield self.under

    def on_mount(self) -> None:
        if isinstance(self.control, LineInput | ManyChoices):
            self.control.styles.max_width = self.asked.width + 2
        if isinstance(self.control, PhotoInput):
            self.call_after_refresh(self.control.show_end)

    def on_resize(self) -> None:
        """Keep the message under the focused field visible: it makes the row taller, possibly late."""
        if self.under.display and self.has_focus_within:
            self.scroll_visible(animate=False)

    def on_descendant_focus(self) -> None:
        self.add_class("-here")

    def on_descendant_blur(self) -> None:
        self.remove_class("-here")

    @property
    def input(self) -> Widget:
        """Widget that takes the keys."""
        return self.control.line if isinstance(self.control, ManyChoices) else self.control

    @property
    def value(self) -> FieldValue:
        """Current value of the control."""
        control = self.control
        if isinstance(control, TextLines):
            return control.text
        if self.asked.secret and isinstance(control, LineInput):
            return SecretStr(control.value)
        return control.value

    @property
    def blank(self) -> bool:
        """True if the value is empty."""
        value = self.value
        return not (value.get_secret_value() if isinstance(value, SecretStr) else value)

    @property
    def is_untyped(self) -> bool:
        """True if the value is blank and no typed text waits to be taken."""
        return self.blank and not (isinstance(self.control, ManyChoices) and self.control.is_open)

    def put(self, value: FieldValue) -> None:
        """Set the control's value."""
        control = self.control
        if isinstance(control, TextLines):
            control.text = str(value)
        elif isinstance(control, CheckBox):
            control.value = bool(value)
        elif isinstance(value, SecretStr):
            control.value = value.get_secret_value()
        else:
            control.value = str(value)
        if isinstance(control, LineInput):
            control.show_end()

    def show_error(self, message: str) -> None:
        """Show an error under the field; "" removes it."""
        self._judged = self.value if message else None
        if not message and not self.under.display:
            return  # nothing to remove, so no new layout
        self._mark_wrong(bool(message))
        self.remove_class("-good")
        self.under.update(f"✗ {message}" if message else "")
        self.under.display = bool(message)

    def _mark_wrong(self, wrong: bool) -> None:
        """Mark the row as wrong or not, and select a focused line's text, so that typing replaces it."""
        self.set_class(wrong, "-wrong")
        if isinstance(self.control, LineInput):
            self.control.refused = self.control.value if wrong else None
            # `has_focus` is updated late: a line just left may still have letters to take.
            if wrong and self.screen.focused is self.control:
                self.control.select_all()

    def outdate_error(self) -> None:
        """Remove the error unless it is about the current value: a change may be reported late."""
        if self.has_class("-wrong") and self.value != self._judged:
            self.show_error("")

    def show_note(self, message: str) -> None:
        """Show a note under the field; it is no error."""
        self.remove_class("-good")
        self.under.update(f"! {message}")
        self.under.display = True

    def show_good(self, message: str) -> None:
        """Show under the field that its value is right."""
        self._mark_wrong(False)
        self.add_class("-good")
        self.under.update(f"✓ {message}")
        self.under.display = True


def row_of(widget: Widget | None) -> FieldRow | None:
    """Return the row that contains `widget`."""
    around = widget.ancestors_with_self if widget else ()
    return next((node for node in around if isinstance(node, FieldRow)), None)


def choice_of(widget: Widget | None) -> ManyChoices | None:
    """Return the long list whose line contains `widget`."""
    row = row_of(widget)
    return row.control if row and isinstance(row.control, ManyChoices) else None


async def settled(rows: Iterable[FieldRow]) -> None:
    """Wait until every control has handled its typed keys."""
    handled = []
    for row in rows:
        event = asyncio.Event()
        if row.input.call_later(event.set):
            handled.append(event.wait())
    await asyncio.gather(*handled)


async def uses_arrow(focused: Widget | None, arrow: str) -> bool:
    """Return whether the focused control itself moves with `arrow`, once it has handled the keys typed before."""
    if isinstance(focused, FewChoices):
        if row := row_of(focused):
            await settled([row])
        return focused.moved_by(arrow) is not None
    return isinstance(focused, TextLines | ManyChoices.Line)
