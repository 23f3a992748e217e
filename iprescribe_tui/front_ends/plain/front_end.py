"""Front end of prompts: prints each page in lines, and hands the applicant's actions to the flow."""

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from pydantic import SecretStr

from iprescribe_tui.client import BackendError
from iprescribe_tui.flow import receipts
from iprescribe_tui.flow.actions import Action, Leave, LookAgain, Resume, ResumeView, SignInInstead, StartAnew, UsePhone
from iprescribe_tui.flow.ending import SIGNALED, Farewell
from iprescribe_tui.flow.flow import RegistrationFlow
from iprescribe_tui.flow.local_state import place_of
from iprescribe_tui.flow.page_state import ActionSource, PageState, WaitState
from iprescribe_tui.flow.page_texts import errors_of, sends
from iprescribe_tui.flow.services import Services
from iprescribe_tui.front_ends.plain import outbox_prompt
from iprescribe_tui.front_ends.plain.lines import Left, Lines
from iprescribe_tui.front_ends.plain.page_commands import PageCommands
from iprescribe_tui.front_ends.plain.prompt_page import PromptPage
from iprescribe_tui.front_ends.plain.prompts import Answered
from iprescribe_tui.front_ends.plain.qr_lines import in_qr, show_qr
from iprescribe_tui.front_ends.plain.words import is_same_phone, phone_words, words_of
from iprescribe_tui.journey.steps import SANDBOX
from iprescribe_tui.journey.views import (
    START,
    DoneView,
    EndedView,
    FormView,
    HandoffView,
    LockedView,
    Problem,
    WaitingView,
)
from iprescribe_tui.system import crash
from iprescribe_tui.system.private_files import advice_for, cause_of

PATIENCE, AGAIN = 3, 15
"""Seconds until the first line about a wait, and between further ones."""

INTRO = (
    "iPrescribe registration, line by line. Type an answer and press Enter. At every prompt ? helps and says what else "
    "can be typed, < goes back, and ! saves and leaves."
)

QUIET = frozenset({"?", "<", "!", "/support", "/over", "/again", "/street", "/messages", "/resend"})
"""Commands that `?` or the text of a view names; they are not printed with every view."""


class PlainFrontEnd:
    """`page_state.FrontEnd` of lines. It gives no idle warning: a line that comes too late ends the session."""

    def __init__(self, services: Services, lines: Lines, source: ActionSource | None = None) -> None:
        self.services, self.client, self.lines = services, services.client, lines
        self.flow = RegistrationFlow(services, self, source)
        self._page: PromptPage | None = None
        self._problem: Problem | None = None
        self._driving: asyncio.Task[None] | None = None
        self._leaves = self._is_reading = self._is_away = self._is_sandbox = False
        self._signal: signal.Signals | None = None
        self._failed: BaseException | None = None
        self._sent_quarters = 0

    async def run(self) -> Farewell:
        """Run the registration; return the text to print and the exit status. Raises the exception of a crash."""
        loop = asyncio.get_running_loop()
        self._driving = asyncio.create_task(self._drive())
        self._listen()
        crash.handle_loop(loop, self._fail)
        self.lines.start()
        try:
            # The task is canceled by an interrupt while no line is read, and by a failure elsewhere.
            with crash.handled_by(lambda error: _call_in(loop, self._fail, error)), suppress(asyncio.CancelledError):
                await self._driving
        finally:
            self.lines.stop()
            await self.client.aclose()
        if self._failed:
            raise self._failed
        farewell = self.flow.farewell()
        return replace(farewell, status=SIGNALED + self._signal) if self._signal else farewell

    def _fail(self, error: BaseException) -> None:
        """End the program because of `error`, raised outside the loop that asks."""
        self._failed = self._failed or error
        if self._driving:
            self._driving.cancel()

    async def _drive(self) -> None:
        self.lines.say(INTRO)
        if host := self.services.settings.host:
            self.lines.say(f"You're registering at {host}.")
        if self.services.own_sandbox:
            self._say_sandbox()
        connecting = asyncio.create_task(self._connect())
        try:
            if not self.services.own_sandbox:  # say if it is a sandbox before anything is typed
                await self.flow.waited_for(connecting)
            await self.flow.run()
        finally:
            connecting.cancel()

    async def _connect(self) -> None:
        """Connect before the first action needs it; an error is reported only once an action meets it."""
        with suppress(BackendError):
            service = await self.client.connect()
            if service.environment == "sandbox":
                self._say_sandbox()

    def _say_sandbox(self) -> None:
        if not self._is_sandbox:
            self._is_sandbox = True
            name, *rules = SANDBOX.split(" · ")
            self.lines.say(f"{name}: {', '.join(rules)}.")

    def _listen(self) -> None:
        """Save and leave at Ctrl+C and when the terminal closes; hide secrets again after Ctrl+Z and `fg`."""
        if sys.platform == "win32":
            return  # Windows has no such signals
        loop = asyncio.get_running_loop()
        for heard in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(heard, self._interrupted, heard)
        loop.add_signal_handler(signal.SIGCONT, self.lines.go_on)

    def _interrupted(self, heard: signal.Signals) -> None:
        self._leaves, self._signal = True, self._signal or heard
        self.lines.interrupt()
        if not self._is_reading and self._driving:
            self._driving.cancel()

    # -- protocol of the flow

    async def show(self, page: PageState) -> None:
        """Print a page that is new; the problem with the action at the same page is printed by `read`."""
        if self._leaves:
            return
        if not page.filled or page.problem:
            self._problem = page.problem
        if self._page is None or self._page.view is not page.view:
            self._turn_to(page)
        if page.filled and self._page:
            self._page.put(page.filled.values)
            self._page.photos.despite |= page.filled.despite
            if page.filled.turn:
                self.lines.say(page.filled.turn)

    async def read(self) -> Action:
        """Return the applicant's next action."""
        if self._leaves or self._page is None:
            return Leave()
        self._is_reading = True
        try:
            return await self._answer(self._page, self._problem)
        except Answered as answered:
            return answered.answer
        finally:
            self._is_reading = False

    async def confirm_retry(self, error: BackendError) -> bool:
        """Report the error; return True to retry."""
        self.lines.say(f"{error.title}. {error.advice}")
        self._is_reading = True
        try:
            typed = (await self.lines.ask("Enter tries again, < goes back to the step, ! saves and leaves:")).strip()
        except Left:
            typed = "!"
        finally:
            self._is_reading = False
        self._leaves = typed == "!"
        return not self._leaves and self.flow.touch() and typed != "<"

    def waiting(self, state: WaitState | None) -> None:
        """Print that the backend is waited for, once it takes long, and how much of a photo is sent."""
        if state is None:
            self._sent_quarters, self._is_away = 0, False
        elif state.total:
            self._say_sent(state.sent, state.total)
        elif state.seconds is None:
            self._say_trouble(state.trouble)
        elif state.seconds >= PATIENCE and (state.seconds - PATIENCE) % AGAIN == 0:
            self.lines.say(f"Waiting for {self.services.settings.shown_name}, {state.seconds} seconds so far.")

    def idle(self, seconds_left: float | None) -> None:
        """Do nothing: a line typed after the end of the session is answered with the news."""

    # -- views

    def _turn_to(self, state: PageState) -> None:
        """Make the prompts of a page, with the values typed there before, and print its text."""
        before, view, keep = self._page, state.view, self.flow.local_state.keep
        page = PromptPage(
            view, state.service, self.lines, state.typed, lambda values: keep(view, values), self.flow.touch
        )
        if before and before.page is page.page and place_of(before.view) == place_of(view):
            page.values.update(before.values)
            page.photos.despite |= before.photos.despite
        self._page = page
        PageCommands(page).add()
        self._add_commands(page)
        for notice in state.notices:
            self.lines.say(f"Note: {notice}")
        if before and isinstance(view, HandoffView) and is_same_phone(before.view, view):
            for line in phone_words(view):
                self.lines.say(line)
            return
        self.lines.say()
        for line in words_of(view):
            self.lines.say(line)
        for name, (description, _) in page.commands.items():
            if name not in QUIET or (name == "/messages" and sends(view)):
                self.lines.say(f"{name}: {description}")

    def _add_commands(self, page: PromptPage) -> None:
        """Add the commands that only some views have."""
        view = page.view
        if self.services.own_sandbox:
            page.command("/messages", "Read the messages that the sandbox sent", self._messages)
        if view is START or isinstance(view, ResumeView):
            username = view.username if isinstance(view, ResumeView) else ""
            page.answers("/signin", "Sign in with a username to go on where you were", SignInInstead(username))
        if isinstance(view, ResumeView | EndedView):
            page.answers("/new", "Begin another registration", StartAnew())
        if isinstance(view, DoneView):
            page.command("/save", "Save the receipt", self._save)
        if isinstance(view, FormView) and view.phone:
            page.answers("/phone", "Take the photos with your phone", UsePhone())
        if in_qr(view):
            page.command("/qr", "Show it as a QR code", self._show_qr)

    async def _answer(self, page: PromptPage, problem: Problem | None) -> Action:
        """Return the action at a page: that of its form, else the one that Enter stands for."""
        if problem and not page.asked:
            for message in errors_of(problem).values():
                self.lines.say(message)
        match page.view:
            case ResumeView() as view:
                await page.enter("Press Enter to continue:")
                return Resume(view.registration, view.username)
            case LockedView() | HandoffView():
                await page.enter("Press Enter to look again:")
                return LookAgain()
            case WaitingView() if not page.asked:
                await page.enter("This goes on by itself. Press Enter to look again:")
                return LookAgain()
            case EndedView() | DoneView():
                await page.enter("Press Enter to leave:")
                return Leave()
        return await page.answer(problem)

    # -- commands

    async def _messages(self) -> None:
        """Show the sandbox's messages; a chosen code goes into its field."""
        if page := self._page:
            takes_code = bool(page.code_field) and sends(page.view)
            code = await outbox_prompt.choose(self.client, self.lines.say, page.aside, takes_code=takes_code)
            if code:
                page.fill({page.code_field: SecretStr(code)})

    async def _save(self) -> None:
        if self._page and isinstance(view := self._page.view, DoneView):
            folder = self.services.settings.state_dir
            try:
                self.lines.say(f"Saved as {receipts.save(folder, view.receipt)}")
            except OSError as failed:
                self.lines.say(f"It could not be saved in {folder}: {cause_of(failed)}. {advice_for(failed)}.")

    async def _show_qr(self) -> None:
        if self._page:
            show_qr(self.lines, self._page.view)

    # -- waiting

    def _say_sent(self, sent: int, total: int) -> None:
        """Print how much of a photo is sent, in quarters."""
        quarters = 4 * sent // total
        if quarters != self._sent_quarters:
            self._sent_quarters = quarters
            if quarters:
                self.lines.say(f"Photo: {25 * quarters} percent of {total // 1024:,} KB sent.")

    def _say_trouble(self, error: BackendError | None) -> None:
        """Print that the backend is lost, or back, while a change is awaited; each is printed once."""
        if error and not self._is_away:
            self.lines.say(f"{error.title}. Trying again; nothing is lost.")
        elif not error:
            self.lines.say("The backend is back.")
        self._is_away = error is not None


def _call_in(loop: asyncio.AbstractEventLoop, call: Callable[[BaseException], None], error: BaseException) -> None:
    """Have `call` run in the thread of `loop`, unless the loop is closed."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(call, error)
