"""Addresses that a backend wants opened: their host stands apart, and one that isn't safe is named and is no link."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from iprescribe_tui.client import Client
from iprescribe_tui.client.errors import UnexpectedAnswer
from iprescribe_tui.client.web_address import AddressRefused, check_address, opens_at
from iprescribe_tui.flow.ending import Ending
from iprescribe_tui.front_ends.tui.widgets.chrome import shortened
from iprescribe_tui.journey.forms import NpiForm, SignInForm
from iprescribe_tui.journey.views import FormView, HandoffView
from tests.client.faulty import client_of
from tests.hostile.peer import Json, Peer, Turn, speaking
from tests.hostile.real import Answers
from tests.plain.person import Plain
from tests.qr.camera import picture, read
from tests.terminal.arrive import program
from tests.terminal.terminal import Terminal
from tests.terminal.walk import HAPPY, fill

NAMED = "The backend sent an unsafe address"

UNSAFE = (
    "https://id.me@elsewhere.example/start",
    "https://id.me:443@elsewhere.example",
    "https://id.me%2f@elsewhere.example",
    "https://id.me;@elsewhere.example",
    "https://@elsewhere.example",
    "https://:@elsewhere.example",
    "https://id.me\\@elsewhere.example",
    "https:\\\\elsewhere.example",
    "https://id.me\uff0f@elsewhere.example",
    "https://id.me\u2044elsewhere.example",
    "https://id.me\t.elsewhere.example",
    "https://id.me\n.elsewhere.example",
    " https://elsewhere.example",
    "https://elsewhere.example/ ",
    "https://elsewhere.example/\u202egpj",
    "https://elsewhere.example/\u200b",
    "https://else\u00adwhere.example",
    "https://elsewhere.example/\x1b]8;;x\x07",
    "https://\u3164.example",
    "https://id.me%2eelsewhere.example",
    "https://else_where.example",
    "https://-elsewhere.example",
    "https://elsewhere..example",
    f"https://{'a' * 64}.example",
    f"https://{'a.' * 127}example",
    "https://xn--a.example",
    "https://2130706433/",
    "https://0x7f.1/",
    "https://127.1/",
    "https://0177.0.0.1/",
    "https://[::1%25eth0]/",
    "https://[::1/",
    "https://[::1]elsewhere.example/",
    "https://elsewhere.example:0/",
    "https://elsewhere.example:65536/",
    "https://elsewhere.example:4x/",
    "https://elsewhere.example:-1/",
    "https://elsewhere.example:\u0663/",
    "https://",
    "https:///elsewhere.example",
    "https:/elsewhere.example",
    "https:elsewhere.example",
    "//elsewhere.example",
    "elsewhere.example",
    "www.elsewhere.example",
    "javascript:alert(1)",
    "JavaScript://elsewhere.example/%0aalert(1)",
    "data:text/html,<h1>ID.me</h1>",
    "file:///etc/passwd",
    "ftp://elsewhere.example",
    "sms:+12175550134",
    "intent://elsewhere.example#Intent;end",
    "otpauth://totp/x",
    "http://elsewhere.example/",
    "http://8.8.8.8/",
    "http://192.168.1.5.elsewhere.example/",
    "http://localhost.elsewhere.example/",
    "http://0.0.0.0/",
    "http://[::ffff:8.8.8.8]/",
    "",
)

SAFE = {
    "https://id.me/verify?code=1#top": ("https://id.me/verify?code=1#top", "id.me"),
    "HTTPS://SANDBOX.EXAMPLE.COM/P/K7Q2": ("HTTPS://SANDBOX.EXAMPLE.COM/P/K7Q2", "sandbox.example.com"),
    "https://id.me:443/": ("https://id.me:443/", "id.me"),
    "https://id.me:8443/": ("https://id.me:8443/", "id.me:8443"),
    "https://id.me?@elsewhere.example": ("https://id.me?@elsewhere.example", "id.me"),
    "https://elsewhere.example/@id.me": ("https://elsewhere.example/@id.me", "elsewhere.example"),
    "https://id.me.elsewhere.example/": ("https://id.me.elsewhere.example/", "id.me.elsewhere.example"),
    "https://\u0456d.me/a": ("https://xn--d-evb.me/a", "xn--d-evb.me"),
    "https://\u0456d.me:8443/a": ("https://xn--d-evb.me:8443/a", "xn--d-evb.me:8443"),
    "https://\uff49\uff44.\uff4d\uff45/": ("https://id.me/", "id.me"),
    "https://id.me\u3002elsewhere.example/": ("https://id.me.elsewhere.example/", "id.me.elsewhere.example"),
    "https://id.me/\u043f?\u00fc=%20": ("https://id.me/%D0%BF?%C3%BC=%20", "id.me"),
    "https://[2001:db8::1]:8443/": ("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"),
    "http://127.0.0.1:8765/h/a": ("http://127.0.0.1:8765/h/a", "127.0.0.1:8765"),
    "http://[::1]/h/a": ("http://[::1]/h/a", "[::1]"),
    "http://LOCALHOST/h": ("http://LOCALHOST/h", "localhost"),
}
"""Addresses, how they are shown, and at which host they open."""

NEARBY = ("http://192.0.2.17:8765/P/A", "http://10.1.2.3/", "http://100.64.0.7/", "http://[fd00::1]:8765/")
"""Addresses in a private network, which a sandbox on this machine hands to phones."""


@pytest.mark.parametrize("local", [True, False], ids=["own", "remote"])
@pytest.mark.parametrize("address", UNSAFE)
def test_what_is_not_safe_is_refused_by_its_kind(address: str, local: bool) -> None:
    with pytest.raises(AddressRefused):
        check_address(address, local=local)


@pytest.mark.parametrize("address", SAFE)
def test_what_is_safe_opens_where_a_browser_opens_it(address: str) -> None:
    shown, host = SAFE[address]
    assert check_address(address, local=False) == shown
    assert opens_at(shown) == host


@pytest.mark.parametrize("address", NEARBY)
def test_plain_http_in_a_network_is_for_a_backend_on_this_machine(address: str) -> None:
    assert check_address(address, local=True) == address
    with pytest.raises(AddressRefused):
        check_address(address, local=False)


def handed_off(answers: Answers, url: str, **more: Any) -> Json:
    """A view that hands over to a phone, at `url`."""
    return answers.views["handoff", "document"] | {"url": url, "revision": 7, "registration": "r1", **more}


def peer_of(answers: Answers, *turns: Turn, **service: Any) -> Peer:
    """A backend that gives these turns."""
    return Peer(answers.service | service, turns=list(turns))


@contextmanager
def client_at(peer: Peer) -> Iterator[AbstractAsyncContextManager[Client]]:
    """A client of a backend that speaks."""
    with speaking(peer):
        yield client_of(peer.url)


@pytest.mark.parametrize("url", ["https://id.me@elsewhere.example/x", "http://clinic.example/", "javascript:alert(1)"])
async def test_on_no_way_does_an_unsafe_address_come_in(url: str, answers: Answers) -> None:
    """In a session, a view that is looked at, waited for, handed off to, sent again, or beside a refusal."""
    form = answers.views["form", "document"] | {"registration": "r1"}
    bad = handed_off(answers, url)
    problem = {"title": "x", "status": 409, "code": "stale", "current": bad}
    refusals = [Turn(problem | {"code": code}, 409, "application/problem+json") for code in ("stale", "wrong_step")]
    turns = [Turn(form), Turn(bad), Turn(bad), *refusals, Turn(bad), Turn(bad)]
    with client_at(peer := peer_of(answers, *turns)) as opening:
        async with opening as client:
            view = await client.start(NpiForm(npi=HAPPY))
            assert isinstance(view, FormView)
            calls: tuple[Callable[[], Awaitable[object]], ...] = (
                client.hand_off,
                lambda: client.resend(view),
                lambda: client.back(view),
                lambda: client.back(view),
                lambda: client.start(NpiForm(npi=HAPPY)),
                lambda: client.sign_in(SignInForm(username="amelia.h", password=SecretStr("b"))),
                client.current,
            )
            for call in calls:
                with pytest.raises(UnexpectedAnswer) as refused:
                    await call()
                assert url not in str(refused.value)
                assert "127.0.0.1" in refused.value.advice
            assert not peer.turns


async def test_one_that_is_over_needs_no_address(answers: Answers) -> None:
    with client_at(peer_of(answers, Turn(handed_off(answers, "", state="expired")))) as opening:
        async with opening as client:
            assert isinstance(await client.start(NpiForm(npi=HAPPY)), HandoffView)


SPOOFS = {
    "https://id.me@elsewhere.example/start": "https[:]//id.me[@]elsewhere.example…",
    "javascript:alert(1)": "javascript[:]alert(1)",
    "https://id.me\\@elsewhere.example": "https[:]//id.me\\[@]elsewhere.example",
    "http://clinic.example/P/A": "http[:]//clinic.example…",
}


@pytest.mark.parametrize("url", SPOOFS)
def test_the_screen_names_an_unsafe_address_and_makes_no_link_of_it(url: str, answers: Answers, tmp_path: Path) -> None:
    peer = peer_of(answers, Turn(handed_off(answers, url)))
    with speaking(peer), Terminal(program(peer.url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume")
        fill(terminal, HAPPY)
        terminal.until(NAMED, SPOOFS[url], "Don't open it")
        assert read(picture(terminal.screen, terminal.columns)) == ""
        assert not [key for key in ("F4 Copy", "F6 Print", "Opens at") if key in terminal.words]
        terminal.press("f9")
        terminal.until("Sign in to resume")
        terminal.press("f10")
        terminal.finish()
    assert url.encode() not in terminal.raw
    assert b"\x1b]8;" not in terminal.raw
    assert b"\x1b]52;" not in terminal.raw


@pytest.mark.parametrize("url", SPOOFS)
def test_the_prompts_name_an_unsafe_address_and_make_no_link_of_it(url: str, answers: Answers, tmp_path: Path) -> None:
    peer = peer_of(answers, Turn(handed_off(answers, url)))
    with speaking(peer), Plain("--plain", "--backend", peer.url, home=tmp_path, term="xterm") as plain:
        plain.prompt()
        plain.type(HAPPY)
        assert NAMED in plain.words
        assert SPOOFS[url] in plain.words
        plain.child.send("!\n")
        plain.end()
    assert url not in plain.words
    assert "Opens at" not in plain.words


LONG = f"verify.{'a' * 50}.clinic-systems.example:8443"
HOSTS: Mapping[str, tuple[str, str]] = {
    "name": ("https://id.me/start?with=a-code", "id.me"),
    "port": ("https://id.me.elsewhere.example:8443/start", "id.me.elsewhere.example:8443"),
    "other script": ("https://\u0456d.me/start", "xn--d-evb.me"),
    "other script that is long": (f"https://{LONG}/start", LONG),
}


def shows_line(terminal: Terminal, wanted: str) -> bool:
    """Whether a line of the window is `wanted`; what stood beyond a window that was made smaller is not in it."""
    return wanted in [line[: terminal.columns].strip() for line in terminal.text.splitlines()]


@pytest.mark.parametrize("kind", HOSTS)
def test_the_host_stands_apart_at_every_size(kind: str, answers: Answers, tmp_path: Path) -> None:
    url, host = HOSTS[kind]
    peer = peer_of(answers, Turn(handed_off(answers, url)))
    with speaking(peer), Terminal(program(peer.url), home=tmp_path) as terminal:
        terminal.until("Sign in to resume")
        fill(terminal, HAPPY)
        for columns, rows in ((80, 24), (60, 20), (40, 12), (80, 24)):
            terminal.resize(columns, rows)
            wanted = f"Opens at: {shortened(host, columns - 12)}"
            terminal.until_true(partial(shows_line, terminal, wanted), f"{wanted} at {columns} columns")
        terminal.press("f6")
        terminal.until("Any key goes back to the step.")
        assert f"Opens at: {host}" in terminal.outside  # whole, since a terminal breaks a line that is too long
        terminal.press("enter")
        terminal.until_true(lambda: terminal.raw.count(b"\x1b[?1049h") == 2, "the full screen again")
        terminal.press("f10")
        terminal.finish()
    assert "\u0456" not in terminal.raw.decode()


def test_the_host_stands_below_a_code_that_is_alone(answers: Answers, tmp_path: Path) -> None:
    url = f"https://id.me/start?{'code' * 10}"
    peer = peer_of(answers, Turn(handed_off(answers, url)))
    with speaking(peer), Terminal(program(peer.url), home=tmp_path, size=(60, 20)) as terminal:
        terminal.until("10 digits")
        fill(terminal, HAPPY)
        terminal.until("F3 QR code")
        terminal.press("f3")
        terminal.until("Opens at: id.me · any key: back")
        assert read(picture(terminal.screen, terminal.columns)) == url


@pytest.mark.parametrize("kind", HOSTS)
def test_the_prompts_say_the_host_apart(kind: str, answers: Answers, tmp_path: Path) -> None:
    url, host = HOSTS[kind]
    peer = peer_of(answers, Turn(handed_off(answers, url)))
    with speaking(peer), Plain("--plain", "--backend", peer.url, home=tmp_path, term="xterm") as plain:
        plain.prompt()
        plain.type(HAPPY)
        assert f"Opens at: {host} It works until" in plain.words
        at = len(plain.heard)
        plain.type("/qr")
        assert f"Opens at: {host} Press Enter" in " ".join(plain.heard[at:].split())
        plain.child.send("!\n")
        plain.end()
    assert "\u0456" not in plain.heard


def test_the_prompts_leave_an_address_as_it_is(answers: Answers, tmp_path: Path) -> None:
    """F-keys in a page's words are said as commands; what looks like one in an address is none."""
    peer = peer_of(answers, Turn(handed_off(answers, "HTTPS://F9.EXAMPLE.COM/F1/F10")))
    with speaking(peer), Plain("--plain", "--backend", peer.url, home=tmp_path) as plain:
        plain.prompt()
        plain.type(HAPPY)
        assert "HTTPS://F9.EXAMPLE.COM/F1/F10" in plain.heard
        assert "Opens at: f9.example.com" in plain.heard


@pytest.mark.parametrize("contact", ["support", "idme_help"])
@pytest.mark.parametrize("url", SPOOFS)
def test_an_unsafe_address_of_help_is_no_link(url: str, contact: str, answers: Answers, tmp_path: Path) -> None:
    peer = peer_of(answers, **{contact: answers.service[contact] | {"url": url}})
    with speaking(peer), Plain("--plain", "--backend", peer.url, home=tmp_path, term="xterm") as plain:
        plain.prompt()
        plain.type("?")
        assert SPOOFS[url] in plain.words
        assert "don't open this address" in plain.words
        plain.child.send("!\n")
        plain.end()
    assert url not in plain.words


def test_an_address_of_help_is_shown_by_its_real_host(answers: Answers, tmp_path: Path) -> None:
    peer = peer_of(answers, support=answers.service["support"] | {"url": "https://\u0456d.me/help"})
    with speaking(peer), Terminal(program(peer.url), home=tmp_path, size=(100, 40)) as terminal:
        terminal.until("Sign in to resume")
        terminal.press("f1")
        terminal.until("https://xn--d-evb.me/help")
        terminal.press("enter")
        terminal.press("f10")
        assert terminal.finish() == Ending.LEFT
    assert "\u0456" not in terminal.raw.decode()
