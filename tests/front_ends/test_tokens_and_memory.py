"""What the program leaves on the machine: drafts that nobody else reads, tokens in the keyring, no secret anywhere."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import running
from tests.front_ends.applicant import answer, go_to, put_photos
from tests.front_ends.harness import Machine, Person, at_the_screens

IPRESCRIBE: Final = "planted violet words 7Q"
IDME: Final = "planted-maple-words-4M"
SSN: Final = "219-09-9874"
NPI: Final = "1000000012"

TYPED: Final = {
    Step.NPI: f"{NPI}\n",
    Step.CREDENTIALS: f"amelia.hartwell\t{IPRESCRIBE}\t{IPRESCRIBE}\n",
    Step.IDME_SIGN_UP: f"{IDME}\t{IDME}\t \n",
    Step.SSN: f"{SSN}\n",
}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine whose sandbox keeps its database in the program's own state folder."""
    monkeypatch.chdir(tmp_path)
    put_photos(tmp_path)
    state_dir = tmp_path / "state"
    with running(state_dir / "sandbox") as sandbox:
        yield Machine(sandbox, state_dir)


async def walk_beyond_the_ssn(person: Person) -> list[str]:
    """Type every secret that there is on the way; those that the backend made are given back."""
    made: list[str] = []
    for _ in range(30):
        step = getattr(person.screen, "step", None)
        if step is Step.ATTRIBUTES_REVIEW:
            return made
        if step in (Step.EMAIL_CONFIRMATION, Step.MFA_CODE):
            made.append(str(person.sandbox.newest()["code"]))
        if step is Step.RECOVERY_CODE and person.screen.step_view:
            made.append(person.screen.step_view.reveal["recovery_code"].get_secret_value())
        if step in TYPED:
            await person.answered(TYPED[step])
        else:
            await answer(person)
    raise AssertionError(person.text)


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def holds(content: bytes, secret: str) -> bool:
    """Whether a secret stands in bytes, as it was typed or without its dashes, in UTF-8 or UTF-16."""
    spellings = {secret, secret.replace("-", ""), secret.replace(" ", "")}
    return any(word.encode(code) in content for word in spellings for code in ("utf-8", "utf-16-le"))


async def test_no_secret_is_in_a_file_or_a_log(machine: Machine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with at_the_screens(machine) as person:
        made = await walk_beyond_the_ssn(person)
        await person.type("<f10>")
    assert len(made) == 3
    secrets = [IPRESCRIBE, IDME, SSN, *made, *tokens_of(machine)]
    for file in files(machine.state_dir):
        content = file.read_bytes()
        assert not [secret for secret in secrets if holds(content, secret)], file
    told = caplog.text.encode()
    assert told, "nothing was logged, so nothing was looked at"
    assert not [secret for secret in secrets if holds(told, secret)]


def tokens_of(machine: Machine) -> list[str]:
    """What the keyring holds: the tokens, each by itself."""
    assert machine.keyring
    from iprescribe_tui.journey.views import Tokens

    entries = [Tokens.model_validate_json(entry) for entry in machine.keyring.entries.values()]
    found = [token.get_secret_value() for entry in entries for token in (entry.access_token, entry.refresh_token)]
    assert found
    return found


async def test_drafts_are_for_this_user_alone(machine: Machine) -> None:
    previous = os.umask(0)
    try:
        async with at_the_screens(machine) as person:
            await person.answered(f"{NPI}\n")
            await go_to(person, Step.PERSONAL)
            await person.type("amelia@example.com\t1\t")
            drafts = machine.state_dir / "drafts"
            await person.until_true(
                lambda: any(b"amelia@example.com" in file.read_bytes() for file in files(drafts)), "the draft"
            )
    finally:
        os.umask(previous)
    for path in [drafts, *drafts.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
