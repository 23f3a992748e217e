"""The whole journey line by line, in a terminal that can do nothing else."""

import shutil
import signal
import subprocess
import termios
from pathlib import Path

import pytest

from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.journey.fields import NOT_OFFERED
from iprescribe_tui.journey.steps import Step
from tests.backend import until
from tests.plain.person import HAPPY, IDME_PASSWORD, PASSWORD, SSN, USERNAME, Plain


def assert_only_lines(heard: str) -> None:
    """Nothing but printable characters and line breaks was written."""
    odd = {character for character in heard if not (character.isprintable() or character == "\n")}
    assert not odd, odd


@pytest.mark.parametrize(
    "method", [pytest.param("1", id="text message"), pytest.param("3", id="code generator", marks=pytest.mark.matrix)]
)
def test_all_22_steps(method: str, tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        person.walk(person.prompt(), method=method)
        person.child.send("\n")
        assert person.end() == 0
    assert "Sign in to iPrescribe with the username and password you chose." in person.words
    assert_only_lines(person.heard)
    assert not [secret for secret in (PASSWORD, IDME_PASSWORD, SSN) if secret in person.heard]
    assert not [line for line in person.heard.splitlines() if len(line) > 80]
    headings = [step.heading for step in Step if step.heading in person.heard]
    assert len(headings) >= 22


def test_left_and_gone_on_with_by_signing_in(tmp_path: Path) -> None:
    with Plain("--plain", home=tmp_path, term="xterm") as person:
        question = person.walk(person.prompt(), to=Step.PRACTICE)
        assert question.startswith("Practice name")
        person.type("Lakeside")
        person.child.send("!\n")
        assert person.end() == Ending.LEFT
        assert "Your place is kept: Your practice." in person.words
    with Plain(home=tmp_path) as person:
        assert person.prompt() == "Press Enter to continue"
        assert "Step: Your practice" in person.heard
        assert person.type("") == f"Username [{USERNAME}]"
        person.type("")
        assert person.type(PASSWORD) == "Practice name [Lakeside]"


def test_over_a_serial_line_60_columns_wide_and_recorded(tmp_path: Path) -> None:
    with Plain(home=tmp_path, columns=60, recorded=True, baud=9600) as person:
        person.walk(person.prompt(), to=Step.PERSONAL)
        person.type("nobody")
        assert "E-mail: This has no @" in person.words
        person.child.send("!\n")
        assert person.end() == Ending.LEFT
    assert_only_lines(person.heard)
    assert not [line for line in person.heard.splitlines() if len(line.removesuffix(USERNAME)) > 60], (
        "what is typed aside"
    )
    typescript = (tmp_path / "typescript").read_text()
    assert "nobody" in typescript
    assert PASSWORD not in typescript


def test_back_help_and_a_value_that_looks_like_a_command(tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        person.walk(person.prompt(), to=Step.CREDENTIALS)
        assert person.type("?").startswith("Username")
        assert "At every prompt of this step you can type:" in person.heard
        assert " F10" not in person.heard, "a key of the full-screen program"
        person.type("\\?")
        assert "Username:" in person.heard.rpartition("\\?")[2], "the sign was not taken as a value, and refused"
        assert person.type("<") == "Press Enter to continue"
        assert person.step is Step.ACCOUNTS_INTRO


@pytest.mark.parametrize(("ends", "status"), [("\x04", Ending.LEFT), ("\x03", 130)], ids=["end of input", "interrupt"])
def test_the_end_of_the_input_saves_and_leaves(ends: str, status: int, tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        person.walk(person.prompt(), to=Step.CREDENTIALS)
        person.type("amelia.h")
        person.child.send(ends)
        assert person.end() == status
        assert "is kept" in person.words


def test_typed_ahead_each_answer_goes_to_its_question(tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        person.prompt()
        person.child.send(f"{HAPPY}\n\namelia.h\n{PASSWORD}\n{PASSWORD}\n")
        person.until("step {} of {}: About you".format(*Step.PERSONAL.place))


def test_an_error_names_its_field_and_asks_it_again(tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        person.prompt()
        assert person.type("1234567890").startswith("NPI")
        assert 'NPI: "1234567890" is not an NPI' in person.words
        person.walk("NPI", to=Step.PRACTICE)
        person.type("Lakeside")
        person.type("PO Box 5, 400 Lake St")
        assert '/street keeps "400 Lake St".' in person.words
        assert person.type("/street").startswith("City")


def test_a_wrong_password_is_asked_for_again_before_anything_else(tmp_path: Path) -> None:
    """Whoever types it once more, as everybody does, must not type it where it shows."""
    with Plain(home=tmp_path) as person:
        person.walk(person.prompt(), to=Step.PERSONAL)
        person.child.send("!\n")
        person.end()
    with Plain(home=tmp_path) as person:
        person.prompt()
        assert person.type("").startswith("Username")
        assert person.type("").startswith("Password")
        assert person.type("not the password that was chosen").startswith("Password")
        assert "/again" in person.words
        assert not echoes(person)
        assert person.type(PASSWORD).startswith("E-mail")


def test_what_is_mistyped_where_nothing_is_asked_does_not_go_on(tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        assert person.prompt().startswith("NPI")
        assert person.type("<").startswith("NPI")
        assert "< does nothing here." in person.words
        assert person.type(HAPPY) == "Press Enter to continue"
        assert person.type("/2") == "Press Enter to continue"
        assert "Press Enter alone" in person.words
        assert person.step is Step.ACCOUNTS_INTRO


def test_without_unicode_there_is_ascii(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_CTYPE", "C")
    with Plain(home=tmp_path) as person:
        person.child.env = None
        person.walk(person.prompt(), to=Step.CREDENTIALS)
        assert person.heard.isascii()


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_a_terminal_that_cannot_be_filled_is_asked_line_by_line(term: str, tmp_path: Path) -> None:
    with Plain(home=tmp_path, term=term) as person:
        assert person.prompt().startswith("NPI")
        person.child.send("!\n")
        assert person.end() == Ending.LEFT
        assert_only_lines(person.heard)


@pytest.mark.skipif(shutil.which("tic") is None, reason="needs tic, which compiles descriptions of terminals")
@pytest.mark.parametrize("paper", ["", "hc, "], ids=["a screen", "paper"])
def test_a_terminal_that_is_described_without_cursor_addressing_is_asked_line_by_line(
    paper: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = f"iprescribe-printer|lines one after another,\n\tam, {paper}cols#80, cr=\\r, ind=\\n,\n"
    (tmp_path / "printer.ti").write_text(described)
    subprocess.run(["tic", "-o", str(tmp_path / "terms"), str(tmp_path / "printer.ti")], check=True)
    monkeypatch.setenv("TERMINFO", str(tmp_path / "terms"))
    with Plain(home=tmp_path, term="iprescribe-printer") as person:
        assert person.prompt().startswith("NPI")
        assert_only_lines(person.heard)


def echoes(person: Plain) -> bool:
    return bool(termios.tcgetattr(person.child.child_fd)[3] & termios.ECHO)


def test_a_secret_is_hidden_after_a_suspension_too_and_the_terminal_is_left_as_it_was(tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        person.walk(person.prompt(), to=Step.CREDENTIALS)
        assert echoes(person)
        assert person.type("amelia.h").startswith("Password")
        assert not echoes(person)
        person.child.kill(signal.SIGSTOP)
        modes = termios.tcgetattr(person.child.child_fd)
        modes[3] |= termios.ECHO
        termios.tcsetattr(person.child.child_fd, termios.TCSANOW, modes)
        person.child.kill(signal.SIGCONT)
        until(lambda: not echoes(person), "the echo to be turned off again")
        person.type(PASSWORD)
        person.child.send("!\n")
        until(lambda: not person.child.isalive() or echoes(person), "the terminal to be as it was")
        assert person.end() == Ending.LEFT
        assert PASSWORD not in person.heard


def test_what_was_typed_ahead_of_an_error_answers_no_other_question(tmp_path: Path) -> None:
    with Plain(home=tmp_path) as person:
        person.walk(person.prompt(), to=Step.PERSONAL)
        person.child.send("not an address\nthis was meant for another question\n")
        person.until("E-mail (such as name@example.com): ".strip())
        person.child.send("!\n")
        assert person.end() == Ending.LEFT
        assert person.words.count("E-mail: This has no @") == 1
        assert NOT_OFFERED not in person.words
