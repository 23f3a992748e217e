"""Clear Rich's and Textual's caches of drawn texts: they may hold a secret, masked or not."""

from rich.cells import cached_cell_len

from iprescribe_tui.front_ends.tui.textual_internals import forget_drawn_texts


def forget_texts() -> None:
    """Clear the caches of measured, cut, and painted texts; visible widgets are rebuilt within a millisecond or two."""
    cached_cell_len.cache_clear()
    forget_drawn_texts()
