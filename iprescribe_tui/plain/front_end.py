"""The front end of prompts: says each view in lines, and hands its answers to the loop (see `drive.FrontEnd`)."""

import asyncio
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

from pydantic import SecretStr

from iprescribe_tui import crash, receipts
from iprescribe_tui.client import BackendError
from iprescribe_tui.disk import advice_for, cause_of
from iprescribe_tui.drive import drive
from iprescribe_tui.ending import SIGNALED
from iprescribe_tui.journey.protocol import (
    START,
    DoneView,
    EndedView,
    FormView,
    HandoffView,
    LockedView,
    Problem,
    StepViewBase,
    WaitingView,
)
from iprescribe_tui.journey.steps import SANDBOX
from iprescribe_tui.memory import Memory, place_of
from iprescribe_tui.pages import said_by, sends
from iprescribe_tui.parts import Services
from iprescribe_tui.plain import outbox
from iprescribe_tui.plain.lines import Left, Lines
from iprescribe_tui.plain.page import Page
from iprescribe_tui.plain.prompts import Answered
from iprescribe_tui.plain.qr import draw_qr
from iprescribe_tui.plain.words import is_open, phone_words, words_of
from iprescribe_tui.turns import (
    Action,
    AnyView,
    Leave,
    LookAgain,
    Resume,
    ResumeView,
    SignInInstead,
    SignInView,
    StartAnew,
    TimedOut,
    UsePhone,
)
from iprescribe_tui.web_address import opens_at

PATIENCE, AGAIN = 3, 15
"""Seconds after which it is said that the backend is being waited for, and between one such line and the next."""

INTRO = (
    "iPrescribe registration, line by line. Type an answer and press Enter. At every prompt ? helps and says what else "
    "can be typed, < goes back, and ! saves and leaves."
)

QUIET = frozenset({"?", "<", "!", "/support", "/over", "/again", "/street", "/messages", "/resend"})
"""Commands that `?` names, or the words of a view; they are not said with every view."""


class PlainFrontEnd:
    """`ask`, `retry` and `tell` as lines."""

    def __init__(self, services: Services, lines: Lines) -> None:
        self.services, self.client, self.lines = services, services.client, lines
        self.memory = Memory(services)
        self.presence = services.presence
        self._page: Page | None = None
        self._said: AnyView | None = None
        self._news: list[str] = []
        self._waiting: asyncio.Task[None] | None = None
        self._driving: asyncio.Task[None] | None = None
        self._leaves = self._times_out = self._is_away = self._is_sandbox = False
        self._signal: signal.Signals | None = None
        self._failed: BaseException | None = None
        self._sent_quarters = 0
        self.client.on_upload = self._uploading
        self.client.on_trouble = self._troubled

    async def run(self) -> str:
        """Take the applicant from the first view to the end; what is said at last."""
        loop = asyncio.get_running_loop()
        self._driving = asyncio.create_task(self._drive())
        self._listen()
        crash.handle_loop(loop, self._fail)
        self.lines.start()
        try:
            # Its task is canceled where it is interrupted while the backend is waited for, or fails elsewhere.
            with crash.handled_by(lambda error: _call_in(loop, self._fail, error)), suppress(asyncio.CancelledError):
                await self._driving
        finally:
            self._rest()
            self.lines.stop()
            await self.client.aclose()
        if self._failed:
            raise self._failed
        return self.memory.farewell(self._said)

    def _fail(self, error: BaseException) -> None:
        """End the program because of `error`, which happened outside the loop that asks."""
        self._failed = self._failed or error
        if self._driving:
            self._driving.cancel()

    @property
    def status(self) -> int:
        """The exit status if the program ends now: of a signal that ended it, or how the registration ends."""
        return SIGNALED + self._signal if self._signal else self.memory.ending(self._said)

    async def _drive(self) -> None:
        self.lines.say(INTRO)
        if host := self.services.settings.host:
            self.lines.say(f"You're registering at {host}.")
        if self.services.own_sandbox:
            self._say_sandbox()
        connecting = asyncio.create_task(self._connect())
        try:
            if not self.services.own_sandbox:  # whether it is a sandbox is said before anything is typed
                self._wait()
                await connecting
            await drive(self.client, self, self.memory.first_view())
        finally:
            connecting.cancel()

    async def _connect(self) -> None:
        """Connect before the first answer needs it; what goes wrong is said when it is needed."""
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
        """Save and leave at Ctrl+C and when the terminal goes; hide secrets after Ctrl+Z and `fg`."""
        if sys.platform == "win32":
            return  # which has no such signals
        loop = asyncio.get_running_loop()
        for heard in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(heard, self._interrupted, heard)
        loop.add_signal_handler(signal.SIGCONT, self.lines.go_on)

    def _interrupted(self, heard: signal.Signals) -> None:
        self._leaves, self._signal = True, self._signal or heard
        self.lines.interrupt()
        if self._waiting and self._driving:
            self._driving.cancel()

    # -- what the loop asks for

    async def ask(self, view: AnyView, problem: Problem | None) -> Action:
        """Say `view`, or what was wrong with the answer to it, and take the next answer."""
        self._rest()
        if self._leaves:
            return Leave()
        if self._times_out:
            self._times_out = False
            self.presence.begin()
            return TimedOut()
        moved = view is not self._said
        self.memory.came_back(moved=moved, problem=problem)
        page = self._turn_to(view) if moved or self._page is None else self._page
        try:
            answer = await self._answer(view, page, problem)
        except Answered as answered:
            answer = answered.answer
        if isinstance(answer, TimedOut):
            self.presence.begin()
        self.memory.answered(view, answer)
        self._wait()
        return answer

    async def retry(self, error: BackendError) -> bool:
        """Say which trouble there is with the backend; True to try again."""
        self.memory.reached(yes=False)
        self._rest()
        self.lines.say(f"{error.title}. {error.advice}")
        try:
            typed = (await self.lines.ask("Enter tries again, < goes back to the step, ! saves and leaves:")).strip()
        except Left:
            typed = "!"
        self._leaves = typed == "!"
        self._times_out = not self._in_time() and not self._leaves
        if self._times_out:
            return False
        if typed in ("!", "<"):
            return False
        self._wait()
        return True

    @property
    def applicant(self) -> Memory:
        """Who answers."""
        return self.memory

    def _in_time(self) -> bool:
        """A line was typed: whether that was before the session was over."""
        if self.client.service:
            self.presence.policy = self.client.service.sessions
        if self.client.signed_in:
            return self.presence.seen()
        self.presence.begin()
        return True

    async def tell(self, text: str) -> None:
        """Say something that needs no answer, with the next view."""
        self._news.append(text)

    # -- views

    def _turn_to(self, view: AnyView) -> Page:
        """Make the page of `view`, with what was typed for it before, and say it."""
        self.memory.remember(view)
        before = self._page
        typed = self.memory.typed(view)
        if isinstance(view, SignInView):
            typed.setdefault("username", view.username or self.memory.username)
        page = Page(
            view, self.client.service, self.lines, typed, lambda values: self.memory.keep(view, values), self._in_time
        )
        if before and before.page is page.page and place_of(before.view) == place_of(view):
            page.values.update(before.values)
            page.photos.despite |= before.photos.despite
        self._page, self._said = page, view
        self._add_commands(page)
        for news in (*self._news, *self.memory.news()):
            self.lines.say(f"Note: {news}")
        self._news = []
        if before and isinstance(view, HandoffView) and goes_on(before.view, view):
            for line in phone_words(view):
                self.lines.say(line)
            return page
        self.lines.say()
        for line in words_of(view):
            self.lines.say(line)
        for name, (says, _) in page.commands.items():
            if name not in QUIET or (name == "/messages" and sends(view)):
                self.lines.say(f"{name}: {says}")
        return page

    def _add_commands(self, page: Page) -> None:
        """What only some views take."""
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

    async def _answer(self, view: AnyView, page: Page, problem: Problem | None) -> Action:
        """The answer to `view`: its form where it has one, or else what an Enter means there."""
        if problem and not page.asked:
            for message in said_by(problem).values():
                self.lines.say(message)
        match view:
            case ResumeView():
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
        """Read the sandbox's messages; a code goes into its field."""
        if page := self._page:
            takes_code = "code" in page.asked and sends(page.view)
            code = await outbox.choose(self.client, self.lines.say, page.aside, takes_code=takes_code)
            if code:
                page.fill({"code": SecretStr(code)})

    async def _save(self) -> None:
        if isinstance(self._said, DoneView):
            folder = self.services.settings.state_dir
            try:
                self.lines.say(f"Saved as {receipts.save(folder, self._said.receipt)}")
            except OSError as failed:
                self.lines.say(f"It could not be saved in {folder}: {cause_of(failed)}. {advice_for(failed)}.")

    async def _show_qr(self) -> None:
        if self._said:
            draw_qr(self.lines, in_qr(self._said))
            if isinstance(self._said, HandoffView):
                self.lines.say(f"Opens at: {opens_at(self._said.url)}")

    # -- waiting

    def _wait(self) -> None:
        """From now on the backend is waited for."""
        self._waiting = asyncio.create_task(self._say_waiting())

    async def _say_waiting(self) -> None:
        """Say that the backend is waited for, once it takes long."""
        waited, pause = 0, PATIENCE
        while True:
            await asyncio.sleep(pause)
            waited, pause = waited + pause, AGAIN
            self.lines.say(f"Waiting for {self.services.settings.shown_name}, {waited} seconds so far.")

    def _rest(self) -> None:
        """Nothing is waited for."""
        self._sent_quarters = 0
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None
            self.presence.begin()  # whoever waited for the backend was not idle

    def _uploading(self, sent: int, total: int) -> None:
        """Say how much of a photo is sent, in quarters."""
        quarters = 4 * sent // total if total else 0
        if quarters != self._sent_quarters:
            self._sent_quarters = quarters
            if quarters:
                self.lines.say(f"Photo: {25 * quarters} percent of {total // 1024:,} KB sent.")

    def _troubled(self, error: BackendError | None) -> None:
        """While something outside is waited for: the backend is away, or back; each is said once."""
        self.memory.reached(yes=error is None)
        if error and not self._is_away:
            self.lines.say(f"{error.title}. Trying again; nothing is lost.")
        elif not error:
            self.lines.say("The backend is back.")
        self._is_away = error is not None


def _call_in(loop: asyncio.AbstractEventLoop, call: Callable[[BaseException], None], error: BaseException) -> None:
    """Have `call` made in the thread of `loop`, unless that has ended."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(call, error)


def goes_on(before: AnyView, view: HandoffView) -> bool:
    """Whether only what a phone does is new: its address was said before."""
    return bool(view.slots) and isinstance(before, HandoffView) and before.url == view.url and is_open(view)


def in_qr(view: AnyView) -> str:
    """What a phone may scan at a view, "" where nothing is."""
    if isinstance(view, HandoffView):
        return view.url if is_open(view) else ""
    uri = view.reveal.get("otpauth_uri") if isinstance(view, StepViewBase) else None
    return uri.get_secret_value() if uri else ""
