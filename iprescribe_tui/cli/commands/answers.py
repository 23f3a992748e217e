"""`iprescribe-tui answers`: print a template or the schema of answers files, or check a file."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from iprescribe_tui.cli.commands import Flags, UsageError, print_json, settings_of

if TYPE_CHECKING:
    from iprescribe_tui.journey.service_document import ServiceDocument


def arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--template", action="store_true", help="print a commented file, to fill in")
    wanted.add_argument("--schema", action="store_true", help="print the JSON Schema of such files, for editors")
    wanted.add_argument("--check", metavar="FILE", help="say what is wrong in FILE; exit status 1 where anything is")
    parser.add_argument("--json", action="store_true", help="with --check: say it as JSON")


def run(options: Namespace, flags: Flags) -> int:
    """Print what was requested; return 1 if a file has mistakes. Raises `UsageError`."""
    if options.json and not options.check:
        raise UsageError("iprescribe-tui answers: --json goes with --check; a schema is JSON anyway.")
    if options.template:
        from iprescribe_tui.front_ends.automation.answers.template import template

        print(template(_service(flags)), end="", flush=True)
    elif options.schema:
        from iprescribe_tui.front_ends.automation.answers.schema import schema

        print_json(schema())
    else:
        return _check(Path(options.check), _service(flags), as_json=options.json)
    return 0


def _service(flags: Flags) -> "ServiceDocument | None":
    """Return the sandbox's lists and rules, None for another backend, whose rules are unknown until it is asked."""
    if settings_of(flags).backend:
        return None
    from iprescribe_tui.sandbox.domain.service import service_document

    return service_document("native")


def _check(file: Path, service: "ServiceDocument | None", *, as_json: bool) -> int:
    """Print the mistakes in `file`, of syntax and of values that the forms refuse; return 1 if there are any."""
    from iprescribe_tui.front_ends.automation.answers import AnswersError, load
    from iprescribe_tui.front_ends.automation.answers.lint import refusals
    from iprescribe_tui.journey.checks.text import plain

    try:
        wrong = AnswersError(file, refusals(load(file), service))
    except AnswersError as error:
        wrong = error
    if as_json:
        mistakes = [{"table": one.table, "key": one.key, "message": one.message} for one in wrong.mistakes]
        print_json({"ok": not mistakes, "mistakes": mistakes})
    elif wrong.mistakes:
        print("\n".join(plain(line) for line in wrong.lines()), file=sys.stderr)
    else:
        print(f"{plain(str(file))} can be used.")
    return 1 if wrong.mistakes else 0
