"""Two programs at one registration: the older one is told, keeps what is typed in it, and overwrites nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from iprescribe_tui.flow.actions import SupportView
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import FormView
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import PASSWORD, RunningSandbox, Walk
from tests.front_ends.harness import Machine, Person, at_the_screens, resumed
from tests.photos.backs import back, barcode_text, jpeg
from tests.plain.prompts import Listener, at_the_prompts, gone_on_with
from tests.tally import Tally

HAPPY = PERSONA_NPIS["happy"]
ANOTHER = "violet lantern over another harbor"

TOLD = "This was not sent, since the registration has moved on meanwhile"
OLDER = {"practice_name": "Lakeside, as typed first", "street": "400 Lake St", "suite": "", "city": "Springfield"}
OLDER |= {"state": "IL", "zip_code": "62701", "phone": "217-555-0134", "fax": ""}
NEWER = {**OLDER, "practice_name": "Orchard Clinic, as typed second", "street": "8 Orchard Row"}


@dataclass
class Registration:
    """One registration, and the machines of the two who are at it."""

    walk: Walk
    older: Machine
    newer: Machine

    def practice(self) -> object:
        """What the backend has of the practice's name."""
        from iprescribe_tui.sandbox.store.tables import Registration as Row

        with self.walk.sandbox.backend.store.reading() as db:
            row = db.get_one(Row, self.walk.id)
            return row.answers.get(Step.PRACTICE, {}).get("practice_name")


@pytest.fixture(params=["one machine", pytest.param("two machines", marks=pytest.mark.matrix)])
def registration(request: pytest.FixtureRequest, sandbox: RunningSandbox, tmp_path: Path) -> Registration:
    """A registration at the practice; on one machine the programs share the keyring and the drafts."""
    older = Machine(sandbox, tmp_path / "state")
    newer = older if request.param == "one machine" else Machine(sandbox, tmp_path / "elsewhere")
    return Registration(sandbox.registration_at(Step.PRACTICE), older, newer)


@asynccontextmanager
async def newer(registration: Registration) -> AsyncIterator[Listener]:
    """The second program, once the first one is there."""
    async with gone_on_with(registration.newer, registration.walk) as listener:
        await listener.until_step(Step.PRACTICE)
        yield listener


async def type_into(person: Person, values: dict[str, str]) -> None:
    for name, value in values.items():
        if name != "state" and value:
            await person.enter(name, value)
    await person.go_to("state")
    await person.press(*values["state"])


async def continues(person: Person) -> None:
    await person.press("tab")
    await person.go_to("fax")
    await person.answered("\n")


async def goes_back(person: Person) -> None:
    await person.answered("<f9>")


@pytest.mark.matrix
@pytest.mark.parametrize("answers", [continues, goes_back])
async def test_the_older_at_the_screens(
    registration: Registration, answers: Callable[[Person], Awaitable[None]], tally: Tally
) -> None:
    async with resumed(registration.older, registration.walk) as person:
        await person.until_step(Step.PRACTICE)
        await type_into(person, OLDER)
        async with newer(registration) as second:
            await second.answer(NEWER)
            await second.until_step(Step.IDME_LAUNCH)
            await answers(person)
            await person.until_step(Step.IDME_LAUNCH)
            assert TOLD in person.words
            assert "What you typed is kept" in person.words
            assert registration.practice() == NEWER["practice_name"]
            await person.answered("<f9>")
            await person.until_step(Step.PRACTICE)
            kept = {name: person.row(name).value for name in ("practice_name", "street", "city")}
            assert kept == {name: OLDER[name] for name in kept}
            # Now it is the second one that is older; the first one's words are sent once they are sent anew.
            await person.go_to("fax")
            await person.answered("\n")
            await person.until_step(Step.IDME_LAUNCH)
            assert registration.practice() == OLDER["practice_name"]
            await second.answer({"account": "1"})
            assert TOLD in second.said
    tally("sessions", "a second terminal", tried=1, recovered=1, lost=0)


async def test_the_older_at_the_prompts(registration: Registration, tally: Tally) -> None:
    async with gone_on_with(registration.older, registration.walk) as first:
        await first.until_step(Step.PRACTICE)
        for name in list(OLDER)[:-1]:
            await first.type(OLDER[name])
        assert first.field == "fax"
        async with newer(registration) as second:
            await second.answer(NEWER)
            await second.until_step(Step.IDME_LAUNCH)
            await first.type("")
            await first.until_step(Step.IDME_LAUNCH)
            assert TOLD in first.said
            assert registration.practice() == NEWER["practice_name"]
            await first.type("<")
            await first.until_step(Step.PRACTICE)
            assert first.page.values["practice_name"] == OLDER["practice_name"]
            assert first.page.values["street"] == OLDER["street"]
    tally("sessions", "a second terminal", tried=1, recovered=1, lost=0)


@pytest.mark.matrix
async def test_one_that_starts_over_does_not_take_the_other_along_unasked(registration: Registration) -> None:
    async with resumed(registration.older, registration.walk) as person, newer(registration) as second:
        await person.until_step(Step.PRACTICE)
        await person.enter("practice_name", OLDER["practice_name"])
        await second.type("/over")
        await second.type("yes")
        await second.until_step(Step.NPI)
        assert person.row("practice_name").value == OLDER["practice_name"]
        await person.answered("<f9>")
        await person.until_step(Step.NPI)
        assert TOLD in person.words


@pytest.mark.matrix
@pytest.mark.parametrize("over", [[], ["f1"], ["f2"], ["f11"]], ids=["step", "help", "messages", "start over"])
async def test_one_that_waits_goes_along(over: list[str], registration: Registration) -> None:
    walk = registration.walk.to(Step.EMAIL_CONFIRMATION)
    async with resumed(registration.older, walk) as person, gone_on_with(registration.newer, walk) as second:
        await person.until_step(Step.EMAIL_CONFIRMATION)
        await second.until_step(Step.EMAIL_CONFIRMATION)
        await person.press(*over)
        await second.type(walk.code())
        await second.until_step(Step.EMAIL_CONFIRMED)
        await person.until_step(Step.EMAIL_CONFIRMED)
        assert person.app.screen_stack[1:] == [person.screen], "a page that was left stays behind the next"


@pytest.mark.matrix
async def test_signing_out_of_one_leads_the_other_to_the_sign_in(registration: Registration) -> None:
    async with resumed(registration.older, registration.walk) as person:
        await person.until_step(Step.PRACTICE)
        await person.enter("practice_name", OLDER["practice_name"])
        walk = registration.walk
        assert walk.sandbox.call("DELETE", "/v1/sessions/current", token=walk.token()).status_code == 204
        await person.answered("<f9>")
        await person.until("Your session is over. Sign in to go on where you were.", "Username")
        assert registration.older.keyring
        assert registration.older.keyring.entries == {}


@pytest.mark.matrix
async def test_the_one_that_is_forgotten_does_not_sign_the_other_out(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """On one machine they share the keyring: the one at which somebody is has kept newer tokens there."""
    from tests.front_ends.harness import IdleClock

    clock = IdleClock()
    walk = sandbox.registration_at(Step.PRACTICE)
    forgotten = Machine(sandbox, tmp_path / "state", clock=clock)
    active = Machine(sandbox, tmp_path / "state", forgotten.keyring)
    async with resumed(forgotten, walk) as person, gone_on_with(active, walk) as second:
        await person.until_step(Step.PRACTICE)
        await second.until_step(Step.PRACTICE)
        sandbox.clock.advance(minutes=15)
        await second.answer(NEWER)
        await second.until_step(Step.IDME_LAUNCH)
        clock.advance(minutes=15)
        person.front_end.flow.check_idle()
        await person.until("Nothing was typed for 15 minutes")
        await person.until_true(lambda: not person.front_end.client.signed_in, "the end of the session")
        await second.type("<")
        await second.until_step(Step.PRACTICE)
        assert "Sign in" not in second.said


REPLACED = "Another terminal started with this NPI before you chose a username here, so your session ended."
DO = "To continue here, enter the NPI again"


@pytest.mark.parametrize("keys", ["\n", pytest.param("<f9>", marks=pytest.mark.matrix)])
async def test_one_that_is_replaced_before_a_username_is_told_why_at_the_screens(
    keys: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    async with at_the_screens(Machine(sandbox, tmp_path / "state")) as person:
        await person.answered(f"{HAPPY}\n")
        await person.until_step(Step.ACCOUNTS_INTRO)
        other = sandbox.start(HAPPY)
        await person.answered(keys)
        await person.until_step(Step.NPI)
        assert REPLACED in person.words
        assert DO in person.words
        assert person.row("npi").value == HAPPY
        await person.answered("\n")
        await person.until_step(Step.ACCOUNTS_INTRO)
        answer = sandbox.call("GET", f"/v1/registrations/{other.id}", token=other.access)
        assert answer.json()["code"] == "session_replaced"


async def test_one_that_is_replaced_before_a_username_is_told_why_at_the_prompts(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    machine = Machine(sandbox, tmp_path / "state")
    async with at_the_prompts(machine) as listener:
        await listener.type(HAPPY)
        await listener.until_step(Step.ACCOUNTS_INTRO)
        await listener.type("")
        await listener.until_step(Step.CREDENTIALS)
        sandbox.start(HAPPY)
        await listener.type("<")
        await listener.until_step(Step.NPI)
        assert REPLACED in listener.said
        assert DO in listener.said


async def test_one_that_comes_back_and_was_replaced_is_told_why(sandbox: RunningSandbox, tmp_path: Path) -> None:
    machine = Machine(sandbox, tmp_path / "state")
    walk = sandbox.start(HAPPY)
    await machine.left_at(walk)
    machine.drafts.forget(walk.id)
    machine.drafts.remember(walk.id, npi=walk.npi, step="accounts_intro")  # without a username
    sandbox.start(HAPPY)
    async with at_the_prompts(machine) as listener:
        await listener.type("")
        await listener.until_step(Step.NPI)
        assert REPLACED in listener.said


CHANGED = "A password, second factor or recovery code was set in another session"
COPIED = "This session was used a second time elsewhere"


def elsewhere(walk: Walk) -> Walk:
    """A session of the same registration on another machine."""
    body = {"username": walk.user, "password": PASSWORD}
    return Walk(walk.sandbox, walk.npi).entered(walk.sandbox.call("POST", "/v1/sessions", json=body).json())


async def test_one_whose_password_was_changed_elsewhere_is_told_why_at_the_screens(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    walk = sandbox.registration_at(Step.PRACTICE)
    async with resumed(Machine(sandbox, tmp_path / "state"), walk) as person:
        await person.until_step(Step.PRACTICE)
        other = elsewhere(walk)
        assert other.back().status_code == other.back().status_code == 200
        other.submit(Step.CREDENTIALS, username=walk.user, password=ANOTHER, password_again=ANOTHER)
        await type_into(person, OLDER)
        await person.answered("\n")
        await person.until(CHANGED)
        assert "If that was not you, ask support, or start over once you are in." in person.words
        assert "Sign in to go on where you were." in person.words


SECRETS = ("totp_secret", "recovery_code")


def secret_of(walk: Walk) -> str:
    """The key or code that this session is shown."""
    reveal = walk.look()["reveal"]
    return next(str(reveal[name]) for name in SECRETS if name in reveal)


def is_shown(secret: str, text: str) -> bool:
    """Whether a secret can be read, however it is grouped and wrapped."""
    return secret in "".join(character for character in text if character.isalnum())


@pytest.mark.parametrize("step", [Step.MFA_TOTP, Step.RECOVERY_CODE])
async def test_the_older_is_not_shown_what_is_made_for_the_newer_at_the_screens(
    step: Step, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    walk = sandbox.registration_at(step, method="app")
    before = secret_of(walk)
    async with resumed(Machine(sandbox, tmp_path / "state"), walk) as person:
        await person.until_step(step)
        await person.until_true(lambda: is_shown(before.replace("-", ""), person.words), "its own")
        made = secret_of(elsewhere(walk))
        if step is Step.RECOVERY_CODE:
            await person.press("space")
        await person.answered("\n")
        await person.until(CHANGED, "Sign in to go on where you were.", "Username")
        assert not is_shown(made.replace("-", ""), person.words)


async def test_the_older_is_not_shown_what_is_made_for_the_newer_at_the_prompts(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    walk = sandbox.registration_at(Step.MFA_CODE, method="app")
    async with gone_on_with(Machine(sandbox, tmp_path / "state"), walk) as listener:
        await listener.until_step(Step.MFA_CODE)
        other = elsewhere(walk)
        assert other.back().status_code == 200
        await listener.type("<")
        await listener.until(CHANGED)
        await listener.until("Sign in to go on where you were.")
        assert not is_shown(secret_of(other), listener.said)


async def test_an_id_that_another_terminal_sent_is_covered_at_the_screens(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    walk = sandbox.registration_at(Step.DOCUMENT)
    sides = {"front": walk.evidence("front"), "back": walk.upload("back", jpeg(back(barcode_text()))).json()["id"]}
    walk.submit(Step.DOCUMENT, kind="drivers_license", **sides)
    own, other = walk.look()["notices"][0]["text"], elsewhere(walk)
    assert own == "Read from the barcode: AMELIA JANE HARTWELL, valid until 04/30/2099."
    async with resumed(Machine(sandbox, tmp_path / "state"), other) as person:
        await person.until_step(Step.SELFIE)
        await person.until("The photos of the ID came from another session", "covered here")
        assert "AMELIA" not in person.words
        other.look()
        other.to(Step.ATTRIBUTES_REVIEW)
    async with resumed(Machine(sandbox, tmp_path / "again"), other) as person:
        await person.until_step(Step.ATTRIBUTES_REVIEW)
        assert [person.row(name).value for name in ("birth_date", "street", "city")] == [""] * 3


OVER = "Your registration was started over in another session, which erased its answers and closed this one."


async def test_the_older_is_told_that_it_was_started_over_and_begins_again_at_the_screens(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    machine, walk = Machine(sandbox, tmp_path / "state"), sandbox.registration_at(Step.PRACTICE)
    async with resumed(machine, walk) as person:
        await person.until_step(Step.PRACTICE)
        await person.enter("practice_name", OLDER["practice_name"])
        other = elsewhere(walk)
        assert other.back(Step.NPI).status_code == 200
        await person.answered("<f9>")
        await person.until_step(Step.NPI)
        assert OVER in person.words
        assert "To start again here, enter the NPI" in person.words
        assert person.row("npi").value == walk.npi
        await person.answered("\n")
        await person.until_step(Step.ACCOUNTS_INTRO)
        left = machine.drafts.remembered()
        assert left
        assert (left.username, left.registration == walk.id) == ("", False)
        assert machine.drafts.load(left.registration, Step.PRACTICE)["practice_name"] == OLDER["practice_name"]
        assert len(machine.drafts.unfinished()) == 1
        assert other.get().json()["code"] == "session_replaced"


async def test_the_older_is_told_that_it_was_started_over_at_the_prompts(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    machine, walk = Machine(sandbox, tmp_path / "state"), sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    async with gone_on_with(machine, walk) as listener:
        await listener.until_step(Step.EMAIL_CONFIRMATION)
        other = elsewhere(walk)
        assert other.back(Step.NPI).status_code == 200
        await listener.until_step(Step.NPI)  # the page that waits goes there by itself
        assert OVER in listener.said
        other.to(Step.PERSONAL)
        await listener.type("")
        await listener.until("registered already", "Username")


async def test_one_whose_tokens_were_copied_is_told_why_at_the_prompts(sandbox: RunningSandbox, tmp_path: Path) -> None:
    walk = sandbox.registration_at(Step.PRACTICE)
    async with gone_on_with(Machine(sandbox, tmp_path / "state"), walk) as listener:
        await listener.until_step(Step.PRACTICE)
        for key in ("the-owner", "a-thief"):
            sandbox.call("POST", "/v1/tokens", json={"refresh_token": walk.refresh}, key=key)
        await listener.type("<")
        await listener.until(COPIED)
        await listener.until("Sign in to go on where you were.")


def kept_files(machine: Machine) -> list[Path]:
    """Every draft on a machine, of whatever registration."""
    return [path for path in (machine.state_dir / "drafts").rglob("*") if path.is_file()]


@asynccontextmanager
async def completed_elsewhere(machine: Machine, walk: Walk) -> AsyncIterator[None]:
    """The registration is completed, and a second program on the same machine has seen it."""
    walk.look()
    walk.to(Step.DONE)
    async with gone_on_with(machine, walk) as second:
        await second.until_step(Step.DONE)
        assert kept_files(machine) == []
        yield


async def types(person: Person) -> None:
    await person.enter("city", "Springfield")
    person.front_end.keep_draft()


async def writes_to_support_and_comes_back(person: Person) -> None:
    await person.answered("<f8>")
    await person.until_true(lambda: isinstance(person.screen.view, SupportView), "the request")
    await person.go_to("message")
    await person.type("How long does it take?")
    await person.answered("<f9>")
    await person.until_step(Step.PRACTICE)
    person.front_end.keep_draft()


async def sends(person: Person) -> None:
    await person.answered("<f9>")
    await person.until("Sign in to go on where you were", "Username")


async def leaves(person: Person) -> None:
    assert person.front_end.farewell().text == ""


@pytest.mark.parametrize(
    "does", [types, writes_to_support_and_comes_back, pytest.param(sends, marks=pytest.mark.matrix), leaves]
)
async def test_an_old_step_leaves_nothing_behind_once_the_registration_is_complete(
    does: Callable[[Person], Awaitable[None]], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    machine, walk = Machine(sandbox, tmp_path / "state"), sandbox.registration_at(Step.PRACTICE)
    async with resumed(machine, walk) as person:
        await person.until_step(Step.PRACTICE)
        await person.enter("practice_name", OLDER["practice_name"])
        async with completed_elsewhere(machine, walk):
            await does(person)
            if isinstance(person.screen.view, FormView):  # it is still there for the one who types
                assert person.row("practice_name").value == OLDER["practice_name"]
            assert kept_files(machine) == []
    assert kept_files(machine) == []
    assert machine.drafts.remembered() is None


async def test_the_prompts_of_an_old_step_leave_nothing_behind_either(sandbox: RunningSandbox, tmp_path: Path) -> None:
    machine, walk = Machine(sandbox, tmp_path / "state"), sandbox.registration_at(Step.PRACTICE)
    async with gone_on_with(machine, walk) as first:
        await first.until_step(Step.PRACTICE)
        await first.type(OLDER["practice_name"])
        async with completed_elsewhere(machine, walk):
            await first.type(OLDER["street"])
            assert first.page.values["practice_name"] == OLDER["practice_name"]
            assert kept_files(machine) == []
    assert kept_files(machine) == []
