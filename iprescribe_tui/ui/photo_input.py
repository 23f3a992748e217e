"""The line for a photo's path: files that are dropped on the terminal, or pasted, replace what stood there."""

from pathlib import Path

from textual import events
from textual.message import Message

from iprescribe_tui.photos.paths import dropped_paths
from iprescribe_tui.ui.inputs import LineInput


class PhotoInput(LineInput):
    """One path."""

    class Dropped(Message):
        """Files arrived, one or several. Its `repr` does not name them."""

        def __init__(self, paths: tuple[Path, ...]) -> None:
            super().__init__()
            self.paths = paths

        def __repr__(self) -> str:
            return f"Dropped({len(self.paths)})"

    def on_paste(self, event: events.Paste) -> None:
        """Hand over files that are there; any other text is pasted as anywhere."""
        if paths := dropped_paths(event.text):
            event.stop()
            event.prevent_default()
            self.post_message(self.Dropped(paths))

    def on_resize(self) -> None:
        """The end of a path says which file it is; where one types, the cursor says what is shown."""
        if not self.has_focus:
            self.call_after_refresh(self.show_end)
