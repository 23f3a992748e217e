"""The front end of Textual screens: shows each view as a screen, and hands its answers to the loop."""

import asyncio
from typing import TYPE_CHECKING

from textual.timer import Timer

from iprescribe_tui.client import BackendError
from iprescribe_tui.drive import (
    Answer,
    AnyView,
    Leave,
    SignInView,
    drive,
)
from iprescribe_tui.journey.protocol import Problem
from iprescribe_tui.memory import Memory, place_of
from iprescribe_tui.pages import page_of
from iprescribe_tui.parts import Parts
from iprescribe_tui.ui.chrome import Banner
from iprescribe_tui.ui.dialogs import HelpScreen, OutboxScreen, TroubleScreen
from iprescribe_tui.ui.help import help_for
from iprescribe_tui.ui.qr import QrScreen
from iprescribe_tui.ui.step_screen import Around, StepScreen, Values
from screens import screen_for

if TYPE_CHECKING:
    from iprescribe_tui.app import RegistrationApp
    from iprescribe_tui.typist import Typist


class ScreensFrontEnd:
    """`ask`, `retry` and `tell` as Textual screens (see `drive.FrontEnd`); a `typist`, if any, fills them in."""

    def __init__(self, app: "RegistrationApp", parts: Parts) -> None:
        self.app = app
        self.client = parts.client
        self.own_sandbox, self.backend = parts.own_sandbox, parts.settings.shown_name
        self.state_dir = parts.settings.state_dir
        self.memory = Memory(parts)
        self.shown: StepScreen | None = None
        self.typist: Typist | None = None
        self._answers: asyncio.Queue[Answer] = asyncio.Queue()
        self._news: list[str] = []
        self._showing = asyncio.Lock()
        self._ticking: Timer | None = None
        self.client.on_upload = self.uploading
        self.client.on_trouble = self.waiting_troubled

    @property
    def sandbox(self) -> bool:
        """Whether what is done here is known to be no real registration."""
        service = self.client.service
        return self.own_sandbox or (service is not None and service.environment == "sandbox")

    async def run(self) -> None:
        """Take the applicant from the first view to the end."""
        self.app.run_worker(self.warm_up(), group="warm-up")
        try:
            await drive(self.client, self, self.memory.first_view())
        finally:
            await self.client.aclose()

    async def warm_up(self) -> None:
        """Connect before the first answer needs it; what goes wrong is said when it is needed."""
        try:
            await self.client.connect()
        except BackendError:
            return
        if self.shown:
            self.mark_sandbox(self.shown)

    def mark_sandbox(self, screen: StepScreen) -> None:
        """Say on `screen` whether this is a sandbox; one that is being taken away has no banner left."""
        for banner in screen.query(Banner):
            banner.show_sandbox(self.sandbox)

    # -- what the loop asks for

    async def ask(self, view: AnyView, problem: Problem | None) -> Answer:
        """Show `view`, or what was wrong with the answer to it, and wait for the applicant."""
        while not self._answers.empty():
            self._answers.get_nowait()
        shown = self.shown
        moved = shown is None or shown.view is not view
        self.memory.came_back(accepted=moved and not problem)
        if shown is None or moved:
            # News may come while a screen is being put up: it is put up whole, and then the next one.
            shown = await asyncio.shield(asyncio.create_task(self._show_whole(view)))
        self.rest()
        if problem:
            shown.show_problem(problem)
        if self.typist:
            self.typist.asked(shown, refused=problem is not None)
        return await self._answers.get()

    async def retry(self, error: BackendError) -> bool:
        """Say which trouble there is with the backend; True to try again."""
        self.rest()
        again = await self.app.push_screen_wait(TroubleScreen(error.title, error.advice))
        if again and self.shown:
            self.wait(self.shown)
        return bool(again)

    async def tell(self, text: str) -> None:
        """Say something that needs no answer, on the next screen."""
        self._news.append(text)

    # -- screens

    async def _show_whole(self, view: AnyView) -> StepScreen:
        async with self._showing:
            return await self.show(view)

    async def show(self, view: AnyView) -> StepScreen:
        """Put up the screen of `view`, with what was typed for it before."""
        self.memory.remember(view)
        screen_class = screen_of(view)
        typed: Values = {**self.memory.typed(view)}
        if self.shown and type(self.shown) is screen_class and place_of(self.shown.view) == place_of(view):
            typed.update(self.shown.values)
        if isinstance(view, SignInView):
            typed.setdefault("username", view.username or self.memory.username)
        around = Around(
            self.client.service, self.sandbox, self.own_sandbox, self.backend, typed, self.news(), self.state_dir
        )
        screen = screen_class(view, around)
        self.rest()
        while isinstance(self.app.screen, HelpScreen | OutboxScreen | QrScreen | TroubleScreen):
            await self.app.pop_screen()
        if self.shown is None:
            await self.app.push_screen(screen)
            await self.app.type_early_keys()
        else:
            await self.app.switch_screen(screen)
        self.shown = screen
        if self.sandbox and not around.sandbox:  # it turned out while the screen was being put up
            self.mark_sandbox(screen)
        return screen

    def news(self) -> tuple[str, ...]:
        """What is to be said on the next screen."""
        news, self._news = (*self._news, *self.memory.news()), []
        return news

    def show_help(self) -> None:
        """The help for what is shown; from there, back."""
        if isinstance(self.app.screen, HelpScreen):
            self.app.screen.dismiss()
        elif self.shown and self.app.screen is self.shown:
            self.app.push_screen(HelpScreen(self.shown.heading, help_for(self.shown, self.client.service)))

    def show_messages(self) -> None:
        """The messages that the sandbox sent; the chosen code goes into its field. From there, back."""

        def fill_in(code: str | None) -> None:
            for row in self.shown.field_rows if code and self.shown else ():
                if row.field_name == "code":
                    row.put(code or "")
                    row.screen.set_focus(row.input)

        if isinstance(self.app.screen, OutboxScreen):
            self.app.screen.dismiss(None)
        elif self.own_sandbox and self.shown and self.app.screen is self.shown:
            takes_code = any(row.field_name == "code" for row in self.shown.field_rows)
            self.app.push_screen(OutboxScreen(self.client.outbox, self.client.follow, takes_code=takes_code), fill_in)

    # -- answers

    def take_answer(self, answer: Answer) -> None:
        """Hand the answer to the loop, and show that it is being carried out."""
        self.keep_draft()
        if self.typist:
            self.typist.sent()
        if isinstance(answer, Leave):
            self.app.leave()
            return
        if self.shown:
            self.memory.answered(self.shown.view, answer)
            self.wait(self.shown)
        self._answers.put_nowait(answer)

    def wait(self, screen: StepScreen) -> None:
        """Show on `screen` that the backend is being waited for, and for how long."""
        self.rest()
        screen.busy = True
        waited = 0

        def tick() -> None:
            nonlocal waited
            waited += 1
            screen.show_status(f"Waiting for {self.backend} · {waited} s · F10 leaves, nothing is lost")

        self._ticking = self.app.set_interval(1, tick)

    def uploading(self, sent: int, total: int) -> None:
        """Show how much of a photo is sent."""
        if self.shown and self.shown.is_attached and total:
            done = 20 * sent // total
            bar = "━" * done + "─" * (20 - done)
            self.shown.show_status(f"Sending the photo {bar} {sent // 1024:,} of {total // 1024:,} KB")

    def waiting_troubled(self, error: BackendError | None) -> None:
        """While something outside is waited for: say that the backend is away, and when it is back."""
        if self.shown and self.shown.is_attached:
            self.shown.show_status(f"{error.title}. Trying again; nothing is lost." if error else "")

    def rest(self) -> None:
        """Nothing is being waited for."""
        if self._ticking:
            self._ticking.stop()
            self._ticking = None
        if self.shown and self.shown.is_attached:
            self.shown.busy = False
            self.shown.show_status("")

    # -- what is kept on this machine

    def keep_draft(self) -> None:
        """Keep what stands in the form that is shown; secrets are not among it."""
        if self.shown and self.shown.is_attached:
            values = {
                row.field_name: row.value
                for row in self.shown.field_rows
                if not row.asked.secret and isinstance(row.value, str | bool)
            }
            self.memory.keep(self.shown.view, values)

    def farewell(self) -> str:
        """Keep what stands in the form; what is printed afterwards."""
        self.keep_draft()
        return self.memory.farewell(self.shown.view if self.shown else None)


def screen_of(view: AnyView) -> type[StepScreen]:
    """The screen that shows `view`."""
    return screen_for(page_of(view).value)
