"""Whoever types faster than the screen, or pastes a whole form, finds every value in its own field."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox, picture
from tests.terminal.arrive import arrive, at, program
from tests.terminal.terminal import Terminal
from tests.terminal.walk import HAPPY, SSN, until_step

pytestmark = pytest.mark.matrix
"""One test a step or more: too many for every run; `pytest -m matrix` runs them."""

CANARY = "Zq7!vKp2#Wm9xYt4&Rb6"
"""A password of which no four characters in a row stand anywhere by chance."""

CHOSEN = "(•)"
"""Stands for the choices of a step, where all are in sight."""

Typed = tuple[str, ...]


@dataclass(frozen=True)
class Form:
    """What is written at `step` in one piece, the step that it leads to, and what stands in its fields afterwards.

    Where one cannot go back to the step, `shown` is what the next one shows of it.
    """

    step: Step
    typed: Typed | Callable[[RunningSandbox, Path], Typed]
    then: Step
    shown: dict[str, str]
    back: bool = True


def newest_code(sandbox: RunningSandbox, _: Path) -> Typed:
    """The code of the newest message."""
    return (sandbox.newest()["code"],)


def photos(*slots: str) -> Callable[[RunningSandbox, Path], Typed]:
    """Paths of pictures, as typed from one field to the next."""

    def paths(_: RunningSandbox, home: Path) -> Typed:
        typed: list[str] = []
        for slot in slots:
            if slot in ("front", "back", "photo"):
                (home / f"{slot}.jpg").write_bytes(picture(slot))
                typed.append(str(home / f"{slot}.jpg"))
            else:
                typed.append(slot)
        return tuple(typed)

    return paths


HOME = ("12 Elm St", "tab", "Apt 4", "tab", "Springfield", "tab", "IL", "tab", "62701", "tab")
PRACTICE = ("Lakeside Family Medicine", "tab", "400 Lake St", "tab", "Suite 3", *HOME[3:], "2175550134", "tab")

FORMS = [
    Form(Step.NPI, (HAPPY,), Step.ACCOUNTS_INTRO, {"NPI": HAPPY}),
    Form(
        Step.CREDENTIALS,
        ("amelia.h", "tab", CANARY, "tab", CANARY),
        Step.PERSONAL,
        {"Username": "amelia.h", "Password": "", "Password again": ""},
    ),
    Form(
        Step.PERSONAL,
        ("amelia@example.com", "tab", "2", "tab", "dermatology"),
        Step.PRACTICE,
        {"E-mail": "amelia@example.com", "Specialty": "Dermatology Physician", CHOSEN: "2 Nurse practitioner"},
    ),
    Form(
        Step.PRACTICE,
        (*PRACTICE, "217-555-0135"),
        Step.IDME_LAUNCH,
        {
            "Practice name": "Lakeside Family Medicine",
            "Street": "400 Lake St",
            "Suite": "Suite 3",
            "City": "Springfield",
            "State": "IL",
            "ZIP": "62701",
            "Phone": "217-555-0134",
            "Fax": "217-555-0135",
        },
    ),
    Form(Step.IDME_LAUNCH, ("1",), Step.IDME_SIGN_IN, {CHOSEN: "1 I have an ID.me account"}),
    Form(
        Step.IDME_SIGN_IN,
        ("s-tab", "ctrl+u", "idme.existing@example.com", "tab", "copper-kite-over-town"),
        Step.MFA_CODE,
        {"Sent to": "***-***-0139"},
        back=False,
    ),
    Form(
        Step.IDME_SIGN_UP,
        ("s-tab", "ctrl+u", "home@example.com", "tab", CANARY, "tab", CANARY, "tab", " "),
        Step.EMAIL_CONFIRMATION,
        {"Sent to": "home@example.com"},
        back=False,
    ),
    Form(Step.EMAIL_CONFIRMATION, newest_code, Step.EMAIL_CONFIRMED, {}, back=False),
    Form(Step.MFA_CHOICE, ("2",), Step.MFA_PHONE, {CHOSEN: "2 Phone call"}),
    Form(Step.MFA_PHONE, ("(217) 555-0134",), Step.MFA_CODE, {"Phone": "217-555-0134"}),
    Form(Step.MFA_CODE, newest_code, Step.RECOVERY_CODE, {}, back=False),
    Form(Step.RECOVERY_CODE, (" ",), Step.DOCUMENT, {}, back=False),
    Form(Step.DOCUMENT, photos("1", "tab", "front", "tab", "back"), Step.SELFIE, {}, back=False),
    Form(Step.SELFIE, photos("photo"), Step.PHONE_MATCH, {}, back=False),
    Form(
        Step.PHONE_MATCH,
        ("217.555.0136", "tab", "2", "tab", " "),
        Step.SSN,
        {"Phone": "217-555-0136", CHOSEN: "2 Phone call"},
    ),
    Form(Step.SSN, (SSN,), Step.ATTRIBUTES_REVIEW, {"Social Security number": f"***-**-{SSN[-4:]}"}, back=False),
    Form(
        Step.ATTRIBUTES_REVIEW,
        ("04/30/1975", "tab", *HOME, " "),
        Step.PHONE_LINK,
        {
            "First name": "Amelia",
            "Last name": "Hartwell",
            "Date of birth": "04/30/1975",
            "Home street": "12 Elm St",
            "Apartment": "Apt 4",
            "City": "Springfield",
            "State": "IL",
            "ZIP": "62701",
        },
    ),
    Form(Step.NPI_MATCH, (HAPPY,), Step.LICENSE_REVIEW, {"NPI": HAPPY}),
    Form(
        Step.LICENSE_REVIEW,
        ("tab", "ctrl+u", "12345-20", "tab", "ctrl+u", "WI", "tab", "dermatology"),
        Step.CONSENT,
        {"NPI": HAPPY, "State license number": "12345-20", "Issuing state": "WI", "Specialty": "Dermatology Physician"},
    ),
    Form(Step.CONSENT, ("1",), Step.DONE, {}, back=False),
]


def test_every_step_that_asks_for_something_is_typed_ahead() -> None:
    asks = {step for step in Step if step.form.asked()}
    assert {form.step for form in FORMS} == asks


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.step))
def test_a_whole_form_in_one_write(form: Form, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(form.step, sandbox, tmp_path) as terminal:
        typed = form.typed if isinstance(form.typed, tuple) else form.typed(sandbox, tmp_path)
        terminal.write(*typed, "enter")
        until_step(terminal, form.then)
        if form.back:
            terminal.press("f9")
            until_step(terminal, form.step)
        terminal.until_true(lambda: stands(terminal, form.shown), f"each value in its own field: {form.shown}")
        assert_unseen(terminal, CANARY)


def stands(terminal: Terminal, shown: dict[str, str]) -> bool:
    """Whether each field shows its value, and the hint or nothing where it should be empty."""
    return all(
        f"(•) {value}" in terminal.words if label == CHOSEN else terminal.line(label).startswith(value)
        for label, value in shown.items()
    )


def assert_unseen(terminal: Terminal, *secrets: str) -> None:
    """No piece of a secret was ever on the screen."""
    for secret in secrets:
        pieces = [secret[at : at + 4].encode() for at in range(len(secret) - 3)]
        assert not [piece for piece in pieces if piece in terminal.raw], "a piece of a secret was shown"


def test_a_refused_form_keeps_every_value_where_it_was_typed(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.write(*PRACTICE[:2], "PO Box 12", *PRACTICE[3:], "12345", "enter")
        terminal.until("is a PO Box")
        shown = {"Street": "PO Box 12", "Suite": "Suite 3", "City": "Springfield", "State": "IL", "ZIP": "62701"}
        shown |= {"Phone": "2175550134", "Fax": "12345"}
        terminal.until_true(lambda: stands(terminal, shown), f"each value where it was typed: {shown}")


def test_two_passwords_that_differ_are_both_hidden(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.CREDENTIALS, sandbox, tmp_path) as terminal:
        terminal.write("amelia.h", "tab", CANARY, "tab", CANARY[::-1], "enter")
        terminal.until("The two passwords are not the same")
        terminal.until_true(lambda: terminal.line("Username") == "amelia.h", "the username, kept")
        terminal.until_true(lambda: set(terminal.line("Password")) == {"•"}, "the password, kept")
        assert_unseen(terminal, CANARY, CANARY[::-1])


def test_sign_in_in_one_write(sandbox: RunningSandbox, tmp_path: Path) -> None:
    registration = sandbox.registration_at(Step.PERSONAL)
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume")
        terminal.press("f6")
        terminal.until("Sign in to go on where you were")
        terminal.write("nobody.at.all", "tab", CANARY, "enter")
        terminal.until("✗")
        terminal.until_true(lambda: terminal.line("Username") == "nobody.at.all", "the username, kept")
        assert_unseen(terminal, CANARY)
        terminal.press("s-tab")
        terminal.write("ctrl+u", registration.user, "tab", "ctrl+u", "violet lantern over quiet harbor", "enter")
        until_step(terminal, Step.PERSONAL)
        assert_unseen(terminal, CANARY)


def test_a_support_request_in_one_write(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.press("f8")
        terminal.until("Submit a request")
        terminal.write("practice", "tab", "The map shows another town.", "tab", "217-555-0134", "enter")
        terminal.until("Your request was received.")
        until_step(terminal, Step.PRACTICE)


@pytest.mark.parametrize("sign", [b"", b"\x1b[?1049h"], ids=["at once", "at the first sign of the program"])
def test_an_npi_typed_while_the_program_is_still_starting(sign: bytes, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        terminal.until_true(lambda: sign in terminal.raw, "the first sign of the program")
        terminal.write(HAPPY, "enter")
        until_step(terminal, Step.ACCOUNTS_INTRO)
        terminal.until("Amelia Jane Hartwell")


def test_two_steps_in_one_write(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """What is typed while the backend is asked belongs to the next step, or to none; never to this one's fields."""
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        arrive(terminal, sandbox, Step.ACCOUNTS_INTRO)
        terminal.write("enter", "amelia.h", "tab", CANARY, "tab", CANARY, "enter")
        until_step(terminal, Step.CREDENTIALS, Step.PERSONAL)
        assert_unseen(terminal, CANARY)
