"""The terminal program: the front end of Textual screens for the one loop."""

import asyncio
import gc
import signal
import sys
from typing import ClassVar

from textual import on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.timer import Timer

from iprescribe_tui import crash
from iprescribe_tui.client import BackendError, Client
from iprescribe_tui.drafts import Drafts
from iprescribe_tui.drive import (
    Answer,
    AnyView,
    Leave,
    ResumeView,
    Shown,
    SignInView,
    StartAnew,
    Submit,
    SupportView,
    drive,
)
from iprescribe_tui.journey.forms import CredentialsForm, NpiForm, SignInForm
from iprescribe_tui.journey.protocol import START, DoneView, EndedView, LockedView, Problem
from iprescribe_tui.journey.steps import STEPS
from iprescribe_tui.ui.ascii import AsciiOnly, terminal_takes_unicode
from iprescribe_tui.ui.dialogs import HelpScreen, OutboxScreen, TroubleScreen
from iprescribe_tui.ui.step_screen import Around, StepScreen, Values
from iprescribe_tui.ui.themes import DARK, LIGHT, first_theme
from screens import screen_for


class RegistrationApp(App[str]):
    """Shows each view as a screen; its result is what is printed after the screen is gone."""

    CSS_PATH = "ui/app.tcss"
    TITLE = "iPrescribe registration"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", priority=True, show=False),
        Binding("f1", "guidance", show=False),
        Binding("f2", "messages", show=False),
        Binding("f12", "light_or_dark", show=False),
        Binding("ctrl+z", "suspend_process", show=False),
    ]

    def __init__(self, client: Client, drafts: Drafts, *, sandbox: bool, backend: str) -> None:
        super().__init__()
        self.client, self.drafts = client, drafts
        self.sandbox, self.backend = sandbox, backend
        self.shown: StepScreen | None = None
        self.answers: asyncio.Queue[Answer] = asyncio.Queue()
        self.npi = self.username = ""
        self._told_of_tokens = False
        self._ticking: Timer | None = None
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = first_theme()
        if not terminal_takes_unicode():
            self._filters.append(AsciiOnly())

    # -- the loop

    def on_mount(self) -> None:
        """Show the first screen; everything that takes time begins after it is painted."""
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True, repaint=True))
        for name in ("SIGHUP", "SIGTERM"):
            asyncio.get_running_loop().add_signal_handler(getattr(signal, name), self.action_quit_now)
        self.journey()
        self.call_after_refresh(self.warm_up)

    @work(exclusive=True, group="journey")
    async def journey(self) -> None:
        """The applicant's way from here to the end."""
        await drive(self.client, self, self.first_view())
        self.leave()

    def first_view(self) -> AnyView:
        """The registration that was left on this machine, or the beginning."""
        left = self.drafts.remembered()
        if left is None:
            return START
        self.npi, self.username = left.npi, left.username
        step = STEPS[left.step].heading if left.step in STEPS else left.step
        when = left.when.astimezone()
        return ResumeView(left.registration, left.npi, left.username, step, f"{when:%B %d, %H:%M}")

    @work(exclusive=True, group="warm-up")
    async def warm_up(self) -> None:
        """After the first paint: connect, so that the first answer does not wait."""
        gc.enable()
        try:
            await self.client.connect()
        except BackendError:
            return  # said when the first answer needs the backend

    async def ask(self, view: AnyView, problem: Problem | None) -> Answer:
        """Show `view`, or what was wrong with the answer to it, and wait for the applicant."""
        while not self.answers.empty():
            self.answers.get_nowait()
        shown = self.shown
        if shown is None or shown.view is not view:
            shown = await self.show(view)
        self.rest(shown)
        if problem:
            shown.show_problem(problem)
        self.tell_of_tokens()
        return await self.answers.get()

    async def show(self, view: AnyView) -> StepScreen:
        """Put up the screen of `view`, with what was typed for it before."""
        self.remember(view)
        screen_class = self.screen_class(view)
        typed: Values = dict(self.drafts.load(*self.place(view, screen_class)))
        if (
            self.shown
            and type(self.shown) is screen_class
            and self.place(self.shown.view, screen_class) == self.place(view, screen_class)
        ):
            typed = self.shown.values
        screen = screen_class(view, Around(self.client.service, self.sandbox, self.backend, typed))
        while self.screen is not self.shown and isinstance(self.screen, HelpScreen | OutboxScreen | TroubleScreen):
            await self.pop_screen()
        if self.shown is None:
            await self.push_screen(screen)
        else:
            await self.switch_screen(screen)
        self.shown = screen
        return screen

    def screen_class(self, view: AnyView) -> type[StepScreen]:
        """The screen that shows `view`."""
        match view:
            case ResumeView():
                return screen_for("resume")
            case SignInView():
                return screen_for("sign_in")
            case SupportView():
                return screen_for("support_request")
            case LockedView():
                return screen_for("locked")
            case EndedView():
                return screen_for("ended")
        return screen_for(view.step)

    # -- what is kept

    def place(self, view: AnyView, screen_class: type[StepScreen]) -> tuple[str, str]:
        """Under which registration and name the draft of a screen is kept."""
        registration = view.registration if isinstance(view, Shown | ResumeView) else self.client.registration
        return registration, view.step if hasattr(view, "step") else screen_class.form.__name__

    def remember(self, view: AnyView) -> None:
        """Keep on this machine which registration is under way, or that it is over."""
        if isinstance(view, DoneView | EndedView):
            self.drafts.forget(view.registration)
        elif isinstance(view, Shown) and view.registration:
            self.drafts.remember(view.registration, npi=self.npi, username=self.username, step=view.step)

    @on(StepScreen.Drafted)
    def keep_draft(self, event: StepScreen.Drafted) -> None:
        """Keep what was typed; secrets are not among it."""
        screen = event.screen
        values = {
            row.field_name: row.value
            for row in screen.field_rows
            if not row.asked.secret and isinstance(row.value, str | bool)
        }
        registration, step = self.place(screen.view, type(screen))
        self.drafts.save(registration, step, values)

    # -- answers

    @on(StepScreen.Answered)
    def take_answer(self, event: StepScreen.Answered) -> None:
        """Hand the answer to the loop, and show that it is being carried out."""
        event.stop()
        answer = event.answer
        if isinstance(answer, Leave):
            self.leave()
            return
        if isinstance(answer, Submit):
            self.note(answer)
        if isinstance(answer, StartAnew):
            self.npi = self.username = ""
        if self.shown:
            self.shown.busy = True
            self._wait(self.shown)
        self.answers.put_nowait(answer)

    def note(self, answer: Submit) -> None:
        """Remember the NPI and the username: by them the applicant knows the registration again."""
        match answer.form:
            case NpiForm(npi=npi):
                self.npi = npi
            case CredentialsForm(username=username) | SignInForm(username=username):
                self.username = username

    def _wait(self, screen: StepScreen) -> None:
        waited = 0

        def tick() -> None:
            nonlocal waited
            waited += 1
            screen.show_status(f"Waiting for {self.backend} · {waited} s · F10 leaves, nothing is lost")

        self._ticking = self.set_interval(1, tick)

    def rest(self, screen: StepScreen) -> None:
        """Nothing is being waited for."""
        if self._ticking:
            self._ticking.stop()
            self._ticking = None
        screen.busy = False
        screen.show_status("")

    async def retry(self, error: BackendError) -> bool:
        """Say which trouble there is with the backend; True to try again."""
        if self.shown:
            self.rest(self.shown)
        again = await self.push_screen_wait(TroubleScreen(error.title, error.advice))
        if again and self.shown:
            self.shown.busy = True
            self._wait(self.shown)
        return bool(again)

    async def tell(self, text: str) -> None:
        """Say something that needs no answer."""
        self.notify(text, markup=False, timeout=8)

    def tell_of_tokens(self) -> None:
        """Say once that tokens are in memory only, and what that means."""
        notice = self.client.tokens.notice
        if notice and not self._told_of_tokens:
            self._told_of_tokens = True
            self.notify(notice, markup=False, timeout=12)

    # -- keys that every screen has

    def action_guidance(self) -> None:
        """The help for the step that is shown."""
        from iprescribe_tui.ui.help import help_for

        if isinstance(self.screen, HelpScreen):
            self.screen.dismiss()
        elif self.shown and self.screen is self.shown:
            self.push_screen(HelpScreen(self.shown.heading, help_for(self.shown, self.client.service)))

    @work(exclusive=True, group="messages")
    async def action_messages(self) -> None:
        """The messages that the sandbox sent; the chosen code goes into its field."""
        if not self.sandbox or self.screen is not self.shown:
            return
        code = await self.push_screen_wait(OutboxScreen(self.client.outbox, self.client.follow))
        if code and self.shown:
            for row in self.shown.field_rows:
                if row.field_name == "code":
                    row.put(code)
                    self.shown.set_focus(row.focusable)

    def action_light_or_dark(self) -> None:
        """The other theme."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    async def action_quit(self) -> None:
        """Leave; what was typed is kept."""
        self.leave()

    def action_quit_now(self) -> None:
        """The same when the terminal goes away."""
        self.leave()

    def leave(self) -> None:
        """End the program, saying where it can be gone on with."""
        self.exit(self.farewell())

    def farewell(self) -> str:
        """What is printed on the terminal afterwards: no secret, nothing personal but the step."""
        left = self.drafts.remembered()
        view = self.shown.view if self.shown else None
        if isinstance(view, DoneView):
            return "You are registered. Sign in to iPrescribe with the username and password you chose."
        if left is None or isinstance(view, EndedView) or not self.client.registration:
            return ""
        step = STEPS[left.step].heading if left.step in STEPS else left.step
        if self.client.tokens.notice:
            how = "Start iprescribe-tui again and sign in with your iPrescribe username to go on."
            if not left.username:
                how = "There is no username yet to sign in with, so begin with the NPI again; what you typed is kept."
        else:
            how = "Start iprescribe-tui again to go on."
        return f"Your place is kept: {step}. {how}"

    # -- crashes

    def _fatal_error(self) -> None:
        """Print where it failed, and nothing of what was typed. Textual's own report shows local variables."""
        from rich.text import Text

        self.bell()
        error = self._exception or sys.exc_info()[1]
        report = crash.report(error) if error else "iprescribe-tui ended for a reason that it does not know."
        self._exit_renderables.append(Text(report))
        self._close_messages_no_wait()

    def panic(self, *renderables: object) -> None:
        """The same: what Textual would print may hold what was typed."""
        self._fatal_error()
