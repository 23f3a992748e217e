"""What a front end keeps on this machine, and what it knows from before: never a secret, whatever the front end."""

from collections.abc import Mapping
from datetime import datetime

from iprescribe_tui.drafts import Kept, Remembered
from iprescribe_tui.drive import Answer, AnyView, ResumeView, Shown, StartAnew, Submit, SupportView
from iprescribe_tui.journey.forms import CredentialsForm, NpiForm, SignInForm
from iprescribe_tui.journey.protocol import START, DoneView, EndedView, StepViewBase
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.pages import SUPPORT_REQUEST, heading_of
from iprescribe_tui.parts import Parts


class Memory:
    """Whose registration it is, where it was left, and the drafts of its pages.

    `username` is the one last chosen or signed in with; the backend's lists and policies are not kept.
    """

    def __init__(self, parts: Parts) -> None:
        self.npi = self.username = ""
        self._parts = parts
        self._drafts = parts.drafts
        self._nameless: Remembered | None = None
        self._submitted: tuple[str, Kept] | None = None
        self._told: set[str] = set()

    def first_view(self) -> AnyView:
        """The registration that was left on this machine, or the beginning."""
        left = self._drafts.remembered()
        if left is None:
            return START
        self.npi, self.username = left.npi, left.username
        if not left.username:
            self._nameless = left
        when = datetime.fromisoformat(left.left_at).astimezone()
        return ResumeView(left.registration, left.npi, left.username, heading_of(left.step), f"{when:%B %d, %H:%M}")

    def news(self) -> list[str]:
        """What the keyring and the drafts have to say; each is said once."""
        notices = [notice for notice in (self._parts.tokens.notice, self._drafts.notice) if notice]
        news = [notice for notice in notices if notice not in self._told]
        self._told.update(news)
        return news

    def remember(self, view: AnyView) -> None:
        """Keep which registration is under way, or that it is over."""
        if isinstance(view, DoneView | EndedView) and not view.can_go_back:
            self._drafts.forget(view.registration)
        elif isinstance(view, Shown) and view.registration:
            step = "" if isinstance(view, EndedView) else view.step
            self._take_over(view.registration)
            self._drafts.remember(view.registration, npi=self.npi, username=self.username, step=step)

    def _take_over(self, registration: str) -> None:
        """Give `registration` what was typed for one of the same NPI that could not be gone on with."""
        left, self._nameless = self._nameless, None
        if left is None or left.registration == registration or left.npi != self.npi:
            return
        for step in Step:
            if typed := self._drafts.load(left.registration, step):
                self._drafts.save(registration, step, typed)
        self._drafts.forget(left.registration)

    def typed(self, view: AnyView) -> dict[str, str | bool]:
        """What was typed at `view` before."""
        place = place_of(view)
        return self._drafts.load(*place) if place else {}

    def keep(self, view: AnyView, values: Mapping[str, str | bool]) -> None:
        """Keep what stands in the form of `view`; secrets are not among it."""
        if place := place_of(view):
            self._drafts.save(*place, values)

    def answered(self, view: AnyView, answer: Answer) -> None:
        """Take note of whose registration an answer makes it."""
        if isinstance(answer, StartAnew):
            self.npi = self.username = ""
        if isinstance(answer, Submit):
            self._submitted = place_of(view)
            match answer.form:
                case NpiForm(npi=npi):
                    self.npi = npi
                case CredentialsForm(username=username) | SignInForm(username=username):
                    self.username = username

    def came_back(self, *, accepted: bool) -> None:
        """The loop asks again: where the answer was `accepted`, the backend has it now, and its draft can go."""
        if self._submitted and accepted:
            self._drafts.save(*self._submitted, {})
        self._submitted = None

    def farewell(self, view: AnyView | None) -> str:
        """What is printed at the end, at `view`: no secret, nothing personal but the step."""
        if isinstance(view, DoneView):
            return (
                f"You are registered (reference {view.receipt.reference}). Sign in to iPrescribe with the username and "
                "password you chose."
            )
        left = self._drafts.remembered()
        if left is None or not self._parts.client.registration or isinstance(view, EndedView):
            return ""
        how = "Start iprescribe-tui again, the same way, to go on."
        if self._parts.tokens.notice and left.username:
            how = "Start iprescribe-tui again, the same way, and sign in with your iPrescribe username to go on."
        elif self._parts.tokens.notice:
            how = "There is no username yet to sign in with, so begin with the NPI again; what you typed is kept."
        return f"Your place is kept: {heading_of(left.step)}. {how}"


def place_of(view: AnyView) -> tuple[str, Kept] | None:
    """Under which registration and page the draft of a view is kept; None where nothing of it is."""
    if isinstance(view, SupportView):
        return (view.behind.registration if isinstance(view.behind, StepViewBase) else ""), SUPPORT_REQUEST
    return (view.registration, view.step) if isinstance(view, StepViewBase) else None
