"""The screens are filled in from a file until it has no answer; then whoever sits there goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from iprescribe_tui.flow.page_state import Filled, PageState
from iprescribe_tui.flow.page_texts import page_of
from iprescribe_tui.flow.services import Services
from iprescribe_tui.front_ends.automation.answers import Answers, load
from iprescribe_tui.front_ends.automation.answers.template_value import Run
from iprescribe_tui.front_ends.automation.answers_source import AnswersSource
from iprescribe_tui.front_ends.automation.message_source import CommandMessages, NoMessageError, message_source_for
from iprescribe_tui.journey.steps import Step
from screens import screen_of
from tests.backend import PASSWORD, RunningSandbox, Walk
from tests.front_ends.harness import PATIENCE, Machine, Person, WatchedFrontEnd

NPI = '[npi]\nnpi = "1000000012"\n[accounts_intro]\n'
ACCOUNT = f"""{NPI}
[credentials]
username = "{{random:username}}"
password = "{PASSWORD}"
password_again = "{PASSWORD}"
[personal]
email = "amelia@example.com"
role = "Doctor or dentist"
"""


@asynccontextmanager
async def answering(
    text: str, sandbox: RunningSandbox, folder: Path, left: Walk | None = None
) -> AsyncIterator[Person]:
    """The program as `--answers` starts it, with a file that says `text`; a registration may have been `left` here."""
    file = folder / "answers.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    answers = load(file, {"WHO": "amelia.hartwell"})
    machine = Machine(sandbox, folder / "state")
    if left:
        await machine.left_at(left)
    app = machine.app()
    app._load = lambda app: WatchedFrontEnd(
        app, services := machine.services(), screen_of, source(answers, services, sandbox)
    )
    async with app.run_test(size=(80, 24)) as pilot:
        yield Person(machine, app, pilot)


def source(answers: Answers, services: Services, sandbox: RunningSandbox) -> AnswersSource:
    message_source = message_source_for(answers.outbox_command, services.client, own_sandbox=True, clock=sandbox.clock)
    return AnswersSource(answers, message_source, Run({"WHO": "amelia.hartwell"}))


async def test_it_hands_over_at_the_first_step_without_an_answer(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with answering(NPI, sandbox, tmp_path) as person:
        await person.until("Choose a username and password", "Your turn: the answers file has no answer here.")
        await person.fill("amelia.hartwell", PASSWORD, PASSWORD)
        assert person.row("username").value == "amelia.hartwell"


async def test_it_goes_on_later_where_it_has_answers(sandbox: RunningSandbox, tmp_path: Path) -> None:
    text = f"{NPI}[personal]\nemail = 'amelia@example.com'\nrole = 'doctor_or_dentist'\nspecialty = 'Dentist'"
    async with answering(text, sandbox, tmp_path) as person:
        await person.until("Choose a username and password", "Your turn")
        await person.answered(f"amelia.hartwell\t{PASSWORD}\t{PASSWORD}\n")
        await person.until("Your practice", "Your turn")


async def test_what_is_left_to_the_person_gets_the_focus_and_the_rest_is_filled_in(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    text = f"{NPI}[credentials]\nusername = '{{env:WHO}}'\npassword = '{{ask}}'\npassword_again = '{PASSWORD}'"
    async with answering(text, sandbox, tmp_path) as person:
        await person.until("Your turn: Password.")
        assert person.row("username").value == "amelia.hartwell"
        assert person.app.focused is person.row("password").input
        await person.answered(f"{PASSWORD}\n")
        await person.until("About you")


async def test_whose_turn_it_is_is_said_once(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with answering("[accounts_intro]", sandbox, tmp_path) as person:
        await person.until("Your turn: the answers file has no answer here.")
        await person.enter("npi", "1000000996")
        await person.answered()
        await person.until("is not in the NPI registry")
        assert "Your turn" not in person.text


async def test_half_an_answer_is_filled_in_and_handed_over(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with answering(f"{NPI}[credentials]\nusername = 'amelia.hartwell'", sandbox, tmp_path) as person:
        await person.until("Your turn: Password.")
        assert person.row("username").value == "amelia.hartwell"
        assert person.app.focused is person.row("password").input


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[npi]\nnpi = '1000000013'", "1000000013"),
        ("[npi]\nnpi = '1000000996'", "is not in the NPI registry"),
    ],
    ids=["by the form", "by the backend"],
)
async def test_a_refusal_stops_it_with_the_error_shown(
    text: str, says: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    async with answering(f"{text}\n[accounts_intro]", sandbox, tmp_path) as person:
        await person.until("Your turn: the answers file has no other answer.", says)
        assert person.under("npi")
        await person.enter("npi", "1000000012")
        await person.answered()
        await person.until("Choose a username and password", "Your turn")  # it went on at the step after


async def test_another_answer_is_tried_where_there_is_one(sandbox: RunningSandbox, tmp_path: Path) -> None:
    text = "".join(f"[[npi]]\nnpi = '{npi}'\n" for npi in ("1000000013", "1000000996", "1000000012"))
    async with answering(text, sandbox, tmp_path) as person:
        await person.until("Is this you?", "Your turn")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[npi]\nthen = 'back'", 'This screen has no "back".'),
        ("[npi]\nthen = 'resend'", 'This screen has no "resend".'),
        ("[npi]\nthen = 'ssn'", "This screen has no such button."),
        ("[npi]\nuse_on_file = true", "Nothing is on file here."),
    ],
)
async def test_what_cannot_be_done_here_is_said(text: str, says: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with answering(text, sandbox, tmp_path) as person:
        await person.until("Your turn.", says)


async def test_a_key_of_the_person_takes_over_at_once(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filling, fill = asyncio.Event(), AnswersSource.fill

    async def never(self: AnswersSource, page: PageState) -> Filled:
        if page_of(page.view) is Step.CREDENTIALS:
            filling.set()
            await asyncio.Event().wait()
        return await fill(self, page)

    monkeypatch.setattr(AnswersSource, "fill", never)
    async with answering(ACCOUNT, sandbox, tmp_path) as person:
        await asyncio.wait_for(filling.wait(), PATIENCE)
        await person.answered(f"amelia.hartwell\t{PASSWORD}\t{PASSWORD}\n")
        await person.until("Your practice", "Your turn")  # the step between was answered from the file


async def test_the_person_can_leave_while_it_types(sandbox: RunningSandbox, tmp_path: Path) -> None:
    async with answering(ACCOUNT, sandbox, tmp_path) as person:
        await person.until("Choose a username")
        await person.press("f10")
        await person.until_true(lambda: not person.app.is_running or person.app._exit, "the end")


async def test_a_code_comes_from_a_command(tmp_path: Path) -> None:
    script = tmp_path / "code"
    script.write_text('#!/bin/sh\necho "$IPRESCRIBE_STEP $IPRESCRIBE_ADDRESS" | tr " " "/"\n')
    script.chmod(0o700)
    message_source = CommandMessages(f"'{script}' --x")
    assert await message_source.code(Step.MFA_CODE, "217-555-0134") == "mfa_code/217-555-0134"


@pytest.mark.parametrize(
    ("command", "says"),
    [("/nowhere", "cannot be run"), ("false", "exit status 1"), ("true", "printed no code")],
)
async def test_a_command_that_gives_no_code_says_why(command: str, says: str) -> None:
    with pytest.raises(NoMessageError, match=says):
        await CommandMessages(command).code(Step.MFA_CODE, "")
