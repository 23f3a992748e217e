"""`iprescribe-tui receipts`: the receipts saved on this machine."""

from argparse import ArgumentParser, Namespace

from iprescribe_tui.cli.commands import Flags, UsageError, print_json, settings_with_folder
from iprescribe_tui.flow.receipts import saved
from iprescribe_tui.system.regular_files import text_of


def arguments(parser: ArgumentParser) -> None:
    """Declare the reference and the format."""
    parser.add_argument("reference", nargs="?", metavar="REFERENCE", help="print this one whole")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: Namespace, flags: Flags) -> int:
    """Print all receipts, newest first, or one. Raises `UsageError` (no such receipt)."""
    state_dir = settings_with_folder(flags).state_dir
    found = saved(state_dir)
    if options.reference:
        found = [each for each in found if each.reference.casefold() == options.reference.casefold()]
        if not found:
            raise UsageError(
                f"No receipt {options.reference} was saved in {state_dir / 'receipts'}. "
                "iprescribe-tui receipts lists those that were."
            )
    if options.json:
        print_json(
            [
                {
                    "reference": each.reference,
                    "npi": each.npi,
                    "username": each.username,
                    "completed": each.completed,
                    "path": str(each.path),
                }
                for each in found
            ]
        )
    elif options.reference:
        print(text_of(found[0].path), end="")
    elif found:
        for each in found:
            print(f"{each.reference}  NPI {each.npi}  {each.completed}  {each.username}")
    else:
        print("No receipt was saved here. F4 saves one at the end of a registration.")
    return 0
