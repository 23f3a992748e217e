"""What the front end asks of the app in which it runs, beside what every app has."""

from iprescribe_tui.front_ends.tui.textual_internals import BareApp


class ScreenApp(BareApp):
    """An app that can be left, and that holds what is typed before there is a field for it."""

    def leave(self) -> None:
        """End the program; what was typed is kept."""
        raise NotImplementedError

    async def type_early_keys(self) -> None:
        """Give the first real screen what was typed before it was there."""
        raise NotImplementedError
