"""Every scenario that ships is walked through the real screens, and each break in them turns a walk red."""

import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from iprescribe_tui.flow.tokens import MemoryKeyring
from iprescribe_tui.front_ends.automation.walk.scenario import shipped
from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow
from iprescribe_tui.help import page
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain import policy
from iprescribe_tui.sandbox.domain.personas import PERSONAS
from iprescribe_tui.sandbox.domain.steps import account
from tests.automation.walks.walking import scenario, walk
from tests.backend import RunningSandbox
from tests.photos.drawn import blurred, face, saved

QUICK = ("happy", "allow_never_pressed", "organization")
"""These are walked by every run; all of them by the longer one."""

START = """
[npi]
npi = "1000000012"
[accounts_intro]
[credentials]
username = "amelia.hartwell"
password = "violet lantern over quiet harbor"
password_again = "violet lantern over quiet harbor"
[expect]
end = "personal"
way = ["npi", "accounts_intro", "credentials", "personal"]
step.accounts_intro.shows = "Amelia Jane Hartwell"
"""


def test_there_is_a_scenario_for_every_persona() -> None:
    assert shipped().keys() >= {persona.key for persona in PERSONAS}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.matrix) for name in shipped()]
)
def test_what_ships_is_as_expected(name: str) -> None:
    done = walk(name)
    assert done.ok, done.wrong


@pytest.mark.matrix
def test_the_scenario_on_the_page_is_as_expected(tmp_path: Path) -> None:
    example = re.search(r'^    extends = "happy".*?(?=^\S)', page("walk"), re.MULTILINE | re.DOTALL)
    assert example
    done = walk(scenario(tmp_path, example[0]))
    assert done.ok, done.wrong


DOUBTED = """
{top}
extends = "happy"
[selfie]
photo = "blurred.jpg"
[expect]
end = "{end}"
step.selfie.error = "The photo looks blurred."
"""


@pytest.mark.matrix
@pytest.mark.parametrize(("top", "end"), [('doubts = "send"', "done"), ('doubts = "stop"', "refused"), ("", "refused")])
def test_a_doubted_photo_is_sent_or_ends_the_walk(top: str, end: str, tmp_path: Path) -> None:
    (tmp_path / "blurred.jpg").write_bytes(saved(blurred(face(), 4), quality=99))
    done = walk(scenario(tmp_path, DOUBTED.format(top=top, end=end)), report=tmp_path / "report")
    assert done.ok, done.wrong
    (asked,) = [snapshot for snapshot in done.snapshots if snapshot.page == "selfie" and snapshot.moment == "refused"]
    assert "Send it all the same" in asked.text


def test_the_walk_that_is_broken_below_is_green(tmp_path: Path) -> None:
    assert walk(scenario(tmp_path, START)).ok


def test_another_name_of_a_field_turns_it_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = StepScreen.rows

    def renamed(self: StepScreen) -> Iterable[FieldRow]:
        for row in rows(self):
            row.field_name = row.field_name.replace("username", "user")
            yield row

    monkeypatch.setattr(StepScreen, "rows", renamed)
    wrong = walk(scenario(tmp_path, START)).wrong
    assert "The screen has no field username." in wrong


def test_a_field_that_no_key_leads_to_turns_it_red(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = StepScreen.rows

    def deaf(self: StepScreen) -> Iterable[FieldRow]:
        for row in rows(self):
            row.input.can_focus = row.field_name != "username"
            yield row

    monkeypatch.setattr(StepScreen, "rows", deaf)
    wrong = walk(scenario(tmp_path, START)).wrong
    assert "No key leads to username." in wrong


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        ({Step.NPI: Step.CREDENTIALS}, "After npi comes credentials; accounts_intro should come there."),
        (
            {Step.NPI: Step.CREDENTIALS, Step.CREDENTIALS: Step.ACCOUNTS_INTRO, Step.ACCOUNTS_INTRO: Step.PERSONAL},
            "After npi comes credentials; accounts_intro should come there.",
        ),
    ],
    ids=["a step is left out", "two steps change places"],
)
def test_another_order_turns_it_red(
    breaks: dict[Step, Step], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = {step: replace(policy.RULES[step], next=leading_to(following)) for step, following in breaks.items()}
    monkeypatch.setattr(policy, "RULES", {**policy.RULES, **broken})
    assert says in walk(scenario(tmp_path, START)).wrong


def leading_to(step: Step) -> policy.Chooser:
    return lambda progress: step


def test_another_message_turns_it_red(monkeypatch: pytest.MonkeyPatch) -> None:
    before = account.already_registered

    def other(npi: str) -> Exception:
        refused = before(npi)
        refused.refusal = replace(refused.refusal, errors={"npi": "No."})
        return refused

    monkeypatch.setattr(account, "already_registered", other)
    (says,) = walk("allow_never_pressed").wrong
    assert says.startswith('sign_in should refuse with "Sign in with the iPrescribe username and password".')
    assert says.endswith("It says: No.")


@pytest.mark.parametrize(
    ("text", "end", "unanswered", "says"),
    [
        ('[npi]\nnpi = "1000000012"', "accounts_intro", "accounts_intro", "It should end with done"),
        ('[npi]\nnpi = "1000000013"', "refused", "", "1000000013"),
        ('[npi]\nnpi = "1000000012"\nthen = "leave"', "left", "", "it ended with left"),
        ('[npi]\nnpi = "{ask}"', "npi", "npi", "it ended with npi"),
        ('[npi]\nthen = "sign_in"', "sign_in", "sign_in", "it ended with sign_in"),
        ('[npi]\nnpi = "1000000012"\n[ssn]\n[expect]\nend = "accounts_intro"', "accounts_intro", "x", "ssn has more"),
        ('[npi]\nnpi = "1"\n[expect]\nend = "refused"\nstep.npi.error = "purple"', "refused", "", 'with "purple"'),
        ('[expect]\nend = "npi"\nstep.npi.shows = "purple"', "npi", "npi", 'npi should show "purple".'),
        ('[expect]\nend = "npi"\nlocked = "purple"', "npi", "npi", 'locked should say "purple".'),
        ('[expect]\nend = "npi"\nway = ["npi", "ssn"]', "npi", "npi", "After npi comes nothing; ssn should"),
    ],
)
def test_what_is_not_as_expected_is_said(text: str, end: str, unanswered: str, says: str, tmp_path: Path) -> None:
    done = walk(scenario(tmp_path, text))
    assert not done.ok
    assert done.end == end
    assert bool(done.unanswered) == bool(unanswered)
    assert says in " ".join(done.wrong)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ('[npi]\nnpi = "1000000012"\n[expect]\nend = "accounts_intro"', "accounts_intro"),
        ('[npi]\nnpi = "1000000012"\nthen = "leave"\n[expect]\nend = "left"', "left"),
        (
            '[npi]\nthen = "support"\n[support_request]\ncategory = "npi"\nmessage = """My NPI\nis new."""\n'
            'contact = "amelia@example.com"\n[expect]\nend = "npi"\nway = ["npi", "support_request", "npi"]\n'
            'step.npi.shows = "Your request was received."',
            "npi",
        ),
        (
            '[[npi]]\nnpi = "1000000012"\n[[npi]]\nnpi = "1000000020"\n[[accounts_intro]]\nthen = "back"\n'
            '[[accounts_intro]]\nthen = "start_over"\n'
            '[expect]\nend = "npi"\nway = ["npi", "accounts_intro", "npi", "accounts_intro", "npi"]',
            "npi",
        ),
    ],
    ids=["ends early", "leaves", "asks support", "goes back and starts over"],
)
def test_whatever_is_expected_is_green(text: str, end: str, tmp_path: Path) -> None:
    done = walk(scenario(tmp_path, text))
    assert done.ok, done.wrong
    assert done.end == end


def test_another_backend_is_walked_with_a_command_for_its_messages(sandbox: RunningSandbox, tmp_path: Path) -> None:
    tool = tmp_path / "newest"
    tool.write_text(NEWEST.format(url=sandbox.url, key=sandbox.key), encoding="utf-8")
    text = f"""
        extends = "happy"
        outbox_command = "{sys.executable} {tool}"
        [email_confirmation]
        link = "{{outbox}}"
        [document]
        kind = "{{ask}}"
        [expect]
        end = "document"
    """
    done = walk(scenario(tmp_path, text), backend=sandbox.url)
    assert done.ok, done.wrong


NEWEST = """
import json, os, urllib.request as http
headers = {{"Sandbox-Key": "{key}", "Idempotency-Key": os.urandom(8).hex()}}
def ask(path, method):
    with http.urlopen(http.Request("{url}/v1/sandbox/outbox" + path, None, headers, method=method)) as answer:
        return answer.read()
address = os.environ["IPRESCRIBE_ADDRESS"]
newest = next(one for one in json.loads(ask("", "GET"))["messages"] if one["to"] == address)
if os.environ["IPRESCRIBE_STEP"] == "mfa_code":
    print(newest["code"])
else:
    ask("/" + newest["id"] + "/follow", "POST")
"""


def test_a_backend_that_is_away_ends_it(tmp_path: Path) -> None:
    file = scenario(tmp_path, '[npi]\nnpi = "1000000012"')
    done = walk(file, backend="http://127.0.0.1:9")
    assert done.end == "trouble"
    assert "The backend cannot be reached" in " ".join(done.wrong)


def test_the_keyring_of_a_walk_forgets() -> None:
    keyring = MemoryKeyring()
    keyring.set_password("a", "b", "c")
    assert keyring.get_password("a", "b") == "c"
    keyring.delete_password("a", "b")
    assert keyring.get_password("a", "b") is None
    assert "c" not in repr(keyring)
