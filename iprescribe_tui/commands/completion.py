"""`iprescribe-tui completion SHELL`: what a shell needs to complete the commands and their flags."""

from argparse import ArgumentParser, Namespace

from iprescribe_tui.commands import COMMANDS, Flags


def arguments(parser: ArgumentParser) -> None:
    """For which shell."""
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="the shell; see the README for where it goes")


def run(options: Namespace, flags: Flags) -> int:
    """Print it."""
    import shtab

    from iprescribe_tui.commands.line import parser_of

    print(shtab.complete(parser_of(COMMANDS), options.shell))
    return 0
