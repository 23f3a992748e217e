"""Use of an ID's barcode: its expiration date, its name against the registry's, and values for the review form."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from iprescribe_tui.journey.aamva.names import is_suffix
from iprescribe_tui.journey.aamva.parser import EXPIRATION, BarcodeFailed, IdCard, parse_barcode
from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.birth_date import check_birth_date
from iprescribe_tui.journey.checks.city import check_city
from iprescribe_tui.journey.checks.name import check_name
from iprescribe_tui.journey.checks.picture import EXPIRED
from iprescribe_tui.journey.checks.text import check_line, quoted
from iprescribe_tui.journey.checks.zip_code import check_zip, check_zip_in_state

__all__ = [
    "BARCODE_UNREAD",
    "NO_BARCODE",
    "UNREAD_CODE",
    "WITH_BARCODE",
    "BarcodeResult",
    "judge_barcode",
    "review_answers",
]

WITH_BARCODE = frozenset({"drivers_license", "state_id"})
"""Kinds of document that have an AAMVA barcode on the back."""
NO_BARCODE = (
    "No barcode was found on the back. You can go on; from a sharp, straight photo of it your birth date and address "
    "would be filled in."
)
UNREAD_CODE = "barcode_unread"
"""Code of the doubt that a barcode, or its expiration date, is missing or could not be read."""
_NOT_CHECKED = "so it isn't known whether this ID is still valid."
_TAKE_IT_AGAIN = "Take the back again: flat, straight, sharp, and filling the picture."
BARCODE_UNREAD = f"The barcode on the back couldn't be read, {_NOT_CHECKED} {_TAKE_IT_AGAIN}"
_LOOK_AT_IT = "Look for the date on the ID itself."
_EXPIRY_UNREAD = f"The barcode's expiration date can't be read, {_NOT_CHECKED} {_LOOK_AT_IT}"
_EXPIRY_MISSING = f"The barcode has no expiration date, {_NOT_CHECKED} {_LOOK_AT_IT}"

_SHORT = 3
# Letters without a Unicode decomposition, as AAMVA D20 writes them.
_LETTERS = str.maketrans({"Æ": "AE", "Đ": "D", "Ð": "D", "Ł": "L", "Ø": "O", "Œ": "OE", "Þ": "TH"})


@dataclass(frozen=True)
class BarcodeResult:
    """The verdict on a barcode: an `error` rejects the ID, a `doubt` asks before it is sent, a `notice` informs.

    `code` is the stable one of the error or doubt. `card` is None if nothing was read. Beside a doubt, `notice` is for
    the time after sending. `anothers` is True if the name cannot be the registry's.
    """

    card: IdCard | None = None
    code: str = ""
    error: str = ""
    doubt: str = ""
    notice: str = ""
    anothers: bool = False


def judge_barcode(text: str | None, registry_name: str, today: date) -> BarcodeResult:
    """Return the verdict on the barcode of a license or state ID; `text` is None if it could not be read.

    `registry_name` is the applicant's name in the NPI registry, with or without a credential after a comma, or "". An
    ID is valid through its expiration date.
    """
    if text is None:
        return BarcodeResult(code=UNREAD_CODE, doubt=BARCODE_UNREAD, notice=NO_BARCODE)
    try:
        card = parse_barcode(text)
    except BarcodeFailed as failed:
        doubt = f"{failed.message.removesuffix('.')}, {_NOT_CHECKED} {_TAKE_IT_AGAIN}"
        return BarcodeResult(
            code=failed.code, doubt=doubt, notice=f"{failed.message} If this is the back of your ID, go on."
        )
    card = _in_order_of(registry_name, card)
    anothers = bool(registry_name and card.name) and not _same_person(card, registry_name)
    notices = []
    if anothers:
        known = quoted(registry_name.partition(",")[0])
        notices.append(f"The ID says {quoted(card.name)}, the registry {known}. If both are you, go on.")
    if card.unread:
        notices.append(f"The barcode's {_listed(card.unread)} can't be read. Check what your ID says there.")
    notice = " ".join(notices)
    if card.expires and card.expires < today:
        message = f"{EXPIRED} Its barcode says {card.expires:%m/%d/%Y}."
        return BarcodeResult(card, "document_expired", message, notice=notice, anothers=anothers)
    if any(each.startswith(EXPIRATION) for each in card.unread):
        return BarcodeResult(card, UNREAD_CODE, doubt=_EXPIRY_UNREAD, notice=notice, anothers=anothers)
    if not card.expires and not card.never_expires:
        return BarcodeResult(card, UNREAD_CODE, doubt=_EXPIRY_MISSING, notice=notice, anothers=anothers)
    return BarcodeResult(card, notice=notice, anothers=anothers)


def _listed(names: tuple[str, ...]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _in_order_of(registry_name: str, card: IdCard) -> IdCard:
    """Return the card with last and first name swapped, if it leaves their order open and the registry has them so."""
    if card.order_known or not registry_name:
        return card
    given, *more = [*card.middle.split(), card.family]
    turned = replace(card, family=card.given, given=given, middle=" ".join(more))
    known = "".join(_words(registry_name.split(",")[0]))
    fitting = [each for each in (card, turned) if _same_person(each, registry_name)]
    ending = [each for each in fitting if known.endswith("".join(_words(each.family)))]
    return next(iter([*ending, *fitting, card]))


def review_answers(card: IdCard, today: date) -> dict[str, str]:
    """Return a card's values for the form that reviews the applicant's attributes, as far as it would accept them.

    State and ZIP come together or not at all.
    """
    answers = {
        "first_name": _checked(check_name, card.given),
        "last_name": _checked(check_name, card.family),
        "birth_date": f"{card.born:%m/%d/%Y}" if card.born else "",
        "street": _checked(check_line, card.street),
        "suite": _checked(check_line, card.street2),
        "city": _checked(check_city, card.city),
        "state": card.state,
        "zip_code": _checked(check_zip, card.zip_code),
    }
    try:
        check_birth_date(answers["birth_date"], today)
    except CheckFailed:
        answers["birth_date"] = ""
    try:
        check_zip_in_state(answers["zip_code"], card.state)
    except CheckFailed:
        answers["state"] = answers["zip_code"] = ""
    return {name: value for name, value in answers.items() if value}


def _checked(check: Callable[[str], str], value: str) -> str:
    try:
        return check(value)
    except CheckFailed:
        return ""


def _same_person(card: IdCard, registry_name: str) -> bool:
    """Return True if a card's name can be that of a record: a family name in common, and the first name.

    People register with or without a second family name, a middle name first, an initial, a shortened first name.
    """
    record = _words(registry_name.split(",")[0])
    family, given = _words(card.family), _words(f"{card.given} {card.middle}")
    if not record:
        return True
    return (not family or _family_matches(card, family, record)) and (not given or _given_matches(given, record))


def _family_matches(card: IdCard, family: list[str], record: list[str]) -> bool:
    joined = "".join(family)
    if set(family) & set(record[1:]) or "".join(record).endswith(joined):
        return True
    return "family" in card.cut and any("".join(record[at:]).startswith(joined) for at in range(1, len(record)))


def _given_matches(given: list[str], record: list[str]) -> bool:
    first, known = given[0], record[0]
    if first in record[:-1] or known in given:
        return True
    short, long = sorted((first, known), key=len)
    return long.startswith(short) and (len(short) == 1 or len(short) >= _SHORT)


def _words(name: str) -> list[str]:
    """Return a name's words in capitals, without accents and suffixes."""
    letters = unicodedata.normalize("NFKD", name.upper().translate(_LETTERS))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return [
        word for word in re.split(r"[\W\d_]+", bare.replace("'", "").replace("’", "")) if word and not is_suffix(word)
    ]
