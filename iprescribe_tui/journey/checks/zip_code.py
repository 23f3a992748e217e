"""ZIP Codes: their shape, and the states of their first three digits."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from . import CheckFailed
from .keyboard import typed_number
from .lengths import NUMBER, check_length
from .state import STATES
from .text import quoted

__all__ = ["check_zip", "check_zip_in_state"]

_SHAPE = re.compile("([0-9]{5})(?: ?-? ?([0-9]{4}))?")
# The last ZIP Code of the 999 prefix (Ketchikan).
_LAST_IN_USE = "99950"

# Three-digit prefixes by state (USPS labeling list L002). A few post offices deliver across a state line,
# so a prefix may occur twice: 035 Wilsons Mills ME, 063 Fishers Island NY, 205 government mail, 422 Fort Campbell
# TN, 726 Missouri beside Arkansas, 739 Texhoma TX, 834 Alta WY, 845 Monument Valley AZ, 865 the Navajo Nation,
# 894 Verdi CA, 976 New Pine Creek CA; 967 and 969 serve several Pacific islands.
_PREFIXES_OF: Mapping[str, str] = MappingProxyType(
    {
        "AA": "340",
        "AE": "090-099",
        "AK": "995-999",
        "AL": "350-352 354-369",
        "AP": "962-966",
        "AR": "716-729",
        "AS": "967",
        "AZ": "845 850-853 855-857 859-860 863-865",
        "CA": "894 900-908 910-928 930-961 976",
        "CO": "800-816",
        "CT": "060-069",
        "DC": "200 202-205 569",
        "DE": "197-199",
        "FL": "320-339 341-342 344 346-347 349",
        "FM": "969",
        "GA": "300-319 398-399",
        "GU": "969",
        "HI": "967-968",
        "IA": "500-516 520-528",
        "ID": "832-838",
        "IL": "600-620 622-629",
        "IN": "460-479",
        "KS": "660-662 664-679",
        "KY": "400-418 420-427",
        "LA": "700-701 703-708 710-714",
        "MA": "010-027 055",
        "MD": "205-212 214-219",
        "ME": "035 039-049",
        "MH": "969",
        "MI": "480-499",
        "MN": "550-551 553-567",
        "MO": "630-631 633-641 644-658 726",
        "MP": "969",
        "MS": "386-397",
        "MT": "590-599",
        "NC": "270-289",
        "ND": "580-588",
        "NE": "680-681 683-693",
        "NH": "030-038",
        "NJ": "070-089",
        "NM": "865 870-871 873-884",
        "NV": "889-891 893-895 897-898",
        "NY": "005 063 100-149",
        "OH": "430-459",
        "OK": "730-731 734-741 743-749",
        "OR": "970-979",
        "PA": "150-196",
        "PR": "006-007 009",
        "PW": "969",
        "RI": "028-029",
        "SC": "290-299",
        "SD": "570-577",
        "TN": "370-385 422",
        "TX": "733 739 750-770 772-799 885",
        "UT": "840-847",
        "VA": "201 205 220-246",
        "VI": "008",
        "VT": "050-054 056-059",
        "WA": "980-986 988-994",
        "WI": "530-532 534-535 537-549",
        "WV": "247-268",
        "WY": "820-831 834",
    }
)


def _expand(ranges: str) -> Iterator[str]:
    for part in ranges.split():
        first, _, last = part.partition("-")
        for prefix in range(int(first), int(last or first) + 1):
            yield f"{prefix:03}"


_STATES_OF: dict[str, tuple[str, ...]] = {}
for _state, _ranges in _PREFIXES_OF.items():
    for _prefix in _expand(_ranges):
        _STATES_OF[_prefix] = (*_STATES_OF.get(_prefix, ()), _state)


def check_zip(value: str) -> str:
    """Return a ZIP Code as `62701`, or a ZIP+4 as `62701-1234`; nine digits get their dash.

    The add-on `0000`, which registries write for a blank, is dropped. Raises CheckFailed: `too_long`, `empty`,
    `zip_shape`, `zip_unknown` (a prefix without a post office).
    """
    typed = typed_number(check_length(value, NUMBER))
    if not typed:
        raise CheckFailed("empty", "Fill this in: five digits, or nine.")
    match = _SHAPE.fullmatch(typed)
    if match is None:
        raise CheckFailed("zip_shape", f"{quoted(typed)} is not a ZIP Code. Type five digits, or nine: 62701-1234.")
    five, add_on = match.groups()
    if five[:3] not in _STATES_OF or five > _LAST_IN_USE:
        raise CheckFailed("zip_unknown", f"{five} is not a ZIP Code in use. Check it on a letter sent to this address.")
    return five if add_on in (None, "0000") else f"{five}-{add_on}"


def check_zip_in_state(zip_code: str, state: str) -> None:
    """Check that `state` (two letters) has the prefix of `zip_code`. Raises CheckFailed: `zip_state`."""
    states = _STATES_OF.get(zip_code[:3], ())
    if state not in states:
        where = " or ".join(STATES[found] for found in states) or "no state"
        there = STATES.get(state) or quoted(state)
        raise CheckFailed(
            "zip_state", f"ZIP {quoted(zip_code)} is in {where}, not in {there}. Correct the ZIP or the state."
        )
