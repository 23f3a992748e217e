"""Runs the registration in prompts."""

import asyncio

from iprescribe_tui.ending import Farewell
from iprescribe_tui.output import say_lost
from iprescribe_tui.parts import build_services
from iprescribe_tui.plain.front_end import PlainFrontEnd
from iprescribe_tui.plain.lines import Lines
from iprescribe_tui.settings import Settings


def run(settings: Settings) -> Farewell:
    """Take the applicant through."""
    own = build_services(settings)
    lines = Lines()
    try:
        return asyncio.run(PlainFrontEnd(own, lines).run())
    finally:
        own.stop()
        if lines.lost:
            say_lost(lines.lost)
