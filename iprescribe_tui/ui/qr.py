"""A QR code drawn from its matrix: always black on white, with its quiet zone, whole or not at all."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Resize
from textual.widgets import Label, Static

from iprescribe_tui.ascii import terminal_takes_unicode
from iprescribe_tui.qr import half_blocks, matrix


class QrCode(Static):
    """The QR code of a text that may be secret: it is drawn, and said nowhere else."""

    def __init__(self, text: str) -> None:
        self.lines = half_blocks(matrix(text))
        super().__init__(Content("\n".join(self.lines)), markup=False, classes="qr")
        self.styles.width = len(self.lines[0])
        self.styles.height = len(self.lines)


class QrBeside(Vertical):
    """A QR code beside the page, over its whole height; where it cannot be drawn whole, words instead."""

    def __init__(self, text: str) -> None:
        super().__init__(classes="qr-beside")
        self.code = QrCode(text)

    def compose(self) -> ComposeResult:
        """The code, and the words for when there is no room for it."""
        yield self.code
        instead = (
            "Make the window larger\nto see the QR code here."
            if terminal_takes_unicode()
            else "This terminal has no characters\nto draw the QR code with."
        )
        yield Label(instead, classes="no-room", markup=False)

    def on_resize(self, event: Resize) -> None:
        """Show the code whole or not at all."""
        high, wide = len(self.code.lines), len(self.code.lines[0]) + 30
        fits = terminal_takes_unicode() and event.size.height >= high and self.app.size.width >= wide
        self.code.display = fits
        self.set_class(not fits, "-no-room")
