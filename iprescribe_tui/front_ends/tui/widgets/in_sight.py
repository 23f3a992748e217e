"""Scrolling of pages: keep the focus visible, and place a list beside its line."""

from collections.abc import Iterable

from textual.containers import VerticalScroll
from textual.geometry import Offset, Region
from textual.widget import Widget


def bring_into_sight(page: VerticalScroll, *parts: Region) -> None:
    """Scroll `page` to the first of `parts` that fits, else to the last; each is relative to the page (`place_on`)."""
    room = page.scrollable_content_region.height
    part = next((part for part in parts if part.height <= room), parts[-1])
    page.scroll_to_region(part, animate=False, x_axis=False, immediate=True)


def place_on(page: Widget, widget: Widget) -> Region:
    """Return the region of `widget` relative to the top of `page`, independent of scrolling."""
    offset, node = Offset(), widget
    while node is not page and isinstance(node.parent, Widget):
        offset += node.virtual_region.offset
        node = node.parent
    return Region.from_offset(offset, widget.region.size)


def page_around(ancestors: Iterable[object]) -> VerticalScroll | None:
    """Return the nearest `VerticalScroll` of `ancestors` (nearest first), None if there is none."""
    return next((each for each in ancestors if isinstance(each, VerticalScroll)), None)


def beside(line: Region, window: Region, wanted: int, was_above: bool | None) -> tuple[bool, int]:
    """Return whether a list goes above its line rather than below, and how many of `wanted` rows it shows.

    It covers neither the line nor anything outside `window`. A list that opens (`was_above` is None) goes below if it
    has room there, and it stays on its side as long as it has room.
    """
    below, above = window.bottom - line.bottom, line.y - window.y
    fits = {False: below >= wanted, True: above >= wanted}
    stays = was_above is not None and fits[was_above]
    is_above = bool(was_above) if stays else not fits[False] and above > below
    return is_above, max(1, min(wanted, above if is_above else below))
