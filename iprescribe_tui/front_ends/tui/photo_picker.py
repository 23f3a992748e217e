"""Keyboard picker of a local photo: folders, photos with size and date, and a preview."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Label, OptionList, Static
from textual.widgets.option_list import Option

from iprescribe_tui.front_ends.tui.widgets.chrome import KeyBar
from iprescribe_tui.front_ends.tui.widgets.modal import Modal
from iprescribe_tui.front_ends.tui.widgets.photo_preview import can_draw, drawn
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.photos.worker import preview_apart
from iprescribe_tui.system.wording import amount

SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".jfif", ".png", ".heic", ".heif", ".hif", ".webp", ".avif"})
"""Suffixes of the files listed, in lower case."""

MOST: Final = 2000
"""Most entries listed of a folder."""

_COLUMNS, _LINES = 28, 9
_PAUSE: Final = 0.15


@dataclass(frozen=True)
class Entry:
    """Folder or photo; a photo has `size` in bytes and `changed` in seconds since 1970."""

    path: Path
    is_folder: bool
    size: int = 0
    changed: float = 0.0

    def line(self, width: int) -> Content:
        """Return the name, and a photo's size and date, in `width` columns."""
        name = plain(self.path.name)
        if self.is_folder:
            return Content.assemble((_cut(name + "/", width), "bold"))
        when = f"{datetime.fromtimestamp(self.changed):%b %d %Y}"
        room = width - 21
        return Content.assemble(_cut(name, room).ljust(room), (f" {amount(self.size):>8} {when:>11}", "dim"))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


def entries_in(folder: Path) -> tuple[Entry, ...]:
    """Return the folders in `folder` by name, then its photos, newest first. Raises `OSError`; blocks."""
    found = list(_entries(folder))
    folders = sorted((each for each in found if each.is_folder), key=lambda each: each.path.name.casefold())
    photos = sorted((each for each in found if not each.is_folder), key=lambda each: -each.changed)
    return (*folders, *photos)[:MOST]


def _entries(folder: Path) -> Iterator[Entry]:
    with os.scandir(folder) as listed:
        for each in listed:
            if each.name.startswith("."):
                continue
            try:
                if each.is_dir():
                    yield Entry(Path(each.path), True)
                elif Path(each.name).suffix.casefold() in SUFFIXES and each.is_file():
                    status = each.stat()
                    yield Entry(Path(each.path), False, status.st_size, status.st_mtime)
            except OSError:
                continue


class PhotoPicker(Modal[Path | None]):
    """Picker of a photo; the result is its path, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f9,escape,f4", "dismiss(None)", show=False),
        Binding("left,backspace", "up", priority=True, show=False),
        Binding("right", "open", priority=True, show=False),
    ]

    def __init__(self, wanted: str, folder: Path) -> None:
        super().__init__()
        self.wanted = wanted
        self.folder = folder
        self.entries: tuple[Entry, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -page -picker"):
            yield Label(f"Choose a photo: {self.wanted}", classes="title", markup=False)
            yield Label("", id="folder", markup=False)
            with Horizontal():
                yield OptionList(markup=False, compact=True)
                yield Static("", classes="preview", markup=False)
            yield Label("", classes="text", markup=False)
            keys = [("Enter", "Choose"), ("F9", "Back to the step"), ("↑ ↓", "Move"), ("←", "Folder above")]
            yield KeyBar(keys)

    def on_mount(self) -> None:
        self.query_one(OptionList).focus()
        self.query_one(".preview").display = can_draw(self)
        self.look_into(self.folder)

    def on_resize(self) -> None:
        self.query_one(".preview").display = can_draw(self)
        self.call_after_refresh(self._fill_anew)

    @work(exclusive=True)
    async def look_into(self, folder: Path, came_from: str = "") -> None:
        """List a folder and highlight the entry `came_from`; stay in the present one if it cannot be read."""
        try:
            self.entries = await asyncio.to_thread(entries_in, folder)
        except OSError:
            self._say(f"{plain(folder.name) or '/'} cannot be looked into. Choose another folder.")
            return
        self.folder = folder
        names = [each.path.name for each in self.entries]
        self.call_after_refresh(self._fill, names.index(came_from) + 1 if came_from in names else None)
        photos = sum(not each.is_folder for each in self.entries)
        self._say("" if photos else "No photos here (JPEG, PNG, HEIC, WebP or AVIF). Folders are opened with Enter.")

    def _fill_anew(self) -> None:
        if self.entries:  # empty until a folder was read
            self._fill(self.query_one(OptionList).highlighted)

    def _fill(self, at: int | None) -> None:
        shown = self.query_one(OptionList)
        width = max(20, shown.scrollable_content_region.width - 2)
        lines = [each.line(width) for each in self.entries]
        with self.app.batch_update():
            shown.clear_options()
            shown.add_options([Option(Content("../")), *(Option(line) for line in lines)])
            first = next((i for i, each in enumerate(self.entries, 1) if not each.is_folder), min(1, len(lines)))
            shown.highlighted = at if at is not None and at <= len(lines) else first
        path = plain(str(self.folder))
        room = max(10, self.query_one("#folder").content_size.width)
        self.query_one("#folder", Label).update(path if len(path) <= room else "…" + path[1 - room :])

    def _say(self, text: str) -> None:
        self.query_one(".text", Label).update(text)

    def _entry(self) -> Entry | None:
        at = self.query_one(OptionList).highlighted
        return self.entries[at - 1] if at and at <= len(self.entries) else None

    def on_option_list_option_highlighted(self) -> None:
        self.show(self._entry())

    @work(exclusive=True, group="preview")
    async def show(self, entry: Entry | None) -> None:
        """Draw a photo once the highlight has rested on it for `_PAUSE` seconds."""
        picture = self.query_one(".preview", Static)
        if entry is None or entry.is_folder or not picture.display:
            picture.update("")
            return
        await asyncio.sleep(_PAUSE)
        preview = await asyncio.to_thread(preview_apart, entry.path, _COLUMNS, _LINES)
        if preview is None:
            picture.update("This cannot be read as a photo.")
        else:
            facts = Content.assemble((f"{preview.width} × {preview.height}", "$text-muted"))
            picture.update(Content("\n").join([drawn(preview), facts]))

    def on_option_list_option_selected(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        entry = self._entry()
        if entry is None:
            self.action_up()
        elif entry.is_folder:
            self.look_into(entry.path)
        else:
            self.dismiss(entry.path)

    def action_up(self) -> None:
        """Open the parent folder, with the current one highlighted."""
        self.look_into(self.folder.parent, self.folder.name)
