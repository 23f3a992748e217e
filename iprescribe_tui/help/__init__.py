"""Pages that ship with the program: one Markdown file per topic, and the list of topics."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

TOPICS: Final[Mapping[str, str]] = {
    "keys": "what each key does; leaving, idle time, two terminals",
    "plain": "without a full screen: screen readers, serial lines, scripts",
    "photos": "which photos are taken, how they are judged, using a phone",
    "answers": "fill the screens in from a file",
    "validate": "check one value or a million, and photos, as the forms do",
    "commands": "status, sign-out, receipts, completion, doctor; exit statuses",
    "settings": "another backend; flags, variables and the config file; proxies",
    "kept": "what is kept on this machine, and where",
    "security": "what protects the secrets, in short",
    "personas": "made-up NPIs, one for everything that can happen",
    "walk": "walk scenarios through the screens without a terminal",
    "sandbox": "run the sandbox for others: TLS, limits, keys, databases",
    "contract": "what a backend must speak",
    "glossary": "the words of this program",
    "architecture": "the way of the data, and where everything is",
    "add-a-step": "add a step, or a check",
    "tests": "the tests, what they need, and their times",
}
"""Topics in the order in which they are listed, with a summary of each page."""


def page(topic: str) -> str:
    """Return the page of a topic, in Markdown."""
    return files("iprescribe_tui.help").joinpath(f"{topic}.md").read_text("utf-8")
