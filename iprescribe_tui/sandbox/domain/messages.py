"""Text of every message that the sandbox sends: emails, text messages and calls."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Final

from iprescribe_tui.journey.checks.text import plain

_MAIL_WIDTH: Final = 72


@dataclass(frozen=True, slots=True)
class Rendered:
    """Message with its values: `subject` in one line, `body` in plain text, one line per paragraph.

    Its `repr` shows neither code nor link.
    """

    subject: str
    body: str

    def __repr__(self) -> str:
        return f"Rendered({self.subject!r})"


def wrapped(body: str) -> str:
    """Return a body in lines of at most 72 columns, as mail programs wrap none; links and addresses stay whole."""
    lines = (
        textwrap.fill(line, _MAIL_WIDTH, break_long_words=False, break_on_hyphens=False) for line in body.split("\n")
    )
    return "\n".join(lines)


def render(template: str, **params: str) -> Rendered:
    """Fill in one of `TEMPLATES`; each value becomes one line of plain text.

    Raises KeyError for an unknown template, TypeError for missing or surplus `params`.
    """
    wording = TEMPLATES[template]
    if params.keys() != wording.params:
        raise TypeError(f"{template} takes {sorted(wording.params)}, not {sorted(params)}")
    values = {name: plain(value) for name, value in params.items()}
    if wording.spoken and "code" in values:
        values["code"] = ", ".join(values["code"])
    return Rendered(wording.subject.format(**values), wording.body.format(**values))


@dataclass(frozen=True, slots=True)
class Wording:
    """Message with `{names}` for its parameters; a `spoken` one is read aloud, a code digit by digit."""

    subject: str
    body: str
    spoken: bool = False

    @property
    def params(self) -> frozenset[str]:
        """Return the names of the parameters to fill in."""
        fields = Formatter().parse(self.subject + self.body)
        return frozenset(name for _, name, _, _ in fields if name)


_FOOT: Final = """
--
This is the iPrescribe sandbox, a place to try things. No real account is made, and this message is not from DrFirst \
or ID.me.
"""

TEMPLATES: Final[Mapping[str, Wording]] = {
    "email_confirmation": Wording(
        "Confirm your e-mail address",
        """Hello,

Somebody, most likely you, is creating an ID.me account with this address. To confirm that it is yours, open this link:

{link}

Or type this code where you were asked for it: {code}

Both work for 15 minutes, and only those in the newest e-mail. If this was not you, do nothing: no account is created \
without them.
"""
        + _FOOT,
    ),
    "mfa_text": Wording(
        "Your ID.me code",
        "[Sandbox] {code} is your ID.me code. It works for 10 minutes. Do not share it: we never ask for it.",
    ),
    "mfa_call": Wording(
        "Call with your ID.me code",
        "[Sandbox: what the caller says] Hello, this is a call with your ID.me code. Your code is {code}. "
        "Once more: {code}. It works for 10 minutes. Do not share it. Goodbye.",
        spoken=True,
    ),
    "phone_link": Wording(
        "Confirm your phone",
        """[Sandbox] ID.me: open this link to confirm that this phone is yours. It works for 15 minutes.

{link}

Not you? Do not open it.
""",
    ),
    "phone_link_call": Wording(
        "Call to confirm your phone",
        """[Sandbox: what the caller says] Hello, this is ID.me. To confirm that this phone is yours, press 1. \
To refuse, hang up.

Opening this link within 15 minutes stands for pressing 1:

{link}
""",
        spoken=True,
    ),
    "trusted_referee": Wording(
        "Your video call with a trusted referee",
        """Hello {name},

Your phone could not be matched with your records, so a trusted referee makes sure in a video call that you are who \
you say. Have the ID that you photographed at hand. The call takes about 15 minutes. Join it here:

{link}

In the sandbox nobody calls: opening the link stands for the call having taken place.
"""
        + _FOOT,
    ),
    "receipt": Wording(
        "You are registered for iPrescribe",
        """Hello {name},

Your registration is complete.

  Username    {username}
  NPI         {npi}
  Reference   {reference}

Sign in with your username and your iPrescribe password. If it was not you who registered, tell support at once and \
give the reference.
"""
        + _FOOT,
    ),
    "support_request": Wording(
        "We have your request {reference}",
        """Hello,

We have your request about "{category}".

  Reference   {reference}

We will reach you at {contact} within one business day. Give the reference if you write again. We never ask for \
passwords, codes or a Social Security number.
"""
        + _FOOT,
    ),
    "account_locked": Wording(
        "Your iPrescribe account is locked for a while",
        """Hello,

The password for {username} was wrong three times, so nobody can sign in until {until}. After that, sign in as usual.

If it was not you who tried, somebody may know your username: tell support. Your registration is kept as it is.
"""
        + _FOOT,
    ),
}
"""Messages by name; the lifetimes in their text are those in `outbox`."""
