"""Runs the registration in prompts."""

import asyncio
import os
from typing import TYPE_CHECKING

from iprescribe_tui.flow.ending import Farewell
from iprescribe_tui.flow.services import build_services
from iprescribe_tui.front_ends.plain.front_end import PlainFrontEnd
from iprescribe_tui.front_ends.plain.lines import Lines
from iprescribe_tui.front_ends.plain.output import say_lost
from iprescribe_tui.system.settings import Settings

if TYPE_CHECKING:
    from iprescribe_tui.front_ends.automation.answers import Answers


def run(settings: Settings, answers: "Answers | None", *, asks: bool) -> Farewell:
    """Take the applicant through, as far as `answers` go; a person is asked for the rest, unless there is none."""
    own = build_services(settings)
    lines = Lines() if asks else Lines(os.open(os.devnull, os.O_RDONLY))
    source = None
    if answers:
        from iprescribe_tui.front_ends.automation.answers_source import source_of

        source = source_of(answers, own)
    try:
        return asyncio.run(PlainFrontEnd(own, lines, source).run())
    finally:
        own.stop()
        if lines.lost:
            say_lost(lines.lost)
