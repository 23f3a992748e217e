"""One module a step; a screen is imported when its step is reached."""

from importlib import import_module

from iprescribe_tui.ui.step_screen import StepScreen


def screen_for(key: str) -> type[StepScreen]:
    """The screen of a step, or of what belongs to none: `PracticeScreen` of `screens.practice` for `practice`."""
    screen: type[StepScreen] = getattr(import_module(f"screens.{key}"), key.title().replace("_", "") + "Screen")
    return screen
