"""States in United States addresses: every two-letter code to which the Postal Service delivers."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from . import CheckFailed
from .keyboard import half_width
from .lengths import STATE, check_length
from .text import quoted

__all__ = ["STATES", "check_state"]

# USPS Publication 28, Appendix B.
STATES: Mapping[str, str] = MappingProxyType(
    {
        "AL": "Alabama",
        "AK": "Alaska",
        "AS": "American Samoa",
        "AZ": "Arizona",
        "AR": "Arkansas",
        "AA": "Armed Forces Americas",
        "AE": "Armed Forces Europe",
        "AP": "Armed Forces Pacific",
        "CA": "California",
        "CO": "Colorado",
        "CT": "Connecticut",
        "DE": "Delaware",
        "DC": "District of Columbia",
        "FM": "Federated States of Micronesia",
        "FL": "Florida",
        "GA": "Georgia",
        "GU": "Guam",
        "HI": "Hawaii",
        "ID": "Idaho",
        "IL": "Illinois",
        "IN": "Indiana",
        "IA": "Iowa",
        "KS": "Kansas",
        "KY": "Kentucky",
        "LA": "Louisiana",
        "ME": "Maine",
        "MH": "Marshall Islands",
        "MD": "Maryland",
        "MA": "Massachusetts",
        "MI": "Michigan",
        "MN": "Minnesota",
        "MS": "Mississippi",
        "MO": "Missouri",
        "MT": "Montana",
        "NE": "Nebraska",
        "NV": "Nevada",
        "NH": "New Hampshire",
        "NJ": "New Jersey",
        "NM": "New Mexico",
        "NY": "New York",
        "NC": "North Carolina",
        "ND": "North Dakota",
        "MP": "Northern Mariana Islands",
        "OH": "Ohio",
        "OK": "Oklahoma",
        "OR": "Oregon",
        "PW": "Palau",
        "PA": "Pennsylvania",
        "PR": "Puerto Rico",
        "RI": "Rhode Island",
        "SC": "South Carolina",
        "SD": "South Dakota",
        "TN": "Tennessee",
        "TX": "Texas",
        "VI": "U.S. Virgin Islands",
        "UT": "Utah",
        "VT": "Vermont",
        "VA": "Virginia",
        "WA": "Washington",
        "WV": "West Virginia",
        "WI": "Wisconsin",
        "WY": "Wyoming",
    }
)


def _key(name: str) -> str:
    return re.sub(r"[\s.]+", "", name).casefold()


_BY_NAME: Mapping[str, str] = {
    **{_key(name): code for code, name in STATES.items()},
    **{_key(code): code for code in STATES},
    "virginislands": "VI",
    "washingtondc": "DC",
}


def check_state(value: str) -> str:
    """Return the two-letter code of a state, territory or military region, given as code or name in any case.

    Raises CheckFailed: `too_long`, `empty`, `state_unknown`.
    """
    if not check_length(value, STATE).strip():
        raise CheckFailed("empty", "Fill this in: two letters, such as IL.")
    code = _BY_NAME.get(_key(half_width(value)))
    if code is None:
        raise CheckFailed(
            "state_unknown", f"{quoted(value)} is not a state or territory. Type two letters, such as IL."
        )
    return code
