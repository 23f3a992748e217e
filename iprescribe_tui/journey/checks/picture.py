"""Verdicts on the content of a photo: each defect has one code, and one sentence of advice for a better photo.

A fact rejects a photo. A measurement only raises a doubt: the applicant sees the photo, and may send it anyway. Both
ends use these texts: the terminal before sending, the sandbox on receipt, and for its personas of a backend that
rejects.
"""

from dataclasses import dataclass
from typing import Final

from . import CheckFailed
from .photo import PhotoPolicy

BLURRED: Final = "The photo is blurred. Rest the phone on something, tap the screen to focus, take it again."
GLARE: Final = "Light is reflected in the photo. Turn away from lamp and window, and take it again."
DARK: Final = "The photo is too dark to read. Go where there is more light, without a flash, and take it again."
FRONT_TWICE: Final = "Front and back are the same picture. Turn the ID over and take its back."
CUT_OFF: Final = "A part of the ID is cut off. Take it again with all four corners in the picture."
EXPIRED: Final = "This ID has expired. Choose another one that is still valid."
WRONG_KIND: Final = "The picture shows another kind of ID. Choose the kind that you photographed."
UNREADABLE: Final = "The ID cannot be read. Take it again, sharp, in even light, without a sleeve."
NO_FACE: Final = "There is no face in the picture. Look straight into the camera, in even light."
SEVERAL_FACES: Final = "There is more than one face in the picture. Take it again with yours alone."
NO_MATCH: Final = "The face is not that of your ID. Take it again without hat and glasses, in even light."


LOOKS_BLURRED: Final = "The photo looks blurred. Rest the phone on something, tap the screen to focus, take it again."
LOOKS_DARK: Final = "The photo looks too dark. Go where there is more light, without a flash, and take it again."
_LOOKS_LIT: Final = (
    "Light seems to be reflected {where} of the photo. Turn away from lamp and window, and take it again."
)

Place = tuple[float, float, float, float]
"""A box in a picture: left, top, right and bottom, each as a share from 0 to 1 of its width or height."""


@dataclass(frozen=True)
class PictureFacts:
    """Measurements of a picture: the photo's own sides in pixels; the rest as in PhotoPolicy.

    `glare_at` is the place of the largest reflection, or None.
    """

    width: int
    height: int
    brightness: float
    sharpness: float
    glare: float
    glare_at: Place | None = None


@dataclass(frozen=True)
class Doubt:
    """An apparent defect of a photo: a stable code, one sentence or two, and its place (None for the whole photo)."""

    code: str
    message: str
    place: Place | None = None


def check_picture(facts: PictureFacts, policy: PhotoPolicy) -> None:
    """Raise CheckFailed `photo_pixels` for a picture with too few pixels."""
    sides = (facts.width, facts.height)
    if facts.width * facts.height < policy.min_pixels or min(sides) < policy.min_side:
        raise CheckFailed(
            "photo_pixels",
            f"This photo has only {facts.width} × {facts.height} pixels. Choose the original "
            "instead of a screenshot or a thumbnail, or take it again with a higher resolution.",
        )


def doubts_about(facts: PictureFacts, policy: PhotoPolicy) -> tuple[Doubt, ...]:
    """Return the apparent defects of a picture, the worst first: `photo_dark`, `photo_glare`, `photo_blurred`.

    A dark picture has no other doubts, since it has no edges to measure.
    """
    if facts.brightness < policy.min_brightness:
        return (Doubt("photo_dark", LOOKS_DARK),)
    doubts = []
    if facts.glare > policy.max_glare:
        doubts.append(Doubt("photo_glare", _LOOKS_LIT.format(where=_where(facts.glare_at)), facts.glare_at))
    if facts.sharpness < policy.min_sharpness:
        doubts.append(Doubt("photo_blurred", LOOKS_BLURRED))
    return tuple(doubts)


def _where(place: Place | None) -> str:
    """Return the ninth of the picture with a box's center: "in the middle", "at the top left", "on the right"."""
    if place is None:
        return "in a part"
    across = _third(place[0], place[2], ("left", "", "right"))
    down = _third(place[1], place[3], ("top", "", "bottom"))
    if down:
        return f"at the {down} {across}".strip()
    return f"on the {across}" if across else "in the middle"


def _third(start: float, end: float, names: tuple[str, str, str]) -> str:
    return names[min(2, int((start + end) / 2 * 3))]
