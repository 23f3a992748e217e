"""Input for a photo's path; files dropped on the terminal or pasted replace it."""

from pathlib import Path

from textual import events
from textual.message import Message

from iprescribe_tui.front_ends.tui.widgets.inputs import LineInput
from iprescribe_tui.photos.paths import dropped_paths


class PhotoInput(LineInput):
    """Path of one photo."""

    class Dropped(Message):
        """Message after one or several files arrived. Its `repr` leaves out their names."""

        def __init__(self, paths: tuple[Path, ...]) -> None:
            super().__init__()
            self.paths = paths

        def __repr__(self) -> str:
            return f"Dropped({len(self.paths)})"

    def on_paste(self, event: events.Paste) -> None:
        """Post `Dropped` for paths of existing files; paste any other text as usual."""
        if paths := dropped_paths(event.text):
            event.stop()
            event.prevent_default()
            self.post_message(self.Dropped(paths))

    def on_resize(self) -> None:
        """Show the end of the path, its file name, unless the input has the focus."""
        if not self.has_focus:
            self.call_after_refresh(self.show_end)
