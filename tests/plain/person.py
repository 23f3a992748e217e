"""Somebody who answers prompts: the real program in a terminal that can only write lines."""

import os
import re
import select
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pexpect
import pyotp

from iprescribe_tui.journey.steps import Step
from tests.backend import picture
from tests.happy import text_at, typed_at

PASSWORD = text_at(Step.CREDENTIALS, "password")
IDME_PASSWORD = text_at(Step.IDME_SIGN_UP, "password")
SSN = text_at(Step.SSN, "ssn")
HAPPY = text_at(Step.NPI, "npi")
USERNAME = text_at(Step.CREDENTIALS, "username")
PROMPT = re.compile(r"(?:^|\n)([^\n]*): $")
HEADING = re.compile(r", step \d+ of \d+: ")
PATIENCE = 40
TICK = 0.02
"""Seconds from one look at a slow line to the next."""

PHOTOS = {"Front": "front.jpg", "Back": "back.jpg", "Photo of you": "selfie.jpg"}


def answers_at(step: Step) -> dict[str, str]:
    """What is answered at a step, by what a prompt says, as in `happy`; Enter where nothing is said."""
    labels = {name: str(info.title) for name, info in step.form.model_fields.items()}
    photos = {label: PHOTOS[label] for label in labels.values() if label in PHOTOS}
    typed = typed_at(step)
    said = {labels[name]: value for name, value in typed.items() if isinstance(value, str)}
    return {**photos, **said, **({"yes or no": "yes"} if True in typed.values() else {})}


class Plain:
    """The program, prompting; `heard` is all that it wrote.

    `recorded` runs it under script(1). `baud` is the speed of the line, 0 for one that is not slow: of what the
    program writes, a tenth as many bytes a second come through, and it has to wait with the rest.
    """

    def __init__(
        self,
        *arguments: str,
        home: Path,
        term: str = "dumb",
        columns: int = 80,
        recorded: bool = False,
        baud: int = 0,
    ) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("IPRESCRIBE_", "XDG_", "DBUS_"))}
        environ = kept | {"HOME": str(home), "TERM": term, "LANG": "C.UTF-8", "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
        for name in ("LC_ALL", "COLUMNS", "LINES"):
            environ.pop(name, None)
        command = [sys.executable, "-m", "iprescribe_tui", *arguments]
        if recorded:
            command = ["script", "--quiet", "--return", "--command", shlex.join(command), str(home / "typescript")]
        self._tick = baud and TICK
        self._most = int(baud / 10 * TICK) if baud else 4096
        self.child = pexpect.spawn(
            command[0],
            command[1:],
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
            found = PROMPT.search(self.heard[at:])
            if found and not (self._tick and select.select([self.child.child_fd], [], [], 5 * TICK)[0]):
                return found[1]

    def until(self, words: str) -> None:
        """Wait until `words` were said."""
        at = len(self.heard)
        while words not in " ".join(self.heard[at:].split()):
            self._hear()

    def until_true(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition` holds, and take in what is said meanwhile; `what` says what was waited for."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"never: {what}\n{self.heard[-2500:]}"
            if select.select([self.child.child_fd], [], [], 0.05)[0]:
                self._hear()

    def _hear(self) -> None:
        try:
            self.heard += self._came()
        except (pexpect.TIMEOUT, pexpect.EOF) as error:
            raise AssertionError(f"nothing more was said after\n{self.heard[-2500:]}") from error

    def _came(self) -> str:
        text = self.child.read_nonblocking(self._most, timeout=PATIENCE)
        time.sleep(self._tick)
        return text.replace("\r", "")

    def type(self, line: str) -> str:
        """Type a line; the next question."""
        self.child.send(f"{line}\n")
        return self.prompt()

    def end(self) -> int:
        """Wait for the end; the exit status."""
        try:
            while True:
                self.heard += self._came()
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
        _, *after = HEADING.split(self.words)
        said = [step for step in Step if after and after[-1].startswith(step.heading)]
        return max(said, key=lambda step: len(step.heading), default=None)

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
        answers = answers_at(step) if step else {}
        return next((answer for begins, answer in answers.items() if begins in question), "")
