"""Runs the registration in prompts."""

import asyncio

from iprescribe_tui.parts import parts
from iprescribe_tui.plain.front_end import PlainFrontEnd
from iprescribe_tui.plain.lines import Lines
from iprescribe_tui.settings import Settings


def run(settings: Settings) -> str:
    """Take the applicant through; what is to be said at last."""
    own = parts(settings)
    try:
        return asyncio.run(PlainFrontEnd(own, Lines()).run())
    finally:
        own.stop()
