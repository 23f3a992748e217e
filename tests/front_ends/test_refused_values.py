"""A value that was refused is typed over, and a code that a new one has replaced is gone."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from textual import events

from iprescribe_tui.flow.page_state import PageState
from iprescribe_tui.front_ends.tui.early_input import TYPED_MEANWHILE, TYPED_TOO_SOON
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.widgets.inputs import LineInput
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import RunningSandbox
from tests.front_ends.applicant import shown_step
from tests.front_ends.harness import Machine, Person, at_the_screens, press_at, resumed_at, until_true

SECRET = "Zq7!vKp2#Wm9xYt4"


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


def plain_value(person: Person, name: str) -> object:
    """What stands in a field, the secret of a secret one."""
    value = person.row(name).value
    return value.get_secret_value() if isinstance(value, SecretStr) else value


async def refused(person: Person, name: str, typed: str) -> None:
    """Type a value into a field, press Enter, and wait until it is refused there."""
    await person.enter(name, typed)
    await person.type("\n")
    await person.until_true(lambda: person.ready and bool(person.under(name)), "what is wrong")
    await person.until_true(lambda: person.app.focused is person.row(name).input, "the focus on it")
    await person.settle()


@pytest.mark.parametrize(
    ("step", "name", "wrong", "better"),
    [
        (Step.MFA_CODE, "code", "000000", "123456"),  # refused by the backend
        (Step.MFA_CODE, "code", "12345", "123456"),  # refused here
        (Step.EMAIL_CONFIRMATION, "code", "999999", "123456"),
        (Step.SSN, "ssn", "000-12-3456", "219-09-9871"),
        (Step.IDME_SIGN_UP, "email", "nobody@", "amelia@example.com"),
        (Step.PERSONAL, "email", "nobody@", "amelia@example.com"),  # with something missing below it
        (Step.PRACTICE, "zip_code", "123", "62701"),
        (Step.PHONE_MATCH, "phone", "12", "217-555-0155"),
        (Step.PRACTICE, "state", "Atlantis", "Wisconsin"),  # from a list
    ],
    ids=lambda each: str(getattr(each, "value", each)),
)
async def test_typing_replaces_what_was_refused(
    step: Step, name: str, wrong: str, better: str, machine: Machine
) -> None:
    async with resumed_at(machine, step) as person:
        await refused(person, name, wrong)
        await person.press(*better)
        control = person.row(name).input
        assert isinstance(control, LineInput)
        assert control.value == better
        assert not person.under(name)


@pytest.mark.parametrize("typed", ["1234567890", "1000000020 9", "12"])
async def test_typing_replaces_a_refused_npi(typed: str, machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await refused(person, "npi", typed)
        await person.answered("1000000012\n")
        await person.until_step(Step.ACCOUNTS_INTRO)


async def test_a_wrong_value_that_is_come_back_to_is_replaced(machine: Machine) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.enter("zip_code", "123")
        await person.type("\t")
        await person.until_true(lambda: bool(person.under("zip_code")), "what is wrong")
        await person.type("<shift+tab>62701")
        assert person.row("zip_code").value == "62701"
        await person.type("\t<shift+tab>-1234")
        assert person.row("zip_code").value == "62701-1234", "what is right is added to"


async def test_the_arrows_edit_what_was_refused(machine: Machine) -> None:
    async with resumed_at(machine, Step.IDME_SIGN_UP) as person:
        await refused(person, "email", "amelia@examplecom")
        await person.press("end", "left", "left", "left", ".")
        assert person.row("email").value == "amelia@example.com"


@pytest.mark.parametrize("step", [Step.MFA_CODE, Step.EMAIL_CONFIRMATION])
@pytest.mark.parametrize("typed", ["000000\n", "000000", "12"], ids=["refused", "typed", "begun"])
async def test_a_new_code_clears_the_one_before(typed: str, step: Step, machine: Machine) -> None:
    async with resumed_at(machine, step) as person:
        await person.type(typed)
        await person.until_true(lambda: person.ready, "an answer")
        await person.settle()
        machine.sandbox.clock.advance(minutes=6)
        before = machine.sandbox.newest()["code"]
        await person.answered("<f5>")
        assert machine.sandbox.newest()["code"] != before
        assert (plain_value(person, "code"), person.under("code")) == ("", "")
        assert person.app.focused is person.row("code").input


async def test_a_code_stays_where_no_new_one_is_sent(machine: Machine) -> None:
    async with resumed_at(machine, Step.MFA_CODE) as person:
        await person.type("123456")
        await person.answered("<f5>")
        await person.until("Until then the last one works.")
        assert plain_value(person, "code") == "123456"


async def test_letters_on_their_way_into_a_line_that_was_left_are_added_to_it(machine: Machine) -> None:
    """Under load the line is judged after its first letter: the next one replaced that, and 62701 became 2701."""
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.enter("city", "6")
        for digit in "2701":
            person.row("city").input.post_message(events.Key(digit, digit))
        person.screen.set_focus(person.row("state").input)
        person.screen.check_touched()
        await person.settle()
        assert person.row("city").value == "62701"


async def test_letters_behind_a_line_that_was_come_back_to_are_added_to_it(machine: Machine) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.enter("zip_code", "6")
        line = person.row("zip_code").input
        for digit in "270":
            line.post_message(events.Key(digit, digit))
        person.screen.set_focus(person.row("phone").input)
        person.screen.check_touched()
        person.screen.set_focus(line)
        line.post_message(events.Key("1", "1"))
        await person.settle()
        assert person.row("zip_code").value == "62701"


def typed_at_the_refusal(person: Person, name: str, keys: str) -> None:
    """Type `keys` as soon as a refusal leads back to a field: nobody can have seen that yet."""

    def come_back() -> None:
        if person.screen.focused is person.row(name).input:
            press_at(person.app, *keys)

    person.screen.watch(person.screen, "focused", come_back, init=False)


@pytest.mark.parametrize(
    ("step", "name", "wrong", "better"),
    [
        (Step.PERSONAL, "email", "nobody@", "amelia@example.com"),  # Enter led on, and comes back
        (Step.IDME_SIGN_UP, "email", "nobody@", "amelia@example.com"),
        (Step.PRACTICE, "zip_code", "123", "62701"),
        (Step.CREDENTIALS, "username", "a", "amelia.h"),
    ],
    ids=lambda each: str(getattr(each, "value", each)),
)
async def test_what_is_typed_before_a_refusal_is_seen_goes_nowhere(
    step: Step, name: str, wrong: str, better: str, machine: Machine
) -> None:
    async with resumed_at(machine, step) as person:
        await person.enter(name, wrong)
        typed_at_the_refusal(person, name, SECRET)
        await person.type("\n")
        await person.until(TYPED_MEANWHILE)
        assert person.row(name).value == wrong
        assert person.under(name)
        assert not any(SECRET[at : at + 3] in person.text for at in range(len(SECRET) - 2))
        await person.press(*better)
        assert person.row(name).value == better, "what is typed on seeing it replaces what was refused"


@pytest.mark.parametrize("when", ["_focus_first", "show_problem"])
async def test_what_is_typed_before_the_backends_refusal_is_seen_goes_nowhere(
    when: str, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page comes anew, with the number of tries that are left: keys come while it does, or just behind it."""
    async with resumed_at(machine, Step.MFA_CODE) as person:
        await person.type("000000\t")
        done = getattr(StepScreen, when)

        def and_types(screen: StepScreen, *given: object) -> None:
            done(screen, *given)
            press_at(person.app, "1", "2")

        monkeypatch.setattr(StepScreen, when, and_types)
        await person.answered("\n")
        await person.until(TYPED_MEANWHILE)
        assert plain_value(person, "code") == "000000"
        assert person.under("code")
        await person.press(*"123456")
        assert plain_value(person, "code") == "123456"


async def test_what_is_typed_behind_enter_at_continue_goes_nowhere(machine: Machine) -> None:
    async with resumed_at(machine, Step.CREDENTIALS) as person:
        await person.fill("a", SECRET, SECRET)
        await person.go_to_continue()
        press_at(person.app, "enter", "shift+tab", *SECRET)
        await person.until(TYPED_MEANWHILE)
        assert [plain_value(person, name) for name in ("username", "password", "password_again")] == [
            "a",
            SECRET,
            SECRET,
        ]
        assert person.app.focused is person.row("username").input


async def test_what_is_typed_behind_a_refused_enter_is_said_there_and_not_on_the_next_page(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.type("12\n345")
        await person.until(TYPED_MEANWHILE)
        assert person.row("npi").value == "12"
        await person.answered("1000000012\n")
        await person.until_step(Step.ACCOUNTS_INTRO)
        assert "Please type it again" not in person.words


async def test_what_is_typed_behind_the_first_answer_is_said_on_the_page_that_it_leads_to(machine: Machine) -> None:
    """Typed before the first page is there: that has a field for the first value, and none for the next page's."""
    app = machine.app()
    async with app.run_test() as pilot:
        press_at(app, *"1000000012", "enter", *SECRET)
        person = Person(machine, app, pilot)
        await until_true(lambda: person.ready and app._early is None, lambda: "no screen")
        await person.until_step(Step.ACCOUNTS_INTRO)
        await person.until(TYPED_TOO_SOON)


@pytest.mark.parametrize("keys", [["enter"], ["x", "enter"], ["tab", "enter"], ["enter", "enter"]], ids="-".join)
async def test_keys_from_before_a_page_is_drawn_answer_nothing_on_it(
    keys: list[str], machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second Enter of a hurried pair confirmed the license, which was filled in, before anybody saw it."""
    async with resumed_at(machine, Step.NPI_MATCH) as person:
        put_up = person.front_end.put_up

        async def typed_on(page: PageState) -> StepScreen:
            press_at(person.app, *keys)
            return await put_up(page)

        monkeypatch.setattr(person.front_end, "put_up", typed_on)
        await person.type(f"{PERSONA_NPIS['happy']}\n")
        await person.until("Your state license", "Typed too soon, not taken.")
        await person.settle()
        assert shown_step(person) is Step.LICENSE_REVIEW
