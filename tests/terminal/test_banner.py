"""A backend that was given is named on every page and behind every dialog, also where it says that it is a sandbox."""

import re
from functools import partial
from pathlib import Path

import pytest

from iprescribe_tui.front_ends.tui.widgets.chrome import shortened, warned
from tests.backend import RunningSandbox
from tests.plain.person import Plain
from tests.terminal.terminal import COMMAND, Terminal
from tests.terminal.walk import HAPPY, fill, until_step

SIZES = ((80, 24), (60, 20), (40, 12))
DIALOGS = {"f1": "Scroll", "f11": "Start over?"}
"""Keys that lay a dialog over a step, and what stands on it."""

KEYS = {"f11": "\x1b[23~"}


def named(terminal: Terminal, host: str) -> bool:
    """Whether the first line names the backend, and what kind it is of."""
    first = terminal.text.partition("\n")[0][: terminal.columns]
    return host in first and "SANDBOX" in first


def given(how: str, url: str, home: Path) -> tuple[tuple[str, ...], dict[str, str]]:
    """The command and the environment that name a backend."""
    if how == "flag":
        return (*COMMAND, "--backend", url), {}
    if how == "variable":
        return COMMAND, {"IPRESCRIBE_BACKEND_URL": url}
    (home / "config.toml").write_text(f'backend = "{url}"\n', encoding="utf-8")
    return (*COMMAND, "--config", str(home / "config.toml")), {}


@pytest.mark.parametrize("how", ["flag", "variable", "file"])
def test_every_page_and_dialog_names_the_backend(how: str, sandbox: RunningSandbox, tmp_path: Path) -> None:
    host = sandbox.url.removeprefix("http://")
    command, env = given(how, sandbox.url, tmp_path)
    with Terminal(command, home=tmp_path, env=env) as terminal:
        is_named = partial(named, terminal, host)
        terminal.until("10 digits")
        terminal.until_true(is_named, f"{host} at the first page")
        fill(terminal, HAPPY)
        until_step(terminal, "accounts_intro")
        terminal.press("enter")
        until_step(terminal, "credentials")
        for size in SIZES if how == "flag" else SIZES[:1]:
            terminal.resize(*size)
            terminal.until_true(is_named, f"{host} at {size}")
            for key, words in DIALOGS.items():
                terminal.press(KEYS.get(key, key))
                terminal.until(words)
                assert is_named(), terminal.text
                terminal.press("f9")
                terminal.until_true(lambda words=words: words not in terminal.words, "the page again")  # type: ignore[misc]  # bound in the loop
        terminal.press("f8")
        terminal.until("Submit a request")
        terminal.until_true(is_named, f"{host} at the page for support")


@pytest.mark.parametrize("size", SIZES)
def test_trouble_lies_below_the_banner(size: tuple[int, int], sandbox: RunningSandbox, tmp_path: Path) -> None:
    with Terminal((*COMMAND, "--backend", "http://127.0.0.1:9"), home=tmp_path, size=size) as terminal:
        terminal.until("10 digits")
        fill(terminal, HAPPY)
        terminal.until("The backend cannot be reached")
        assert "127.0.0.1:9" in terminal.text.partition("\n")[0]


def test_the_own_sandbox_has_no_other_name(tmp_path: Path) -> None:
    with Terminal(COMMAND, home=tmp_path) as terminal:
        terminal.until("10 digits")
        assert not re.search(r"127\.0\.0\.1|http|the sandbox", terminal.text)


@pytest.mark.parametrize("how", ["flag", "variable", "file"])
def test_the_prompts_name_the_backend_before_anything_is_asked(
    how: str, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    command, env = given(how, sandbox.url, tmp_path)
    with Terminal((*command, "--plain"), home=tmp_path, env=env) as terminal:
        said = terminal.until("NPI (10 digits):")
    assert f"You're registering at {sandbox.url.removeprefix('http://')}." in said
    assert said.index("You're registering at") < said.index("NPI (10 digits):")
    assert "SANDBOX: no real account is made" in said


def test_the_prompts_of_the_own_sandbox_name_no_host(tmp_path: Path) -> None:
    with Plain("--plain", home=tmp_path) as plain:
        plain.prompt()
    assert "You're registering at" not in plain.heard


NAMES = (
    "https://registration.example.com",
    "https://iprescribe.id.me.registration-services.elsewhere.example:8443/tenant/one",
    "https://xn--iprescrbe-k2a.example",
    "https://[2001:db8:85a3:8d3:1319:8a2e:370:7348]:8443",
    f"https://{'a' * 63}.{'b' * 63}.clinic.example",
)


@pytest.mark.parametrize("sandbox", [True, False])
@pytest.mark.parametrize("width", [20, 39, 59, 79, 139])
@pytest.mark.parametrize("address", NAMES)
def test_the_end_of_the_host_is_read_at_every_width(address: str, width: int, sandbox: bool) -> None:
    host = address.removeprefix("https://").partition("/")[0]
    shown = warned(address, width, sandbox=sandbox)
    assert len(shown) <= width
    assert host in shown or (shown.endswith(host[-7:]) and "…" in shown)
    assert shown.startswith("SANDBOX") == sandbox


def test_little_room_leaves_the_end() -> None:
    assert [shortened("registration.example.com", width) for width in (24, 15, 4, 1)] == [
        "registration.example.com",
        "reg…example.com",
        "…com",
        "…",
    ]
