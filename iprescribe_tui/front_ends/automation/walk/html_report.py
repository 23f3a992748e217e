"""HTML report of walks: one file with all pictures in it, which needs no network."""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from urllib.parse import quote

from iprescribe_tui.front_ends.automation.walk.scenario import Snapshot, Walked

# Arrow keys move from picture to picture; everything else works without a script.
_SCRIPT = """\
addEventListener("keydown", event => {
  const by = {ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1}[event.key];
  if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
  const looks = [...document.querySelectorAll("ol.looks > li")].filter(look => look.checkVisibility());
  const here = looks.findIndex(look => look.matches(":target"));
  const next = looks[here < 0 ? 0 : Math.min(Math.max(here + by, 0), looks.length - 1)];
  if (!next) return;
  event.preventDefault();
  location.replace("#" + next.id);
  next.querySelector("a").focus({preventScroll: true});
});
"""


def page(walks: Sequence[Walked], backend: str, started: datetime, seconds: float, pictures: Mapping[str, str]) -> str:
    """Return the page; `pictures` are SVGs by the paths that the snapshots name. Equal pictures are stored once."""
    kinds = {svg: f"p{number}" for number, svg in enumerate(dict.fromkeys(pictures.values()))}
    classes = {path: kinds[svg] for path, svg in pictures.items()}
    wrong = [walked for walked in walks if not walked.ok]
    css = files("iprescribe_tui.front_ends.automation.walk").joinpath("html_report.css").read_text(encoding="utf-8")
    drawn = "\n".join(f'.{name} {{ background-image: url("{_address(svg)}") }}' for svg, name in kinds.items())
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{_sum(walks, wrong)}</title>",
            f"<style>\n{css}{drawn}\n</style>\n</head>\n<body>",
            *_head(walks, wrong, backend, started, seconds),
            '<div class="layout">\n<nav aria-label="Walks">\n<ol>',
            *(_entry(walked) for walked in walks),
            "</ol>\n</nav>\n<main>",
            *(line for walked in walks for line in _section(walked, classes)),
            f"</main>\n</div>\n<script>\n{_SCRIPT}</script>\n</body>\n</html>\n",
        ]
    )


_IN_ADDRESS = str.maketrans({"%": "%25", "#": "%23", "<": "%3C", "\\": "%5C", '"': "'", "\n": ""})
"""Escapes of characters that a style sheet or data URL would interpret; quotes in texts are entities already."""


def _address(svg: str) -> str:
    """Return a picture as a data URL."""
    return "data:image/svg+xml;charset=utf-8," + svg.translate(_IN_ADDRESS)


def _sum(walks: Sequence[Walked], wrong: Sequence[Walked]) -> str:
    count = f"{len(walks)} walk" + ("" if len(walks) == 1 else "s")
    return f"{count}, {len(wrong)} not as expected" if wrong else f"{count}, all as expected"


def _head(
    walks: Sequence[Walked], wrong: Sequence[Walked], backend: str, started: datetime, seconds: float
) -> Iterator[str]:
    snapshots = sum(len(walked.snapshots) for walked in walks)
    color = ' class="bad"' if wrong else ""
    yield f"<header>\n<h1{color}>{_sum(walks, wrong)}</h1>"
    when = f"{started.astimezone():%B %d, %Y, %H:%M %Z}"
    yield f"<p>{escape(when)} · {_time(seconds)} · {snapshots} screens · at {escape(backend)}</p>"
    yield '<p class="keys"><kbd>→</kbd> <kbd>←</kbd> go from picture to picture. Secrets are covered on all.</p>'
    if wrong:
        yield '<p><label><input type="checkbox" id="only"> Only what is not as expected</label></p>'
    yield from _times(walks)
    yield "</header>"


def _times(walks: Sequence[Walked]) -> Iterator[str]:
    """Yield a table of the seconds that each step took, over all walks."""
    times: dict[str, list[float]] = defaultdict(list)
    refused: dict[str, int] = defaultdict(int)
    for walked in walks:
        for snapshot in walked.snapshots:
            if snapshot.moment == "refused":
                refused[snapshot.page] += 1
            else:
                times[snapshot.page].append(snapshot.took)
    yield "<details><summary>How long each step took to fill in</summary>\n<table>"
    yield "<tr><th>step</th><th>times</th><th>median</th><th>longest</th><th>refused</th></tr>"
    for name, took in times.items():
        figures = f"{statistics.median(took):.2f} s", f"{max(took):.2f} s", refused[name] or ""
        cells = "".join(f"<td>{cell}</td>" for cell in (escape(name), len(took), *figures))
        yield f"<tr>{cells}</tr>"
    yield "</table>\n</details>"


def _entry(walked: Walked) -> str:
    kind, mark = ("fine", "✓") if walked.ok else ("wrong", "✗")
    return (
        f'<li class="{kind}"><a href="#{_id(walked)}"><span class="mark">{mark}</span>{escape(_name(walked))}'
        f'<span class="took">{_time(walked.seconds)}</span></a></li>'
    )


def _section(walked: Walked, classes: Mapping[str, str]) -> Iterator[str]:
    kind, mark = ("fine", "✓") if walked.ok else ("wrong", "✗")
    yield f'<section id="{_id(walked)}" class="{kind}">'
    came = f"{escape(walked.end)} after {_time(walked.seconds)}"
    yield f'<h2><span class="mark">{mark}</span>{escape(_name(walked))}<small>{came}</small></h2>'
    yield f"<p>{escape(walked.about)}</p>"
    if walked.wrong:
        yield '<ul class="faults">'
        yield from (f"<li>{escape(line)}</li>" for line in walked.wrong)
        yield "</ul>"
    yield '<ol class="looks">'
    for number, snapshot in enumerate(walked.snapshots, 1):
        yield from _figure(f"{_id(walked)}-{number}", snapshot, classes)
    yield "</ol>\n</section>"


def _figure(ident: str, snapshot: Snapshot, classes: Mapping[str, str]) -> Iterator[str]:
    yield f'<li id="{ident}"><figure>'
    if snapshot.picture:
        label = escape(f"{snapshot.heading}, {snapshot.moment}", quote=True)
        name = classes[snapshot.picture]
        yield f'<a href="#{ident}"><span class="screen {name}" role="img" aria-label="{label}"></span></a>'
    moment = "" if snapshot.moment == "last" else f'<span class="what">{snapshot.moment}</span>'
    yield f'<figcaption><span class="step">{escape(snapshot.heading)}</span>{moment}'
    yield f'<span class="took">{_time(snapshot.at)}</span>'
    yield from (f'<span class="error">✗ {escape(error)}</span>' for error in snapshot.errors)
    yield "</figcaption></figure></li>"


def _id(walked: Walked) -> str:
    return quote(f"{walked.scenario}-{walked.number}", safe="", errors="backslashreplace")


def _name(walked: Walked) -> str:
    return f"{walked.scenario} · {walked.number}" if walked.number > 1 else walked.scenario


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 90 else f"{seconds / 60:.1f} min"
