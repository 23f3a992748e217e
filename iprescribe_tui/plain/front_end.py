"""The front end of prompts: says each view in lines, and hands its answers to the loop (see `drive.FrontEnd`)."""

import asyncio
import signal
from contextlib import suppress
from datetime import timedelta

from iprescribe_tui import receipts
from iprescribe_tui.ascii import terminal_takes_unicode
from iprescribe_tui.client import BackendError, StepRejected
from iprescribe_tui.drive import (
    Answer,
    AnyView,
    Leave,
    LookAgain,
    Resume,
    ResumeView,
    SignInInstead,
    SignInView,
    StartAnew,
    drive,
)
from iprescribe_tui.journey.protocol import (
    START,
    DoneView,
    EndedView,
    HandoffView,
    LockedView,
    Problem,
    StepViewBase,
    View,
    WaitingView,
)
from iprescribe_tui.journey.steps import SANDBOX, Step
from iprescribe_tui.memory import Memory, place_of
from iprescribe_tui.pages import AHEAD, in_groups, locked_words, receipt_facts, resume_facts, waited_for
from iprescribe_tui.parts import Parts
from iprescribe_tui.plain.lines import Left, Lines
from iprescribe_tui.plain.page import Answered, Page, in_commands, said_by
from iprescribe_tui.qr import half_blocks, matrix

PATIENCE = 3.0
"""Seconds after which it is said that the backend is being waited for."""

INTRO = (
    "iPrescribe registration. Each question is one line; Enter gives the answer. At every prompt ? helps, < goes back, "
    "and ! saves and leaves."
)


class PlainFrontEnd:
    """`ask`, `retry` and `tell` as lines."""

    def __init__(self, parts: Parts, lines: Lines) -> None:
        self.parts, self.client, self.lines = parts, parts.client, lines
        self.memory = Memory(parts)
        self._page: Page | None = None
        self._said: AnyView | None = None
        self._news: list[str] = []
        self._waiting: asyncio.Task[None] | None = None
        self._sent_quarters = 0
        self.client.on_upload = self._uploading
        self.client.on_trouble = self._troubled

    async def run(self) -> str:
        """Take the applicant from the first view to the end; what is said at last."""
        loop = asyncio.get_running_loop()
        for signalled in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with suppress(NotImplementedError):
                loop.add_signal_handler(signalled, self.lines.interrupt)
        self.lines.start()
        self.lines.say(INTRO)
        if self.parts.own_sandbox:
            self.lines.say(SANDBOX.replace(" · ", ": ", 1).replace(" · ", ", "))
        try:
            await drive(self.client, self, self.memory.first_view())
        finally:
            self._rest()
            self.lines.stop()
            await self.client.aclose()
        return self.memory.farewell(self._said)

    # -- what the loop asks for

    async def ask(self, view: AnyView, problem: Problem | None) -> Answer:
        """Say `view`, or what was wrong with the answer to it, and take the next answer."""
        self._rest()
        moved = view is not self._said
        self.memory.came_back(accepted=moved and not problem)
        page = self._turn_to(view) if moved or self._page is None else self._page
        for news in (*self._news, *self.memory.news()):
            self.lines.say(news)
        self._news = []
        try:
            answer = await self._answer(view, page, problem)
        except Answered as answered:
            answer = answered.answer
        self.memory.answered(view, answer)
        self._waiting = asyncio.create_task(self._say_waiting())
        return answer

    async def retry(self, error: BackendError) -> bool:
        """Say which trouble there is with the backend; True to try again."""
        self._rest()
        self.lines.say(f"{error.title}. {error.advice}")
        with suppress(Left):
            typed = (await self.lines.ask("Enter tries again, < goes back to the step:")).strip()
            self._waiting = asyncio.create_task(self._say_waiting())
            return typed != "<"
        return False

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
        page = Page(view, self.client.service, self.lines, typed, lambda values: self.memory.keep(view, values))
        if before and before.page is page.page and place_of(before.view) == place_of(view):
            page.values.update(before.values)
        self._page, self._said = page, view
        self._add_commands(page)
        self._say(page)
        return page

    def _add_commands(self, page: Page) -> None:
        """What only some views take."""
        view = page.view
        if self.parts.own_sandbox:
            page.command("/messages", "read the messages that the sandbox sent", self._messages)
        if view is START or isinstance(view, ResumeView):
            username = view.username if isinstance(view, ResumeView) else ""
            page.answers("/signin", "sign in with a username to go on where you were", SignInInstead(username))
        if isinstance(view, ResumeView | EndedView):
            page.answers("/new", "begin another registration", StartAnew())
        if isinstance(view, DoneView):
            page.command("/save", "save the receipt", self._save)
        if self._in_qr(page):
            page.command("/qr", "show it as a QR code", self._show_qr)

    def _say(self, page: Page) -> None:
        """The view in lines: where it is, what it is for, what is to be known, what else can be done."""
        view, say = page.view, self.lines.say
        say()
        if isinstance(view, StepViewBase):
            place = view.position
            say(f"{place.stage}, step {place.number} of {place.total}: {page.page.heading}")
        else:
            say(page.page.heading)
        if page.page.intro:
            say(page.page.intro)
        if isinstance(view, View):
            for notice in view.notices:
                say(f"{'Warning' if notice.level == 'warning' else 'Note'}: {in_commands(notice.text)}")
        for label, value in self._facts(view):
            say(f"{label}: {value}")
        for line in self._words(view):
            say(in_commands(line))
        for name, (says, _) in page.commands.items():
            if name not in EVERYWHERE or (name == "/messages" and sends(view)):
                say(f"{name}: {says}")

    def _facts(self, view: AnyView) -> list[tuple[str, str]]:
        facts = resume_facts(view) if isinstance(view, ResumeView) else []
        facts = receipt_facts(view.receipt) if isinstance(view, DoneView) else facts
        return [(fact.label, fact.value) for fact in (view.facts if isinstance(view, StepViewBase) else facts)]

    def _words(self, view: AnyView) -> list[str]:
        match view:
            case LockedView():
                return locked_words(view)
            case EndedView():
                return [view.heading, view.reason, *([f"Reference: {view.reference}"] if view.reference else [])]
            case DoneView():
                return [f"{number}. {line}" for number, line in enumerate(view.receipt.next_steps, 1)]
            case HandoffView():
                return [waited_for(view), "Open this address on a phone:", view.url]
            case WaitingView():
                return [waited_for(view)]
            case StepViewBase(step=Step.ACCOUNTS_INTRO):
                return [AHEAD]
            case StepViewBase():
                return [
                    f"{SECRETS[name]}: {shown(name, secret.get_secret_value())}"
                    for name, secret in view.reveal.items()
                    if name in SECRETS
                ]
        return []

    async def _answer(self, view: AnyView, page: Page, problem: Problem | None) -> Answer:
        """The answer to `view`: its form where it has one, or else what an Enter means there."""
        if problem and not page.asked:
            for message in said_by(problem).values():
                self.lines.say(message)
        match view:
            case ResumeView():
                await page.read("Press Enter to continue:")
                return Resume(view.registration, view.username)
            case LockedView() | HandoffView():
                await page.read("Press Enter to look again:")
                return LookAgain()
            case WaitingView() if not page.asked:
                await page.read("This goes on by itself. Press Enter to look again:")
                return LookAgain()
            case EndedView() | DoneView():
                await page.read("Press Enter to leave:")
                return Leave()
        return await page.answer(problem)

    # -- commands

    async def _messages(self) -> None:
        """List the messages of the sandbox; a number uses the code or the link of one."""
        try:
            messages = (await self.client.outbox())[:5]
        except BackendError as error:
            self.lines.say(f"{error.title}. {error.advice}")
            return
        if not messages:
            self.lines.say("Nothing has been sent yet.")
            return
        for number, message in enumerate(messages, 1):
            self.lines.say(f"{number}. {message.channel} to {message.to}: {message.subject}")
            self.lines.say("\n".join(f"   {line}" for line in message.body.splitlines() if line.strip()))
        typed = (await self.lines.ask("Number of the message whose link to open, or Enter to go back:")).strip()
        if typed.isdecimal() and 1 <= int(typed) <= len(messages) and messages[int(typed) - 1].link:
            try:
                await self.client.follow(messages[int(typed) - 1])
                self.lines.say("The link was opened.")
            except StepRejected as rejected:
                self.lines.say(rejected.problem.title)
            except BackendError as error:
                self.lines.say(f"{error.title}. {error.advice}")

    async def _save(self) -> None:
        if isinstance(self._said, DoneView):
            folder = self.parts.settings.state_dir
            try:
                self.lines.say(f"Saved as {receipts.save(folder, self._said.receipt)}")
            except OSError as failed:
                self.lines.say(f"It could not be saved in {folder}: {failed.strerror}.")

    def _in_qr(self, page: Page) -> str:
        """What a phone may scan at this view, "" where nothing is."""
        view = page.view
        if isinstance(view, HandoffView):
            return view.url
        uri = view.reveal.get("otpauth_uri") if isinstance(view, StepViewBase) else None
        return uri.get_secret_value() if uri else ""

    async def _show_qr(self) -> None:
        if self._page and terminal_takes_unicode():
            self.lines.exactly(half_blocks(matrix(self._in_qr(self._page))))
        else:
            self.lines.say("This terminal has no characters to draw it with.")

    # -- waiting

    async def _say_waiting(self) -> None:
        """Say that the backend is waited for, once it takes long."""
        waited = timedelta()
        while True:
            await asyncio.sleep(PATIENCE if not waited else 15)
            waited += timedelta(seconds=PATIENCE if not waited else 15)
            self.lines.say(
                f"Waiting for {self.parts.settings.shown_name}, {int(waited.total_seconds())} seconds so far."
            )

    def _rest(self) -> None:
        """Nothing is waited for."""
        self._sent_quarters = 0
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None

    def _uploading(self, sent: int, total: int) -> None:
        """Say how much of a photo is sent, in quarters."""
        quarters = 4 * sent // total if total else 0
        if quarters != self._sent_quarters:
            self._sent_quarters = quarters
            if quarters:
                self.lines.say(f"Photo: {25 * quarters} percent of {total // 1024:,} KB sent.")

    def _troubled(self, error: BackendError | None) -> None:
        """While something outside is waited for: the backend is away, or back."""
        self.lines.say(f"{error.title}. Trying again; nothing is lost." if error else "The backend is back.")


SECRETS = {"totp_secret": "The key for your code-generator app", "recovery_code": "Your recovery code"}
"""What a view may show once, and how it is called."""


EVERYWHERE = frozenset({"?", "<", "!", "/support", "/over", "/messages", "/street"})
"""Commands that `?` names; they are not said with every view."""


def sends(view: AnyView) -> bool:
    """Whether a code or a link was sent for this view."""
    return isinstance(view, WaitingView) or (isinstance(view, StepViewBase) and view.resend_at is not None)


def shown(name: str, secret: str) -> str:
    """A secret as it is written down: a code generator's key in groups of four."""
    return " ".join(in_groups(secret)) if name == "totp_secret" else secret
