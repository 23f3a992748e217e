"""What single keys do at a step: F3, F4, F5, F7, typing to filter, editing what was typed ahead."""

import asyncio
from datetime import datetime, tzinfo
from pathlib import Path

import pytest
from pydantic import SecretStr

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.front_ends.tui.dialogs import OutboxScreen
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.widgets import waiting
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import OutboxMessage
from tests.backend import PASSWORD, RunningSandbox
from tests.front_ends.applicant import put_photos
from tests.front_ends.harness import Machine, app_showing, at_the_screens, press_at, resumed_at, shows, until_true
from tests.snapshots.views import VIEWS


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


async def test_f3_takes_the_registrys_address(machine: Machine) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        assert "F3 Use 400 Lake St, Springfield, IL 62701" in person.words
        await person.type("<f3>")
        values = {row.field_name: row.value for row in person.screen.field_rows}
        assert values["street"] == "400 Lake St"
        assert (values["city"], values["state"], values["zip_code"]) == ("Springfield", "IL", "62701")
        assert person.app.focused is person.row("practice_name").input, "what is still to be typed has no focus"


async def test_f3_leaves_nothing_of_another_address_beside_the_registrys(machine: Machine) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        for name, typed in (("practice_name", "Lakeside"), ("suite", "Suite 9"), ("fax", "217-555-0199")):
            await person.enter(name, typed)
        await person.type("<f3>")
        assert (person.row("street").value, person.row("phone").value) == ("400 Lake St", "217-555-0134")
        assert (person.row("suite").value, person.row("fax").value) == ("", "")
        assert person.row("practice_name").value == "Lakeside"


async def test_f11_starts_nothing_over_that_is_registered(machine: Machine) -> None:
    async with resumed_at(machine, Step.CONSENT) as person:
        assert ("F11", "Start over") in person.screen.key_labels()
        await person.answered("1\n")
        await person.until_step(Step.DONE)
        assert ("F11", "Start over") not in person.screen.key_labels()
        await person.type("<f11>")
        assert "Start over?" not in person.words


async def test_f4_keeps_the_street_beside_a_po_box(machine: Machine) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.enter("street", "PO Box 12, 400 Lake St")
        await person.type("\t")
        await person.until('"PO Box 12" is a PO Box.', 'F4 keeps "400 Lake St".')
        await person.type("<f4>")
        await person.until_true(lambda: person.row("street").value == "400 Lake St", "the street alone")
        await person.until_true(lambda: not person.under("street"), "nothing wrong with the street")


@pytest.mark.parametrize("street", ["PO Box 123 Main St", "Drawer 5, Main St"])
async def test_f4_offers_no_street_that_lost_its_number(machine: Machine, street: str) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.enter("street", street)
        await person.type("\t")
        await person.until_true(lambda: "is a PO Box." in person.under("street"), "what is wrong with the street")
        assert "F4" not in person.under("street")
        await person.type("<f4>")
        await person.enter("city", "Springfield")
        assert person.row("street").value == street


@pytest.mark.parametrize("street", ["Jane Po, 123 Main St", "Office of Dr. Po, 450 S 900 E", "123 Pobox Rd"])
async def test_a_house_number_behind_a_name_is_no_box(machine: Machine, street: str) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.type("<f3>")
        await person.enter("practice_name", "Lakeside")
        await person.enter("street", street)
        await person.type("\t")
        await person.until_true(lambda: not person.under("street"), "nothing wrong with the street")
        await person.type("<enter>")
        await person.until("Your identity is proven at ID.me")


async def test_f4_puts_what_belongs_into_the_second_line_there(machine: Machine) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.enter("street", "400 Lake St")
        await person.enter("suite", "PO Box 12")
        await person.type("\t")
        await person.until('"PO Box 12" is a PO Box.', 'F4 keeps "400 Lake St".')
        await person.type("<f4>")
        await person.until_true(lambda: not person.under("suite"), "nothing wrong with the suite")
        assert (person.row("street").value, person.row("suite").value) == ("400 Lake St", "")


async def test_a_zip_code_in_the_citys_field_is_said_to_be_one(machine: Machine) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.enter("city", "62701")
        await person.type("\t")
        await person.until_true(lambda: '"62701" is a ZIP Code.' in person.under("city"), "what is wrong with the city")
        await person.enter("city", "Springfield")
        await person.type("\t")
        await person.until_true(lambda: not person.under("city"), "nothing wrong with the city")


async def test_f5_sends_another_code_once_its_countdown_is_over(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = machine.sandbox.clock

    class SameClock(datetime):
        """The terminal's clock goes with the backend's."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "SameClock":
            return cls.fromtimestamp(clock().timestamp(), tz)

    monkeypatch.setattr(waiting, "datetime", SameClock)
    async with resumed_at(machine, Step.MFA_CODE) as person:
        first = machine.sandbox.newest()["code"]
        await person.until("F5 sends a new one in 0:10.")
        clock.advance(seconds=4)
        await person.until("F5 sends a new one in 0:06.")
        await person.answered("<f5>")
        await person.until("Another one can be sent in 6 seconds. Until then the last one works.")
        assert machine.sandbox.newest()["code"] == first
        clock.advance(seconds=6)
        await person.until("Nothing came? F5 sends a new one.")
        await person.answered("<f5>")
        await person.until("F5 sends a new one in 0:10.")
        assert machine.sandbox.newest()["code"] != first


async def test_f7_shows_secrets_and_hides_them_again(machine: Machine) -> None:
    async with resumed_at(machine, Step.CREDENTIALS) as person:
        await person.fill("amelia", PASSWORD, PASSWORD)
        assert PASSWORD not in person.text
        await person.type("<f7>")
        assert person.text.count(PASSWORD) == 2
        await person.type("<f7>")
        assert PASSWORD not in person.text
        assert "•" * len(PASSWORD) in person.text


async def test_the_rules_of_the_password_are_ticked_off_while_it_is_typed(machine: Machine) -> None:
    async with resumed_at(machine, Step.CREDENTIALS) as person:
        await person.fill("amelia", "violet lantern")
        assert "· At least 15 characters" in person.words
        assert "✓ Without your username" in person.words
        await person.type(" amelia")
        assert "✓ At least 15 characters" in person.words
        assert "· Without your username" in person.words


async def test_a_specialty_is_found_by_a_part_of_its_name(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.enter("specialty", "psychiatry")
        listed = [line for line in person.text.splitlines() if "Psychiatry" in line]
        assert listed, person.text
        await person.press("down", "tab")
        chosen = person.row("specialty").value
        assert isinstance(chosen, str)
        assert "psychiatry" in chosen.casefold()
        assert chosen[:30] in person.text
        assert not person.under("specialty")


async def test_a_role_is_chosen_by_arrow_or_digit(machine: Machine) -> None:
    async with resumed_at(machine, Step.PERSONAL) as person:
        await person.go_to("role")
        for key, chosen in [("down", "1 Doctor or dentist"), ("right", "2 Nurse practitioner"), ("7", "7 Student")]:
            await person.press(key)
            assert f"(•) {chosen}" in person.text
            assert person.text.count("(•)") == 1


async def test_what_is_typed_ahead_is_edited_in_its_order(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.press(*"99", "ctrl+u", *"1000000", "backspace", *"0001", "left", *"9", "delete", *"2", "home", "x")
        await person.press("delete", "backspace")
        assert person.row("npi").value == "0000000092"
        await person.press("1", "end", "backspace", "backspace", "backspace", "1", "2")
        await person.answered("\n")
        await person.until("Amelia Jane Hartwell")


async def test_what_is_typed_behind_an_arrow_lands_where_it_leads(machine: Machine) -> None:
    async with resumed_at(machine, Step.PRACTICE) as person:
        await person.go_to("street")
        await person.press(*"ab", "down", *"cd", "down", *"ef", "up", "up", *"gh")
        assert [person.row(name).value for name in ("street", "suite", "city")] == ["abgh", "cd", "ef"]


@pytest.mark.parametrize("over", [[], ["f1"], ["f8"]], ids=["step", "help", "support"])
@pytest.mark.parametrize("leaves", ["ctrl+q", "f10"])
async def test_what_is_typed_behind_the_last_key_does_no_harm(leaves: str, over: list[str], machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.press(*over)
        press_at(person.app, "down", "1", leaves, *["pagedown", "x", "f7", "f4", "f3", "tab", "f1", "space", "f8"] * 5)
        await until_true(lambda: not person.app.is_running, lambda: person.text)
    assert person.app.return_code == Ending.LEFT


async def test_a_link_that_leads_on_before_the_messages_close_takes_no_page_along(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with resumed_at(machine, Step.PHONE_LINK) as person:
        client = person.front_end.client
        follow = client.follow

        async def followed(message: OutboxMessage) -> None:
            await follow(message)
            while isinstance(person.app.screen, OutboxScreen):
                await asyncio.sleep(0)  # until the page that the link leads to is put up

        monkeypatch.setattr(client, "follow", followed)
        await person.press("f2")
        await person.until("Enter Open the link")
        await person.press("enter")
        await person.until_step(Step.NPI_MATCH)
        await person.settle()
        assert person.app.screen_stack[1:] == [person.screen]


async def test_a_message_to_support_holds_its_lines_in_their_order(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.answered("<f8>")
        await person.type("something\tline one!<backspace>\nline two\t217-555-0134")
        assert person.row("message").value == "line one\nline two"
        await person.answered("\n")
        await person.until("Your request was received. Its number is SR-", "Enter your NPI")


async def test_a_request_without_a_way_to_answer_it_is_not_sent(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.answered("<f8>")
        await person.type("something\tHelp, please.\tx\n")
        await person.until('"x" is not an e-mail address or a US phone number.', "Submit a request")
        await person.type("<ctrl+u>217.555.0134")
        await person.answered("\n")
        await person.until("Your request was received. Its number is SR-")


async def test_an_error_of_the_terminal_stays_when_typed_in_one_go(machine: Machine) -> None:
    async with at_the_screens(machine) as person:
        await person.type("1234567890\n")
        await person.until('"1234567890" is not an NPI')
        await person.settle()
        assert '"1234567890" is not an NPI' in person.words


@pytest.mark.parametrize("name", ["mfa_code", "ssn", "credentials", "sign_in", "email_confirmation"])
async def test_a_secret_is_never_copied(name: str, tmp_path: Path) -> None:
    app = app_showing(VIEWS[name], tmp_path)
    async with app.run_test() as pilot:
        await until_true(lambda: shows(app, VIEWS[name]), lambda: "not shown")
        assert isinstance(app.screen, StepScreen)
        for row in [row for row in app.screen.field_rows if row.asked.secret]:
            app.screen.set_focus(row.input)
            press_at(app, *"123456")
            for key in ("ctrl+c", "ctrl+x", "super+c"):
                press_at(app, "ctrl+shift+a", key, "ctrl+a", "shift+end", key)
            for _ in range(3):
                await pilot.pause(0)
            assert app.clipboard == ""
            assert row.value == SecretStr("123456")


async def test_a_photo_that_is_none_is_refused_at_its_field(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put_photos(tmp_path)
    (tmp_path / "small.jpg").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "text.jpg").write_bytes(b"not a picture " * 5000)
    async with resumed_at(machine, Step.DOCUMENT) as person:
        await person.answered("1\tnowhere.jpg\tback.jpg\n")
        assert person.under("front").startswith("There is no file")
        assert not person.row("back").has_class("-wrong")
        for typed, words in [("small.jpg", "This photo is damaged"), ("text.jpg", "JPEG"), (".", "is a folder")]:
            await person.enter("front", typed)
            await person.answered("\n")
            assert words in person.under("front"), person.text
            assert person.app.focused is person.row("front").input
        await person.enter("front", "front.jpg")
        await person.answered("\n")
        await person.until_step(Step.SELFIE)


async def test_the_back_of_a_licence_is_asked_for_and_that_of_a_passport_is_not(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put_photos(tmp_path)
    async with resumed_at(machine, Step.DOCUMENT) as person:
        await person.type("1\tfront.jpg\n\n")
        await person.until("A photo of the back is needed too; only a passport has none.")
        await person.go_to("kind")
        await person.press("3")
        await person.until("Passport", gone=["Back", "A photo of the back"])
        await person.go_to("front")
        await person.answered("\n")
        await person.until_step(Step.SELFIE)
