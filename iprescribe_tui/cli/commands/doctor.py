"""`iprescribe-tui doctor`: find what keeps the program from working here, with advice."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from shutil import get_terminal_size

from iprescribe_tui.cli.commands import Flags, UsageError


def arguments(parser: ArgumentParser) -> None:
    """Declare the forms of the report."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--bundle", metavar="FILE", help="write the JSON to FILE too, for a support request")
    parser.epilog = "No secret is in the report. The exit status is 1 where something failed, else 0."


def run(options: Namespace, flags: Flags) -> int:
    """Print the findings as they come; return 1 if any is a failure. Raises `Refused` (FILE cannot be written)."""
    from iprescribe_tui.cli.doctor import report
    from iprescribe_tui.cli.doctor.examine import examine
    from iprescribe_tui.cli.doctor.findings import Finding, Level
    from iprescribe_tui.journey.checks.text import plain
    from iprescribe_tui.system.ascii import for_terminal

    def say(text: str) -> None:
        if not options.json:
            print(for_terminal(text), flush=True)

    width = max(report.NARROW, min(report.WIDTH, get_terminal_size().columns))
    found: list[Finding] = []
    area = ""
    say(report.opening(width))
    for finding in examine(flags):
        if finding.area != area:
            area = finding.area
            say(f"\n{area.capitalize()}")
        found.append(finding)
        say(report.lines(finding, width=width))
    say(f"\n{report.summary(found)}")
    text = json.dumps(report.document(found), indent=2)
    if options.json:
        print(text)
    if options.bundle:
        shown = plain(options.bundle)
        try:
            report.save(Path(options.bundle), f"{text}\n")
        except OSError as error:
            raise UsageError(f"iprescribe-tui doctor: {shown} cannot be written: {error.strerror}.") from None
        say(f"{shown} is written, for you alone to read. Attach it to your support request.")
    return 1 if any(finding.level is Level.FAILURE for finding in found) else 0
