"""An answers file without a full screen: prompts are answered from it, and without a terminal nobody is asked."""

import os
import subprocess
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.front_ends.automation.answers.loader import shipped_folder
from iprescribe_tui.journey.steps import Step
from tests.backend import SSN
from tests.test_command_line import PROGRAM

HAPPY = (shipped_folder() / "happy.toml").read_text(encoding="utf-8")
SECRETS = ("violet lantern over quiet harbor", "seven maples by the river", "219-09-9871")
NO_ANSWER = "Your turn: the answers file has no answer here."


def answered(home: Path, text: str, *flags: str, lines: str = "") -> tuple[int, str]:
    """Run the program without a terminal, with a file that says `text`; its exit status, and what it says."""
    file = home / "answers.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IPRESCRIBE_", "XDG_", "DBUS_"))}
    done = subprocess.run(
        [*PROGRAM, *flags, "--answers", str(file)],
        input=lines,
        env=kept | {"HOME": str(home), "LANG": "C.UTF-8", "DBUS_SESSION_BUS_ADDRESS": "disabled:"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]
    return done.returncode, " ".join(done.stdout.split())


@pytest.mark.parametrize("flags", [["--plain"], []], ids=["prompts", "nobody"])
def test_everybody_s_way_is_gone_to_the_end(flags: list[str], tmp_path: Path) -> None:
    status, said = answered(tmp_path, HAPPY, *flags)
    assert status == Ending.REGISTERED, said[-2000:]
    assert "Sign in to iPrescribe with the username and password you chose." in said
    assert [step for step in Step if step.heading not in said and step not in (Step.IDME_SIGN_IN, Step.MFA_TOTP)] == []


def test_where_somebody_would_have_to_be_asked_the_place_is_kept(tmp_path: Path) -> None:
    status, said = answered(tmp_path, HAPPY[: HAPPY.index("[ssn]")], lines=f"{SSN}\n")
    assert status == Ending.LEFT
    assert NO_ANSWER in said
    assert f"Your place is kept: {Step.SSN.heading}." in said


def test_at_the_prompts_somebody_goes_on_where_the_file_ends(tmp_path: Path) -> None:
    status, said = answered(tmp_path, HAPPY[: HAPPY.index("[ssn]")], "--plain", lines=f"{SSN}\n")
    assert status == Ending.LEFT
    assert f"Your place is kept: {Step.ATTRIBUTES_REVIEW.heading}." in said


def test_at_the_prompts_only_what_is_left_is_asked(tmp_path: Path) -> None:
    text = HAPPY[: HAPPY.index("[practice]")].replace('role = "Doctor or dentist"', 'role = "{ask}"')
    status, said = answered(tmp_path, text, "--plain", lines="1\n")
    assert status == Ending.LEFT
    assert "Your turn: Organizational role." in said
    assert "E-mail [" not in said, "what the file answers was asked"
    assert "Specialty (" in said
    assert f"Your place is kept: {Step.PERSONAL.heading}." in said


@pytest.mark.parametrize(
    ("npi", "status", "says"),
    [
        ("1000000013", Ending.LEFT, "is not an NPI: a digit is wrong"),
        ("1000000996", Ending.REFUSED, "is not in the NPI registry"),
    ],
    ids=["by the form", "by the backend"],
)
def test_what_is_refused_is_said(npi: str, status: Ending, says: str, tmp_path: Path) -> None:
    ended, said = answered(tmp_path, f'[npi]\nnpi = "{npi}"')
    assert says in said
    assert "Your turn: the answers file has no other answer." in said
    assert ended == status
