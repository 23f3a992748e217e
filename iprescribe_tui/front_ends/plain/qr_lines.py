"""QR code at the prompts: black on white, whole or not at all."""

import os
import shutil

from iprescribe_tui.front_ends.plain.lines import Lines
from iprescribe_tui.system.ascii import terminal_takes_unicode
from iprescribe_tui.system.qr_matrix import half_blocks, matrix, printed, size


def draw_qr(lines: Lines, text: str) -> None:
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
