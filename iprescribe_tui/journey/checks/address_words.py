"""Vocabulary of United States addresses, as patterns over lines folded to capitals and digits.

In such a line a space separates words and stands at both ends; `~` separates letters from digits within one word: " PO
BOX~123 ", " STE 1~P ". Source: USPS Publication 28, sections 24 to 29 and appendix C.
"""

import re
from typing import Final

__all__ = [
    "BOX",
    "CALLED",
    "HOUSE",
    "MILITARY",
    "NAME",
    "NAMESAKE",
    "PERSON",
    "SITE",
    "STREET",
    "TRIGGER",
    "begins_street",
]


def _not_after(words: str) -> str:
    """Return a negative look-behind for each word, since a single one for all cannot vary in width."""
    return "".join(f"(?<! {word} )" for word in words.split("|"))


# An optional separator: words may be spelled out ("P O B O X"), and digits may stand for letters ("P0 80X").
_S = "[ ~]?"
_START, _END = "(?<![A-Z0-9])", "(?![A-Z0-9])"
_PO = f"(?:(?:G|U{_S}S){_S})?P{_S}[O0]"
_BOX = f"(?:[B8]{_S}[O0]{_S}X(?:X|S|ES|NO)?|[B8]{_S}X)"
# Typing errors of "BOX"; "Po' Boy" is a sandwich and a street name.
_SLIPS = "(?!BOY)(?:[A-Z]OX|B[A-Z]?X?|BO[A-Z]|BOX[A-Z]|BXO|BBOX|BOOX|OX|OBX|X)"
_DELIVERY = "(?:DELIVERY|DELIVER|DELIV|DELVRY|DLVRY|DELV|DELY|DLVY)"
_OFFICE = "(?:[O0]~?FFICE|OFC|OFFC|OFFIC|OFICE|OFFCE|OFF)"
_POST_OFFICE = f"P~?[O0]~?ST(?:AL)?{_S}{_OFFICE}"
_DRAWER = "(?:DRAWER|DRAWR|DRWR|DWR)"
_LOCK_BOX = f"(?:L~?[O0]~?CK{_S}{_BOX}|LBX)"
_APARTADO = "(?:APARTAD~?[O0]|APDO|APTDO|APARTDO)S?"

# Appendix C1, without those that end as many town names as street names (Springs, Beach, Park), and without CT, which
# is Connecticut at the end of a line. Spanish ones begin their street's name.
_SUFFIX = (
    "(?:ALY|ALLEY|AV|AVE|AVEN|AVENUE|AVN|BLVD|BOUL|BOULEVARD|BYP|BYPASS|CAUSEWAY|CIR|CIRC|CIRCLE|COURT|CRES|CRESCENT"
    "|CSWY|CURV|CURVE|DR|DRIVE|DRV|EXPRESSWAY|EXPY|FREEWAY|FWY|HIGHWAY|HIWAY|HWY|LANE|LN|LOOP|PARKWAY|PASEO|PASSAGE"
    "|PIKE|PKWAY|PKWY|PKY|PL|PLACE|PLAZA|PLZ|PROMENADE|RD|RDS|ROAD|ROADS|RTE|ROUTE|SKYWAY|SQ|SQR|SQUARE|ST|STR"
    "|STREET|TER|TERR|TERRACE|TPKE|TRACE|TRAFFICWAY|TRAIL|TRL|TURNPIKE|WALK|WAY|WY)"
)
_LEADING = "(?:CALLE|AVENIDA|AVDA|CAMINO|CARR|CARRETERA|CALLEJON)"
_DIRECTION = "(?:N|S|E|W|NE|NW|SE|SW|NORTH|SOUTH|EAST|WEST)"
_COUNT = "(?:ONE|TWO|THREE|FOUR|FIVE|SIX|SEVEN|EIGHT|NINE|TEN|ELEVEN|TWELVE|TWENTY|THIRTY|FORTY|FIFTY)"

# Number, name, suffix: matches "123 Main St", but not "20387 St Simons Island".
_NUMBERED_STREET = f"[0-9]+ (?:[A-Z0-9~]+ ){{1,4}}?{_SUFFIX}{_END}"

# A box's designation: a number (but not "12th"), a number in words, a letter, or a letter twice. A letter before a
# suffix is a street's name ("Box T Rd"), and a P may begin the next box ("Bin P O Box 5").
_DIGITS = f"(?:(?:NUMERO|NUMBER|NUM|NBR|NO|NR|N)[ ~])?[0-9]+(?:~[A-Z](?![A-Z]))?{_END}(?!~(?:ST|ND|RD|TH){_END})"
_DOUBLED = "|".join(2 * chr(code) for code in range(ord("A"), ord("Z") + 1))
_WORD = f"(?:{_COUNT}|(?!P [O0B8])(?:[A-Z]|{_DOUBLED}){_END}(?! {_SUFFIX}{_END})){_END}"
_BY_NUMBER = f"{_S}{_DIGITS}"
_BY_ANY = f"(?:{_S}(?:NO )?(?:[A-Z][ ~])?{_DIGITS}|[ ~]{_WORD})"
_MAYBE = f"(?:{_BY_ANY}|[ ~][A-Z][A-Z](?= $))?"
# More boxes after the first, to the end of the line: "PO Boxes 12 & 13".
_MORE = "(?:(?:(?: AND| OR)? [0-9]+)+(?= $))?"
NAME: Final = re.compile(f" (?:{_DIGITS}|{_WORD})")

# Words before the number or letter of a unit in a building, or before the letter of a street ("Avenue P").
_UNIT = "STE|SUITE|APT|APTO|APARTMENT|UNIT|RM|ROOM|BLDG|BUILDING|OFC|LOT|SPC|SPACE|STOP|MS|MAILSTOP|CODE|DESK"
_NO_UNIT = _not_after(_UNIT)
_NO_LETTERED = _not_after("AVE|AV|AVENUE|ROW|BLOCK")
_NO_CLUB = _not_after("TRADING|LEGION|VFW|AMVETS|COMMAND")

# Post office boxes with or without a number (§28: drawer, caller and others are names of one).
_POST_OFFICE_BOX = (
    # "123 Pobox Rd" is a street.
    f"{_START}(?!(?<=[0-9] ){_PO}{_S}{_BOX} (?:[A-Z]+ )?{_SUFFIX}{_END})"
    f"{_PO}{_S}(?:(?:MAIL|POSTAL|OFFICE|LOCK){_S})?{_BOX}",
    f"(?:(?<=[A-Z])POBOX|(?:(?<=ST)|(?<=RD)|(?<=DR)|(?<=LN)|(?<=AVE))PO {_BOX})",
    f"{_START}{_PO}{_S}(?:{_DRAWER}|DRAW|CALLER|{_LOCK_BOX}|LOCKER|BIN|BAG)",
    f"(?<= ){_NO_UNIT}{_NO_LETTERED}P{_S}{_BOX}",
    f"{_START}(?:{_POST_OFFICE}|P {_OFFICE}){_S}(?:{_BOX}|{_DRAWER}|{_LOCK_BOX}|BIN)",
    f"{_START}CALLER{_S}(?:SERVICE|SERV|SVC|BAG|{_BOX})",
    f"{_START}{_APARTADO}{_S}(?:POSTAL|POST|DE CORREOS?)",
    f"{_START}(?:CASILLA|CAJA|CAIXA|APT|APTO|APART|AP|CASE|BOITE)[ ~]POSTALE?",
    f"{_START}{_BOX}{_BY_ANY}(?: [A-Z]+){{0,3}} {_POST_OFFICE}(?! {_SUFFIX}{_END})",
)
# Post office boxes only before a number or a letter, or alone on the line.
_POST_OFFICE_BOX_NAMED = (
    f"(?<= )P{_S}(?:O{_S}[B8]|0{_S}B)",
    f"(?<= ){_NO_CLUB}(?:POST|POSTAL|USPS){_S}{_BOX}",
    f"{_START}(?:{_DRAWER}|(?:FIRM )?CALLER)",
    f"(?<! CALLE ){_START}{_APARTADO}",
)
# Post office boxes only before a number.
_POST_OFFICE_BOX_NUMBERED = (
    f"(?<= ){_NO_UNIT}(?:G ?|U ?S ?)?(?:P ?O|P[ ~]?0(?= ))",
    f"{_START}{_PO}{_S}{_SLIPS}",
    f"{_START}{_POST_OFFICE}(?:{_S}B)?(?!{_S}{_NUMBERED_STREET})",
    f"{_START}(?:CASILLA(?: DE CORREOS?)?|POSTFACH)",
    f"(?<=^ ){_PO}{_S}DR",
)
# By kind. `po_box` and `general_delivery` are rejected even at a street; the others depend on the place beside them.
_KINDS = {
    "po_box": (
        f"(?:{'|'.join(_POST_OFFICE_BOX)}){_END}{_MAYBE}{_MORE}",
        f"(?:{'|'.join(_POST_OFFICE_BOX_NAMED)}){_END}{_BY_ANY}",
        f"(?:{'|'.join(_POST_OFFICE_BOX_NUMBERED)}){_BY_NUMBER}",
        f"(?<=^ )(?:{'|'.join(_POST_OFFICE_BOX_NAMED)}|{_LOCK_BOX})(?= $)",
    ),
    "general_delivery": (
        f"{_START}(?:GENERAL|GENL|GNRL|GEN){_S}{_DELIVERY}{_END}(?! {_SUFFIX}{_END})",
        "(?<=^ )(?:GENERAL|GENL|GEN) DEL(?= $)",
        f"{_START}(?:POSTE RESTANTE|LISTA DE CORREOS?|ENTREGA GENERAL){_END}",
    ),
    "postal_unit": (f"{_START}(?:{_LOCK_BOX}|BIN|(?:LOCKED|PRIVATE|MAIL){_S}BAG){_BY_ANY}",),
    "pmb": (
        f"{_START}(?:P{_S}M{_S}B|PRIV(?:ATE)?{_S}MAIL{_S}{_BOX}){_END}{_BY_ANY}",
        f"(?<=^ )(?:P ?M ?B|PRIVATE MAIL ?{_BOX})(?= $)",
    ),
    "box": (f"{_START}(?:(?:(?:(?:MAIL|LETTER){_S})?{_BOX}|MAIL{_S}DROP){_BY_ANY}|BUZON{_BY_NUMBER})",),
}
# Each name of a box begins a word with one of these letters, or is "PO" attached to a word. No other place is tried.
_MAY_BEGIN = f"(?:{_START}(?=[ABCDEFGLMPU8])|(?=P))"
_NAMED = (f"(?P<{kind}>{'|'.join(patterns)})" for kind, patterns in _KINDS.items())
BOX: Final = re.compile(f"{_MAY_BEGIN}(?:{'|'.join(_NAMED)})")

# Fast prefilter: a line without any of these names no box and is not a military address.
TRIGGER: Final = re.compile(
    "P ?[O0](?:[ B80-9]|F|ST|$)|[B8] ?[O0]? ?X|USPS|DR.?WE?R|DWR|CALLER|L[O0]CK|BIN|AP[A-Z]*D[O0]|POSTAL|CASILLA"
    "|POSTFACH|GEN|RESTANTE|CORREO|ENTREGA|P ?M ?B|PRIV|BUZON|PSC|CMR|[AFD]PO|BAG|DROP"
)

MILITARY: Final = re.compile(
    f"{_START}(?:(?:PSC|CMR){_BY_NUMBER}|(?:APO|FPO|DPO) A[AEP]{_END})|^ UNIT[ ~][0-9]+(?:~[A-Z])? BOX[ ~][0-9]"
)

# Words before a number that is not a house's, and words after a number that are not a street's name.
_COUNTED = "DEPT|DEPARTMENT|FILE|ACCT|ACCOUNT|CLIENT|CUSTOMER|CUST|REF|ID|MSC|BIN|BAY|STATION|SUBSTATION|FL|FLOOR|NO"
_NO_COUNTED = _NO_UNIT + _not_after(_COUNTED)
_NO_NAME = f"(?:ATTN|CO|INC|LLC|LLP|PC|PLLC|USA|US|AND|OR|OF|BOX|PO|RURAL|STAR|CONTRACT|{_UNIT}|{_COUNTED})"
_ORDINAL = "[0-9]+~(?:ST|ND|RD|TH)"

# Houses are also numbered by a grid: "N6W23001 Bluemound Rd".
_NUMBER = "(?:[0-9]+(?:~[A-Z])?|[NSEW]~[0-9]+~[NSEW]~[0-9]+)"
_NUMBERED_NAME = (
    f"{_NUMBER} (?!{_NO_NAME}{_END})(?![A-Z][A-Z] (?:[0-9]+ )*$)"
    f"(?:[A-Z][A-Z]+|{_DIRECTION} [A-Z0-9]|[A-Z] {_SUFFIX}{_END}|{_ORDINAL})"
)

# A street, in a line with `|` in place of boxes: house number and name, name and suffix ("St" before a name is a
# saint), or highway number.
STREET: Final = re.compile(
    f"(?<= ){_NO_COUNTED}{_NUMBERED_NAME}"
    f"|{_START}(?!{_NO_NAME} )(?:[A-Z][A-Z]+|{_ORDINAL}) "
    f"(?:(?!ST ){_SUFFIX}{_END}|ST (?:$|[0-9|]|{_DIRECTION}{_END}|(?:{_UNIT}){_END}))"
    f"|{_START}{_LEADING} [A-Z0-9]"
    f"|{_START}(?:MAIN|BROADWAY){_END}(?! POST)"
    f"|{_START}(?<!RURAL )(?<!STAR )(?<!CONTRACT )(?:US|CR|FM|RM|PR|KM|MM|MILE|MILEPOST|HWY|HIGHWAY|ROUTE|RTE|RT|I)"
    f"{_S}[0-9]{{1,4}}{_END}"
)

# A street with a house number.
HOUSE: Final = re.compile(
    f"(?<= )(?:{_NO_COUNTED}{_NUMBERED_NAME}|{_COUNT} (?!{_NO_NAME}{_END})[A-Z0-9]|{_LEADING} (?:[A-Z0-9~]+ )+?[0-9])"
)

# A box name that is also a person's name, with the number after it: a house number if it begins a street.
NAMESAKE: Final = re.compile(
    f"(?:PO|{_DRAWER}|CALLER|(?P<strong>POBOX|POB|BOX|BIN|PO (?!{_BOX}){_SLIPS}))"
    f" (?P<number>{_NUMBER}|{_COUNT}|{_DIRECTION}){_END}"
)
# "POBOX" at the start of a longer name ("Pobox Clinic"), not before a box's number or purpose.
CALLED: Final = re.compile(f"POBOX (?!(?:{_NO_NAME}|{_COUNT}|NUM|NUMBER|NUMERO|NBR|NR|{_BOX}){_END})[A-Z]{{3,}}{_END}")
# Text before a person's last name: no street, and no word that ends the name of an office or a business.
_NO_PERSON = (
    f"(?:{_NO_NAME}|{_SUFFIX}|{_DIRECTION}|MAIL|MAILING|BILLING|REMIT|REMITTANCE|PAYMENTS?|ADDRESS|TEMPORARY|MAIN|TO|AT"
    "|IN|OFFICES?|GROUP|ASSOCIATES|ASSOC|PRACTICE|PARTNERS|CENTER|CTR|PHARMACY|SERVICES|DOWNTOWN|CITY|TOWN|HOSPITAL"
    "|HOSP|CLINIC|SCHOOL|COLLEGE|UNIVERSITY|UNIV|INSTITUTE|TOWER|PAVILION|CAMPUS|MEDICAL|HEALTH|CARE)"
)
PERSON: Final = re.compile(
    f"^ (?:(?:(?:[A-Z]+ )*(?:OF|OR|AND|ATTN|O) )?DRS? |(?:[A-Z]+ )+AND |(?:[A-Z]+ )*(?!{_NO_PERSON} $)[A-Z]+ )$"
)
# Suffixes that end town names ("PO 123 Kennett Square", "PO 5 Federal Way"); WY is Wyoming.
_OF_TOWNS = "(?:COURT|LOOP|PIKE|PLACE|PLAZA|SQ|SQUARE|TERRACE|TRACE|TRAIL|WALK|WAY|WY)"
_BEGINS_STREET = re.compile(
    f"(?:{_NUMBER}|{_COUNT}|{_DIRECTION}) (?![0-9]+ )(?:(?:[A-Z0-9~]+ ){{1,5}}?(?!{_OF_TOWNS}{_END})"
    f"(?:(?!ST ){_SUFFIX}{_END}|ST (?:$|[0-9|]|{_DIRECTION}{_END}|(?:{_UNIT}){_END}))"
    f"|{_DIRECTION} [0-9]+ |(?:HWY|HIGHWAY) [0-9])"
)
# After a name and a comma, any word after a number is a street ("1090-1092 Berkeley", "8 1/2 N Main"), but not "5 IL".
_APART = re.compile(
    f"{_ORDINAL} [A-Z]|(?:{_NUMBER}|{_COUNT}) (?:(?:{_NUMBER}|[A-Z]) )*"
    f"(?:US (?:[0-9]|HWY|HIGHWAY)|U S [0-9]|C R [0-9]|{_ORDINAL}"
    f"|(?!{_NO_NAME}{_END})(?![A-Z][A-Z] (?:[0-9]{{5}} )?$)[A-Z][A-Z]+)"
)


def begins_street(text: str, start: int, *, apart: bool) -> bool:
    """Return True if a street begins with the number at `start`; if `apart`, it needs no suffix."""
    return bool(_BEGINS_STREET.match(text, start) or (apart and _APART.match(text, start)))


# Other places of delivery: rural and star routes, divisions of Puerto Rico's towns, sites with a name.
SITE: Final = re.compile(
    f"{_START}(?:(?:R ?R?|R ?D|R ?F ?D|H ?C ?[RO]?|S ?R|BO){_S}[0-9]{{1,3}}{_END}"
    f"|(?:ROUTE|RTE|RT|RR|RFD|HC|HCR|SR|SRA|HWY|HIGHWAY|BARRIO|BO|SECTOR|URB|PARC|PARCELAS){_END}"
    "|(?:HALL|BLDG|BUILDING|HOSPITAL|HOSP|CLINIC|SCHOOL|COLLEGE|UNIVERSITY|UNIV|INSTITUTE|TOWER|PAVILION|CAMP|RANCH"
    f"|AFB|CTR|MEDICAL|(?:HEALTH|CARE|STUDENT|ALUMNI|RESEARCH|SCIENCES?) CENTER){_END}|CAMPUS{_END}(?! \\|)"
    "|RURAL(?= \\|))"
)
