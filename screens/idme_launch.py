"""Screen of step 6."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.link_screen import LinkScreen


class IdmeLaunchScreen(LinkScreen):
    """Transition to ID.me: to the next screens, or to a phone if the backend hosts the proofing."""

    step = Step.IDME_LAUNCH
