"""Service document of a backend: its policies, lists, contacts, and the contract that it speaks."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from iprescribe_tui.journey.checks.password import PasswordPolicy
from iprescribe_tui.journey.checks.photo import PhotoPolicies, completed
from iprescribe_tui.journey.fields import CheckContext, Option
from iprescribe_tui.journey.views import FIELDS, SHOWN, Text, Wire

CONTRACT = 1
"""Version of the contract that this program speaks."""

TERMS, LISTED = 10, 2_000
"""Maximum terms, and maximum entries of a list for all applicants."""

_YEAR = 366 * 24 * 60 * 60


class Contact(Wire):
    """Whom to ask."""

    name: Text
    phone: Text = ""
    email: Text = ""
    url: Text = ""


class Terms(Wire):
    """A text that is accepted, with the version that was shown."""

    key: Text
    title: Text
    version: Text
    text: Annotated[str, StringConstraints(max_length=20_000), SHOWN]


class CodePolicy(Wire):
    """One-time codes: how long they live and when another can be sent, in seconds."""

    lifetime: int
    resend_after: int


class SessionPolicy(Wire):
    """How long a session lasts, in seconds: without a key pressed, how long before that is warned, and in all."""

    idle: int = Field(default=15 * 60, gt=0, le=_YEAR)
    warning: int = Field(default=150, ge=0, le=_YEAR)
    longest: int = Field(default=12 * 60 * 60, gt=0, le=_YEAR)


LISTS: Mapping[str, str] = {
    "roles": "Organizational roles, for `personal`.",
    "specialties": "Specialties, for `personal` and `license_review`.",
    "phone_methods": "How a phone is reached, for `phone_match`; a view's own `options` go before it.",
    "support_categories": "What a request to the support is about.",
}
"""Lists that a backend must have, none of them empty, by their names in forms (`Choice.listed`)."""


def _labeled(entry: Option) -> Option:
    if not entry.value.strip() or not entry.label.strip():
        raise ValueError("an entry needs a value and a label")
    return entry


Listed = Annotated[tuple[Annotated[Option, AfterValidator(_labeled)], ...], Field(max_length=LISTED)]
"""A backend's list for all applicants."""


class ServiceDocument(Wire):
    """What the backend says of itself; `passwords` is keyed by step, `lists` by the name that a form's choice has."""

    name: Text
    environment: Literal["sandbox", "production"]
    identity_proofing: Literal["native", "hosted"]
    contract: int
    oldest_client: Text = "0"
    passwords: Mapping[str, PasswordPolicy] = Field(default={}, max_length=FIELDS)
    photos: Annotated[PhotoPolicies, BeforeValidator(completed)] = Field(default_factory=PhotoPolicies)
    codes: CodePolicy
    sessions: SessionPolicy = Field(default_factory=SessionPolicy)
    lists: Mapping[str, Listed] = Field(default={}, max_length=FIELDS)
    support: Contact
    idme_help: Contact
    terms: tuple[Terms, ...] = Field(default=(), max_length=TERMS)

    def context(self, step_form: type[Any], options: Mapping[str, tuple[Option, ...]], today: date) -> CheckContext:
        """Return the context in which a form is checked: a view's own `options` go before this document's lists."""
        listed = {
            name: self.lists[asked.listed] for name, asked in step_form.asked().items() if asked.listed in self.lists
        }
        return CheckContext(passwords=self.passwords, options={**listed, **options}, today=today)

    def lacking(self, step_form: type[Any], options: Mapping[str, tuple[Option, ...]]) -> tuple[str, str] | None:
        """Return the first empty list that `step_form` needs, and its field's title; None if all are there."""
        for name, asked in step_form.asked().items():
            if asked.listed and not options.get(name, self.lists.get(asked.listed)):
                return asked.listed, step_form.model_fields[name].title or name
        return None
