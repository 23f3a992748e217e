"""`help` shows the pages that ship with the program: formatted on a terminal, as plain text in a pipe."""

import re
from pathlib import Path

import pytest

from iprescribe_tui.help import TOPICS, page
from iprescribe_tui.sandbox.domain.personas import SEED_ACCOUNTS
from tests.cli.conftest import Program
from tests.longer import few
from tests.terminal.terminal import COMMAND, Terminal

MARKS = re.compile(r"<kbd>|<!--|<br>|!\[|\]\(")
"""What only a browser makes something of."""

CODE = re.compile(r"^    .*\n", re.MULTILINE)


def on_terminal(topic: str, home: Path, **env: str) -> Terminal:
    """A terminal of 80 columns in which a page was shown."""
    with Terminal((*COMMAND, "help", topic), home=home, env=env, size=(80, 900)) as terminal:
        assert terminal.finish() == 0
    return terminal


def test_it_lists_the_topics(program: Program) -> None:
    done = program("help")
    assert (done.returncode, done.stderr) == (0, b"")
    listed = done.stdout.decode().splitlines()
    assert [line.split(maxsplit=1) for line in listed[: len(TOPICS)]] == [list(each) for each in TOPICS.items()]
    assert listed[-1] == "Read a page with: iprescribe-tui help TOPIC"
    assert max(map(len, listed)) < 80


@pytest.mark.parametrize("topic", few(TOPICS))
def test_a_page_is_plain_text_in_a_pipe(topic: str, program: Program) -> None:
    done = program("help", topic)
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode()
    assert said.startswith(page(topic).partition("\n")[0])
    assert "\x1b" not in said
    assert "\\x1b" not in CODE.sub("", said).replace("`\\x1b`", "")
    assert not MARKS.search(said)


def test_a_link_to_another_page_says_how_to_read_it(program: Program) -> None:
    said = program("help", "settings").stdout.decode()
    assert "on the page the contract (iprescribe-tui help contract)." in said


@pytest.mark.parametrize("topic", few(TOPICS))
def test_a_page_is_formatted_on_a_terminal(topic: str, tmp_path: Path) -> None:
    shown = on_terminal(topic, tmp_path)
    heading = page(topic).partition("\n")[0].removeprefix("# ")
    assert b"\x1b[1;4m" + heading.encode() + b"\x1b[0m" in shown.raw
    assert not shown.overflows
    assert not MARKS.search(shown.text)
    assert "**" not in shown.text
    assert "\\x1b" not in shown.text.replace("printed as \\x1b", "")
    assert "…" not in shown.text or "…" in page(topic)


def test_nothing_of_a_table_is_cut_off_on_a_terminal(tmp_path: Path) -> None:
    lines = on_terminal("personas", tmp_path).text.splitlines()
    left = next(line.index("What to type") for line in lines if "What to type" in line)
    last_column = "".join(line[left:].strip() for line in lines)
    assert all(account.password in last_column for account in SEED_ACCOUNTS)


def test_a_terminal_without_unicode_or_colors_gets_none(tmp_path: Path) -> None:
    shown = on_terminal("keys", tmp_path, LANG="C", LC_ALL="C", NO_COLOR="1").raw
    assert shown.isascii()
    assert not re.search(rb"\x1b\[[\d;]*3\dm", shown)


@pytest.mark.parametrize(
    ("typed", "says"),
    few(
        [
            ("kyes", "there is no page 'kyes'. Did you mean keys?"),
            ("photo", "Did you mean photos?"),
            ("zzz", "there is no page 'zzz'. List the topics with: iprescribe-tui help"),
        ]
    ),
)
def test_an_unknown_topic_is_refused_with_a_suggestion(typed: str, says: str, program: Program) -> None:
    done = program("help", typed)
    assert (done.returncode, done.stdout) == (2, b"")
    assert says in done.stderr.decode()


@pytest.mark.parametrize("typed", few(["Keys", "keys.md"]))
def test_a_topic_is_found_however_it_is_written(typed: str, program: Program) -> None:
    assert program("help", typed).stdout.decode().startswith("# Keys\n")
