"""Review of a photo before it is sent: faults, doubts, and the verdict on an ID's barcode."""

from dataclasses import dataclass, field
from pathlib import Path

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicies
from iprescribe_tui.journey.checks.picture import Doubt, Place
from iprescribe_tui.photos.outgoing import PhotoFile, inspect_photo, typed_path
from iprescribe_tui.photos.preview import Preview

__all__ = ["PhotoReview", "review", "review_typed"]


@dataclass(frozen=True)
class PhotoReview:
    """The result of a review: `fault` rejects the photo, `doubts` ask about it, `notice` and `preview` are shown.

    `photo` is the cleaned photo to send, None with a fault.
    """

    fault: CheckFailed | None = None
    doubts: tuple[Doubt, ...] = ()
    notice: str = ""
    preview: Preview | None = None
    photo: PhotoFile | None = field(default=None, repr=False)

    @property
    def error(self) -> str:
        """Message of the fault, or ""."""
        return self.fault.message if self.fault else ""

    @property
    def doubt(self) -> str:
        """Messages of all doubts, or ""."""
        return " ".join(doubt.message for doubt in self.doubts)

    @property
    def good(self) -> str:
        """Praise and facts of a photo without fault, doubts and notice, otherwise ""."""
        says_else = self.fault or self.doubts or self.notice
        return f"Good · {self.preview.facts}" if self.preview and not says_else else ""

    @property
    def places(self) -> tuple[Place, ...]:
        """Places of the doubts."""
        return tuple(doubt.place for doubt in self.doubts if doubt.place)

    @property
    def digest(self) -> str:
        """Digest of the photo to send, or ""."""
        return self.photo.digest if self.photo else ""


def review_typed(
    typed: str, slot: str, policies: PhotoPolicies, kind: object = "", registry_name: str = ""
) -> PhotoReview:
    """Review the photo at a typed path; blocks for some seconds."""
    try:
        path = typed_path(typed)
    except CheckFailed as failed:
        return PhotoReview(failed)
    return review(path, slot, policies, kind, registry_name)


def review(path: Path, slot: str, policies: PhotoPolicies, kind: object = "", registry_name: str = "") -> PhotoReview:
    """Review the photo at `path` for a form's field `slot`; blocks for some seconds the first time.

    `kind` is the kind of document if this is its back, else ""; `registry_name` the applicant's name in the NPI
    registry, "" if unknown.
    """
    from iprescribe_tui.photos.back_of_id import verdict_of  # imported late: only needed here

    try:
        inspection, photo = inspect_photo(path, policies.of(slot))
    except CheckFailed as failed:
        return PhotoReview(failed)
    if photo is None:
        return PhotoReview(inspection.fault, preview=inspection.preview)
    verdict = verdict_of(kind, path, registry_name)
    if verdict.error:
        return PhotoReview(CheckFailed(verdict.code, verdict.error), preview=inspection.preview)
    doubts = (*inspection.doubts, *([Doubt(verdict.code, verdict.doubt)] if verdict.doubt else []))
    return PhotoReview(None, doubts, "" if verdict.doubt else verdict.notice, inspection.preview, photo)
