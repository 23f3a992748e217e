"""What is said of a photo at a path, as a front end says it."""

from iprescribe_tui.journey.checks.photo import PhotoPolicies, PhotoPolicy
from iprescribe_tui.photos.review import PhotoReview, review_typed


def reviewed(typed: str, policy: PhotoPolicy, slot: str = "front") -> PhotoReview:
    """What is found of the photo at the path that was typed, where all photos are judged by `policy`."""
    return review_typed(typed, slot, PhotoPolicies(policy, policy))


def fault_of(typed: str, policy: PhotoPolicy) -> str:
    """What is wrong with it, "" where nothing is."""
    return reviewed(typed, policy).error
