"""Checks of the backend: name, port, certificate, answers, and clock; the first failure ends them."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from time import monotonic
from urllib.parse import urlsplit

from iprescribe_tui.cli.doctor.findings import Check, Finding, Level, run_check
from iprescribe_tui.cli.doctor.machine_checks import shown
from iprescribe_tui.cli.doctor.proxy_checks import masked
from iprescribe_tui.client import (
    BackendAddress,
    BackendError,
    BackendFailed,
    BackendTimeout,
    BackendUntrusted,
    NotOurBackend,
    TooManyRequests,
    UpdateNeeded,
)
from iprescribe_tui.flow.sandbox_process import STARTS_WITHIN, SandboxProcess
from iprescribe_tui.journey.service_document import CONTRACT, LISTS, ServiceDocument
from iprescribe_tui.system.host_names import is_loopback
from iprescribe_tui.system.settings import Settings
from iprescribe_tui.system.state_folder import flaw_of
from iprescribe_tui.system.wording import duration

AREA = "backend"

STAGE = 5.0
"""Seconds for a name, a connection, or a certificate."""

ANSWER = 10.0
"""Seconds for an answer."""

SLOW = 2.0
"""Seconds from which an answer gets a warning."""

SKEW = 60.0
"""Seconds that two clocks may differ: codes of authenticator apps change every 30 seconds."""

SOON = timedelta(days=14)
"""Remaining validity below which a certificate gets a warning."""

PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
"""Default ports by scheme."""

_GUEST = "On a guest network, open its sign-in page in a browser first."
_OPERATORS = "tell the people who run the backend"


def checks(settings: Settings) -> Iterator[Check]:
    """Yield the check of the backend in the settings, or of the built-in sandbox."""
    if settings.backend is None:
        yield Check(AREA, "sandbox", lambda: own_sandbox(settings), STARTS_WITHIN + 3 * ANSWER)
    else:
        url = settings.backend
        yield Check(AREA, "backend", lambda: remote(settings, url), 6 * STAGE + 3 * ANSWER)


def own_sandbox(settings: Settings) -> Iterator[Finding]:
    """Start the sandbox in the state folder, yield findings about it, and stop it again."""
    if flaw_of(settings.state_dir):
        message = f"It was not started, because of its state folder: {shown(settings.state_dir)}."
        yield Finding(AREA, "sandbox", Level.FAILURE, message, "See the folders above.")
        return
    process = SandboxProcess(settings.state_dir)
    began = monotonic()
    try:
        for finding in asked(settings, process):
            if finding.level is Level.OK and finding.name == "contract":
                yield Finding(AREA, "sandbox", Level.OK, f"It starts, in {monotonic() - began:.1f} seconds.")
            yield finding
    finally:
        process.stop()


class _There:
    """Backend whose address is known."""

    def __init__(self, url: str) -> None:
        self._address = BackendAddress(url)

    async def address(self) -> BackendAddress:
        """Return the address."""
        return self._address


def remote(settings: Settings, url: str) -> Iterator[Finding]:
    """Yield findings about each stage of the way to the backend, up to the first failure."""
    from iprescribe_tui.client.proxies import proxy_for

    try:
        proxy = proxy_for(url)
    except BackendError as error:
        advice = "Correct it, for example http://proxy.example.com:8080, or unset it."
        yield Finding(AREA, "proxy", Level.FAILURE, f"The proxy of {error.why}.", advice)
        return
    parts = urlsplit(proxy.url if proxy else url)
    host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    whose = proxy.source if proxy else "the backend's address"
    stages = [name(host, port, whose), connection(host, port, whose)]
    if proxy is None and parts.scheme == "https":
        stages.append(encryption(host, port, settings))
    for stage in stages:
        # Each stage has its own time limit: a resolver that hangs must not use up that of the report.
        for finding in run_check(stage):
            yield finding
            if finding.level is Level.FAILURE:
                return
    if proxy is not None:
        message = f"It is asked by {masked(proxy.url) or 'a proxy'}, which stands in for its name and certificate here."
        yield Finding(AREA, "proxy", Level.OK, message)
    yield from asked(settings, _There(url))


def name(host: str, port: int, whose: str) -> Check:
    """Return the check that the host's name resolves (DNS); `whose` says where the name was given."""

    def check() -> Iterator[Finding]:
        from iprescribe_tui.client.probe import addresses

        try:
            found = addresses(host, port)
        except socket.gaierror as error:
            waits = error.errno == socket.EAI_AGAIN
            message = "the name server (DNS) does not answer" if waits else f"no computer is called {host} (DNS)"
            network = "Check the network connection, and the VPN if there is one."
            advice = network if waits else f"Check the spelling in {whose}. {network}"
            yield Finding(AREA, "DNS", Level.FAILURE, f"{message[0].upper()}{message[1:]}.", advice)
        except (OSError, UnicodeError):
            yield Finding(AREA, "DNS", Level.FAILURE, f"{host} cannot be a name.", f"Check {whose}.")
        else:
            yield _led(host, found)

    return Check(AREA, "DNS", check, 2 * STAGE, Level.FAILURE)


def _led(host: str, found: tuple[str, ...]) -> Finding:
    """Return a finding about addresses: if they are this machine's own and the name is not, a filter has answered."""
    message = f"{host} is {', '.join(found[:3])}{' and more' if len(found) > 3 else ''}."
    astray = [where for where in found if (ip := ip_address(where.partition("%")[0])).is_loopback or ip.is_unspecified]
    if astray and not is_loopback(host):
        advice = "Look into the hosts file, and ask whether a filter of this network blocks the name."
        return Finding(AREA, "DNS", Level.WARNING, f"{message} That is this machine itself.", advice)
    return Finding(AREA, "DNS", Level.OK, message)


def connection(host: str, port: int, whose: str) -> Check:
    """Return the check that something listens on the port (TCP)."""

    def check() -> Iterator[Finding]:
        from iprescribe_tui.client.probe import connected

        shown = f"{host}:{port}"
        try:
            took = connected(host, port, STAGE)
        except ConnectionRefusedError:
            advice = f"Check the port in {whose}. If it is right, nothing runs there now: {_OPERATORS}."
            yield Finding(AREA, "TCP", Level.FAILURE, f"{shown} refuses connections.", advice)
        except TimeoutError:
            advice = "A firewall may swallow what is sent there. Ask whoever runs this network, or try another."
            message = f"{shown} does not take a connection within {STAGE:.0f} seconds."
            yield Finding(AREA, "TCP", Level.FAILURE, message, advice)
        except OSError as error:
            message = f"No connection to {shown} comes about ({error.strerror or type(error).__name__})."
            advice = "Check the network connection, and the VPN if there is one."
            yield Finding(AREA, "TCP", Level.FAILURE, message, advice)
        else:
            yield Finding(AREA, "TCP", Level.OK, f"{shown} takes connections, in {took * 1000:.0f} ms.")

    return Check(AREA, "TCP", check, 2 * STAGE, Level.FAILURE)


def encryption(host: str, port: int, settings: Settings) -> Check:
    """Return the check that the server's certificate is trusted, and for how long (TLS)."""

    def check() -> Iterator[Finding]:
        from iprescribe_tui.client.probe import certificate

        try:
            shown = certificate(host, port, settings, STAGE)
        except BackendError as error:
            yield Finding(AREA, "TLS", Level.FAILURE, f"{error.why}.", getattr(error, "do", error.advice))
            return
        except OSError:
            message = "The connection was lost before a certificate was shown."
            yield Finding(AREA, "TLS", Level.FAILURE, message, f"Check the address. {_GUEST}")
            return
        until = f"{shown.until:%B %d, %Y}" if shown.until else "a day that cannot be read"
        if shown.trouble:
            yield _untrusted(
                shown.trouble, shown.advice, until, "expired" in shown.trouble or "not valid yet" in shown.trouble
            )
            return
        by = f" from {shown.issuer}" if shown.issuer else ""
        if shown.until and shown.until - datetime.now(UTC) < SOON:
            advice = f"Ask the people who run the backend to renew it in time: {_OPERATORS}."
            yield Finding(AREA, "TLS", Level.WARNING, f"The certificate{by} is trusted, but ends on {until}.", advice)
        else:
            yield Finding(AREA, "TLS", Level.OK, f"The certificate{by} is trusted, until {until}.")

    return Check(AREA, "TLS", check, 3 * STAGE, Level.FAILURE)


def _untrusted(trouble: str, advice: str, until: str, by_date: bool) -> Finding:
    what = trouble.partition(" (")[0] if by_date else trouble
    for before, after in (("its certificate", "The certificate"), ("its authority", "The authority"), ("it ", "It ")):
        what = after + what.removeprefix(before) if what.startswith(before) else what
    if by_date:
        now = datetime.now().astimezone()
        message = f"{what}; it is good until {until}." if "yet" in trouble else f"{what}, on {until}."
        advice = f"This computer's clock says {now:%B %d, %Y, %H:%M %Z}. If that is right, {_OPERATORS}."
    else:
        message = f"{what}."
        advice = f"{_GUEST} {advice}".strip()
    return Finding(AREA, "TLS", Level.FAILURE, message, advice)


def asked(settings: Settings, backend: SandboxProcess | _There) -> Iterator[Finding]:
    """Yield findings about the service document: contract, lists, latency, and clock."""
    from iprescribe_tui.client.probe import hear

    try:
        heard = hear(settings, backend.address, STARTS_WITHIN + ANSWER if settings.backend is None else ANSWER)
    except BackendError as error:
        why = error.why or error.title
        message = f"{why[0].upper()}{why[1:]}".rstrip(".") + "."
        yield Finding(AREA, "sandbox" if settings.backend is None else "answer", Level.FAILURE, message, _advice(error))
        return
    service = heard.service
    proofing = (
        "proves identities itself" if service.identity_proofing == "native" else "has identities proven elsewhere"
    )
    message = f"{service.name} ({service.environment}) speaks contract {CONTRACT}, and {proofing}."
    yield Finding(AREA, "contract", Level.OK, message)
    yield lists(service)
    slow = heard.seconds > SLOW
    advice = "Every step takes that long; a wired network or another hour may be quicker." if slow else ""
    yield Finding(AREA, "latency", Level.WARNING if slow else Level.OK, f"{heard.seconds * 1000:.0f} ms", advice)
    if settings.backend is not None:
        yield clock(heard.ahead)


def lists(service: ServiceDocument) -> Finding:
    """Return a finding about the lists to choose from: each must be there and not empty."""
    lacking = [f'"{each}"' for each in LISTS if not service.lists.get(each)]
    if not lacking:
        return Finding(AREA, "lists", Level.OK, "The backend has all lists to choose from.")
    message = f"Missing or empty: {', '.join(lacking)}. Steps that need such a list can't be answered."
    advice = f'A backend must have these (openapi.json, "ServiceDocument", "lists"): {_OPERATORS}.'
    return Finding(AREA, "lists", Level.FAILURE, message, advice)


def clock(ahead: float | None) -> Finding:
    """Return a finding about the clocks of this computer and the backend; `ahead` is in seconds."""
    if ahead is None:
        return Finding(AREA, "clock", Level.OK, "The backend does not say what time it is.")
    if abs(ahead) <= SKEW:
        return Finding(AREA, "clock", Level.OK, "This computer's clock agrees with the backend's.")
    message = f"This computer's clock is {duration(abs(ahead))} {'behind' if ahead > 0 else 'ahead of'} the backend's."
    advice = "Set this computer's clock. While it is wrong, codes and certificates may be refused."
    return Finding(AREA, "clock", Level.WARNING, message, advice)


def _advice(error: BackendError) -> str:
    """Return the advice about a failed request."""
    match error:
        case NotOurBackend():
            return f"{_GUEST} Otherwise check the backend's address."
        case UpdateNeeded(which="backend"):
            return f"The backend must be updated: {_OPERATORS}."
        case UpdateNeeded():
            return "Update this program."
        case BackendUntrusted():
            return f"Check the backend's address, and ca_bundle. {_GUEST}"
        case BackendFailed() | TooManyRequests() | BackendTimeout():
            return f"Wait a minute, then run the doctor again; if it stays so, {_OPERATORS}."
        case _:
            return error.advice
