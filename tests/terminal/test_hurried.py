"""What a hurried person sends, in a real terminal: it leads where the screen says, and changes no answer."""

from pathlib import Path

import pytest

from iprescribe_tui.front_ends.tui.early_input import TYPED_MEANWHILE, TYPED_TOO_SOON
from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.faults.link import Fault, link_to
from tests.terminal.arrive import at, program
from tests.terminal.terminal import KEYS, Terminal
from tests.terminal.walk import HAPPY, step_on, until_step

CTRL = {f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "adefkuvwxy"}
HURRIED = "violet lantern over quiet harbor"
BELL = b"\x07"
EDITING = [*CTRL, *("backspace", "delete", "left", "home", "up", "down", "tab", "s-tab", "space", "enter")]
LEADING_ON = ["f3", "f4", "f5", "f6", "f8", "f9", "f11", "esc"]
SENT = {**KEYS, **CTRL, "delete": "\x1b[3~", "left": "\x1b[D", "home": "\x1b[H", "f11": "\x1b[23~"}


def standing(terminal: Terminal, label: str) -> str:
    """What stands in a field, without the hint beside it."""
    return terminal.line(label).partition("  ")[0]


def until_line(terminal: Terminal, label: str, value: str) -> None:
    """Wait until the field shows `value`."""
    terminal.until_true(lambda: standing(terminal, label) == value, f"{label}: {value}")


def until_cursor(terminal: Terminal, label: str) -> None:
    """Wait until the cursor stands in a line."""
    terminal.until_true(lambda: label in terminal.text.splitlines()[terminal.screen.cursor.y], f"the cursor at {label}")


def until_rung(terminal: Terminal, key: str) -> None:
    """Press a key, and wait for the bell."""
    rung = terminal.raw.count(BELL)
    terminal.press(SENT[key])
    terminal.until_true(lambda: terminal.raw.count(BELL) > rung, f"the bell at {key}")


def test_a_street_with_a_name_and_a_zip_code_as_the_city(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.write("Lakeside", "tab", "PO Box 12, 400 Lake St", "tab")
        terminal.until('F4 keeps "400 Lake St".')
        terminal.press("f4")
        until_line(terminal, "Street", "400 Lake St")
        terminal.press("s-tab")
        terminal.write("ctrl+u", "Office of Dr. Po, 450 S 900 E", "tab", "tab", "62701", "tab")
        terminal.until('"62701" is a ZIP Code.')
        terminal.press("s-tab")
        terminal.write("ctrl+u", "Springfield", "tab", "IL", "tab", "62701", "tab", "2175550134", "tab", "enter")
        until_step(terminal, Step.IDME_LAUNCH)


def test_tab_from_the_last_field_and_enter_goes_on(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.CREDENTIALS, sandbox, tmp_path) as terminal:
        terminal.write("amelia.h", "tab", HURRIED, "tab", HURRIED, "tab")
        terminal.press("enter")
        terminal.until_true(lambda: step_on(terminal) is not Step.CREDENTIALS, "another step")
        until_step(terminal, Step.PERSONAL)


@pytest.mark.parametrize("key", ["esc", "f9"])
def test_a_list_that_is_open_closes_first(key: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        terminal.write("amelia@example.com", "tab", "tab", "dermat")
        terminal.until("Dermatology Physician")
        terminal.press(key)
        terminal.until_true(lambda: "Dermatology Physician" not in terminal.words, "the list closed")
        assert step_on(terminal) is Step.PERSONAL
        assert terminal.line("E-mail") == "amelia@example.com"
        terminal.press(key)
        until_step(terminal, Step.CREDENTIALS)


@pytest.mark.parametrize("typed", ["219\u221209\u22129871", "219.09.9871", "２１９-０９-９８７１"], ids=ascii)
def test_an_ssn_as_other_programs_write_it(typed: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.SSN, sandbox, tmp_path) as terminal:
        terminal.write(typed, "enter")
        until_step(terminal, Step.ATTRIBUTES_REVIEW)
        terminal.until("***-**-9871")


def test_no_key_changes_a_page_while_the_backend_is_asked(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with link_to(sandbox.url) as link, Terminal(program(link.url), home=tmp_path) as terminal:
        until_step(terminal, Step.NPI)
        terminal.write(HAPPY, SENT["home"])
        until_line(terminal, "NPI", HAPPY)
        link.suffer(Fault.HANG)
        terminal.press("enter")
        terminal.until("Waiting for")
        for key in [*EDITING, *LEADING_ON]:
            until_rung(terminal, key)
        assert standing(terminal, "NPI") == HAPPY
        terminal.press("f1")
        terminal.until("Back to the step")
        terminal.press("f1")
        until_line(terminal, "NPI", HAPPY)
        link.suffer(None)
        until_step(terminal, Step.ACCOUNTS_INTRO)


def test_the_arrows_leave_the_roles_at_their_ends(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        terminal.write("amelia@example.com", "tab", "1", "up", "tab", "8", "down")
        until_cursor(terminal, "Specialty")
        terminal.until("(•) 8 Non-clinical staff")
        until_line(terminal, "E-mail", "amelia@example.com")


def test_the_arrows_leave_a_box_and_a_button_before_the_next_key(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.RECOVERY_CODE, sandbox, tmp_path) as terminal:
        terminal.until("[ ] I have saved")
        terminal.write("down", "space", "up", "space")
        terminal.until("[x] I have saved")


def test_the_link_to_the_other_account_leads_to_it(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.IDME_SIGN_UP, sandbox, tmp_path) as terminal:
        terminal.until("Sign in to ID.me instead")
        terminal.press("tab", "tab", "tab", "tab")
        terminal.until("Enter Sign in to ID.me instead")
        terminal.press("enter")
        until_step(terminal, Step.IDME_LAUNCH)
        terminal.until("(•) 1 I have an ID.me account")


def test_typing_after_a_refusal_replaces_the_code_and_f5_clears_it(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.MFA_CODE, sandbox, tmp_path) as terminal:
        terminal.write("000000", "enter")
        terminal.until("✗")
        terminal.type("12")
        terminal.until_true(lambda: standing(terminal, "Code").startswith("12"), "the code alone")
        assert not standing(terminal, "Code").startswith("12000000")
        sandbox.clock.advance(minutes=6)
        before = sandbox.newest()["code"]
        terminal.press("f5")
        terminal.until_true(lambda: sandbox.newest()["code"] != before, "another code")
        terminal.until_true(lambda: standing(terminal, "Code") == "6 digits", "an empty field")


def until_refused(terminal: Terminal, label: str, value: str, *said: str) -> None:
    """Wait until a line is refused with what stands in it, and what was typed behind it is said not to be taken."""
    terminal.until("✗", *said)
    until_line(terminal, label, value)
    assert BELL in terminal.raw


def assert_hidden(terminal: Terminal) -> None:
    """No piece of the password was ever on the screen."""
    pieces = [HURRIED[start : start + 6].encode() for start in range(len(HURRIED) - 5)]
    assert not [piece for piece in pieces if piece in terminal.raw], "a piece of a password was shown"


@pytest.mark.parametrize("leads", [(), ("tab",)], ids=["the last field", "Continue"])
def test_what_is_typed_behind_a_refused_enter_goes_nowhere(
    leads: tuple[str, ...], sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with at(Step.CREDENTIALS, sandbox, tmp_path) as terminal:
        terminal.write("a", "tab", HURRIED, "tab", HURRIED, *leads, "enter", HURRIED)
        until_refused(terminal, "Username", "a", '"a" is too short', TYPED_MEANWHILE)
        assert_hidden(terminal)
        terminal.type("amelia.h")
        until_line(terminal, "Username", "amelia.h")


def test_what_is_typed_behind_an_enter_that_the_backend_refuses_goes_nowhere(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with at(Step.IDME_SIGN_IN, sandbox, tmp_path) as terminal:
        terminal.write("s-tab", "ctrl+u", "nobody@example.com", "tab", "copper-kite-over-town", "enter", HURRIED)
        until_refused(terminal, "ID.me e-mail", "nobody@example.com", "There is no ID.me account", TYPED_TOO_SOON)
        until_line(terminal, "ID.me password", "•" * len("copper-kite-over-town"))
        assert_hidden(terminal)


def test_what_is_typed_behind_an_npi_before_the_program_is_there_goes_nowhere(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        terminal.write("123", "enter", HURRIED)
        until_refused(terminal, "NPI", "123", '"123" has 3 digits', TYPED_MEANWHILE)


@pytest.mark.parametrize("written", ["{}", "G-{}", "full width"])
def test_a_code_as_messages_write_it(written: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.MFA_CODE, sandbox, tmp_path) as terminal:
        code = sandbox.newest()["code"]
        wide = code.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
        terminal.write(wide if written == "full width" else written.format(code), "enter")
        until_step(terminal, Step.RECOVERY_CODE)


def test_an_email_with_a_full_width_at_sign(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        terminal.write("ann＠example.com", "tab", "1", "tab", "dermatology", "enter")
        until_step(terminal, Step.PRACTICE)
        terminal.press("f9")
        until_step(terminal, Step.PERSONAL)
        until_line(terminal, "E-mail", "ann@example.com")


def test_a_birth_date_of_eight_digits(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.ATTRIBUTES_REVIEW, sandbox, tmp_path) as terminal:
        terminal.write("04301975", "tab", "12 Elm St", "tab", "tab", "Springfield", "tab", "IL", "tab", "62701")
        terminal.write("tab", " ", "enter")
        until_step(terminal, Step.PHONE_LINK)


def test_a_refused_choice_is_cleared_by_ctrl_u(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        terminal.write("amelia@example.com", "tab", "1", "tab", "wizardry", "enter")
        terminal.until("This is not in the list.")
        terminal.write("ctrl+u", "dermatology", "tab")
        until_line(terminal, "Specialty", "Dermatology Physician")


def test_the_last_line_says_what_enter_does_now(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.CREDENTIALS, sandbox, tmp_path) as terminal:
        terminal.until("Enter Next field")
        terminal.write("amelia.h", "tab", HURRIED, "tab", HURRIED)
        terminal.until("Enter Continue")
        terminal.press("s-tab", "ctrl+u")
        terminal.press("s-tab")
        terminal.until("Enter Next field")


def test_the_choice_stands_as_before_once_its_list_is_left(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        terminal.write("tab", "tab")
        before = "Family Medicine Physician"
        until_line(terminal, "Specialty", before)
        for key in ("esc", "f9"):
            terminal.type("dermat")
            terminal.until("Dermatology Physician")
            terminal.press(key)
            until_line(terminal, "Specialty", before)
            assert step_on(terminal) is Step.PERSONAL


def test_a_second_terminal_says_why_the_first_one_ended(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        until_step(terminal, Step.NPI)
        terminal.write(HAPPY, "enter")
        until_step(terminal, Step.ACCOUNTS_INTRO)
        sandbox.start(HAPPY)
        terminal.press("enter")
        until_step(terminal, Step.NPI)
        terminal.until("Another terminal started with this NPI", "To continue here, enter the NPI again")
        until_line(terminal, "NPI", HAPPY)


FAMILY, SKIN = "Family Medicine Physician", "Dermatology Physician"


def type_into_the_list(terminal: Terminal) -> None:
    """Type a part of a specialty's name, and see it found; another one stands there from before."""
    terminal.write("amelia@example.com", "tab", "1", "tab")
    until_line(terminal, "Specialty", FAMILY)
    terminal.type("dermatology")
    terminal.until(SKIN)


@pytest.mark.parametrize("key", ["tab", "enter"])
def test_a_highlighted_match_is_taken_by_tab_and_enter(key: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        type_into_the_list(terminal)
        terminal.press(key)
        if key == "enter":  # which sends the page as well
            until_step(terminal, Step.PRACTICE)
            terminal.press("f9")
            until_step(terminal, Step.PERSONAL)
        until_line(terminal, "Specialty", SKIN)


AWAY = {
    "s-tab": [],
    "f8": [("Submit a request", "f9")],
    "f1": [("Back to the step", "f1"), ("Organizational role", "s-tab")],
}
"""Keys that lead away from a list; what shows then, and the key that leads back."""


@pytest.mark.parametrize("key", AWAY)
def test_leaving_a_list_takes_nothing(key: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        type_into_the_list(terminal)
        terminal.press(key)
        for shown, back in AWAY[key]:
            terminal.until(shown)
            terminal.press(back)
        until_step(terminal, Step.PERSONAL)
        until_line(terminal, "Specialty", FAMILY)
        terminal.until_true(lambda: SKIN not in terminal.words, "the list closed")


def test_only_a_digit_or_an_arrow_chooses_a_role(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PERSONAL, sandbox, tmp_path) as terminal:
        terminal.write("tab", "3")
        terminal.until("(•) 3 Physician assistant")
        rung = terminal.raw.count(BELL)
        terminal.type("student")
        terminal.until_true(lambda: terminal.raw.count(BELL) == rung + len("student"), "a bell for each letter")
        terminal.until("(•) 3 Physician assistant")
        terminal.press("s-tab")
        until_cursor(terminal, "E-mail")
        terminal.until("(•) 3 Physician assistant")
