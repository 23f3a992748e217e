"""What a client calls holds no secret: addresses end up in the logs of proxies."""

from pathlib import Path

from pydantic import SecretStr

from iprescribe_tui.client import BackendAddress
from tests.backend import IDME_PASSWORD, PASSWORD, SSN, RunningSandbox
from tests.front_ends.applicant import put_photos
from tests.hostile.hour.people import Person, timed
from tests.secrets.canaries import found
from tests.tally import Tally


async def test_no_secret_is_in_an_address(sandbox: RunningSandbox, tmp_path: Path, tally: Tally) -> None:
    put_photos(tmp_path)

    async def address() -> BackendAddress:
        return BackendAddress(sandbox.url, SecretStr(sandbox.key))

    person = Person(0, address, tmp_path, tmp_path, lambda: 0)
    with timed() as calls:
        await person.register(60)
    assert person.end == "done"
    messages = sandbox.messages()
    codes = {message["code"] for message in messages} | {message["link"].rpartition("/")[2] for message in messages}
    tokens = [value for each in person.tokens.kept.values() for value in each.model_dump().values()]
    opened = {value.get_secret_value() for value in tokens if isinstance(value, SecretStr)}
    secrets = ({PASSWORD, IDME_PASSWORD, SSN, sandbox.key} | codes | opened) - {""}
    assert len(secrets) > 6
    addresses = "\n".join(call.path for call in calls)
    assert addresses.count("\n") > 20
    hits = found(addresses.encode(), secrets)
    tally("canaries", "addresses that are called", searches=len(calls), canaries=len(secrets), hits=len(hits))
    assert hits == []
