"""Asks whether a photo is to be sent although something seems wrong with it, and shows it as it would be sent."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Label, Static

from iprescribe_tui.client.photo_review import PhotoReview
from iprescribe_tui.ui.chrome import KeyBar
from iprescribe_tui.ui.dialogs import Dialog
from iprescribe_tui.ui.photo_preview import can_draw, drawn


class DoubtScreen(Dialog[bool]):
    """The photo, what seems wrong with it and where, and the two ways on; True sends it all the same."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f9,escape", "dismiss(False)", show=False)]

    def __init__(self, label: str, review: PhotoReview) -> None:
        super().__init__()
        self._label, self._review = label, review

    def compose(self) -> ComposeResult:
        """Words above the picture, Take another, Send it all the same."""
        with Vertical(classes="dialog -page"):
            yield Label(f"? {self._label}: look at it once more", classes="title", markup=False)
            with VerticalScroll(can_focus=False):
                for doubt in self._review.doubts:
                    yield Label(doubt.message, classes="text", markup=False)
                if self._review.preview and can_draw(self):
                    places = [doubt.place for doubt in self._review.doubts if doubt.place]
                    yield Static(drawn(self._review.preview, places), classes="preview", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("▸ Take another", compact=True, id="another", action="screen.dismiss(False)")
                yield Button("Send it all the same", compact=True, id="send", action="screen.dismiss(True)")
            yield KeyBar([("Tab", "Choose"), ("Enter", "Press"), ("F9", "Back to the step")])

    def on_mount(self) -> None:
        """Nothing is sent by an Enter too many."""
        self.query_one("#another").focus()
