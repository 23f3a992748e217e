"""Filter that draws the screens in ASCII, for terminals without Unicode."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from iprescribe_tui.system.ascii import in_ascii


class AsciiOnly(LineFilter):
    """Line filter that replaces characters outside ASCII by `in_ascii`."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments in ASCII."""
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]
