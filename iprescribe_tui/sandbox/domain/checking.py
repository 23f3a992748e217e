"""Check of a step's answers by its form, outside the transaction."""

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.form import FormRejected, StepForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.context import RequestContext
from iprescribe_tui.sandbox.domain.problems import rejected
from iprescribe_tui.sandbox.domain.slow import Known, outside

StepOptions = Mapping[str, tuple[Option, ...]]


@dataclass(frozen=True)
class _Check:
    """Answers to a step as JSON, with all they are checked against besides the service document."""

    step: Step
    answers: str = field(repr=False)
    options: tuple[Hashable, ...]
    today: date


def checked_ahead(backend: Backend, step: Step, answers: Mapping[str, Any]) -> Known:
    """Check answers before their transaction begins, against the service document's options, as at most steps."""
    today = backend.clock().date()
    return {_check(step, answers, {}, today): _result(backend, step, answers, {}, today)}


def checked(context: RequestContext, step: Step, answers: Mapping[str, Any], options: StepOptions) -> StepForm:
    """Return the form made from the answers. Raises ProblemError (422) if they are invalid."""
    backend, today = context.backend, context.now.date()
    check = _check(step, answers, options, today)
    result = outside(context.db, check, lambda: _result(backend, step, answers, options, today))
    if isinstance(result, FormRejected):
        raise rejected(result)
    return result


def _check(step: Step, answers: Mapping[str, Any], options: StepOptions, today: date) -> _Check:
    return _Check(step, json.dumps(answers, sort_keys=True), tuple(sorted(options.items())), today)


def _result(
    backend: Backend, step: Step, answers: Mapping[str, Any], options: StepOptions, today: date
) -> StepForm | FormRejected:
    try:
        return step.form.check(answers, backend.service.context(step.form, options, today))
    except FormRejected as failed:
        return failed
