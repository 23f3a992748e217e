"""Photos from a phone: a short link that is good once and not for long, and a terminal that learns each thing."""

import html
import io
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from sqlalchemy import text

from iprescribe_tui.journey.steps import Step
from tests.backend import Json, RunningSandbox, TestClock, Walk, picture, running
from tests.photos.backs import back, barcode_text, jpeg

BACK = jpeg(back(barcode_text()))


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Walk]:
    """The folder of a sandbox, and a registration in it that has come to the document."""
    folder = tmp_path_factory.mktemp("left") / "sandbox"
    with running(folder) as sandbox:
        return folder, sandbox.registration_at(Step.DOCUMENT)


@pytest.fixture
def sandbox(left: tuple[Path, Walk], tmp_path: Path) -> Iterator[RunningSandbox]:
    """A copy of it, which goes on at the same time."""
    folder, walk = left
    shutil.copytree(folder, tmp_path / "sandbox")
    with running(tmp_path / "sandbox", clock=TestClock(walk.fresh_at)) as started:
        yield started


@pytest.fixture
def walk(left: tuple[Path, Walk], sandbox: RunningSandbox) -> Walk:
    return replace(left[1], sandbox=sandbox)


def hand_off(walk: Walk) -> Json:
    """Ask for a link; the view."""
    answer = walk.sandbox.call("POST", f"/v1/registrations/{walk.id}/handoffs", token=walk.token())
    assert answer.status_code == 200, answer.text
    return walk.seen(answer.json())


def path_of(view: Json) -> str:
    return urlsplit(view["url"]).path


def opened(walk: Walk, path: str) -> httpx.Response:
    """What a phone sees that opens the link; its script says that it did."""
    page = walk.sandbox.http.get(path)
    assert walk.sandbox.http.post(path, files={"opened": (None, "1")}).text == page.text
    return page


def sent(walk: Walk, path: str, *slots: str, **fields: str) -> httpx.Response:
    """What a phone sees that sends photos."""
    return sent_files(walk, path, {slot: BACK if slot == "back" else picture(slot) for slot in slots}, **fields)


def sent_files(walk: Walk, path: str, photos: dict[str, bytes], **fields: str) -> httpx.Response:
    files: Any = [(name, (None, value)) for name, value in fields.items()]
    files += [(slot, ("photo.jpg", photo, "image/jpeg")) for slot, photo in photos.items()]
    return walk.sandbox.http.post(path, files=files)


def words(answer: httpx.Response) -> str:
    """What the page says."""
    main = answer.text.partition("<main>")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def slots(view: Json) -> dict[str, bool]:
    return {slot["slot"]: slot["received"] for slot in view["slots"]}


def test_the_link_is_short_and_fits_a_small_qr_code(walk: Walk) -> None:
    view = hand_off(walk)
    assert (view["kind"], view["state"], view["step"]) == ("handoff", "waiting", "document")
    assert re.fullmatch(r"HTTP://127\.0\.0\.1:\d+/P/[A-Z2-7]{16}", view["url"])
    assert slots(view) == {"front": False, "back": False}
    assert view["can_go_back"]


def test_each_thing_that_happens_is_a_new_revision(walk: Walk) -> None:
    seen = [hand_off(walk)]
    path = path_of(seen[0])
    assert "Which ID do you have?" in words(opened(walk, path))
    seen.append(walk.look())
    sent(walk, path, "front", kind="state_id")
    seen.append(walk.look())
    done = sent(walk, path, "back", kind="state_id")
    seen.append(walk.look())
    assert [view.get("state") for view in seen] == ["waiting", "opened", "opened", None]
    assert slots(seen[2]) == {"front": True, "back": False}
    assert "You can go back to your terminal." in words(done)
    assert (seen[3]["kind"], seen[3]["step"]) == ("form", "selfie")
    revisions = [view["revision"] for view in seen]
    assert revisions == sorted(set(revisions))


def test_whoever_waits_learns_that_the_phone_has_opened_it(walk: Walk) -> None:
    view = hand_off(walk)
    heard: list[Json] = []
    headers = {"If-None-Match": f'"{view["revision"]}"', "Prefer": "wait=20"}
    waiting = threading.Thread(target=lambda: heard.append(walk.get(**headers).json()))
    waiting.start()
    opened(walk, path_of(view))
    waiting.join(20)
    assert heard[0]["state"] == "opened"


def test_all_in_one_form_as_without_a_script(walk: Walk) -> None:
    path = path_of(hand_off(walk))
    assert "Done" in words(sent(walk, path, "front", "back", kind="drivers_license"))
    assert walk.look()["step"] == "selfie"


def test_a_passport_needs_its_front_alone_even_if_it_is_chosen_late(walk: Walk) -> None:
    path = path_of(hand_off(walk))
    sent(walk, path, "front", kind="state_id")
    assert "Done" in words(sent(walk, path, kind="passport"))
    assert walk.look()["step"] == "selfie"


def test_a_selfie(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.SELFIE, "happy_two")
    view = hand_off(walk)
    assert slots(view) == {"photo": False}
    page = opened(walk, path_of(view))
    assert 'capture="user"' in page.text
    assert "kind" not in page.text.partition("<main>")[2].partition("</main>")[0]
    assert "Done" in words(sent(walk, path_of(view), "photo"))
    assert walk.look()["step"] == "phone_match"


@pytest.mark.parametrize("step", [Step.CREDENTIALS, Step.RECOVERY_CODE, Step.PHONE_MATCH, Step.SSN])
def test_only_photos_are_taken_with_a_phone(sandbox: RunningSandbox, step: Step) -> None:
    walk = sandbox.registration_at(step, "happy_two")
    answer = sandbox.call("POST", f"/v1/registrations/{walk.id}/handoffs", token=walk.token())
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_step")


def test_a_link_is_made_for_who_has_the_token_alone(sandbox: RunningSandbox, walk: Walk) -> None:
    other = sandbox.registration_at(Step.DOCUMENT, "happy_two")
    path = f"/v1/registrations/{walk.id}/handoffs"
    assert sandbox.call("POST", path).status_code == 401
    assert sandbox.call("POST", path, token=other.token()).status_code == 404


def test_the_same_request_twice_makes_one_link(walk: Walk) -> None:
    path = f"/v1/registrations/{walk.id}/handoffs"
    first, again = (walk.sandbox.call("POST", path, token=walk.token(), key="once") for _ in range(2))
    assert first.json()["url"] == again.json()["url"]


# -- codes that open nothing


def spent(walk: Walk) -> str:
    path = path_of(hand_off(walk))
    sent(walk, path, "front", kind="passport")
    return path


def expired(walk: Walk) -> str:
    path = path_of(hand_off(walk))
    walk.sandbox.clock.advance(minutes=15)
    return path


def replaced(walk: Walk) -> str:
    path = path_of(hand_off(walk))
    hand_off(walk)
    return path


def given_up(walk: Walk) -> str:
    path = path_of(hand_off(walk))
    walk.back()
    return path


def canceled_there(walk: Walk) -> str:
    path = path_of(hand_off(walk))
    sent(walk, path, cancel="1")
    return path


def left_behind(walk: Walk) -> str:
    path = path_of(hand_off(walk))
    walk.submit(Step.DOCUMENT, **walk.answers_to(Step.DOCUMENT))
    return path


def guessed(walk: Walk) -> str:
    return path_of(hand_off(walk))[:-16] + "A" * 16


@pytest.mark.parametrize(
    "code", [spent, expired, replaced, given_up, canceled_there, left_behind, guessed, lambda walk: "/P/%00%FF"]
)
def test_a_code_that_is_over_opens_nothing_and_says_nothing_of_why(walk: Walk, code: Any) -> None:
    path = code(walk)
    before = walk.look()
    looked, tried = opened(walk, path), sent(walk, path, "front", "back", kind="state_id")
    assert (looked.status_code, tried.status_code) == (404, 404)
    assert looked.text == tried.text == opened(walk, "/P/NOTACODE").text
    assert looked.headers["content-security-policy"] == tried.headers["content-security-policy"]
    assert walk.look() == before


def test_a_code_is_bound_to_its_step(sandbox: RunningSandbox, walk: Walk) -> None:
    """A document's code takes no selfie, and opens nothing at the selfie."""
    path = path_of(hand_off(walk))
    sent(walk, path, "photo", kind="passport")
    assert slots(walk.look()) == {"front": False}
    assert list((sandbox.folder / "evidence").iterdir()) == []


def test_a_code_typed_by_hand_in_small_letters_works(walk: Walk) -> None:
    assert "Which ID" in words(opened(walk, path_of(hand_off(walk)).lower()))


def test_the_database_does_not_hold_the_code(walk: Walk) -> None:
    code = path_of(hand_off(walk)).rpartition("/")[2]
    with walk.sandbox.backend.store.reading() as db:
        tables = [name for (name,) in db.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))]
        held = [str(row) for name in tables for row in db.execute(text(f'SELECT * FROM "{name}"'))]
    assert not [row for row in held if code in row.upper()]


def test_ten_links_in_ten_minutes_are_enough(walk: Walk) -> None:
    for _ in range(10):
        hand_off(walk)
    answer = walk.sandbox.call("POST", f"/v1/registrations/{walk.id}/handoffs", token=walk.token())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "600")
    walk.sandbox.clock.advance(minutes=10)
    hand_off(walk)


# -- from either side


def test_back_in_the_terminal_gives_the_form_again_and_keeps_nothing(sandbox: RunningSandbox, walk: Walk) -> None:
    sent(walk, path_of(hand_off(walk)), "front", kind="state_id")
    walk.look()
    assert walk.back().status_code == 200
    assert (walk.view["kind"], walk.view["step"], walk.view["phone"]) == ("form", "document", True)
    assert list((sandbox.folder / "evidence").iterdir()) == []


def test_back_at_the_selfie_gives_the_selfie_again(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.SELFIE, "happy_two")
    hand_off(walk)
    walk.back()
    assert (walk.view["kind"], walk.view["step"]) == ("form", "selfie")
    walk.back()
    assert walk.view["step"] == "document"


def test_canceled_on_the_phone_the_terminal_says_so_and_can_make_a_new_link(walk: Walk) -> None:
    path = path_of(hand_off(walk))
    sent(walk, path, "front", kind="state_id")
    assert "Canceled" in words(sent(walk, path, cancel="1"))
    view = walk.look()
    assert (view["state"], slots(view)) == ("canceled", {"front": False, "back": False})
    assert hand_off(walk)["state"] == "waiting"


def test_it_expires_under_the_eyes_of_who_waits(walk: Walk) -> None:
    view = hand_off(walk)
    walk.sandbox.clock.advance(minutes=15)
    later = walk.look()
    assert (later["state"], later["revision"] > view["revision"]) == ("expired", True)


def test_what_the_old_link_brought_stays_with_the_new_one(walk: Walk) -> None:
    sent(walk, path_of(hand_off(walk)), "front", kind="state_id")
    view = hand_off(walk)
    assert slots(view) == {"front": True, "back": False}
    assert "Done" in words(sent(walk, path_of(view), "back"))


# -- what is wrong with photos


def test_a_bad_photo_is_refused_in_the_words_that_the_terminal_uses(sandbox: RunningSandbox, walk: Walk) -> None:
    path = path_of(hand_off(walk))
    small = io.BytesIO()
    Image.new("RGB", (20, 20)).save(small, "JPEG")
    in_terminal = walk.upload("front", small.getvalue()).json()["errors"]["front"]
    page = sent_files(walk, path, {"front": small.getvalue(), "back": BACK}, kind="state_id")
    assert in_terminal in words(page)
    view = walk.look()
    assert slots(view) == {"front": False, "back": True}
    assert view["slots"][0]["says"] == in_terminal
    assert "Done" in words(sent(walk, path, "front", kind="state_id"))
    assert walk.look()["step"] == "selfie"


def test_a_bad_photo_leaves_the_good_one_before_it_where_it_is(walk: Walk) -> None:
    path = path_of(hand_off(walk))
    sent(walk, path, "front", kind="state_id")
    page = sent_files(walk, path, {"front": b"not a photo " * 9000}, kind="state_id")
    front, _ = walk.look()["slots"]
    assert front["received"]
    assert front["says"].startswith("This file is not a photo.")
    assert front["says"].endswith("The one before it is kept.")
    assert front["says"] in words(page)
    assert "Done" in words(sent(walk, path, "back", kind="state_id"))


def test_a_verdict_on_the_document_asks_for_that_side_alone(sandbox: RunningSandbox) -> None:
    walk = sandbox.registration_at(Step.DOCUMENT, "document_blurred")
    path = path_of(hand_off(walk))
    assert "The photo is blurred." in words(sent(walk, path, "front", "back", kind="state_id"))
    view = walk.look()
    assert slots(view) == {"front": False, "back": True}
    assert "blurred" in view["slots"][0]["says"]
    assert "Done" in words(sent(walk, path, "front"))


def test_the_same_picture_twice(walk: Walk) -> None:
    path = path_of(hand_off(walk))
    page = sent_files(walk, path, {"front": picture("front"), "back": picture("front")}, kind="passport_card")
    assert "Front and back are the same picture." in words(page)


def test_too_many_refused_documents_lock_the_phone_out_too(sandbox: RunningSandbox, walk: Walk) -> None:
    path = path_of(hand_off(walk))
    same = {"front": picture("front"), "back": picture("front")}
    for _ in range(4):
        sent_files(walk, path, same, kind="passport_card")
    assert "Locked" in words(sent_files(walk, path, same, kind="passport_card"))
    assert walk.look()["kind"] == "locked"
    assert opened(walk, path).status_code == 404


def test_what_is_larger_than_the_photos_may_be_is_cut_off(sandbox: RunningSandbox, walk: Walk) -> None:
    path = path_of(hand_off(walk))
    page = sent_files(walk, path, {"front": b"\xff\xd8\xff" + b"\0" * (33 * 1024 * 1024)}, kind="state_id")
    assert "At most 32 MB" in words(page)
    assert slots(walk.look()) == {"front": False, "back": False}
    assert list((sandbox.folder / "evidence").iterdir()) == []


def test_what_is_no_form_changes_nothing(walk: Walk) -> None:
    path = path_of(hand_off(walk))
    opened(walk, path)
    for kind, body in (("multipart/form-data", b"x"), ("multipart/form-data; boundary=b", b"--b\r\nx"), ("a/b", b"x")):
        answer = walk.sandbox.http.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code == 200
    assert slots(walk.look()) == {"front": False, "back": False}


def test_nothing_is_kept_by_the_browser_and_nothing_comes_from_elsewhere(walk: Walk) -> None:
    page = opened(walk, path_of(hand_off(walk)))
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in page.headers
    assert not re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?http""", page.text)


def test_photos_from_a_phone_go_when_they_are_no_longer_needed(sandbox: RunningSandbox, walk: Walk) -> None:
    sent(walk, path_of(hand_off(walk)), "front", kind="passport")
    walk.look()
    files: list[Path] = list((sandbox.folder / "evidence").iterdir())
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600]
    walk.to(Step.DONE)
    assert list((sandbox.folder / "evidence").iterdir()) == []


# -- where a phone finds it


@pytest.mark.parametrize(
    ("phone_url", "shown", "warned"),
    [
        ("", "HTTP://127.0.0.1:", True),
        ("http://192.0.2.17:8765", "HTTP://192.0.2.17:8765/P/", False),
        ("https://sandbox.example.com/test", "HTTPS://SANDBOX.EXAMPLE.COM/test/P/", False),
        ("http://localhost:9", "HTTP://LOCALHOST:9/P/", True),
    ],
)
def test_the_address_is_that_which_a_phone_can_open(tmp_path: Path, phone_url: str, shown: str, warned: bool) -> None:
    with running(tmp_path / "sandbox", phone_url=phone_url) as sandbox:
        view = hand_off(sandbox.registration_at(Step.DOCUMENT))
    assert view["url"].startswith(shown)
    assert bool([notice for notice in view["notices"] if "not on a phone" in notice["text"]]) == warned


def test_where_a_photo_was_taken_is_not_kept(sandbox: RunningSandbox, walk: Walk) -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (39.0, 46.0, 54.0)}
    exif[0x010E] = "geotagged"
    with Image.open(io.BytesIO(picture("front"))) as photo:
        photo.save(out, "JPEG", exif=exif, quality=95)
    assert b"geotagged" in out.getvalue()
    sent_files(walk, path_of(hand_off(walk)), {"front": out.getvalue()}, kind="state_id")
    assert slots(walk.look())["front"]
    (kept,) = (sandbox.folder / "evidence").iterdir()
    assert b"geotagged" not in kept.read_bytes()
    with Image.open(kept) as photo:
        assert not photo.getexif()


PART = b'--x\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s'


@pytest.mark.parametrize("codec", ["undefined", "idna", "IDNA", "punycode", "utf-7", "unicode_escape", "zlib", "\xe9"])
def test_a_form_in_another_encoding_is_refused_in_words(walk: Walk, codec: str) -> None:
    path = path_of(hand_off(walk))
    media = f"multipart/form-data; boundary=x; charset={codec}".encode()
    body = PART % (b"xn--a-", b"\xff\xfe.jpg", b"xn--\xff") + b"\r\n--x--\r\n"
    page = walk.sandbox.http.post(path, content=body, headers=[(b"Content-Type", media)])
    assert page.status_code == 200
    assert "can't be read" in html.unescape(page.text)


@pytest.mark.parametrize("end", [b"", b"\r\n--x", b"\r\n--x-", b"\r\n--y--\r\n"])
def test_a_form_that_was_cut_off_leaves_no_photo_behind(walk: Walk, end: bytes) -> None:
    path = path_of(hand_off(walk))
    body = PART % (b"photo", b"photo.jpg", picture("front") + bytes(2 * 1024 * 1024)) + end
    before = nameless_files()
    page = walk.sandbox.http.post(path, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert "can't be read" in html.unescape(page.text)
    assert nameless_files() <= before


def nameless_files() -> set[str]:
    """The files without a name that this process, and so the sandbox in it, has open; none where none can be seen."""
    folder = Path("/proc/self/fd")
    found = set()
    for each in os.listdir(folder) if folder.exists() else ():
        with suppress(FileNotFoundError):
            found.add(os.readlink(folder / each))
    return {name for name in found if name.endswith("(deleted)")}
