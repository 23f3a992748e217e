"""The text of the help screen: the step's guidance, the terms, whom to ask, and the keys."""

from iprescribe_tui.journey.guidance import GUIDANCE
from iprescribe_tui.journey.protocol import Contact, ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.step_screen import StepScreen

OTHER = """\
Tab moves between fields, Enter continues. F10 leaves and keeps your place; F8 writes to support."""
KEYS = "F12 changes between dark and light. Ctrl+Z suspends the program, `fg` brings it back."


def help_for(screen: StepScreen, service: ServiceDocument | None) -> str:
    """What F1 shows on `screen`."""
    step = getattr(screen, "step", None)
    parts = [GUIDANCE.get(step, OTHER) if step else OTHER]
    if service:
        if step is Step.IDME_SIGN_UP:
            parts += [f"{terms.title} (version {terms.version})\n{terms.text}" for terms in service.terms]
        parts += [f"iPrescribe support: {reach(service.support)}", f"ID.me's own help: {reach(service.idme_help)}"]
    keys = "\n".join(f"{key:<8} {label}" for key, label in screen.key_labels())
    return "\n\n".join([*parts, f"Keys\n{keys}\n{KEYS}"])


def reach(contact: Contact) -> str:
    """A contact in one line."""
    return ", ".join(filter(None, (contact.name, contact.phone, contact.email, contact.url)))
