"""Pictures of screens that hold no secret: what is secret is covered on the screen, before a picture is taken."""

import html
import re
from collections.abc import Iterable
from typing import Final

from textual.app import App
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Label

from iprescribe_tui.ui.inputs import SecretInput
from iprescribe_tui.ui.qr import QrCode

COVER: Final = "•"
SHORTEST: Final = 5
"""A secret of fewer characters is not looked for in texts, where it would be found in everything."""


def cover(screen: Screen[None]) -> None:
    """Cover what `screen` shows of secrets, for good: codes as they are typed, recovery code, key, QR code, address."""
    for line in screen.query(SecretInput):
        line.password = True
    for label in screen.query(Label).results():
        if label.has_class("secret-shown") or label.id == "url":
            label.update(re.sub(r"\w", COVER, str(label.content)))
    for code in screen.query(QrCode):
        code.update(Content("\n".join(COVER * len(line) for line in code.lines)))


def words(app: App[str]) -> str:
    """What can be read on the screen, on one line."""
    strips = app.screen._compositor.render_strips()
    return " ".join(" ".join(strip.text for strip in strips).split())


def picture(app: App[str], secrets: Iterable[str]) -> str:
    """The screen as an SVG that needs nothing from outside; `secrets` that are on it all the same are covered."""
    svg = app.export_screenshot(title="", simplify=True)
    svg = re.sub(r"@font-face \{.*?\}|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r"terminal-\d+-?", "t", svg)
    # One font for all machines, and clips only where something would stick out: lines are as long as they are drawn.
    svg = svg.replace("Fira Code, monospace", "'DejaVu Sans Mono', Menlo, Consolas, monospace")
    svg = re.sub(r'\s*<clipPath id="tline-\d+">.*?</clipPath>| clip-path="url\(#tline-\d+\)"', "", svg, flags=re.DOTALL)
    svg = re.sub(r'<text class="\w+" x="[\d.]+" y="[\d.]+" textLength="[\d.]+">\s*</text>', "", svg)
    svg = _without_window(svg).replace("&#160;", "\xa0")
    hidden = sorted((secret for secret in secrets if len(secret) >= SHORTEST), key=len, reverse=True)
    svg = re.sub(r"(?<=>)[^<>]+(?=</text>)", lambda found: _covered(found[0], hidden), svg)
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


def _without_window(svg: str) -> str:
    """The screen alone, without the frame and the three dots of a window around it."""
    size = re.search(r'<rect x="0" y="0" width="([\d.]+)" height="([\d.]+)"', svg)
    background = re.search(r'shape-rendering="crispEdges"/>\s*<g class="tmatrix">', svg)
    if size is None or background is None:
        return svg
    head = svg[: svg.index("<rect", svg.index("</defs>"))]
    body = svg[svg.index("<g transform=", svg.index("</g>", svg.index("<circle"))) :]
    body = re.sub(r'^<g transform="[^"]*" clip-path="[^"]*">', "<g>", body)
    return re.sub(r'viewBox="[^"]*"', f'viewBox="0 0 {float(size[1]) + 1:.0f} {float(size[2]) + 1:.0f}"', head) + body


def _covered(text: str, secrets: Iterable[str]) -> str:
    """A text of a picture without any of `secrets`."""
    plain = html.unescape(text)
    safe = redacted(plain.replace("\xa0", " "), secrets)
    return text if safe == plain.replace("\xa0", " ") else html.escape(safe).replace(" ", "\xa0")


def redacted(text: str, secrets: Iterable[str]) -> str:
    """`text` with each of `secrets` covered."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            text = text.replace(secret, COVER * len(secret))
    return text
