"""`iprescribe-tui help [TOPIC]`: the pages that ship with the program."""

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace

from iprescribe_tui.cli.commands import Flags, is_terminal
from iprescribe_tui.front_ends.plain.output import steering
from iprescribe_tui.help import TOPICS, page
from iprescribe_tui.system.wording import suggestion

_LEFT_OUT = re.compile(r"^(?:<!--.*-->|!\[.*\]\(.*\))\n\n?", re.MULTILINE)
_KEY = re.compile(r"<kbd>(.*?)</kbd>")
_LINK = re.compile(r"\[(?P<text>[^\[\]]+)\]\((?P<target>[^()#]*)(?:#[^()]*)?\)")


def arguments(parser: ArgumentParser) -> None:
    """Declare the topic."""
    description = "the page to read; without it, the topics are listed"
    parser.add_argument("topic", nargs="?", metavar="TOPIC", type=_topic, choices=tuple(TOPICS), help=description)


def _topic(typed: str) -> str:
    """Return a topic in its own spelling. Raises `ArgumentTypeError`."""
    topic = typed.lower().removesuffix(".md")
    if topic in TOPICS:
        return topic
    advice = suggestion(topic, TOPICS, " List the topics with: iprescribe-tui help")
    raise ArgumentTypeError(f"there is no page {typed!r}.{advice}")


def run(options: Namespace, flags: Flags) -> int:
    """Print a page, or the list of topics: formatted on a terminal, as plain text elsewhere."""
    if not options.topic:
        print(_list(), flush=True)
    elif is_terminal(sys.stdout):
        from iprescribe_tui.cli.markdown import formatted

        steering(sys.stdout).write(formatted(plain(page(options.topic), key=r"**\1**"), sys.stdout))
        sys.stdout.flush()
    else:
        print(plain(page(options.topic)), end="", flush=True)
    return 0


def _list() -> str:
    """Return the topics, one per line."""
    wide = max(map(len, TOPICS))
    lines = [f"  {topic:<{wide}}  {tells}" for topic, tells in TOPICS.items()]
    return "\n".join([*lines, "", "Read a page with: iprescribe-tui help TOPIC"])


def plain(text: str, *, key: str = r"\1") -> str:
    """Return Markdown without images, comments, and link targets; `key` is the replacement pattern for keys."""
    text = _KEY.sub(key, _LEFT_OUT.sub("", text)).replace("<br>", " ")
    return _LINK.sub(_link, text)


def _link(found: re.Match[str]) -> str:
    """Return a link as text, one to another page with the command that shows it."""
    text, target = found["text"], found["target"]
    topic = target.removesuffix(".md")
    if topic in TOPICS:
        return f"{text} (iprescribe-tui help {topic})"
    return f"{text} ({target})" if target.startswith("https://") else text
