"""Check of the process that decodes photos: that it starts, and how a hostile photo is confined to it."""

from collections.abc import Iterator, Sequence
from typing import Final

from iprescribe_tui.cli.doctor.findings import Check, Finding, Level
from iprescribe_tui.photos.worker import held_apart

_HOLDS: Final = {
    "limits": "limits on memory and time",
    "landlock": "no access to files (Landlock)",
    "seccomp": "no network, no other programs (seccomp)",
}


def checks() -> Iterator[Check]:
    """Yield the check."""
    yield Check("photos", "decoding", lambda: [decoding(held_apart())], 15.0)


def decoding(held: Sequence[str]) -> Finding:
    """Return a finding about the confinement; a process that does not start is a failure, as no photo can be sent."""
    if not held:
        message = "The process that decodes photos doesn't start, so no photo can be sent from this machine."
        advice = (
            "Install iprescribe-tui again, with pillow, pillow-heif, and zxing-cpp; or take the photos with a phone."
        )
        return Finding("photos", "decoding", Level.FAILURE, message, advice)
    has = ", ".join(words for name, words in _HOLDS.items() if name in held)
    missing = [words for name, words in _HOLDS.items() if name not in held]
    lacks = f" Not available on this system: {', '.join(missing)}." if missing else ""
    return Finding("photos", "decoding", Level.OK, f"In a process of its own, with {has}.{lacks}")
