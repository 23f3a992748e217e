"""Web pages of the sandbox, as whole HTML documents: no script, nothing from elsewhere, every value escaped."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Final

from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.views import Fact, OutboxMessage
from iprescribe_tui.sandbox.domain.personas import FOR_EVERYBODY, PERSONAS

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b2a33; --quiet: #4d5f6b; --paper: #f5f7f8; --card: #fff;
  --line: #c3ced5; --accent: #00695c; --on-accent: #fff; --warn: #8a1c1c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf1; --quiet: #a9b8c2; --paper: #12191d; --card: #1b252b;
  --line: #3b4a54; --accent: #5fd0bd; --on-accent: #08251f; --warn: #ff9d94; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header { padding: .6rem 1rem; border-bottom: 1px solid var(--line); color: var(--quiet); }
header strong { color: var(--ink); }
nav, main { max-width: 60rem; margin: 0 auto; padding: 0 1rem; }
main.narrow { max-width: 36rem; }
nav { padding-top: .75rem; }
nav a { display: inline-block; padding: .6rem 1rem .6rem 0; }
nav a[aria-current] { color: inherit; font-weight: 600; text-decoration: none; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.5rem 0 .75rem; }
h2 { font-size: 1.05rem; margin: 0 0 .25rem; }
a { color: var(--accent); }
p { margin: 0 0 1rem; }
.quiet { color: var(--quiet); }
.error { color: var(--warn); font-weight: 600; }
.lines { white-space: pre-line; overflow-wrap: anywhere; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem;
  margin: 0 0 1rem; }
article > :last-child { margin-bottom: 0; }
pre { margin: .5rem 0; font: .9rem/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
label { display: block; font-weight: 600; margin-bottom: .25rem; }
input { font: inherit; width: 100%; padding: .6rem; border: 1px solid var(--quiet); border-radius: .3rem;
  background: var(--card); color: inherit; margin-bottom: 1rem; }
button, .button { font: inherit; font-weight: 600; display: inline-block; min-height: 2.75rem; padding: .55rem 1.5rem;
  border: 2px solid var(--accent); border-radius: .3rem; background: var(--accent); color: var(--on-accent);
  text-decoration: none; cursor: pointer; margin: 0 .5rem .5rem 0; }
button.second { background: transparent; color: var(--accent); }
:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
dl { margin: 0 0 1rem; }
dt { color: var(--quiet); font-size: .9rem; }
dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin-bottom: 1.5rem; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { text-align: left; vertical-align: top; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); }
th[scope=row] { font-weight: 400; font-family: ui-monospace, monospace; }
code { font-family: ui-monospace, monospace; }
"""

_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode("ascii")

HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
)
"""Headers of every page: no script, no external resources, no framing, no referrer, no caching."""

KEY_FIELD: Final = "key"
"""Name of the field that `key_page` posts to its own address."""

DECISION_FIELD: Final = "decision"
"""Name of the field in which `handoff_page` posts `allow` or `deny`."""


_BEHIND_THE_KEY: Final[Mapping[str, str]] = {"/outbox": "Messages", "/personas": "Personas"}
_CURRENT: Final = ' aria-current="page"'
_CHANNELS: Final = {"e-mail": "E-mail", "text": "Text message", "call": "Phone call"}


def key_page(error: str = "") -> str:
    """Return the page that asks for the sandbox key, and posts it to its own address."""
    described = ' aria-describedby="why" aria-invalid="true"' if error else ""
    return _page(
        "Sandbox key",
        '<form method="post">'
        f"{_error(error)}"
        "<p>The sandbox printed its key when it started. With the key, this browser may read the messages "
        "that the sandbox sent.</p>"
        '<label for="key">Sandbox key</label>'
        f'<input id="key" name="{KEY_FIELD}" type="password" required autofocus autocomplete="off" '
        f'autocapitalize="none" spellcheck="false"{described}>'
        "<button>Open</button></form>",
    )


def outbox_page(messages: Sequence[OutboxMessage]) -> str:
    """Return the page of messages, in the order given (newest first)."""
    listed = "".join(_message(message) for message in messages)
    nothing = (
        "<p>Nothing has been sent yet. Messages appear here when a registration asks for a code or a link. "
        "Reload the page to look again.</p>"
    )
    return _page("Messages", listed or nothing, at="/outbox")


def personas_page() -> str:
    """Return the page of personas, and what to type to see each."""
    rows = "".join(
        f'<tr><th scope="row">{_shown(persona.npi)}</th><td>{_shown(persona.name)}</td><td>{_shown(persona.ends)}</td>'
        f'<td class="lines">{_shown(persona.note)}</td></tr>'
        for persona in PERSONAS
    )
    magic = "".join(
        f'<tr><th scope="row">{_shown(typed)}</th><td>{_shown(outcome)}</td></tr>'
        for typed, outcome in FOR_EVERYBODY.items()
    )
    return _page(
        "Personas",
        "<p>Made-up people, one for every way in which a registration can go. Where nothing is said, type what you "
        "like.</p>"
        '<div class="wide" role="region" aria-label="Personas" tabindex="0"><table><caption>Who registers</caption>'
        '<thead><tr><th scope="col">NPI</th><th scope="col">Who</th><th scope="col">How it ends</th>'
        f'<th scope="col">What to type</th></tr></thead><tbody>{rows}</tbody></table></div>'
        "<table><caption>Whoever registers may type</caption>"
        f'<thead><tr><th scope="col">This</th><th scope="col">And gets</th></tr></thead><tbody>{magic}</tbody></table>',
        at="/personas",
    )


def link_page(title: str, text: str, action: str) -> str:
    """Return the page that asks to confirm a link, since programs open links too; its button posts to `action`."""
    return _page(title, f'{_text(text)}<form method="post" action="{_shown(action)}"><button>Confirm</button></form>')


def link_done_page(title: str, text: str) -> str:
    """Return the page for a confirmed link, which says that the terminal continues by itself."""
    return _page(title, f"{_text(text)}<p>You can close this page. The terminal goes on by itself.</p>")


def handoff_page(action: str, *, name: str, npi: str, shared: Sequence[Fact] = (), error: str = "") -> str:
    """Return the page that stands in for an identity provider; Allow and Deny post to `action`."""
    facts = "".join(f"<div><dt>{_shown(fact.label)}</dt><dd>{_shown(fact.value)}</dd></div>" for fact in shared)
    listed = f"<h2>Shared with iPrescribe</h2><dl>{facts}</dl>" if facts else ""
    return _page(
        "Share your proven identity with iPrescribe?",
        f"{_error(error)}<p>This page stands in for an identity provider. A real one would now prove that you are "
        f"<strong>{_shown(name)}</strong>, NPI <strong>{_shown(npi)}</strong>; here it is taken as proven.</p>"
        f'{listed}<form method="post" action="{_shown(action)}">'
        f'<button name="{DECISION_FIELD}" value="allow">Allow</button>'
        f'<button class="second" name="{DECISION_FIELD}" value="deny">Deny</button></form>'
        '<p class="quiet">After Deny nobody can sign in to iPrescribe with this registration, until Allow is '
        "pressed after all.</p>",
    )


def message_page(title: str, text: str) -> str:
    """Return a page with one message, such as that a link has expired."""
    return _page(title, _text(text))


def _page(title: str, body: str, *, at: str = "") -> str:
    """Return a document; `at` is the path of a page behind the key, which links to the others."""
    links = "".join(
        f'<a href="{path}"{_CURRENT if path == at else ""}>{name}</a>' for path, name in _BEHIND_THE_KEY.items()
    )
    nav, width = (f'<nav aria-label="Sandbox">{links}</nav>', "broad") if at else ("", "narrow")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>{_shown(title)} · iPrescribe sandbox</title><style>{STYLE}</style></head><body>"
        "<header><strong>SANDBOX</strong> · no real account is made · do not enter real personal data</header>"
        f'{nav}<main class="{width}"><h1>{_shown(title)}</h1>{body}</main></body></html>\n'
    )


def _message(message: OutboxMessage) -> str:
    when = f"{message.sent_at:%Y-%m-%d %H:%M:%S} {message.sent_at.tzname() or ''}".rstrip()
    code = f"<p>Code: <code>{_shown(message.code)}</code></p>" if message.code else ""
    return (
        f"<article><h2>{_shown(message.subject)}</h2>"
        f'<p class="quiet">{_CHANNELS[message.channel]} to {_shown(message.to)} · '
        f'<time datetime="{message.sent_at.isoformat()}">{when}</time></p>'
        f"<pre>{_shown(message.body)}</pre>{code}{_link(message)}</article>"
    )


def _link(message: OutboxMessage) -> str:
    """Return the message's link as a button, or as text unless its scheme is HTTP(S)."""
    if not message.link:
        return ""
    if not message.link.lower().startswith(("http://", "https://")):
        return f"<p>{_shown(message.link)}</p>"
    named = escape(f"Open the link: {plain(message.subject)}")
    return f'<a class="button" href="{_shown(message.link)}" aria-label="{named}">Open the link</a>'


def _text(text: str) -> str:
    return f'<p class="lines">{_shown(text)}</p>'


def _error(error: str) -> str:
    return f'<p class="error" id="why" role="alert">{_shown(error)}</p>' if error else ""


def _shown(text: str) -> str:
    """Escape a value for text and quoted attributes, and show hidden characters as escapes."""
    return escape(plain(text, multiline=True))
