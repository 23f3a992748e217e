"""Pages that belong to no step, and texts that both front ends show for a view."""

from dataclasses import dataclass
from datetime import date

from iprescribe_tui.flow.actions import ResumeView, SignInView, SupportView, View
from iprescribe_tui.journey.fields import CheckContext
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.forms import SignInForm, SupportRequestForm
from iprescribe_tui.journey.guidance import GUIDANCE
from iprescribe_tui.journey.service_document import Contact, ServiceDocument
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.journey.views import (
    EndedView,
    Fact,
    HandoffView,
    LockedView,
    Problem,
    Receipt,
    StepViewBase,
    WaitingView,
)


@dataclass(frozen=True)
class StaticPage:
    """Page outside the steps, with the attributes of a step: key, heading, intro, button label, and form."""

    value: str
    heading: str
    intro: str
    go_on: str
    form: type[StepForm] = StepForm


RESUME = StaticPage("resume", "Continue where you left off?", "", "Continue")
SIGN_IN = StaticPage(
    "sign_in",
    "Sign in to go on where you were",
    "With the username and password of your iPrescribe account, not those of ID.me.",
    "Sign in",
    SignInForm,
)
SUPPORT_REQUEST = StaticPage(
    "support_request",
    "Submit a request",
    "It goes to iPrescribe's support. Never write a password, a code or a Social Security number here.",
    "Send",
    SupportRequestForm,
)
HANDOFF = StaticPage(
    "handoff",
    "Take the photos with your phone",
    "",
    "Continue",
)
LOCKED = StaticPage("locked", "Locked for a while", "", "Look again")
ENDED = StaticPage("ended", "This registration has ended", "", "Leave")

AHEAD = (
    "Two accounts are made: iPrescribe, then ID.me. Have ready: your e-mail, your NPI, your SSN, your phone, "
    "and one of driver's license, state ID, passport or passport card. It takes about 20 minutes, best in one "
    "go; you can leave at any time (F10) and come back to the same step."
)
"""Text of step 2."""


def page_of(view: View) -> StaticPage | Step:
    """Return the page or step of `view`, with its heading and form."""
    match view:
        case ResumeView():
            return RESUME
        case SignInView():
            return SIGN_IN
        case SupportView():
            return SUPPORT_REQUEST
        case HandoffView(slots=(_, *_)):
            return HANDOFF
        case LockedView():
            return LOCKED
        case EndedView():
            return ENDED
    return view.step


def context_of(view: View, service: ServiceDocument | None) -> CheckContext:
    """Return the context that the form of `view` is checked against today; `service` is None before it is known."""
    own = view.options if isinstance(view, StepViewBase) else {}
    if service is None:
        return CheckContext(options=dict(own), today=date.today())
    return service.context(page_of(view).form, own, date.today())


def heading_of(step: str) -> str:
    """Return the heading of a step by its key, or the key if there is no such step."""
    return STEPS[step].heading if step in STEPS else step


def resume_facts(view: ResumeView) -> list[Fact]:
    """Return the facts about an unfinished registration."""
    return [
        Fact(label="NPI", value=view.npi),
        Fact(label="Username", value=view.username or "not chosen yet"),
        Fact(label="Step", value=view.step),
        Fact(label="Left", value=view.left_at),
    ]


def receipt_facts(receipt: Receipt) -> list[Fact]:
    """Return the facts on a receipt."""
    return [
        Fact(label="Username", value=receipt.username),
        Fact(label="NPI", value=receipt.npi),
        Fact(label="Reference", value=receipt.reference),
        Fact(label="Completed", value=f"{receipt.completed_at.astimezone():%B %d, %Y, %H:%M %Z}"),
    ]


def waited_for(view: View) -> str:
    """Return a sentence on the event that `view` waits for, "" if there is none."""
    match view:
        case WaitingView():
            return f"Waiting for {view.waiting_for}."
        case HandoffView(slots=(_, *_)):
            return _phone_words(view)
        case HandoffView():
            return "Waiting for you to finish on your phone. This goes on by itself."
    return ""


def _phone_words(view: HandoffView) -> str:
    match view.state:
        case "canceled":
            return "Canceled on the phone. F5 makes a new link, F9 goes back to files on this machine."
        case "expired":
            return "This link has expired. F5 makes a new one, F9 goes back to files on this machine."
        case "waiting":
            return "Waiting for a phone to open the link."
    return "The phone has opened the link. This goes on by itself once the photos are there."


def phone_progress(view: HandoffView) -> list[tuple[str, str, str]]:
    """Return the state of each photo requested from a phone: mark, name, and text."""
    fields = view.step.form.model_fields
    return [
        (
            "✗" if each.says else "✓" if each.received else "·",
            (field.title if (field := fields.get(each.slot)) else None) or each.slot,
            each.says or ("received and checked" if each.received else "not yet"),
        )
        for each in view.slots
    ]


def locked_words(view: LockedView) -> list[str]:
    """Return the reason for a lock, its end, and alternatives."""
    return [
        view.reason,
        f"Locked until {view.until.astimezone():%H:%M:%S}. It goes on by itself then.",
        "You can leave and come back later, or write to support (F8).",
    ]


def errors_of(problem: Problem) -> dict[str, str]:
    """Return the backend's errors by field; "" is the form as a whole."""
    errors = dict(problem.errors) or {"": problem.detail or problem.title}
    name = next(iter(errors))
    if free := [each for each in problem.suggestions if each not in errors[name]]:
        errors[name] += f" These are available: {', '.join(free)}."
    if isinstance(problem.current, LockedView):  # its page shows the reason
        errors = {name: message for name, message in errors.items() if message != problem.current.reason}
    if problem.locked_until and problem.current is None:  # a locked view shows the time itself
        errors[name] = f"Locked until {problem.locked_until.astimezone():%H:%M:%S}. {errors[name]}"
    return errors


def help_parts(step: Step | None, service: ServiceDocument | None) -> list[str]:
    """Return the help for a step: guidance, terms at the step that accepts them, and contacts."""
    parts = [GUIDANCE[step]] if step else []
    if service:
        if step is Step.IDME_SIGN_UP:
            parts += [f"{terms.title} (version {terms.version})\n{terms.text}" for terms in service.terms]
        parts += [f"iPrescribe support: {reach(service.support)}", f"ID.me's own help: {reach(service.idme_help)}"]
    return parts


def reach(contact: Contact) -> str:
    """Return a contact as one line."""
    return ", ".join(filter(None, (contact.name, contact.phone, contact.email, contact.url)))


def in_groups(key: str) -> list[str]:
    """Return the key of an authenticator app in groups of four."""
    return [key[at : at + 4] for at in range(0, len(key), 4)]


def sends(view: View) -> bool:
    """Return whether a code or link was sent for this view."""
    return isinstance(view, WaitingView) or (isinstance(view, StepViewBase) and view.resend_at is not None)
