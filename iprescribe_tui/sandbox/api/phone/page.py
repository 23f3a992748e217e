"""Page that a phone opens, as a whole HTML document: it works without its script, and loads nothing."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Final

from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.forms import DocumentForm
from iprescribe_tui.journey.steps import SANDBOX, Step

_HERE: Final = Path(__file__).parent
STYLE: Final = (_HERE / "page.css").read_text(encoding="utf-8")
SCRIPT: Final = (_HERE / "page.js").read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; connect-src 'self'; "
            "img-src blob: data:; media-src blob: mediastream:; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Cache-Control": "no-store",
    }
)
"""Headers of every page for a phone: its own style and script and nothing else, no caching."""

KINDS: Final = DocumentForm.asked()["kind"].choices
"""Labels of the kinds of document."""


@dataclass(frozen=True)
class PhotosPageState:
    """State of the page: step, kind of document, slots received and missing, and messages.

    `errors` has messages by slot, by "kind", or "" for the whole; `doubts` has those about received photos, by slot;
    `pictures` has JPEG copies of photos in the same request, by slot.
    """

    step: Step
    kind: str
    received: frozenset[str]
    missing: tuple[str, ...]
    errors: Mapping[str, str]
    doubts: Mapping[str, str]
    pictures: Mapping[str, bytes]


@dataclass(frozen=True)
class _Photo:
    """Instructions for one photo; `facing` is the camera to use."""

    name: str
    advice: str
    facing: str


_PHOTOS: Final[Mapping[str, _Photo]] = {
    "front": _Photo("Front", "Lay it on a dark surface, all four corners in the picture.", "environment"),
    "back": _Photo("Back", "Turn it over: the side with the barcode.", "environment"),
    "photo": _Photo("Photo of you", "Look straight into the camera, in even light, without hat or sunglasses.", "user"),
}


_DEFAULT: Final = '<button class="heard" tabindex="-1" aria-hidden="true">Send</button>'
"""Enter presses the first button of a form: this one comes first, so that Enter never sends a doubted photo."""

_CHOOSE: Final = "Take another, or send it all the same."


def photos_page(state: PhotosPageState) -> str:
    """Return the page that asks for the photos of a step, with the state of each."""
    document = state.step is Step.DOCUMENT
    slots = ("front", "back") if document else ("photo",)
    news = _news(state)
    body = (
        f'<form method="post" enctype="multipart/form-data" data-news="{_shown(news)}">{_DEFAULT}'
        f"{_alert(state.errors.get('', ''))}"
        f"{_kinds(state) if document else ''}"
        f"{''.join(_slot(slot, state) for slot in slots)}"
        '<p class="send"><button>Send</button></p>'
        '<p><button class="second" name="cancel" value="1" formnovalidate>Cancel</button></p>'
        "</form>"
        '<p class="quiet">The terminal that showed the code follows what you do here.</p>'
    )
    return _page("Photos of your ID" if document else "A photo of you", body)


def _news(state: PhotosPageState) -> str:
    """Return the latest changes, for screen readers."""
    wrong = [f"{_label(name)}{text}" for name, text in state.errors.items()]
    if wrong or state.doubts:
        return " ".join([*wrong, *(f"{_label(slot)}{text} {_CHOOSE}" for slot, text in state.doubts.items())])
    done = [f"{_PHOTOS[slot].name} received." for slot in _PHOTOS if slot in state.received]
    open_ = [f"{_PHOTOS[slot].name} is next." for slot in state.missing if slot in _PHOTOS]
    return " ".join([*done, *open_[:1]]) if done else ""


def _label(name: str) -> str:
    return f"{_PHOTOS[name].name}: " if name in _PHOTOS else ""


def _kinds(state: PhotosPageState) -> str:
    radios = "".join(
        f'<label class="choice"><input type="radio" name="kind" value="{key}" required'
        f"{' checked' if key == state.kind else ''}> {_shown(name)}</label>"
        for key, name in KINDS.items()
    )
    alert = _alert(state.errors.get("kind", ""))
    next_ = "" if state.kind else '<p class="quiet">Choose one. Its photos come next.</p>'
    return f'<fieldset class="card"><legend>Which ID do you have?</legend>{alert}{next_}{radios}</fieldset>'


def _slot(slot: str, state: PhotosPageState) -> str:
    """Return the section of one photo: its instructions, its state, and the ways to give it."""
    photo, arrived, wrong = _PHOTOS[slot], slot in state.received, state.errors.get(slot, "")
    doubted = slot in state.doubts
    mark = '<span class="done">received ✓</span>' if arrived else ""
    described = " ".join(
        [f"{slot}-advice", *([f"{slot}-wrong"] if wrong else []), *([f"{slot}-doubt"] if doubted else [])]
    )
    advice = "You can go on. Another one would replace it." if arrived else photo.advice
    only = ' <span class="quiet">(a passport has none)</span>' if slot == "back" else ""
    return (
        f'<section class="card{" arrived" if arrived else " doubted" if doubted else ""}" id="{slot}"'
        f' data-slot="{slot}" data-facing="{photo.facing}" aria-labelledby="{slot}-name">'
        f'<h2 id="{slot}-name">{photo.name}{only} {mark}</h2>'
        f'<p id="{slot}-advice">{advice}</p>{_alert(wrong, f"{slot}-wrong")}{_doubt(slot, state) if doubted else ""}'
        f'<label for="{slot}-file">{"Take another" if doubted else "Take or choose a photo"}</label>'
        f'<input id="{slot}-file" type="file" name="{slot}" accept="image/*" capture="{photo.facing}"'
        f' aria-describedby="{described}"{" aria-invalid=true" if wrong else ""}>'
        f"{_send_despite(slot) if doubted else ''}</section>"
    )


def _doubt(slot: str, state: PhotosPageState) -> str:
    """Return the doubts about a photo, and the photo itself if it was just sent."""
    message = f'<p class="doubt" role="alert" id="{slot}-doubt">{_shown(state.doubts[slot])}</p>'
    if slot not in state.pictures:
        return (
            f'{message}<p class="quiet">For your privacy, the photo itself is shown only right after it was sent.</p>'
        )
    data = base64.b64encode(state.pictures[slot]).decode("ascii")
    alt = "Your photo as it will be sent. A red frame marks where something seems wrong, if it is in one place."
    return f'{message}<figure><img src="data:image/jpeg;base64,{data}" alt="{alt}"></figure>'


def _send_despite(slot: str) -> str:
    return (
        f'<button class="second despite" name="despite" value="{slot}" aria-describedby="{slot}-doubt">'
        "Send it all the same</button>"
    )


def done_page() -> str:
    """Return the page for a step that took all photos."""
    return message_page("Done", "Everything has arrived and was checked. You can go back to your terminal.", mark="✓")


def over_page() -> str:
    """Return the one page for every code that opens nothing, whatever the reason."""
    return message_page(
        "This link opens nothing",
        "If you have just sent the last photo, your terminal has gone on. "
        "If not, ask there for a new link (F5), and scan that.",
    )


def message_page(title: str, text: str, *, mark: str = "") -> str:
    """Return a page with one message."""
    shown = f'<p class="mark" aria-hidden="true">{mark}</p>' if mark else ""
    return _page(title, f'<div data-news="{_shown(f"{title}. {text}")}">{shown}<p>{_shown(text)}</p></div>')


def _alert(text: str, ident: str = "") -> str:
    named = f' id="{ident}"' if ident else ""
    return f'<p class="error" role="alert"{named}>{_shown(text)}</p>' if text else ""


def _page(title: str, body: str) -> str:
    name, *rules = SANDBOX.split(" · ")
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_shown(title)} · iPrescribe sandbox</title><style>{STYLE}</style></head><body>"
        f"<header><strong>{name}</strong> · {' · '.join(rules)}</header>"
        f"<main><h1>{_shown(title)}</h1>{body}</main>"
        f'<p id="news" role="status" class="heard"></p><script>{SCRIPT}</script></body></html>\n'
    )


def _shown(text: str) -> str:
    """Escape a value for text and quoted attributes."""
    return escape(plain(text, multiline=True))
