"""What is in sight on a page that scrolls: where typing goes, and a list beside its line."""

from collections.abc import Iterable

from textual.containers import VerticalScroll
from textual.geometry import Offset, Region
from textual.widget import Widget


def bring_into_sight(page: VerticalScroll, *parts: Region) -> None:
    """Scroll `page` until the first of `parts` that has room on it is in sight, else the last; all as `place_on` it."""
    room = page.scrollable_content_region.height
    part = next((part for part in parts if part.height <= room), parts[-1])
    page.scroll_to_region(part, animate=False, x_axis=False, immediate=True)


def place_on(page: Widget, widget: Widget) -> Region:
    """Return where `widget` stands on `page`, from the page's beginning on: however that is scrolled."""
    offset, node = Offset(), widget
    while node is not page and isinstance(node.parent, Widget):
        offset += node.virtual_region.offset
        node = node.parent
    return Region.from_offset(offset, widget.region.size)


def page_around(ancestors: Iterable[object]) -> VerticalScroll | None:
    """Return the page that scrolls what has these ancestors, the nearest first; None where nothing does."""
    return next((each for each in ancestors if isinstance(each, VerticalScroll)), None)


def beside(line: Region, window: Region, wanted: int, was_above: bool | None) -> tuple[bool, int]:
    """Return whether a list lies above its line rather than below it, and how many of `wanted` rows it shows.

    It covers neither the line nor what is outside `window`. Where it opens (`was_above` is None) it lies below if it
    has room there, and it stays on its side as long as it has room.
    """
    below, above = window.bottom - line.bottom, line.y - window.y
    fits = {False: below >= wanted, True: above >= wanted}
    stays = was_above is not None and fits[was_above]
    is_above = bool(was_above) if stays else not fits[False] and above > below
    return is_above, max(1, min(wanted, above if is_above else below))
