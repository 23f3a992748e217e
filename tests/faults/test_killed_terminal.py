"""The terminal program dies in the middle of each call, one after the other, and is started again: one effect."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import cycle, pairwise
from pathlib import Path
from typing import Final, Literal

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.flow.page_texts import RESUME, SIGN_IN
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import IDME_PASSWORD, PASSWORD, SSN, RunningSandbox, picture, running
from tests.faults.effects import compared, effects_in
from tests.faults.relay import Held, Point, Relay, relay_to
from tests.happy import keys_at
from tests.tally import Tally
from tests.terminal.arrive import program
from tests.terminal.terminal import Terminal, files_with
from tests.terminal.walk import END, fill, until_step

WHO = PERSONA_NPIS["happy"]
USER = f"user{WHO}"
SECRETS = (PASSWORD, IDME_PASSWORD, SSN, SSN.replace("-", ""))

OWN = {
    "npi": WHO,
    "username": USER,
    "email": f"{USER}@example.com",
    "front": "~/front.jpg",
    "back": "~/back.jpg",
    "photo": "~/photo.jpg",
}
TYPED: Mapping[Step, tuple[str, ...]] = {step: tuple(keys_at(step, OWN)) or ("",) for step in Step}
"""What is typed at a step, field by field; a code, where it was sent to; elsewhere nothing."""

AGAIN: Mapping[Step, tuple[str, ...]] = {
    Step.CREDENTIALS: (PASSWORD, PASSWORD),
    Step.IDME_SIGN_UP: (IDME_PASSWORD, IDME_PASSWORD),
    Step.RECOVERY_CODE: (" ",),
    Step.SSN: (SSN,),
}
"""What of it is typed once more after the program died: secrets, and that the recovery code, now another, is saved."""

THERE: Mapping[Step, Mapping[str, str]] = {
    Step.NPI: {"NPI": WHO},
    Step.CREDENTIALS: {"Username": USER},
    Step.PERSONAL: {"E-mail": f"{USER}@example.com", "(•)": "1 ", "Specialty": "Family Medicine Physician"},
    Step.PRACTICE: {"Practice name": "Lakeside Family Medicine", "Street": "400 Lake St", "Phone": "217-555-0134"},
    Step.IDME_LAUNCH: {"(•)": "2 Create an ID.me account"},
    Step.IDME_SIGN_UP: {"[x]": "I accept the ID.me Terms of Service"},
    Step.MFA_CHOICE: {"(•)": "1 "},
    Step.MFA_PHONE: {"Phone": "217-555-0155"},
    Step.DOCUMENT: {"Front": "~/front.jpg", "Back": "~/back.jpg", "(•)": "1 "},
    Step.SELFIE: {"Photo of you": "~/photo.jpg"},
    Step.PHONE_MATCH: {"Phone": "217-555-0155", "(•)": "1 ", "[x]": ""},
    Step.ATTRIBUTES_REVIEW: {"Date of birth": "04/30/1975", "Home street": "12 Elm St", "City": "Springfield"},
    Step.NPI_MATCH: {"NPI": WHO},
    Step.CONSENT: {"(•)": "1 "},
}
"""What of it a person finds there again."""

CALLS: Mapping[Step, tuple[str, ...]] = {
    Step.NPI: ("registrations",),
    Step.DOCUMENT: ("evidence/back", "steps/document"),
    Step.PHONE_LINK: ("",),
}
"""The calls that are made with a step's answer, where it is not the one that sends it."""

CTRL_Q: Final = "Ctrl-Q"

End = signal.Signals | Literal["Ctrl-Q"]
"""How the program ends: by a signal, or by the key."""

DEATHS: Mapping[Point, tuple[End, ...]] = {
    "answer": (signal.SIGKILL, CTRL_Q),
    "request": (signal.SIGHUP, CTRL_Q, signal.SIGKILL, signal.SIGTERM),
}

AT_ONCE = 1.0
"""Seconds within which Ctrl-Q ends the program, whatever it waits for."""


class Mortal:
    """An applicant whose program dies, and is started again, at a backend behind a relay."""

    def __init__(self, sandbox: RunningSandbox, relay: Relay, home: Path) -> None:
        self.sandbox, self.relay, self.home = sandbox, relay, home
        self.terminal = self.started()
        self.quits: list[float] = []
        """Seconds that each Ctrl-Q took."""

    def started(self) -> Terminal:
        """The program, started."""
        return Terminal(program(self.relay.url), home=self.home)

    def answer(self, step: Step, typed: Mapping[Step, tuple[str, ...]]) -> None:
        """Type what `step` asks for, and send it."""
        if step is Step.PHONE_LINK:
            assert self.sandbox.follow(self.sandbox.newest()).status_code == 204
        elif step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
            fill(self.terminal, str(self.sandbox.newest()["code"]))
        else:
            fill(self.terminal, *typed.get(step, ("",)))

    def die_in(self, path: str, point: Point, how: End, answered: Callable[[], None]) -> None:
        """End the program while the call to `path` is under way, which it makes once a step is `answered`."""
        held = Held(self.relay, point, path)
        answered()
        self.terminal.until_true(held.reached.is_set, f"{path} on its way")
        began = time.monotonic()
        if how == CTRL_Q:
            self.terminal.press("ctrl+q")
        else:
            os.kill(self.terminal.pid, how)
        status = self.terminal.finish()
        if how == CTRL_Q:
            self.quits.append(time.monotonic() - began)
        held.drop()
        if how is not signal.SIGKILL:
            assert status == (Ending.LEFT if how == CTRL_Q else 128 + how)
            assert self.terminal.not_restored() == []
        assert files_with(self.home, SECRETS) == []

    def come_back(self, to: Step) -> None:
        """Start again, and do what the program says until `to` is there."""
        self.terminal = self.started()
        there = ""
        while there != to.heading:
            before = there
            self.terminal.until_true(lambda: self.page not in ("", before), f"a page on the way to {to}")  # noqa: B023
            there = self.page
            if there == SIGN_IN.heading:
                self.terminal.until_true(lambda: self.terminal.line("Username") == USER, "the username filled in")
                fill(self.terminal, PASSWORD)
            elif there == RESUME.heading:
                self.terminal.until("Begin")
                self.terminal.press("enter")
            elif there != to.heading:
                assert there in (Step.NPI.heading, Step.ACCOUNTS_INTRO.heading), self.terminal.text
                if there == Step.NPI.heading:
                    self.until_there(Step.NPI)
                self.terminal.press("enter")

    def go_through(self, step: Step, after: Step, point: Point, ways: Iterator[End], tally: Tally) -> None:
        """Answer `step`, die in each of the calls that this makes, and get to `after` all the same."""
        until_step(self.terminal, step)
        typed = TYPED
        calls = CALLS.get(step, (f"steps/{step}",))
        if step is Step.PHONE_LINK and point == "request":
            calls = ()  # the call that waits has left already
        for path in calls:
            how = next(ways)
            self.die_in(path, point, how, partial(self.answer, step, typed))
            self.come_back(after if path == calls[-1] and point == "answer" else step)
            typed = AGAIN
            tally("faults", f"the program ends, the {point} on its way", tried=1, recovered=1)
        if point == "request":
            self.until_there(step)
            self.answer(step, typed)

    @property
    def page(self) -> str:
        """The heading of what shows."""
        headings = (RESUME.heading, SIGN_IN.heading, *(step.heading for step in Step))
        lines = [line[line.rfind("│") + 1 :].strip() for line in self.terminal.text.splitlines()[2:6]]
        return next((heading for heading in headings for line in lines if line.startswith(heading)), "")

    def until_there(self, step: Step) -> None:
        """Wait until what was typed at `step` before is there again."""
        for label, value in THERE.get(step, {}).items():
            if label in ("(•)", "[x]"):
                self.terminal.until(f"{label} {value}")
            else:
                self.terminal.until_true(lambda: self.terminal.line(label).startswith(value), f"{label} {value}")  # noqa: B023


def walked_calmly(sandbox: RunningSandbox) -> list[str]:
    """A registration to the end, and its steps; upon a sign-in on the way the recovery code is another one."""
    walk = sandbox.registration_at(Step.RECOVERY_CODE)
    walk.entered(sandbox.call("POST", "/v1/sessions", json={"username": USER, "password": PASSWORD}).json())
    return walk.to(Step.DONE).steps


@pytest.mark.matrix
@pytest.mark.parametrize("point", DEATHS)
def test_the_program_dies_in_each_call(point: Point, tmp_path: Path, tally: Tally) -> None:
    for slot in ("front", "back", "photo"):
        (tmp_path / f"{slot}.jpg").write_bytes(picture(slot))
    ways = cycle(DEATHS[point])
    with running(tmp_path / "calm") as calm, running(tmp_path / "sandbox") as sandbox, relay_to(sandbox.url) as relay:
        way = [Step.NPI, *walked_calmly(calm)]
        person = Mortal(sandbox, relay, tmp_path)
        try:
            for at, after in pairwise(STEPS[each] for each in way):
                person.go_through(at, after, point, ways, tally)
            person.terminal.until(END)
            assert min(person.quits) <= AT_ONCE, person.quits  # others wait for a core, too
            assert max(person.quits) <= 5 * AT_ONCE, person.quits
        finally:
            person.terminal.__exit__()
        assert not [file for file in (tmp_path / ".local").rglob("drafts/**/*") if file.is_file()]
        found, wanted = effects_in(sandbox.folder), effects_in(calm.folder)
    tally("faults", f"the program ends, the {point} on its way", **compared(found, wanted))
    assert found == wanted, f"lost {wanted - found}, doubled {found - wanted}"
