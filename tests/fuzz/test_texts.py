"""Whatever somebody types, a barcode says or a stream holds: it is taken or refused in words, and shows harmlessly."""

import io
import json
import unicodedata
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import strategies as st

from iprescribe_tui.cli.commands.validate import stream
from iprescribe_tui.cli.validate.values import KINDS
from iprescribe_tui.front_ends.plain.output import shown
from iprescribe_tui.journey.aamva.parser import BarcodeFailed, parse_barcode
from iprescribe_tui.journey.checks.text import composed, hides, one_line, plain, quoted
from iprescribe_tui.journey.fields import Control
from iprescribe_tui.journey.form import FormRejected, StepForm
from iprescribe_tui.journey.forms import SignInForm, SupportRequestForm
from iprescribe_tui.journey.id_card import judge_barcode, review_answers
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.system.ascii import in_ascii
from tests.fuzz.drawn import HOSTILE, JSON, mixed, texts
from tests.fuzz.fuzzing import fuzz
from tests.photos.backs import barcode_text
from tests.tally import Tally

pytestmark = pytest.mark.matrix

TODAY = date(2026, 1, 5)
FORMS = list(dict.fromkeys([*(step.form for step in Step), SignInForm, SupportRequestForm]))
SAMPLES = (
    *("1000000012", "amelia@example.com", "217-555-0155", "04/30/1975", "219-09-9871", "violet lantern over a harbor"),
    *("12 Elm St Apt 4", "PO Box 12, 400 Lake St", "Springfield", "IL", "62701-1234", "Amélie O’Hartwell-Smith", "SB1"),
)
TYPED = texts(200) | st.sampled_from(SAMPLES).flatmap(mixed)


def is_harmless(text: str, kept: str = "") -> bool:
    """Whether a terminal that gets `text` writes it and does nothing else."""
    return not hides("".join(character for character in text if character not in kept))


def most_marks(text: str) -> int:
    """The most combining marks that follow each other."""
    longest = count = 0
    for character in text:
        count = count + 1 if unicodedata.category(character)[0] == "M" else 0
        longest = max(longest, count)
    return longest


def test_text_that_is_shown_steers_nothing(tally: Tally) -> None:
    def attempt(text: str) -> str:
        assert is_harmless(plain(text))
        assert is_harmless(plain(text, multiline=True), "\n")
        assert is_harmless(shown(text), "\n\t")
        assert is_harmless(quoted(text))
        assert len(quoted(text)) <= 42
        assert in_ascii(plain(text)).isascii()
        assert len(one_line(text).splitlines()) <= 1
        assert most_marks(plain(text)) <= 4
        assert most_marks(composed(text)) <= 4
        assert plain(plain(text)) == plain(text)
        plain(text).encode()
        return "plain" if plain(text) == text else "escaped"

    fuzz(tally, "texts that are shown", 1200, attempt, text=texts(400))


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_form_takes_or_refuses_what_is_typed(form: type[StepForm], tally: Tally) -> None:
    fields = {name: st.sampled_from(SAMPLES) | st.booleans() | TYPED | JSON for name in form.model_fields}

    def attempt(answers: dict[str, object]) -> str:
        try:
            taken = form.check(answers)
        except FormRejected as rejected:
            errors = rejected.errors
        else:
            assert is_safe(taken)
            return "taken"
        assert errors
        assert [error for error in errors.values() if not is_harmless(error)] == []
        return "refused"

    answers = st.fixed_dictionaries({}, optional=fields) | st.dictionaries(texts(8), JSON, max_size=2)
    fuzz(tally, "forms", 25, attempt, answers=answers)


def is_safe(form: StepForm) -> bool:
    """Whether what a form took travels as JSON, and hides nothing but in secrets and lines.

    The names of photos, whatever bytes are in them, are replaced by ids before they travel.
    """
    asked = form.asked()
    photos = {name for name, each in asked.items() if each.control is Control.PHOTO}
    said = json.loads(form.model_dump_json(exclude=photos))
    texts_of = {name: value for name, value in said.items() if isinstance(value, str) and not asked[name].secret}
    return all(is_harmless(value, "\n\t") for value in texts_of.values())


@pytest.mark.parametrize("kind", KINDS)
def test_each_line_of_a_stream_gets_one_line(kind: str, tally: Tally) -> None:
    record = st.fixed_dictionaries(
        {}, optional={"id": JSON, "value": TYPED | JSON, "line1": TYPED, "zip": TYPED | JSON}
    )
    line = record.map(lambda found: json.dumps(found).encode()) | JSON.map(lambda found: json.dumps(found).encode())

    def attempt(lines: list[bytes], size: int) -> str:
        source, out = io.BytesIO(b"\n".join(lines)), io.BytesIO()
        stream(kind, lambda most: source.read(min(most, size)), out)
        content = b"\n".join(lines)
        answers = out.getvalue().splitlines()
        assert len(answers) == content.count(b"\n") + bool(content and not content.endswith(b"\n"))
        for each in answers:
            said = json.loads(each)
            assert is_harmless(said["message"])
            assert said["ok"] or said["code"]
        return "answered"

    lines = st.lists(line | st.binary(max_size=30), max_size=4)
    fuzz(tally, "streams of values", 25, attempt, lines=lines, size=st.integers(1, 200))


BARCODES = (
    barcode_text(),
    barcode_text(expires=date(2020, 2, 29), family="O'HARTWELL-SMITH"),
    barcode_text().replace("DCS", "DAA").replace("\n", "|"),
    barcode_text().replace("ANSI ", "AAMVA").replace("DBB04301975", "DBB19750430"),
)


def test_a_barcode_is_read_or_refused(tally: Tally) -> None:
    def attempt(text: str, name: str) -> str:
        verdict = judge_barcode(text, name, TODAY)
        assert is_harmless(verdict.notice + verdict.error)
        with suppress(BarcodeFailed):
            card = parse_barcode(text)
            assert all(is_harmless(value) for value in vars(card).values() if isinstance(value, str))
            assert all(map(is_harmless, review_answers(card, TODAY).values()))
        return "read" if verdict.card else "refused"

    text = st.sampled_from(BARCODES).flatmap(mixed) | elements() | texts(400)
    names = st.sampled_from(("", "Amelia Jane Hartwell, MD", ",", "  ,,")) | texts()
    fuzz(tally, "barcodes", 1000, attempt, text=text, name=names)


@st.composite
def elements(draw: st.DrawFn) -> str:
    """A barcode of its own making: a header, and elements that stand for anything."""
    identifier = st.sampled_from(("DAA", "DAB", "DAC", "DAD", "DAG", "DAJ", "DAK", "DAQ", "DBA", "DBB", "DBD", "DCS"))
    value = st.sampled_from(("NONE", "02302024", "99999999", "00000000", "6270100000")) | texts(30)
    body = draw(st.lists(st.tuples(identifier, value).map("".join), max_size=8))
    separator = draw(st.sampled_from(("\n", "\r", "\x1e", "|", *HOSTILE[:6])))
    top = draw(
        st.sampled_from(("@\n\x1e\rANSI 636035080001DL00310250DL", "@ANSI 6360", "@AAMVA", "@\nANSI 000000990000"))
    )
    return top + separator.join(body)
