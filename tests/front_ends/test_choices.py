"""A choice changes by Enter, Tab, a digit, or a click on it, and never by leaving its field."""

from pathlib import Path

import pytest
from textual import events
from textual.widgets import Button

from iprescribe_tui.front_ends.tui.widgets.choices import CheckBox, FewChoices
from iprescribe_tui.front_ends.tui.widgets.field_row import row_of
from iprescribe_tui.front_ends.tui.widgets.many_choices import ManyChoices
from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, RunningSandbox
from tests.front_ends.harness import Machine, Person, press_at, resumed_at

FAMILY = "Family Medicine Physician"


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


def specialty(person: Person) -> str:
    """What stands in the field, as it is shown."""
    control = person.row("specialty").control
    assert isinstance(control, ManyChoices)
    assert person.row("specialty").value == next(
        (o.value for o in control.options if o.label == control.line.value), ""
    )
    return control.line.value


def listed(person: Person) -> bool:
    control = person.row("specialty").control
    return isinstance(control, ManyChoices) and control.list.display


@pytest.mark.parametrize("key", ["escape", "f9"])
@pytest.mark.parametrize(
    "typed", [["x"], [*"derm"], ["down"], ["down", "down"], ["end", "ctrl+u"], [*"zzz"]], ids="".join
)
async def test_the_first_escape_puts_back_what_stood_in_the_list(typed: list[str], key: str, machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.go_to("specialty")
        press_at(person.app, *typed, key)  # in one go, as a hurried person types
        await person.settle()
        assert (specialty(person), listed(person)) == (FAMILY, False)
        assert person.app.focused is person.row("specialty").input
        await person.answered(f"<{key}>")
        await person.until_step(Step.CREDENTIALS)
        await on_again(person)
        assert specialty(person) == FAMILY


async def on_again(person: Person) -> None:
    """From the username on to the step with the list."""
    await person.fill(PASSWORD, PASSWORD)
    await person.answered("\n")
    await person.until_step(Step.PERSONAL)


@pytest.mark.parametrize("typed", [["x"], [*"derm"], ["down", "down"], ["end", "ctrl+u"]], ids="".join)
@pytest.mark.parametrize("leaves", ["shift+tab", "click", "f8"])
async def test_leaving_the_list_chooses_nothing(leaves: str, typed: list[str], machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.go_to("specialty")
        await person.press(*typed)
        if leaves == "click":
            await person.pilot.click("#email")
        elif leaves == "f8":
            await person.answered("<f8>")
            await person.answered("<f9>")
        else:
            await person.press(leaves)
        await person.settle()
        assert (specialty(person), listed(person)) == (FAMILY, False)


async def test_letters_on_coming_back_to_a_list_stay(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.go_to("specialty")
        press_at(person.app, *"psych", "shift+tab", "tab", *"derm")
        await person.settle()
        control = person.row("specialty").control
        assert isinstance(control, ManyChoices)
        assert (control.line.value, control.value) == ("derm", FAMILY)
        await person.press(*"atology", "tab")
        assert specialty(person) == "Dermatology Physician"


async def test_leaving_the_program_chooses_nothing(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.enter("email", "amelia@example.com")
        await person.go_to("specialty")
        await person.press(*"derm", "f10")
    kept = "".join(each.read_text() for each in machine.state_dir.rglob("*") if each.is_file())
    assert "amelia@example.com" in kept
    assert "Dermatology" not in kept


@pytest.mark.parametrize("keys", [["tab"], ["enter"]], ids="".join)
async def test_tab_and_enter_take_what_is_highlighted(keys: list[str], machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.go_to("specialty")
        press_at(person.app, *"dermatology", *keys)
        await person.settle()
        assert (specialty(person), listed(person)) == ("Dermatology Physician", False)


async def test_a_list_that_is_only_looked_into_stays_as_it_was(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.go_to("specialty")
        await person.press("down", "tab")
        assert specialty(person) == FAMILY


async def test_a_click_in_the_list_takes_it(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.go_to("specialty")
        await person.press(*"dermatology")
        await person.pilot.click("OptionList", offset=(3, 0))
        await person.settle()
        assert (specialty(person), listed(person)) == ("Dermatology Physician", False)


async def test_another_window_in_front_leaves_the_list_as_it_is(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.go_to("specialty")
        await person.press(*"derm")
        person.app.post_message(events.AppBlur())
        await person.settle()
        person.app.post_message(events.AppFocus())
        await person.settle()
        await person.press(*"atology", "tab")
        assert specialty(person) == "Dermatology Physician"


async def test_a_choice_that_is_refused_is_typed_over(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.enter("email", "amelia@example.com")
        await person.press("tab", "1", "tab", *"wizardry", "enter")
        await person.until("This is not in the list.")
        await person.press("ctrl+u", *"dermatology", "tab")
        assert specialty(person) == "Dermatology Physician"


async def moved(person: Person, field: str, *keys: str) -> tuple[object, str]:
    """Press keys in a short list; return what is chosen then, and the field that has the focus."""
    await person.go_to(field)
    await person.press(*keys)
    row = row_of(person.app.focused)
    return person.row(field).value, row.field_name if row else str(person.app.focused and person.app.focused.id)


@pytest.mark.parametrize(
    ("keys", "chosen", "then"),
    [
        (["1", "up"], "1", "email"),
        (["3", "up", "up"], "1", "role"),
        (["3", "up", "up", "up"], "1", "email"),
        (["up"], "", "email"),
        (["8", "down"], "8", "specialty"),
        (["7", "down", "down"], "8", "specialty"),
        (["down"], "1", "role"),
        (["1", "left"], "1", "role"),
        (["8", "right"], "8", "role"),
        (["left"], "", "role"),
        (["2", "left", "right", "right"], "3", "role"),
        (["2", *"correct-horse"], "2", "role"),
        (["2", "²", "½", "٩", "0", "9"], "2", "role"),
        (["2", "３"], "3", "role"),
    ],
    ids="".join,
)
async def test_digits_choose_in_a_short_list_and_arrows_leave_it_at_its_ends(
    keys: list[str], chosen: str, then: str, machine: Machine
) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        control = person.row("role").control
        assert isinstance(control, FewChoices)
        value = control.options[int(chosen) - 1].value if chosen else ""
        assert await moved(person, "role", *keys) == (value, then)


@pytest.mark.parametrize("step", [Step.IDME_LAUNCH, Step.DOCUMENT, Step.MFA_CHOICE])
async def test_nothing_is_above_a_list_that_comes_first(step: Step, machine: Machine) -> None:
    async with resumed_at(machine, step) as person:
        name = person.screen.field_rows[0].field_name
        control = person.row(name).control
        assert isinstance(control, FewChoices)
        assert await moved(person, name, "1", "up", "up") == (control.options[0].value, name)


async def test_the_other_account_at_idme_is_chosen_where_it_was_asked_for(machine: Machine) -> None:
    async with resumed_at(machine, Step.IDME_SIGN_UP) as person:
        await person.go_to("email")
        button = next(each for each in person.screen.query(Button) if "Sign in to ID.me" in str(each.label))
        person.screen.set_focus(button)
        await person.answered("\n")
        await person.until_step(Step.IDME_LAUNCH)
        assert person.row("account").value == "have"
        await person.answered("\n")
        await person.until_step(Step.IDME_SIGN_IN)


WORDS = ["copper kites above the grey town", "drivers lic", "Lakeside Clinic 2", "a 1 b 3"]


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("step", [Step.RECOVERY_CODE, Step.ATTRIBUTES_REVIEW], ids=str)
async def test_words_typed_at_a_box_leave_it_as_it_was(words: str, step: Step, machine: Machine) -> None:
    async with resumed_at(machine, step) as person:
        box = next(row for row in person.screen.field_rows if isinstance(row.control, CheckBox))
        await person.go_to(box.field_name)
        for checked in (False, True):
            assert box.value is checked
            press_at(person.app, "left", *words)  # in one go, as words come
            await person.settle()
            assert box.value is checked
            await person.press("left", "space")


@pytest.mark.parametrize("size", [(80, 24), (60, 20)], ids=str)
async def test_further_lines_of_a_consent_stand_below_its_words(size: tuple[int, int], machine: Machine) -> None:
    async with resumed_at(machine, Step.ATTRIBUTES_REVIEW) as person:
        await person.pilot.resize_terminal(*size)
        await person.go_to("accept")
        await person.until("[ ] The information", "to verify my identity")
        lines = person.text.splitlines()
        first = next(number for number, line in enumerate(lines) if "[ ] The information" in line)
        further = lines[first + 1]
        assert further.index(further.strip()) == lines[first].index("The information")
        await person.press("space")
        await person.until("[x] The information")


@pytest.mark.parametrize("words", WORDS)
async def test_words_typed_at_a_short_list_leave_it_as_it_was(words: str, machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.go_to("role")
        press_at(person.app, *words)  # in one go, as words come
        await person.settle()
        assert person.row("role").value == ""
        await person.press("down", "down")
        chosen = person.row("role").value
        press_at(person.app, *words)
        await person.settle()
        assert person.row("role").value == chosen
        await person.press("left", "3", "5")
        assert person.row("role").value not in ("", chosen)
