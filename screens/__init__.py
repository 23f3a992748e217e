"""Screens of steps that show more than their form, one module each; a module is imported when its step is reached."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from iprescribe_tui.flow.actions import View
from iprescribe_tui.flow.page_texts import page_of
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.steps import STEPS, Step


@cache
def screen_for(key: str) -> type[StepScreen]:
    """Return the screen class of a step or page: `screens.practice.PracticeScreen` for `practice`.

    A step without a module has a screen of its words and its form.
    """
    if find_spec(f"screens.{key}") is None:
        return _form_alone(STEPS[key])
    screen: type[StepScreen] = getattr(import_module(f"screens.{key}"), key.title().replace("_", "") + "Screen")
    return screen


def _form_alone(declared: Step) -> type[StepScreen]:
    class FormAloneScreen(StepScreen):
        step = declared

    return FormAloneScreen


def screen_of(view: View) -> type[StepScreen]:
    """The screen that shows `view`."""
    return screen_for(page_of(view).value)
