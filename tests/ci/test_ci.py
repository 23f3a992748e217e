"""CI itself: it fails where it should, says what it could not look up, and installs nothing by its name alone."""

import json
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CI = ROOT / ".ci"
LOCKS = [ROOT / "requirements.lock", CI / "tools.lock", CI / "dev.lock"]
GOOD = "pillow==13.0.0 \\\n    --hash=sha256:00\nh11==0.16.0 \\\n    --hash=sha256:00\n"
HOLED = GOOD.replace("13.0.0", "9.0.0")
ASKED = [{"name": "Pillow", "version": "9.0.0", "vulns": []}, {"name": "h11", "version": "0.16.0", "vulns": []}]


AUDITED = runpy.run_path(str(CI / "audited.py"))["main"]

Audit = Callable[..., tuple[int, str]]


@pytest.fixture
def audited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Audit:
    """The script that CI runs, on a lock, an answer of pip-audit and a list of holes of the test's own."""

    def run(lock: str, answer: str | None = None, holes: str | None = None) -> tuple[int, str]:
        paths = []
        for name, content in (("some.lock", lock), ("answer", answer), ("holes", holes)):
            path = tmp_path / name
            path.unlink(missing_ok=True)
            if content is not None:
                path.write_text(content)
            paths.append(str(path))
        return AUDITED(*(paths if holes is not None else paths[:2])), capsys.readouterr().out

    return run


def answer(*dependencies: object) -> str:
    return json.dumps({"dependencies": dependencies})


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "Traceback (most recent call last):",
        "[]",
        '{"dependencies": null}',
        '{"dependencies": []}',
        '{"dependencies": [{"name": "h11"}, {"version": "1"}]}',
        answer({"name": "pillow", "skip_reason": "not found"}, {"name": "h11", "skip_reason": "not found"}),
    ],
    ids=["no file", "empty", "crashed", "a list", "null", "of nothing", "no versions", "all skipped"],
)
def test_what_could_not_be_asked_is_looked_up_in_the_list_and_said(audited: Audit, said: str | None) -> None:
    status, text = audited(GOOD, said)
    assert status == 0
    assert "0 of 2 packages asked about" in text
    assert re.search(r"NOT AUDITED for what became known after \d{4}-\d\d-\d\d: 2 of 2 packages \(all\)", text)
    status, text = audited(HOLED, said)
    assert status == 1
    assert "pillow 9.0.0: PYSEC-" in text


def test_one_package_that_was_left_out_is_named(audited: Audit) -> None:
    status, text = audited(HOLED, answer(ASKED[0]))
    assert status == 0
    assert "1 of 2 packages asked about" in text
    assert "NOT AUDITED" in text
    assert "(h11)" in text


def test_what_the_database_says_counts(audited: Audit) -> None:
    hole = {"id": "PYSEC-0-0", "fix_versions": []}
    assert audited(GOOD, answer(*ASKED)) == (
        0,
        "some.lock: 2 of 2 packages asked about in the database of holes\nsome.lock: 0 known holes\n",
    )
    status, text = audited(GOOD, answer(ASKED[0], ASKED[1] | {"vulns": [hole]}))
    assert (status, text.splitlines()[-1]) == (1, "h11 0.16.0: PYSEC-0-0")


@pytest.mark.parametrize("holes", ["", "# taken 2024-10-10\n", "pillow >=0 PYSEC-1-1\n", "# taken today\nx >=0 P\n"])
def test_without_a_list_to_look_in_nothing_passes(audited: Audit, holes: str) -> None:
    assert audited(GOOD, answer(*ASKED), holes)[0] == 0
    status, text = audited(GOOD, None, holes)
    assert status == 1
    assert "NOT AUDITED: pillow, h11" in text


def test_ci_stops_at_a_hole(tmp_path: Path) -> None:
    """Also behind the pipe that keeps what was said."""
    (tmp_path / "some.lock").write_text(HOLED)
    script = f"set -eo pipefail; {sys.executable} {CI}/audited.py {tmp_path}/some.lock {tmp_path}/none | tee /dev/null"
    assert subprocess.run(["bash", "-c", script], capture_output=True).returncode == 1
    assert re.search(r"audited\.py .*\| tee -a", (CI / "run").read_text())
    assert "pipefail" in (CI / "run").read_text()


def test_a_list_that_pins_nothing_does_not_pass(audited: Audit) -> None:
    assert audited("pillow>=9\n", answer(*ASKED))[0] == 1


@pytest.mark.parametrize(
    ("pinned", "is_holed"),
    [
        ("pillow==9.0.0", True),
        ("Pillow==9.0.0 ; sys_platform == 'win32' \\", True),
        ("pillow==9.3.0rc1", True),
        ("pillow==13.0.0", False),
        ("starlette==0.26.9", True),
        ("starlette==0.27.0", False),
        ("Django==4.2.10", True),
        ("PyYAML==5.3", True),
        ("pyyaml==6.0.4", False),
    ],
)
def test_the_list_knows_what_was_known(audited: Audit, pinned: str, is_holed: bool) -> None:
    status, text = audited(f"{pinned}\n")
    assert (status, "PYSEC-" in text) == (int(is_holed), is_holed)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_each_package_of_a_lock_has_a_version_and_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    entries = re.split(r"^(?=\S)", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 40
    assert [entry for entry in entries if not re.match(r"[A-Za-z0-9._-]+==\S+ ", entry)] == []
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text
    assert "--index" not in text


def test_ci_installs_by_hash_alone() -> None:
    lines = (CI / "run").read_text().replace("\\\n", "").splitlines()
    installs = [
        line for line in lines if re.search(r"\b(pip\w*\"? (install|sync|download)|uvx|pipx|npx|npm|curl|wget)\b", line)
    ]
    assert len(installs) == 5
    for line in installs:
        # The program itself is built from here: by what is installed already, or by what a lock constrains.
        own = "--no-deps" in line and ("--no-build-isolation" in line or "--build-constraints .ci/dev.lock" in line)
        assert own or "--require-hashes" in line, line
        assert own or "--only-binary :all:" in line or "--no-build " in line, line


def test_ci_ends_with_the_summary_of_the_readmes_tests() -> None:
    assert (CI / "run").read_text().rstrip().endswith("\nuv run pytest")


def test_what_ci_could_not_look_up_stands_right_before_the_summary(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("some.lock: NOT AUDITED: all\n")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.last_words", "tests.tally"]\n')
    (tmp_path / "test_it.py").write_text("import pytest\ndef test_it():\n    pytest.skip('for a reason')\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-ra",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
        "--rootdir",
        tmp_path,
    ]
    environment = {"CI_LAST_WORDS": str(words), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run([*map(str, command), str(tmp_path)], capture_output=True, text=True, env=environment)
    *_, before, last = done.stdout.rstrip().splitlines()
    assert before == "some.lock: NOT AUDITED: all"
    assert "1 skipped" in last


def test_each_rule_of_semgreps_is_shown_to_find_something() -> None:
    rules = re.findall(r"^  - id: ([\w-]+)$", (CI / "semgrep" / "house.yaml").read_text(), re.MULTILINE)
    shown = re.findall(r"# ruleid: (.+)", (CI / "semgrep" / "house.py").read_text())
    passing = re.findall(r"# ok: (.+)", (CI / "semgrep" / "house.py").read_text())
    assert len(rules) > 5
    assert set(rules) == {rule for line in shown for rule in line.split(", ")} == set(passing)


def test_each_file_that_a_rule_leaves_out_is_there() -> None:
    names = re.findall(r"^        - /(\S+)$", (CI / "semgrep" / "house.yaml").read_text(), re.MULTILINE)
    assert names
    assert [name for name in names if not list(ROOT.glob(name))] == []


def test_what_bandit_leaves_to_ruff_ruff_looks_for() -> None:
    """Each of them fires on a line of its own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert "S" in project["ruff"]["lint"]["select"]
    left = {code.replace("B", "S") for code in project["bandit"]["skips"]} - {"S404"}  # which only asks for S603
    source = "import subprocess\n\nassert 1\npassword = 'violet'\nsubprocess.run(args)\n"
    command = [
        Path(sys.executable).parent / "ruff",
        "check",
        "--output-format",
        "json",
        "--stdin-filename",
        "screens/x.py",
        "-",
    ]
    done = subprocess.run([str(part) for part in command], cwd=ROOT, input=source, capture_output=True, text=True)
    assert left <= {each["code"] for each in json.loads(done.stdout)}


@pytest.mark.parametrize("marker", ["nosec", "nosemgrep", r"noqa: S\d+"])
def test_each_exception_says_why(marker: str) -> None:
    lines = [
        f"{file.relative_to(ROOT)}: {line.strip()}"
        for package in ("iprescribe_tui", "screens")
        for file in (ROOT / package).rglob("*.py")
        for line in file.read_text().splitlines()
        if re.search(rf"# {marker}", line) and not re.search(rf"# {marker}[^#]* - \w|\w+  # {marker}", line)
    ]
    assert lines == []
