"""`iprescribe-tui completion SHELL`: the completion script of a shell."""

from argparse import ArgumentParser, Namespace

from iprescribe_tui.cli.commands import COMMANDS, Flags

_ZSH_END = """\
if (( ${+compstate} )); then
  # autoloaded from fpath, in the middle of a completion
  _shtab_iprescribe_tui "$@"
else
  # source, . or eval, also where nothing has set completion up yet
  (( ${+functions[compdef]} )) || { autoload -Uz compinit && compinit -i }
  compdef _shtab_iprescribe_tui -N iprescribe-tui
fi"""
"""End of the zsh script; shtab's own completes at once when sourced, which zsh refuses."""


def arguments(parser: ArgumentParser) -> None:
    """Declare the shell."""
    parser.add_argument(
        "shell", choices=("bash", "zsh", "tcsh"), help="the shell; iprescribe-tui help commands says where it goes"
    )


def run(options: Namespace, flags: Flags) -> int:
    """Print the script."""
    import shtab

    from iprescribe_tui.cli.command_line import parser_of

    script = shtab.complete(parser_of(COMMANDS), options.shell)
    if options.shell == "zsh":
        script = script[: script.rindex("if [[ $zsh_eval_context")] + _ZSH_END
    print(script)
    return 0
