"""Built-in sandbox backend: a child process that ends with this one, however it ends."""

import asyncio
import concurrent.futures
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from iprescribe_tui.client import BackendAddress, BackendError
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.system.host_names import is_loopback
from iprescribe_tui.system.private_files import advice_for, cause_of, make_private
from iprescribe_tui.system.regular_files import opened

STARTS_WITHIN = 20.0
"""Seconds for the sandbox to report its address."""

ENDS_WITHIN = 0.5
"""Seconds for it to end after its standard input is closed."""

_LARGEST_LOG = 256 * 1024
_LONGEST_LINE = 4096


class SandboxDied(BackendError):
    """End of the sandbox, or failure to start; `why` is a sentence, `log` a file that may have more, or None."""

    title: ClassVar[str] = "The sandbox could not be started"

    def __init__(self, why: str, log: Path | None) -> None:
        more = f" More may be in {log}." if log else ""
        super().__init__(f"{why} Nothing that you typed is lost. Retry starts it again.{more}", why)


class SandboxProcess:
    """Process `iprescribe-tui sandbox` on its own loopback port; its data stays in `state_dir` between runs."""

    def __init__(
        self, state_dir: Path, *, command: Sequence[str] | None = None, starts_within: float = STARTS_WITHIN
    ) -> None:
        self._log = state_dir / "sandbox.log"
        self._command = command or [
            *(sys.executable, "-P", "-m", "iprescribe_tui", "--state-dir", str(state_dir)),
            *("sandbox", "--port", "0", "--parent"),
        ]
        self._starts_within = starts_within
        self._child: _Child | None = None

    def start(self) -> None:
        """Start the child in a thread, and return at once."""
        self.stop()
        self._child = _Child(self._command, self._log)

    def notice(self) -> str | None:
        """Return the sandbox's notice about its last start, None if there is none, or none yet."""
        done = self._child is not None and self._child.address.done()
        address = self._child.address.result() if self._child and done else None
        return (address.notice if address else "") or None

    async def address(self) -> BackendAddress:
        """Return the sandbox's address, after a restart if it has ended. Raises `SandboxDied`."""
        if self._child is None or self._child.has_ended():
            self.start()
        child = self._child
        assert child is not None  # noqa: S101 - start has just made it
        try:
            # Not wait_for: in Python 3.11 it loses a cancellation that coincides with the result.
            async with asyncio.timeout(self._starts_within):
                address = await asyncio.wrap_future(child.address)
        except TimeoutError:
            why = f"It did not come up within {self._starts_within:.0f} seconds."
        else:
            if address is not None:
                return address
            why = child.failure or f"It ended at once. {child.last_words()}".strip()
        child.end()
        raise SandboxDied(why, self._log if child.has_logged(or_may_have=not child.failure) else None)

    def stop(self) -> None:
        """End the child; takes at most about half a second."""
        if self._child is not None:
            self._child.end()


class _Child:
    """One run of the sandbox. `address` resolves to its address, or to None if it ended before reporting one.

    `failure` is then a sentence that says why, "" if that is unknown.
    """

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self.address: concurrent.futures.Future[BackendAddress | None] = concurrent.futures.Future()
        self.address.set_running_or_notify_cancel()  # one waiter's cancellation must not affect the others
        self._command = command
        self._log = log
        self._log_begins = 0
        self.failure = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = True
        self._starting = threading.Lock()
        threading.Thread(target=self._run, name="sandbox", daemon=True).start()

    def has_ended(self) -> bool:
        """Return whether this run is over or has failed."""
        if not self.address.done():
            return False
        return self.address.result() is None or self._process is None or self._process.poll() is not None

    def end(self) -> None:
        """Close its standard input, which ends it; kill it if it does not end within `ENDS_WITHIN`."""
        with self._starting:
            self._wanted = False
            process = self._process
        if process is None:
            return
        with contextlib.suppress(OSError):
            if process.stdin:
                process.stdin.close()
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def last_words(self) -> str:
        """Return the last line that this run wrote to the log, in quotes, or ""."""
        try:
            with opened(self._log) as log:
                log.seek(max(self._log_begins, self._log.stat().st_size - _LONGEST_LINE))
                lines = log.read().decode("utf-8", "replace").split("\n")
        except OSError:
            return ""
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f'It wrote: "{plain(last)[:200]}".' if last else ""

    def has_logged(self, *, or_may_have: bool) -> bool:
        """Return whether this run wrote to the log or, with `or_may_have`, whether there is a log."""
        try:
            return self._log.stat().st_size > self._log_begins or or_may_have
        except OSError:
            return False

    def _run(self) -> None:
        """Start the process and wait for its line."""
        address = None
        try:
            with self._starting:
                if self._wanted:
                    self._process = self._spawn()
            if self._process and self._process.stdout:
                with self._process.stdout as output:
                    line = output.readline(_LONGEST_LINE)
                address, self.failure = _read_address(line), _read_failure(line)
                if address is None:
                    self.end()
        except OSError as failed:
            self.failure = f"{failed.filename or self._command[0]}: {cause_of(failed)}. {advice_for(failed)}."
        finally:
            with contextlib.suppress(concurrent.futures.InvalidStateError):
                self.address.set_result(address)

    def _spawn(self) -> subprocess.Popen[bytes]:
        log = self._open_log()
        try:
            return subprocess.Popen(  # noqa: S603 - this program itself, no shell
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment(),
                start_new_session=True,
            )
        finally:
            os.close(log)

    def _open_log(self) -> int:
        """Open the log, or the null device: an unwritable log must not prevent a registration."""
        try:
            make_private(self._log.parent)
            # a pipe in its place must not block until it has a reader
            log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NONBLOCK", 0), 0o600)
        except OSError:
            return os.open(os.devnull, os.O_WRONLY)
        with contextlib.suppress(OSError):
            if os.fstat(log).st_size > _LARGEST_LOG:
                os.ftruncate(log, 0)
        self._log_begins = os.fstat(log).st_size
        return log


def _environment() -> dict[str, str]:
    """Return this process's environment without variables meant for the terminal program only."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("IPRESCRIBE_", "TEXTUAL"))}


def _read_address(line: bytes) -> BackendAddress | None:
    """Return the child's address, None if the line is not `{"url": "http://127.0.0.1:…", "key": "…"}`."""
    try:
        ready = json.loads(line)
        url, key, notice = ready["url"], ready["key"], plain(str(ready.get("notice", "")))
        local = is_loopback(urlsplit(url).hostname or "")
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return BackendAddress(url, SecretStr(str(key)), notice) if local else None


def _read_failure(line: bytes) -> str:
    """Return the reason why the child cannot start, from `{"failed": "…"}`; "" for any other line."""
    try:
        return plain(str(json.loads(line)["failed"]))
    except (ValueError, TypeError, KeyError):
        return ""
