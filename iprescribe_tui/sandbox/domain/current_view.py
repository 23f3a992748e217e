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
from iprescribe_tui.sandbox.domain.context import RequestContext, ViewData
from iprescribe_tui.sandbox.domain.steps import HANDLERS, consent

_FAILED: Final = (
    "Your identity could not be proven from the photos, and they cannot be taken again here. Your iPrescribe account "
    "stays. Ask support about proofing in person, and name the reference."
)
_MADE: Final = (
    "Your role does not prescribe, so no identity proofing is needed. Sign in to iPrescribe with your username and "
    "password. If the role is not right, go back and choose another."
)


def view_of(context: RequestContext) -> BackendView:
    """Return the current view."""
    state, row = context.state, context.registration
    common: dict[str, Any] = {"registration": row.id, "revision": row.revision}
    if until := row.lock_at(context.now):
        return LockedView(**common, step=state.step, until=until, reason=row.locked_reason)
    if state.step is Step.DONE:
        return DoneView(**common, receipt=consent.receipt(context))
    common["can_go_back"] = policy.can_go_back(state)
    if state.failed:
        return EndedView(**common, heading="Your identity could not be proven", reason=_FAILED, reference=row.reference)
    if policy.is_terminal(state):
        return EndedView(**common, heading="Your iPrescribe account is made", reason=_MADE, reference=row.reference)
    return _step_view(state.step, HANDLERS[state.step].show(context), common)


def _step_view(step: Step, view_data: ViewData, common: dict[str, Any]) -> BackendView:
    fields: dict[str, Any] = {
        **common,
        "step": step,
        "position": Position.of(step),
        "notices": view_data.notices,
        "prefill": view_data.prefill,
        "on_file": view_data.on_file,
        "on_file_label": view_data.on_file_label,
        "options": view_data.options,
        "facts": view_data.facts,
        "ways": view_data.ways,
        "reveal": {name: SecretStr(value) for name, value in view_data.reveal.items()},
        "resend_at": view_data.resend_at,
        "tries_left": view_data.tries_left,
        "registry_name": view_data.registry_name,
    }
    if view_data.url and view_data.until:
        # Back from a phone leads to the form of the same step, however the applicant got there.
        fields["can_go_back"] = fields["can_go_back"] or bool(view_data.slots)
        return HandoffView(
            **fields, url=view_data.url, until=view_data.until, state=view_data.state, slots=view_data.slots
        )
    if view_data.waiting_for:
        return WaitingView(**fields, waiting_for=view_data.waiting_for, until=view_data.until)
    return FormView(**fields, phone=view_data.phone)
