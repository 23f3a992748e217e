"""Source of the codes and links sent to an applicant: the sandbox's outbox, or a tester's command."""

import asyncio
import os
import shlex
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol

from iprescribe_tui.client import BackendError, Client, StepRejected
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import OutboxMessage

LOOK_AGAIN: Final = 0.5
"""Seconds between two looks for a message that has not come yet."""

COMMAND_WITHIN: Final = 60.0
"""Seconds that a command may take."""

_CHANNELS: Final = {Step.EMAIL_CONFIRMATION: ("e-mail",), Step.PHONE_MATCH: ("e-mail",)}


class NoMessageError(Exception):
    """No code or link can be had; the message says why."""


class MessageSource(Protocol):
    """Source of the messages sent to an applicant."""

    async def code(self, step: Step, address: str) -> str:
        """Wait for the newest code for `step`, sent to `address`, and return it. Raises `NoMessageError`."""
        ...

    async def open_link(self, step: Step, address: str) -> None:
        """Open the newest link for `step`. Raises `NoMessageError`."""
        ...

    def note_key(self, key: str) -> None:
        """Make codes from the authenticator key `key` from now on; "" means that codes are sent."""
        ...


class SandboxMessages:
    """Messages of the built-in sandbox, and a stand-in for the applicant's authenticator app."""

    def __init__(self, client: Client, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._client, self._clock = client, clock
        self._used: set[str] = set()
        self._key = ""

    def note_key(self, key: str) -> None:
        """Make codes from `key` from now on, or read sent ones if it is ""."""
        self._key = key

    async def code(self, step: Step, address: str) -> str:
        """Return the newest unused code, or one made from the key. Raises `NoMessageError`."""
        if step is Step.MFA_CODE and self._key:
            import pyotp

            return pyotp.TOTP(self._key).at(self._clock())
        return (await self._message(step, lambda message: message.code)).code

    async def open_link(self, step: Step, address: str) -> None:
        """Open the newest link, as the applicant's browser or phone would. Raises `NoMessageError`."""
        message = await self._message(step, lambda message: message.link)
        try:
            await self._client.follow(message)
        except StepRejected as rejected:
            raise NoMessageError(rejected.problem.detail or rejected.problem.title) from None
        except BackendError as error:
            raise NoMessageError(error.title) from None

    async def _message(self, step: Step, holds: Callable[[OutboxMessage], str]) -> OutboxMessage:
        channels = _CHANNELS.get(step, ("text", "call"))
        while True:
            try:
                messages = await self._client.outbox()
            except BackendError as error:
                raise NoMessageError(error.title) from None
            for message in messages:
                if message.channel in channels and holds(message) and message.id not in self._used:
                    self._used.add(message.id)
                    return message
            await asyncio.sleep(LOOK_AGAIN)


class CommandMessages:
    """Output of a command: a code, or nothing after it opened a link. It runs without a shell."""

    def __init__(self, command: str) -> None:
        self._command = shlex.split(command)

    def note_key(self, key: str) -> None:
        """Do nothing: the command has its own key."""

    async def code(self, step: Step, address: str) -> str:
        """Return the printed code. Raises `NoMessageError`."""
        printed = (await self._run(step, address)).decode("utf-8", "replace").strip()
        if not printed.isprintable() or not printed:
            raise NoMessageError("outbox_command printed no code.")
        return printed

    async def open_link(self, step: Step, address: str) -> None:
        """Have the command open the link. Raises `NoMessageError`."""
        await self._run(step, address)

    async def _run(self, step: Step, address: str) -> bytes:
        variables = {"IPRESCRIBE_STEP": step.value, "IPRESCRIBE_ADDRESS": address}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={**os.environ, **variables},
            )
        except OSError as failed:
            raise NoMessageError(f"outbox_command cannot be run: {failed.strerror}.") from None
        try:
            async with asyncio.timeout(COMMAND_WITHIN):
                printed, _ = await process.communicate()
        except TimeoutError:
            raise NoMessageError(f"outbox_command did not end within {COMMAND_WITHIN:.0f} seconds.") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise NoMessageError(f"outbox_command ended with exit status {process.returncode}.")
        return printed


class NoMessages:
    """Message source without a known source of messages."""

    def note_key(self, key: str) -> None:
        """Do nothing: it makes no codes."""

    async def code(self, step: Step, address: str) -> str:
        """Raise `NoMessageError`."""
        raise NoMessageError(NO_MESSAGES)

    async def open_link(self, step: Step, address: str) -> None:
        """Raise `NoMessageError`."""
        raise NoMessageError(NO_MESSAGES)


NO_MESSAGES: Final = "{outbox} is the program's own sandbox's. For another backend give outbox_command = \"…\"."


def message_source_for(
    command: str, client: Client, *, own_sandbox: bool, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> MessageSource:
    """Return the source of the command if there is one, else the built-in sandbox's, else one without messages."""
    if command:
        return CommandMessages(command)
    return SandboxMessages(client, clock) if own_sandbox else NoMessages()
