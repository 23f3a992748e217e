"""Typing on screens, key by key, as keys come from a terminal; nothing gets into a field in any other way."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr
from textual import events
from textual.widget import Widget
from textual.widgets import Button

from iprescribe_tui.front_ends.tui.dialogs import StartOverScreen
from iprescribe_tui.front_ends.tui.doubt_screen import DoubtScreen
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.widgets.choices import FewChoices
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow
from iprescribe_tui.front_ends.tui.widgets.inputs import TextLines
from iprescribe_tui.front_ends.tui.widgets.many_choices import ManyChoices
from iprescribe_tui.journey.fields import Control

if TYPE_CHECKING:
    from iprescribe_tui.front_ends.tui.app import RegistrationApp

_NAMES: Final = {" ": "space", "\n": "enter", "\t": "tab"}
_CHARACTERS: Final = {"space": " ", "tab": "\t", "enter": "\r"}
_KEYS: Final = {"back": "f9", "resend": "f5", "sign_in": "f6", "support": "f8", "start_over": "f11", "leave": "f10"}
_YES: Final = ("true", "yes", "y", "x")


class Key(events.Key):
    """Key that no person presses; widgets handle it like any other."""


class CannotType(Exception):
    """Value or key that this screen does not take; the message says why, without a secret."""


class ScreenDriver:
    """Typing and pressing on the screens of `app`. Methods raise `CannotType`."""

    def __init__(self, app: "RegistrationApp") -> None:
        self.app = app

    async def press(self, *keys: str) -> None:
        """Press keys, by name or character, and wait until they have been handled."""
        for key in keys:
            self.app.post_message(Key(key, key if len(key) == 1 else _CHARACTERS.get(key)))
        await _came(self.app.call_later)
        if focused := self.app.focused:
            await _came(focused.call_later)

    async def painted(self, widget: Widget) -> None:
        """Wait until typed text can be seen."""
        await _came(widget.call_after_refresh)

    async def go_to(self, screen: StepScreen, wanted: Widget) -> None:
        """Press Tab or Shift+Tab until a widget has the focus, the shorter way."""
        chain = screen.focus_chain
        if wanted in chain:
            here = chain.index(screen.focused) if screen.focused in chain else -1
            ahead = (chain.index(wanted) - here) % len(chain)
            behind = len(chain) - ahead
            await self.press(*(["tab"] * ahead if ahead <= behind or here < 0 else ["shift+tab"] * behind))
        if screen.focused is not wanted:
            raise CannotType(f"No key leads to {wanted.id or 'a part of the screen'}.")

    async def enter(self, screen: StepScreen, row: FieldRow, value: str | bool) -> None:
        """Type a value in place of the one in a field."""
        if not row.display:
            raise CannotType(f"{row.field_name} is not asked for here.")
        await self.go_to(screen, row.input)
        if row.asked.control is Control.CHECK_BOX:
            checked = value if isinstance(value, bool) else value.strip().casefold() in _YES
            if row.value is not checked:
                await self.press("space")
        elif isinstance(row.control, FewChoices):
            await self._choose(row, row.control, str(value))
        else:
            await self._type(row, str(value))

    async def _type(self, row: FieldRow, text: str) -> None:
        lines = isinstance(row.control, TextLines)
        if not lines and len(text.splitlines()) > 1:
            raise CannotType(f"{row.field_name} takes one line, and the answer has several.")
        if not row.blank:
            await self.press(*(("ctrl+end", "ctrl+shift+home", "delete") if lines else ("end", "ctrl+u")))
        await self.press(*(_NAMES.get(character, character) for character in text))
        if isinstance(row.control, ManyChoices):
            await self.press("tab")  # takes the entry
            return
        value = row.value
        stands = value.get_secret_value() if isinstance(value, SecretStr) else value
        if stands != text:
            raise CannotType(f"{row.field_name} does not take what was typed.")

    async def _choose(self, row: FieldRow, control: FewChoices, text: str) -> None:
        wanted = text.strip().casefold()
        for number, option in enumerate(control.options, 1):
            if wanted in (option.value.casefold(), option.label.casefold()):
                await self.press(str(number))
                return
        offered = ", ".join(option.value for option in control.options)
        raise CannotType(f'{row.field_name} has no choice "{text}"; there are {offered}.')

    async def send(self, screen: StepScreen) -> None:
        """Press Enter in the last field, which sends the form, or on Continue if Enter means something else there."""
        rows = [row for row in screen.field_rows if row.display]
        if rows and not isinstance(rows[-1].control, ManyChoices | TextLines):
            await self.go_to(screen, rows[-1].input)
            await self.press("enter")
        else:
            await self.press_button(screen, "screen.submit")

    async def press_button(self, screen: StepScreen, action: str) -> None:
        """Tab to the button that does `action`, and press Enter."""
        button = next((button for button in screen.query(Button) if button.action == action), None)
        if button is None:
            raise CannotType("This screen has no such button.")
        await self.go_to(screen, button)
        await self.press("enter")

    async def answer_doubt(self, asked: DoubtScreen, *, send: bool) -> None:
        """Press "Send it all the same" or "Take another", and wait until the step is back."""
        await self.painted(asked)
        await self.press(*(["tab"] if send else []), "enter")
        while self.app.screen is asked:
            await _came(self.app.call_later)

    async def take_over(self, screen: StepScreen) -> None:
        """Press F3, which fills in the values on file."""
        if not screen.step_view or not screen.step_view.on_file:
            raise CannotType("Nothing is on file here.")
        await self.press("f3")

    async def press_key_for(self, screen: StepScreen, what: str) -> None:
        """Press the key for `what` (see `answers.THEN`), if the screen has it."""
        view = screen.step_view
        has = {
            "back": screen.can_go_back,
            "resend": view is not None and view.resend_at is not None,
            "sign_in": hasattr(screen, "action_sign_in"),
            "start_over": view is not None and bool(view.registration),
        }
        if not has.get(what, True):
            raise CannotType(f'This screen has no "{what}".')
        await self.press(_KEYS[what])
        if isinstance(self.app.screen, StartOverScreen):
            await self.painted(self.app.screen)
            await self.press("tab", "enter")


async def _came(call: Callable[[Callable[[], None]], object]) -> None:
    """Wait until `call` runs the callback that it is given: anything queued before has been handled by then."""
    came = asyncio.Event()
    call(came.set)
    await came.wait()
