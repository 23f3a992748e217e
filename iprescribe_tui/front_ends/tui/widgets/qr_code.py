"""QR code drawn from its matrix: always black on white, with its quiet zone, whole or not at all."""

from textual.app import ComposeResult
from textual.containers import Center, Middle, Vertical
from textual.content import Content
from textual.events import Key, Resize
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Label, Static

from iprescribe_tui.front_ends.tui.widgets.chrome import Banner, KeyBar, OpensAt
from iprescribe_tui.front_ends.tui.widgets.modal import Modal
from iprescribe_tui.system.ascii import terminal_takes_unicode
from iprescribe_tui.system.qr_matrix import half_blocks, matrix, runs, size

ALONE = ("F3", "QR code")
"""Key that shows the code alone if it does not fit beside the page, and its label."""

LEAST_TEXT = 30
"""Minimum width of the page beside the code, in columns."""

LEAST_WITH_WORDS = 60
"""Columns from which a text about the code fits beside the page; below, the key bar names the key."""


class QrCode(Static):
    """QR code of a text that may be secret: it is drawn, and kept nowhere else as text.

    With `blocks` it is drawn small, in half blocks, else in blanks with a background, which every terminal has.
    """

    def __init__(self, modules: list[list[bool]], *, blocks: bool) -> None:
        if blocks:
            drawn = [Content(line) for line in half_blocks(modules)]
        else:
            drawn = [
                Content.assemble(*((blanks, "on #000000" if dark else "on #ffffff") for dark, blanks in runs(row)))
                for row in modules
            ]
        super().__init__(Content("\n").join(drawn), markup=False, classes="qr")
        self.blocks = blocks
        self.lines = [line.plain for line in drawn]
        self.styles.width, self.styles.height = size(modules, blocks=blocks)


class QrBeside(Vertical):
    """QR code beside the page, over its whole height; if it does not fit, a key shows it alone.

    If it fits nowhere, a text says how much room it needs and what to do instead. `host` is that of an address.
    """

    def __init__(self, text: str, host: str = "") -> None:
        super().__init__(classes="qr-beside")
        self.host = host
        self.modules = matrix(text)
        self.typed = "address" if host else "key"
        self.blocks = terminal_takes_unicode()
        self._fits = False

    def compose(self) -> ComposeResult:
        if self.modules:
            code = QrCode(self.modules, blocks=self.blocks)
            code.display = False
            yield code
        yield Label("", classes="no-room", markup=False)

    def on_mount(self) -> None:
        """Fit again after every layout: this widget's own size may not change when the window grows."""
        self.screen.add_class("-dense")
        self.screen.screen_layout_refresh_signal.subscribe(self, self._fit)

    def _fit(self, screen: Screen[None]) -> None:
        """Show the code whole or not at all, and its key if that is needed."""
        columns, lines = size(self.modules, blocks=self.blocks)
        window, high = self.app.size, self.parent.size.height if isinstance(self.parent, Widget) else 0
        most = window.height - 4 - len(screen.query("#url, .opens-at"))  # minus banner, progress, buttons and keys
        wide_enough = bool(self.modules) and window.width >= columns + LEAST_TEXT
        screen.set_class(wide_enough and lines == most + 1, "-without-progress")
        fits = wide_enough and high >= lines
        for code in self.query(QrCode):
            code.display = fits
        message = self.query_one(".no-room", Label)
        message.display = not fits and window.width >= LEAST_WITH_WORDS
        if message.content != (instead := self._instead(window)):
            message.update(instead)
        self._fits = fits
        for keys in screen.query(KeyBar):
            others = [key for key in keys.keys if key != ALONE]
            keys.keys = [ALONE, *others] if not fits and self._alone_in(window) else others
            keys.refresh()

    def show_alone(self) -> None:
        """Show the code alone on the screen, if it fits only there."""
        if not self._fits and self._alone_in(self.app.size):
            banner = self.screen.query_one(Banner)
            self.app.push_screen(QrScreen(self.modules, self.host, banner.address, sandbox=banner.sandbox))

    def _alone_in(self, window: Size) -> bool:
        return bool(self.modules) and drawing_for(self.modules, window) is not None

    def _instead(self, window: Size) -> str:
        if self._alone_in(window):
            return f"{ALONE[0]} shows the QR code,\nalone on the screen."
        if not self.modules:
            return f"Too long for a QR code.\nType the {self.typed} instead."
        columns, lines = size(self.modules, blocks=self.blocks)
        room = f"{columns} by {lines + 1}"
        return f"No room for the QR code: make\nthe window {room} or larger,\nor type the {self.typed} instead."


class QrScreen(Modal[None]):
    """QR code alone on the screen, as large as possible, and the `host` of an address. Any key returns."""

    def __init__(self, modules: list[list[bool]], host: str, backend: str, *, sandbox: bool) -> None:
        super().__init__(classes="qr-alone")
        self.modules, self.host = modules, host
        self.backend, self.sandbox = backend, sandbox

    def compose(self) -> ComposeResult:
        blocks = bool(drawing_for(self.modules, self.app.size))
        if size(self.modules, blocks=blocks)[1] + 2 <= self.app.size.height:
            yield Banner(sandbox=self.sandbox, address=self.backend)
        with Middle(), Center():
            yield QrCode(self.modules, blocks=blocks)
        yield OpensAt(self.host, " · any key: back") if self.host else KeyBar([("Any key", "Back to the step")])

    def on_key(self, event: Key) -> None:
        event.stop()
        self.dismiss()

    def on_resize(self, event: Resize) -> None:
        """Return to the step, which explains, if the window became too small."""
        columns, lines = size(self.modules, blocks=self.query_one(QrCode).blocks)
        if event.size.width < columns or event.size.height < lines + 1 + len(self.query(Banner)):
            self.dismiss()


def drawing_for(modules: list[list[bool]], window: Size) -> bool | None:
    """Return the drawing of the code that fits `window` above a line of keys: blanks (False), which scan from further
    away, else half blocks (True); None if neither fits."""
    for blocks in (False, True):
        columns, lines = size(modules, blocks=blocks)
        if columns <= window.width and lines < window.height and (terminal_takes_unicode() or not blocks):
            return blocks
    return None
