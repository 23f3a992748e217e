"""Empties what Rich and Textual keep of texts that were drawn: a secret may be among them, masked or not."""

from rich.cells import cached_cell_len
from rich.segment import Segment
from textual._styles_cache import StylesCache


def forget_texts() -> None:
    """Keep no text that was measured, cut or painted; what still shows is made again, within a millisecond or two."""
    for kept in (cached_cell_len, Segment._split_cells, StylesCache.get_inner_outer):  # the last keeps whole widgets'
        kept.cache_clear()
