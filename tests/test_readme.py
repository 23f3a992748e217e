"""The README says what is: its personas, its files, its keys."""

import re
from pathlib import Path

import pytest

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.personas import personas_markdown
from iprescribe_tui.settings import VARIABLES
from tests.backend import running

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_lists_the_personas_that_there_are() -> None:
    listed = re.search(r"<!-- personas -->\n(.*?)<!-- /personas -->", README, re.DOTALL)
    assert listed is not None
    assert listed[1].strip() == personas_markdown().strip()


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)\)", README))
def test_what_it_links_to_is_there(target: str) -> None:
    assert target.startswith("https://") or (ROOT / target).exists()


@pytest.mark.parametrize("name", VARIABLES)
def test_it_names_every_variable_that_sets_something(name: str) -> None:
    assert f"`{name}`" in README


def test_it_says_whose_product_this_is_not() -> None:
    assert "not a product of DrFirst or ID.me" in README


def test_it_names_what_the_sandbox_keeps_and_the_photos_go_once_it_is_done(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    with running(folder, local=True) as sandbox:
        walk = sandbox.registration_at(Step.SELFIE)
        assert len(list((folder / "evidence").iterdir())) == 2
        walk.to(Step.DONE)
        assert not list((folder / "evidence").iterdir())
        kept = {re.sub(r"-(wal|shm)$", "", path.name) for path in folder.iterdir()}
    assert kept == {"sandbox.db", "server.key", "evidence", "samples"}
    assert all(f"`{name}`" in README for name in kept)


@pytest.mark.parametrize("name", re.findall(r"^      ?(\w+\.py|\w+/)", README, re.MULTILINE))
def test_the_architecture_names_what_is_there(name: str) -> None:
    assert (ROOT / "iprescribe_tui" / name).exists()
