"""Messages of the built-in sandbox at the prompts."""

from collections.abc import Awaitable, Callable

from iprescribe_tui.client import BackendError, Client, StepRejected
from iprescribe_tui.journey.choosing import place_in
from iprescribe_tui.journey.views import OutboxMessage

NEWEST = 9
"""Most messages listed."""


async def choose(
    client: Client, say: Callable[[str], None], ask: Callable[[str], Awaitable[str]], *, takes_code: bool
) -> str:
    """Show messages and open links in them; return the code to fill in, "" for none."""
    try:
        messages = (await client.outbox())[:NEWEST]
        if not messages:
            say("Nothing has been sent yet.")
            return ""
        message = await _one_of(messages, say, ask)
        if message is None:
            return ""
        say(message.body)
        fills = bool(message.code) and takes_code
        if fills and message.link:
            typed = await ask('Enter fills its code in, "link" opens its link, < does neither:')
        elif fills or message.link:
            typed = await ask(f"Enter {'fills its code in' if fills else 'opens its link'}, < does not:")
        else:
            return ""
        if typed == "<" or (fills and typed != "link"):
            return message.code if typed != "<" else ""
        await client.follow(message)
        say("The link was opened.")
    except StepRejected as rejected:
        say(rejected.problem.title)
    except BackendError as error:
        say(f"{error.title}. {error.advice}")
    return ""


async def _one_of(
    messages: tuple[OutboxMessage, ...], say: Callable[[str], None], ask: Callable[[str], Awaitable[str]]
) -> OutboxMessage | None:
    say("Messages that the sandbox sent, the newest first:")
    for number, message in enumerate(messages, 1):
        say(
            f"  {number}. {message.sent_at.astimezone():%H:%M:%S}, {message.channel} to {message.to}: {message.subject}"
        )
    while True:
        typed = (await ask("Number of the message to read [1], or < for none:")) or "1"
        if typed == "<":
            return None
        if (place := place_in(typed, len(messages))) is not None:
            return messages[place]
        say(f"Type a number from 1 to {len(messages)}, or <.")
