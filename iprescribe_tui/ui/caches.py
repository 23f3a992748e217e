"""Empties what Rich and Textual keep of texts that were drawn: a secret may be among them, masked or not."""

from rich.cells import cached_cell_len

from iprescribe_tui.ui.textual_internals import forget_drawn_texts


def forget_texts() -> None:
    """Keep no text that was measured, cut or painted; what still shows is made again, within a millisecond or two."""
    cached_cell_len.cache_clear()
    forget_drawn_texts()
