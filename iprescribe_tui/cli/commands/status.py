"""`iprescribe-tui status`: unfinished registrations on this machine, without asking the backend."""

import asyncio
from argparse import ArgumentParser, Namespace
from datetime import datetime

from iprescribe_tui.cli.commands import Flags, print_json, settings_with_folder
from iprescribe_tui.flow.drafts import Drafts
from iprescribe_tui.flow.page_texts import heading_of
from iprescribe_tui.flow.tokens import TokenStore


def arguments(parser: ArgumentParser) -> None:
    """Declare the format."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: Namespace, flags: Flags) -> int:
    """Print the unfinished registrations, latest first, and whether their sessions are kept. Raises `UsageError`."""
    settings = settings_with_folder(flags)
    left = Drafts(settings.state_dir, settings.backend_name).unfinished()
    tokens = TokenStore(settings.backend_name)

    async def signed_in() -> list[bool]:
        return [await tokens.load(each.registration) is not None for each in left]

    kept = asyncio.run(signed_in()) if left else []
    if options.json:
        registrations = [
            {
                "npi": each.npi,
                "username": each.username,
                "step": each.step,
                "left_at": each.left_at,
                "signed_in": signed,
            }
            for each, signed in zip(left, kept, strict=True)
        ]
        print_json(
            {"backend": settings.shown_name, "state_dir": str(settings.state_dir), "registrations": registrations}
        )
        return 0
    print(f"Backend   {settings.shown_name}\nKept in   {settings.state_dir}\n")
    if not left:
        print("No registration is left unfinished here. Start iprescribe-tui to begin one.")
    for each, signed in zip(left, kept, strict=True):
        when = datetime.fromisoformat(each.left_at).astimezone()
        print(f"NPI {each.npi}  {each.username or '(no username yet)'}")
        print(f"    Step     {heading_of(each.step) or 'It has ended'}")
        print(f"    Left     {when:%B %d, %Y, %H:%M %Z}")
        print(f"    Session  {'kept in the keyring' if signed else 'not kept here: sign in to go on'}\n")
    return 0
