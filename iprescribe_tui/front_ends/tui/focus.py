"""Focus in a form: the order of Tab, the field to fill in next, and which part of the page is in sight."""

from collections.abc import Sequence

from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from iprescribe_tui.front_ends.tui.widgets.choices import FewChoices
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow, choice_of, row_of
from iprescribe_tui.front_ends.tui.widgets.in_sight import bring_into_sight, place_on


def place_in_chain(widget: Widget) -> int:
    """Return the place of `widget` in Tab order: fields, Continue, other buttons, Back."""
    return 0 if row_of(widget) else {"continue": 1, "back": 3}.get(widget.id or "", 2)


def first_needed(rows: Sequence[FieldRow]) -> FieldRow | None:
    """Return the first of `rows` that is required and blank."""
    return next((row for row in rows if row.blank and not row.optional), None)


def rows_after(rows: Sequence[FieldRow], row: FieldRow | None) -> Sequence[FieldRow]:
    """Return the rows below `row`, none without one."""
    return rows[rows.index(row) + 1 :] if row else []


def show_focused(screen: Screen[None]) -> None:
    """Scroll the focused widget into view, so that no change goes unseen."""
    focused, page = screen.focused, screen.query_one("#page", VerticalScroll)
    if focused is None or page not in focused.ancestors:
        return
    row, place = row_of(focused) or focused, place_on(page, focused)
    if isinstance(focused, FewChoices):
        lines = focused.chosen_lines
        chosen = Region(place.x, place.y + lines.start, place.width, len(lines))
    else:
        chosen = place
    bring_into_sight(page, place_on(page, row), place, chosen)
    if many := choice_of(focused):
        many.call_after_refresh(many.place_list)


def keep_in_sight(screen: Screen[None], row: FieldRow) -> None:
    """Scroll the message under `row` into view, unless the focus is in another row."""
    if row_of(screen.focused) in (row, None):
        page = screen.query_one("#page", VerticalScroll)
        screen.call_after_refresh(lambda: bring_into_sight(page, place_on(page, row)))
