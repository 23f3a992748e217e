"""How an ordinary applicant answers each step at the screens: what is typed there, key by key."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from iprescribe_tui.journey.steps import STEPS, Step
from tests.backend import IDME_PASSWORD, PASSWORD, SSN, picture
from tests.front_ends.harness import Person

PHOTOS: Final = ("front.jpg", "back.jpg", "face.jpg")

Typed = str | Callable[[Person], str]
"""Text with tabs and line breaks, or what makes it once the step is shown."""


def put_photos(folder: Path) -> None:
    """Lay the applicant's photos into the folder in which the program runs."""
    for name in PHOTOS:
        (folder / name).write_bytes(picture(name))


def _npi(person: Person) -> str:
    return f"{person.front_end.flow.local_state.npi}\n"


def _code(person: Person) -> str:
    return f"{person.sandbox.newest()['code']}\n"


def _licence(person: Person) -> str:
    """The registry's licence, or one of one's own where it has none."""
    return "SB099999\tIL\n" if person.row("license_number").blank else "\n"


ANSWERS: Final[Mapping[Step, Typed]] = {
    Step.ACCOUNTS_INTRO: "\n",
    Step.CREDENTIALS: lambda person: f"user{person.front_end.flow.local_state.npi}\t{PASSWORD}\t{PASSWORD}\n",
    Step.PERSONAL: lambda person: f"user{person.front_end.flow.local_state.npi}@example.com\t1\n",
    Step.PRACTICE: "Lakeside Family Medicine\t400 Lake St\tSuite 3\tSpringfield\tIL\t62701\t217-555-0134\n",
    Step.IDME_LAUNCH: "2\n",
    Step.IDME_SIGN_UP: f"{IDME_PASSWORD}\t{IDME_PASSWORD}\t \n",
    Step.EMAIL_CONFIRMATION: _code,
    Step.EMAIL_CONFIRMED: "\n",
    Step.MFA_CHOICE: "1\n",
    Step.MFA_PHONE: "217-555-0155\n",
    Step.MFA_CODE: _code,
    Step.RECOVERY_CODE: " \n",
    Step.DOCUMENT: "1\tfront.jpg\tback.jpg\n",
    Step.SELFIE: "face.jpg\n",
    Step.PHONE_MATCH: "217-555-0155\t1\t \n",
    Step.SSN: f"{SSN}\n",
    Step.ATTRIBUTES_REVIEW: "04/30/1975\t12 Elm St\t\tSpringfield\tIL\t62701\t \n",
    Step.NPI_MATCH: _npi,
    Step.LICENSE_REVIEW: _licence,
    Step.CONSENT: "1\n",
}


def shown_step(person: Person) -> Step:
    """The step that is shown."""
    step = getattr(person.screen, "step", None)
    assert step is not None, person.text
    return STEPS[step]


async def answer(person: Person) -> None:
    """Answer the step that is shown, as everybody does, and come to another."""
    step = shown_step(person)
    if step is Step.PHONE_LINK:
        asked = person.front_end.asked
        assert person.sandbox.follow(person.sandbox.newest()).status_code == 204
        await person.until_true(lambda: person.ready and person.front_end.asked > asked, "the link to be noticed")
        await person.settle()
    else:
        typed = ANSWERS[step]
        await person.answered(typed(person) if callable(typed) else typed)


async def go_to(person: Person, step: Step) -> None:
    """Answer every step until `step` is shown."""
    while (shown := shown_step(person)) is not step:
        await answer(person)
        assert shown_step(person) is not shown, f"stuck at {shown.value}:\n{person.text}"
