"""Check of an answers file against the forms, before anything runs."""

from collections.abc import Iterator
from datetime import UTC, datetime

from iprescribe_tui.front_ends.automation.answers.model import PAGES, SEND, Answers, Mistake, StepAnswers
from iprescribe_tui.front_ends.automation.answers.template_value import TemplateValue
from iprescribe_tui.journey.checks.photo import PhotoPolicies
from iprescribe_tui.journey.choosing import matching
from iprescribe_tui.journey.fields import Control, Option
from iprescribe_tui.journey.form import FormRejected
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.photos.review import review_typed
from iprescribe_tui.system.wording import suggestion

ALL_LISTED = 12
"""Longest list of choices that is spelled out."""


def refusals(answers: Answers, service: ServiceDocument | None) -> Iterator[Mistake]:
    """Yield the forms' errors for values written in the file; values asked for or sent later cannot be checked yet.

    Passwords and lists are checked against `service`, None if the backend of the answers is not known.
    """
    for page, visits in answers.visits.items():
        for number, visit in enumerate(visits, 1):
            table = f"{page}, visit {number}" if len(visits) > 1 else page
            judge = _Judge(answers, page, visit, service)
            for key, message in judge.refused().items():
                yield Mistake(table, key, message)


class _Judge:
    """Check of the literal values of one visit of a page."""

    def __init__(self, answers: Answers, page: str, visit: StepAnswers, service: ServiceDocument | None) -> None:
        self._page, self._service, self._folder = PAGES[page], service, answers.file.parent
        self._sends_doubted = answers.sends_doubted
        self._asked = self._page.form.asked()
        self._said: dict[str, str | bool] = {
            name: "".join(part for part in value.parts if isinstance(part, str))
            if isinstance(value, TemplateValue)
            else value
            for name, value in visit.values.items()
            if not isinstance(value, TemplateValue) or value.literal
        }

    def refused(self) -> dict[str, str]:
        """Return one message per field that the form would refuse."""
        context = None
        if self._service and isinstance(self._page, Step):
            context = self._service.context(self._page.form, {}, datetime.now(UTC).date())
        try:
            self._page.form.check(self._said, context)
            errors: dict[str, str] = {}
        except FormRejected as rejected:
            errors = {name: message for name, message in rejected.errors.items() if name in self._said}
        for name, value in self._said.items():
            asked, text = self._asked[name], str(value)
            if offered := asked.options(name, context):
                errors.pop(name, None)
                if not matching(offered, text.strip()):
                    errors[name] = _not_offered(text, offered)
            elif asked.control is Control.PHOTO and name not in errors and (fault := self._photo(name, text)):
                errors[name] = fault
        return errors

    def _photo(self, name: str, typed: str) -> str:
        path = typed if typed.startswith("~") else str(self._folder / typed)
        policies = self._service.photos if self._service else PhotoPolicies()
        found = review_typed(path, name, policies, self._said.get(self._asked[name].depends_on))
        if found.fault or self._sends_doubted or not found.doubt:
            return found.error
        return f'{found.doubt} It stops here; doubts = "{SEND}" at the top of the file sends it all the same.'


def _not_offered(typed: str, offered: tuple[Option, ...]) -> str:
    """Return a message with the choices in place of `typed`."""
    named = {option.value: 0 for option in offered} | {option.label: 0 for option in offered}
    listed = ", ".join(option.value for option in offered)
    message = f"It is one of {listed}." if len(offered) <= ALL_LISTED else "It is not in the list."
    return message + suggestion(typed, named)
