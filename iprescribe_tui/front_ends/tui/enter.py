"""Labels of the Enter key in a form."""

import re

from textual.widget import Widget
from textual.widgets import Button, TextArea

from iprescribe_tui.front_ends.tui.widgets.field_row import choice_of


def enter_label(focused: Widget | None, *, missing: bool, submit: str) -> str:
    """Return the label of Enter, "" if it does nothing.

    `missing` tells if a required field below is blank, `submit` is the label for sending the form.
    """
    if isinstance(focused, Button):
        return label_of(focused)
    if isinstance(focused, TextArea):
        return "New line"
    if (many := choice_of(focused)) and many.highlights:
        return "Take the highlighted entry" if missing or many.is_guess else f"Take it, {submit.lower()}"
    return "Next field" if missing else submit


def label_of(button: Button) -> str:
    """Return a button's label without the mark or F-key before it."""
    return re.sub(r"^(▸|F\d+) +", "", str(button.label))
