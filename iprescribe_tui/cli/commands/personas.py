"""`iprescribe-tui personas`: the sandbox's made-up NPIs."""

from argparse import ArgumentParser, Namespace

from iprescribe_tui.cli.commands import Flags


def arguments(parser: ArgumentParser) -> None:
    """Declare nothing."""


def run(options: Namespace, flags: Flags) -> int:
    """Print the table."""
    from iprescribe_tui.sandbox.domain.personas import personas_table

    print(personas_table(), flush=True)
    return 0
