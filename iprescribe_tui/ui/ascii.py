"""A filter that draws the screens in ASCII, for terminals that take no Unicode."""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from iprescribe_tui.ascii import in_ascii


class AsciiOnly(LineFilter):
    """Draws what is not ASCII as `in_ascii` does."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII."""
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]
