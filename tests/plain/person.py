"""Somebody who answers prompts: the real program in a terminal that can only write lines."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import pexpect
import pyotp

from iprescribe_tui.journey.steps import Step
from tests.backend import picture

PASSWORD = "violet lantern over quiet harbor"
IDME_PASSWORD = "seven maples by the river"
SSN = "123-12-1234"
HAPPY = "1000000012"
PROMPT = re.compile(r"(?:^|\n)([^\n]*): $")
HEADING = re.compile(r", step \d+ of \d+: (.+)")
PATIENCE = 40

ANSWERS: Mapping[Step, Mapping[str, str]] = {
    Step.NPI: {"NPI": HAPPY},
    Step.CREDENTIALS: {"Username": "amelia.h", "Password": PASSWORD},
    Step.PERSONAL: {"E-mail": "amelia@example.com", "Organizational role": "1", "Specialty": ""},
    Step.PRACTICE: {"Practice name": "Lakeside Family Medicine"},
    Step.IDME_LAUNCH: {"ID.me": "2"},
    Step.IDME_SIGN_UP: {"E-mail": "", "Password": IDME_PASSWORD, "yes or no": "yes"},
    Step.MFA_PHONE: {"Phone": "217-555-0134"},
    Step.RECOVERY_CODE: {"yes or no": "y"},
    Step.DOCUMENT: {"Document": "driver", "Front": "front.jpg", "Back": "back.jpg"},
    Step.SELFIE: {"Photo of you": "selfie.jpg"},
    Step.PHONE_MATCH: {"Phone": "217-555-0134", "Reach me by": "1", "yes or no": "yes"},
    Step.SSN: {"Social Security number": SSN},
    Step.ATTRIBUTES_REVIEW: {
        "Date of birth": "04/30/1975",
        "Home street": "12 Elm St",
        "City": "Springfield",
        "State": "IL",
        "ZIP": "62701",
        "yes or no": "yes",
    },
    Step.NPI_MATCH: {"NPI": HAPPY},
    Step.CONSENT: {"Share these": "Allow"},
}
"""What is answered at each step, by what a prompt says; Enter where nothing is said."""


class Plain:
    """The program, prompting; `heard` is all that it wrote."""

    def __init__(self, *arguments: str, home: Path, term: str = "dumb", columns: int = 80) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("IPRESCRIBE_", "XDG_", "DBUS_"))}
        environ = kept | {"HOME": str(home), "TERM": term, "LANG": "C.UTF-8", "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
        environ.pop("LC_ALL", None)
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "iprescribe_tui", *arguments],
            cwd=str(home),
            env=environ,
            encoding="utf-8",
            dimensions=(24, columns),
            timeout=PATIENCE,
        )
        self.child.delaybeforesend = None
        self.heard = ""
        self.secrets: list[str] = []
        for name in ("front.jpg", "back.jpg", "selfie.jpg"):
            (home / name).write_bytes(picture(name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.close(force=True)

    def prompt(self) -> str:
        """Wait for a question, and say which it is."""
        at = len(self.heard)
        while True:
            self._hear()
            if found := PROMPT.search(self.heard[at:]):
                return found[1]

    def until(self, words: str) -> None:
        """Wait until `words` were said."""
        at = len(self.heard)
        while words not in " ".join(self.heard[at:].split()):
            self._hear()

    def _hear(self) -> None:
        try:
            self.heard += self.child.read_nonblocking(4096, timeout=PATIENCE).replace("\r\n", "\n")
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            raise AssertionError(f"nothing more was said after\n{self.heard[-2500:]}") from error

    def type(self, line: str) -> str:
        """Type a line; the next question."""
        self.child.send(f"{line}\n")
        return self.prompt()

    def end(self) -> int:
        """Wait for the end; the exit status."""
        try:
            while True:
                self.heard += self.child.read_nonblocking(4096, timeout=PATIENCE).replace("\r\n", "\n")
        except pexpect.EOF:
            self.child.close()
        return int(self.child.exitstatus if self.child.exitstatus is not None else -1)

    @property
    def words(self) -> str:
        """All that was said, in one line."""
        return " ".join(self.heard.split())

    @property
    def step(self) -> Step | None:
        """The step that was said last."""
        found = HEADING.findall(self.heard)
        return next((step for step in Step if found and step.heading == found[-1].strip()), None)

    def walk(self, question: str, *, method: str = "1", to: Step | None = None) -> str:
        """Answer from `question` on until the end, or until `to` asks; the question that stands then."""
        while "You are registered" not in self.heard and (to is None or self.step is not to):
            question = self.type(self._answer(question, method))
        return question

    def _answer(self, question: str, method: str) -> str:
        step = self.step
        if step is Step.PRACTICE and question.startswith("Practice name") and "Street: 400 Lake St" not in self.heard:
            return "/file"
        if step is Step.MFA_CHOICE:
            return method
        if step is Step.MFA_CODE and method == "3":
            key = re.findall(r"code-generator app: ([A-Z2-7 ]+)", self.heard)[-1].replace(" ", "")
            self.secrets.append(key)
            return pyotp.TOTP(key).now()
        if question.startswith(("Number of the message", "Enter fills", "Enter opens")):
            return ""
        if step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
            return "/messages"
        if step is Step.PHONE_LINK:
            return "" if "The link was opened." in self.heard else "/messages"
        answers = ANSWERS.get(step, {}) if step else {}
        return next((answer for begins, answer in answers.items() if begins in question), "")
