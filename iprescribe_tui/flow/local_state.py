"""State of the registration on this machine, whatever the front end; it holds no secret."""

from collections.abc import Mapping
from datetime import datetime

from iprescribe_tui.flow.actions import (
    Action,
    Back,
    ResumeView,
    SignInView,
    StartAnew,
    Submit,
    SupportView,
    View,
    is_over,
)
from iprescribe_tui.flow.drafts import Kept
from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.flow.page_texts import SUPPORT_REQUEST, heading_of
from iprescribe_tui.flow.services import Services
from iprescribe_tui.journey.forms import CredentialsForm, NpiForm, SignInForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import (
    SESSION_REPLACED,
    SESSION_STARTED_OVER,
    START,
    BackendView,
    DoneView,
    EndedView,
    HandoffView,
    LockedView,
    Problem,
    StepViewBase,
)
from iprescribe_tui.system.private_files import advice_for, cause_of


class LocalState:
    """Applicant, state, and drafts of the current registration.

    `username` is the one last chosen or signed in with; the backend's lists and policies are not kept.
    """

    def __init__(self, services: Services) -> None:
        self.npi = self.username = ""
        self._services = services
        self._drafts = services.drafts
        self._nameless: tuple[str, str] | None = None
        self._place: tuple[str, Kept] | None = None
        self._submitted: tuple[str, Kept] | None = None
        self._named = ""
        self._signs_in = self._signed_in = self._starts_over = False
        self._announced: set[str] = set()
        self._refused = self._unreachable = False

    def first_view(self) -> View:
        """Return the offer to continue the registration left on this machine, else the first step."""
        left = self._drafts.remembered()
        if left is None:
            return START
        self.npi, self.username = left.npi, left.username
        if not left.username:
            self._nameless = (left.registration, left.npi)
        when = datetime.fromisoformat(left.left_at).astimezone()
        return ResumeView(left.registration, left.npi, left.username, heading_of(left.step), f"{when:%B %d, %H:%M}")

    def notices(self) -> list[str]:
        """Return the notices of the keyring, the drafts, and the built-in sandbox, each once."""
        held = (self._services.notice(), self._services.tokens.notice, self._drafts.notice)
        notices = [notice for notice in held if notice and notice not in self._announced]
        self._announced.update(notices)
        return notices

    def remember(self, view: View) -> None:
        """Keep the state of the registration at `view`, which is shown now; remove it once the registration is over."""
        self._place = place_of(view)
        if isinstance(view, BackendView) and is_over(view):
            self._drafts.forget(view.registration)
        elif isinstance(view, BackendView) and view.registration:
            step = "" if isinstance(view, EndedView) else view.step
            if self._signed_in:  # perhaps to another registration than the one that was offered
                self.npi = self._drafts.npi_of(view.registration) or self.npi
            self._signed_in = False
            self._take_over(view.registration)
            if self._drafts.is_of_another(view.registration, self.npi):
                self._drafts.forget(view.registration)
            if step == Step.NPI:
                self._begin_again(view.registration)
            self._nameless = None if self.username else (view.registration, self.npi)
            self._drafts.remember(view.registration, npi=self.npi, username=self.username, step=step)

    def _take_over(self, registration: str) -> None:
        """Move the drafts of an earlier registration without a username to `registration`, if its NPI is the same."""
        left, npi = self._nameless or ("", "")
        if left in ("", registration) or npi != self.npi:
            return
        for step in Step:
            if typed := self._drafts.load(left, step):
                self._drafts.save(registration, step, typed)
        self._drafts.forget(left)

    def _begin_again(self, registration: str) -> None:
        """Forget the username of `registration`, and, if the applicant starts over, all drafts except the NPI's."""
        pages = (Step.NPI,) if self._starts_over else tuple(Step)
        typed = {step: self._drafts.load(registration, step) for step in pages}
        self._drafts.forget(registration)
        for step, values in typed.items():
            self._drafts.save(registration, step, values)
        self.username, self._starts_over = "", False

    def _begin_again_after_another(self) -> None:
        """Forget the username, which another session has erased; what was typed here is for the next registration."""
        left = self._drafts.remembered()
        if left and left.username:
            self._begin_again(left.registration)
        if left:
            self._nameless = (left.registration, left.npi)
        self.username = ""

    def _chosen(self) -> dict[str, str | bool]:
        """Return the username typed for this NPI and not known to be accepted, if any: the backend may have it."""
        left, npi = self._nameless or ("", "")
        chosen = self._drafts.load(left, Step.CREDENTIALS).get("username", "") if npi == self.npi else ""
        return {"username": chosen} if chosen else {}

    def typed(self, view: View) -> dict[str, str | bool]:
        """Return the values typed at `view` before, or known to belong there."""
        if isinstance(view, SignInView):
            username = view.username or self.username
            return {"username": username} if username else self._chosen()
        place = place_of(view)
        return self._drafts.load(*place) if place else {}

    def keep(self, view: View, values: Mapping[str, str | bool]) -> None:
        """Keep the values of the form of `view`, except secrets, unless it was left meanwhile.

        A `HandoffView` has no form; the values from before stay.
        """
        place = place_of(view)
        if place and place == self._place and not isinstance(view, HandoffView):
            self._drafts.save(*place, values)

    def answered(self, view: View, answer: Action) -> None:
        """Note the NPI or username in an action."""
        self._starts_over = isinstance(answer, Back) and answer.to is Step.NPI
        if isinstance(answer, StartAnew):
            self.npi = self.username = ""
        if isinstance(answer, Submit):
            # After a sign-in, the NPI typed before the backend knew of a registration is not needed.
            self._submitted = ("", Step.NPI) if isinstance(view, SignInView) else place_of(view)
            self._signs_in = isinstance(answer.form, SignInForm)
            match answer.form:
                case NpiForm(npi=npi):
                    self.npi = npi
                case CredentialsForm(username=username) | SignInForm(username=username):
                    self._named = username

    def reached(self, *, yes: bool) -> None:
        """Note whether the backend answered when it was last asked."""
        self._unreachable = not yes

    def settle(self, *, moved: bool, problem: Problem | None) -> None:
        """Note the outcome of an action: once the backend has accepted it, its draft is removed.

        `moved` tells if a view other than before is shown, `problem` is the problem with the action.
        """
        if moved or problem:
            self.reached(yes=True)
            self._refused = problem is not None and problem.status > 0  # 0: this program's own words
        if problem and problem.code in (SESSION_REPLACED, SESSION_STARTED_OVER):
            self._begin_again_after_another()
        if moved and not problem:
            if self._signs_in:
                self._sign_in()
            self.username = self._named or self.username
            if self._submitted:
                self._drafts.save(*self._submitted, {})
        self._submitted, self._named, self._signs_in = None, "", False

    def _sign_in(self) -> None:
        """Forget the NPI of the registration that was offered, if its username is known and another has signed in."""
        offered = self.username or self._chosen().get("username", "")
        if offered and str(offered).casefold() != self._named.casefold():
            self.npi = ""
        self._signed_in = True

    def ending(self, view: View | None) -> Ending:
        """Return how the registration ends if the program ends at `view`."""
        match view:
            case DoneView():
                return Ending.REGISTERED
            case EndedView():
                return Ending.ENDED
        if self._unreachable:
            return Ending.UNREACHABLE
        return Ending.REFUSED if self._refused or isinstance(view, LockedView) else Ending.LEFT

    def farewell(self, view: View | None) -> str:
        """Return the text to print at the end, at `view`: no secret, nothing personal but the step."""
        unkept = self._drafts.keep_all()
        sentences = (self._where(view, is_kept="" not in unkept), self._lost(unkept))
        return "\n".join(each for each in sentences if each)

    def _lost(self, unkept: list[str]) -> str:
        """Return a sentence on the values that could not be written, and why; "" if all are."""
        failure = self._drafts.failure
        if not unkept or failure is None:
            return ""
        what = [f'what you typed at "{heading_of(page)}"' if page else "where you are" for page in sorted(unkept)]
        return (
            f"Not kept on this machine: {', '.join(what)}. It can't be written to {self._services.settings.state_dir}: "
            f"{cause_of(failure)}. {advice_for(failure)}."
        )

    def _where(self, view: View | None, *, is_kept: bool) -> str:
        if isinstance(view, DoneView):
            return (
                f"You are registered (reference {view.receipt.reference}). Sign in to iPrescribe with the username and "
                "password you chose."
            )
        left = self._drafts.remembered()
        if left is None or not self._services.client.registration or isinstance(view, EndedView):
            return ""
        how = "Start iprescribe-tui again, the same way, to go on."
        signed_out = self._services.tokens.notice or not self._services.client.signed_in or not is_kept
        if signed_out and left.username:
            how = "Start iprescribe-tui again, the same way, and sign in with your iPrescribe username to go on."
        elif signed_out:
            how = "There is no username yet to sign in with, so begin with the NPI again"
            how += "; what you typed is kept." if is_kept else "."
        if not is_kept:
            return f"You are at: {heading_of(left.step)}. {how}"
        return f"Your place is kept: {heading_of(left.step)}. {how}"


def place_of(view: View) -> tuple[str, Kept] | None:
    """Return the registration and the page that the draft of a view belongs to, None if none is kept.

    None is kept of a recovery code: the applicant who returns to that step is shown another, not saved yet.
    """
    if isinstance(view, SupportView):
        return (view.behind.registration if isinstance(view.behind, StepViewBase) else ""), SUPPORT_REQUEST
    if not isinstance(view, StepViewBase) or view.step is Step.RECOVERY_CODE:
        return None
    return view.registration, view.step
