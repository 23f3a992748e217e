"""The words of every message that the sandbox sends: e-mails, text messages and what a call says."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Final

from iprescribe_tui.journey.checks.text import plain


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it is read: `subject` of one line, `body` in plain text. Its `repr` shows neither code nor link."""

    subject: str
    body: str

    def __repr__(self) -> str:
        return f"Rendered({self.subject!r})"


def render(template: str, **params: str) -> Rendered:
    """Fill in one of `TEMPLATES`; each value becomes one line of plain text, whatever it held.

    Raises KeyError for a template that there is not, TypeError where `params` are not those it takes.
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
    """A message with `{names}` where its parameters go; `spoken` is read out, a code digit by digit."""

    subject: str
    body: str
    spoken: bool = False

    @property
    def params(self) -> frozenset[str]:
        """The names of what must be filled in."""
        fields = Formatter().parse(self.subject + self.body)
        return frozenset(name for _, name, _, _ in fields if name)


_FOOT: Final = """
--
iPrescribe sandbox: a place to try things. No real account is made, and this
message comes neither from DrFirst nor from ID.me.
"""

TEMPLATES: Final[Mapping[str, Wording]] = {
    "email_confirmation": Wording(
        "Confirm your e-mail address",
        """Hello,

somebody, most likely you, is making an ID.me account with this address.
To confirm that it is yours, open this link:

{link}

or type this code where you were asked for it: {code}

Both work for 15 minutes, and only those of the newest e-mail do. If this
was not you, do nothing: without the link no account is made.
"""
        + _FOOT,
    ),
    "mfa_text": Wording(
        "Your ID.me code",
        "[Sandbox] {code} is your ID.me code. It works for 10 minutes. Tell it to nobody: we never ask for it.",
    ),
    "mfa_call": Wording(
        "Call with your ID.me code",
        "[Sandbox: what the caller says] Hello, this is a call with your ID.me code. Your code is {code}. "
        "Once more: {code}. It works for 10 minutes. Tell it to nobody. Goodbye.",
        spoken=True,
    ),
    "phone_link": Wording(
        "Confirm your phone",
        "[Sandbox] ID.me: open this link to confirm that this phone is yours. It works for 15 minutes. {link} "
        "Not you? Do not open it.",
    ),
    "phone_link_call": Wording(
        "Call to confirm your phone",
        "[Sandbox: what the caller says] Hello, this is ID.me. To confirm that this phone is yours, press 1. "
        "To refuse, hang up. (Opening this link within 15 minutes stands for pressing 1: {link} )",
        spoken=True,
    ),
    "trusted_referee": Wording(
        "Your video call with a trusted referee",
        """Hello {name},

your phone could not be matched with your records, so a trusted referee
makes sure in a video call that you are who you say. Have the ID that you
photographed at hand. The call takes about 15 minutes. Join it here:

{link}

In the sandbox nobody calls: opening the link stands for the call having
taken place.
"""
        + _FOOT,
    ),
    "receipt": Wording(
        "You are registered for iPrescribe",
        """Hello {name},

your registration is complete.

  Username    {username}
  NPI         {npi}
  Reference   {reference}

You sign in with your username and your iPrescribe password. If you did
not register, answer to support at once and name the reference.
"""
        + _FOOT,
    ),
    "support_request": Wording(
        "We have your request {reference}",
        """Hello,

we have your request about "{category}".

  Reference   {reference}

We reach you at {contact}, within one working day. Name the reference if
you write again. We never ask for passwords, codes or a Social Security
number.
"""
        + _FOOT,
    ),
    "account_locked": Wording(
        "Your iPrescribe account is locked for a while",
        """Hello,

the password for {username} was wrong three times, so nobody can sign in
until {until}. After that, sign in as usual.

If it was not you who tried, somebody may know your username: tell
support. Your registration is kept as it is.
"""
        + _FOOT,
    ),
}
"""Each message by its name, with what must be filled in; lifetimes are those of the sandbox's limits."""
