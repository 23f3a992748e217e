"""Personas of the sandbox: an NPI for every way in which a registration can go, and what to type to see it."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Final, Literal

from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS


class Quirk(StrEnum):
    """Special treatment of one persona; behavior that follows from its registry record needs no quirk."""

    REGISTRY_DOWN = "registry_down"
    """The registry does not answer the first two attempts."""
    PHONE_REFUSED = "phone_refused"
    """The first phone number given for the second factor is refused."""
    DOCUMENT_BLURRED = "document_blurred"
    """This and the next five: the first document is refused for this reason, the next is accepted."""
    DOCUMENT_GLARE = "document_glare"
    DOCUMENT_CUT_OFF = "document_cut_off"
    DOCUMENT_EXPIRED = "document_expired"
    DOCUMENT_WRONG_KIND = "document_wrong_kind"
    DOCUMENT_UNREADABLE = "document_unreadable"
    ID_OTHER_NAME = "id_other_name"
    """The sample documents show another name."""
    SELFIE_NO_FACE = "selfie_no_face"
    """This and the next two: the first selfie is refused for this reason, the next is accepted."""
    SELFIE_SEVERAL_FACES = "selfie_several_faces"
    SELFIE_NO_MATCH = "selfie_no_match"
    PHONE_NO_MATCH = "phone_no_match"
    """The first phone number does not match the credit profile; another does."""
    NO_CREDIT_FILE = "no_credit_file"
    """No phone matches; only a trusted referee helps."""
    CREDIT_FROZEN = "credit_frozen"
    """A text message cannot be matched; a phone call can."""
    SSN_REFUSED_ONCE = "ssn_refused_once"
    """The first Social Security number does not match; the next does."""
    SSN_LOCKED = "ssn_locked"
    """No Social Security number matches, until no attempt is left."""
    PHONE_LINK_EXPIRED = "phone_link_expired"
    """The first link to the phone has expired when it is opened; the next works."""
    LOCKED = "locked"
    """The registration is on hold for two minutes after the practice."""
    ENDED = "ended"
    """Identity proofing fails for good after the selfie."""


@dataclass(frozen=True, slots=True)
class Persona:
    """Made-up applicant: `name` as in the registry, `ends` the outcome, `note` what to type to see it."""

    key: str
    npi: str
    name: str
    ends: str
    note: str
    quirks: frozenset[Quirk] = frozenset()


@dataclass(frozen=True, slots=True)
class SeedAccount:
    """iPrescribe account that exists from the start, and the step at which it stands."""

    username: str
    password: str
    npi: str
    state: Literal["done", "consent"]


@dataclass(frozen=True, slots=True)
class SeedIdme:
    """ID.me account that exists from the start; `verified` if its identity is verified."""

    email: str
    password: str
    mfa_method: Literal["text", "call", "app"]
    mfa_phone: str
    verified: bool


TAKEN_USERNAME: Final = "taken"
"""iPrescribe username that is always taken."""
TAKEN_EMAIL: Final = "taken@example.com"
"""Email that another registration always uses."""
TAKEN_IDME_EMAIL: Final = "idme.taken@example.com"
"""Email that already has an ID.me account."""
REFUSED_MFA_PHONE: Final = "217-555-0199"
"""Phone number, as `check_us_phone` writes it, that is refused for the second factor."""

# Public by design: they open only made-up accounts in a sandbox, and the page on personas shows them.
_DONE: Final = SeedAccount("ngozi.thornbury", "brass-lantern-by-the-pond", PERSONA_NPIS["already_registered"], "done")
_CONSENT: Final = SeedAccount("bram.quill", "seven-quiet-paper-boats", PERSONA_NPIS["allow_never_pressed"], "consent")
_EXISTING: Final = SeedIdme("idme.existing@example.com", "copper-kite-over-town", "text", "512-555-0139", False)
_VERIFIED: Final = SeedIdme("idme.verified@example.com", "orchard-gate-at-dawn", "text", "612-555-0147", True)
_TAKEN: Final = SeedIdme(TAKEN_IDME_EMAIL, "velvet-moss-and-stone", "text", "217-555-0140", False)

SEED_ACCOUNTS: Final[tuple[SeedAccount, ...]] = (_DONE, _CONSENT)
SEED_IDME: Final[tuple[SeedIdme, ...]] = (_EXISTING, _VERIFIED, _TAKEN)

FOR_EVERYBODY: Final[Mapping[str, str]] = {
    TAKEN_USERNAME: "as iPrescribe username: somebody else has it",
    TAKEN_EMAIL: "as your e-mail: another registration uses it",
    TAKEN_IDME_EMAIL: f"as ID.me e-mail: it has an account already (password {_TAKEN.password})",
    REFUSED_MFA_PHONE: "as phone for codes: it is refused",
}
"""Values that any applicant may type, and their effects."""

_AGAIN: Final = "Send pictures again: then they are accepted."


def _at_first(key: str, name: str, step: str, cause: str, note: str) -> Persona:
    """Return a persona who is refused once at `step` and registers in the end; `key` is also the quirk's name."""
    return _persona(key, name, f"Refused once at {step}: {cause}. Then registered", note, Quirk(key))


def _persona(key: str, name: str, ends: str, note: str = "", *quirks: Quirk) -> Persona:
    return Persona(key, PERSONA_NPIS[key], name, ends, note, frozenset(quirks))


PERSONAS: Final[tuple[Persona, ...]] = (
    _persona("happy", "Amelia Jane Hartwell, M.D.", "Registered"),
    _persona(
        "happy_two",
        "Tomás Andrés Quintana-Bellweather, DO",
        "Registered",
        "There are two licenses to choose from.",
    ),
    _persona("not_found", "Nobody", "Refused at NPI: not in the registry", ""),
    _persona("deactivated", "Winifred Ashgrove, MD", "Refused at NPI: deactivated", ""),
    _persona("organization", "Harborlight Pediatrics PLLC", "Refused at NPI: an organization", ""),
    _persona("not_a_prescriber", "Delphine Rose Marchbanks, RD, LDN", "Refused at NPI: not a prescriber", ""),
    _persona(
        "registry_down",
        "Callum Stillwater-Reyes, MD",
        "The registry does not answer. Then registered",
        "Send the NPI again: the third try gets through.",
        Quirk.REGISTRY_DOWN,
    ),
    _persona(
        "already_registered",
        "Ngozi Adaeze Thornbury, M.D.",
        "Refused at NPI: already registered. Signing in shows the receipt",
        f"Sign in:\n{_DONE.username}\n{_DONE.password}",
    ),
    _persona(
        "allow_never_pressed",
        "Bram van der Quill, MD",
        "Refused at NPI: already registered. Signing in leads straight to Allow",
        f"Sign in:\n{_CONSENT.username}\n{_CONSENT.password}",
    ),
    _persona(
        "no_license",
        "Saoirse Maeve O'Larkin, N.P.",
        "Warned that the registry has no license. Then registered",
        "Type a license number of your own.",
    ),
    _persona(
        "po_box_practice",
        "Jedediah Saltgrass, DO",
        "Warned that the registry has a PO Box. Then registered",
        "At the practice, the registry's address isn't offered: type a street address.",
    ),
    _persona(
        "idme_existing",
        "Priya Venkatalakshmi, MD",
        "Registered with an ID.me account made before",
        f'"I have an ID.me account":\n{_EXISTING.email}\n{_EXISTING.password}',
    ),
    _persona(
        "idme_verified",
        "Mikael Åkerlönn, MD",
        "Registered without photos, phone match and SSN: ID.me had them before",
        f'"I have an ID.me account":\n{_VERIFIED.email}\n{_VERIFIED.password}',
    ),
    _at_first(
        "phone_refused",
        "Roxanne Pebblebrook, PA-C",
        "the phone for codes",
        "refused",
        "Take text or call, give any two.",
    ),
    _at_first("document_blurred", "Theo Fernsby, MD", "the ID", "blurred", _AGAIN),
    _at_first("document_glare", "Lumina Brightwell, MD", "the ID", "glare", _AGAIN),
    _at_first("document_cut_off", "Edgar Halfpenny, DDS", "the ID", "cut off", _AGAIN),
    _at_first("document_expired", "Octavia Pastmore, MD", "the ID", "expired", _AGAIN),
    _at_first("document_wrong_kind", "Wendell Otherby, O.D.", "the ID", "another kind than chosen", _AGAIN),
    _at_first("document_unreadable", "Ilse Scribner-Blott, MD", "the ID", "unreadable", _AGAIN),
    _persona(
        "id_other_name",
        "Odalys Marrowby, MD",
        "Warned that the ID bears another name. Then registered",
        "Take the sample pictures with F3.",
        Quirk.ID_OTHER_NAME,
    ),
    _at_first("selfie_no_face", "Cornelius Blankenhorne, DPM", "the selfie", "no face", _AGAIN),
    _at_first("selfie_several_faces", "Gemma Twinning, MD", "the selfie", "several faces", _AGAIN),
    _at_first("selfie_no_match", "Percival Unlikely, MD", "the selfie", "does not match the ID", _AGAIN),
    _at_first(
        "phone_no_match",
        "Yuki Hoshizora, MD",
        "the phone match",
        "not the credit profile's",
        "Give another number: then it matches.",
    ),
    _persona(
        "no_credit_file",
        "Asha Newcomb-Okonjo, CNM",
        "No phone matches: no credit file. Registered after a video call",
        "Choose the trusted referee, then open the link in the e-mail.",
        Quirk.NO_CREDIT_FILE,
    ),
    _persona(
        "credit_frozen",
        "Bjørn Frostlund, MD",
        "Refused at the phone match by text: credit file frozen. Registered by call",
        "Choose the phone call.",
        Quirk.CREDIT_FROZEN,
    ),
    _at_first(
        "ssn_refused_once",
        "Marguerite Secondthwaite, MD",
        "the SSN",
        "does not match",
        "Send any number twice.",
    ),
    _persona(
        "ssn_locked",
        "Ignatius Lockridge, CRNA",
        "Locked at the SSN until a time that is shown",
        "Send any number until the tries are used up.",
        Quirk.SSN_LOCKED,
    ),
    _at_first(
        "phone_link_expired",
        "Fatoumata Latham-Diallo, MD",
        "the link to the phone",
        "expired",
        "Have another link sent, and open that.",
    ),
    _persona(
        "license_other_state",
        "Dorothea Borderman, MD",
        "Warned that license and practice are in different states. Then registered",
        "Take the registry's address at the practice.",
    ),
    _persona(
        "locked",
        "Rafferty Bolton-Keyes, MD",
        "On hold for two minutes after the practice. Then registered",
        "Wait, or leave and come back.",
        Quirk.LOCKED,
    ),
    _persona("ended", "Philippa Finistère, MD", "Ended after the selfie: identity not proven", "", Quirk.ENDED),
)
"""One persona per outcome, in the order of the journey."""

_BY_NPI: Final = {persona.npi: persona for persona in PERSONAS}


def persona_of(npi: str) -> Persona | None:
    """Return the persona with this NPI; None for all other NPIs."""
    return _BY_NPI.get(npi)


def personas_table() -> str:
    """Return the personas as a table for a terminal of 80 columns."""
    header = ("NPI", "Who", "How it ends, and what to type")
    lines = [*_row(header), *_row(tuple("─" * width for width in _WIDTHS))]
    for persona in PERSONAS:
        lines += _row((persona.npi, persona.name, f"{persona.ends}.\n{persona.note}"))
    lines += ["", "Where nothing is said, type what you like. Whoever registers may type:"]
    for typed, outcome in FOR_EVERYBODY.items():
        lines += textwrap.wrap(
            f"{typed:<24}{outcome}", 80, initial_indent="  ", subsequent_indent=" " * 26, break_on_hyphens=False
        )
    return "\n".join(lines) + "\n"


_WIDTHS: Final = (10, 22, 44)


def _row(cells: Sequence[str]) -> Iterator[str]:
    columns = (
        [line for part in cell.split("\n") for line in textwrap.wrap(part, width, break_on_hyphens=False)]
        for cell, width in zip(cells, _WIDTHS, strict=True)
    )
    for parts in zip_longest(*columns, fillvalue=""):
        yield "  ".join(part.ljust(width) for part, width in zip(parts, _WIDTHS, strict=True)).rstrip()
