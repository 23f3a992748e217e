"""Text of the help screen: guidance, terms, contacts, and keys."""

from iprescribe_tui.flow.page_texts import help_parts
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.service_document import ServiceDocument

OTHER = """\
Tab moves between fields, Enter continues. F10 leaves and keeps your place; F8 writes to support."""
KEYS = "F12 changes between dark and light. Ctrl+Z suspends the program, `fg` brings it back."


def help_for(screen: StepScreen, service: ServiceDocument | None) -> str:
    """Return the help text for `screen`."""
    step = getattr(screen, "step", None)
    parts = [*([] if step else [OTHER]), *help_parts(step, service)]
    keys = "\n".join(f"{key:<8} {label}" for key, label in screen.key_labels())
    return "\n\n".join([*parts, f"Keys\n{keys}\n{KEYS}"])
