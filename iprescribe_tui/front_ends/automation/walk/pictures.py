"""Pictures of screens without secrets: secrets are covered on the screen before a picture is taken."""

import html
import re
from collections.abc import Iterable
from typing import Final

from textual.app import App
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Label

from iprescribe_tui.front_ends.tui.widgets.inputs import SecretInput
from iprescribe_tui.front_ends.tui.widgets.qr_code import QrCode

COVER: Final = "•"
SHORTEST: Final = 5
"""Shortest secret looked for in texts; shorter ones would match everywhere."""


def cover(screen: Screen[None]) -> None:
    """Cover the secrets that `screen` shows, for good: typed codes, recovery code, key, QR code, and address."""
    for line in screen.query(SecretInput):
        line.password = True
    for label in screen.query(Label).results():
        if label.has_class("secret-shown") or label.id == "url":
            label.update(re.sub(r"\w", COVER, str(label.content)))
    for code in screen.query(QrCode):
        wide = len(code.lines[0])
        rows = [" " * wide] * len(code.lines)
        rows[len(rows) // 2] = "QR code, covered".center(wide)
        code.update(Content("\n".join(rows)))


def picture(app: App[str], secrets: Iterable[str]) -> str:
    """Return the screen as a self-contained SVG; any of `secrets` still on it are covered."""
    svg = app.export_screenshot(title="", simplify=True)
    for pattern, instead in _LIGHTER:
        svg = re.sub(pattern, instead, svg, flags=re.DOTALL)
    svg = _screen_alone(svg, app.screen.styles.background.hex6)
    hidden = sorted((secret for secret in secrets if len(secret) >= SHORTEST), key=len, reverse=True)
    svg = re.sub(r"(?<=>)[^<>]+(?=</text>)", lambda found: _covered(found[0], hidden), svg)
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


_LIGHTER: Final = (
    (r"@font-face \{.*?\}|<!--.*?-->", ""),
    (r"Fira Code, monospace", "DejaVu Sans Mono, Menlo, Consolas, monospace"),
    # The same names in all pictures, so that equal screens give equal pictures.
    (r"terminal-\d+-?", "t"),
    # Each text is as long as drawn, so no line needs a clip path; blank texts are dropped.
    (r'\s*<clipPath id="tline-\d+">.*?</clipPath>| clip-path="url\(#tline-\d+\)"', ""),
    (r'<text class="\w+" x="[\d.]+" y="[\d.]+" textLength="[\d.]+">\s*</text>', ""),
    ("&#160;", "\xa0"),
)
"""Replacements in Rich's SVG: pattern, and new text."""


def _screen_alone(svg: str, ground: str) -> str:
    """Return the screen without the window's frame, title and three dots, on its own color `ground`."""
    size = re.search(r'<rect x="0" y="0" width="([\d.]+)" height="([\d.]+)"', svg)
    if size is None:
        return svg
    width, height = (float(text) + 1 for text in size.groups())
    head, _, drawn = svg.partition("</defs>")
    head = re.sub(r'viewBox="[^"]*"', f'viewBox="0 0 {width:.0f} {height:.0f}"', head)
    head = re.sub(r"<defs>.*", "", head, flags=re.DOTALL)
    drawn = re.sub(r'^.*?</g>\s*<g transform="[^"]*" clip-path="[^"]*">', "<g>", drawn, count=1, flags=re.DOTALL)
    return f'{head}<rect width="100%" height="100%" fill="{ground}"/>\n{drawn}'


def _covered(text: str, secrets: Iterable[str]) -> str:
    """Return a text of a picture with `secrets` covered."""
    plain = html.unescape(text)
    safe = redacted(plain.replace("\xa0", " "), secrets)
    return text if safe == plain.replace("\xa0", " ") else html.escape(safe).replace(" ", "\xa0")


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with each of `secrets` covered, except those shorter than `SHORTEST`."""
    for secret in secrets:
        if len(secret) >= SHORTEST:
            text = text.replace(secret, COVER * len(secret))
    return text
