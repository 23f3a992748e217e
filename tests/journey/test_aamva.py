"""The barcodes of all states' licenses are read, in each version and with each state's habits; hostile text is not."""

import random
import time
import unicodedata
from dataclasses import fields
from datetime import date

import pytest

from iprescribe_tui.journey.aamva.parser import LONGEST, BarcodeFailed, IdCard, parse_barcode

# Who each card here belongs to: nobody. `state issuer version layout city ZIP`, in the order of the alphabet.
CARDS = """
Alabama|AL|636033|4|split|MONTGOMERY|36104
Alaska|AK|636059|8|family last|JUNEAU|99801
American Samoa|AS|604427|5|split|PAGO PAGO|96799
Arizona|AZ|636026|1|parts and whole|TUCSON|85701
Arkansas|AR|636021|5|any order|LITTLE ROCK|72201
California|CA|636014|4|letter in header|SACRAMENTO|95814
Colorado|CO|636020|8|line after DL|DENVER|80202
Connecticut|CT|636006|1|whole, AAMVA|HARTFORD|06103
Delaware|DE|636011|4|padded|DOVER|19901
District of Columbia|DC|636043|1|whole|WASHINGTON|20009
Florida|FL|636010|1|whole, blanks|TALLAHASSEE|32301
Georgia|GA|636055|3|given, padded|ATLANTA|30334
Guam|GU|636019|4|split|HAGATNA|96910
Hawaii|HI|636047|4|split|HONOLULU|96813
Idaho|ID|636050|5|padded|BOISE|83702
Illinois|IL|636035|2|short header|SPRINGFIELD|62701
Indiana|IN|636037|4|lost returns|INDIANAPOLIS|46204
Iowa|IA|636018|4|split|DES MOINES|50309
Kansas|KS|636022|9|split|TOPEKA|66603
Kentucky|KY|636046|5|split|FRANKFORT|40601
Louisiana|LA|636007|1|whole, two parts|BATON ROUGE|70802
Maine|ME|636041|4|split|AUGUSTA|04330
Maryland|MD|636003|1|whole, AAMVA|ANNAPOLIS|21401
Massachusetts|MA|636002|4|bars|BOSTON|02108
Michigan|MI|636032|3|given|LANSING|48933
Minnesota|MN|636038|9|split|SAINT PAUL|55102
Mississippi|MS|636051|8|split|JACKSON|39201
Missouri|MO|636030|1|whole|JEFFERSON CITY|65101
Montana|MT|636008|3|given, padded|HELENA|59601
Nebraska|NE|636054|6|split|LINCOLN|68508
Nevada|NV|636049|3|given|CARSON CITY|89701
New Hampshire|NH|636039|8|no separators in header|CONCORD|03301
New Jersey|NJ|636036|4|split|TRENTON|08608
New Mexico|NM|636009|3|given|SANTA FE|87501
New York|NY|636001|10|split|ALBANY|12207
North Carolina|NC|636004|8|split|RALEIGH|27601
North Dakota|ND|636034|8|bare header|BISMARCK|58501
Northern Mariana Islands|MP|604430|4|split|SAIPAN|96950
Ohio|OH|636023|8|any order|COLUMBUS|43215
Oklahoma|OK|636058|10|split|OKLAHOMA CITY|73102
Oregon|OR|636029|1|residence|SALEM|97301
Pennsylvania|PA|636025|1|words|HARRISBURG|17101
Puerto Rico|PR|604431|5|followed by rubbish|SAN JUAN|00901
Rhode Island|RI|636052|8|split|PROVIDENCE|02903
South Carolina|SC|636005|1|offset one off|COLUMBIA|29201
South Dakota|SD|636042|7|split|PIERRE|57501
Tennessee|TN|636053|6|split|NASHVILLE|37201
Texas|TX|636015|3|given|AUSTIN|78701
US Virgin Islands|VI|636062|4|split|CHRISTIANSTED|00820
Utah|UT|636040|7|split|SALT LAKE CITY|84101
Vermont|VT|636024|7|split|MONTPELIER|05602
Virginia|VA|636000|3|given, commas|RICHMOND|23219
Washington|WA|636045|3|given|OLYMPIA|98501
West Virginia|WV|636061|4|no DL, year first|CHARLESTON|25301
Wisconsin|WI|636031|5|split|MADISON|53703
Wyoming|WY|636060|4|no DL, year first, city again|CHEYENNE|82001
""".strip().splitlines()

MODERN = (
    "DAQ{number}|DCSHOLLOWAY|DDEN|DACJUNE|DDFN|DADADAIR|DDGN|DCAD|DCBNONE|DCDNONE|DBD04302021|DBB01151980|DBA01152029|"
    "DBC2|DAU065 in|DAYBRO|DAG12 ELM ST|DAHAPT 4|DAI{city}|DAJ{state}|DAK{zip}0000  |DCF0099|DCGUSA|DCUIII"
)
REORDERED = (
    "DCGUSA|DCF0099|DAK{zip} 0000 |DAJ{state}|DAI{city}|DAHAPT 4|DAG12 ELM ST|DBC2|DBA01152029|DBB01151980|DBD04302021|"
    "DCUIII|DADADAIR|DACJUNE|DCSHOLLOWAY|DAQ{number}|DDEN|DDFN|DDGN|DCAD|DCBNONE|DCDNONE"
)
GIVEN = (
    "DCAC|DCBNONE|DCDNONE|DBA01152029|DCSHOLLOWAY|DCTJUNE ADAIR|DCUIII|DBD04302021|DBB01151980|DBC2|DAYBRO|DAU 65 IN|"
    "DAG12 ELM ST|DAHAPT 4|DAI{city}|DAJ{state}|DAK{zip}      |DAQ{number}|DCF0099|DCGUSA|DCHNONE"
)
OLD = (
    "DAQ{number}|{name}|DAG12 ELM ST|DAHAPT 4|DAI{city}|DAJ{state}|DAK{zip}      |DARD   |DAS          |DAT     |"
    "DBA20290115|DBB19800115|DBC2|DBD20210430|DAU505|DAW140|DBHN"
)


def old(name: str) -> str:
    return OLD.replace("{name}", name)


def padded(layout: str) -> str:
    """Every element to a fixed width, as version 3 had it in many states."""
    return "|".join(f"{element:<38}" for element in layout.split("|"))


def header(issuer: str, version: int, kind: str = "DL") -> str:
    """With the version of the jurisdiction from 2003 on, and one subfile of it beside that of the card."""
    if version < 2:
        return f"@\n\x1e\rANSI {issuer}{version:02}02{kind}00390187ZX02260012"
    return f"@\n\x1e\rANSI {issuer}{version:02}0102{kind}00410278ZX03190008"


ENDS = "\rZXZXA01\nZXB\nZXCNOT A REAL CARD\r"


def whole(name: str) -> str:
    return "DL" + old(name).replace("|", "\n") + ENDS


def text_of(layout: str, issuer: str, version: int) -> str:
    """A card's barcode, with places left for number, city, state and ZIP."""
    top = header(issuer, version)
    modern = "DL" + MODERN.replace("|", "\n") + ENDS
    year_first = MODERN.replace("04302021", "20210430").replace("01151980", "19800115").replace("01152029", "20290115")
    return {
        "split": top + modern,
        "family last": top + "DLDCAD\nDBA01152029\n" + MODERN.replace("|", "\n") + ENDS,
        "any order": top + "DL" + REORDERED.replace("|", "\n") + ENDS,
        "line after DL": top + "DL\n" + MODERN.replace("|", "\n") + ENDS,
        "letter in header": top.replace("\n\x1e\r", "a\n") + modern,
        "no separators in header": top.replace("\n\x1e\r", "\n6M") + modern,
        "bare header": top.replace("\n\x1e\r", "\n") + modern.replace("\r", "\r\n"),
        "short header": f"@\n\x1e\rANSI {issuer}{version:02}01DL00290179DL" + GIVEN.replace("|", "\r\n") + "\r",
        "lost returns": top + "DL" + MODERN.replace("|", "\n") + "\nDDB09212009MZXZXC457\nZXDDONORM",
        "bars": (top + modern).replace("\n", "|").replace("\r", "|"),
        "padded": top + "DL" + padded(MODERN).replace("|", "\n") + ENDS,
        "given": top + "DL" + GIVEN.replace("|", "\n") + ENDS,
        "given, padded": top + "DL" + padded(GIVEN).replace("|", "\n") + ENDS,
        "given, commas": top + "DL" + padded(GIVEN.replace("JUNE ADAIR", "JUNE,ADAIR")).replace("|", "\n") + ENDS,
        "parts and whole": top + whole("DAAHOLLOWAY,JUNE,ADAIR\nDABHOLLOWAY\nDACJUNE\nDADADAIR\nDAEIII"),
        "whole": top + whole("DAAHOLLOWAY,JUNE,ADAIR,III"),
        "whole, AAMVA": f"@\n\x1e\rAAMVA{issuer}{version:02}01DL00290184" + whole("DAAHOLLOWAY,JUNE,ADAIR,III"),
        "whole, blanks": top + whole("DAAHOLLOWAY, JUNE, ADAIR, III "),
        "whole, two parts": top + whole("DAAHOLLOWAY,JUNE ADAIR,III"),
        "words": top.replace("\x1e\r", "") + whole("DAAJUNE ADAIR HOLLOWAY III"),
        "residence": top
        + whole("DAAHOLLOWAY$JUNE ADAIR$III")
        .replace("DAG12 ELM ST\nDAHAPT 4", "DAGPO BOX 9\nDAL12 ELM ST\nDAMAPT 4")
        .replace("DAI{city}", "DAIELSEWHERE\nDAN{city}"),
        "offset one off": top.replace("00390187", "00400216") + whole("DAAHOLLOWAY,JUNE,ADAIR,III") + "M",
        "followed by rubbish": top.replace("ZX03190008", "") + modern + "8" * 600,
        "no DL, year first": top + year_first.replace("|", "\n") + ENDS,
        "no DL, year first, city again": top
        + year_first.replace("DAHAPT 4", "DAH{city}, {state}  {zip}").replace("|", "\n")
        + ENDS,
    }[layout]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.split("|")[0])
def test_a_card_of_every_state_is_read(card: str) -> None:
    _, state, issuer, version, layout, city, zip_code = card.split("|")
    filled = {"number": "H555 0101", "city": city, "state": state, "zip": zip_code}
    text = text_of(layout, issuer, int(version)).format(**filled)
    assert parse_barcode(text) == IdCard(
        version=int(version),
        issuer=state,
        kind="DL",
        family="HOLLOWAY",
        given="JUNE",
        middle="ADAIR",
        suffix="III",
        born=date(1980, 1, 15),
        expires=date(2029, 1, 15),
        issued=date(2021, 4, 30),
        street="12 ELM ST",
        street2="" if "city again" in layout else "APT 4",
        city=city,
        state=state,
        zip_code=zip_code,
        number="H555 0101",
    )


def test_that_is_every_state_and_territory_that_issues_cards() -> None:
    assert len({card.split("|")[1] for card in CARDS}) == len(CARDS) == 50 + 1 + 5


BODY = "DLDAQ1\nDCSHOLLOWAY\nDACJUNE\nDBB01151980\nDBA01152029\n"
TOP = "@\n\x1e\rANSI 636000100102DL00410278ZV03190008"


@pytest.mark.parametrize("version", range(12))
@pytest.mark.parametrize("kind", ["DL", "ID"])
def test_every_version_is_read(version: int, kind: str) -> None:
    layout = old("DAAHOLLOWAY,JUNE") if version < 2 else GIVEN if version < 4 else MODERN
    body = kind + layout.format(number="1", city="ELSEWHERE", state="VA", zip="23219").replace("|", "\n")
    card = parse_barcode(header("636000", version, kind) + body + "\r")
    assert (card.version, card.kind, card.issuer, card.given, card.family) == (version, kind, "VA", "JUNE", "HOLLOWAY")
    assert (card.born, card.expires) == (date(1980, 1, 15), date(2029, 1, 15))


@pytest.mark.parametrize(
    "text",
    [
        TOP + BODY.replace("\n", "\r\n"),
        TOP + BODY.replace("\n", "\r"),
        TOP + BODY.replace("\n", "\n\n"),
        TOP + BODY.replace("\n", "  \n"),
        TOP + BODY.replace("\n", "\x90\n\x90"),
        TOP + BODY.replace("\n", "\x1e"),
        (TOP + BODY).replace("\n", "|").replace("\r", ""),
        (TOP + BODY).lower(),
        "\ufeff" + TOP + BODY,
        " \r\n" + TOP + BODY,
        TOP.replace("00410278", "00000000") + BODY,
        TOP.replace("00410278", "99999999") + BODY,
        TOP.replace("DL00410278ZV03190008", "DL") + BODY,
        TOP.replace("DL00410278ZV03190008", "DLabac") + BODY,
        TOP.replace("DL00410278ZV03190008", "") + BODY,
        TOP.replace("DL00410278ZV03190008", "ZV00410008DL00490080") + "ZVZVA01\r" + BODY,
        TOP.replace("ANSI ", "ANSI") + BODY,
        TOP + BODY + BODY.replace("HOLLOWAY", "SOMEBODY"),
        TOP + "DLDCS\n" + BODY[2:],
        TOP + BODY + "a line that is none\nXY\n\n",
    ],
)
def test_line_ends_case_and_headers_may_be_otherwise(text: str) -> None:
    card = parse_barcode(text)
    assert (card.version, card.issuer, card.kind, card.born) == (10, "VA", "DL", date(1980, 1, 15))
    assert (card.family.upper(), card.given.upper(), card.number) == ("HOLLOWAY", "JUNE", "1")


def read(*elements: str, top: str = TOP) -> IdCard:
    return parse_barcode(f"{top}DLDAQ1\n" + "\n".join(elements) + "\r")


@pytest.mark.parametrize(
    ("element", "family", "given", "middle", "suffix"),
    [
        ("DAAHOLLOWAY,JUNE,ADAIR,JR", "HOLLOWAY", "JUNE", "ADAIR", "JR"),
        ("DAAHOLLOWAY,JUNE,ADAIR", "HOLLOWAY", "JUNE", "ADAIR", ""),
        ("DAAHOLLOWAY,JUNE,,", "HOLLOWAY", "JUNE", "", ""),
        ("DAAHOLLOWAY,JUNE, ,", "HOLLOWAY", "JUNE", "", ""),
        ("DAAHOLLOWAY,JUNE,,JR", "HOLLOWAY", "JUNE", "", "JR"),
        ("DAAHOLLOWAY,JUNE,JR", "HOLLOWAY", "JUNE", "", "JR"),
        ("DAADE LA CRUZ,MARIA LUZ", "DE LA CRUZ", "MARIA", "LUZ", ""),
        ("DAAHOLLOWAY", "HOLLOWAY", "", "", ""),
        ("DAAJUNE HOLLOWAY", "HOLLOWAY", "JUNE", "", ""),
        ("DAAJUNE ADAIR LEE HOLLOWAY", "HOLLOWAY", "JUNE", "ADAIR LEE", ""),
        ("DAAHOLLOWAY$JUNE$ADAIR$", "HOLLOWAY", "JUNE", "ADAIR", ""),
        ("DAAHOLLOWAY@JUNE@ADAIR@III", "HOLLOWAY", "JUNE", "ADAIR", "III"),
        ("DAAHOLLOWAY@JUNE ADAIR@", "HOLLOWAY", "JUNE", "ADAIR", ""),
        ("DAAHOLLOWAY@JUNE", "HOLLOWAY", "JUNE", "", ""),
        ("DAADE LA CRUZ @ MARIA @ LUZ", "DE LA CRUZ", "MARIA", "LUZ", ""),
        ("DAAHOLLOWAY/JUNE/ADAIR", "HOLLOWAY", "JUNE", "ADAIR", ""),
        ("DAAHOLLOWAY;JUNE\nDAEJR", "HOLLOWAY", "JUNE", "", "JR"),
        ("DCTJUNE HOLLOWAY", "HOLLOWAY", "JUNE", "", ""),
        ("DCTJUNE ADAIR HOLLOWAY III", "HOLLOWAY", "JUNE", "ADAIR", "III"),
        ("DCTJUNE,ADAIR,HOLLOWAY", "HOLLOWAY", "JUNE", "ADAIR", ""),
        ("DCTJUNE,HOLLOWAY\nDCS", "HOLLOWAY", "JUNE", "", ""),
        ("DCTMARIA LUZ,DE LA CRUZ\nDCSNONE", "DE LA CRUZ", "MARIA", "LUZ", ""),
        ("DCTJUNE@HOLLOWAY\nDCUJR", "HOLLOWAY", "JUNE", "", "JR"),
        ("DCTJUNE HOLLOWAY\nDADADAIR", "HOLLOWAY", "JUNE", "ADAIR", ""),
        ("DCTJUNE", "", "JUNE", "", ""),
        ("DCTJUNE ADAIR\nDCS<HOLLOWAY>", "", "JUNE", "ADAIR", ""),
        ("DAA,JUNE,ADAIR", "", "JUNE", "ADAIR", ""),
        ("DCSHOLLOWAY\nDCTJUNE@ADAIR", "HOLLOWAY", "JUNE", "ADAIR", ""),
        ("DCSHOLLOWAY,JUNE,ADAIR", "HOLLOWAY", "JUNE", "ADAIR", ""),
        ("DCSHOLLOWAY,\nDACJUNE\nDADADAIR,LEE", "HOLLOWAY", "JUNE", "ADAIR LEE", ""),
        ("DCSHOLLOWAY\nDACJUNE,ADAIR\nDADNONE", "HOLLOWAY", "JUNE", "ADAIR", ""),
        ("DCSHOLLOWAY\nDACMARY ANN\nDADunavl\nDCUNONE", "HOLLOWAY", "MARY ANN", "", ""),
        ("DCSHOLLOWAY\nDCTJUNE", "HOLLOWAY", "JUNE", "", ""),
        ("DCSNONE\nDACJUNE\nDAD", "", "JUNE", "", ""),
        ("DCSO'NEILL-DÍAZ\nDACJÚNE", "O'NEILL-DÍAZ", "JÚNE", "", ""),
    ],
)
def test_names_stand_in_one_element_or_several(element: str, family: str, given: str, middle: str, suffix: str) -> None:
    card = read(element)
    assert (card.family, card.given, card.middle, card.suffix) == (family, given, middle, suffix)


def test_a_name_that_is_cut_off_is_known_to_be() -> None:
    assert read("DCSHOLLOWAY", "DDET", "DACJUNE", "DDFN", "DADADAIR", "DDGU").cut == {"family"}


@pytest.mark.parametrize(
    ("element", "zip_code"),
    [
        ("DAK23219", "23219"),
        ("DAK232190000  ", "23219"),
        ("DAK232191234  ", "23219-1234"),
        ("DAK23219-1234 ", "23219-1234"),
        ("DAK23219 1234 ", "23219-1234"),
        ("DAK23219     0", "23219"),
        ("DAK2321900000", "23219"),
        ("DAKN1M 3J6    ", ""),
        ("DAK2321", ""),
        ("DAKNONE", ""),
    ],
)
def test_zip_codes_are_padded_in_many_ways(element: str, zip_code: str) -> None:
    assert read(element).zip_code == zip_code


@pytest.mark.parametrize(
    ("element", "expires"),
    [
        ("DBA02282029", date(2029, 2, 28)),
        ("DBA20290228", date(2029, 2, 28)),
        ("DBA02/28/2029", date(2029, 2, 28)),
        ("DBA2029-02-28", date(2029, 2, 28)),
        ("DBA02292028", date(2028, 2, 29)),
        ("DBA10112012", date(2012, 10, 11)),
        ("DBA20121011", date(2012, 10, 11)),
        ("DBA12201920", date(1920, 12, 20)),
        ("DBA02282029MZVZVA01", date(2029, 2, 28)),
        ("DBA02 28 2029", date(2029, 2, 28)),
        ("DBA02.28.2029", date(2029, 2, 28)),
        ("DBANONE", None),
        ("DBANON-EXPIRING", None),
        ("DBA", None),
        ("DBA00000000", None),
        ("DBA99999999", None),
    ],
)
def test_dates_are_told_apart_by_themselves(element: str, expires: date | None) -> None:
    assert read(element).expires == expires


def test_an_issuer_that_is_no_state_is_none() -> None:
    assert read("DCSHOLLOWAY", "DAJON", top=TOP.replace("636000", "636012")).issuer == ""
    assert read("DAJON").state == ""


def test_a_card_does_not_show_whose_it_is_by_chance() -> None:
    assert "HOLLOWAY" not in repr(read("DCSHOLLOWAY"))


MALFORMED = {
    "nothing": ("", "barcode_empty"),
    "blanks": (" \r\n ", "barcode_empty"),
    "megabytes": (TOP + BODY + "DAH" + "x" * 5_000_000, "barcode_long"),
    "megabytes of lines": (TOP + BODY + "DAH\n" * 1_000_000, "barcode_long"),
    "a web address": ("https://example.com/?q=ANSI 636000", "barcode_not_aamva"),
    "no compliance indicator": ((TOP + BODY)[1:], "barcode_not_aamva"),
    "another file type": (TOP.replace("ANSI", "ISO ") + BODY, "barcode_not_aamva"),
    "a magnetic stripe": ("%VARICHMOND^HOLLOWAY$JUNE^12 ELM ST^?", "barcode_not_aamva"),
    "broken off in the header": (TOP[:12], "barcode_no_elements"),
    "no elements": (TOP, "barcode_no_elements"),
    "elements of the state alone": (TOP + "ZVZVA01\nZVB\r", "barcode_no_elements"),
    "empty elements": (TOP + "DLDAQ\nDCS\nDAC\r", "barcode_no_elements"),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_malformed_is_refused_by_name(what: str) -> None:
    text, code = MALFORMED[what]
    before = time.monotonic()
    with pytest.raises(BarcodeFailed) as failed:
        parse_barcode(text)
    assert failed.value.code == code
    assert failed.value.message.endswith(".")
    assert len(failed.value.message) < 150
    assert failed.value.message.isprintable()
    assert time.monotonic() - before < 1


UNREADABLE = {
    "day and month of birth are not known": ("DBB00001986", 'date of birth "00001986"'),
    "no month": ("DBB13321980", 'date of birth "13321980"'),
    "the 29th in a common year": ("DBA02292027", 'expiration date "02292027"'),
    "the same, year first": ("DBA20270229", 'expiration date "20270229"'),
    "the 30th of February": ("DBA02302029", 'expiration date "02302029"'),
    "seven digits": ("DBD1151980", 'issue date "1151980"'),
    "nine digits": ("DBD011519800", 'issue date "011519800"'),
    "a date in words": ("DBBJAN 15 1980", 'date of birth "JAN 15 1980"'),
    "the year 1": ("DBD01150001", 'issue date "01150001"'),
    "an endless name": ("DCS" + "X" * 200, "last name"),
    "escape sequences": ("DCS\x1b[31mHOLLOWAY", "last name"),
    "C1 controls": ("DCT\x9b31mJUNE", "name"),
    "zero bytes": ("DCSHOLLO\0WAY", "last name"),
    "turned text": ("DAG\u202e12 ELM ST", "street address"),
    "hidden text": ("DAIRICH\u200bMOND", "city"),
    "lone surrogates": ("DACJUNE\ud800", "first name"),
    "HTML": ("DADA<script>alert(1)</script>", "middle name"),
    "Textual's markup": ("DCU[link=x]JR[/]", "suffix"),
    "an address of the web": ("DAHhttps://example.com", "street address"),
    "markup in the number": ("DAQ[b]1", "license number"),
    "no state of the US": ("DAJON", 'state "ON"'),
    "four digits of a ZIP Code": ("DAK2321", 'ZIP Code "2321"'),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_an_element_that_cannot_be_read_is_named_and_spoils_no_other(what: str) -> None:
    element, named = UNREADABLE[what]
    good = ("DBA01152019", "DBB01151980", "DBD04302015", "DCSHOLLOWAY", "DACJUNE", "DAG12 ELM ST", "DAISALEM", "DAQ1")
    card = parse_barcode(f"{TOP}DL" + "\n".join([element, *(each for each in good if each[:3] != element[:3])]) + "\r")
    assert card.unread == (named,)
    if not element.startswith("DBA"):
        assert card.expires == date(2019, 1, 15)
    assert sum(map(bool, (card.expires, card.born, card.issued, card.family, card.given, card.street, card.city))) >= 6


def test_the_expiration_date_is_named_first() -> None:
    card = read("DAJON", "DBB00001986", "DBA02292027")
    assert card.unread == ('expiration date "02292027"', 'date of birth "00001986"', 'state "ON"')


@pytest.mark.parametrize("first", ["DBA", "DBA00000000", "DBA02302020", "DBANONE"])
def test_an_element_that_stands_twice_is_read_where_it_can_be(first: str) -> None:
    card = read(first, "DBA02282020")
    assert (card.expires, card.unread) == (date(2020, 2, 28), ())


@pytest.mark.parametrize(
    ("top", "version", "issuer"),
    [
        (TOP.replace("63600010", "63600012"), 12, "VA"),
        (TOP.replace("63600010", "63600099"), 99, "VA"),
        (TOP.replace("636000", "63600O"), None, ""),
        (TOP.replace("636000", "٦٣٦٠٠٠"), None, ""),
        ("@\n\x1e\rANSI 63600DL", None, ""),
        ("@\n\x1e\rANSI 636000DL", None, "VA"),
        ("@\n\x1e\rANSI 636000XXDL", None, "VA"),
        ("@\n\x1e\rANSI ", None, ""),
        ("@\n\nAAMVA36004001DL00280200", 1, ""),
    ],
)
def test_whatever_the_header_says_elements_are_read(top: str, version: int | None, issuer: str) -> None:
    card = parse_barcode(top + BODY)
    assert (card.version, card.issuer, card.kind) == (version, issuer, "DL")
    assert (card.family, card.given, card.expires, card.unread) == ("HOLLOWAY", "JUNE", date(2029, 1, 15), ())


def harmless(value: object) -> bool:
    """Whether no character of a text steers or hides, and it is short."""
    if not isinstance(value, str):
        return True
    steering = any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in value)
    return not steering and len(value) <= 150


def test_whatever_comes_is_read_harmlessly_or_refused_by_name() -> None:
    chance = random.Random(636000)
    seeds = [
        text_of(layout, issuer, int(version)).format(number="1", city=city, state=state, zip=zip_code)
        for _, state, issuer, version, layout, city, zip_code in (card.split("|") for card in CARDS)
    ]
    alphabet = "@\n\r\x1e\x1b\x9b\0|,$<[0129DLANSIZBCE \u202e\ufeff٣é😀"
    refused = 0
    for _ in range(4000):
        text = list(chance.choice(seeds))
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(text))
            match chance.randrange(4):
                case 0:
                    text[at] = chance.choice(alphabet)
                case 1:
                    del text[at : at + chance.randint(1, 40)]
                    text = text or ["@"]
                case 2:
                    text[at:at] = chance.choices(alphabet, k=chance.randint(1, 30))
                case _:
                    text[at:at] = text[: chance.randrange(len(text))][-60:]
        try:
            card = parse_barcode("".join(text))
        except BarcodeFailed as failed:
            said = [failed.message]
            refused += 1
        else:
            said = [getattr(card, field.name) for field in fields(card)]
        assert all(map(harmless, said)), said
    assert 400 < refused < 3900


def test_the_longest_text_is_read_in_no_time() -> None:
    for body in ("DL", "DLDAQ", "D", " ", "\n", "DCSA,", "DAAA ", "\x90", "@"):
        before = time.monotonic()
        text = (TOP + BODY + body * LONGEST)[:LONGEST]
        try:
            parse_barcode(text)
            parse_barcode(("@" + body * LONGEST)[:LONGEST])
        except BarcodeFailed:
            pass
        assert time.monotonic() - before < 0.5
