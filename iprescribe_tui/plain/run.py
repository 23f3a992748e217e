"""Runs the registration in prompts."""

import asyncio

from iprescribe_tui.output import say_lost
from iprescribe_tui.parts import build_services
from iprescribe_tui.plain.front_end import PlainFrontEnd
from iprescribe_tui.plain.lines import Lines
from iprescribe_tui.settings import Settings


def run(settings: Settings) -> tuple[str, int]:
    """Take the applicant through. Return the last words and the exit status."""
    own = build_services(settings)
    lines = Lines()
    front_end = PlainFrontEnd(own, lines)
    try:
        return asyncio.run(front_end.run()), front_end.status
    finally:
        own.stop()
        if lines.lost:
            say_lost(lines.lost)
