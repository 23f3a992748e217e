"""Write `.ci/holes.txt` from a checkout of the PyPA advisory database: `take_holes.py CHECKOUT > .ci/holes.txt`."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from packaging.specifiers import InvalidSpecifier, SpecifierSet

HEAD = """\
# Known holes in packages of PyPI, from the PyPA advisory database (CC BY 4.0), as they were known on
# taken {date}
"""


def git(folder: Path, *command: str) -> str:
    """Return what git says in `folder`."""
    return subprocess.run(["git", "-C", folder, *command], check=True, capture_output=True, text=True).stdout


def advisories(folder: Path) -> Iterator[Mapping[str, Any]]:
    """Every advisory of the newest commit in `folder`, which need not have a work tree."""
    names = [name for name in git(folder, "ls-tree", "-r", "--name-only", "HEAD", "vulns").split() if "PYSEC" in name]
    asked = "".join(f"HEAD:{name}\n" for name in names)
    batch = ["git", "-C", folder, "cat-file", "--batch"]
    out = subprocess.run(batch, input=asked.encode(), check=True, capture_output=True).stdout
    while out:
        head, _, out = out.partition(b"\n")
        size = int(head.split()[2])
        yield yaml.load(out[:size], yaml.CSafeLoader)
        out = out[size + 1 :]


def specifiers(affected: Mapping[str, Any]) -> Iterator[str]:
    """Each range of versions that has the hole, as PEP 440 writes it."""
    ranges = [each for each in affected.get("ranges", ()) if each["type"] == "ECOSYSTEM"]
    for each in ranges:
        start = "0"
        for event in each["events"]:
            start = event.get("introduced", start)
            if end := event.get("fixed"):
                yield f">={start},<{end}"
            if end := event.get("last_affected"):
                yield f">={start},<={end}"
        if not {"fixed", "last_affected"} & each["events"][-1].keys():
            yield f">={start}"
    if not ranges:
        yield from (f"=={version}" for version in affected.get("versions", ()))


def readable(versions: str) -> str:
    """Return `versions`, or those of all times where a number in them is none that can be compared."""
    try:
        SpecifierSet(versions)
    except InvalidSpecifier:
        return ">=0"
    return versions


def main(folder: Path) -> None:
    """Print the list."""
    print(HEAD.format(date=git(folder, "log", "-1", "--format=%cs")), end="")
    lines = {
        f"{affected['package']['name'].lower()} {readable(versions)} {each['id']}"
        for each in advisories(folder)
        if "withdrawn" not in each
        for affected in each.get("affected", ())
        for versions in specifiers(affected)
    }
    print(*sorted(lines), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
