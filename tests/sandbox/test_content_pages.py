"""The sandbox's web pages: whole, readable without sight, silent towards the outside, and deaf to hostile text."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.views import Fact, OutboxMessage
from iprescribe_tui.sandbox.api import web
from iprescribe_tui.sandbox.domain.personas import PERSONAS

HOSTILE_FILE = Path(__file__).parents[3] / "shared" / "corpora" / "hostile.jsonl"
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</style></title></main><h1>x",
    "javascript:alert(1)",
    "&lt;b&gt; &amp; &#60;",
    "\x1b[2J\u202e\u200b\x00",
]
VOID = {"meta", "input"}


class Page(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open[-1] if self._open else "", data))

    def text(self, *inside: str) -> str:
        return "".join(data for tag, data in self.texts if (tag in inside if inside else tag != "style"))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag == name]


def message(text: str = "Your code", link: str = "http://127.0.0.1:40123/l/abc", code: str = "048213") -> OutboxMessage:
    sent_at = datetime(2025, 3, 4, 15, 16, 17, tzinfo=UTC)
    return OutboxMessage(
        id="m1", channel="e-mail", to=text, subject=text, body=text, sent_at=sent_at, link=link, code=code
    )


def handoff(text: str) -> str:
    return web.handoff_page("/h/abc", name=text, npi=text, shared=[Fact(label=text, value=text)], error=text)


PAGES: dict[str, Callable[[str], str]] = {
    "key": web.key_page,
    "outbox": lambda text: web.outbox_page([message(text)]),
    "link": lambda text: web.link_page(text, text, "/l/abc"),
    "link_done": lambda text: web.link_done_page(text, text),
    "handoff": handoff,
    "message": lambda text: web.message_page(text, text),
    "personas": lambda _: web.personas_page(),
}
every_page = pytest.mark.parametrize("build", PAGES.values(), ids=PAGES.keys())


@every_page
def test_a_page_is_whole_and_readable_without_sight(build: Callable[[str], str]) -> None:
    html = build("What it says")
    page = Page(html)
    assert html == build("What it says")
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert [len(page.all(tag)) for tag in ("title", "h1", "main", "header")] == [1, 1, 1, 1]
    assert page.text("h1") in page.text("title")
    assert "no real account is made" in page.text("header")
    idents = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(set(idents)) == len(idents)
    labelled = {attrs["for"] for attrs in page.all("label")}
    assert {attrs["id"] for attrs in page.all("input")} == labelled
    assert {attrs["aria-describedby"] for _, attrs in page.tags if "aria-describedby" in attrs} <= set(idents)
    assert all(attrs.get("scope") in ("col", "row") for attrs in page.all("th"))


@every_page
def test_a_page_runs_nothing_and_loads_nothing(build: Callable[[str], str]) -> None:
    page = Page(build("What it says"))
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "svg", "base"}
    names = {name for _, attrs in page.tags for name in attrs}
    assert not names & {"src", "style", "srcset", "formaction", "http-equiv"}
    assert not [name for name in names if name.startswith("on")]
    assert "url(" not in web.STYLE
    assert "@import" not in web.STYLE


@every_page
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_shown_and_nothing_else(build: Callable[[str], str], hostile: str) -> None:
    html = build(hostile)
    tame, bent = Page(build("What it says")), Page(html)
    assert [tag for tag, _ in bent.tags] == [tag for tag, _ in tame.tags]
    assert [list(attrs) for _, attrs in bent.tags] == [list(attrs) for _, attrs in tame.tags]
    if tame.text() != Page(build("Something else")).text():
        assert plain(hostile) in bent.text()


def test_half_a_character_does_not_break_a_page() -> None:
    assert "\\ud800" in web.message_page("\ud800", "\ud800").encode().decode()


@pytest.mark.skipif(not HOSTILE_FILE.exists(), reason="the corpora are not beside this checkout")
def test_what_servers_have_sent_before_comes_out_plain() -> None:
    for line in HOSTILE_FILE.read_text(encoding="utf-8").splitlines():
        value = json.loads(line)["value"]
        assert plain(value, multiline=True) in Page(web.message_page("Title", value)).text("p")


def test_the_policy_allows_the_page_s_own_style_and_nothing_else() -> None:
    html = web.message_page("a", "b")
    style = html[html.index("<style>") + 7 : html.index("</style>")]
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = web.HEADERS["Content-Security-Policy"]
    assert f"style-src 'sha256-{allowed}'" in policy
    assert policy.startswith("default-src 'none';")


def test_the_key_is_asked_for_in_a_field_that_hides_it() -> None:
    page = Page(web.key_page())
    (field,) = page.all("input")
    assert (field["name"], field["type"], field["autocomplete"]) == (web.KEY_FIELD, "password", "off")
    (form,) = page.all("form")
    assert form == {"method": "post"}
    assert "alert" not in {attrs.get("role") for _, attrs in page.tags}
    wrong = Page(web.key_page("This is not the key."))
    assert [attrs["id"] for _, attrs in wrong.tags if attrs.get("role") == "alert"] == [
        wrong.all("input")[0]["aria-describedby"]
    ]


def test_the_outbox_shows_each_message_with_its_code_and_link() -> None:
    page = Page(web.outbox_page([message("First"), message("Second", link="", code="")]))
    assert [data for tag, data in page.texts if tag == "h2"] == ["First", "Second"]
    assert page.text("code") == "048213"
    assert [attrs["href"] for attrs in page.all("a") if "button" in (attrs.get("class") or "")] == [
        "http://127.0.0.1:40123/l/abc"
    ]
    assert page.all("time")[0]["datetime"] == "2025-03-04T15:16:17+00:00"
    assert "2025-03-04 15:16:17 UTC" in page.text("time")
    assert "Nothing has been sent yet" in Page(web.outbox_page([])).text()


@pytest.mark.parametrize("link", ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "//evil.example"])
def test_a_link_that_a_browser_would_run_is_only_shown(link: str) -> None:
    page = Page(web.outbox_page([message(link=link)]))
    assert {attrs["href"] for attrs in page.all("a")} == {"/outbox", "/personas"}
    assert link in page.text()


def test_the_personas_are_all_there() -> None:
    page = Page(web.personas_page())
    for persona in PERSONAS:
        assert persona.npi in page.text("th")
        assert persona.note in page.text("td")


def test_a_link_is_confirmed_by_a_button_since_programs_open_links_too() -> None:
    page = Page(web.link_page("Confirm your e-mail", "For a@example.com", '/l/abc?x=1&y="2"'))
    assert page.all("form") == [{"method": "post", "action": '/l/abc?x=1&y="2"'}]
    assert page.text("button") == "Confirm"


def test_allow_and_deny_are_one_press_each() -> None:
    page = Page(handoff("What it says"))
    assert [(attrs["name"], attrs["value"]) for attrs in page.all("button")] == [
        (web.DECISION_FIELD, "allow"),
        (web.DECISION_FIELD, "deny"),
    ]
    assert page.all("form") == [{"method": "post", "action": "/h/abc"}]
    assert Page(web.handoff_page("/h/abc", name="a", npi="b")).all("dl") == []
