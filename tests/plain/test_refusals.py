"""What the backend alone refuses is said in the same words by API, screens and prompts, and not by the form."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.form import FormRejected
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.personas import REFUSED_MFA_PHONE, TAKEN_EMAIL, TAKEN_IDME_EMAIL, TAKEN_USERNAME
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from iprescribe_tui.sandbox.domain.service import service_document
from tests.backend import PASSWORD, RunningSandbox, Walk, running
from tests.front_ends.applicant import put_photos
from tests.front_ends.harness import Machine, at_the_screens, resumed
from tests.front_ends.test_personas import MAGIC, STORIES, Turn, take
from tests.plain.prompts import at_the_prompts, gone_on_with

PHOTOS = {
    Step.DOCUMENT: {"kind": "drivers_license", "front": "front.jpg", "back": "back.jpg"},
    Step.SELFIE: {"photo": "face.jpg"},
}

TYPED: Mapping[str, Mapping[str, object]] = {
    "phone_refused": {"phone": "217-555-0188"},
    TAKEN_USERNAME: {"username": TAKEN_USERNAME, "password": PASSWORD, "password_again": PASSWORD},
    TAKEN_EMAIL: {"email": TAKEN_EMAIL},
    TAKEN_IDME_EMAIL: {"email": TAKEN_IDME_EMAIL},
    REFUSED_MFA_PHONE: {"phone": REFUSED_MFA_PHONE},
}
"""What a story types otherwise than everybody."""


@dataclass(frozen=True)
class Refusal:
    """At `step` a `persona` answers as everybody but for `typed`; the field `wrong` is refused, as `turn` tells."""

    step: Step
    wrong: str
    persona: str
    turn: Turn
    typed: Mapping[str, object] = field(default_factory=dict)

    @property
    def npi(self) -> str:
        """Whose NPI it is."""
        return PERSONA_NPIS[self.persona]

    def begun(self, sandbox: RunningSandbox) -> Walk | None:
        """A registration at the step, None where it is the first one."""
        return None if self.step is Step.NPI else sandbox.start(self.npi).to(self.step)

    def answers(self, walk: Walk | None) -> dict[str, Any]:
        """All answers of the step."""
        return {**(walk.answers_to(self.step) if walk else {"npi": self.npi}), **self.typed}


REFUSALS = {
    name: Refusal(turn.step, turn.under, name if name in STORIES else "happy", turn, TYPED.get(name, {}))
    for name, story in {**STORIES, **MAGIC}.items()
    for turn in story.turns
    if turn.step and turn.under and turn.sent
}


def by_api(refusal: Refusal, sandbox: RunningSandbox) -> str:
    """The message at the field, with the names that are free; the form itself accepts the same answers."""
    walk = refusal.begun(sandbox)
    answers = refusal.answers(walk)
    if walk:
        body = walk.answer(refusal.step, **answers).json()
        options = {key: tuple(map(Option.model_validate, each)) for key, each in walk.view.get("options", {}).items()}
    else:
        body, options = sandbox.call("POST", "/v1/registrations", json=answers).json(), {}
    try:
        form = refusal.step.form
        form.check(answers, service_document("native").context(form, options, date.today()))
    except FormRejected as rejected:
        raise AssertionError(f"the form refuses it: {rejected.errors}") from rejected
    free = f" These are available: {', '.join(body['suggestions'])}." if body.get("suggestions") else ""
    return str(body["errors"][refusal.wrong]) + free


async def by_screens(refusal: Refusal, machine: Machine) -> str:
    """What stands under the field."""
    walk = refusal.begun(machine.sandbox)
    async with resumed(machine, walk) if walk else at_the_screens(machine) as person:
        await take(person, refusal.turn, refusal.npi)
        return person.under(refusal.wrong)


async def by_prompts(refusal: Refusal, machine: Machine) -> str:
    """What is said behind the field's name, which is asked for again, once the answers were sent."""
    walk = refusal.begun(machine.sandbox)
    async with gone_on_with(machine, walk) if walk else at_the_prompts(machine) as person:
        await person.answer({**refusal.answers(walk), **PHOTOS.get(refusal.step, {})})
        assert person.field == refusal.wrong
        title = f"{person.page.label(refusal.wrong)}: "
        return next(said.removeprefix(title) for said in reversed(person.lines.said) if said.startswith(title))


FRONTS: Mapping[str, Callable[[Refusal, Machine], Awaitable[str]]] = {"screens": by_screens, "prompts": by_prompts}


@pytest.mark.matrix
@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("refused", REFUSALS)
async def test_a_refusal_by_the_backend_has_the_same_words_everywhere(
    refused: str, front: str, sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put_photos(tmp_path)
    refusal = REFUSALS[refused]
    with running(tmp_path / "another") as fresh:  # where nobody has used up a try
        heard = await FRONTS[front](refusal, Machine(fresh, tmp_path / "state"))
    assert heard == by_api(refusal, sandbox)
