"""Commands that print what a server says: the doctor, in a terminal and as JSON, and the end of sessions."""

from pathlib import Path

import pytest
import trustme

from tests.hostile.bytes import not_ours
from tests.hostile.real import Answers, as_json
from tests.hostile.said import Words, spoiled_service
from tests.hostile.spoiling import cases
from tests.hostile.test_networks import context, says
from tests.hostile.villain import villain
from tests.tally import Tally
from tests.terminal.arrive import program
from tests.terminal.terminal import Terminal


@pytest.mark.matrix
@pytest.mark.parametrize("how", [(), ("--json",)], ids=["lines", "JSON"])
def test_the_doctor_tells_names_as_text(how: tuple[str, ...], answers: Answers, tmp_path: Path, tally: Tally) -> None:
    """That of the backend, and of who signed its certificate."""
    authority = trustme.CA(organization_name="\x1b[2JEvil\u202e \x9b\x07")
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(bundle)
    words = Words(cases(), at_once=100)
    service = spoiled_service(answers, words)
    with villain() as there:
        there.tls = context(authority.issue_cert("localhost"))
        there.behave = says(as_json(service))
        command = (*program(f"https://localhost:{there.port}"), "--ca-bundle", str(bundle), "doctor", *how)
        with Terminal(command, home=tmp_path, size=(100, 100)) as terminal:
            terminal.finish()
    said = terminal.raw.decode()
    assert "Evil" in said
    assert r"foo\x1b[4mcake" in said.replace("\\\\", "\\")
    tally("hostile", "texts by commands", tried=1, named=1, texts=len(words.pairs), bytes=len(terminal.raw))
    assert not_ours(terminal.raw, prompts=True) == []
