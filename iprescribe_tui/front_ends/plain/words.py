"""Text of a view, line by line; names of keys are replaced by those of commands."""

import re

from iprescribe_tui.client.web_address import opens_at
from iprescribe_tui.flow.actions import ResumeView, View
from iprescribe_tui.flow.page_texts import (
    AHEAD,
    in_groups,
    locked_words,
    page_of,
    phone_progress,
    receipt_facts,
    resume_facts,
    waited_for,
)
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import (
    DoneView,
    EndedView,
    Fact,
    HandoffView,
    LockedView,
    StepViewBase,
    ViewBase,
    WaitingView,
)

SECRETS = {"totp_secret": "The key for your code-generator app", "recovery_code": "Your recovery code"}
"""Secrets that a view may show once, and their labels."""

_KEYS = {
    "F1": "?",
    "F2": "/messages",
    "F3": "/file",
    "F4": "/street",
    "F5": "/resend",
    "F6": "/signin",
    "F8": "/support",
    "F9": "<",
    "F10": "!",
    "F11": "/over",
}


def words_of(view: View) -> list[str]:
    """Return the lines for a new view: position, heading, purpose, notices, facts, and times."""
    page = page_of(view)
    heading = page.heading
    if isinstance(view, StepViewBase):
        heading = f"{view.position.stage}, step {view.position.number} of {view.position.total}: {heading}"
    opening = [heading, page.intro]
    if isinstance(view, ViewBase):
        opening += [f"{'Warning' if each.level == 'warning' else 'Note'}: {each.text}" for each in view.notices]
    facts = [f"{fact.label}: {fact.value}" for fact in _facts(view)]
    exact = {*facts, *(address_words(view) if isinstance(view, HandoffView) else [])}
    lines = filter(None, (*opening, *facts, *_own(view), *_times(view)))
    return [line if line in exact else in_commands(line) for line in lines]


def _facts(view: View) -> list[Fact]:
    match view:
        case ResumeView():
            return resume_facts(view)
        case DoneView():
            return receipt_facts(view.receipt)
        case StepViewBase():
            return list(view.facts)
    return []


def _own(view: View) -> list[str]:
    match view:
        case LockedView():
            return locked_words(view)
        case EndedView():
            return [view.heading, view.reason, f"Reference: {view.reference}" if view.reference else ""]
        case DoneView():
            return [f"{number}. {line}" for number, line in enumerate(view.receipt.next_steps, 1)]
        case HandoffView(slots=(_, *_)):
            return [*phone_words(view), *(address_words(view) if is_open(view) else [])]
        case HandoffView():
            return [waited_for(view), *address_words(view)]
        case WaitingView():
            return [waited_for(view)]
        case StepViewBase(step=Step.ACCOUNTS_INTRO):
            return [AHEAD]
        case StepViewBase():
            found = {name: plain(view.reveal[name].get_secret_value()) for name in SECRETS if name in view.reveal}
            return [f"{SECRETS[name]}: {written(name, secret)}" for name, secret in found.items()]
    return []


def phone_words(view: HandoffView) -> list[str]:
    """Return the progress of a phone that takes the photos, and the state of each photo."""
    progress = [f"{name}: {text}{'' if text.endswith('.') else '.'}" for _, name, text in phone_progress(view)]
    return [in_commands(waited_for(view)), *progress]


def address_words(view: HandoffView) -> list[str]:
    """Return the address for a phone, and on its own line the host that it opens at."""
    return ["Open this address on a phone:", view.url, f"Opens at: {opens_at(view.url)}"]


def is_open(view: HandoffView) -> bool:
    """Return whether a phone can open the view's address."""
    return view.state in ("waiting", "opened")


def is_same_phone(before: View, view: HandoffView) -> bool:
    """Return whether only the phone's progress is new: the address was printed before."""
    return bool(view.slots) and isinstance(before, HandoffView) and before.url == view.url and is_open(view)


def _times(view: View) -> list[str]:
    """Return the times until which a code or link works and from which it can be sent again; no countdown here."""
    sentences = []
    if isinstance(view, HandoffView) and view.slots:
        return [f"It works until {view.until.astimezone():%H:%M:%S}."] if is_open(view) else []
    if isinstance(view, WaitingView | HandoffView) and view.until:
        sentences.append(f"It works until {view.until.astimezone():%H:%M:%S}.")
    if isinstance(view, StepViewBase) and view.resend_at:
        sentences.append(f"Nothing came? From {view.resend_at.astimezone():%H:%M:%S} on F5 sends a new one.")
    return sentences


def written(name: str, secret: str) -> str:
    """Return a secret as it is written down: an authenticator key in groups of four."""
    return " ".join(in_groups(secret)) if name == "totp_secret" else secret


def in_commands(text: str) -> str:
    """Return `text` with names of keys replaced by commands that do the same here."""
    return re.sub(r"\bF\d+\b", lambda key: _KEYS.get(key[0], key[0]), text).replace("Press /", "Type /")
