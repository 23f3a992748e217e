"""`validate` says of a value what the forms say, answers a stream line by line, and repeats no secret."""

import contextlib
import io
import json
import random
import select
import subprocess
import threading
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iprescribe_tui.cli.commands.validate import run, stream
from iprescribe_tui.cli.validate.values import KINDS, SECRET_KINDS, judge_of
from iprescribe_tui.journey.checks.password import PasswordPolicy
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.fields import CheckContext
from iprescribe_tui.journey.form import FormRejected, StepForm
from iprescribe_tui.journey.forms import (
    AttributesReviewForm,
    CredentialsForm,
    MfaPhoneForm,
    NpiForm,
    PersonalForm,
    PracticeForm,
    SsnForm,
)
from iprescribe_tui.sandbox.domain.service import service_document
from tests.cli.conftest import PROGRAM, Program
from tests.journey.conftest import Corpus
from tests.journey.test_checks_address import wide
from tests.terminal.terminal import Terminal, environment

POLICY = service_document("native").passwords["credentials"]
OK = {
    "npi": ("１２３４５６７８９３", "1234567893"),
    "address": ("400 Lake St", {"line1": "400 Lake St", "line2": ""}),
    "ssn": ("219-09-9871", None),
    "phone": ("(217) 555 0134", "217-555-0134"),
    "email": ("Dana <dana@Example.com>", "dana@example.com"),
    "zip": ("627011234", "62701-1234"),
    "state": ("illinois", "IL"),
    "name": ("  Tomás   Quintana ", "Tomás Quintana"),
    "password": ("violet lantern over quiet harbor", None),
}
REFUSED = {
    "npi": ("1234567890", "npi_check_digit"),
    "address": ("PO Box 12, 400 Lake St", "po_box"),
    "ssn": ("666-12-3456", "ssn_area"),
    "phone": ("217-555-01345", "phone_length"),
    "email": ("dana.example.com", "email_at"),
    "zip": ("00000", "zip_unknown"),
    "state": ("Ruritania", "state_unknown"),
    "name": ("<b>", "name_markup"),
    "password": ("correct horse", "password_short"),
}
FIELDS: dict[str, tuple[type[StepForm], str]] = {
    "npi": (NpiForm, "npi"),
    "address": (PracticeForm, "street"),
    "ssn": (SsnForm, "ssn"),
    "phone": (MfaPhoneForm, "phone"),
    "email": (PersonalForm, "email"),
    "zip": (PracticeForm, "zip_code"),
    "state": (PracticeForm, "state"),
    "name": (AttributesReviewForm, "first_name"),
    "password": (CredentialsForm, "password"),
}


def lines(rows: list[Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def answers(kind: str, given: bytes) -> list[dict[str, Any]]:
    out = io.BytesIO()
    stream(kind, io.BytesIO(given).read, out)
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    for answer in found:
        assert list(answer)[:4] == ["id", "ok", "code", "message"]
        assert set(answer) <= {"id", "ok", "code", "message", "normalized"}
    return found


def said(kind: str, value: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(Namespace(kind=kind, values=[value], shows=None, json=False, jsonl=False), {}) in (0, 1)
    printed = capsys.readouterr()
    assert printed.err == ""
    assert printed.out.count("\n") == 1
    return printed.out.strip()


def in_form(kind: str, value: str) -> str:
    """What the form says of the value, "" where it takes it."""
    form, field = FIELDS[kind]
    try:
        form.check({field: value}, CheckContext(passwords={"credentials": POLICY}))
    except FormRejected as rejected:
        return rejected.errors.get(field, "")
    raise AssertionError("one field alone made a whole form")


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_is_fine(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    typed, normal = OK[kind]
    assert said(kind, typed, capsys) == (f"ok: {normal}" if isinstance(normal, str) else "ok")
    more = {"normalized": normal} if normal else {}
    given = lines([{"id": 7, "line1" if kind == "address" else "value": typed}])
    assert answers(kind, given) == [{"id": 7, "ok": True, "code": "", "message": "", **more}]


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_that_is_refused_in_the_words_of_the_form(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    typed, code = REFUSED[kind]
    words = in_form(kind, typed)
    assert words
    assert said(kind, typed, capsys) == words
    given = lines([{"id": "a", "line1" if kind == "address" else "value": typed}])
    assert answers(kind, given) == [{"id": "a", "ok": False, "code": code, "message": words}]


@pytest.mark.parametrize("kind", KINDS)
def test_a_script_gets_an_answer_for_each_line_and_an_exit_status(program: Program, kind: str) -> None:
    given = lines([{"id": number, "value": value} for number, (value, _) in enumerate((OK[kind], REFUSED[kind]))])
    done = program("validate", kind, "--jsonl", given=given)
    assert (done.returncode, done.stderr) == (0, b"")
    assert [(line["id"], line["ok"]) for line in map(json.loads, done.stdout.splitlines())] == [(0, True), (1, False)]


@pytest.mark.parametrize("kind", KINDS)
def test_any_value_gets_the_words_of_the_form(kind: str) -> None:
    judge = judge_of(kind, lambda: POLICY)
    dice = random.Random(11)
    signs = "019-. @aZé\u200b\x00\ud800\uff11{}%"
    values = ["", " ", *("".join(dice.choices(signs, k=dice.randrange(1, 14))) for _ in range(400))]
    for value in values:
        verdict = judge({"value": value})
        assert (verdict.message if not verdict.ok else "") == in_form(kind, value), ascii(value)
        assert verdict.ok or verdict.code


def test_a_warning_is_an_ok_with_words(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said("address", "400 Lake St PMB 5", capsys)
    assert shown.startswith('ok, with a warning: "PMB 5" is a private mailbox.')
    (answer,) = answers("address", lines([{"id": 1, "line1": "PSC 3 Box 5", "city": "APO", "state": "AE"}]))
    assert (answer["ok"], answer["code"]) == (True, "military")


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({}, "empty"),
        ({"line1": None, "line2": " "}, "empty"),
        ({"line1": "", "line2": "PO Box 5"}, "po_box"),
        ({"line1": "PO", "line2": "Box 5"}, "po_box"),
        ({"value": {"line1": "400 Lake St", "line2": "PO Box 5"}}, "po_box"),
        ({"value": "PO Box 5"}, "po_box"),
        ({"value": None}, "empty"),
        ({"value": 5}, "wrong_type"),
        ({"line1": ["PO Box 5"]}, "wrong_type"),
        ({"line1": "400 Lake St", "zip": 62701}, "wrong_type"),
        ({"line1": "x" * 101}, "too_long"),
        ({"line1": "400 Lake St", "line2": "a\x00"}, "hidden_character"),
        ({"line1": "400 Lake St", "line2": None, "city": None, "state": "??", "zip": "none"}, ""),
    ],
)
def test_addresses_come_in_parts(record: dict[str, object], code: str) -> None:
    verdict = judge_of("address", PasswordPolicy)(record)
    assert (verdict.code, verdict.ok) == (code, not code)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "address"])
def test_real_values(corpus: Corpus, kind: str) -> None:
    rows = corpus(kind)
    if kind == "email":
        # An address with its owner's name stands in the collection as good and as bad; it is taken here.
        rows = [row for row in rows if row["ok"] or not (row.get("value") or "").endswith(">")]
    found = answers(kind, lines([{"id": number, "value": row.get("value")} for number, row in enumerate(rows)]))
    assert [answer["id"] for answer in found] == list(range(len(rows)))
    assert [row for row, answer in zip(rows, found, strict=True) if row["ok"] not in (None, answer["ok"])] == []


@pytest.mark.parametrize("change", ["as it is", "swapped", "upper case", "full-width"])
def test_real_addresses(corpus: Corpus, change: str) -> None:
    rows = corpus("address") + corpus("address-contested")

    def changed(row: dict[str, Any]) -> dict[str, Any]:
        first, second = row.get("line1") or "", row.get("line2") or ""
        if change == "swapped":
            first, second = second, first
        turn = {"upper case": str.upper, "full-width": wide}.get(change, str)
        return {**row, "line1": turn(first), "line2": turn(second)}

    found = answers("address", lines([changed(row) for row in rows]))
    plain = answers("address", lines(rows)) if change != "as it is" else found
    assert [row for row, answer in zip(rows, found, strict=True) if row["ok"] not in (None, answer["ok"])] == []
    assert [row for row, one, other in zip(rows, plain, found, strict=True) if one["ok"] != other["ok"]] == []


NAUGHTY: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not_json"),
    "a blank": (b" ", "not_json"),
    "no JSON": (b"{", "not_json"),
    "NUL": (b"\0", "not_json"),
    "no UTF-8": (b'{"id": 1, "value": "\xff"}', "not_json"),
    "half of UTF-16": (b'\xff\xfe{\0"\0', "not_json"),
    "a surrogate in UTF-8": (b'{"value": "\xed\xa0\x80"}', "not_json"),
    "NaN": (b'{"id": NaN, "value": "1"}', "not_json"),
    "a number of 5,000 digits": (b'{"id": ' + b"1" * 5000 + b"}", "empty"),
    "a value of 5,000 digits": (b'{"value": -' + b"1" * 5000 + b"}", "wrong_type"),
    "a million levels": (b"[" * 10**6, "not_json"),
    "two values": (b'{"value": "1"} {"value": "2"}', "not_json"),
    "more than a MiB": (b'{"value": "' + b"1" * 2**21 + b'"}', "too_long"),
    "a list": (b"[]", "not_object"),
    "null": (b"null", "not_object"),
    "text": (b'"x"', "not_object"),
    "no value": (b"{}", "empty"),
    "null as value": (b'{"value": null}', "empty"),
    "a number as value": (b'{"value": 1234567893}', "wrong_type"),
    "truth as value": (b'{"value": true}', "wrong_type"),
    "a list as value": (b'{"value": [["1"]]}', "wrong_type"),
    "an object as value": (b'{"value": {"value": "1"}}', "wrong_type"),
    "a control character": (b'{"value": "\\u0000\\u001b[2J"}', "refused"),
    "a lone surrogate": (b'{"value": "\\ud800"}', "refused"),
    "900 KB": (b'{"value": "' + b"1" * 900_000 + b'"}', "refused"),
    "900 KB of marks": (b'{"value": "' + b"\\u0301" * 150_000 + b'"}', "refused"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_line_is_answered_whatever_it_holds(kind: str) -> None:
    good = lines([{"id": "after", "value": OK[kind][0]}])
    found = answers(kind, b"".join(line + b"\n" + good for line, _ in NAUGHTY.values()))
    assert len(found) == 2 * len(NAUGHTY)
    for (name, (_, code)), answer, after in zip(NAUGHTY.items(), found[::2], found[1::2], strict=True):
        assert not answer["ok"], name
        assert answer["message"], name
        if code in ("not_json", "not_object", "too_long") or kind != "address":
            assert code in (answer["code"], "refused"), name
        assert (after["id"], after["ok"]) == ("after", True), name


@pytest.mark.parametrize("kind", KINDS)
def test_noise_and_hostile_strings(corpus: Corpus, kind: str) -> None:
    dice = random.Random(3)
    noise = [dice.randbytes(dice.randrange(200)).replace(b"\n", b"") for _ in range(2000)]
    hostile = [row["value"] for row in corpus("hostile")]
    rows = [{"id": value, "value": value} for value in hostile] + [{"line1": value} for value in hostile]
    found = answers(kind, b"".join(line + b"\n" for line in noise) + lines(rows))
    assert len(found) == len(noise) + len(rows)


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_lines_end_as_on_any_system(ending: bytes) -> None:
    found = answers("state", b'\xef\xbb\xbf{"id": 1, "value": "il"}\r\n{"id": 2, "value": "ny"}' + ending)
    assert [(answer["id"], answer["normalized"]) for answer in found] == [(1, "IL"), (2, "NY")]


@pytest.mark.parametrize(
    ("identity", "told"),
    [(1, 1), ("a", "a"), (1.5, 1.5), (None, None), ([1], None), ({"a": 1}, None), (True, None), (False, None)],
)
def test_an_id_comes_back_where_it_is_one(identity: object, told: object) -> None:
    assert answers("state", lines([{"id": identity, "value": "IL"}]))[0]["id"] == told
    for large in (b"1e999", b"1" * 5000, b"-" + b"1" * 5000):
        found = answers("state", b'{"id": ' + large + b', "value": "IL"}\n')[0]
        assert (found["id"], found["ok"]) == (None, True)


@pytest.mark.parametrize("line", [b"", b" \t", b"\r"])
def test_a_line_that_is_blank_is_called_so(line: bytes) -> None:
    found = answers("state", line + b"\n")[0]
    assert (found["id"], found["code"]) == (None, "not_json")
    assert found["message"] == "This line is blank, so there was nothing to check."


@pytest.mark.parametrize("record", [{"value": "IL"}, {"value": ""}, {"value": 1}, {}], ids=json.dumps)
@pytest.mark.parametrize("kind", ["state", "ssn", "password"])
@pytest.mark.parametrize(
    "identity",
    ["x" * 100_000, "\x1b[2J", "\x1b" * 90, "\x9b\u202e\ud800\u2028", "a" + "\u0301" * 3600, 10**4000, -(10**4000)],
    ids=lambda identity: ascii(identity)[:12],
)
def test_an_id_comes_back_short_and_plain(identity: object, kind: str, record: dict[str, object]) -> None:
    out = io.BytesIO()
    stream(kind, io.BytesIO(json.dumps({"id": identity, **record}).encode() + b"\n").read, out)
    assert len(out.getvalue()) < 1000
    told = json.loads(out.getvalue())["id"]
    assert told is None or (isinstance(told, str) and len(told) <= 100 and told == plain(told))


@pytest.mark.parametrize("identity", ["219-09-9871", "219099871", 219099871, "219 09 9871"])
def test_an_id_that_may_be_the_missing_value_is_not_repeated(identity: object) -> None:
    for record in ({}, {"value": ""}, {"value": None}):
        assert answers("ssn", lines([{"id": identity, **record}]))[0]["id"] is None
    assert answers("ssn", lines([{"id": 7}]))[0]["id"] == 7


SECRETS = {
    "ssn": ("219-09-9871", "666-09-9871", "078-05-1120", "219-09-98712", "21909987l", "219-09-9871\\u0000"),
    "password": (
        "violet lantern over quiet harbor",
        "tiny-7Q-word",
        "password1234567",
        "iprescribe violet 7Q",
        "\\ud800-7Q-word",
    ),
}


@pytest.mark.parametrize("kind", sorted(SECRET_KINDS))
def test_a_secret_is_repeated_nowhere(program: Program, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = []
    for secret in SECRETS[kind]:
        quoted = f'"{secret}"'.encode()
        bare = secret.replace("-", "").encode()
        given += [
            b'{"id": 1, "value": %b}' % quoted,
            b'{"id": "row %b", "value": %b}' % (bare, quoted),
            b'{"id": [%b], "value": %b}' % (quoted, quoted),
            b"{%b: %b}" % (quoted, quoted),
            b'{"value": [%b]}' % quoted,
            b"[%b]" % quoted,
            quoted,
            quoted[1:],
        ]
    done = program("validate", kind, "--jsonl", given=b"\n".join(given))
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.splitlines()) == len(given)
    for secret in SECRETS[kind]:
        for spelling in (secret, secret.replace("-", ""), secret.split("\\")[0] or secret):
            assert spelling.encode() not in done.stdout
        assert secret not in said(kind, json.loads(f'"{secret}"'), capsys)


def test_an_answer_comes_before_the_next_question(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "validate", "npi", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(tmp_path),
    ) as child:
        assert child.stdin
        assert child.stdout
        for question, answered in (
            (b'{"id": 1, "value": "1234567893"}\n', 1),
            (b'{"id": 2, "val', 0),
            (b'ue": ""}\n', 1),
        ):
            child.stdin.write(question)
            child.stdin.flush()
            if answered:
                assert select.select([child.stdout], [], [], 40)[0], "no answer came"
                assert json.loads(child.stdout.readline())["code"] in ("", "empty")
        child.stdin.close()
        assert child.wait(20) == 0


def test_a_reader_that_has_enough_ends_it_quietly(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "validate", "npi", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
    ) as child:
        assert child.stdin
        assert child.stdout
        assert child.stderr
        child.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(b"{}\n" * 50_000)
            child.stdin.close()
        assert child.wait(20) == 0
        assert child.stderr.read() == b""


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate"],
        ["validate", "dea", "x"],
        ["validate", "npi"],
        ["validate", "npi", "1234567893", "--jsonl"],
        ["validate", "npi", "1", "2"],
        ["validate", "npi", "1", "--kind", "selfie"],
        ["validate", "npi", "1", "--json"],
        ["validate", "npi", "1", "--nonsense"],
        ["validate", "photo"],
        ["validate", "photo", "--kind", "selfie"],
        ["validate", "photo", "a.jpg"],
        ["validate", "photo", "a.jpg", "--kind", "passport"],
        ["validate", "photo", "a.jpg", "--kind", "selfie", "--nonsense", "b.jpg"],
        ["validate", "photo", "a.jpg", "--kind", "selfie", "--jsonl"],
        ["validate", "photo", "a.jpg", "-", "--kind", "selfie"],
    ],
)
def test_a_command_line_that_is_none_is_refused(program: Program, arguments: list[str]) -> None:
    done = program(*arguments)
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
    assert b"iprescribe-tui" in done.stderr


def test_closed_streams_are_refused(tmp_path: Path) -> None:
    command = f'exec "{PROGRAM[0]}" -m iprescribe_tui validate npi'
    for closed in ("--jsonl <&-", "--jsonl </dev/null >&-", "<&-"):
        done = subprocess.run(["sh", "-c", f"{command} {closed}"], env=environment(tmp_path), capture_output=True)
        assert done.returncode == 2, closed
        assert b"Traceback" not in done.stderr


def test_a_value_can_be_piped_in(program: Program) -> None:
    assert program("validate", "ssn", given=b"219-09-9871\n").stdout == b"ok\n"
    assert b"cannot be seen" in program("validate", "name", given=b"Am\xffelia").stdout


@pytest.mark.parametrize(
    ("arguments", "given", "status"),
    [
        (["npi", "1234567893"], b"", 0),
        (["npi", "1234567890"], b"", 1),
        (["npi", "-"], b"1234567893\n", 0),
        (["npi", "-"], b"1234567890", 1),
        (["ssn", "-"], b"219-09-9871\r\n", 0),
        (["zip", "-"], b"\n", 1),
        (["name", "-"], b"", 2),
        (["npi"], b"1234567890\n", 1),
        (["email", "a@@example.com"], b"", 1),
    ],
)
def test_the_exit_status_of_a_single_value(program: Program, arguments: list[str], given: bytes, status: int) -> None:
    assert program("validate", *arguments, given=given).returncode == status


def test_a_secret_is_asked_for_without_showing_it(tmp_path: Path) -> None:
    with Terminal([*PROGRAM, "validate", "ssn"], home=tmp_path) as terminal:
        terminal.until("SSN:")
        terminal.write("219-09-9871\r")
        assert terminal.finish() == 0
        assert "ok" in terminal.words
        assert b"9871" not in terminal.raw
    with Terminal([*PROGRAM, "validate", "state"], home=tmp_path) as terminal:
        terminal.until("State:")
        terminal.write("illinois\r")
        assert terminal.finish() == 0
        assert "ok: IL" in terminal.words


@pytest.mark.matrix
def test_a_million_lines_take_no_more_memory_than_ten_thousand(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "validate", "address", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(tmp_path),
    ) as child:
        assert child.stdin
        assert child.stdout

        def ask() -> None:
            assert child.stdin
            for batch in _addresses(1_000_000):
                child.stdin.write(batch)
            child.stdin.close()

        asking = threading.Thread(target=ask)
        asking.start()
        held = {number: _most_memory(child.pid) for number, _ in enumerate(child.stdout) if number in (10_000, 990_000)}
        asking.join()
        assert child.wait(20) == 0
    assert held[990_000] - held[10_000] < 2048, held


def _addresses(count: int) -> Iterator[bytes]:
    for start in range(0, count, 1000):
        yield lines(
            [
                {
                    "id": number,
                    "line1": f"{number} Made Up Ave",
                    "line2": f"PO Box {number}" if number % 10 == 0 else "",
                }
                for number in range(start, start + 1000)
            ]
        )


def _most_memory(pid: int) -> int:
    """The most that a process has held, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
