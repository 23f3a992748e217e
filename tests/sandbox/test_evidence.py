"""Photos: whole or not at all, judged by content, kept from others, and gone when they are no longer needed."""

import asyncio
import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.photos.worker import received_apart
from iprescribe_tui.sandbox.domain import evidence, limits
from iprescribe_tui.sandbox.domain.backend import Decoding
from tests.backend import RunningSandbox, Walk, digest, picture, running
from tests.photos.backs import back
from tests.photos.drawn import blurred, darkened, lamp, saved, scene

pytestmark = pytest.mark.usefixtures("real_looks")


def files(sandbox: RunningSandbox) -> list[Path]:
    folder = sandbox.folder / "evidence"
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.fixture
def walk(sandbox: RunningSandbox) -> Walk:
    return sandbox.registration_at(Step.DOCUMENT)


def test_a_photo_is_kept_for_its_owner_alone(sandbox: RunningSandbox, walk: Walk) -> None:
    sent = walk.upload("front").json()
    assert (sent["slot"], sent["size"]) == ("front", len(picture("front")))
    assert sent["digest"] == digest(picture("front"))
    (file,) = files(sandbox)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert file.read_bytes() == picture("front")


def test_another_photo_takes_the_place_of_the_first(sandbox: RunningSandbox, walk: Walk) -> None:
    first = walk.evidence("front")
    again = walk.upload("front", picture("another")).json()["id"]
    assert [file.name for file in files(sandbox)] == [again]
    refused = walk.answer(Step.DOCUMENT, kind="passport", front=first)
    assert refused.json()["errors"] == {"front": "This photo has not arrived. Choose it again."}
    assert walk.submit(Step.DOCUMENT, kind="passport", front=again)["step"] == "selfie"


def test_a_photo_that_comes_again_late_stays_the_one_that_was_sent(sandbox: RunningSandbox, walk: Walk) -> None:
    """Where a try was given up and its bytes come after those of the next one, the step still finds its photo."""
    first = walk.evidence("front")
    assert walk.upload("front", picture("front")).json()["id"] == first
    assert [file.name for file in files(sandbox)] == [first]
    assert walk.submit(Step.DOCUMENT, kind="passport", front=first)["step"] == "selfie"


def test_too_many_photos_are_refused_for_a_while_and_stop_nobody_else(
    sandbox: RunningSandbox, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To judge a photo takes a second of a processor: who sends them without end is held up, whatever they are."""
    monkeypatch.setattr(limits, "PHOTOS", replace(limits.PHOTOS, tries=3))
    damaged = BAD["photo_damaged"]
    assert [walk.upload("front", damaged).status_code for _ in range(3)] == [422, 422, 422]
    refused = walk.upload("front")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_photos")
    assert (
        refused.json()["detail"] == "3 photos were sent in 10 minutes. This one was not kept. Try again in 10 minutes."
    )
    assert refused.headers["Retry-After"] == "600"
    assert not files(sandbox)
    assert sandbox.registration_at(Step.DOCUMENT, "happy_two").upload("front").status_code == 200
    sandbox.clock.advance(minutes=10, seconds=1)
    assert walk.upload("front").status_code == 200


def test_after_the_first_photos_of_one_those_of_others_come_first(
    sandbox: RunningSandbox, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "_FIRST", 2)
    judge, asked = received_apart, list[int]()

    def noted(*args: Any, niceness: int, **more: Any) -> Any:
        asked.append(niceness)
        return judge(*args, niceness=niceness, **more)

    monkeypatch.setattr(evidence, "received_apart", noted)
    for _ in range(3):
        assert walk.upload("front").status_code == 200
    assert asked == [0, 0, evidence._NICENESS]


def test_all_that_send_very_many_hold_one_place(sandbox: RunningSandbox) -> None:
    async def entered() -> list[str]:
        decoding, inside, over = Decoding(), list[str](), asyncio.Event()

        async def one(name: str, *, is_first: bool) -> None:
            async with decoding.turn(name, is_first=is_first):
                inside.append(name)
                await over.wait()

        async with asyncio.TaskGroup() as tasks:
            for name in ("many", "more", "most"):
                tasks.create_task(one(name, is_first=False))
            tasks.create_task(one("few", is_first=True))
            while len(inside) < 2:
                await asyncio.sleep(0)
            seen = list(inside)
            over.set()
        return seen

    assert asyncio.run(entered()) == ["many", "few"]


def jpeg(size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (90, 120, 150)).save(out, "JPEG")
    return out.getvalue()


def bomb() -> bytes:
    """A PNG that is small as a file and huge as a picture."""
    out = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(out, "PNG")
    return out.getvalue() + b"\0" * 50_000


BAD = {
    "photo_empty": b"",
    "photo_small": jpeg((20, 20)),
    "photo_large": picture("front") + b"\0" * (16 * 1024 * 1024),
    "photo_not_image": b"just text, and plenty of it. " * 3000,
    "photo_pdf": b"%PDF-1.7 " + b"\0" * 50_000,
    "photo_damaged": picture("front")[:45_000],
    "photo_pixels": jpeg((500, 300)) + b"\0" * 40_000,
}


@pytest.mark.parametrize("code", BAD)
def test_what_is_no_good_photo_is_refused_with_the_reason(sandbox: RunningSandbox, walk: Walk, code: str) -> None:
    answer = walk.upload("front", BAD[code])
    assert (answer.status_code, answer.json()["code"]) == (413 if code == "photo_large" else 422, code)
    assert answer.json()["errors"]["front"]
    assert files(sandbox) == []


@pytest.mark.parametrize(
    ("slot", "photo"),
    [
        ("front", saved(blurred(scene(), 4), quality=99)),
        ("front", saved(darkened(scene(), 0.2), quality=99)),
        ("front", saved(lamp(scene(paper=(200, 204, 198)), (0.5, 0.35), (0.1, 0.07)))),
        ("back", saved(back())),
    ],
    ids=["blurred", "dark", "glare", "barcode unread"],
)
def test_what_only_seems_wrong_is_taken_from_a_terminal_which_has_asked(
    sandbox: RunningSandbox, walk: Walk, slot: str, photo: bytes
) -> None:
    sides = {"front": walk.evidence("front"), "back": walk.evidence("back")}
    sides[slot] = walk.upload(slot, photo).json()["id"]
    assert walk.submit(Step.DOCUMENT, kind="state_id", **sides)["step"] == "selfie"
    assert photo in [file.read_bytes() for file in files(sandbox)]


def test_a_picture_that_would_fill_the_memory_is_refused(sandbox: RunningSandbox, walk: Walk) -> None:
    assert walk.upload("front", bomb()).json()["code"] == "photo_bomb"
    assert files(sandbox) == []


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (digest(b"something else"), "digest_mismatch"),
        ("", "digest_missing"),
        ("md5=:AAAA:", "digest_missing"),
        ("sha-256=AAAA", "digest_missing"),
    ],
)
def test_a_photo_must_arrive_as_it_was_sent(sandbox: RunningSandbox, walk: Walk, header: str, code: str) -> None:
    answer = walk.upload("front", content_digest=header)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert files(sandbox) == []


def test_another_digest_beside_the_right_one_does_no_harm(walk: Walk) -> None:
    header = f"sha-512=:AAAA:, {digest(picture('front'))}"
    assert walk.upload("front", content_digest=header).status_code == 200


@pytest.mark.parametrize(("slot", "status"), [("photo", 409), ("nonsense", 404), ("..%2f..%2fserver.key", 404)])
def test_a_photo_that_is_not_asked_for_is_refused(walk: Walk, slot: str, status: int) -> None:
    assert walk.upload(slot, picture("front")).status_code == status


def test_the_photo_of_another_is_no_photo(sandbox: RunningSandbox, walk: Walk) -> None:
    other = sandbox.registration_at(Step.DOCUMENT, "happy_two")
    refused = other.answer(Step.DOCUMENT, kind="passport", front=walk.evidence("front"))
    assert refused.json()["code"] == "evidence_missing"


def test_the_front_is_not_taken_for_the_back(walk: Walk) -> None:
    refused = walk.answer(Step.DOCUMENT, kind="state_id", front=walk.evidence("front"), back=walk.evidence("front"))
    assert "back" in refused.json()["errors"]


def test_a_passport_has_no_back(sandbox: RunningSandbox, walk: Walk) -> None:
    front, back = walk.evidence("front"), walk.evidence("back")
    walk.submit(Step.DOCUMENT, kind="passport", front=front, back=back)
    assert [file.name for file in files(sandbox)] == [front]


def test_photos_go_when_they_are_no_longer_needed(sandbox: RunningSandbox, walk: Walk) -> None:
    walk.to(Step.PHONE_MATCH)
    assert len(files(sandbox)) == 3
    walk.back()
    assert len(files(sandbox)) == 2
    walk.back()
    assert files(sandbox) == []
    walk.to(Step.CONSENT)
    assert len(files(sandbox)) == 3
    walk.to(Step.DONE)
    assert files(sandbox) == []


def test_what_a_killed_sandbox_left_behind_is_swept(tmp_path: Path) -> None:
    folder = tmp_path / "sandbox"
    with running(folder) as sandbox:
        kept = sandbox.registration_at(Step.DOCUMENT).evidence("front")
    for name, age in ((kept, 7200), ("orphan", 7200), ("arriving", 60)):
        path = folder / "evidence" / name
        path.touch()
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    with running(folder) as sandbox:
        assert [file.name for file in files(sandbox)] == sorted([kept, "arriving"])


def test_sample_pictures_are_offered_on_this_machine(tmp_path: Path) -> None:
    with running(tmp_path / "sandbox", local=True) as sandbox:
        walk = sandbox.registration_at(Step.DOCUMENT)
        offered = walk.view["on_file"]
        assert walk.view["on_file_label"] == "sample pictures made for the sandbox"
        sides = {slot: walk.upload(slot, Path(offered[slot]).read_bytes()).json()["id"] for slot in ("front", "back")}
        walk.submit(Step.DOCUMENT, kind=offered["kind"], **sides)
        photo = walk.upload("photo", Path(walk.view["on_file"]["photo"]).read_bytes()).json()["id"]
        assert walk.submit(Step.SELFIE, photo=photo)["step"] == "phone_match"


def test_no_paths_are_told_to_other_machines(walk: Walk) -> None:
    assert (walk.view["on_file"], walk.view["on_file_label"]) == ({}, "")
