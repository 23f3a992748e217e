"""Registration in prompts."""

import asyncio
import os
from collections.abc import Callable

from iprescribe_tui.flow.ending import Farewell
from iprescribe_tui.flow.page_state import ActionSource
from iprescribe_tui.flow.services import Services, build_services
from iprescribe_tui.front_ends.plain.front_end import PlainFrontEnd
from iprescribe_tui.front_ends.plain.lines import Lines
from iprescribe_tui.front_ends.plain.output import say_lost
from iprescribe_tui.system.settings import Settings


def run(settings: Settings, source_of: Callable[[Services], ActionSource] | None, *, asks: bool) -> Farewell:
    """Run the registration, answered by a source as far as it goes; `asks` is False if no person answers the rest."""
    own = build_services(settings)
    lines = Lines() if asks else Lines(os.open(os.devnull, os.O_RDONLY))
    try:
        return asyncio.run(PlainFrontEnd(own, lines, source_of(own) if source_of else None).run())
    finally:
        own.stop()
        if lines.lost:
            say_lost(lines.lost)
