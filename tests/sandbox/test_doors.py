"""Who is not let in: other users of this host, guessers who spread their tries, and those who only want to know."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from argon2 import PasswordHasher, extract_parameters

from iprescribe_tui.flow.drafts import Drafts
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.personas import SEED_ACCOUNTS, SEED_IDME
from iprescribe_tui.sandbox.domain.registry import PERSONA_NPIS
from tests.backend import KEY, PASSWORD, SSN, Json, RunningSandbox, TestClock, Walk, running
from tests.sandbox.test_serve import command, started
from tests.tally import Tally

WRONG = "violet lantern over noisy harbor"

needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("setpriv"), reason="not root, or no setpriv"
)


# Where it can be reached.


def answers_at(host: str, url: str) -> bool:
    """Whether anything listens at `host` and the port of `url`."""
    try:
        socket.create_connection((host, urlsplit(url).port or 0), timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("told", "elsewhere"), [((), False), pytest.param(("--host", "0.0.0.0"), True, marks=pytest.mark.matrix)]
)
def test_it_listens_on_loopback_unless_it_is_told(tmp_path: Path, told: tuple[str, ...], elsewhere: bool) -> None:
    """127.0.0.2 stands for every other address of this machine: who listens at one address does not answer there."""
    with started(tmp_path, *told) as (_, said):
        assert answers_at("127.0.0.1", said["url"])
        assert answers_at("127.0.0.2", said["url"]) is elsewhere


# Other users of this host.


def as_nobody(script: str, paths: list[Path]) -> list[str]:
    """What a shell script prints as another user, who gets paths as its lines."""
    nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    lines = "".join(f"{path}\n" for path in paths)
    done = subprocess.run([*nobody, "/bin/sh", "-c", script], input=lines, capture_output=True, text=True, cwd="/")
    return done.stdout.splitlines()


READ = 'while read -r f; do { cat "$f" || ls "$f/"; } >/dev/null 2>&1 && echo "$f"; done'
WRITE = (
    'while read -r f; do { echo x >>"$f" || mkdir "$f/planted" || mv "$f" "$f.gone"; } 2>/dev/null && echo "$f"; done'
)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter and read, as a home often is."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own folders let nobody in
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@needs_root
@pytest.mark.parametrize("made_before", [pytest.param(False, marks=pytest.mark.matrix), True])
def test_other_users_read_and_change_nothing(made_before: bool, tally: Tally) -> None:
    previous = os.umask(0)
    try:
        with open_folder() as home:
            state = home / "state"
            if made_before:  # by hand, by somebody who thought nothing of it
                for folder in (state, state / "sandbox", state / "drafts"):
                    folder.mkdir(mode=0o755)
            Drafts(state, "sandbox").save("r1", Step.PERSONAL, {"email": "amelia@example.com"})
            with started(state) as (child, said):
                process = Path(f"/proc/{child.pid}")
                with httpx.Client(base_url=said["url"], trust_env=False, timeout=60) as http:
                    sandbox = RunningSandbox(said["url"], said["key"], TestClock(), state, None, http)  # type: ignore[arg-type]  # nobody looks behind its HTTP
                    walk = sandbox.registration_at(Step.SELFIE)
                    walk.evidence("photo")
                paths = sorted(path for path in state.rglob("*"))
                names = {path.name for path in paths}
                assert {"sandbox.db", "server.key", "evidence", "personal.json", "samples"} <= names, names
                opened = as_nobody(READ, [*paths, process / "environ", process / "fd" / "1", process / "mem"])
                changed = as_nobody(WRITE, [*paths, state / "sandbox"])
                told = (process / "cmdline").read_bytes()
        assert opened == []
        assert changed == []
        assert said["key"].encode() not in told
        assert as_nobody(READ, [Path("/etc/passwd")]) == ["/etc/passwd"], "nobody reads nothing at all"
    finally:
        os.umask(previous)
    tally("doors", "files that another user opens or changes", tried=2 * len(paths), let_in=len(opened + changed))


CALLS: list[tuple[str, str, Json]] = [
    ("GET", "", {}),
    ("POST", "/back", {}),
    ("POST", "/steps/practice", {}),
    ("POST", "/steps/mfa_code/resend", {}),
    ("POST", "/handoffs", {}),
    ("PUT", "/evidence/front", {}),
]


def test_nobody_acts_on_anothers_registration_or_learns_of_it(sandbox: RunningSandbox, tally: Tally) -> None:
    mine, theirs = sandbox.registration_at(Step.PRACTICE), sandbox.start(PERSONA_NPIS["happy_two"])
    before = mine.look()
    for method, path, body in CALLS:
        for token in ("", "made-up", theirs.access, theirs.refresh, mine.refresh, KEY):
            headers = {"If-Match": f'"{before["revision"]}"'}
            answers = [
                sandbox.call(method, f"/v1/registrations/{ident}{path}", token=token, headers=headers, json=body)
                for ident in (mine.id, "0" * 32)
            ]
            assert answers[0].status_code in (401, 404), (method, path)
            assert answers[0].content == answers[1].content
            assert dict(answers[0].headers) | {"date": ""} == dict(answers[1].headers) | {"date": ""}
            tally("doors", "calls on somebody else's registration", tried=1, let_in=0)
    assert mine.look() == before


@pytest.mark.matrix
def test_the_key_is_another_each_time_and_lies_nowhere(tmp_path: Path) -> None:
    keys = set()
    for _ in range(2):
        with started(tmp_path) as (child, said):
            keys.add(said["key"])
            process = Path(f"/proc/{child.pid}")
            if process.exists():
                assert (
                    said["key"].encode() not in (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
                )
            for file in (path for path in tmp_path.rglob("*") if path.is_file()):
                assert said["key"].encode() not in file.read_bytes(), file
    assert len(keys) == 2
    assert min(map(len, keys)) >= 32


@pytest.mark.matrix
@pytest.mark.parametrize("page", ["/outbox", "/personas"])
def test_the_pages_are_opened_by_the_key_as_it_was_printed_alone(sandbox: RunningSandbox, page: str) -> None:
    sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    shut = sandbox.http.get(page)
    assert "Sandbox key" in shut.text
    other = PERSONA_NPIS["happy_two"]
    theirs = sandbox.start(other).access
    cookie, _, opening = cookie_for(sandbox, page).partition("=")
    for way in (
        {"params": {"key": KEY}},
        {"headers": {"Sandbox-Key": KEY}},
        {"headers": {"Authorization": f"Bearer {KEY}"}},
        {"headers": {"Authorization": f"Bearer {theirs}"}},
        *({"cookies": {name: value}} for name in ("sandbox", cookie) for value in (KEY, KEY[:-1], "", opening[:-1])),
    ):
        assert httpx.get(f"{sandbox.url}{page}", trust_env=False, timeout=60, **way).text == shut.text  # type: ignore[arg-type]
    opened = httpx.get(f"{sandbox.url}{page}", trust_env=False, timeout=60, cookies={cookie: opening})
    assert opened.text != shut.text


def cookie_for(sandbox: RunningSandbox, page: str) -> str:
    """What a browser keeps of the key, as name=value."""
    answer = httpx.post(f"{sandbox.url}{page}", data={"key": KEY}, trust_env=False, timeout=60)
    return answer.headers["Set-Cookie"].partition(";")[0]


@pytest.mark.parametrize("page", ["/outbox", "/personas"])
def test_the_cookie_is_not_the_key(sandbox: RunningSandbox, page: str) -> None:
    """Cookies know no ports: whatever else listens at this host is sent it."""
    kept = cookie_for(sandbox, page)
    assert KEY not in kept
    name, _, value = kept.partition("=")
    for headers in ({"Sandbox-Key": value}, {"Sandbox-Key": kept}, {"Cookie": kept}):
        assert httpx.get(f"{sandbox.url}/v1/sandbox/outbox", headers=headers, trust_env=False).status_code == 403
    with running(sandbox.folder) as other:
        assert not cookie_for(other, page).startswith(f"{name}=")


# By which name.


def raw(url: str, *lines: str) -> int:
    """The status that a request with these header lines gets."""
    with socket.create_connection((urlsplit(url).hostname, urlsplit(url).port or 0), timeout=20) as one:
        one.sendall("\r\n".join((*lines, "Connection: close", "", "")).encode())
        return int(one.makefile("rb").readline().split()[1])


REBOUND = (
    "evil.example.com",
    "evil.example.com:{port}",
    "127.0.0.1.evil.example.com",
    "127.0.0.1:{port}.evil.example.com",
    "localhost.evil.example.com:{port}",
    "evil-localhost",
    "evil.example.com@127.0.0.1:{port}",
    "127.0.0.1@evil.example.com",
    "127.0.0.1, evil.example.com",
    "[127.0.0.1]evil.example.com",
    "[::1]evil",
    "192.0.2.7:{port}",
    "0177.0.0.1",
    "2130706433",
    "0x7f.0.0.1",
    "127.000.000.001",
    "127.1",
    "0.0.0.0:{port}",
    "localhost..",
    "localhost\tevil",
    "localhost evil",
    "localhost/evil",
    "localhost#evil.example.com",
    "user:word@localhost",
    "localhost:abc",
    "localhost:80:80",
    "evil.localhost",
    "localhost%2eevil",
    "loca\u217cost",
    "127\u30020\u30020\u30021",
    "[::1%25lo]",
    "[::1%lo]",
    "[::127.0.0.1]",
    "[::1",
    "localhost\x00",
    "localhost\r\n evil.example.com",
    "localhost\r\nHost: evil.example.com",
    "localhost\r\nHost: localhost",
    "evil.example.com\r\nX-Forwarded-Host: localhost\r\nForwarded: host=localhost",
    "",
)
OWN = (
    "127.0.0.1:{port}",
    "127.0.0.1",
    "localhost:{port}",
    "LocalHost",
    "localhost.:9000",
    "[::ffff:127.0.0.1]:{port}",
    "localhost\r\nX-Forwarded-Host: evil.example.com\r\nForwarded: host=evil.example.com",
)


@pytest.mark.parametrize("path", ["/v1/service", "/outbox", "/p/ABC", "/nowhere"])
def test_a_request_under_a_strange_name_is_refused(sandbox: RunningSandbox, path: str, tally: Tally) -> None:
    port = urlsplit(sandbox.url).port
    for host in REBOUND:
        answer = raw(sandbox.url, f"GET {path} HTTP/1.1", f"Host: {host.format(port=port)}")
        assert answer in (400, 421), host
    assert raw(sandbox.url, f"GET {path} HTTP/1.0") == 421
    tally("doors", "requests under a strange name", tried=len(REBOUND) + 1, let_in=0)


def test_a_request_under_its_own_names_is_answered(sandbox: RunningSandbox) -> None:
    for host in OWN:
        named = host.format(port=urlsplit(sandbox.url).port)
        assert raw(sandbox.url, "GET /v1/service HTTP/1.1", f"Host: {named}") == 200, named


# From which page.


ELSEWHERE: dict[str, dict[str, str]] = {
    "a form of another site": {"Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"},
    "an older browser": {"Origin": "https://evil.example.com"},
    "a name that begins alike": {"Origin": "{own}.evil.example.com"},
    "user information": {"Origin": "{own}@evil.example.com"},
    "another port of this host": {"Origin": "http://127.0.0.1:9", "Sec-Fetch-Site": "same-site"},
    "the other name of this host": {"Origin": "http://localhost:{port}", "Sec-Fetch-Site": "cross-site"},
    "a frame without an origin": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "no origin but the fetch's": {"Sec-Fetch-Site": "cross-site"},
    "another site of the same domain": {"Origin": "{own}", "Sec-Fetch-Site": "same-site"},
    "an origin that cannot be read": {"Origin": "http://[evil"},
    "a file": {"Origin": "file://"},
    "an extension": {"Origin": "moz-extension://127.0.0.1"},
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_a_page_of_another_site_changes_nothing(sandbox: RunningSandbox, what: str) -> None:
    filled = {"own": sandbox.url, "port": urlsplit(sandbox.url).port}
    given = {name: value.format(**filled) for name, value in ELSEWHERE[what].items()}
    walk = sandbox.registration_at(Step.EMAIL_CONFIRMATION)
    link = re.findall(r"/l/[\w-]+", str(sandbox.newest(walk.email)))
    before = walk.look()
    for path in (*link, "/v1/registrations", "/v1/sessions", "/v1/support-requests", "/outbox", "/h/made-up"):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json"):
            headers = {**given, "Content-Type": kind, "Idempotency-Key": "a"}
            answer = sandbox.http.post(path, content=b'{"npi": "1000000012"}', headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "cross_site"), (path, kind)
    assert walk.look() == before
    asked = sandbox.http.options("/v1/registrations", headers={**given, "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 405
    for name in (*asked.headers, *sandbox.http.get("/v1/service", headers=given).headers):
        assert not name.lower().startswith("access-control-")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Origin": "{own}", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null"},
        {"Origin": "{own}"},
        {"Origin": "http://localhost:9000", "Host": "localhost:9000"},
        {"Origin": "http://localhost:80", "Host": "LocalHost"},
        {"Origin": "https://tunnel.example.com", "Sec-Fetch-Site": "same-origin"},
        {"Referer": "https://evil.example.com"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_its_own_pages_and_programs_are_heard(sandbox: RunningSandbox, given: dict[str, str]) -> None:
    headers = {name: value.format(own=sandbox.url) for name, value in given.items()}
    assert sandbox.http.post("/outbox", data={"key": KEY}, headers=headers).status_code == 303


def test_the_pages_of_a_proxy_are_its_own(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox", phone_url="https://Sandbox.Example.com:443/at/home") as sandbox:
        for origin, status in {"https://sandbox.example.com": 303, "https://example.com": 403}.items():
            answer = sandbox.http.post("/outbox", data={"key": KEY}, headers={"Origin": origin})
            assert answer.status_code == status, origin


def test_the_name_that_a_proxy_has_is_told_with_public_url(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox", phone_url="https://Sandbox.Example.com/at/home") as sandbox:
        for host, status in {"sandbox.example.com": 200, "sandbox.example.com:443": 200, "example.com": 421}.items():
            assert raw(sandbox.url, "GET /v1/service HTTP/1.1", f"Host: {host}") == status, host


# Guessers.


@contextmanager
def two_processes(folder: Path, database: str | None) -> Iterator[tuple[RunningSandbox, RunningSandbox]]:
    """The sandbox twice, on one database and one clock."""
    clock = TestClock()
    with ExitStack() as stack:
        one, other = (stack.enter_context(running(folder, clock=clock, database=database)) for _ in range(2))
        yield one, other


@pytest.fixture
def pair(tmp_path: Path, database: str | None) -> Iterator[tuple[RunningSandbox, RunningSandbox]]:
    with two_processes(tmp_path / "sandbox", database) as both:
        yield both


Pair = tuple[RunningSandbox, RunningSandbox]


def sign_in(sandbox: RunningSandbox, username: str, password: str) -> httpx.Response:
    return sandbox.call("POST", "/v1/sessions", json={"username": username, "password": password})


@pytest.mark.parametrize("known", [True, pytest.param(False, marks=pytest.mark.matrix)])
def test_three_wrong_passwords_are_three_wherever_they_are_tried(pair: Pair, known: bool, tally: Tally) -> None:
    walk = pair[0].registration_at(Step.PERSONAL)
    username = walk.user if known else "nobody.of.this.name"
    with ThreadPoolExecutor(8) as many:
        tries = [many.submit(sign_in, pair[number % 2], username, f"{WRONG} {number}") for number in range(12)]
        statuses = sorted(each.result().status_code for each in tries)
    assert statuses == [401] * 2 + [429] * 10
    for sandbox in pair:
        assert sign_in(sandbox, username, PASSWORD).status_code == 429
    pair[0].clock.advance(minutes=5)
    assert sign_in(pair[1], username, PASSWORD).status_code == (200 if known else 401)
    tally("doors", "wrong passwords at two processes at once", tried=12, let_in=0)


def elsewhere(walk: Walk, sandbox: RunningSandbox) -> Walk:
    """The same registration in the hands of somebody at another process, who signed in there."""
    session = sign_in(sandbox, walk.user, PASSWORD)
    assert session.status_code == 200, session.text
    return Walk(sandbox, walk.npi, phone=walk.phone, name=walk.name).entered(session.json())


def wrong_code(walk: Walk) -> str:
    return f"{(int(walk.code()) + 1) % 1_000_000:06d}"


@pytest.mark.matrix
@pytest.mark.parametrize("step", [Step.EMAIL_CONFIRMATION, Step.MFA_CODE])
def test_ten_wrong_codes_are_ten_wherever_they_are_tried(pair: Pair, step: Step, tally: Tally) -> None:
    """Through new sessions, at two processes, for a new account, and for a new registration."""
    walk = pair[0].registration_at(step)
    for number in range(4):
        walk = elsewhere(walk, pair[number % 2])
        assert walk.answer(step, code=wrong_code(walk)).json()["code"] == "code_wrong"
    assert walk.back(Step.NPI).status_code == 200
    pair[0].clock.advance(seconds=15)
    walk.to(step)
    for left in (5, 4, 3):
        assert walk.answer(step, code=wrong_code(walk)).json()["tries_left"] == left
    same = {"email": walk.email} if step is Step.EMAIL_CONFIRMATION else {}
    pair[0].clock.advance(seconds=15)
    other = pair[1].start(PERSONA_NPIS["happy_two"], phone=walk.phone)
    sign_up = other.plain_answers(Step.IDME_SIGN_UP)
    other.answers = {Step.IDME_SIGN_UP: sign_up | same}
    other.to(step)
    for left in (2, 1):
        assert other.answer(step, code=wrong_code(other)).json()["tries_left"] == left
    refused = other.answer(step, code=wrong_code(other))
    assert (refused.status_code, refused.json()["code"]) == (429, "locked")
    assert other.answer(step, code=other.code()).status_code == 429
    assert walk.answer(step, code=walk.code()).status_code == 429
    tally("doors", f"wrong codes ({step}), spread", tried=10, let_in=0)


@pytest.mark.matrix
def test_ten_wrong_numbers_are_ten_wherever_they_are_tried(pair: Pair, tally: Tally) -> None:
    walk = pair[0].registration_at(Step.SSN, "ssn_locked")
    for left in range(9, 0, -1):
        walk = elsewhere(walk, pair[left % 2])
        assert walk.answer(Step.SSN, ssn=SSN).json()["tries_left"] == left
    assert walk.answer(Step.SSN, ssn=SSN).status_code == 429
    assert elsewhere(walk, pair[0]).view["kind"] == "locked"
    tally("doors", "wrong SSNs, spread", tried=10, let_in=0)


@pytest.mark.matrix
def test_messages_to_one_number_are_counted_wherever_they_are_asked_for(pair: Pair, tally: Tally) -> None:
    walk = pair[0].registration_at(Step.MFA_CODE)
    for number in range(10):
        pair[0].clock.advance(seconds=10)
        walk = elsewhere(walk, pair[number % 2])
        assert walk.resend(Step.MFA_CODE).status_code == 200
    pair[0].clock.advance(seconds=10)
    for sandbox in pair:
        assert elsewhere(walk, sandbox).resend(Step.MFA_CODE).status_code == 429
    other = pair[1].registration_at(Step.MFA_CODE, "happy_two", phone=walk.phone)
    assert "Nothing was sent" in other.view["notices"][0]["text"]
    tally("doors", "messages to one number, spread", tried=13, let_in=0)


@pytest.mark.matrix
def test_a_process_with_another_key_does_not_share_the_database(tmp_path: Path) -> None:
    """It could check no code of the other, and would count the same tries by another name."""
    database = f"sqlite:///{tmp_path / 'shared.db'}"
    with started(tmp_path / "one", "--database", database):
        again = [*command(tmp_path / "other"), "--database", database]
        done = subprocess.run(again, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "its database was begun with another key" in done.stderr
    assert "--state-dir" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.matrix
def test_limits_hold_at_two_real_processes(tmp_path: Path, tally: Tally) -> None:
    with started(tmp_path) as (_, one), started(tmp_path) as (_, other):
        urls = [said["url"] for said in (one, other)]

        def attempt(number: int) -> int:
            headers = {"Idempotency-Key": f"attempt-{number}"}
            body = {"username": "amelia.h", "password": f"{WRONG} {number}"}
            address = f"{urls[number % 2]}/v1/sessions"
            return httpx.post(address, json=body, headers=headers, trust_env=False, timeout=60).status_code

        with ThreadPoolExecutor(8) as many:
            statuses = sorted(many.map(attempt, range(16)))
    assert statuses == [401] * 2 + [429] * 14
    tally("doors", "wrong passwords at two processes at once", tried=16, let_in=0)


# Those who only want to know.


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch, dear_passwords: None) -> list[int]:
    """What each comparison of a password has cost, in KiB filled."""
    noted: list[int] = []
    verify = PasswordHasher.verify

    def noting(self: PasswordHasher, hashed: str, password: bytes) -> bool:
        used = extract_parameters(hashed)
        noted.append(used.time_cost * used.memory_cost)
        return verify(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", noting)
    return noted


DEAR = 3 * 64 * 1024
SEEDED = SEED_ACCOUNTS[0].username


def test_a_sign_in_tells_nobody_which_usernames_there_are(
    sandbox: RunningSandbox, costs: list[int], tally: Tally
) -> None:
    walk = sandbox.registration_at(Step.PRACTICE)
    told: list[list[tuple[int, bytes, Json]]] = []
    for username in ("nobody.of.this.name", walk.user, SEEDED):
        told.append([])
        for _ in range(4):
            costs.clear()
            answer = sign_in(sandbox, username, WRONG)
            spent = sum(cost for cost in costs if cost >= DEAR)
            headers = {name: value for name, value in answer.headers.items() if name != "date"}
            told[-1].append((spent, answer.content, headers))
        tally("doors", "usernames that answers or their cost tell", tried=4, let_in=0)
    assert [spent for spent, _, _ in told[0]] == [DEAR, DEAR, DEAR, 0]
    assert told[0] == told[1] == told[2]


@pytest.mark.matrix
def test_signing_in_to_idme_tells_nobody_which_accounts_there_are(
    sandbox: RunningSandbox, costs: list[int], tally: Tally
) -> None:
    done = sandbox.registration_at(Step.DOCUMENT, "happy_two")
    walk = sandbox.registration_at(Step.IDME_SIGN_IN, account="existing")
    told: list[list[tuple[int, bytes]]] = []
    for email in ("nobody@example.com", done.email, SEED_IDME[0].email):
        told.append([])
        for _ in range(2):
            costs.clear()
            answer = walk.answer(Step.IDME_SIGN_IN, email=email, password=WRONG)
            spent = sum(cost for cost in costs if cost >= DEAR)
            told[-1].append((spent, re.sub(rb'"revision":\d+', b"", answer.content)))
        tally("doors", "e-mails that answers or their cost tell", tried=2, let_in=0)
    assert [spent for spent, _ in told[0]] == [DEAR, DEAR]
    assert told[0] == told[1] == told[2]


@pytest.mark.matrix
def test_support_tells_nobody_whose_address_it_knows(sandbox: RunningSandbox) -> None:
    known = sandbox.registration_at(Step.PRACTICE).email
    answers = [
        sandbox.call("POST", "/v1/support-requests", json={"category": "other", "message": "Help!", "contact": contact})
        for contact in (known, "nobody@example.com")
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [len(answer.content) for answer in answers] == [len(answers[0].content)] * 2
