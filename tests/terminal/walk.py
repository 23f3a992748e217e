"""The journey as a person walks it: what is typed at each step, found by the step's heading."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pyotp

from iprescribe_tui.journey.steps import STEPS, Step
from tests.happy import keys_at, text_at
from tests.terminal.terminal import Watched

HAPPY = text_at(Step.NPI, "npi")
END = "You are registered"
PASSWORD = text_at(Step.CREDENTIALS, "password")
IDME_PASSWORD = text_at(Step.IDME_SIGN_UP, "password")
SSN = text_at(Step.SSN, "ssn")


@dataclass
class Applicant:
    """A made-up person, and which of the ways they take; `seen` are the key and the recovery code they were shown."""

    npi: str = HAPPY
    username: str = text_at(Step.CREDENTIALS, "username")
    email: str = text_at(Step.PERSONAL, "email")
    has_idme: bool = False
    idme_email: str = email
    idme_password: str = IDME_PASSWORD
    method: str = "1"
    seen: list[str] = field(default_factory=list)


def headings() -> dict[str, Step]:
    """Each step by the heading by which a person knows it."""
    return {step.heading: step for step in Step}


def step_on(terminal: Watched) -> Step | None:
    """The step whose heading shows."""
    lines = [line[line.rfind("│") + 1 :].strip() for line in terminal.text.splitlines()[2:6]]
    return next((step for heading, step in headings().items() for line in lines if line.startswith(heading)), None)


def until_step(terminal: Watched, *steps: str) -> Step:
    """Wait until one of `steps` shows."""
    wanted = {STEPS[step] for step in steps}
    terminal.until_true(lambda: step_on(terminal) in wanted, f"step {' or '.join(steps)}")
    step = step_on(terminal)
    assert step is not None
    return step


def fill(terminal: Watched, *values: str) -> None:
    """Type values into fields one after another, from where the focus is, and continue."""
    for index, value in enumerate(values):
        if index:
            terminal.press("tab")
        terminal.type(value)
    terminal.press("enter")


def code_from_messages(terminal: Watched) -> None:
    """Open the messages, take the newest one's code, and continue."""
    terminal.press("f2")
    terminal.until("Messages that the sandbox sent", "Enter Fill in the code")
    terminal.press("enter")
    terminal.until_true(lambda: "Messages that the sandbox sent" not in terminal.words, "the step again")
    terminal.press("enter")


def follow_link(terminal: Watched) -> None:
    """Open the messages and the newest one's link."""
    terminal.press("f2")
    terminal.until("Messages that the sandbox sent", "Enter Open the link")
    terminal.press("enter")


def read_off(terminal: Watched, read: Callable[[str], str], what: str) -> str:
    """What `read` finds on the screen, twice alike: one look may fall into the middle of a frame."""
    looks = [""]

    def same() -> bool:
        looks.append(read(terminal.text))
        return bool(looks[-1]) and looks[-1] == looks[-2]

    terminal.until_true(same, what)
    return looks[-1]


def shown_key(text: str) -> str:
    """The whole key of the authenticator app in the screen's text, or nothing."""
    key = "".join(re.findall(r"\b[A-Z2-7]{4}\b", text))
    return key if len(key) == 32 else ""


def shown_recovery_code(text: str) -> str:
    """The recovery code in the screen's text, or nothing."""
    code = re.search(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b", text)
    return code[0] if code else ""


def do(terminal: Watched, step: Step, who: Applicant) -> None:
    """What a person does at `step`: types as in `happy`, in their own name, where nothing else is to be done."""
    actions: dict[Step, Callable[[], None]] = {
        Step.PRACTICE: lambda: practice(terminal),
        Step.IDME_SIGN_IN: lambda: idme_sign_in(terminal, who),
        Step.EMAIL_CONFIRMATION: lambda: code_from_messages(terminal),
        Step.MFA_TOTP: lambda: totp(terminal, who),
        Step.MFA_CODE: lambda: mfa_code(terminal, who),
        Step.RECOVERY_CODE: lambda: recovery_code(terminal, who),
        Step.DOCUMENT: lambda: document(terminal),
        Step.SELFIE: lambda: terminal.press("f3", "enter"),
        Step.ATTRIBUTES_REVIEW: lambda: attributes_review(terminal),
        Step.PHONE_LINK: lambda: follow_link(terminal),
    }
    own = {"npi": who.npi, "username": who.username, "email": who.email}
    if step is Step.IDME_LAUNCH:
        own["account"] = "1" if who.has_idme else "2"
    if step is Step.MFA_CHOICE:
        own["method"] = who.method
    if step is Step.IDME_SIGN_UP:
        own |= dict.fromkeys(("password", "password_again"), who.idme_password)
    actions.get(step, lambda: fill(terminal, *keys_at(step, own)))()


def practice(terminal: Watched) -> None:
    terminal.press("f3")
    terminal.until(text_at(Step.PRACTICE, "zip_code"))
    fill(terminal, text_at(Step.PRACTICE, "practice_name"))


def idme_sign_in(terminal: Watched, who: Applicant) -> None:
    terminal.press("s-tab", "ctrl+u")
    fill(terminal, who.idme_email, who.idme_password)


def totp(terminal: Watched, who: Applicant) -> None:
    who.seen.append(read_off(terminal, shown_key, "the whole key"))
    terminal.press("enter")


def mfa_code(terminal: Watched, who: Applicant) -> None:
    if who.method == "3":
        fill(terminal, pyotp.TOTP(who.seen[-1]).now())
    else:
        code_from_messages(terminal)


def recovery_code(terminal: Watched, who: Applicant) -> None:
    who.seen.append(read_off(terminal, shown_recovery_code, "the recovery code"))
    fill(terminal, " ")


def document(terminal: Watched) -> None:
    terminal.press("1", "f3", "enter")


def attributes_review(terminal: Watched) -> None:
    """Check the box; before that type what no barcode filled in."""
    terminal.until("Credit Reporting Act")
    if terminal.line("Date of birth")[:1].isdigit():
        fill(terminal, " ")
    else:
        fill(terminal, *keys_at(Step.ATTRIBUTES_REVIEW))


def nothing(terminal: Watched, step: Step) -> None:
    """Look at a step without a thought."""


def walk(
    terminal: Watched, who: Applicant, to: str = "done", look: Callable[[Watched, Step], None] = nothing
) -> list[Step]:
    """Walk from where the terminal is to step `to`; the steps on the way. `look` is taken at each, `to` included."""
    way: list[Step] = []
    while True:
        step = until_step(terminal, *(key for key in STEPS if STEPS[key] not in way[-1:]))
        look(terminal, step)
        if step == to:
            return way
        way.append(step)
        do(terminal, step, who)
