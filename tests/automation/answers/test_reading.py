"""An answers file is read whole: what is wrong in it is named at once, by table and key, and never a secret."""

import contextlib
import json
import os
import socket
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from iprescribe_tui.front_ends.automation.answers import Answers, AnswersError, Script, TemplateValue, load
from iprescribe_tui.front_ends.automation.answers.lint import refusals
from iprescribe_tui.front_ends.automation.answers.schema import schema
from iprescribe_tui.front_ends.automation.answers.template import template
from iprescribe_tui.front_ends.automation.answers.template_value import Run
from iprescribe_tui.front_ends.automation.walk.scenario import shipped
from iprescribe_tui.sandbox.domain.service import service_document
from tests.longer import few
from tests.photos.drawn import blurred, face, saved
from tests.test_command_line import run

SERVICE = service_document("native")
SECRET = "violet-lantern-over-quiet-harbor"


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    file = folder / "answers.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def read(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Answers:
    return load(written(folder, text), environ or {})


def mistakes(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(AnswersError) as error:
        read(folder, text, environ)
    return [str(mistake).strip() for mistake in error.value.mistakes]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[pratice]", ["pratice: There is no such step. Did you mean practice?"]),
        ("[practice]\nzip = '62701'", ["[practice] zip: The step does not ask for this.", "Did you mean zip_code?"]),
        ("[practice]\nzip_code = 62701", ["[practice] zip_code: Write it in quotes."]),
        ("[attributes_review]\nbirth_date = 1975-04-30", ["birth_date: Write it in quotes as MM/DD/YYYY."]),
        ("[recovery_code]\nsaved = 'true'", ["[recovery_code] saved: Write true or false, without quotes"]),
        ("[accounts_intro]\nnpi = '1'", ["[accounts_intro] npi:", "It has nothing to fill in."]),
        ("npi = '1000000012'", ["[npi] Write it as a table, [npi]"]),
        ("[[ssn]]\n[[ssn]]\nsn = '1'", ["[ssn, visit 2] sn:", "Did you mean ssn?"]),
        ("[consent]\ndecision = 'alow'", ["[consent] decision: It is one of allow, deny. Did you mean allow?"]),
        ("[npi]\nnpi = '{asK}'", ["{asK} is no placeholder. Did you mean {ask}? Write {{ for a brace."]),
        ("[npi]\nnpi = '1{ask}'", ["{ask} must stand alone."]),
        ("[npi]\nnpi = '{outbox}'", ["{outbox} stands for a code"]),
        ("[npi]\nnpi = '{random:npi}'", ["{random:npi} is no placeholder"]),
        ("[npi]\nnpi = '{env:NOT_SET}'", ["[npi] npi: The environment has no variable NOT_SET."]),
        ('[npi]\nnpi = "1\\n2"', ["a line break or another character that no key types"]),
        ("[npi]\nthen = 'bakc'", ["[npi] then: It is one of", "Did you mean back?"]),
        ("[phone_link]\nlink = 'https://x'", ['link: Write "{outbox}"']),
        ("[phone_link]\nlink = '{outbox}'\nthen = 'back'", ["Either the link is opened"]),
        ("[document]\nuse_on_file = 1", ["use_on_file: Write true or false"]),
        ("outbox_command = 1", ["outbox_command: Write it in quotes"]),
        ("extends = 'nobody'", ["extends: There is no file", "Those that ship: allow_never_pressed, "]),
        ("doubts = 'sned'", ['doubts: Write doubts = "send" or doubts = "stop".', "Did you mean send?"]),
        ("doubts = 'yes'", ['Write doubts = "send" or doubts = "stop".']),
        ("doubts = ''", ['Write doubts = "send"']),
        ("doubts = true", ['Write doubts = "send"']),
        ("doubts = ['send']", ['Write doubts = "send"']),
        ("[doubts]", ['Write doubts = "send"']),
        ("doubt = 'send'", ["doubt: There is no such step. Did you mean doubts?"]),
        ("[selfie]\ndoubts = 'send'", ["[selfie] doubts: This goes at the top of the file, above the first table"]),
        ("[npi]\nextends = 'happy'", ["[npi] extends: This goes at the top of the file, above the first table"]),
        ("[expect]\ndoubts = 'send'", ["[expect] doubts: This goes at the top of the file"]),
        ("npi = [", ["This is not proper TOML"]),
        ("[expect]\nend = 'dnoe'", ["[expect] end: Did you mean done?"]),
        ("[expect]\nway = 'npi'", ["[expect] way: Write a list of steps"]),
        ("[expect]\nway = ['nip']", ['[expect] way: There is no step "nip". Did you mean npi?']),
        (
            "[expect]\nway = ['...']",
            ['[expect] way: "..." stands for the way of another file.', "extends no other one"],
        ),
        (
            "extends = 'happy'\n[expect]\nway = ['...', 'mfa_totp']",
            ['way of happy.toml does not lead on to "mfa_totp"'],
        ),
        ("extends = 'happy'\n[expect]\nway = ['ssn', '...', 'npi']", ['way of happy.toml does not lead on to "npi"']),
        ("extends = 'happy'\n[expect]\nway = ['...', '...']", ['way of happy.toml does not lead on to "..."']),
        ("[expect]\nstep.ssm.error = 'x'", ["[expect] step.ssm: There is no such step. Did you mean ssn?"]),
        ("[expect]\nstep.ssn.eror = 'x'", ["[expect] step.ssn.eror: Did you mean error?"]),
        ("[expect]\nstep.ssn = 'x'", ["Say where the words are seen"]),
        ("[expect]\nedn = 'done'", ["[expect] edn: This cannot be expected. Did you mean end?"]),
    ],
)
def test_a_mistake_is_named_with_what_to_do(text: str, says: list[str], tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, text)
    for words in says:
        assert words in mistake


@pytest.mark.parametrize(
    "around", ["extends = 'LONG'", "[expect]\nway = ['LONG']", "[npi]\nLONG = 1", "[LONG]", "LONG = 1"]
)
def test_a_mistake_repeats_no_more_than_the_beginning_of_a_long_name(around: str, tmp_path: Path) -> None:
    for mistake in mistakes(tmp_path, around.replace("LONG", "x" * 5000)):
        assert "xxx…" in mistake
        assert "x" * 41 not in mistake


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = "[nip]\n[practice]\nzip = '1'\ncity = 2\n[expect]\nend = 'x'"
    assert len(mistakes(tmp_path, text)) == 4


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
@pytest.mark.parametrize(
    "text", [f"[credentials]\npassword = '{SECRET}'", "[ssn]\nssn = '219-09-9871'", "[mfa_code]\ncode = '123456'"]
)
def test_secrets_that_others_can_read_are_refused_with_what_to_do(text: str, mode: int, tmp_path: Path) -> None:
    file = written(tmp_path, text, mode)
    with pytest.raises(AnswersError) as error:
        load(file)
    (says,) = error.value.lines()
    assert f"Do: chmod 600 {file}" in says
    for secret in (SECRET, "219-09", "123456"):
        assert secret not in says
    file.chmod(0o600)
    load(file)


def test_a_command_in_a_file_that_others_can_write_is_refused(tmp_path: Path) -> None:
    for mode, good in ((0o644, True), (0o664, False), (0o646, False)):
        file = written(tmp_path, "outbox_command = 'true'", mode)
        if good:
            load(file)
        else:
            with pytest.raises(AnswersError, match="answers") as error:
                load(file)
            assert f"Do: chmod go-w {file}" in error.value.lines()[0]


def test_a_file_without_secrets_may_be_read_by_others(tmp_path: Path) -> None:
    text = "[npi]\nnpi = '1000000012'\n[credentials]\npassword = '{env:WORD}'\n[ssn]\nssn = '{ask}'"
    load(written(tmp_path, text, 0o644), {"WORD": SECRET})


def test_no_secret_is_quoted_nor_in_a_repr(tmp_path: Path) -> None:
    assert SECRET not in str(mistakes(tmp_path, f"[credentials]\npassword = '{{violet}}{SECRET}'"))
    assert "violet" not in str(mistakes(tmp_path, "[credentials]\npassword = '{violet}'"))
    assert SECRET not in str(mistakes(tmp_path, f"[credentials]\npassword = '{SECRET}'\nx = 1"))
    assert SECRET not in repr(read(tmp_path, f"[credentials]\npassword = '{SECRET}'"))


@pytest.mark.parametrize(
    ("written_as", "typed"),
    [
        ("plain", "plain"),
        ("a{b", "a{b"),
        ("{{ask}", "{ask}"),
        ("{env:WORD}", "wörd {x}"),
        ("<{env:WORD}>{env:WORD}", "<wörd {x}>wörd {x}"),
    ],
)
def test_what_is_typed(written_as: str, typed: str) -> None:
    assert TemplateValue.read(written_as).text(Run({"WORD": "wörd {x}"})) == typed


def test_a_random_username_is_the_same_throughout_a_run_and_another_in_the_next() -> None:
    said, mail = TemplateValue.read("{random:username}"), TemplateValue.read("{random:username}@example.com")
    names = set()
    for _ in range(20):
        one = Run({})
        assert mail.text(one) == f"{said.text(one)}@example.com"
        names.add(said.text(one))
    assert len(names) == 20


def test_each_answer_is_given_once(tmp_path: Path) -> None:
    script = Script(read(tmp_path, "[npi]\n[[ssn]]\nssn = '{ask}'\n[[ssn]]\nssn = '{ask}'\n[[mfa_code]]\n[[mfa_code]]"))
    assert script.next("npi")
    assert not script.next("npi")
    assert script.next("ssn")
    assert script.next("ssn")
    assert not script.next("ssn")
    assert script.next("personal") is None
    assert script.unused() == ["mfa_code"]
    script.hand_over("mfa_code")
    assert script.next("mfa_code") is None


def test_a_file_that_is_like_another_answers_the_rest_as_that_does(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("outbox_command = 'x'\n[npi]\nnpi = '1000000012'\n[personal]\nrole = '1'")
    answers = read(tmp_path, "extends = 'base.toml'\n[npi]\nnpi = '1000000020'")
    script = Script(answers)
    visit = script.next("npi")
    assert visit
    assert visit.values["npi"] == TemplateValue(("1000000020",))
    assert script.next("personal")
    assert answers.outbox_command == "x"
    (tmp_path / "base.toml").write_text("extends = 'happy'")
    assert "itself extends another" in mistakes(tmp_path, "extends = 'base'")[0]


BASE = """
[expect]
way = ["npi", "personal", "npi", "personal", "practice", "done"]
"""
BASE_END = ["personal", "practice", "done"]


@pytest.mark.parametrize(
    ("own", "way"),
    [
        ("", []),
        ("[expect]\nway = ['npi', 'done']", ["npi", "done"]),
        ("[expect]\nway = ['...']", ["npi", "personal", "npi", "personal", "practice", "done"]),
        ("[expect]\nway = ['...', 'npi', 'locked']", ["npi", "locked"]),
        ("[expect]\nway = ['...', 'practice', 'locked']", ["npi", "personal", "npi", "personal", "practice", "locked"]),
        ("[expect]\nway = ['ssn', '...', 'done']", ["ssn", "npi", "personal", "npi", "personal", "practice", "done"]),
        ("[expect]\nway = ['npi', '...', 'npi', 'ssn', '...']", ["npi", "personal", "npi", "ssn", *BASE_END]),
        ("[expect]\nway = ['practice', 'npi', '...', 'npi', 'done']", ["practice", "npi", "personal", "npi", "done"]),
    ],
)
def test_only_where_its_way_differs_is_written(own: str, way: list[str], tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(BASE)
    assert list(read(tmp_path, f"extends = 'base'\n{own}").expected.way) == way


def test_a_way_cannot_be_taken_from_a_file_that_has_none(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("[npi]")
    own = "extends = 'base'\n[expect]\nway = ['...']"
    assert mistakes(tmp_path, own)[0].endswith("base.toml has no way.")


@pytest.mark.parametrize(
    ("base", "own", "sends"),
    [
        ("", "", False),
        ("doubts = 'send'", "", True),
        ("", "doubts = 'send'", True),
        ("doubts = 'send'", "doubts = 'stop'", False),
        ("doubts = 'stop'", "doubts = 'send'", True),
    ],
)
def test_what_becomes_of_doubts_is_taken_over_too(base: str, own: str, sends: bool, tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(f"{base}\n[npi]")
    assert read(tmp_path, f"extends = 'base.toml'\n{own}").sends_doubted is sends


@pytest.mark.parametrize("doubts", ["", "doubts = 'stop'", "doubts = 'send'"])
def test_a_doubted_photo_is_said_unless_it_is_sent(doubts: str, tmp_path: Path) -> None:
    (tmp_path / "blurred.jpg").write_bytes(saved(blurred(face(), 4), quality=99))
    (tmp_path / "sharp.jpg").write_bytes(saved(face()))
    file = f"{doubts}\n[[selfie]]\nphoto = 'blurred.jpg'\n[[selfie]]\nphoto = 'sharp.jpg'"
    said = [(one.table, one.key, one.message) for one in refusals(read(tmp_path, file), SERVICE)]
    if "send" in doubts:
        assert not said
    else:
        ((table, key, message),) = said
        assert (table, key) == ("selfie, visit 1", "photo")
        assert message.startswith("The photo looks blurred.")
        assert 'doubts = "send" at the top of the file sends it all the same.' in message


def test_what_the_forms_refuse_is_said_before_anything_runs(tmp_path: Path) -> None:
    text = """
        [npi]\nnpi = '1000000013'
        [practice]\nstreet = 'PO Box 12'\nstate = 'IL'\nzip_code = '90210'\nphone = '{ask}'
        [credentials]\npassword = 'one'\npassword_again = 'two'
    """
    said = {(one.table, one.key) for one in refusals(read(tmp_path, text), None)}
    assert said == {("npi", "npi"), ("practice", "street"), ("practice", "zip_code"), ("credentials", "password_again")}


def test_what_the_backend_would_refuse_is_said_too(tmp_path: Path) -> None:
    (tmp_path / "front.jpg").write_bytes(b"no picture")
    text = """
        [credentials]\npassword = 'short'\npassword_again = 'short'
        [[personal]]\nrole = 'Docter'\nspecialty = 'Cardiology'
        [[personal]]\nrole = 'nurse practitioner'\nspecialty = 'Phrenology'
        [document]\nkind = 'passport'\nfront = 'front.jpg'\nback = 'nothere.jpg'
    """
    said = {(one.table, one.key): one.message for one in refusals(read(tmp_path, text), SERVICE)}
    assert set(said) == {
        ("credentials", "password"),
        ("personal, visit 1", "role"),
        ("personal, visit 2", "specialty"),
        ("document", "front"),
        ("document", "back"),
    }
    assert "Use at least 15 characters" in said["credentials", "password"]
    assert "doctor_or_dentist" in said["personal, visit 1", "role"]
    assert "nothere.jpg" in said["document", "back"]


def test_the_template_is_right_and_leaves_everything_to_the_person(tmp_path: Path) -> None:
    answers = read(tmp_path, template(SERVICE))
    assert answers.asks
    assert not answers.needs_outbox
    assert all(said.mentions("ask") for said in answers.template_values())


@pytest.mark.parametrize("file", [*shipped().values(), None], ids=[*shipped(), "template"])
def test_the_schema_takes_what_is_right(file: Path | None) -> None:
    import tomllib

    Draft202012Validator.check_schema(schema())
    document = tomllib.loads(file.read_text(encoding="utf-8") if file else template(SERVICE))
    Draft202012Validator(schema()).validate(document)


@pytest.mark.parametrize(
    "document",
    [
        {"nip": {}},
        {"npi": {"npi": 1}},
        {"npi": {"nip": "1"}},
        {"recovery_code": {"saved": "yes"}},
        {"consent": {"decision": "perhaps"}},
        {"ssn": []},
        {"ssn": [{"snn": "1"}]},
        {"npi": {"then": "up"}},
        {"doubts": "maybe"},
        {"doubts": True},
        {"selfie": {"doubts": "send"}},
        {"expect": {"end": "never"}},
        {"expect": {"step": {"ssn": {"errors": "x"}}}},
    ],
    ids=str,
)
def test_the_schema_refuses_what_is_wrong(document: dict[str, object]) -> None:
    assert not Draft202012Validator(schema()).is_valid(document)


@pytest.mark.parametrize("doubts", ["send", "stop"])
def test_the_schema_takes_either_for_doubts(doubts: str) -> None:
    Draft202012Validator(schema()).validate({"doubts": doubts})


def test_the_template_says_what_becomes_of_doubts(tmp_path: Path) -> None:
    told = template(SERVICE).replace('# doubts = "send"', 'doubts = "send"')
    assert read(tmp_path, told).sends_doubted


def not_files(folder: Path) -> list[Path]:
    """What is no file, and would be waited for, or read without an end."""
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to(folder / "pipe")
    with contextlib.chdir(folder), closing(socket.socket(socket.AF_UNIX)) as there:
        there.bind("s")  # whose whole path may be too long
    return [folder, *(folder / name for name in ("pipe", "link", "s")), Path("/dev/zero"), Path("/dev/tty")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
@pytest.mark.parametrize(
    "call",
    few(
        [
            ["answers", "--check", "{file}"],
            ["answers", "--json", "--check", "{file}"],
            ["walk", "{file}"],
            ["--config", "{file}", "status"],
            ["--backend", "https://localhost:9", "--ca-bundle", "{file}", "doctor"],
        ],
        1,
    ),
    ids=" ".join,
)
def test_what_is_no_file_is_named_and_not_read(call: list[str], tmp_path: Path) -> None:
    for file in not_files(tmp_path):
        done = run(*(part.format(file=file) for part in call), home=tmp_path)
        assert done.returncode in (1, 2), (file, done.stdout)
        assert "read" in done.stdout + done.stderr, (file, done.stdout, done.stderr)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders")
@pytest.mark.parametrize("call", [["status"], ["receipts"], ["receipts", "IP-1"], ["sign-out"]], ids=" ".join)
def test_what_is_no_file_in_the_state_folder_is_passed_over(call: list[str], tmp_path: Path) -> None:
    state = tmp_path / "state"
    for folder in ("receipts", "drafts"):
        (state / folder).mkdir(mode=0o700, parents=True)
    state.chmod(0o700)
    os.mkfifo(state / "receipts" / "IP-1.txt", 0o600)
    done = run("--state-dir", str(state), *call, home=tmp_path)
    assert done.returncode == (2 if call[-1] == "IP-1" else 0), done.stderr


def test_the_null_device_is_an_empty_config(tmp_path: Path) -> None:
    assert run("--config", os.devnull, "status", home=tmp_path).returncode == 0


def test_the_command(tmp_path: Path) -> None:
    made = run("answers", "--template", home=tmp_path)
    assert made.stdout == template(SERVICE)
    assert json.loads(run("answers", "--schema", home=tmp_path).stdout) == schema()
    good = written(tmp_path, template(SERVICE), 0o644)
    assert run("answers", "--check", str(good), home=tmp_path).returncode == 0
    bad = written(tmp_path, "[npi]\nnpi = '1000000013'\n")
    done = run("answers", "--check", str(bad), home=tmp_path)
    assert done.returncode == 1
    assert "[npi] npi:" in done.stderr
    said = json.loads(run("answers", "--check", str(bad), "--json", home=tmp_path).stdout)
    assert said["ok"] is False
    assert [(one["table"], one["key"]) for one in said["mistakes"]] == [("npi", "npi")]
    assert run("answers", "--check", "/nowhere", home=tmp_path).returncode == 1
    assert run("answers", home=tmp_path).returncode == 2
    assert run("answers", "--template", "--json", home=tmp_path).returncode == 2


@pytest.mark.parametrize("name", shipped())
def test_what_ships_is_right_wherever_it_is_installed(name: str) -> None:
    answers = load(shipped()[name])
    assert answers.about
    assert answers.expected.way
