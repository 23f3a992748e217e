"""Question about a doubtful photo: what seems wrong, and the photo as it would be sent."""

import asyncio
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Label, Static

from iprescribe_tui.front_ends.tui.dialogs import Dialog
from iprescribe_tui.front_ends.tui.widgets.chrome import KeyBar
from iprescribe_tui.front_ends.tui.widgets.photo_preview import can_draw, drawn
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.photos.review import PhotoReview
from iprescribe_tui.photos.worker import preview_apart

_LOWEST: Final = 4
"""Minimum height of the picture, in lines."""

_ANOTHER: Final = "Take another"
_SEND: Final = "Send it all the same"

_NOT_DRAWN: Final = "It isn't drawn here, which needs 80×24 and colors: open the file to look at it."


class DoubtScreen(Dialog[bool]):
    """Photo with what seems wrong in it and where; True is to send it anyway."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f9,escape", "dismiss(False)", show=False)]

    def __init__(self, label: str, review: PhotoReview) -> None:
        super().__init__()
        self._label, self._review = label, review

    @property
    def messages(self) -> list[str]:
        """Messages about what seems wrong."""
        return [doubt.message for doubt in self._review.doubts]

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -page"):
            yield Label(f"? {self._label}: look at this photo once more", classes="title", markup=False)
            with VerticalScroll(can_focus=False):
                for message in self.messages:
                    yield Label(message, classes="text", markup=False)
                if photo := self._review.photo:
                    size = f"{photo.facts.width} × {photo.facts.height}"
                    yield Label(f"{plain(photo.path.name)} · {size}", classes="caption", markup=False)
                yield Static(classes="preview", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(f"▸ {_ANOTHER}", compact=True, id="another", action="screen.dismiss(False)")
                yield Button(f"  {_SEND}", compact=True, id="send", action="screen.dismiss(True)")
            yield KeyBar([("Tab", "Choose"), ("Enter", "Press"), ("F9", "Back to the step")])

    def on_mount(self) -> None:
        """Focus "another", so that one Enter too many sends nothing."""
        self.query_one("#another").focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show)

    def on_descendant_focus(self) -> None:
        for button in self.query(Button):
            mark = "▸" if button is self.focused else " "
            button.label = f"{mark} {_ANOTHER if button.id == 'another' else _SEND}"

    @work(exclusive=True)
    async def _show(self) -> None:
        """Draw the photo and mark doubtful places, as large as the page has room below the text."""
        page, picture, photo = self.query_one(VerticalScroll), self.query_one(".preview", Static), self._review.photo
        if not can_draw(self):
            picture.update(_NOT_DRAWN)
        elif photo:
            lines = max(_LOWEST, page.size.height - picture.virtual_region.y)
            preview = await asyncio.to_thread(preview_apart, photo.path, page.size.width, lines)
            picture.update(drawn(preview, self._review.places) if preview else "")
