"""Every field of every step: what bad input gets, from the program and from the backend, and that it stays here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import pytest

from iprescribe_tui.front_ends.tui.widgets.choices import CheckBox, FewChoices
from iprescribe_tui.journey.fields import Control
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.store.tables import Registration
from tests.backend import IDME_PASSWORD, PASSWORD, RunningSandbox, Walk
from tests.front_ends.harness import Machine, Person, at_the_screens, resumed, words_of

pytestmark = pytest.mark.matrix
"""One test a step or more: too many for every run; `pytest -m matrix` runs them."""


@dataclass(frozen=True)
class Bad:
    """`typed` into a field, and the words with which it is refused, where `beside` stands in other fields."""

    name: str
    typed: str
    words: str
    beside: Mapping[str, str] = field(default_factory=dict)


NOT_LISTED: Final = "This is not in the list. Choose one that is."
UNSEEN: Final = "contains a character that cannot be seen."

BAD: Final[dict[Step, tuple[Bad, ...]]] = {
    Step.NPI: (Bad("npi", "1234567890", '"1234567890" is not an NPI: a digit is wrong, or two are swapped.'),),
    Step.CREDENTIALS: (
        Bad("username", "amelia hartwell", "A username has no spaces."),
        Bad("password", "too short", "This password is too short. Use at least 15 characters."),
        Bad("password_again", "another one", "The two passwords are not the same.", {"password": PASSWORD}),
    ),
    Step.PERSONAL: (
        Bad("email", "amelia.example.com", "This has no @."),
        Bad("specialty", "Wizardry", NOT_LISTED),
    ),
    Step.PRACTICE: (
        Bad("practice_name", "x" * 101, "This is 101 characters long. Shorten it to at most 100."),
        Bad("street", "PO Box 12", '"PO Box 12" is a PO Box.'),
        Bad("city", "Spring\u202efield", f'"Spring\\u202efield" {UNSEEN}'),
        Bad("state", "Illinoise", '"Illinoise" is not a state or territory.'),
        Bad("zip_code", "1234", '"1234" is not a ZIP Code.'),
        Bad("phone", "217-555-0134 x5", '"217-555-0134 x5" has an extension.'),
        Bad("fax", "911", '"911" is not a US phone number.'),
        Bad("suite", "\x1b[31mred", f'"\\x1b[31mred" {UNSEEN}'),
    ),
    Step.IDME_SIGN_IN: (Bad("email", "@example.com", '"@example.com" has nothing before the @.'),),
    Step.IDME_SIGN_UP: (
        Bad("email", "a b@example.com", '"a b@example.com" contains a space.'),
        Bad("password", "1234567", "This password is too short. Use at least 8 characters."),
        Bad("password_again", "another one", "The two passwords are not the same.", {"password": IDME_PASSWORD}),
    ),
    Step.EMAIL_CONFIRMATION: (Bad("code", "12a456", "The code has 6 digits and nothing else."),),
    Step.MFA_PHONE: (Bad("phone", "(217) 555-0134 ext 5", "has an extension."),),
    Step.MFA_CODE: (Bad("code", "12345", "This is too short. The code has 6 digits."),),
    Step.PHONE_MATCH: (Bad("phone", "+44 20 7946 0958", "is a number outside the United States."),),
    Step.SSN: (Bad("ssn", "666-12-3456", "No Social Security number has these first three digits."),),
    Step.ATTRIBUTES_REVIEW: (
        Bad("first_name", "<Amelia>", '"<Amelia>" contains "<", which no name has.'),
        Bad("last_name", "123", '"123" has no letters.'),
        Bad("birth_date", "31/12/1980", '"31/12/1980" is not in the calendar. The month comes first.'),
        Bad("suite", "Apt\u200b 4", UNSEEN),
        Bad("city", "Spring\tfield\u2066", UNSEEN),
        Bad("state", "ZZ", '"ZZ" is not a state or territory.'),
        Bad("zip_code", "00000", "00000 is not a ZIP Code in use."),
        Bad("street", "General Delivery", '"General Delivery" is mail held at a post office.'),
    ),
    Step.NPI_MATCH: (Bad("npi", "9876543210", '"9876543210" starts with 9.'),),
    Step.LICENSE_REVIEW: (
        Bad("npi", "12345678ab", '"12345678ab" is not an NPI.'),
        Bad("license_number", "\u202e54321", f'"\\u202e54321" {UNSEEN}'),
        Bad("issuing_state", "Nowhere", '"Nowhere" is not a state or territory.'),
        Bad("specialty", "Alchemy", NOT_LISTED),
    ),
}
UNCHECKED_ALONE: Final = {(Step.IDME_SIGN_IN, "password")}
"""Any password is as good as another until the backend is asked."""

FORMS: Final = [step for step in Step if step.form.model_fields]
ACCOUNTS: Final[Mapping[Step, Literal["existing"]]] = {Step.IDME_SIGN_IN: "existing"}
NO_WAY_BACK: Final = {Step.NPI, Step.RECOVERY_CODE, Step.DOCUMENT, Step.NPI_MATCH}


def typed_fields(step: Step) -> set[str]:
    """The fields into which anything can be typed; photos are judged by what is in the file."""
    return {
        name
        for name, asked in step.form.asked().items()
        if asked.control not in (Control.CHECK_BOX, Control.PHOTO)
        and not (asked.control is Control.CHOICE and asked.listed != "specialties")
    }


def test_bad_input_is_tried_in_every_field() -> None:
    tried = {(step, bad.name) for step, bads in BAD.items() for bad in bads}
    assert tried | UNCHECKED_ALONE == {(step, name) for step in FORMS for name in typed_fields(step)}


@pytest.mark.parametrize("step", FORMS)
async def test_bad_input_is_refused_here_and_there_in_the_same_words(
    step: Step, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    walk = Walk(sandbox) if step is Step.NPI else sandbox.start(account=ACCOUNTS.get(step, "create")).to(step)
    machine = Machine(sandbox, tmp_path / "state")
    async with at_the_screens(machine) if step is Step.NPI else resumed(machine, walk) as person:
        before, asked = revision(walk), person.front_end.asked
        await nothing_is_filled_in(person)
        for bad in BAD.get(step, ()):
            await is_refused(person, bad)
            assert person.under(bad.name).startswith(words_of(refused_there(walk, step, bad)))
        await press_continue(person)
        assert person.front_end.asked == asked, "a form with errors was sent"
        assert revision(walk) == before
        assert person.app.focused is first_wrong(person)
        if step not in NO_WAY_BACK:
            await person.answered("<f9>")
            assert getattr(person.screen, "step", None) not in (step, None)


async def is_refused(person: Person, bad: Bad) -> None:
    """Type it and leave the field: then it says what is wrong."""
    for name, value in [*bad.beside.items(), (bad.name, bad.typed)]:
        await person.enter(name, value)
    await person.press("tab")
    await person.until_true(lambda: bool(person.under(bad.name)), f"words under {bad.name}")
    assert bad.words in person.under(bad.name)
    assert no_control_characters(person.text)


def refused_there(walk: Walk, step: Step, bad: Bad) -> str:
    """What the backend says of the same, sent without the program."""
    if step is Step.NPI:
        refused = walk.sandbox.call("POST", "/v1/registrations", json={"npi": bad.typed})
    else:
        refused = walk.answer(step, **walk.answers_to(step) | {bad.name: bad.typed})
    assert refused.status_code == 422, refused.text
    return str(refused.json()["errors"][bad.name])


def revision(walk: Walk) -> int:
    """How often the registration has changed."""
    with walk.sandbox.backend.store.reading() as db:
        row = db.get(Registration, walk.id)
        return row.revision if row else 0


async def nothing_is_filled_in(person: Person) -> None:
    """Continue on what is still empty: each field that is needed says so, and the first has the focus."""
    needed = [row for row in person.screen.field_rows if row.blank and not row.optional]
    if not needed:
        return
    await press_continue(person)
    for row in needed:
        words = person.under(row.field_name)
        if isinstance(row.control, CheckBox):
            assert words.startswith("Check this box")
        else:
            assert words == ("Choose one from the list." if isinstance(row.control, FewChoices) else "Fill this in.")
    assert person.app.focused is first_wrong(person) is needed[0].input


async def press_continue(person: Person) -> None:
    """Go to the button and press it."""
    button = person.screen.query_one("#continue")
    for _ in range(30):
        if person.app.focused is button:
            break
        await person.press("tab")
    await person.press("enter")
    await person.until_true(lambda: first_wrong(person) is person.app.focused, "a wrong field with the focus")


def first_wrong(person: Person) -> object:
    """The control of the first field under which something is wrong."""
    return next((row.input for row in person.screen.field_rows if row.has_class("-wrong")), None)


def no_control_characters(text: str) -> bool:
    """Whether nothing in `text` steers a terminal or turns its writing around."""
    return all(character.isprintable() or character == "\n" for character in text)
