"""Review of the photo at a typed path, good until the path, its file, or the kind of document changes."""

import stat
from dataclasses import dataclass
from pathlib import Path

from iprescribe_tui.journey.checks.photo import PhotoPolicies
from iprescribe_tui.photos.outgoing import typed_path
from iprescribe_tui.photos.review import PhotoReview, review_typed


@dataclass(frozen=True)
class ReviewedPath:
    """Review of the file at `typed`, as of `stamp`, for a document of `kind`."""

    typed: str
    stamp: tuple[int, int]
    kind: object
    review: PhotoReview


def review_again(
    before: ReviewedPath | None, typed: str, slot: str, policies: PhotoPolicies, kind: object, registry_name: str
) -> ReviewedPath:
    """Return `before` if nothing has changed since, else the review of the file that `typed` names; blocks."""
    stamp = _stamp(typed_path(typed))
    if before and (before.typed, before.stamp, before.kind) == (typed, stamp, kind) and stamp[1]:
        return before
    return ReviewedPath(typed, stamp, kind, review_typed(typed, slot, policies, kind, registry_name))


def _stamp(path: Path) -> tuple[int, int]:
    """Return a regular file's time of change, in ns, and size, in bytes; (0, 0) for anything else."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return 0, 0
    return (status.st_mtime_ns, status.st_size) if stat.S_ISREG(status.st_mode) else (0, 0)
