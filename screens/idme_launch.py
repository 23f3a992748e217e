"""Step 6."""

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.ui.link_screen import LinkScreen


class IdmeLaunchScreen(LinkScreen):
    """Leads over to ID.me: to the product's own screens, or to a phone where the backend hosts the proofing."""

    step = Step.IDME_LAUNCH
