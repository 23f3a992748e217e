"""Says of answers, before anything runs, what the forms would refuse of them."""

from collections.abc import Iterator
from datetime import UTC, datetime

from iprescribe_tui.answers.model import PAGES, SEND, Answers, Mistake, Visit
from iprescribe_tui.answers.said import Said
from iprescribe_tui.client.photo_review import review_typed
from iprescribe_tui.journey.checks.photo import PhotoPolicies
from iprescribe_tui.journey.choosing import matching
from iprescribe_tui.journey.fields import Control, Option
from iprescribe_tui.journey.form import FormRejected
from iprescribe_tui.journey.protocol import ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.wording import suggestion

ALL_LISTED = 12
"""How many choices are listed whole where none of them was named."""


def refusals(answers: Answers, service: ServiceDocument | None) -> Iterator[Mistake]:
    """What the forms say of the values that stand in the file; of what is asked or sent, nothing can be said yet.

    Passwords and lists are judged by `service`, where it is known which backend the answers are for.
    """
    for page, visits in answers.visits.items():
        for number, visit in enumerate(visits, 1):
            table = f"{page}, visit {number}" if len(visits) > 1 else page
            judge = _Judge(answers, page, visit, service)
            for key, message in judge.refused().items():
                yield Mistake(table, key, message)


class _Judge:
    """Judges what is said literally for one visit of a page."""

    def __init__(self, answers: Answers, page: str, visit: Visit, service: ServiceDocument | None) -> None:
        self._page, self._service, self._folder = PAGES[page], service, answers.file.parent
        self._sends_doubted = answers.sends_doubted
        self._asked = self._page.form.asked()
        self._said: dict[str, str | bool] = {
            name: "".join(part for part in value.parts if isinstance(part, str)) if isinstance(value, Said) else value
            for name, value in visit.values.items()
            if not isinstance(value, Said) or value.literal
        }

    def refused(self) -> dict[str, str]:
        """One message for each field that would be refused."""
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
    """What there is instead of what was typed."""
    named = {option.value: 0 for option in offered} | {option.label: 0 for option in offered}
    listed = ", ".join(option.value for option in offered)
    says = f"It is one of {listed}." if len(offered) <= ALL_LISTED else "It is not in the list."
    return says + suggestion(typed, named)
