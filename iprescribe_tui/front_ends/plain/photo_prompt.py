"""Photos at the prompts: reviewed, and asked about if something seems wrong."""

import asyncio
from collections.abc import Callable
from typing import Final

from pydantic.fields import FieldInfo

from iprescribe_tui.front_ends.plain.field_prompt import PromptField, Read
from iprescribe_tui.journey.checks.photo import PhotoPolicies
from iprescribe_tui.journey.fields import Choice
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.photos.review import PhotoReview, review_typed

HELP: Final = (
    "If something seems wrong with a photo, you're told what, and where in the picture, and asked: 1 takes another, 2 "
    "sends it all the same. Look at it again first: send it if everything in it can be read."
)
"""Paragraph of the `?` help on doubtful photos."""

_ANOTHER, _SEND = "another", "send"
_ASKED: Final = Choice(choices={_ANOTHER: "Take another", _SEND: "Send it all the same"})
_LABEL: Final = "Take another photo, or send this one?"


class Photos:
    """Photos of one form. `despite` has the digests of those that the applicant sends despite doubts."""

    def __init__(self, service: ServiceDocument | None, registry_name: str) -> None:
        self.despite: set[str] = set()
        self._policies = service.photos if service else PhotoPolicies()
        self._registry_name = registry_name

    async def review(self, typed: str, slot: str, kind: object) -> PhotoReview:
        """Return the review of the photo at the path `typed` for field `slot`; `kind` is that of the document."""
        return await asyncio.to_thread(review_typed, typed, slot, self._policies, kind, self._registry_name)

    async def sends(self, found: PhotoReview, read: Read, say: Callable[[str], None]) -> bool:
        """Ask whether to send a doubtful photo anyway, and note a yes; Enter takes another. Raises as `read` does."""
        offered = _ASKED.options("", None) or ()
        chosen = await PromptField(_LABEL, FieldInfo(), _ASKED, offered, _ANOTHER, read, say).ask()
        if chosen == _SEND:
            self.despite.add(found.digest)
        return chosen == _SEND
