"""Somebody who copied the sandbox's state folder, `server.key` and all, and tries guesses against what is in it.

They know everything but the secret itself: what else a request said, where it went, and how digests are made.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy import text

from iprescribe_tui.sandbox.store.keys import ServerKey
from iprescribe_tui.sandbox.store.tables import Base
from tests.backend import RunningSandbox

HEX: Final = 16
"""So many digits of a digest are enough to know it by."""

OF_RANDOM: Final = {("tokens", "digest"), ("closed_tokens", "digest")}
"""Digests of 256 random bits, by which tokens are found: there is nothing to guess."""

_SANDBOX: Final = Path(__file__).parents[2] / "iprescribe_tui/sandbox"
_PLAIN: Final = ("md5", "sha1", "sha256", "sha512", "blake2b")


@dataclass
class Wiretap:
    """The requests of a client, as whoever guesses them would make them up."""

    said: list[tuple[str, bytes]] = field(default_factory=list)

    def listen(self, client: httpx.Client) -> None:
        """Note what `client` sends from here on."""
        client.event_hooks["request"].append(self._note)

    def _note(self, request: httpx.Request) -> None:
        if request.headers.get("content-type") == "application/json":
            self.said.append((request.url.path, request.read()))


def columns(sandbox: RunningSandbox) -> list[tuple[str, str, Any]]:
    """Every value of every column of every table."""
    with sandbox.backend.store.reading() as db:
        return [
            (table.name, column, value)
            for table in Base.metadata.sorted_tables
            for row in db.execute(text(f"SELECT * FROM {table.name}")).mappings()
            for column, value in row.items()
        ]


@dataclass
class Copy:
    """What was copied: digests by their first digits, whole values, and the key."""

    secret: bytes
    digests: set[str]
    values: set[str]

    @property
    def key(self) -> ServerKey:
        """The sandbox's key, as in its file."""
        return ServerKey(self.secret)

    @classmethod
    def of(cls, sandbox: RunningSandbox, log: str) -> "Copy":
        """Copy a sandbox that runs, with all that it logged."""
        values = [value for table, column, value in columns(sandbox) if (table, column) not in OF_RANDOM]
        files = b"\n".join(path.read_bytes() for path in sandbox.folder.rglob("*") if path.is_file())
        written = "\n".join(bytes(value).hex() if isinstance(value, bytes) else str(value) for value in values)
        everything = "\n".join((log, written, files.decode("latin-1"))).lower()
        runs = re.findall(f"[0-9a-f]{{{HEX},}}", everything)
        digests = {run[start : start + HEX] for run in runs for start in range(len(run) - HEX + 1)}
        in_base64 = re.findall(r"[\w+/-]{22,}={0,2}", f"{log}\n{written}")
        digests |= {_hex_of(each)[:HEX] for each in in_base64}
        secret = (sandbox.folder / "server.key").read_bytes()
        return cls(secret, digests, {leaf for value in values for leaf in _leaves(value)})

    def confirms(self, secret: str, said: Iterable[tuple[str, bytes]]) -> list[str]:
        """Return the ways in which a right guess of `secret` is found to be right."""
        guesses = {secret, re.sub(r"[^\w]", "", secret), secret.casefold()} - {""}
        bare = {guess.encode() for guess in guesses}
        bare |= {b"%s:%s" % (name.encode(), guess) for name in ("iprescribe", "idme", "ssn") for guess in set(bare)}
        asked = {
            data
            for path, body in said
            if guesses & set(map(str, json.loads(body).values()))
            for data in _requests(path, body)
        }
        ways = [*((self._digests(data)) for data in bare | asked), *(self._derivations(data) for data in bare)]
        return [way for found in ways for way, digest in found if digest[:HEX] in self.digests]

    def derived(self) -> set[str]:
        """Return all that the key makes of what is kept: codes, the last parts of links, keys of apps."""
        makes = (self.key.code, self.key.link_token, self.key.totp_secret, self.key.recovery_code)
        names = {part for value in self.values for part in (value, *re.split(r"\W", value)) if len(part) > HEX}
        return {make(name) for make in makes for name in names}

    def _digests(self, data: bytes) -> Iterator[tuple[str, str]]:
        for name in _PLAIN:
            yield name, hashlib.new(name, data, usedforsecurity=False).hexdigest()
            yield f"{name} after the key", hashlib.new(name, self.secret + data, usedforsecurity=False).hexdigest()
        yield "HMAC", hmac.digest(self.secret, data, "sha256").hex()
        for purpose in purposes():
            yield f"digest of {purpose}", self.key.digest(purpose, data)

    def _derivations(self, data: bytes) -> Iterator[tuple[str, str]]:
        for purpose in purposes():
            yield f"derived for {purpose}", self.key.derive(purpose, data.decode("utf-8", "replace")).hex()


@cache
def purposes() -> list[str]:
    """What the sandbox makes digests for, by its sources."""
    sources = "".join(path.read_text() for path in _SANDBOX.rglob("*.py"))
    found = set(re.findall(r'(?:digest|derive)\(\s*"([^"]+)"', sources)) | {"request"}
    assert len(found) > 4, found
    return sorted(found)


def _requests(path: str, body: bytes) -> Iterator[bytes]:
    """A request in the ways in which it could have been put together for a digest."""
    sent = json.loads(body)
    for form in (body, *(json.dumps(sent, **how).encode() for how in _WRITTEN)):
        yield from (form, path.encode() + form, path.encode() + b"\0" + form)
    yield json.dumps([path, sent], sort_keys=True).encode()


_WRITTEN: Final[tuple[dict[str, Any], ...]] = ({}, {"separators": (",", ":")}, {"sort_keys": True})


def _hex_of(coded: str) -> str:
    try:
        return base64.b64decode(coded.replace("-", "+").replace("_", "/") + "==").hex()
    except ValueError:
        return ""


def _leaves(value: Any) -> Iterator[str]:
    """The texts in a value, which may be JSON."""
    if isinstance(value, str) and value.startswith(("[", "{")):
        value = json.loads(value)
    if isinstance(value, dict):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, str):
        yield value
