"""Every persona, at the real screens: what is typed, and the words with which it ends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.personas import (
    FOR_EVERYBODY,
    PERSONAS,
    REFUSED_MFA_PHONE,
    SEED_ACCOUNTS,
    SEED_IDME,
    TAKEN_EMAIL,
    TAKEN_IDME_EMAIL,
    TAKEN_USERNAME,
)
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import IDME_PASSWORD, PASSWORD, RunningSandbox
from tests.front_ends.applicant import answer, put_photos
from tests.front_ends.harness import Machine, Person, at_the_screens, resumed

pytestmark = pytest.mark.matrix
"""One test a step or more: too many for every run; `pytest -m matrix` runs them."""


@dataclass(frozen=True)
class Turn:
    """At `step` (where one is already, if None) `types` is typed, and then `shows` show: under a field, or anywhere.

    `first` happens before that; `keeps` is what fields hold afterwards. `types` None: as everybody answers there.
    What the program itself refuses is not `sent`.
    """

    step: Step | None
    types: str | None = ""
    shows: tuple[str, ...] = ()
    under: str = ""
    keeps: Mapping[str, str] = field(default_factory=dict)
    first: Callable[[Person], None] = lambda person: None
    sent: bool = True


@dataclass(frozen=True)
class Story:
    """The turns in which a persona differs from everybody; `registers`: from there on it goes to the end."""

    turns: tuple[Turn, ...]
    registers: bool = False


def passes(**by: float) -> Callable[[Person], None]:
    """Time passes at the backend."""
    return lambda person: person.sandbox.clock.advance(**by)


def refused_at_npi(*words: str) -> Story:
    return Story((Turn(Step.NPI, "{npi}\n", words, "npi", {"npi": "{npi}"}),))


def signs_in(persona: str, *ends: str, registers: bool = False) -> Story:
    account = next(account for account in SEED_ACCOUNTS if account.npi == PERSONA_NPIS[persona])
    already = ("Sign in to go on where you were", "Sign in with the iPrescribe username and password")
    sign_in = Turn(None, f"{account.username}\t{account.password}\n", ends)
    return Story((Turn(Step.NPI, "{npi}\n", already), sign_in), registers=registers)


def document(words: str, under: str = "front") -> Story:
    """Refused once for a cause; the other side stays where it was, and the same again is taken."""
    kept = {"front": "front.jpg", "back": "back.jpg"}
    refused = Turn(Step.DOCUMENT, None, (words, "4 tries are left."), under, kept)
    return Story((refused, Turn(None, "\n", ("A photo of you",))))


def selfie(words: str) -> Story:
    refused = Turn(Step.SELFIE, None, (words,), "photo", {"photo": "face.jpg"})
    return Story((refused, Turn(None, "\n", ("Match your phone",))))


def has_idme(index: int, *ends: str, registers: bool = False) -> Story:
    """An ID.me account that there was before; its e-mail takes the place of the one that was filled in."""
    seed = SEED_IDME[index]
    sign_in = f"<shift+tab><ctrl+u>{seed.email}\t{seed.password}\n"
    return Story(
        (
            Turn(Step.IDME_LAUNCH, "1\n", ("Sign in to ID.me",)),
            Turn(None, sign_in, ("Enter the 6-digit code", f"***-***-{seed.mfa_phone[-4:]}")),
            Turn(None, None, ends),
        ),
        registers,
    )


NO_LICENSE = "The registry has no state license for your primary specialty."
PO_BOX = "as your practice location, which is not a street."
SSN_AGAIN = "<ctrl+u>219-09-9872\n"

STORIES: Mapping[str, Story] = {
    "happy": Story((Turn(Step.NPI, "{npi}\n", ("Is this you?", "Amelia Jane Hartwell")),), True),
    "happy_two": Story(
        (
            Turn(Step.LICENSE_REVIEW, "", ("Use SB010220 · OR", "Use SB010313 · WA"), keeps={"issuing_state": "OR"}),
            Turn(
                None, "<tab>" * 6 + "<enter>", keeps={"license_number": "SB010313", "issuing_state": "WA"}, sent=False
            ),
            Turn(None, "<shift+tab><shift+tab><enter>", ("Share your proven identity", "SB010313 · WA")),
        ),
        registers=True,
    ),
    "not_found": refused_at_npi("is not in the NPI registry", "look it up by your name"),
    "deactivated": refused_at_npi("as deactivated", "NPPES reactivates it"),
    "organization": refused_at_npi("an organization", "Use the individual NPI of the prescriber"),
    "not_a_prescriber": refused_at_npi("which does not prescribe", "Update NPPES if that is wrong"),
    "registry_down": Story(
        (
            Turn(Step.NPI, "{npi}\n", ("The NPI registry does not answer",), "npi", {"npi": "{npi}"}),
            Turn(None, "\n", ("The NPI registry does not answer",), "npi", {"npi": "{npi}"}),
            Turn(None, "\n", ("Is this you?", "Callum Stillwater-Reyes")),
        )
    ),
    "already_registered": signs_in("already_registered", "You are registered", "ngozi.thornbury"),
    "allow_never_pressed": signs_in(
        "allow_never_pressed", "Share your proven identity with iPrescribe", "1 Allow", registers=True
    ),
    "no_license": Story(
        (
            Turn(Step.ACCOUNTS_INTRO, "", (NO_LICENSE, "none in the registry")),
            Turn(Step.LICENSE_REVIEW, "SB099999\tIL\n", ("Share your proven identity",)),
        ),
        registers=True,
    ),
    "po_box_practice": Story(
        (
            Turn(Step.ACCOUNTS_INTRO, "", (PO_BOX,)),
            Turn(Step.PRACTICE, "<f3>", ("cannot be used here.", "is a PO Box"), keeps={"street": ""}, sent=False),
            Turn(
                None,
                "Saltgrass Family Medicine\t1187 Saltgrass Rd\t\tMissoula\tMT\t59801\t406-555-0171\n",
                ("Your identity is proven at ID.me",),
            ),
        )
    ),
    "idme_existing": has_idme(0, "Photograph your ID"),
    "idme_verified": has_idme(1, "Your NPI once more", registers=True),
    "phone_refused": Story(
        (
            Turn(Step.MFA_PHONE, "217-555-0188\n", ("Codes cannot be sent to 217-555-0188.",), "phone"),
            Turn(None, "<ctrl+u>217-555-0189\n", ("Enter the 6-digit code", "***-***-0189")),
        )
    ),
    "document_blurred": document("The photo is blurred."),
    "document_glare": document("Light is reflected in the photo."),
    "document_cut_off": document("A part of the ID is cut off."),
    "document_expired": document("This ID has expired."),
    "document_wrong_kind": document("The picture shows another kind of ID.", "kind"),
    "document_unreadable": document("The ID cannot be read."),
    "selfie_no_face": selfie("There is no face in the picture."),
    "selfie_several_faces": selfie("There is more than one face in the picture."),
    "selfie_no_match": selfie("The face is not that of your ID."),
    "phone_no_match": Story(
        (
            Turn(Step.PHONE_MATCH, None, ("does not match your credit profile",), "phone"),
            Turn(None, "<ctrl+u>217-555-0102\n", ("Your Social Security number",)),
        )
    ),
    "no_credit_file": Story(
        (
            Turn(Step.PHONE_MATCH, None, ("There is no credit file in your name",), "method"),
            Turn(None, "3\n", ("Waiting for the video call with a trusted referee",)),
            Turn(None, "", ("Your NPI once more",), first=lambda person: opens_the_newest_link(person)),
        ),
        registers=True,
    ),
    "credit_frozen": Story(
        (
            Turn(Step.PHONE_MATCH, None, ("Your credit file is frozen", "Choose the phone call"), "method"),
            Turn(None, "2\n", ("Your Social Security number",)),
        )
    ),
    "ssn_refused_once": Story(
        (
            Turn(Step.SSN, None, ("does not match your records", "9 tries are left."), "ssn"),
            Turn(None, SSN_AGAIN, ("Is all of this right?", "***-**-9872")),
        )
    ),
    "ssn_locked": Story(
        (
            Turn(Step.SSN, None, ("9 tries are left.",), "ssn"),
            *(Turn(None, SSN_AGAIN, (f"{left} tries are left.",), "ssn") for left in range(8, 1, -1)),
            Turn(None, SSN_AGAIN, ("1 try is left.",), "ssn"),
            Turn(
                None, SSN_AGAIN, ("Locked for a while", "did not match ten times", "Locked until", "goes on by itself")
            ),
            Turn(None, "", ("Your Social Security number",), first=passes(minutes=61)),
        ),
    ),
    "phone_link_expired": Story(
        (
            Turn(Step.PHONE_LINK, "", ("The link has expired. Have another one sent",)),
            Turn(None, "<f5>", ("Waiting for you to open the link",), first=passes(seconds=10)),
        ),
        registers=True,
    ),
    "license_other_state": Story(
        (
            Turn(Step.PRACTICE, "<f3>Borderman Family Practice\n", ("Your identity is proven at ID.me",)),
            Turn(Step.LICENSE_REVIEW, "", ("your practice is in", "That is allowed")),
        ),
        registers=True,
    ),
    "locked": Story(
        (
            Turn(Step.PRACTICE, None, ("Locked for a while", "on hold for a short review", "Locked until")),
            Turn(None, "", ("Your identity is proven at ID.me",), first=passes(minutes=2)),
        )
    ),
    "id_other_name": Story((Turn(Step.DOCUMENT, None, ("A photo of you",)),), registers=True),
    "ended": Story(
        (Turn(Step.SELFIE, None, ("This registration has ended", "could not be proven", "Reference: ", "support")),),
    ),
}

MAGIC: Mapping[str, Story] = {
    TAKEN_USERNAME: Story(
        (
            Turn(
                Step.CREDENTIALS,
                f"{TAKEN_USERNAME}\t{PASSWORD}\t{PASSWORD}\n",
                (f'"{TAKEN_USERNAME}" is already in use.', "These are available:"),
                "username",
            ),
            Turn(None, "<ctrl+u>amelia.hartwell\n", ("About you",)),
        ),
    ),
    TAKEN_EMAIL: Story(
        (
            Turn(Step.PERSONAL, f"{TAKEN_EMAIL}\t1\n", ("is used by another registration",), "email"),
            Turn(None, "<ctrl+u>amelia@example.com\n", ("Your practice",)),
        ),
    ),
    TAKEN_IDME_EMAIL: Story(
        (
            Turn(
                Step.IDME_SIGN_UP,
                f"<shift+tab><ctrl+u>{TAKEN_IDME_EMAIL}\t{IDME_PASSWORD}\t{IDME_PASSWORD}\t \n",
                ("has an ID.me account already",),
                "email",
            ),
            Turn(None, "<ctrl+u>amelia@example.com\n", ("Confirm your e-mail", "amelia@example.com")),
        ),
    ),
    REFUSED_MFA_PHONE: Story(
        (
            Turn(Step.MFA_PHONE, f"{REFUSED_MFA_PHONE}\n", (f"Codes cannot be sent to {REFUSED_MFA_PHONE}.",), "phone"),
            Turn(None, "<ctrl+u>217-555-0134\n", ("Enter the 6-digit code",)),
        ),
    ),
}


def test_every_persona_and_every_magic_input_has_a_story() -> None:
    assert STORIES.keys() == {persona.key for persona in PERSONAS}
    assert MAGIC.keys() == FOR_EVERYBODY.keys()


@pytest.mark.parametrize("persona", STORIES)
async def test_ends_as_promised(
    persona: str, sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await tell(STORIES[persona], persona, Machine(sandbox, tmp_path / "state"))


@pytest.mark.parametrize("typed", MAGIC)
async def test_what_anybody_may_type(typed: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    await tell(MAGIC[typed], "happy", Machine(sandbox, tmp_path / "state"))


async def tell(story: Story, persona: str, machine: Machine) -> None:
    """Take all turns at the screens; from one step to another that is far away, walk without them.

    Those who register afterwards do so in the scenarios that ship, step by step (`tests/automation/walks`).
    """
    put_photos(machine.state_dir.parent)
    npi, walk = PERSONA_NPIS[persona], None
    for chapter in chapters(story):
        step = chapter[0].step
        assert step is not None
        if step is Step.NPI:
            at = at_the_screens(machine)
        else:
            walk = walk or machine.sandbox.start(npi)
            walk.look()
            at = resumed(machine, walk.to(step))
        async with at as person:
            for turn in chapter:
                await take(person, turn, npi)


def chapters(story: Story) -> list[list[Turn]]:
    """The turns, cut where another step begins."""
    found: list[list[Turn]] = []
    for turn in story.turns:
        if turn.step is None:
            found[-1].append(turn)
        else:
            found.append([turn])
    return found


async def take(person: Person, turn: Turn, npi: str) -> None:
    turn.first(person)
    if turn.types is None:
        await answer(person)
    elif turn.sent and turn.types.endswith(("\n", "<enter>", "<f5>")):
        await person.answered(turn.types.format(npi=npi))
    elif turn.types:
        await person.type(turn.types)
    await person.until(*turn.shows)
    await person.until_true(lambda: person.ready, "the screen to take an answer")
    for words in turn.shows if turn.under else ():
        assert words in person.under(turn.under), person.text
    if turn.under:
        assert person.app.focused is person.row(turn.under).input, "the wrong field has the focus"
    for name, value in turn.keeps.items():
        assert person.row(name).value == value.format(npi=npi)


def opens_the_newest_link(person: Person) -> None:
    assert person.sandbox.follow(person.sandbox.newest()).status_code == 204
