"""Values that a view offers to take over, without those that its own step would reject."""

from typing import TypeVar

from iprescribe_tui.journey.forms import AddressForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Notice, StepViewBase

__all__ = ["without_refused_address"]

V = TypeVar("V", bound=StepViewBase)


def without_refused_address(view: V) -> V:
    """Return `view` without an address on file that its step rejects, such as a PO Box, and with a notice why.

    If nothing else is offered, as at the practice, the offer is dropped. There is no notice if a street is filled in
    already.
    """
    if not view.on_file or not (faults := view.step.form.across(view.on_file)):
        return view
    left = {name: value for name, value in view.on_file.items() if name not in AddressForm.ADDRESS}
    if view.step is Step.PRACTICE or not any(left.values()):
        left = {}
    reason = Notice(level="warning", text=f"The address on file can't be used here. {next(iter(faults.values()))}")
    return view.model_copy(
        update={
            "on_file": left,
            "on_file_label": view.on_file_label if left else "",
            "notices": view.notices if view.prefill.get(AddressForm.ADDRESS[0]) else (*view.notices, reason),
        }
    )
