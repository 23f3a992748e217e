"""Every persona at the prompts, and the same words wherever a value is refused: form, API, screens, prompts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.form import FormRejected
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.sandbox.personas import (
    REFUSED_MFA_PHONE,
    SEED_ACCOUNTS,
    SEED_IDME,
    TAKEN_EMAIL,
    TAKEN_IDME_EMAIL,
    TAKEN_USERNAME,
)
from iprescribe_tui.sandbox.registry import PERSONA_NPIS
from iprescribe_tui.sandbox.service import service_document
from tests.backend import IDME_PASSWORD, PASSWORD, RunningSandbox, Walk, running
from tests.front_ends.applicant import put_photos
from tests.front_ends.harness import Machine, at_the_screens, resumed
from tests.front_ends.test_personas import MAGIC, STORIES, Story, Turn, chapters, take
from tests.plain.prompts import Listener, at_the_prompts, gone_on_with

pytestmark = pytest.mark.matrix

Typed = Mapping[str, object] | tuple[str, ...]
"""Answers by field, or lines one after another."""

PHOTOS = {
    Step.DOCUMENT: {"kind": "drivers_license", "front": "front.jpg", "back": "back.jpg"},
    Step.SELFIE: {"photo": "face.jpg"},
}


def of_account(persona: str) -> Typed:
    seed = next(account for account in SEED_ACCOUNTS if account.npi == PERSONA_NPIS[persona])
    return {"username": seed.username, "password": seed.password}


def of_idme(index: int) -> Typed:
    return {"email": SEED_IDME[index].email, "password": SEED_IDME[index].password}


TYPED: Mapping[tuple[str, int], Typed] = {
    ("happy_two", 1): ("/2",),
    ("happy_two", 2): {},
    ("already_registered", 1): of_account("already_registered"),
    ("allow_never_pressed", 1): of_account("allow_never_pressed"),
    ("no_licence", 1): {"license_number": "SB099999", "issuing_state": "IL"},
    ("po_box_practice", 1): ("/file", "Saltgrass Family Medicine"),
    ("idme_existing", 0): {"account": "have"},
    ("idme_existing", 1): of_idme(0),
    ("idme_verified", 0): {"account": "have"},
    ("idme_verified", 1): of_idme(1),
    ("phone_refused", 0): {"phone": "217-555-0188"},
    ("no_credit_file", 1): {"method": "3"},
    ("credit_frozen", 1): {"method": "2"},
    ("phone_link_expired", 1): ("/resend",),
    ("licence_other_state", 0): ("/file", "Borderman Family Practice"),
    (TAKEN_USERNAME, 0): {"username": TAKEN_USERNAME, "password": PASSWORD, "password_again": PASSWORD},
    (TAKEN_EMAIL, 0): {"email": TAKEN_EMAIL, "role": "doctor_or_dentist"},
    (TAKEN_IDME_EMAIL, 0): {
        "email": TAKEN_IDME_EMAIL,
        "password": IDME_PASSWORD,
        "password_again": IDME_PASSWORD,
        "accept_terms": True,
    },
    (REFUSED_MFA_PHONE, 0): {"phone": REFUSED_MFA_PHONE},
}
"""What is typed at the prompts in a story's turns, where the keys of the screens do not say it."""

NUMBERED = {"1 Allow": "1. Allow"}
"""How the prompts number what the screens number."""


@pytest.mark.parametrize("persona", STORIES)
async def test_ends_as_promised(
    persona: str, sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    await tell(STORIES[persona], persona, persona, Machine(sandbox, tmp_path / "state"))


@pytest.mark.parametrize("typed", MAGIC)
async def test_what_anybody_may_type(typed: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    await tell(MAGIC[typed], typed, "happy", Machine(sandbox, tmp_path / "state"))


async def tell(story: Story, name: str, persona: str, machine: Machine) -> None:
    """Take all turns at the prompts; from one step to another that is far away, walk without them."""
    put_photos(machine.state_dir.parent)
    npi, walk = PERSONA_NPIS[persona], None
    for chapter in chapters(story):
        step = chapter[0].step
        assert step is not None
        if step is Step.NPI:
            at = at_the_prompts(machine)
        else:
            walk = walk or machine.sandbox.start(npi)
            walk.look()
            at = gone_on_with(machine, walk.to(step))
        async with at as person:
            for turn in chapter:
                await take_turn(person, story, name, turn, npi)
            if story.registers and turn is story.turns[-1]:
                while person.step != Step.DONE:
                    await as_everybody(person, npi)
                assert all(words in person.said for words in ("You are registered", npi, "Reference"))


async def take_turn(person: Listener, story: Story, name: str, turn: Turn, npi: str) -> None:
    turn.first(person)  # type: ignore[arg-type]  # it asks for the sandbox alone, which both kinds of person have
    typed = typed_at(story, name, turn, npi)
    if typed is None:
        await as_everybody(person, npi)
    elif isinstance(typed, tuple):
        start = len(person.text)
        for each in typed:
            await person.type(each)
        person.hear_from(start)
    elif turn.types:
        await person.answer(typed)
    await person.until(*(NUMBERED.get(words, words) for words in turn.shows))
    if turn.under:
        assert person.field == turn.under, "another field is asked for than the one that is wrong"
        assert f"{person.page.label(turn.under)}: " in person.said, "the field of the error is not named"
    for key, value in turn.keeps.items():
        assert person.page.values[key] == value.format(npi=npi)


def typed_at(story: Story, name: str, turn: Turn, npi: str) -> Typed | None:
    """What a turn types: as everybody does where that is None."""
    index = story.turns.index(turn) if turn.types is None else next(n for n, t in enumerate(story.turns) if t is turn)
    if (name, index) in TYPED:
        return TYPED[name, index]
    if turn.types is None:
        return None
    if turn.types == "{npi}\n":
        return {"npi": npi}
    if turn.types.startswith("<ctrl+u>"):  # in place of what was refused in the turn before
        return {story.turns[index - 1].under: turn.types.removeprefix("<ctrl+u>").strip()}
    assert not turn.types.strip(), f"{name} has no lines for turn {index}"
    return {}


async def as_everybody(person: Listener, npi: str) -> None:
    """Answer the step that is asked, and come to another."""
    step = STEPS[person.step]
    if step is Step.PHONE_LINK:
        asked = person.lines.asked
        assert person.sandbox.follow(person.sandbox.newest()).status_code == 204
        await person.until_asked(asked)
    elif step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
        await person.answer({"code": person.sandbox.newest()["code"]})
    elif step is Step.LICENSE_REVIEW:
        typed = {"license_number": "SB099999", "issuing_state": "IL"}
        await person.answer({name: value for name, value in typed.items() if not person.page.values[name]})
    else:
        await person.answer(PHOTOS.get(step) or Walk(person.sandbox, npi).answers_to(step))


@dataclass(frozen=True)
class Refusal:
    """At `step` the answers are everybody's but for `but`, and the field `wrong` is refused.

    The form itself refuses it, or the backend alone for the sake of a `persona`, of which the `turn` tells.
    """

    step: Step
    wrong: str
    but: Mapping[str, object] = field(default_factory=dict)
    persona: str = "happy"
    turn: Turn | None = None


def refusals() -> Mapping[str, Refusal]:
    found = {}
    for name, story in {**STORIES, **MAGIC}.items():
        for index, turn in enumerate(story.turns):
            if turn.step and turn.under and turn.sent:
                typed = TYPED.get((name, index), {})
                assert isinstance(typed, Mapping)
                persona = name if name in STORIES else "happy"
                found[name] = Refusal(turn.step, turn.under, typed, persona, turn)
    return found | {
        f"{step} {name} {index}": Refusal(step, name, but) for index, (step, name, but) in enumerate(BY_FORM)
    }


BY_FORM: tuple[tuple[Step, str, Mapping[str, object]], ...] = (
    (Step.NPI, "npi", {"npi": "1234567898"}),
    (Step.NPI, "npi", {"npi": "12345"}),
    (Step.CREDENTIALS, "username", {"username": "a b"}),
    (Step.CREDENTIALS, "password", {"password": "short", "password_again": "short"}),
    (Step.CREDENTIALS, "password_again", {"password_again": PASSWORD + "x"}),
    (Step.PERSONAL, "email", {"email": "amelia.example.com"}),
    (Step.PRACTICE, "street", {"street": "PO Box 12"}),
    (Step.PRACTICE, "zip_code", {"zip_code": "53703"}),
    (Step.PRACTICE, "phone", {"phone": "217-555-0134 ext. 5"}),
    (Step.PRACTICE, "state", {"state": "Ilinois"}),
    (Step.IDME_SIGN_UP, "accept_terms", {"accept_terms": False}),
    (Step.EMAIL_CONFIRMATION, "code", {"code": "12345"}),
    (Step.RECOVERY_CODE, "saved", {"saved": False}),
    (Step.SSN, "ssn", {"ssn": "000-12-3456"}),
    (Step.ATTRIBUTES_REVIEW, "birth_date", {"birth_date": "02/30/1975"}),
)

REFUSALS = refusals()


def everybodys(refusal: Refusal, walk: Walk) -> dict[str, Any]:
    """All answers of the step, with what is refused among them."""
    return {**walk.answers_to(refusal.step), **refusal.but}


def by_form(refusal: Refusal, answers: Mapping[str, object], walk: Walk) -> str:
    """The form's own message, "" where it accepts the answers."""
    form = refusal.step.form
    own = {name: tuple(map(Option.model_validate, listed)) for name, listed in walk.view.get("options", {}).items()}
    try:
        form.check(answers, service_document("native").context(form, own, date.today()))
    except FormRejected as rejected:
        return rejected.errors[refusal.wrong]
    return ""


def by_api(refusal: Refusal, sandbox: RunningSandbox) -> tuple[str, str]:
    """The backend's message at the field, with the names that are free; and the form's own, for the same answers."""
    npi = PERSONA_NPIS[refusal.persona]
    walk = Walk(sandbox, npi)
    if refusal.step is Step.NPI:
        answers: dict[str, Any] = {"npi": npi, **refusal.but}
        response = sandbox.call("POST", "/v1/registrations", json=answers)
    else:
        walk = sandbox.start(npi).to(refusal.step)
        answers = everybodys(refusal, walk)
        response = walk.answer(refusal.step, **answers)
    body = response.json()
    free = f" Free: {', '.join(body['suggestions'])}." if body.get("suggestions") else ""
    return str(body["errors"][refusal.wrong]) + free, by_form(refusal, answers, walk)


def begun(refusal: Refusal, machine: Machine) -> tuple[Walk | None, dict[str, Any]]:
    """A registration at the step, None where it is the first one, and what is answered there."""
    npi = PERSONA_NPIS[refusal.persona]
    if refusal.step is Step.NPI:
        return None, {"npi": npi, **refusal.but}
    walk = machine.sandbox.start(npi).to(refusal.step)
    return walk, {**(PHOTOS.get(refusal.step) or walk.answers_to(refusal.step)), **refusal.but}


async def by_screens(refusal: Refusal, machine: Machine) -> str:
    """What stands under the field."""
    walk, answers = begun(refusal, machine)
    async with resumed(machine, walk) if walk else at_the_screens(machine) as person:
        if refusal.turn:
            await take(person, refusal.turn, PERSONA_NPIS[refusal.persona])
            return person.under(refusal.wrong)
        for name, value in answers.items():
            if isinstance(value, str) and person.screen.values[name] != value:
                await person.enter(name, value)
        await person.screen.action_submit()
        return person.under(refusal.wrong)


async def by_prompts(refusal: Refusal, machine: Machine) -> str:
    """What is said with the name of the field before it."""
    walk, answers = begun(refusal, machine)
    async with gone_on_with(machine, walk) if walk else at_the_prompts(machine) as person:
        await person.answer(answers)
        return person.said


FRONTS: Mapping[str, Callable[[Refusal, Machine], Any]] = {"screens": by_screens, "prompts": by_prompts}


@pytest.mark.parametrize("front", ["form and API", *FRONTS])
@pytest.mark.parametrize("refused", REFUSALS)
async def test_a_refusal_has_the_same_words_everywhere(
    refused: str, front: str, sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put_photos(tmp_path)
    refusal = REFUSALS[refused]
    said, by_the_form = by_api(refusal, sandbox)
    if front == "form and API":
        assert by_the_form == ("" if refusal.turn else said)
        return
    with running(tmp_path / "another") as fresh:  # where nobody has used up a try
        heard = await FRONTS[front](refusal, Machine(fresh, tmp_path / "state"))
    title = refusal.step.form.model_fields[refusal.wrong].title
    if front == "prompts":
        assert f"{title}: {said}" in heard
    else:
        assert heard == said
