"""A photo from a phone that only seems wrong: the phone sees it, and takes another or sends it all the same."""

import base64
import io
import logging
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from html import unescape
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.store.tables import EvidenceDoubt
from tests.backend import Json, RunningSandbox, Walk, picture, running
from tests.longer import few
from tests.photos.backs import back, barcode_text, jpeg
from tests.photos.drawn import blurred, darkened, face, grain, lamp, saved, scene
from tests.photos.test_marking import is_red
from tests.sandbox.test_handoffs import BACK, hand_off, opened, path_of, sent, sent_files, slots, words

SHARED = Path(__file__).parents[3] / "shared" / "photos"
ANOTHER, DESPITE = "Take another", "Send it all the same"
CHOOSE = "Choose on the phone: take another, or send it all the same."
SOFT = saved(blurred(scene(), 4), quality=99)
UNREAD = jpeg(back())


def real(name: str, by: float = 0) -> bytes:
    """A real photograph, blurred `by` pixels of 1,024 along its longer side."""
    if not (SHARED / name).exists():
        pytest.skip("the photographs are not here")
    with Image.open(SHARED / name) as image:
        return saved(blurred(image.convert("RGB"), by * max(image.size) / 1024), quality=99)


@pytest.fixture
def walk(sandbox: RunningSandbox) -> Walk:
    return sandbox.registration_at(Step.DOCUMENT)


def despite(walk: Walk, path: str, slot: str, **fields: str) -> httpx.Response:
    """What a phone sees that sends a photo all the same."""
    return sent(walk, path, despite=slot, **fields)


def shown(page: httpx.Response) -> list[bytes]:
    """The pictures on a page."""
    return [base64.b64decode(data) for data in re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page.text)]


def doubts_kept(sandbox: RunningSandbox) -> int:
    with closing(sqlite3.connect(sandbox.folder / "sandbox.db")) as database:
        (count,) = database.execute("SELECT count(*) FROM evidence_doubts").fetchone()
    return int(count)


def kept(sandbox: RunningSandbox) -> list[bytes]:
    return [file.read_bytes() for file in (sandbox.folder / "evidence").iterdir()]


def says(view: Json, slot: str) -> str:
    return next(str(each["says"]) for each in view["slots"] if each["slot"] == slot)


DOUBTED: dict[str, tuple[Callable[[], bytes], str]] = {
    "blurred": (lambda: SOFT, "The photo looks blurred."),
    "a real document": (lambda: real("document-01.jpg", 2), "The photo looks blurred."),
    "dark": (lambda: saved(darkened(scene(), 0.2), quality=99), "The photo looks too dark."),
    "glare": (
        lambda: saved(lamp(scene(paper=(200, 204, 198)), (0.5, 0.35), (0.1, 0.07))),
        "Light seems to be reflected",
    ),
    "another": (lambda: real("document-05.jpg", 2), "The photo looks blurred."),
}


@pytest.mark.parametrize("which", few(DOUBTED, plain=2))
def test_it_is_shown_asked_about_and_sent_all_the_same(sandbox: RunningSandbox, walk: Walk, which: str) -> None:
    photo, message = DOUBTED[which][0](), DOUBTED[which][1]
    path = path_of(hand_off(walk))
    page = sent_files(walk, path, {"front": photo}, kind="passport")
    said = words(page)
    assert said.index(message) < said.index(ANOTHER) < said.index(DESPITE)
    (thumbnail,) = shown(page)
    with Image.open(io.BytesIO(thumbnail)) as drawn:
        assert (drawn.format, max(drawn.size)) == ("JPEG", 640)
    view = walk.look()
    assert (view["step"], slots(view)) == ("document", {"front": False})
    assert message in says(view, "front")
    assert says(view, "front").endswith(CHOOSE)
    assert "Done" in words(despite(walk, path, "front"))
    assert walk.look()["step"] == "selfie"
    assert kept(sandbox) == [photo]
    assert doubts_kept(sandbox) == 0


def test_the_picture_that_is_shown_marks_the_place(walk: Walk) -> None:
    page = sent_files(walk, path_of(hand_off(walk)), {"front": DOUBTED["glare"][0]()}, kind="passport")
    assert "in the middle of the photo" in words(page)
    (thumbnail,) = shown(page)
    with Image.open(io.BytesIO(thumbnail)) as drawn:
        red = [(x, y) for x in range(drawn.width) for y in range(drawn.height) if is_red(drawn.getpixel((x, y)))]
        across, down = ({point[axis] / drawn.size[axis] for point in red} for axis in (0, 1))
    assert 0.3 < min(across) < 0.45 < 0.55 < max(across) < 0.7
    assert 0.3 < min(down) < 0.45 < 0.6 < max(down) < 0.8


def test_it_is_sent_all_the_same_from_another_visit_which_does_not_show_it(walk: Walk) -> None:
    """Whoever sees the QR code can open the page: of the photo it tells nothing but what seems wrong."""
    path = path_of(hand_off(walk))
    assert shown(sent_files(walk, path, {"front": SOFT}, kind="passport"))
    for page in (opened(walk, path), sent(walk, path), sent(walk, path, kind="passport")):
        assert "data:image" not in page.text
        assert all(each in words(page) for each in ("The photo looks blurred.", ANOTHER, DESPITE))
    assert "Done" in words(despite(walk, path, "front", kind="passport"))


def test_another_one_takes_its_place_and_is_asked_about_itself(sandbox: RunningSandbox, walk: Walk) -> None:
    path = path_of(hand_off(walk))
    sent_files(walk, path, {"front": SOFT}, kind="passport")
    page = sent_files(walk, path, {"front": DOUBTED["dark"][0]()})
    assert "too dark" in words(page)
    assert "blurred" not in words(page)
    assert len(kept(sandbox)) == 1
    assert "Done" in words(sent(walk, path, "front"))
    assert kept(sandbox) == [picture("front")]
    assert doubts_kept(sandbox) == 0


def test_what_comes_with_the_decision_is_looked_at_first(walk: Walk) -> None:
    """Without a script a new file and the wrong button come together: nobody has seen that one yet."""
    path = path_of(hand_off(walk))
    sent_files(walk, path, {"front": SOFT}, kind="passport")
    page = sent_files(walk, path, {"front": DOUBTED["dark"][0]()}, despite="front")
    assert "too dark" in words(page)
    assert shown(page)
    page = sent_files(walk, path, {"front": b"no photo " * 9000}, despite="front")
    assert "This file is not a photo." in words(page)
    assert "The one before it is kept." in words(page)
    assert "too dark" in words(page)
    view = walk.look()
    assert slots(view) == {"front": False}
    assert "not a photo" in says(view, "front")
    assert says(view, "front").endswith(CHOOSE)
    assert "Done" in words(despite(walk, path, "front"))


@pytest.mark.parametrize("slot", few(["back", "", "photo", "kind", "nonsense", "front\0", "../front", "front" * 999]))
def test_a_decision_about_nothing_changes_nothing(walk: Walk, slot: str) -> None:
    path = path_of(hand_off(walk))
    sent_files(walk, path, {"front": SOFT}, kind="state_id")
    assert DESPITE in words(despite(walk, path, slot))
    assert slots(walk.look()) == {"front": False, "back": False}


def test_a_decision_before_the_photo_is_none(walk: Walk) -> None:
    path = path_of(hand_off(walk))
    despite(walk, path, "front", kind="passport")
    assert DESPITE in words(sent_files(walk, path, {"front": SOFT}))
    assert slots(walk.look()) == {"front": False}


def test_both_sides_are_decided_each_by_itself(walk: Walk) -> None:
    path = path_of(hand_off(walk))
    page = sent_files(walk, path, {"front": SOFT, "back": UNREAD}, kind="state_id")
    assert len(shown(page)) == words(page).count(DESPITE) == 2
    despite(walk, path, "back")
    assert slots(walk.look()) == {"front": False, "back": True}
    assert "Done" in words(despite(walk, path, "front"))


def test_a_new_link_keeps_what_came_and_what_is_to_be_decided(walk: Walk) -> None:
    sent_files(walk, path_of(hand_off(walk)), {"front": SOFT}, kind="passport")
    view = hand_off(walk)
    assert slots(view) == {"front": False}
    page = opened(walk, path_of(view))
    assert DESPITE in words(page)
    assert not shown(page)
    assert "Done" in words(despite(walk, path_of(view), "front"))


def test_nothing_stays_where_it_is_canceled_or_given_up(sandbox: RunningSandbox, walk: Walk) -> None:
    path = path_of(hand_off(walk))
    sent_files(walk, path, {"front": SOFT}, kind="passport")
    sent(walk, path, cancel="1")
    assert (kept(sandbox), doubts_kept(sandbox)) == ([], 0)
    sent_files(walk, path_of(hand_off(walk)), {"front": SOFT}, kind="passport")
    walk.look()
    walk.back()
    assert (kept(sandbox), doubts_kept(sandbox)) == ([], 0)


# -- backs


UNREAD_BACKS: list[tuple[str, Callable[[], bytes]]] = [
    ("drivers_license", lambda: UNREAD),
    ("state_id", lambda: UNREAD),
    ("state_id", lambda: jpeg(back("A parcel, and no license"))),
]


@pytest.mark.parametrize(("kind", "photo"), few(UNREAD_BACKS), ids=["license", "state ID", "a parcel's barcode"])
def test_a_barcode_that_is_not_read_is_asked_about(walk: Walk, kind: str, photo: Callable[[], bytes]) -> None:
    path = path_of(hand_off(walk))
    page = sent_files(walk, path, {"front": picture("front"), "back": photo()}, kind=kind)
    assert "barcode" in words(page).lower()
    assert len(shown(page)) == 1
    view = walk.look()
    assert slots(view) == {"front": True, "back": False}
    assert says(view, "back").endswith(CHOOSE)
    assert "Done" in words(despite(walk, path, "back"))
    assert walk.look()["step"] == "selfie"


def test_a_passport_card_has_no_such_barcode(walk: Walk) -> None:
    path = path_of(hand_off(walk))
    assert "Done" in words(sent_files(walk, path, {"front": picture("front"), "back": UNREAD}, kind="passport_card"))


def test_another_kind_of_document_asks_for_its_barcode_or_no_longer_for_one(walk: Walk) -> None:
    path = path_of(hand_off(walk))
    sent_files(walk, path, {"back": UNREAD}, kind="passport_card")
    assert slots(walk.look()) == {"front": False, "back": True}
    page = sent(walk, path, kind="state_id")
    assert DESPITE in words(page)
    assert slots(walk.look()) == {"front": False, "back": False}
    assert "Done" in words(sent(walk, path, "front", kind="passport"))


def test_an_id_that_has_expired_is_refused_and_there_is_nothing_to_decide(walk: Walk) -> None:
    path = path_of(hand_off(walk))
    expired = jpeg(back(barcode_text(expires=date(2021, 3, 2))))
    page = sent_files(walk, path, {"front": picture("front"), "back": expired}, kind="state_id")
    assert "This ID has expired." in words(page)
    assert DESPITE not in words(page)
    assert "This ID has expired." in words(despite(walk, path, "back"))
    assert slots(walk.look()) == {"front": True, "back": False}
    assert "Done" in words(sent_files(walk, path, {"back": BACK}))


# -- portraits


def in_a_white_coat() -> Image.Image:
    """Somebody in a white coat before a shelf, an earring shining."""
    image = face()
    pen = ImageDraw.Draw(image)
    pen.ellipse((60, 820, 840, 1700), (255, 255, 255))
    pen.polygon([(360, 830), (540, 830), (450, 1000)], (120, 160, 190))
    pen.line((450, 1000, 450, 1100), (190, 190, 196), 5)
    pen.ellipse((640, 610, 656, 626), (255, 255, 255))
    return grain(image, 2)


PORTRAITS: dict[str, Callable[[], bytes]] = {
    "in a white coat": lambda: saved(in_a_white_coat()),
    **{f"{number:02}": lambda number=number: real(f"selfie-{number:02}.jpg") for number in range(1, 24)},  # type: ignore[misc]
}


@pytest.mark.parametrize("which", few(PORTRAITS))
def test_a_good_portrait_goes_through_without_a_doubt(sandbox: RunningSandbox, which: str) -> None:
    walk = sandbox.registration_at(Step.SELFIE, "happy_two")
    assert "Done" in words(sent_files(walk, path_of(hand_off(walk)), {"photo": PORTRAITS[which]()}))


@pytest.mark.parametrize(
    "photo", few([lambda: real("selfie-01.jpg", 2), lambda: saved(blurred(face(), 5), quality=99)])
)
def test_a_blurred_portrait_is_asked_about(sandbox: RunningSandbox, photo: Callable[[], bytes]) -> None:
    walk = sandbox.registration_at(Step.SELFIE, "happy_two")
    path = path_of(hand_off(walk))
    page = sent_files(walk, path, {"photo": photo()})
    assert "looks blurred" in words(page)
    assert len(shown(page)) == 1
    assert "Done" in words(despite(walk, path, "photo"))
    assert walk.look()["step"] == "phone_match"


# -- what is told and kept


def test_the_page_is_reached_by_keys_and_by_ear(walk: Walk) -> None:
    page = unescape(sent_files(walk, path_of(hand_off(walk)), {"front": SOFT}, kind="passport").text)
    section = page[page.index('id="front"') : page.index('id="back"')]
    news = re.search(r'data-news="([^"]+)"', page)
    assert news
    assert news[1].startswith("Front: The photo looks blurred.")
    assert news[1].endswith("Take another, or send it all the same.")
    assert re.search(r'<p class="doubt" role="alert" id="front-doubt">', section)
    assert re.search(r'<img [^>]*alt="Your photo as it will be sent', section)
    assert re.search(r'<label for="front-file">Take another</label><input id="front-file" type="file"', section)
    assert re.search(r'<button [^>]*name="despite" value="front" aria-describedby="front-doubt">', section)
    first = re.search(r"<button[^>]*>", page)
    assert first
    assert "despite" not in first[0]  # the button that Enter presses


def test_pictures_come_from_the_page_itself_alone(walk: Walk) -> None:
    policy = opened(walk, path_of(hand_off(walk))).headers["content-security-policy"]
    assert [each.strip() for each in policy.split(";") if "data:" in each] == ["img-src blob: data:"]


def test_of_the_picture_that_is_shown_nothing_is_kept_or_logged(
    sandbox: RunningSandbox, walk: Walk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = path_of(hand_off(walk))
    (thumbnail,) = shown(sent_files(walk, path, {"front": SOFT}, kind="passport"))
    middle = thumbnail[len(thumbnail) // 2 :][:48]
    traces = (middle, base64.b64encode(thumbnail)[4000:4048], middle.hex().encode())
    files = [file.read_bytes() for file in sandbox.folder.rglob("*") if file.is_file()]
    assert not [trace for trace in traces for content in (*files, caplog.text.encode()) if trace in content]
    despite(walk, path, "front")
    walk.look()
    walk.to(Step.DONE)
    assert (kept(sandbox), doubts_kept(sandbox)) == ([], 0)


def test_each_kind_of_database_holds_it(any_sandbox: RunningSandbox) -> None:
    walk = any_sandbox.registration_at(Step.DOCUMENT)
    path = path_of(hand_off(walk))
    sent_files(walk, path, {"front": SOFT, "back": UNREAD}, kind="state_id")
    assert slots(walk.look()) == {"front": False, "back": False}
    despite(walk, path, "front")
    sent(walk, path, cancel="1")
    assert kept(any_sandbox) == []
    with any_sandbox.backend.store.reading() as db:
        assert not list(db.scalars(select(EvidenceDoubt)))


def test_a_database_of_before_goes_on(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox") as sandbox:
        walk = sandbox.registration_at(Step.DOCUMENT)
        path = path_of(hand_off(walk))
        sent(walk, path, "front", kind="state_id")
        clock = sandbox.clock
    with closing(sqlite3.connect(tmp_path / "sandbox" / "sandbox.db", isolation_level=None)) as database:
        database.execute("DROP TABLE evidence_doubts")
    with running(tmp_path / "sandbox", clock=clock) as sandbox:
        walk.sandbox = sandbox
        assert slots(walk.look()) == {"front": True, "back": False}
        path = path_of(hand_off(walk))
        assert DESPITE in words(sent_files(walk, path, {"back": UNREAD}))
        assert "Done" in words(despite(walk, path, "back"))
