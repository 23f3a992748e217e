"""Tell what is known of holes in a list of pinned packages: `audited.py LOCK ANSWER [HOLES]`.

ANSWER is the JSON of pip-audit about LOCK, which may be missing. Packages of which it says nothing are looked up in
HOLES, an older list. Exits 1 where a hole is known, or where nothing could be looked up at all.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
TAKEN = re.compile(r"^# taken (\d{4}-\d\d-\d\d)$", re.MULTILINE)
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Listed:
    """Holes as they were known on the day `taken`: by package, the versions that have one, and its name."""

    taken: str
    holes: Mapping[str, list[tuple[SpecifierSet, str]]]


def pinned_in(lock: Path) -> dict[str, str]:
    """Return the version of each package that `lock` pins."""
    return {str(canonicalize_name(name)): version for name, version in PINNED.findall(lock.read_text())}


def asked_in(answer: Path) -> dict[str, list[str]]:
    """Return the holes of each package that pip-audit could ask about; {} where it gave no answer."""
    try:
        said = json.loads(answer.read_text())["dependencies"]
        return {
            str(canonicalize_name(each["name"])): [hole["id"] for hole in each["vulns"]]
            for each in said
            if "vulns" in each
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def listed_in(holes: Path) -> Listed:
    """Read a list of holes. Raises OSError, and ValueError where it is not one."""
    text = holes.read_text()
    taken = TAKEN.search(text)
    found: dict[str, list[tuple[SpecifierSet, str]]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, versions, hole = line.split()
            found.setdefault(str(canonicalize_name(name)), []).append((SpecifierSet(versions), hole))
    if not taken or not found:
        raise ValueError("it holds no holes, or not the day they were taken")
    return Listed(taken[1], found)


def known(packages: Mapping[str, str], listed: Listed) -> Iterator[str]:
    """Each hole that is listed for one of `packages`."""
    for name, version in packages.items():
        for versions, hole in listed.holes.get(name, ()):
            if versions.contains(version, prereleases=True):
                yield f"{name} {version}: {hole}"


def report(lock: Path, answer: Path, holes: Path) -> tuple[bool, Iterable[str]]:
    """Return whether all is well, and what to say."""
    pinned, asked = pinned_in(lock), asked_in(answer)
    found = [f"{name} {version}: {hole}" for name, version in pinned.items() for hole in asked.get(name, ())]
    unasked = {name: version for name, version in pinned.items() if name not in asked}
    lines = [
        f"{lock.name}: {len(pinned) - len(unasked)} of {len(pinned)} packages asked about in the database of holes"
    ]
    if not pinned:
        return False, [f"{lock.name}: pins nothing, so nothing was audited"]
    if unasked:
        try:
            listed = listed_in(holes)
        except (OSError, ValueError) as error:
            return False, [*lines, *found, f"{lock.name}: NOT AUDITED: {', '.join(unasked)} ({holes.name}: {error})"]
        found += known(unasked, listed)
        which = "all" if len(unasked) == len(pinned) else ", ".join(unasked)
        lines += [
            f"{lock.name}: NOT AUDITED for what became known after {listed.taken}: {len(unasked)} of {len(pinned)} "
            f"packages ({which}), looked up in the list of that day alone"
        ]
    return not found, [*lines, f"{lock.name}: {len(found)} known holes", *found]


def main(lock: str, answer: str, holes: str = str(HERE / "holes.txt")) -> int:
    """Print what is known."""
    well, lines = report(Path(lock), Path(answer), Path(holes))
    print(*lines, sep="\n")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
