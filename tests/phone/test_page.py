"""A browser opens the address that the terminal shows, takes the photos, and the terminal goes on by itself."""

import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Playwright, ViewportSize, expect, sync_playwright

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.sample_photos import write_sample_photos
from tests.backend import RunningSandbox
from tests.photos.drawn import blurred, saved, scene
from tests.terminal.arrive import at
from tests.terminal.terminal import Terminal
from tests.terminal.walk import until_step

CHROMIUM = Path("/usr/bin/chromium")
SIZE = ViewportSize(width=390, height=844)

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="Chromium is not installed")


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("samples")
    (folder / "blurred.jpg").write_bytes(saved(blurred(scene(), 5), quality=99))
    return {**write_sample_photos(folder), "blurred": folder / "blurred.jpg"}


@pytest.fixture
def phone(playwright: Playwright, samples: dict[str, Path], tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a phone's browser, whose camera sees our own picture; `seen` names it."""
    browsers = []
    errors: list[str] = []

    def opened(url: str, seen: str = "drivers_license_front", **how: Any) -> Page:
        film = filmed(samples[seen], tmp_path / f"{seen}.mjpeg")
        fake = ("use-fake-device-for-media-stream", "use-fake-ui-for-media-stream")
        args = [f"--{flag}" for flag in (*fake, f"use-file-for-fake-video-capture={film}")]
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), chromium_sandbox=os.getuid() != 0, args=args
        )
        browsers.append(browser)
        page = browser.new_context(viewport=SIZE, **how).new_page()
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda failed: errors.append(str(failed)))
        page.goto(url)
        return page

    yield opened
    for browser in browsers:
        browser.close()
    assert errors == []


def filmed(picture: Path, film: Path) -> Path:
    """A film of a picture, in a video's levels (16 to 235): the browser spreads them to all that there are."""
    out = io.BytesIO()
    with Image.open(picture) as shown:
        shown.point(lambda level: round(16 + level * 219 / 255)).save(out, "JPEG", quality=95)
    film.write_bytes(out.getvalue() * 10)
    return film


def address_on(terminal: Terminal) -> str:
    """The address for the phone, as it shows on one line."""
    shown = re.compile(r"HTTP://\S+/P/[A-Z2-7]{16}")
    terminal.until_true(lambda: bool(shown.search(terminal.text)), "an address for the phone")
    found = shown.search(terminal.text)
    assert found
    return found[0]


def offered(terminal: Terminal) -> str:
    """Ask for a phone in the terminal; the address."""
    terminal.until("Take the photos with a phone")
    terminal.press("f6")
    return address_on(terminal)


def arrived(terminal: Terminal) -> None:
    """The terminal has gone on, and says why."""
    until_step(terminal, Step.SELFIE)
    terminal.until("The photos from your phone have arrived")


def test_with_the_live_camera(sandbox: RunningSandbox, tmp_path: Path, phone: Callable[..., Page]) -> None:
    with at(Step.DOCUMENT, sandbox, tmp_path) as terminal:
        page = phone(offered(terminal))
        terminal.until("The phone has opened the link.")
        page.get_by_label("Driver's license").check()
        page.get_by_role("button", name="Use the camera").first.click()
        page.get_by_role("button", name="Take the photo").click()
        expect(page.locator("#front")).to_contain_text("received")
        terminal.until("✓ Front: received", "· Back: not yet")
        # The camera now sees what is turned over: another picture, which this browser's cannot become.
        back = phone(page.url, "drivers_license_back")
        back.locator("#back").get_by_role("button", name="Use the camera").click()
        back.get_by_role("button", name="Take the photo").click()
        expect(back.get_by_role("heading", name="Done")).to_be_visible()
        expect(back.locator("main")).to_contain_text("You can go back to your terminal.")
        arrived(terminal)


def test_a_photo_in_doubt_is_shown_and_sent_all_the_same_by_keys(
    sandbox: RunningSandbox, tmp_path: Path, phone: Callable[..., Page]
) -> None:
    with at(Step.DOCUMENT, sandbox, tmp_path) as terminal:
        page = phone(offered(terminal), "blurred")
        page.get_by_label("Passport", exact=True).check()
        page.get_by_role("button", name="Use the camera").first.click()
        page.get_by_role("button", name="Take the photo").click()
        front = page.locator("#front")
        expect(front.get_by_role("alert")).to_contain_text("The photo looks blurred.")
        expect(front.get_by_role("alert")).to_be_focused()
        picture = front.get_by_role("img")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.naturalWidth") == 640
        terminal.until("✗ Front: The photo looks blurred.", "or send it all the same.")
        reached = []
        for _ in range(3):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.textContent || document.activeElement.type"))
        assert reached == ["Take another", "file", "Send it all the same"]
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Done")).to_be_visible()
        arrived(terminal)


@pytest.mark.matrix
def test_of_a_photo_in_doubt_another_is_taken_and_who_opens_the_page_later_does_not_see_it(
    sandbox: RunningSandbox, tmp_path: Path, phone: Callable[..., Page], samples: dict[str, Path]
) -> None:
    with at(Step.DOCUMENT, sandbox, tmp_path) as terminal:
        page = phone(offered(terminal))
        page.get_by_label("State ID").check()
        page.locator("#front input").set_input_files(samples["blurred"])
        expect(page.get_by_role("img")).to_be_visible()
        expect(page.locator("#back")).to_be_hidden()
        page.reload()
        expect(page.get_by_role("button", name="Send it all the same")).to_be_visible()
        expect(page.get_by_role("img")).to_have_count(0)
        page.locator("#front").get_by_role("button", name="Take another").click()
        page.get_by_role("button", name="Take the photo").click()
        expect(page.locator("#front")).to_contain_text("received")
        terminal.until("✓ Front: received", "· Back: not yet")


@pytest.mark.matrix
def test_a_photo_in_doubt_without_a_script(
    sandbox: RunningSandbox, tmp_path: Path, phone: Callable[..., Page], samples: dict[str, Path]
) -> None:
    with at(Step.DOCUMENT, sandbox, tmp_path) as terminal:
        page = phone(offered(terminal), java_script_enabled=False)
        page.get_by_label("State ID").check()
        page.locator("#front input").set_input_files(samples["blurred"])
        page.get_by_role("button", name="Send", exact=True).click()
        assert page.get_by_role("img").is_visible()
        terminal.until("✗ Front: The photo looks blurred.")
        page.locator("#front input").set_input_files(samples["state_id_front"])
        page.get_by_label("State ID").press("Enter")  # presses Send, not the first button that there is
        expect(page.locator("#front")).to_contain_text("received")
        page.locator("#back input").set_input_files(samples["blurred"])
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("button", name="Send it all the same").click()
        assert "You can go back to your terminal." in page.locator("main").inner_text()
        arrived(terminal)


@pytest.mark.matrix
def test_with_files(
    sandbox: RunningSandbox, tmp_path: Path, phone: Callable[..., Page], samples: dict[str, Path]
) -> None:
    with at(Step.DOCUMENT, sandbox, tmp_path) as terminal:
        page = phone(offered(terminal))
        page.get_by_label("State ID").check()
        page.locator("#front input").set_input_files(samples["state_id_front"])
        expect(page.locator("#front")).to_contain_text("received")
        terminal.until("✓ Front: received")
        page.locator("#back input").set_input_files(samples["state_id_back"])
        expect(page.get_by_role("heading", name="Done")).to_be_visible()
        arrived(terminal)
        terminal.press("f6")
        page.goto(address_on(terminal))
        page.locator("#photo input").set_input_files(samples["selfie"])
        expect(page.get_by_role("heading", name="Done")).to_be_visible()
        until_step(terminal, Step.PHONE_MATCH)


@pytest.mark.matrix
def test_without_a_script(
    sandbox: RunningSandbox, tmp_path: Path, phone: Callable[..., Page], samples: dict[str, Path]
) -> None:
    with at(Step.DOCUMENT, sandbox, tmp_path) as terminal:
        page = phone(offered(terminal), java_script_enabled=False)
        page.get_by_label("Driver's license").check()
        page.locator("#front input").set_input_files(samples["drivers_license_front"])
        page.get_by_role("button", name="Send").click()
        assert "received" in page.locator("#front").inner_text()
        terminal.until("✓ Front: received", "· Back: not yet")
        page.locator("#back input").set_input_files(samples["drivers_license_back"])
        page.get_by_role("button", name="Send").click()
        assert "You can go back to your terminal." in page.locator("main").inner_text()
        arrived(terminal)


@pytest.mark.matrix
def test_what_is_wrong_with_a_photo_is_said_on_both_sides(
    sandbox: RunningSandbox, tmp_path: Path, phone: Callable[..., Page]
) -> None:
    with at(Step.DOCUMENT, sandbox, tmp_path) as terminal:
        page = phone(offered(terminal))
        page.get_by_label("Passport", exact=True).check()
        expect(page.locator("#back")).to_be_hidden()
        no_photo = {"name": "notes.txt", "mimeType": "image/jpeg", "buffer": b"just text " * 9000}
        page.locator("#front input").set_input_files(no_photo)  # type: ignore[arg-type]  # a file without a file
        expect(page.get_by_role("alert")).to_contain_text("This file is not a photo.")
        terminal.until("✗ Front: This file is not a photo.")


@pytest.mark.matrix
def test_canceled_on_the_phone_and_begun_anew_in_the_terminal(
    sandbox: RunningSandbox, tmp_path: Path, phone: Callable[..., Page]
) -> None:
    with at(Step.DOCUMENT, sandbox, tmp_path) as terminal:
        url = offered(terminal)
        page = phone(url)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("heading", name="Canceled")).to_be_visible()
        terminal.until("Canceled on the phone.")
        terminal.until_true(lambda: "HTTP://" not in terminal.text, "no address any more")
        terminal.press("f5")
        assert address_on(terminal) != url
        terminal.press("f9")
        until_step(terminal, Step.DOCUMENT)
