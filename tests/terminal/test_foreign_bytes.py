"""Bytes of other terminals, at a real one: nothing ends the program, and a field holds what a person typed."""

import random
from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox
from tests.faults.link import Fault, link_to
from tests.terminal.arrive import at, program, walked_to
from tests.terminal.streams import random_stream
from tests.terminal.terminal import Terminal
from tests.terminal.walk import HAPPY, PASSWORD, step_on, until_step

SEED = 20261128


def lives(terminal: Terminal) -> None:
    """F1 opens the help, and Enter leads back: the program takes keys and shows what they do."""
    terminal.press("f1")
    terminal.until("Back to the step")
    terminal.press("enter")
    terminal.until_true(lambda: "Back to the step" not in terminal.words, "the step again")


@pytest.mark.parametrize(
    "sent",
    [
        b"Elm\xe9",  # Latin-1
        b"Elm\xe1",  # Alt+a as 8-bit meta
        b"Elm" + "日".encode()[:2],  # half a character, then nothing
        b"Elm\x1b[M\x20\xe9\x21\xff",  # a mouse, and a byte
    ],
    ids=ascii,
)
def test_a_byte_that_is_no_utf8_is_shown_and_named(sent: bytes, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.press("tab")
        terminal.write_bytes(sent)
        terminal.until_true(lambda: terminal.line("Street") == "Elm�", "the byte, shown as �")
        terminal.press("tab")
        terminal.until("couldn't be read: your terminal sent it in another encoding")
        lives(terminal)


@pytest.mark.parametrize(
    ("sent", "typed"),
    [
        (b"\x1b[97;1:1;97u\x1b[97;1:3u", "a"),
        (b"\x1b[97;1:1;97u\x1b[97;1:2;97u\x1b[97;1:3u", "aa"),
        (b"x\x1b[1;1:3A\x1b[13;1:3u", "x"),
        (b"\x1b[97:65;2u", "A"),
        (b"x\x1b[57358;65;65u\x1b[57360;129u\x1b[57441;2u", "x"),
        (
            b"x\x1b[?61;6;7c\x1b]11;rgb:0/0/0\x1b\\\x1b]52;c;aGk=\x07\x1bP>|t\x1b\\\x1b_Gi=1;OK\x1b\\\x1b[8;24;80ty",
            "xy",
        ),
        (b"x\x1b[O\x1b[1;1Ry", "xy"),
    ],
    ids=ascii,
)
def test_only_what_a_key_types_is_typed(sent: bytes, typed: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.NPI, sandbox, tmp_path) as terminal:
        terminal.write_bytes(sent)
        terminal.until_true(lambda: terminal.line("NPI").split()[:1] == [typed], f"{typed} and nothing else")
        lives(terminal)
        assert terminal.line("NPI").split()[:1] == [typed]


@pytest.mark.parametrize(
    "key", [b"\x1b[224z", b"\x1b[M", b"\x1bOP", b"\x1b[[A", b"\x1b[11~", b"\x1b[57344;1u\x1b[P"], ids=ascii
)
def test_f1_of_other_terminals_is_help(key: bytes, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.NPI, sandbox, tmp_path) as terminal:
        terminal.write_bytes(key)
        terminal.until("Back to the step")


@pytest.mark.parametrize("key", [b"\x1bOY", b"\x1b[233z", b"1\x1b[V", b"\x1b[21~"], ids=ascii)
def test_f10_of_other_terminals_leaves(key: bytes, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.NPI, sandbox, tmp_path) as terminal:
        terminal.write_bytes(key)
        terminal.finish()
        assert terminal.not_restored() == []


def test_a_password_typed_among_reports_signs_in(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """Each of these cost a try at the sign-in, and three of those locked it."""
    registration = walked_to(sandbox, Step.PERSONAL)
    noise = b"\x1b[57358;65;65u\x1b[?61;6;7c\x1b]10;rgb:f/f/f\x07\x1b[97;1:3u\x1b[O\x1b[<0;3;4M"
    with Terminal(program(sandbox.url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume")
        terminal.press("f6")
        terminal.until("Sign in to go on where you were")
        terminal.write(registration.user, "tab")
        middle = len(PASSWORD) // 2
        terminal.write_bytes(noise + PASSWORD[:middle].encode() + noise + PASSWORD[middle:].encode() + noise)
        terminal.press("enter")
        until_step(terminal, Step.PERSONAL)


@pytest.mark.parametrize("size", [5, 160_000], ids=["short", "long"])
def test_a_paste_that_never_ends_ends(size: int, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.write_bytes(b"\x1b[200~" + b"9" * size)
        terminal.until_true(lambda: terminal.line("Practice name").startswith("9999"), "what was pasted")
        lives(terminal)


@pytest.mark.parametrize("step", [Step.NPI, Step.PRACTICE, Step.SSN])
def test_random_streams(step: Step, sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(step, sandbox, tmp_path) as terminal:
        for number in range(8):
            terminal.write_bytes(random_stream(random.Random(SEED + number), typed_limit=0).sent)
            lives(terminal)
        terminal.write("123")
        label = {Step.NPI: "NPI", Step.PRACTICE: "Practice name", Step.SSN: "Social Security number"}[step]
        terminal.until_true(lambda: terminal.line(label).split()[:1] in (["123"], ["•••"]), "what was typed, alone")


def test_ctrl_c_says_how_to_leave_and_twice_leaves(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.PRACTICE, sandbox, tmp_path) as terminal:
        terminal.type("Lakeside")
        terminal.press("\x03")
        terminal.until("To leave, press F10 or Ctrl+Q, or Ctrl+C again. Nothing you typed is lost")
        assert "Do you want to quit" not in terminal.words
        terminal.press("s")
        terminal.until_true(lambda: "To leave, press" not in terminal.words, "the page as before")
        terminal.until_true(lambda: terminal.line("Practice name") == "Lakesides", "the letter")
        terminal.press("\x03", "\x03")
        terminal.finish()
        assert "iprescribe-tui" in terminal.outside


def test_ctrl_c_says_so_over_a_page_too(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.NPI, sandbox, tmp_path) as terminal:
        terminal.press("f1")
        terminal.until("Back to the step")
        terminal.press("\x03")
        terminal.until("To leave, press F10 or Ctrl+Q")


def test_keys_typed_while_the_backend_is_asked_are_refused_aloud(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with link_to(sandbox.url) as link, Terminal(program(link.url), home=tmp_path) as terminal:
        until_step(terminal, Step.NPI)
        terminal.type(HAPPY)
        link.suffer(Fault.HANG)
        terminal.press("enter")
        terminal.until("Waiting for")
        rung = terminal.raw.count(b"\x07")
        terminal.write("typed too soon", "enter")
        terminal.until_true(lambda: terminal.raw.count(b"\x07") > rung, "the bell")
        link.suffer(None)
        until_step(terminal, Step.ACCOUNTS_INTRO)
        terminal.until("What you typed before this page appeared wasn't taken. Please type it again.")
        assert step_on(terminal) is Step.ACCOUNTS_INTRO


def test_what_is_typed_right_after_enter_changes_nothing(sandbox: RunningSandbox, tmp_path: Path) -> None:
    with at(Step.NPI, sandbox, tmp_path) as terminal:
        terminal.write(HAPPY, "enter", "999", "enter")
        until_step(terminal, Step.ACCOUNTS_INTRO)
        terminal.until("Amelia Jane Hartwell", "What you typed before this page appeared wasn't taken")
