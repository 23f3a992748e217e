"""Previews of the chosen photos beside the page, in half blocks, if the terminal can show them."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from textual.app import ComposeResult
from textual.color import Color
from textual.containers import Vertical
from textual.content import Content
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Label, Static

from iprescribe_tui.journey.checks.picture import Place
from iprescribe_tui.photos.preview import Cell, Preview
from iprescribe_tui.system.ascii import terminal_takes_unicode

NARROWEST, LOWEST = 80, 24
"""Smallest terminal, in columns and lines, that has room for previews."""

WIDE = 110
"""Columns from which errors can be read beside previews."""


def can_draw(widget: Widget) -> bool:
    """Return whether the terminal can show pictures: enough room, half blocks, and 256 colors or more."""
    app = widget.app
    roomy = app.size.width >= NARROWEST and app.size.height >= LOWEST
    colors = app.console.color_system in ("256", "truecolor") and not app.no_color
    return roomy and colors and terminal_takes_unicode()


_MARK: Final = ((255, 64, 64), (255, 64, 64))


def drawn(preview: Preview, marked: Sequence[Place] = ()) -> Content:
    """Return a preview as text, with a frame around each of `marked`: a cell's upper half is its foreground."""
    framed = {cell for place in marked for cell in _frame(place, preview)}
    lines = [
        Content.assemble(
            *(_cell(_MARK if (across, down) in framed else cell) for across, cell in enumerate(row)),
        )
        for down, row in enumerate(preview.rows)
    ]
    return Content("\n").join(lines)


def _cell(cell: Cell) -> tuple[str, Style]:
    upper, lower = cell
    return "▀", Style(foreground=Color(*upper), background=Color(*lower))


def _frame(place: Place, preview: Preview) -> Iterator[tuple[int, int]]:
    """Yield the cells (column, row) around a place."""
    columns, rows = len(preview.rows[0]), len(preview.rows)
    left, right = int(place[0] * columns) - 1, math.ceil(place[2] * columns)
    top, bottom = int(place[1] * rows) - 1, math.ceil(place[3] * rows)
    for across in range(left, right + 1):
        yield from ((across, top), (across, bottom))
    for down in range(top, bottom + 1):
        yield from ((left, down), (right, down))


class PhotoPreviews(Vertical):
    """Column of chosen photos, each under its field's label; hidden if there are none."""

    def __init__(self, labels: dict[str, str]) -> None:
        super().__init__(classes="previews")
        self._parts = {
            name: (Label(label, classes="caption", markup=False), Static(classes="preview", markup=False))
            for name, label in labels.items()
        }
        self._shown: dict[str, tuple[Preview, tuple[Place, ...]]] = {}

    def compose(self) -> ComposeResult:
        for parts in self._parts.values():
            yield from parts

    def on_mount(self) -> None:
        self.make_room()

    def show(self, name: str, preview: Preview | None, marked: tuple[Place, ...] = ()) -> None:
        """Draw the photo of field `name` with its marked places; None removes it."""
        shown = (preview, marked) if preview and preview.rows else None
        if shown == self._shown.get(name):
            return
        self._shown.pop(name, None)
        if shown:
            self._shown[name] = shown
            self._parts[name][1].update(drawn(*shown))
        self.make_room()

    def make_room(self) -> None:
        """Show previews if there is room; on a narrow page an error has precedence."""
        needed = self.app.size.width < WIDE and bool(self.screen.query("FieldRow.-wrong"))
        self.display = bool(self._shown) and can_draw(self) and not needed
        for name, parts in self._parts.items():
            for part in parts:
                part.display = name in self._shown
