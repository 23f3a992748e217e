"""Markdown on a terminal. Imports Rich, which takes 60 ms."""

from typing import ClassVar, TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown, MarkdownElement, TableElement
from rich.table import Table
from rich.theme import Theme

from iprescribe_tui.front_ends.plain.output import steering
from iprescribe_tui.system.ascii import for_terminal

_WIDEST = 100
"""Most columns, even on a wider terminal: longer lines are hard to read."""

_THEME = Theme({"markdown.code": "bold cyan"})
"""Code without Rich's black background, which stands out on a light terminal."""


class _WholeTable(TableElement):
    """Table that breaks long words; Rich's own cuts them off."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for table in super().__rich_console__(console, options):
            if isinstance(table, Table):
                for column in table.columns:
                    column.overflow = "fold"
            yield table


class _Page(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {**Markdown.elements, "table_open": _WholeTable}


def formatted(text: str, stream: TextIO) -> str:
    """Return Markdown formatted for the terminal behind `stream`, with its width and colors."""
    console = Console(file=steering(stream), theme=_THEME)
    console.width = min(console.width, _WIDEST)
    with console.capture() as captured:
        console.print(_Page(text, code_theme="ansi_dark", hyperlinks=False))
    return for_terminal(captured.get())
