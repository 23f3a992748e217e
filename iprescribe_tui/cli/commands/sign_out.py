"""`iprescribe-tui sign-out`: revoke the tokens kept on this machine, and remove them."""

import asyncio
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass

from iprescribe_tui.cli.commands import Flags, print_json, settings_with_folder
from iprescribe_tui.client import BackendError, SignedOut, StepRejected
from iprescribe_tui.flow.services import Services, build_services


@dataclass(frozen=True)
class Ended:
    """Result for one registration's session; `trouble` is the reason if the backend could not be told."""

    npi: str
    removed: bool
    trouble: str = ""


def arguments(parser: ArgumentParser) -> None:
    """Declare the format."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: Namespace, flags: Flags) -> int:
    """End each session; return 1 if the backend could not be told of one. Raises `Refused`."""
    own = build_services(settings_with_folder(flags))
    try:
        ended = asyncio.run(_end_all(own))
    finally:
        own.stop()
    if options.json:
        print_json({"backend": own.settings.shown_name, "sessions": [asdict(each) for each in ended]})
    elif not any(each.removed for each in ended):
        print("No session is kept here, so there is nothing to end.")
    else:
        for each in ended:
            if each.trouble:
                print(
                    f"NPI {each.npi}: removed from this machine, but the backend could not be told ({each.trouble}). "
                    "There the session ends by itself."
                )
            elif each.removed:
                print(f"NPI {each.npi}: signed out. The registration is kept; sign in to go on with it.")
    return 1 if any(each.trouble for each in ended) else 0


async def _end_all(own: Services) -> list[Ended]:
    try:
        return [await _end(own, each.registration, each.npi) for each in own.drafts.unfinished()]
    finally:
        await own.client.aclose()


async def _end(own: Services, registration: str, npi: str) -> Ended:
    """End one session at the backend, and remove its tokens here whatever the backend says."""
    try:
        await own.client.take_up(registration)
    except SignedOut:
        return Ended(npi, removed=False)
    try:
        await own.client.sign_out()
    except SignedOut:
        pass  # the tokens had expired, which is as good
    except BackendError as error:
        return Ended(npi, removed=True, trouble=error.title)
    except StepRejected as rejected:
        return Ended(npi, removed=True, trouble=rejected.problem.title)
    return Ended(npi, removed=True)
