"""What is typed goes where it is seen to go: it is not lost, not sent half, and not taken for something else."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from textual import events

from iprescribe_tui.client import transport
from iprescribe_tui.front_ends.tui.dialogs import TroubleScreen
from iprescribe_tui.front_ends.tui.widgets.choices import FewChoices
from iprescribe_tui.front_ends.tui.widgets.many_choices import ManyChoices
from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain import limits
from tests.backend import SPECIALTY, RunningSandbox
from tests.faults.relay import relay_to
from tests.front_ends.applicant import answer, put_photos
from tests.front_ends.harness import Machine, Person, at_the_screens, resumed, resumed_at, until_true


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


def listed(person: Person, name: str) -> Sequence[Option]:
    control = person.row(name).control
    assert isinstance(control, ManyChoices | FewChoices)
    return control.options


async def at_the_last_field(person: Person) -> None:
    await person.enter("email", "name@example.com")
    await person.go_to("role")
    await person.press("1")
    await person.go_to("specialty")


@pytest.mark.parametrize("typed", ["famil", "olescent med", "psych"])
async def test_enter_on_what_may_mean_another_takes_one_and_sends_nothing(typed: str, machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await at_the_last_field(person)
        asked = person.front_end.asked
        await person.type(f"{typed}\n")
        await person.until_true(
            lambda: person.app.focused is person.screen.query_one("#continue"), "the focus on Continue"
        )
        assert person.front_end.asked == asked, "it was sent before anybody saw what was taken"
        assert typed in str(person.row("specialty").value).casefold()
        await person.answered("\n")
        await person.until_step(Step.PRACTICE)


@pytest.mark.parametrize("typed", ["family medicine physician", "dermatology p", "procedural derm"])
async def test_enter_on_what_one_name_alone_begins_with_sends_the_page(typed: str, machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await at_the_last_field(person)
        await person.answered(f"{typed}\n")
        await person.until_step(Step.PRACTICE)


async def test_arrows_alone_choose_from_a_list(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await at_the_last_field(person)
        options = listed(person, "specialty")
        stood = next(index for index, option in enumerate(options) if option.value == person.row("specialty").value)
        await person.press("down", "down", "down", "tab")  # the first opens the list at what stands there
        wanted = options[stood + 2]
        assert person.row("specialty").value == wanted.value
        assert wanted.label[:30] in person.text


async def test_a_list_that_was_only_looked_at_chooses_nothing(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await at_the_last_field(person)
        await person.press("x", "backspace", "tab")
        assert person.row("specialty").value == ""


async def test_enter_at_a_wrong_value_comes_back_to_it(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.enter("email", "name@")
        await person.type("\n")
        await person.until_true(lambda: bool(person.under("email")), "what is wrong with the e-mail")
        await person.until_true(lambda: person.app.focused is person.row("email").input, "the focus back")
        await person.type("name@example.com\n")
        await person.until_true(lambda: person.app.focused is person.row("role").input, "the focus on the roles")
        assert person.row("email").value == "name@example.com"
        assert person.row("role").value == ""


async def test_what_is_typed_behind_a_wrong_value_and_enter_stays_where_it_was_typed(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.enter("email", "name@")
        await person.type("\n1")
        assert person.app.focused is person.row("role").input
        assert person.row("role").value
        assert person.row("email").value == "name@"


async def test_a_page_that_is_full_is_typed_into_and_sent_with_enter(machine: Machine) -> None:
    async with resumed_at(machine, Step.LICENSE_REVIEW) as person:
        await person.answered("\n")
        await person.until_step(Step.CONSENT)
        await person.answered("<f9>")
        await person.until_step(Step.LICENSE_REVIEW)
        assert person.app.focused is person.row("npi").input
        await person.answered("\n")
        await person.until_step(Step.CONSENT)


async def test_after_deny_one_digit_and_enter_allow(machine: Machine) -> None:
    async with resumed_at(machine, Step.CONSENT) as person:
        await person.answered("2\n")
        await person.until_step(Step.CONSENT)
        await person.answered("1\n")
        await person.until_step(Step.DONE)


async def test_a_request_that_is_left_half_written_is_there_again(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.answered("<f8>")
        await person.type("something\tline one")
        await person.answered("<f9>")
        await person.answered("<f8>")
        assert person.row("message").value == "line one"
    async with at_the_screens(machine) as person:
        await person.answered("<f8>")
        assert person.row("message").value == "line one"
        await person.go_to("contact")
        await person.answered("217-555-0134\n")
        await person.until("Your request was received.")
        await person.answered("<f8>")
        assert person.row("message").value == "", "a request that was sent is still there to be sent again"


async def test_a_request_may_be_the_first_thing_that_is_done(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.answered("<f8>")
        assert listed(person, "category"), "there is nothing that a request could be about"


async def test_what_is_pasted_before_the_first_field_is_there_goes_into_it(machine: Machine) -> None:
    app = machine.app()
    async with app.run_test() as pilot:
        app.post_message(events.Paste("1000000012"))
        person = Person(machine, app, pilot)
        await until_true(lambda: person.ready and app._early is None, lambda: "no screen")
        await person.until_true(lambda: person.row("npi").value == "1000000012", "the paste in the NPI")


async def test_a_wrong_photo_is_named_when_its_field_is_left(machine: Machine, tmp_path: Path) -> None:
    put_photos(tmp_path)
    async with resumed_at(machine, Step.DOCUMENT) as person:
        await person.go_to("kind")
        await person.press("1")
        await person.enter("front", str(tmp_path / "none.jpg"))
        await person.type("\t")
        await person.until_true(lambda: "There is no file" in person.under("front"), "what is wrong with the photo")
        assert person.app.focused is person.row("back").input


async def test_of_a_long_path_the_end_is_seen(machine: Machine, tmp_path: Path) -> None:
    folder = tmp_path / "a-folder-with-a-long-name" / "and-another-one"
    folder.mkdir(parents=True)
    put_photos(folder)
    async with resumed_at(machine, Step.DOCUMENT) as person:
        await person.enter("front", str(folder / "front.jpg"))
        await person.type("\t")
        await person.until("another-one/front.jpg")
        person.row("back").put(str(folder / "back.jpg"))
        await person.until("another-one/back.jpg")


@pytest.mark.parametrize("number", ["219-09-9871", "219 09 9871", "219099871"])
async def test_a_social_security_number_that_is_told_to_the_support_is_not_kept(number: str, machine: Machine) -> None:
    """It is asked for nowhere there; whoever types it all the same has not had it written to a file."""
    async with at_the_screens(machine) as person:
        await person.answered("<f8>")
        await person.type(f"something\tMine is {number}.\t217-555-0134")
        await person.answered("<f9>")
    kept = [file.read_text() for file in machine.state_dir.rglob("*.json")]
    assert "217-555-0134" in "".join(kept)
    assert number not in "".join(kept)


async def test_longer_numbers_that_are_told_to_the_support_are_kept(machine: Machine) -> None:
    """Nine digits of a ticket's number are no Social Security number: what was written of it is not lost."""
    written = "Tickets 12-219-09-9871, 219-09-9871-3, 7219-09-9871, 219-09-98712."
    async with at_the_screens(machine) as person:
        await person.answered("<f8>")
        await person.type(f"something\t{written}")
        await person.answered("<f9>")
        await person.answered("<f8>")
        assert person.row("message").value == written
    kept = "".join(file.read_text() for file in machine.state_dir.rglob("*.json"))
    assert written in kept


async def test_a_recovery_code_is_not_ticked_as_saved_by_coming_back(machine: Machine) -> None:
    """Whoever comes back in the same session is shown the same code, and says anew that it is written down."""
    walk = machine.sandbox.registration_at(Step.RECOVERY_CODE)
    async with resumed(machine, walk) as person:
        await person.until_step(Step.RECOVERY_CODE)
        await person.type(" ")
        await person.until("[x] I have saved it")
    async with at_the_screens(machine) as person:
        await person.answered("\n")
        await person.until_step(Step.RECOVERY_CODE)
        await person.until(walk.recovery_code, "[ ] I have saved it")


async def test_an_answer_that_arrived_unheard_and_is_sent_again_counts_once(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes under the same key, so that the backend answers as before, and does not say that it came too late."""
    monkeypatch.setattr(transport, "BACKOFF", 0.01)
    with relay_to(sandbox.url) as relay:
        async with resumed_at(Machine(sandbox, tmp_path / "state", url=relay.url), Step.IDME_LAUNCH) as person:
            relay.strike = lambda point, call: point == "answer" and call.endswith("/steps/idme_launch")
            await person.type("2\n")
            await person.until_true(lambda: isinstance(person.app.screen, TroubleScreen), "the trouble")
            relay.strike = lambda point, call: False
            await person.answered("<f9>")
            await person.until_step(Step.IDME_LAUNCH)
            await person.answered("\n")
            await person.until_step(Step.IDME_SIGN_UP)
            assert "has moved on meanwhile" not in person.words


async def test_an_end_that_can_be_gone_back_from_is_not_signed_out_of(machine: Machine) -> None:
    """Whose role does not prescribe may have taken the wrong one: going back to it asks for no password."""
    staff = {"email": "amelia@example.com", "role": "clinical_staff", "specialty": SPECIALTY}
    async with resumed_at(machine, Step.PRACTICE, answers={Step.PERSONAL: staff}) as person:
        await answer(person)
        await person.until("Your iPrescribe account is made")
        await person.settle()
        await person.answered("<f9>")
        await person.until_step(Step.PRACTICE)


async def test_whoever_is_locked_out_is_told_until_when(machine: Machine) -> None:
    walk = machine.sandbox.registration_at(Step.PRACTICE)
    async with at_the_screens(machine) as person:
        await person.answered("<f6>")
        await person.answered(f"{walk.user}\twrong wrong wrong wrong\n")
        for _ in range(2):
            await person.answered("wrong wrong wrong wrong\n")
        lock = limits.WRONG_PASSWORD.lock
        assert lock
        until = machine.sandbox.clock() + lock
        await person.until(f"Locked until {until.astimezone():%H:%M}", "The password was wrong three times.")


async def test_a_wrong_password_is_an_error_where_a_word_stood_before(machine: Machine) -> None:
    """That a session is over is no error; what is refused on the same page afterwards is one."""
    machine.keyring = None
    walk = machine.sandbox.registration_at(Step.PRACTICE)
    async with resumed(machine, walk) as person:
        await person.until("· Your session is over.")
        await person.answered("wrong wrong wrong wrong\n")
        await person.until("✗ Username and password do not go together.")
