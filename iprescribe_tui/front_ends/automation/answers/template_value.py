"""Text of an answers file: characters, and placeholders for values known only when it is typed."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from iprescribe_tui.system.wording import suggestion

ASK: Final = "ask"
OUTBOX: Final = "outbox"
ENV: Final = "env"
RANDOM: Final = "random"
PLACEHOLDERS: Final[Mapping[str, str]] = {
    "{ask}": "the person types this one",
    "{outbox}": "the code that the sandbox sent (at `link`: open the link that it sent)",
    "{env:NAME}": "the environment variable NAME",
    "{random:username}": "a username that nobody has, the same everywhere in one run",
}
"""Placeholders as written, and what each stands for."""

_WRITTEN: Final = re.compile(r"\{\{|\{([A-Za-z_]+)(?::([^{}]*))?\}")
_ADJECTIVES: Final = ("amber", "brisk", "calm", "dusty", "early", "fond", "green", "hazel", "ivory", "jolly")
_NOUNS: Final = ("acorn", "brook", "cedar", "dune", "ember", "fern", "grove", "heron", "inlet", "juniper")


@dataclass(frozen=True)
class Placeholder:
    """Placeholder `{name}` or `{name:argument}`."""

    name: str
    argument: str = ""


class TemplateError(ValueError):
    """Text with wrong placeholders; the message quotes only placeholders."""


@dataclass(frozen=True)
class TemplateValue:
    """Text as written in the file. It may be a secret, so its `repr` leaves it out."""

    parts: tuple[str | Placeholder, ...] = field(repr=False)

    @classmethod
    def read(cls, written: str) -> "TemplateValue":
        """Split a text into its parts; `{{` is a brace. Raises `TemplateError` (a wrong placeholder)."""
        parts: list[str | Placeholder] = []
        at = 0
        for found in _WRITTEN.finditer(written):
            parts += [written[at : found.start()], "{" if found[0] == "{{" else _placeholder(found)]
            at = found.end()
        value = cls(tuple(part for part in [*parts, written[at:]] if part))
        for name in (ASK, OUTBOX):
            if value.mentions(name) and len(value.parts) > 1:
                raise TemplateError(f"{{{name}}} must stand alone.")
        return value

    def mentions(self, name: str) -> bool:
        """Return whether the text has a placeholder `name`."""
        return any(isinstance(part, Placeholder) and part.name == name for part in self.parts)

    @property
    def literal(self) -> bool:
        """True if there is no placeholder."""
        return not any(isinstance(part, Placeholder) for part in self.parts)

    def unset(self, environ: Mapping[str, str]) -> list[str]:
        """Return the environment variables that the text needs and `environ` lacks."""
        named = (part.argument for part in self.parts if isinstance(part, Placeholder) and part.name == ENV)
        return [name for name in named if name not in environ]

    def text(self, run: "Run") -> str:
        """Return the text to type; not for `{ask}` and `{outbox}`, which no run knows beforehand."""
        return "".join(part if isinstance(part, str) else run.value(part) for part in self.parts)


@dataclass(frozen=True)
class Run:
    """Values that stay the same throughout one run: the environment, and made-up names."""

    environ: Mapping[str, str] = field(repr=False)

    @cached_property
    def username(self) -> str:
        """Random username that is almost certainly unused."""
        words = secrets.choice(_ADJECTIVES), secrets.choice(_NOUNS), str(10_000 + secrets.randbelow(90_000))
        return ".".join(words)

    def value(self, placeholder: Placeholder) -> str:
        """Return the value of `{env:…}` or `{random:…}`."""
        return self.environ[placeholder.argument] if placeholder.name == ENV else self.username


def _placeholder(found: re.Match[str]) -> Placeholder:
    name, argument = found[1], found[2]
    right = {ASK: argument is None, OUTBOX: argument is None, ENV: bool(argument), RANDOM: argument == "username"}
    if right.get(name):
        return Placeholder(name, argument or "")
    others = f" There are {', '.join(PLACEHOLDERS)}."
    meant = suggestion(found[0].rstrip("}"), PLACEHOLDERS) or suggestion(f"{{{name}", PLACEHOLDERS, others)
    raise TemplateError(f"{found[0]} is no placeholder.{meant} Write {{{{ for a brace.")
