"""The messages that the sandbox sends: they hold what is needed, say what they are, and cannot be bent."""

import json
from pathlib import Path

import pytest

from iprescribe_tui.journey.checks.text import HIDDEN
from iprescribe_tui.sandbox.domain.messages import TEMPLATES, render, wrapped

HOSTILE = Path(__file__).parents[3] / "shared" / "corpora" / "hostile.jsonl"
VALUES = {
    "link": "http://127.0.0.1:40123/l/q65uy3d34nt23vhr3dkm24qfrofklzyq",
    "code": "048213",
    "name": "Amelia Jane Hartwell, M.D.",
    "username": "a.hartwell",
    "npi": "1000000012",
    "reference": "R-7K2M",
    "category": "Photos of the ID or of the face",
    "contact": "217-555-0134",
    "until": "14:05 UTC",
}
NAMES = sorted(TEMPLATES)


def params(template: str, **others: str) -> dict[str, str]:
    return {name: others.get(name, VALUES[name]) for name in TEMPLATES[template].params}


@pytest.mark.parametrize("template", NAMES)
def test_a_message_holds_what_it_was_given_and_says_that_it_is_the_sandbox(template: str) -> None:
    message = render(template, **params(template))
    assert message == render(template, **params(template))
    for name, value in params(template).items():
        spoken = ", ".join(value) if template == "mfa_call" and name == "code" else value
        assert spoken in message.body
    assert "sandbox" in message.body.casefold()
    assert "{" not in message.subject + message.body
    assert message.subject.isprintable()


def test_an_email_is_wrapped_for_mail_programs_and_its_link_is_not() -> None:
    link = f"https://registration.example.com/{'x' * 80}"
    body = render("email_confirmation", link=link, code="048213").body
    lines = wrapped(body).splitlines()
    assert link in lines
    assert max(len(line) for line in lines if line != link) <= 72
    assert wrapped(body).split() == body.split()
    receipt = wrapped(render("receipt", **params("receipt")).body)
    assert "\n  Username    a.hartwell\n  NPI         1000000012\n" in receipt


@pytest.mark.parametrize("template", NAMES)
def test_a_message_is_broken_where_it_is_read(template: str) -> None:
    """A paragraph is one line, which a screen of any width wraps; a link has a line of its own."""
    lines = render(template, **params(template)).body.split("\n")
    assert [line for line in lines if line[:1].islower()] == [line for line in lines if VALUES["link"] in line]
    assert {line for line in lines if VALUES["link"] in line} <= {VALUES["link"]}


@pytest.mark.parametrize("template", NAMES)
def test_neither_code_nor_link_stands_in_the_subject_or_the_repr(template: str) -> None:
    message = render(template, **params(template))
    assert VALUES["code"] not in message.subject + repr(message)
    assert VALUES["link"] not in message.subject + repr(message)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("email_confirmation", "15 minutes"),
        ("mfa_text", "10 minutes"),
        ("mfa_call", "0, 4, 8, 2, 1, 3"),
        ("phone_link", "15 minutes"),
        ("trusted_referee", "video call"),
        ("account_locked", "three times"),
    ],
)
def test_a_message_says_how_long_it_holds(template: str, words: str) -> None:
    assert words in " ".join(render(template, **params(template)).body.split())


@pytest.mark.parametrize("template", NAMES)
@pytest.mark.parametrize(
    "hostile",
    ["a\r\nBcc: all@example.com", "\x1b[2J\x1b]0;x\x07", "\u202egnp.exe", "{link}{0.__class__}%s$link", "\ud800"],
)
def test_hostile_values_stay_values(template: str, hostile: str) -> None:
    plain = render(template, **params(template))
    message = render(template, **dict.fromkeys(params(template), hostile))
    assert message.subject.isprintable()
    assert len(message.body.splitlines()) == len(plain.body.splitlines())
    assert not HIDDEN.search(message.body.replace("\n", ""))
    message.body.encode()


@pytest.mark.skipif(not HOSTILE.exists(), reason="the corpora are not beside this checkout")
def test_what_servers_have_sent_before_comes_out_plain() -> None:
    for line in HOSTILE.read_text(encoding="utf-8").splitlines():
        message = render("receipt", **params("receipt", name=json.loads(line)["value"]))
        assert not HIDDEN.search(message.body.replace("\n", ""))


def test_a_message_that_is_not_or_lacks_something_is_an_error() -> None:
    with pytest.raises(KeyError):
        render("no_such_message")
    with pytest.raises(TypeError):
        render("mfa_text")
    with pytest.raises(TypeError):
        render("mfa_text", code="048213", link="x")
