"""What can be done at the prompts, as somebody hears it who cannot see the screen."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.flow.page_state import WaitState
from iprescribe_tui.journey.steps import Step
from tests.backend import PASSWORD, SSN, RunningSandbox, picture
from tests.front_ends.harness import Machine
from tests.photos.backs import back, barcode_text, jpeg
from tests.plain.prompts import at_step, at_the_prompts


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


async def test_two_passwords_that_differ_are_both_asked_again(machine: Machine) -> None:
    async with at_step(machine, Step.CREDENTIALS) as person:
        await person.type("amelia.h")
        await person.type("violet lantern over quiet harbour")
        await person.type(PASSWORD)
        assert "Password again: The two passwords are not the same." in person.said
        assert person.question.startswith("Password (")
        await person.type(PASSWORD)
        await person.type(PASSWORD)
        await person.until_step(Step.PERSONAL)
        assert PASSWORD not in person.text


async def test_an_earlier_answer_of_the_step_is_changed(machine: Machine) -> None:
    async with at_step(machine, Step.PRACTICE) as person:
        for value in ("Lakeside", "400 Lake St", "Suite 3", "Springfield", "WI"):
            await person.type(value)
        await person.type("62701")
        assert "ZIP: " in person.said
        await person.type("/again")
        assert person.question == "Practice name [Lakeside]:"
        await person.answer({"state": "IL", "zip_code": "62701", "phone": "217-555-0134"})
        await person.until_step(Step.IDME_LAUNCH)


async def test_what_is_on_file_is_said_in_the_order_of_the_form(machine: Machine) -> None:
    async with at_step(machine, Step.PRACTICE) as person:
        await person.type("/file")
        assert "Street: 400 Lake St Suite: left empty City: Springfield State: IL ZIP: 62701" in person.said
        assert person.field == "practice_name"


async def test_an_optional_value_is_emptied(machine: Machine) -> None:
    async with at_step(machine, Step.PRACTICE) as person:
        for value in ("Lakeside", "400 Lake St", "Suite 3"):
            await person.type(value)
        await person.type("/again")
        await person.type("")
        await person.type("")
        assert person.question == "Suite (optional, - empties it) [Suite 3]:"
        await person.type("-")
        assert person.page.values["suite"] == ""


async def test_a_long_list_is_narrowed_by_name_and_no_number_means_what_was_not_listed(machine: Machine) -> None:
    async with at_step(machine, Step.PERSONAL) as person:
        await person.type("amelia@example.com")
        await person.type("doctor")
        await person.type("1")
        assert person.field == "specialty", "a number was taken for an entry that nobody has heard"
        await person.type("pediatric")
        assert "match" in person.said
        assert "  1. " in person.text
        await person.type("/again")
        assert person.question == "E-mail [amelia@example.com]:"


@pytest.mark.parametrize("literal", ["?", "<", "!", "/over", "\\?"])
async def test_a_value_that_looks_like_a_command_can_be_typed(literal: str, machine: Machine) -> None:
    async with at_step(machine, Step.PRACTICE) as person:
        await person.type(f"\\{literal}")
        assert person.page.values["practice_name"] == literal


@pytest.mark.parametrize("command", ["<", "!", "?"])
async def test_secret_prompts_take_commands(command: str, machine: Machine) -> None:
    async with at_step(machine, Step.SSN) as person:
        if command == "!":
            person.send(command)
            assert "Your place is kept: Your Social Security number." in await person.end()
            return
        await person.type(command)
        if command == "<":
            await person.until_step(Step.PHONE_MATCH)
        else:
            assert "It is typed hidden" in person.said


async def test_every_command_that_a_step_takes_is_named_by_its_help(machine: Machine) -> None:
    async with at_step(machine, Step.MFA_CODE) as person:
        await person.type("?")
        for name in ("?", "<", "!", "/resend", "/1", "/2", "/support", "/over", "/messages"):
            assert f" {name}: " in person.said
        assert "F10" not in person.said


async def test_the_code_of_a_message_is_filled_in(machine: Machine) -> None:
    async with at_step(machine, Step.EMAIL_CONFIRMATION) as person:
        await person.type("/messages")
        await person.type("")
        assert 'Enter fills its code in, "link" opens its link' in person.question
        await person.type("")
        await person.until_step(Step.EMAIL_CONFIRMED)


async def test_the_link_of_a_message_is_opened_and_the_step_goes_on_by_itself(machine: Machine) -> None:
    async with at_step(machine, Step.PHONE_LINK) as person:
        await person.type("/messages")
        await person.type("1")
        await person.type("")
        await person.until_step(Step.NPI_MATCH)


async def test_a_step_that_goes_on_by_itself_leaves_typed_lines_to_the_next_question(machine: Machine) -> None:
    async with at_step(machine, Step.PHONE_LINK) as person:
        asked = person.lines.asked
        assert "It works until" in person.words
        assert machine.sandbox.follow(machine.sandbox.newest()).status_code == 204
        await person.until_step(Step.NPI_MATCH)
        assert person.lines.asked == asked + 1
        await person.type("1000000012")
        await person.until_step(Step.LICENSE_REVIEW)


async def test_what_is_said_while_a_question_is_open_has_lines_of_its_own(machine: Machine) -> None:
    async with at_step(machine, Step.NPI_MATCH) as person:
        question = person.question
        person.lines.say("The backend is back.")
        assert person.text.endswith(f"{question} \nThe backend is back.\n{question} ")


async def test_what_is_typed_is_kept_field_by_field_and_secrets_are_not(machine: Machine) -> None:
    async with at_step(machine, Step.CREDENTIALS) as person:
        await person.type("amelia.h")
        await person.type(PASSWORD)
        person.end_input()
        assert "Your place is kept" in await person.end()
    kept = "".join(path.read_text() for path in (machine.state_dir / "drafts").rglob("*") if path.is_file())
    assert "amelia.h" in kept
    assert PASSWORD not in kept
    async with at_the_prompts(machine) as again:
        await again.type("")
        assert again.question == "Username (You sign in to iPrescribe with it) [amelia.h]:"


@pytest.mark.parametrize("lines", [["/over"], ["/messages"], ["/support"], ["?"]], ids=lambda lines: str(lines[0]))
async def test_the_end_of_the_input_leaves_from_wherever_it_comes(lines: list[str], machine: Machine) -> None:
    async with at_step(machine, Step.MFA_CODE) as person:
        for line in lines:
            await person.type(line)
        person.end_input()
        assert "Your place is kept: Enter the 6-digit code." in await person.end()


@pytest.mark.parametrize("typed", ["!", "<", ""])
async def test_when_the_backend_is_away(typed: str, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from iprescribe_tui.client import BackendUnreachable

    async with at_step(machine, Step.EMAIL_CONFIRMED) as person:
        client = person.front_end.client
        submit = client.submit

        async def away(*_: Any, **__: Any) -> Any:
            monkeypatch.setattr(client, "submit", submit)
            raise BackendUnreachable("the sandbox", "nobody answers")

        monkeypatch.setattr(client, "submit", away)
        await person.type("")
        assert "Nothing that you typed is lost." in person.said
        assert person.question.startswith("Enter tries again")
        if typed == "!":
            person.send(typed)
            assert "Your place is kept: Your e-mail is confirmed." in await person.end()
        else:
            await person.type(typed)
            await person.until_step(Step.EMAIL_CONFIRMED if typed else Step.MFA_CHOICE)


async def test_an_interrupt_leaves_at_once_while_the_backend_is_waited_for(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_step(machine, Step.EMAIL_CONFIRMED) as person:
        called = asyncio.Event()

        async def hangs(*_: Any, **__: Any) -> Any:
            called.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(person.front_end.client, "submit", hangs)
        person.send("")
        await called.wait()
        os.kill(os.getpid(), signal.SIGINT)
        assert "Your place is kept: Your e-mail is confirmed." in await person.end()


async def test_a_lost_backend_is_said_once_while_something_is_waited_for(machine: Machine) -> None:
    from iprescribe_tui.client import BackendUnreachable

    async with at_step(machine, Step.PHONE_LINK) as person:
        lost = BackendUnreachable("the sandbox", "nobody answers")
        for trouble in (lost, lost, lost, None):
            person.front_end.waiting(WaitState(trouble=trouble))
        assert person.text.count("Trying again; nothing is lost.") == 1
        assert person.text.count("The backend is back.") == 1


async def test_that_the_backend_takes_long_is_said_now_and_then(machine: Machine) -> None:
    async with at_step(machine, Step.PRACTICE) as person:
        for seconds in range(40):
            person.front_end.waiting(WaitState(seconds))
        said = re.findall(r"Waiting for the sandbox, (\d+) seconds so far\.", person.words)
        assert said == ["3", "18", "33"]


async def test_a_new_code_is_sent(machine: Machine) -> None:
    async with at_step(machine, Step.MFA_CODE) as person:
        before = machine.sandbox.newest()["id"]
        machine.sandbox.clock.advance(minutes=1)
        await person.type("/resend")
        assert machine.sandbox.newest()["id"] != before
        assert person.step == Step.MFA_CODE


async def test_starting_over_is_confirmed_first(machine: Machine) -> None:
    async with at_step(machine, Step.PERSONAL) as person:
        await person.type("/over")
        await person.type("no")
        assert person.step == Step.PERSONAL
        await person.type("/over")
        await person.type("yes")
        await person.until_step(Step.NPI)


async def test_a_request_to_support_and_back_where_one_was(machine: Machine) -> None:
    async with at_step(machine, Step.PERSONAL) as person:
        await person.type("/support")
        for typed in ("1", "The e-mail is not taken.", "?", "", "amelia@example.com"):
            await person.type(typed)
        assert "Note: Your request was received. Its number is" in person.said
        await person.until_step(Step.PERSONAL)


async def test_a_line_that_is_shown_is_mended_and_all_else_stays(machine: Machine) -> None:
    async with at_step(machine, Step.ATTRIBUTES_REVIEW) as person:
        assert "/1: Change: Phone" in person.said
        await person.type("/1")
        await person.until_step(Step.PHONE_MATCH)


async def test_the_qr_code_is_drawn_only_when_asked_for(machine: Machine) -> None:
    async with at_step(machine, Step.MFA_TOTP, method="app") as person:
        assert "The key for your code-generator app: " in person.words
        assert "█" not in person.text
        await person.type("/qr")
        assert "█" in person.text


async def test_the_receipt_is_saved(machine: Machine) -> None:
    async with at_step(machine, Step.CONSENT) as person:
        await person.type("allow")
        assert "You are registered" in person.said
        await person.type("/save")
        assert "Saved as" in person.said
        person.send("")
        assert "You are registered (reference " in await person.end()


def plainly(home: Path, lines: list[str], *arguments: str, term: str = "xterm") -> "subprocess.CompletedProcess[str]":
    """The real program, fed lines by a pipe."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IPRESCRIBE_", "XDG_"))}
    return subprocess.run(
        [sys.executable, "-c", REPORTING, "--plain", *arguments],
        input="".join(f"{line}\n" for line in lines),
        env=kept | {"HOME": str(home), "TERM": term, "REPORT": str(home / "modules"), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=90,
    )


REPORTING = (
    "import atexit, json, os, sys; "
    "atexit.register(lambda: open(os.environ['REPORT'], 'w').write(json.dumps(sorted(sys.modules)))); "
    "from iprescribe_tui.__main__ import main; sys.exit(main(sys.argv[1:]))"
)


def test_a_pipe_is_read_line_by_line_secrets_too_and_textual_is_never_loaded(tmp_path: Path) -> None:
    done = plainly(tmp_path, ["1000000012", "", "amelia.h", PASSWORD, PASSWORD])
    assert done.returncode == Ending.LEFT, done.stderr
    assert "step {} of {}: About you".format(*Step.PERSONAL.place) in done.stdout
    assert "Your place is kept: About you." in " ".join(done.stdout.split())
    assert PASSWORD not in done.stdout + done.stderr
    loaded = {name.partition(".")[0] for name in json.loads((tmp_path / "modules").read_text())}
    assert "iprescribe_tui" in loaded
    assert not loaded & {"textual", "screens", "fastapi", "sqlalchemy"}


def test_an_empty_input_leaves_and_does_not_loop(tmp_path: Path) -> None:
    started = time.monotonic()
    done = plainly(tmp_path, [])
    assert done.returncode == Ending.LEFT
    assert done.stdout.count("NPI (10 digits):") == 1
    assert time.monotonic() - started < 30


async def test_a_backend_that_is_a_sandbox_is_called_so_before_anything_is_asked(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    done = await asyncio.to_thread(plainly, tmp_path, [], "--backend", sandbox.url)
    assert "SANDBOX: no real account is made, do not enter real personal data." in done.stdout
    assert done.stdout.index("SANDBOX") < done.stdout.index("step {} of {}".format(*Step.NPI.place))


async def test_photos_that_cannot_be_taken_are_named_at_once(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "front.jpg").write_bytes(picture("front"))
    async with at_step(machine, Step.DOCUMENT) as person:
        await person.type("passport card")
        await person.type("nowhere.jpg")
        assert person.said.startswith("nowhere.jpg Front: ")
        assert person.field == "front"
        await person.type("front.jpg")
        assert person.field == "back"


async def test_what_the_barcode_of_an_id_says_is_said_at_once(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "front.jpg").write_bytes(picture("front"))
    (tmp_path / "expired.jpg").write_bytes(jpeg(back(barcode_text(expires=date(2021, 3, 2)))))
    (tmp_path / "anothers.jpg").write_bytes(jpeg(back(barcode_text(given="BRAM", family="QUILL"))))
    async with at_step(machine, Step.DOCUMENT) as person:
        await person.type("driver")
        await person.type("front.jpg")
        await person.type("expired.jpg")
        assert "Back: This ID has expired." in person.said
        assert person.field == "back"
        await person.type("anothers.jpg")
        await person.until_step(Step.SELFIE)
        assert 'The ID says "BRAM JANE QUILL", the registry "Amelia Jane Hartwell".' in person.text


async def test_a_refused_secret_is_asked_again_and_nothing_of_it_is_said(machine: Machine) -> None:
    async with at_step(machine, Step.SSN, "ssn_refused_once") as person:
        await person.type(SSN)
        assert "Social Security number: " in person.said
        assert "9 tries are left." in person.said
        assert "Enter keeps it" not in person.question
        await person.type("219-09-9872")
        await person.until_step(Step.ATTRIBUTES_REVIEW)
        assert "219-09" not in person.text
