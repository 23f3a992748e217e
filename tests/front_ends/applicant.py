"""How an ordinary applicant answers each step at the screens: what is typed there, key by key."""

from pathlib import Path
from typing import Final

from iprescribe_tui.journey.steps import STEPS, Step
from tests.backend import picture
from tests.front_ends.harness import Person
from tests.happy import keys_at

PHOTOS: Final = ("front.jpg", "back.jpg", "face.jpg")


def put_photos(folder: Path) -> None:
    """Lay the applicant's photos into the folder in which the program runs."""
    for name in PHOTOS:
        (folder / name).write_bytes(picture(name))


def typed_by(person: Person, step: Step) -> str:
    """What is typed at a step, with tabs from field to field: as in `happy`, in one's own name."""
    if step is Step.LICENSE_REVIEW and person.row("license_number").blank:
        return "SB099999\tIL\n"
    npi = person.front_end.flow.local_state.npi
    own = {"npi": npi, "username": f"user{npi}", "email": f"user{npi}@example.com"}
    own |= dict(zip(("front", "back", "photo"), PHOTOS, strict=True))
    if step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
        own["code"] = str(person.sandbox.newest()["code"])
    return "\t".join(keys_at(step, own)) + "\n"


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
        await person.answered(typed_by(person, step))


async def go_to(person: Person, step: Step) -> None:
    """Answer every step until `step` is shown."""
    while (shown := shown_step(person)) is not step:
        await answer(person)
        assert shown_step(person) is not shown, f"stuck at {shown.value}:\n{person.text}"
