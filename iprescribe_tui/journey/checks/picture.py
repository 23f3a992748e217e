"""What a photo shows, judged: each defect has one code, and one sentence that says how to take a better one.

Both ends judge with these words: the terminal before anything is sent, the backend at what arrives, the sandbox's
personas when they play a backend that refuses.
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


@dataclass(frozen=True)
class PictureFacts:
    """What was measured of a picture: its sides in pixels as the photo has them; the rest as PhotoPolicy says."""

    width: int
    height: int
    brightness: float
    sharpness: float
    glare: float


def check_picture(facts: PictureFacts, policy: PhotoPolicy) -> None:
    """Raise CheckFailed for the first defect: `photo_pixels`, `photo_dark`, `photo_glare`, `photo_blurred`.

    Darkness comes before blur, since a dark picture has no edges either.
    """
    sides = (facts.width, facts.height)
    if facts.width * facts.height < policy.min_pixels or min(sides) < policy.min_side:
        raise CheckFailed(
            "photo_pixels",
            f"This photo has only {facts.width} × {facts.height} pixels. Choose the original "
            "instead of a screenshot or a thumbnail, or take it again with a higher resolution.",
        )
    if facts.brightness < policy.min_brightness:
        raise CheckFailed("photo_dark", DARK)
    if facts.glare > policy.max_glare:
        raise CheckFailed("photo_glare", GLARE)
    if facts.sharpness < policy.min_sharpness:
        raise CheckFailed("photo_blurred", BLURRED)
