"""View of a registration as it stands."""

from typing import Any, Final

from pydantic import SecretStr

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import (
    BackendView,
    DoneView,
    EndedView,
    FormView,
    HandoffView,
    LockedView,
    Position,
    WaitingView,
)
from iprescribe_tui.sandbox.domain import policy
from iprescribe_tui.sandbox.domain.context import Parts, Visit
from iprescribe_tui.sandbox.domain.steps import WORK, consent

_FAILED: Final = (
    "Your identity could not be proven from the photos, and they cannot be taken again here. Your iPrescribe account "
    "stays. Ask support about proofing in person, and name the reference."
)
_MADE: Final = (
    "Your role does not prescribe, so no identity proofing is needed. Sign in to iPrescribe with your username and "
    "password. If the role is not right, go back and choose another."
)


def view_of(visit: Visit) -> BackendView:
    """Return the current view."""
    progress, row = visit.progress, visit.registration
    common: dict[str, Any] = {"registration": row.id, "revision": row.revision}
    if until := row.lock_at(visit.now):
        return LockedView(**common, step=progress.step, until=until, reason=row.locked_reason)
    if progress.step is Step.DONE:
        return DoneView(**common, receipt=consent.receipt(visit))
    common["can_go_back"] = policy.can_go_back(progress)
    if progress.failed:
        return EndedView(**common, heading="Your identity could not be proven", reason=_FAILED, reference=row.reference)
    if policy.over(progress):
        return EndedView(**common, heading="Your iPrescribe account is made", reason=_MADE, reference=row.reference)
    return _step_view(progress.step, WORK[progress.step].show(visit), common)


def _step_view(step: Step, parts: Parts, common: dict[str, Any]) -> BackendView:
    fields: dict[str, Any] = {
        **common,
        "step": step,
        "position": Position.of(step),
        "notices": parts.notices,
        "prefill": parts.prefill,
        "on_file": parts.on_file,
        "on_file_label": parts.on_file_label,
        "options": parts.options,
        "facts": parts.facts,
        "ways": parts.ways,
        "reveal": {name: SecretStr(value) for name, value in parts.reveal.items()},
        "resend_at": parts.resend_at,
        "tries_left": parts.tries_left,
        "registry_name": parts.registry_name,
    }
    if parts.url and parts.until:
        # Back from a phone leads to the form of the same step, however the applicant got there.
        fields["can_go_back"] = fields["can_go_back"] or bool(parts.slots)
        return HandoffView(**fields, url=parts.url, until=parts.until, state=parts.state, slots=parts.slots)
    if parts.waiting_for:
        return WaitingView(**fields, waiting_for=parts.waiting_for, until=parts.until)
    return FormView(**fields, phone=parts.phone)
