"""`doctor` names the cause of each trouble, says what to do, tells no secret, and is stopped by nothing it finds."""

import contextlib
import datetime
import json
import os
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from iprescribe_tui.cli.doctor import report
from iprescribe_tui.cli.doctor.backend_checks import clock
from iprescribe_tui.cli.doctor.decoding_checks import decoding
from iprescribe_tui.cli.doctor.findings import Check, Finding, Level, run_check
from iprescribe_tui.cli.doctor.proxy_checks import masked
from iprescribe_tui.cli.doctor.terminal_checks import behind, colors, kind, signals, size
from tests.cli.conftest import PROGRAM, Done, Program
from tests.client.faulty import SERVICE, answer
from tests.longer import few
from tests.terminal.terminal import Terminal, environment
from tests.terminal.tmux import Tmux

CANARY = "canary-7Q"
GOOD = answer(SERVICE)


@dataclass
class Server:
    """A socket that gives every caller the same bytes, whatever is asked."""

    url: str
    port: int


@contextlib.contextmanager
def serving(reply: bytes, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serves from a thread, over TLS where that is given, for as long as the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def serve(caller: socket.socket) -> None:
            with contextlib.suppress(OSError), caller:
                caller.settimeout(20)
                with tls.wrap_socket(caller, server_side=True) if tls else caller as talk:
                    if talk.recv(65536):
                        talk.sendall(reply)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, _ = listener.accept()
                    threading.Thread(target=serve, args=(caller,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield Server(f"{'https' if tls else 'http'}://localhost:{port}", port)
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def findings(done: Done, status: int) -> dict[str, dict[str, Any]]:
    """The findings of a report in JSON by area and name."""
    assert done.returncode == status, done.stdout.decode() + done.stderr.decode()
    assert done.stderr == b""
    document = json.loads(done.stdout)
    assert set(document) == {"version", "python", "platform", "textual", "level", "findings"}
    for finding in document["findings"]:
        assert list(finding) == ["area", "name", "level", "says", "advice"]
        assert finding["level"] == "ok" or finding["advice"], finding
    return {f"{finding['area']} {finding['name']}": finding for finding in document["findings"]}


def said(finding: dict[str, Any]) -> str:
    return f"{finding['level']}: {finding['says']} -> {finding['advice']}"


def test_where_all_is_well_it_says_so_and_starts_the_sandbox(program: Program) -> None:
    found = findings(program("doctor", "--json"), 0)
    assert {finding["area"] for finding in found.values()} == {
        *("terminal", "locale", "settings", "folders", "photos", "proxy", "keyring", "backend")
    }
    assert "In a process of its own, with limits" in found["photos decoding"]["says"]
    assert found["backend sandbox"]["level"] == "ok"
    assert "contract 1" in found["backend contract"]["says"]
    assert "not known" in found["terminal size"]["says"]
    assert found["terminal signals"]["level"] == "ok"


@pytest.mark.parametrize(
    ("held", "level", "says"),
    [
        (("landlock", "limits", "seccomp"), Level.OK, "no access to files (Landlock), no network"),
        (("limits",), Level.OK, "Not available on this system: no access to files (Landlock), no network"),
        ((), Level.FAILURE, "no photo can be sent from this machine"),
    ],
)
def test_what_holds_the_process_that_decodes_photos_is_told(held: tuple[str, ...], level: Level, says: str) -> None:
    finding = decoding(held)
    assert (finding.level, says in finding.says) == (level, True)
    assert bool(finding.advice) is (level is not Level.OK)


def test_it_is_read_on_80_columns(program: Program, tmp_path: Path) -> None:
    with serving(GOOD) as backend:
        done = program("--backend", backend.url, "--state-dir", str(tmp_path / ("long-name-" * 12)), "doctor")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line and not line.startswith(" ")][:4] == [
        *lines[:2],
        "Terminal",
        "Locale",
    ]
    marks = {line[2]: line[4:11].strip() for line in lines if line[:2] == "  " and line[2] in "✓!✗"}
    assert marks == {"✓": "ok", "!": "warning"}
    assert lines[-1] == "2 warnings."


# What keeps a terminal or a machine from working well.


def test_a_terminal_that_is_too_small_is_named(tmp_path: Path) -> None:
    with (
        serving(GOOD) as backend,
        Terminal([*PROGRAM, "--backend", backend.url, "doctor"], home=tmp_path, size=(70, 20)) as terminal,
    ):
        terminal.finish()
        text = terminal.raw.decode()
        assert "! warning size        70×20 is smaller than 80×24" in text
        assert "Make the window larger" in text
        assert max(map(len, text.splitlines())) <= 70


def test_an_ascii_locale_is_named_in_ascii(program: Program) -> None:
    with serving(GOOD) as backend:
        for env in ({"LC_ALL": "C"}, {"LC_ALL": "POSIX"}):
            done = program("--backend", backend.url, "doctor", env=env)
            assert done.stdout.isascii()
            text = b" ".join(done.stdout.split())
            assert b"! warning characters ASCII alone (L" in text
            assert b"C.UTF-8" in text
        found = findings(program("--backend", backend.url, "doctor", "--json", env={"LANG": "C"}), 0)
    assert "LANG=C says ASCII" in said(found["locale characters"])
    assert found["locale characters"]["level"] == "warning"


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
def test_what_tmux_keeps_to_itself_is_named(tmp_path: Path) -> None:
    with (
        serving(GOOD) as backend,
        Tmux([*PROGRAM, "--backend", backend.url, "doctor"], home=tmp_path) as tmux,
    ):
        assert tmux.finish() == 0
        text = " ".join(tmux.history.split())
    assert "The program runs in tmux 3" in text
    assert "set-clipboard is external" in text
    assert "tmux set -s set-clipboard on" in text


@pytest.mark.parametrize(
    ("finding", "level", "says"),
    [
        (size((80, 24)), Level.OK, "80×24"),
        (size((80, 23)), Level.WARNING, "scroll"),
        (size((0, 0)), Level.WARNING, "does not tell its size"),
        (kind("dumb"), Level.WARNING, "TERM=dumb"),
        (kind(""), Level.WARNING, "TERM is not set"),
        (kind("linux"), Level.OK, "TERM=linux"),
        (signals(heard=False), Level.FAILURE, "can't tell a program that its terminal was closed"),
        (colors({"TERM": "xterm", "COLORTERM": "truecolor"}), Level.OK, "16 million"),
        (colors({"TERM": "tmux-256color"}), Level.OK, "256"),
        (colors({"TERM": "linux"}), Level.OK, "16"),
        (colors({"TERM": "xterm-256color", "NO_COLOR": "1"}), Level.OK, "NO_COLOR"),
        (list(behind({"STY": "1"}))[2], Level.WARNING, "GNU screen"),
        (list(behind({"TERM_PROGRAM": "Apple_Terminal"}))[2], Level.WARNING, "takes no copies"),
        (list(behind({"TERM_PROGRAM": "WezTerm"}))[2], Level.OK, "takes copies"),
        (clock(None), Level.OK, "does not say"),
        (clock(-59), Level.OK, "agrees"),
        (clock(300), Level.WARNING, "5 minutes behind"),
        (clock(-86400), Level.WARNING, "24 hours ahead"),
    ],
)
def test_what_is_read_from_what_there_is(finding: Finding, level: Level, says: str) -> None:
    assert finding.level is level
    assert says in finding.says
    assert bool(finding.advice) is (level is not Level.OK)


# The keyring.


def test_no_keyring_is_named(program: Program) -> None:
    with serving(GOOD) as backend:
        found = findings(program("--backend", backend.url, "doctor", "--json"), 0)
    assert said(found["keyring keyring"]).startswith("warning: There is no keyring. There is no desktop session here")


@contextlib.contextmanager
def silent_bus(path: Path) -> Iterator[dict[str, str]]:
    """A session bus that lets everybody in and then says nothing more; the environment in which it is found."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def greet(caller: socket.socket) -> None:
            with contextlib.suppress(OSError), caller:
                while heard := caller.recv(4096):
                    if b"AUTH" in heard:
                        caller.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
                    elif b"NEGOTIATE_UNIX_FD" in heard:
                        caller.sendall(b"ERROR\r\n")

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, _ = listener.accept()
                    threading.Thread(target=greet, args=(caller,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={path}"}
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def test_a_keyring_that_hangs_is_named_within_its_time(program: Program, tmp_path: Path) -> None:
    with serving(GOOD) as backend, silent_bus(tmp_path / "bus") as env:
        began = time.monotonic()
        found = findings(program("--backend", backend.url, "doctor", "--json", env=env), 0)
        took = time.monotonic() - began
    assert "does not answer within 3 seconds" in said(found["keyring keyring"])
    assert "password" in found["keyring keyring"]["advice"]
    assert took < 20


IN_SESSION = """
import os, signal, subprocess, sys
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
bus = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")
doctor = [sys.executable, "-m", "iprescribe_tui", "--backend", sys.argv[1], "doctor", "--json"]
with open_dbus_connection() as connection:
    call = new_method_call(bus, "GetConnectionUnixProcessID", "s", ("org.freedesktop.secrets",))
    daemon = connection.send_and_get_reply(call).body[0]
subprocess.run(doctor)
os.kill(daemon, signal.SIGSTOP)
try:
    subprocess.run(doctor)
finally:
    os.kill(daemon, signal.SIGCONT)
"""


@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="gnome-keyring and dbus are not installed",
)
def test_a_real_secret_service_is_named_and_so_is_that_it_hangs(tmp_path: Path) -> None:
    unlock = "echo -n pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1"
    environ = environment(tmp_path) | {"XDG_RUNTIME_DIR": str(tmp_path)}
    with serving(GOOD) as backend:
        command = f"{unlock}; exec \"{sys.executable}\" -c '{IN_SESSION}' {backend.url}"
        session = ["dbus-run-session", "--", "sh", "-c", command]
        done = subprocess.run(session, env=environ, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    works, _, hangs = done.stdout.partition("\n}\n")
    keyrings = [
        next(finding for finding in json.loads(text)["findings"] if finding["area"] == "keyring")
        for text in (f"{works}\n}}", hangs)
    ]
    assert "It answers: Secret Service" in said(keyrings[0])
    assert "does not answer within 3 seconds" in said(keyrings[1])


# The backend.


def failing(program: Program, url: str, *flags: str, **env: str) -> dict[str, dict[str, Any]]:
    found = findings(program("--backend", url, *flags, "doctor", "--json", env=env), 1)
    failures = [finding for finding in found.values() if finding["level"] == "failure"]
    assert len(failures) == 1, "one cause is named, and nothing that follows from it"
    return found


def test_a_wrong_name_is_named(program: Program) -> None:
    found = failing(program, "https://registration.invalid")
    assert "DNS" in said(found["backend DNS"])
    assert "backend TCP" not in found


def test_a_port_at_which_nothing_listens_is_named(program: Program) -> None:
    with socket.socket() as taken_port:
        taken_port.bind(("127.0.0.1", 0))
        port = taken_port.getsockname()[1]
        found = failing(program, f"https://localhost:{port}")
    assert f"localhost:{port} refuses connections" in said(found["backend TCP"])


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def bundle(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


def certified(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def day(year: int) -> datetime.datetime:
    return datetime.datetime(year, 4, 30, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("name", "begins", "ends", "trusted", "says", "advice"),
    few(
        [
            ("localhost", 2019, 2020, True, "has expired, on April 30, 2020", "clock says"),
            ("localhost", 2060, 2061, True, "not valid yet; it is good until April 30, 2061", "clock says"),
            ("backend.example.com", 2020, 2060, True, "is for another name", "guest network"),
            ("localhost", 2020, 2060, False, "not trust|signed by itself", "--ca-bundle"),
        ],
        2,
    ),
    ids=["expired", "not yet valid", "another name", "unknown authority"],
)
def test_a_certificate_that_is_not_good_is_named(
    program: Program,
    authority: trustme.CA,
    bundle: str,
    name: str,
    begins: int,
    ends: int,
    trusted: bool,
    says: str,
    advice: str,
) -> None:
    tls = certified(authority.issue_cert(name, not_before=day(begins), not_after=day(ends)))
    with serving(GOOD, tls) as backend:
        found = failing(program, backend.url, *(("--ca-bundle", bundle) if trusted else ()))
    assert any(words in said(found["backend TLS"]) for words in says.split("|")), said(found["backend TLS"])
    assert advice in said(found["backend TLS"])


def test_a_certificate_that_is_good_is_shown_with_its_end(program: Program, authority: trustme.CA, bundle: str) -> None:
    tls = certified(authority.issue_cert("localhost", not_before=day(2020), not_after=day(2060)))
    with serving(answer(SERVICE, Date="Wed, 01 Jan 2020 00:00:00 GMT"), tls) as backend:
        found = findings(program("--backend", backend.url, "--ca-bundle", bundle, "doctor", "--json"), 0)
    assert found["backend TLS"]["level"] == "ok"
    assert "until April 30, 2060" in said(found["backend TLS"])
    assert "hours ahead of the backend's" in said(found["backend clock"])
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3)
    tls = certified(authority.issue_cert("localhost", not_before=day(2020), not_after=soon))
    with serving(GOOD, tls) as backend:
        found = findings(program("--backend", backend.url, "--ca-bundle", bundle, "doctor", "--json"), 0)
    assert found["backend TLS"]["level"] == "warning"


@pytest.mark.parametrize(
    ("reply", "says", "advice"),
    few(
        [
            (answer(b"<html>Sign in to the Wi-Fi</html>", media="text/html"), "a web page", "guest network"),
            (
                answer(b"", 302, Location=f"https://login.example.com/?{CANARY}"),
                "sends on to login.example.com",
                "guest",
            ),
            (answer({**SERVICE, "contract": 0}), "speaks contract 0, this program 1", "backend must be updated"),
            (answer({**SERVICE, "contract": 2}), "speaks contract 2, this program 1", "Update this program"),
            (answer({**SERVICE, "oldest_client": "99"}), "asks for version 99", "Update this program"),
            (answer(b"", 503, None), "HTTP 503", "Wait a minute"),
            (b"220 mail.example.com ESMTP\r\n\r\n", "does not speak HTTP", "address"),
            (answer(b"{"), "cannot be read", "people who run the backend"),
        ],
        2,
    ),
    ids=["captive portal", "redirect", "old contract", "new contract", "newer", "ill", "mail", "damaged"],
)
def test_an_answer_that_is_none_is_named(program: Program, reply: bytes, says: str, advice: str) -> None:
    with serving(reply) as backend:
        found = failing(program, backend.url)
    assert says in said(found["backend answer"])
    assert advice in said(found["backend answer"])
    assert CANARY not in json.dumps(found)


def test_a_sandbox_that_cannot_start_is_named(program: Program, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    done = program("--state-dir", str(tmp_path / "state"), "doctor", "--json")
    found = findings(done, 1)
    assert "is a file, not a folder" in said(found["folders state_dir"])
    assert found["backend sandbox"]["level"] == "failure"


# Settings, folders and proxies.


def test_settings_are_told_with_where_they_come_from(program: Program, tmp_path: Path) -> None:
    with serving(GOOD) as backend:
        config = tmp_path / "here.toml"
        config.write_text(f'backend = "{backend.url}"\n')
        env = {"IPRESCRIBE_TIMEOUT": "7"}
        found = findings(program("--config", str(config), "doctor", "--json", env=env), 0)
    assert found["settings config file"]["says"] == "~/here.toml"
    assert found["settings backend"]["says"] == f"{backend.url} (~/here.toml)"
    assert found["settings timeout"]["says"] == "7 seconds (IPRESCRIBE_TIMEOUT)"
    assert "(default)" in found["settings state_dir"]["says"]


def test_settings_that_cannot_be_used_are_a_finding_like_others(program: Program) -> None:
    found = findings(program("--backend", "http://example.com", "doctor", "--json"), 1)
    assert "plain http" in said(found["settings settings"])
    assert found["keyring keyring"]


def test_folders_that_others_may_read_are_named(program: Program, tmp_path: Path) -> None:
    state = tmp_path / "state"
    (state / "drafts" / "x").mkdir(parents=True, mode=0o700)
    (state / "drafts").chmod(0o700)
    (state / "drafts" / "x").chmod(0o700)
    (state / "drafts" / "x" / "npi.json").write_text("{}")
    (state / "drafts" / "x" / "npi.json").chmod(0o644)
    (state / "receipts").mkdir()
    (state / "receipts").chmod(0o755)
    state.chmod(0o777)
    with serving(GOOD) as backend:
        flags = ("--backend", backend.url, "--state-dir", str(state))
        found = findings(program(*flags, "doctor", "--json"), 1)
        assert found["folders state_dir"]["level"] == "failure"  # the program does not start
        assert "0777" in found["folders state_dir"]["says"]
        assert found["folders state_dir"]["advice"] == "chmod 700 ~/state"
        state.chmod(0o700)
        for name, shown, advice in (
            ("drafts", "npi.json can be read by others (0644)", "chmod -R go-rwx ~/state/drafts"),
            ("receipts", "0755", "chmod -R go-rwx ~/state/receipts"),
        ):
            found = findings(program(*flags, "doctor", "--json"), 0)
            assert found[f"folders {name}"]["level"] == "warning"
            assert shown in found[f"folders {name}"]["says"]
            assert found[f"folders {name}"]["advice"] == advice
            subprocess.run(["sh", "-c", advice], env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]}, check=True)
        found = findings(program(*flags, "doctor", "--json"), 0)
    assert {found[f"folders {name}"]["level"] for name in ("state_dir", "drafts", "receipts")} == {"ok"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("http://proxy.example.com:8080", "http://proxy.example.com:8080"),
        ("proxy.example.com:8080", "proxy.example.com:8080"),
        ("http://proxy.example.com/", "http://proxy.example.com"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        (f"http://user:{CANARY}@proxy.example.com:8080", "http://***@proxy.example.com:8080"),
        (f"user:{CANARY}@proxy.example.com:8080", "***@proxy.example.com:8080"),
        (f"http://{CANARY}@proxy.example.com", "http://***@proxy.example.com"),
        (f"http://user:p@{CANARY}@proxy.example.com", "http://***@proxy.example.com"),
        (f"http://proxy.example.com/?token={CANARY}", "http://proxy.example.com"),
        (f"http://user:p/{CANARY}@proxy.example.com", None),
        (f"http://user:p#{CANARY}@proxy.example.com", None),
        (f"http://user:{CANARY}", None),
        (f"http://user:{CANARY}://@proxy.example.com", None),
        (f"gopher://{CANARY}.example.com", None),
        (f"http://{CANARY} @proxy.example.com", "http://***@proxy.example.com"),
        ("", None),
    ],
)
def test_a_proxy_is_shown_without_its_password(value: str, shown: str | None) -> None:
    assert masked(value) == shown


def test_no_secret_is_in_any_report(program: Program, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'backend = "https://user:{CANARY}@registration.example.com/?{CANARY}"\n')
    with serving(GOOD) as proxy:
        env = {
            "HTTPS_PROXY": f"http://user:{CANARY}@127.0.0.1:{proxy.port}",
            "all_proxy": f"http://user:p/{CANARY}@127.0.0.1",
            "NO_PROXY": f"localhost,http://user:{CANARY}@example.org",
            "GITHUB_TOKEN": CANARY,
            "IPRESCRIBE_PASSWORD": CANARY,
            "AWS_SECRET_ACCESS_KEY": CANARY,
            "PYTHON_KEYRING_BACKEND": f"{CANARY}.Keyring",
        }
        bundle = tmp_path / "bundle.json"
        for flags in (
            ("--backend", "https://registration.example.com"),
            ("--backend", f"https://user:{CANARY}@registration.example.com"),
            ("--backend", f"https://registration.example.com/#{CANARY}"),
            ("--config", str(config)),
        ):
            for form in ((), ("--json",)):
                done = program(*flags, "doctor", *form, "--bundle", str(bundle), env=env)
                assert done.returncode == 1
                assert CANARY.encode() not in done.stdout + done.stderr + bundle.read_bytes()
                assert b"http://***@127.0.0.1" in done.stdout


def test_a_proxy_that_does_not_answer_is_named(program: Program) -> None:
    with socket.socket() as taken_port:
        taken_port.bind(("127.0.0.1", 0))
        port = taken_port.getsockname()[1]
        env = {"HTTPS_PROXY": f"http://user:{CANARY}@127.0.0.1:{port}"}
        found = failing(program, "https://registration.example.com", **env)
    assert "is reached by http://***@127.0.0.1" in said(found["proxy in use"])
    assert f"127.0.0.1:{port} refuses connections" in said(found["backend TCP"])
    assert "HTTPS_PROXY" in found["backend TCP"]["advice"]


@pytest.mark.parametrize(
    ("variable", "value", "culprit", "says"),
    [
        ("ALL_PROXY", f"gopher://{CANARY}", "ALL_PROXY", "not an address"),
        ("ALL_PROXY", "socks4://127.0.0.1:1080", "ALL_PROXY", "SOCKS4 is not supported"),
        ("https_proxy", "http://127.0.0.1:99999", "https_proxy", "not an address"),
    ],
)
def test_a_proxy_that_the_client_cannot_use_fails_here_too(
    program: Program, variable: str, value: str, culprit: str, says: str
) -> None:
    found = failing(program, "https://registration.example.com", **{variable: value})
    assert f"{culprit} cannot be used" in said(found["backend proxy"])
    assert says in said(found["backend proxy"])
    assert found[f"proxy {variable}"]["level"] == "warning"
    assert CANARY not in json.dumps(found)


def test_an_entry_of_no_proxy_that_names_no_host_is_counted_and_not_shown(program: Program) -> None:
    with serving(GOOD) as backend:
        env = {"NO_PROXY": f"fd00::/8,[::1],fd00::/200,u:{CANARY}@h", "HTTPS_PROXY": "socks5h://127.0.0.1:1"}
        found = findings(program("--backend", backend.url, "doctor", "--json", env=env), 0)
    assert "not for fd00::/8, [::1]; entries 3, 4 name no host" in said(found["proxy NO_PROXY"])
    assert found["proxy NO_PROXY"]["level"] == "warning"
    assert CANARY not in json.dumps(found)


# The report.


def test_the_bundle_holds_the_same_and_is_for_its_owner_alone(program: Program, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.json"
    bundle.write_text("x" * 100_000)
    bundle.chmod(0o644)
    with serving(GOOD) as backend:
        done = program("--backend", backend.url, "doctor", "--json", "--bundle", str(bundle))
    assert json.loads(bundle.read_bytes()) == json.loads(done.stdout)
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600


def test_a_bundle_that_cannot_be_written_is_refused(program: Program, tmp_path: Path) -> None:
    with serving(GOOD) as backend:
        done = program("--backend", backend.url, "doctor", "--bundle", str(tmp_path))
    assert done.returncode == 2
    assert b"cannot be written" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_check_that_breaks_or_hangs_stops_no_other() -> None:
    free = threading.Event()
    good = Finding("folders", "one", Level.OK, "fine\x1b[2J")

    def breaks() -> Iterator[Finding]:
        yield good
        raise ValueError(CANARY)

    def hangs() -> Iterator[Finding]:
        yield good
        free.wait()

    for check in (Check("folders", "two", breaks), Check("folders", "two", hangs, seconds=0.1)):
        first, second = run_check(check)
        assert first.says == r"fine\x1b[2J"
        assert (second.name, second.level) == ("two", Level.WARNING)
        assert CANARY not in repr(second)
    free.set()


def test_the_gravest_finding_is_the_reports_level() -> None:
    found = [Finding("a", "b", level, "c", "d") for level in (Level.WARNING, Level.FAILURE, Level.OK, Level.WARNING)]
    assert report.document(found)["level"] == "failure"
    assert report.summary(found) == "1 failure and 2 warnings."
    assert report.document([])["level"] == "ok"
    assert report.summary([]) == "Everything is as it should be."


def test_an_interrupt_ends_it_quietly(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Terminal([*PROGRAM, "--backend", url, "doctor"], home=tmp_path) as terminal:
            terminal.until("TCP")
            os.kill(terminal.pid, signal.SIGINT)
            assert terminal.finish() == 130
            assert "Traceback" not in terminal.text
