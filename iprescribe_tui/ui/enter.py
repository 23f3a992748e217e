"""What Enter does at a form, in the words of the last line."""

import re

from textual.widget import Widget
from textual.widgets import Button, TextArea

from iprescribe_tui.ui.many_choices import ManyChoices


def enter_label(focused: Widget | None, many: ManyChoices | None, *, missing: bool, submit: str) -> str:
    """Return what Enter does now; "" where it does nothing.

    `many` is the long list that has the focus, `missing` tells whether something needed is empty below the focus, and
    `submit` is what sending the form is called.
    """
    if isinstance(focused, Button):
        return label_of(focused)
    if isinstance(focused, TextArea):
        return "New line"
    if many and many.highlights:
        return "Take the highlighted entry" if missing or many.is_guess else f"Take it, {submit.lower()}"
    return "Next field" if missing else submit


def label_of(button: Button) -> str:
    """Return a button's words, without the mark or the F-key before them."""
    return re.sub(r"^(▸|F\d+) +", "", str(button.label))
