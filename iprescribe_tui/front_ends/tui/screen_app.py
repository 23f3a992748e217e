"""Interface of the app in which the front end of screens runs."""

from iprescribe_tui.front_ends.tui.textual_internals import BareApp


class ScreenApp(BareApp):
    """App that can be left, and that holds keys typed before there is a field for them."""

    def leave(self) -> None:
        """End the program; typed values are kept."""
        raise NotImplementedError

    async def type_early_keys(self) -> None:
        """Give the first real screen the keys typed before it was there."""
        raise NotImplementedError
