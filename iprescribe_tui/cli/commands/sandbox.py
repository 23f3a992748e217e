"""`iprescribe-tui sandbox`: run the sandbox backend by itself."""

import json
import os
import re
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from iprescribe_tui.cli.commands import Flags, UsageError, demand_own, settings_of
from iprescribe_tui.system.host_names import asked_address_6, asked_host
from iprescribe_tui.system.ownership import flaw_at
from iprescribe_tui.system.private_files import advice_for, cause_of
from iprescribe_tui.system.regular_files import opened

_KEY = re.compile(r"[A-Za-z0-9_+/=.-]{22,128}")
_LEAST_VARIED = 8
_LONGEST_KEY_FILE = 256


def arguments(parser: ArgumentParser) -> None:
    """Declare the address, the data, and the behavior."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    parser.add_argument("--port", type=port, default=8765, help="port to listen at, 0 for any (default: %(default)s)")
    parser.add_argument("--database", metavar="URL", help="SQLAlchemy URL (default: SQLite in the state folder)")
    parser.add_argument("--proofing", choices=("native", "hosted"), default="native", help="how identities are proven")
    parser.add_argument(
        "--smtp", type=mail_server, metavar="HOST:PORT", help="send its e-mails to this mail server too"
    )
    parser.add_argument(
        "--share",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="let phones reach their pages, and nothing else, at this machine's address in the local network",
    )
    parser.add_argument(
        "--public-url", type=public_url, metavar="URL", help="what a phone is told, where a proxy stands before it"
    )
    parser.add_argument(
        "--key-file",
        metavar="FILE",
        help="file with the key to its messages, 22 to 128 random characters: what was sent then outlives a restart",
    )
    parser.add_argument(
        "--tls-cert",
        metavar="FILE",
        help="speak TLS with the certificate in this PEM file, with those that vouch for it",
    )
    parser.add_argument("--tls-key", metavar="FILE", help="the certificate's private key, in PEM without a passphrase")
    parser.add_argument("--parent", action="store_true", help=SUPPRESS)


def port(text: str) -> int:
    """Return a TCP port. Raises `ArgumentTypeError`."""
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= 65535:
        raise ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return number


def mail_server(text: str) -> str:
    """Return a mail server as host and port, IPv6 addresses in brackets. Raises `ArgumentTypeError`."""
    host, _, number = text.rpartition(":")
    is_address_6 = host.startswith("[") and host.endswith("]")
    asked = asked_address_6(host[1:-1]) if is_address_6 else asked_host(host)
    if not asked or not re.fullmatch("[0-9]{1,5}", number) or not 0 < int(number) <= 65535:
        raise ArgumentTypeError(f"a mail server's name and port, such as mail.example.com:25, not {text!r}")
    return f"{asked}:{int(number)}"


def public_url(text: str) -> str:
    """Return a web address safe to show as a link, without a trailing slash. Raises `ArgumentTypeError`."""
    from iprescribe_tui.client.web_address import AddressRefused, check_address

    try:
        sound = check_address(text, local=True) == text
    except AddressRefused:
        sound = False
    if not sound or "?" in text or "#" in text:
        raise ArgumentTypeError(f"a URL such as https://sandbox.example.com, not {text!r}")
    return text.rstrip("/")


def run(options: Namespace, flags: Flags) -> int:
    """Serve until interrupted or, with --parent, until standard input ends. Raises `UsageError`."""
    from iprescribe_tui.sandbox.api.serve import ServeOptions, serve

    tls_files = _tls_files(options)
    state_dir = _state_dir(flags)
    sandbox_key = key_in(options.key_file) if options.key_file else ""
    try:
        demand_own(state_dir)
    except UsageError as refused:
        if options.parent:  # the parent may not see the log
            print(json.dumps({"failed": str(refused)}), flush=True)
        raise
    status = serve(
        ServeOptions(
            host=options.host,
            port=options.port,
            database=options.database,
            parent=options.parent,
            proofing=options.proofing,
            smtp=options.smtp,
            folder=state_dir / "sandbox",
            share=options.share,
            public_url=options.public_url or "",
            sandbox_key=sandbox_key,
            tls_files=tls_files,
        )
    )
    if options.parent:
        # Everything is closed and written; an orderly shutdown of the interpreter would only delay the parent's end.
        os._exit(status)
    return status


def key_in(file: str) -> str:
    """Return the key in `file`. Raises `UsageError` if it is not a strong one, or if others may read the file."""
    path = Path(file).expanduser()
    if flaw := flaw_at(path, "give another", is_private=True):
        raise UsageError(f"iprescribe-tui: --key-file: {flaw.refusal}")
    try:
        with opened(path) as opened_file:
            text = opened_file.read(_LONGEST_KEY_FILE)
    except OSError as failed:
        raise UsageError(f"iprescribe-tui: --key-file {path}: {cause_of(failed)}. {advice_for(failed)}.") from None
    if not _KEY.fullmatch(key := text.decode("ascii", "replace").strip()) or len(set(key)) < _LEAST_VARIED:
        reason = "is no key: it must hold 22 to 128 random letters and digits"
        make = f"Make one with: (umask 077; openssl rand -hex 24 > {path})"
        raise UsageError(f"iprescribe-tui: --key-file {path} {reason}. {make}")
    return key


def _tls_files(options: Namespace) -> tuple[Path, Path] | None:
    """Return the files of certificate and key, None without either. Raises `UsageError` if only one is named."""
    named = {"--tls-cert": options.tls_cert, "--tls-key": options.tls_key}
    missing = [flag for flag, path in named.items() if path is None]
    if len(missing) == 2:
        return None
    if missing:
        given = next(flag for flag in named if flag not in missing)
        raise UsageError(f"iprescribe-tui: {given} needs {missing[0]} too: a certificate and its key go together.")
    return Path(options.tls_cert).expanduser(), Path(options.tls_key).expanduser()


def _state_dir(flags: Flags) -> Path:
    """Return the state folder. Raises `UsageError`.

    As a child, the sandbox is given its folder, so that a config file that its parent does not use cannot stop it.
    """
    from iprescribe_tui.system.settings import SettingsError, path_of

    given = flags["state_dir"]
    if not given:
        return settings_of(flags).state_dir
    try:
        return path_of(given, "--state-dir")
    except SettingsError as error:
        raise UsageError(f"iprescribe-tui: {error}") from None
