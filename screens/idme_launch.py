"""Screen of step 6."""

from iprescribe_tui.front_ends.tui.link_screen import LinkScreen
from iprescribe_tui.journey.steps import Step


class IdmeLaunchScreen(LinkScreen):
    """Transition to ID.me: to the next screens, or to a phone if the backend hosts the proofing."""

    step = Step.IDME_LAUNCH
