"""A phone takes the photos while somebody hears the prompts: what happens is said once, and it goes on by itself."""

from pathlib import Path

import httpx
import pytest

from iprescribe_tui.journey.steps import Step
from tests.backend import RunningSandbox, picture
from tests.front_ends.harness import Machine
from tests.photos.backs import back, barcode_text, jpeg
from tests.photos.drawn import blurred, saved, scene
from tests.plain.prompts import at_step


@pytest.fixture
def machine(sandbox: RunningSandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox, tmp_path / "state")


async def test_a_phone_takes_the_photos(machine: Machine) -> None:
    async with at_step(machine, Step.DOCUMENT) as person, httpx.AsyncClient(trust_env=False) as phone:
        assert "/phone: Take the photos with your phone" in person.words
        await person.type("/phone")
        await person.until("Open this address on a phone:")
        url = next(word for word in person.words.split() if "/P/" in word)
        assert "open the address in a browser here, not on a phone. Press < to use photo files," in person.words
        await phone.post(url, files={"opened": (None, b"1")})
        await person.until("The phone has opened the link.")
        await phone.post(url, data={"kind": "state_id"}, files={"front": ("a.jpg", picture("front"), "image/jpeg")})
        await person.until("Front: received and checked. Back: not yet.")
        assert person.words.count("Open this address on a phone:") == 1
        await phone.post(url, files={"back": ("b.jpg", jpeg(back(barcode_text())), "image/jpeg")})
        await person.until_step(Step.SELFIE)
        assert "Note: The photos from your phone have arrived and were accepted." in person.words


async def test_a_photo_in_doubt_is_said_until_the_phone_sends_it_all_the_same(machine: Machine) -> None:
    async with at_step(machine, Step.SELFIE) as person, httpx.AsyncClient(trust_env=False) as phone:
        await person.type("/phone")
        await person.until("Open this address on a phone:")
        url = next(word for word in person.words.split() if "/P/" in word)
        soft = saved(blurred(scene(), 6), quality=99)
        await phone.post(url, files={"photo": ("a.jpg", soft, "image/jpeg")})
        await person.until("The photo looks blurred.", "Choose on the phone: take another, or send it all the same.")
        await phone.post(url, files={"despite": (None, "photo")})
        await person.until_step(Step.PHONE_MATCH)


async def test_canceled_on_the_phone_and_back_to_files(machine: Machine) -> None:
    async with at_step(machine, Step.SELFIE) as person, httpx.AsyncClient(trust_env=False) as phone:
        await person.type("/phone")
        await person.until("Open this address on a phone:")
        url = next(word for word in person.words.split() if "/P/" in word)
        await phone.post(url, files={"cancel": (None, "1")})
        await person.until("Canceled on the phone. /resend makes a new link, < goes back to files on this machine.")
        await person.type("<")
        await person.until_step(Step.SELFIE)
