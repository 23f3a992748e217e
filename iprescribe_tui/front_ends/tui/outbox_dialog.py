"""Messages of the built-in sandbox, opened over a page: a chosen code goes into its field."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import copy_context
from typing import Any, ParamSpec, TypeVar

from iprescribe_tui.client import Client
from iprescribe_tui.flow.page_texts import sends
from iprescribe_tui.front_ends.tui.dialogs import OutboxScreen
from iprescribe_tui.front_ends.tui.screen_app import ScreenApp
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.fields import Control

P = ParamSpec("P")
T = TypeVar("T")


class OutboxDialog:
    """Opener of the dialog with the messages that `client` gets from its sandbox."""

    def __init__(self, app: ScreenApp, client: Client) -> None:
        self._app, self._client, self._context = app, client, copy_context()

    def open_or_close(self, shown: StepScreen) -> None:
        """Open the messages over the page that is `shown`, or close them."""
        rows = [row for row in shown.field_rows if row.asked.control is Control.CODE]

        def fill_in(code: str | None) -> None:
            for row in rows if code else ():
                row.put(code or "")
                row.screen.set_focus(row.input)

        if isinstance(self._app.screen, OutboxScreen):
            self._app.screen.dismiss(None)
        elif self._app.screen is shown:
            load, follow = self._outlasting(self._client.outbox), self._outlasting(self._client.follow)
            takes_code = bool(rows) and sends(shown.view)
            self._app.push_screen(OutboxScreen(load, follow, takes_code=takes_code), fill_in)

    def _outlasting(self, ask: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Awaitable[T]]:
        """Return `ask` for use by a screen, but run in the context of the front end, which keeps no screen alive.

        A deadline keeps the context in which it was made for its whole time, even if it is canceled.
        """

        async def asked(*given: P.args, **named: P.kwargs) -> T:
            return await asyncio.create_task(ask(*given, **named), context=self._context)

        return asked
