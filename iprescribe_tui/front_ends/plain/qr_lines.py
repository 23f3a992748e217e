"""QR code at the prompts: black on white, whole or not at all."""

import os
import shutil

from iprescribe_tui.client.web_address import opens_at
from iprescribe_tui.flow.actions import View
from iprescribe_tui.front_ends.plain.lines import Lines
from iprescribe_tui.front_ends.plain.words import is_open
from iprescribe_tui.journey.views import HandoffView, StepViewBase
from iprescribe_tui.system.ascii import terminal_takes_unicode
from iprescribe_tui.system.qr_matrix import half_blocks, matrix, printed, size


def in_qr(view: View) -> str:
    """Return the text for a QR code at a view, "" if there is none."""
    if isinstance(view, HandoffView):
        return view.url if is_open(view) else ""
    uri = view.reveal.get("otpauth_uri") if isinstance(view, StepViewBase) else None
    return uri.get_secret_value() if uri else ""


def show_qr(lines: Lines, view: View) -> None:
    """Draw the QR code at a view; under a phone's, print the host that it opens at."""
    _draw(lines, in_qr(view))
    if isinstance(view, HandoffView):
        lines.say(f"Opens at: {opens_at(view.url)}")


def _draw(lines: Lines, text: str) -> None:
    """Draw the QR code of `text`, or say why it cannot be drawn."""
    modules, blocks = matrix(text), terminal_takes_unicode()
    wide, high = size(modules, blocks=blocks)
    window = shutil.get_terminal_size()
    if not modules:
        lines.say("This is too long for a QR code.")
    elif not blocks and not lines.has_colors:
        lines.say("This terminal has no characters to draw it with.")
    elif wide > window.columns or high + 2 > window.lines:
        lines.say(f"There is no room for the QR code: it needs a window of {wide} columns and {high + 2} lines.")
    elif lines.has_colors:
        lines.draw(printed(modules, blocks=blocks, environ=os.environ))
    else:
        lines.say("It scans where this is shown in black on white:")
        lines.exactly(half_blocks(modules))
