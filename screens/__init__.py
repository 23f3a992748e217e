"""Screens of steps, one module each; a module is imported when its step is reached."""

from importlib import import_module

from iprescribe_tui.flow.actions import View
from iprescribe_tui.flow.page_texts import page_of
from iprescribe_tui.front_ends.tui.step_screen import StepScreen


def screen_for(key: str) -> type[StepScreen]:
    """Return the screen class of a step or page: `screens.practice.PracticeScreen` for `practice`."""
    screen: type[StepScreen] = getattr(import_module(f"screens.{key}"), key.title().replace("_", "") + "Screen")
    return screen


def screen_of(view: View) -> type[StepScreen]:
    """Return the screen class of `view`."""
    return screen_for(page_of(view).value)
