"""Upload of photos as evidence, each once; `photos.outgoing` and `photos.review` judge them first, on this machine."""

import asyncio
from collections.abc import Callable, Container, Mapping
from pathlib import Path
from typing import Final

from iprescribe_tui.client.calls import Call
from iprescribe_tui.client.decode import Response, read
from iprescribe_tui.client.errors import StepRejected
from iprescribe_tui.client.session import Connection
from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import PhotoPolicies, PhotoPolicy
from iprescribe_tui.journey.checks.picture import FRONT_TWICE
from iprescribe_tui.journey.fields import Control
from iprescribe_tui.journey.form import Errors, StepForm
from iprescribe_tui.journey.views import Evidence, Problem
from iprescribe_tui.photos.fingerprints import alike
from iprescribe_tui.photos.outgoing import PhotoFile, forget_photos, pieces, prepare_photo, typed_path
from iprescribe_tui.photos.review import review

SLOWEST: Final = 2 * 1024
"""Minimum bytes per second: a photo's deadline is its time at this rate, plus the usual deadline."""

IN_FLIGHT: Final = 64 * 1024
"""Maximum bytes in buffers on the way: sent, but not received yet."""

RETRIES: Final = 10
"""Maximum repetitions of an upload, from its beginning, after the connection broke."""

STOPPED: Final = "Sending was stopped, and the backend keeps nothing of that photo. Continue sends it again."

DOUBTED: Final = "photo_doubted"
"""Code of a rejection by this machine that the applicant can override by sending the photo anyway."""

ProgressCallback = Callable[[int, int], None]
"""Callback with the bytes of a photo sent, and in total."""


class Uploads:
    """Uploader of a registration's photos; it keeps the ids of sent ones by slot and digest."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ids: dict[tuple[str, str], str] = {}
        self._sending: asyncio.Task[Response] | None = None
        self._stopped = False

    def stop(self) -> None:
        """Stop sending photos; the backend discards a partial one."""
        self._stopped = True
        if self._sending:
            self._sending.cancel()

    def forget(self, slots: Container[str] | None = None) -> None:
        """Forget the photos in `slots`, or all, which the backend no longer has."""
        self._ids = {} if slots is None else {at: known for at, known in self._ids.items() if at[0] not in slots}

    def let_go(self) -> None:
        """Release all photos and barcode texts kept on this machine."""
        from iprescribe_tui.photos.back_of_id import forget_barcodes  # imported late: only needed here

        forget_photos()
        forget_barcodes()

    async def upload(self, slot: str, path: Path, policy: PhotoPolicy, progress: ProgressCallback) -> Evidence:
        """Send the photo at `path`. Raises StepRejected, with `errors[slot]` (it is not an acceptable photo)."""
        self._stopped = False
        try:
            photo = await asyncio.to_thread(prepare_photo, path, policy)
        except CheckFailed as failed:
            refusal = _refused_here(failed.code, {slot: failed.message})
        else:
            return await self._send(slot, photo, progress)
        raise refusal

    async def in_form(
        self, form: StepForm, policies: PhotoPolicies, progress: ProgressCallback, despite: Container[str]
    ) -> StepForm:
        """Upload a form's photos, and return the form with their evidence ids in place of the paths.

        A photo that the backend already has is not sent again. `despite` has the digests of photos that are sent
        despite a doubt. Raises StepRejected before anything is sent, with the code DOUBTED if nothing is certainly
        wrong; and `upload_stopped` (`stop` was called).
        """
        self._stopped = False
        typed = {name: str(getattr(form, name)) for name, how in form.asked().items() if how.control is Control.PHOTO}
        paths = {name: await asyncio.to_thread(typed_path, path) for name, path in typed.items() if path}
        photos = await _judged(form, paths, policies, despite)
        for slot, photo in photos.items():
            if (slot, photo.digest) not in self._ids:
                self._ids[slot, photo.digest] = (await self._send(slot, photo, progress)).id
        return form.model_copy(update={slot: self._ids[slot, photo.digest] for slot, photo in photos.items()})

    async def _send(self, slot: str, photo: PhotoFile, progress: ProgressCallback) -> Evidence:
        call = Call(
            "PUT",
            f"registrations/{self._connection.registration}/evidence/{slot}",
            self._connection.timeout + photo.size / SLOWEST,
            {"Content-Type": photo.media_type, "Content-Length": str(photo.size), "Content-Digest": photo.digest},
            lambda: pieces(photo, progress),
            retries=RETRIES,
            stall=self._connection.timeout + min(photo.size, IN_FLIGHT) / SLOWEST,
        )
        try:
            return read(await self._stoppable(call), Evidence.model_validate)
        except CheckFailed as failed:
            refusal = _refused_here(failed.code, {slot: failed.message})
        raise refusal

    async def _stoppable(self, call: Call) -> Response:
        """Return the response to `call`. Raises StepRejected `upload_stopped` (`stop` was called)."""
        self._sending = asyncio.create_task(self._connection.ask_signed_in(call))
        try:
            if not self._stopped:
                return await self._sending
        except asyncio.CancelledError:
            if not self._stopped:
                raise
        finally:
            self._sending.cancel()
            self._sending = None
        raise _refused_here("upload_stopped", {"": STOPPED})


async def _judged(
    form: StepForm, paths: Mapping[str, Path], policies: PhotoPolicies, despite: Container[str]
) -> dict[str, PhotoFile]:
    """Return all photos. Raises StepRejected, with the faults of each, or else with the doubts about each."""
    asked, reviews = form.asked(), {}
    for slot, path in paths.items():
        kind = getattr(form, asked[slot].depends_on, "")
        reviews[slot] = await asyncio.to_thread(review, path, slot, policies, kind)
    faults = {slot: each.fault for slot, each in reviews.items() if each.fault}
    photos = {slot: each.photo for slot, each in reviews.items() if each.photo}
    for slot, photo in photos.items():
        other = photos.get(asked[slot].other_side)
        if other and not faults and await asyncio.to_thread(alike, other.fingerprint, photo.fingerprint):
            faults[slot] = CheckFailed("front_twice", FRONT_TWICE)
    if faults:
        code = next(iter(faults.values())).code
        raise _refused_here(code, {slot: fault.message for slot, fault in faults.items()})
    if doubts := {slot: each.doubt for slot, each in reviews.items() if each.doubts and each.digest not in despite}:
        raise _refused_here(DOUBTED, doubts)
    return photos


def _refused_here(code: str, errors: Errors) -> StepRejected:
    """Return the rejection of a photo by this machine, in the backend's form, but with status 0.

    Nothing was sent, so it must not pass for the backend's answer when the program ends.
    """
    return StepRejected(Problem(title="This photo cannot be sent", status=0, code=code, errors=errors))
