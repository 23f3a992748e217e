"""What is sent and what is kept is the picture and nothing else: no place, no time, no name, no script."""

import io
import struct
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from iprescribe_tui.journey.checks.photo import PhotoPolicy
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.photos.outgoing import pieces, prepare_photo
from tests.backend import RunningSandbox
from tests.photos.drawn import GPS, ORIENTATION, SOFTWARE, heic, saved, scene

POLICY = PhotoPolicy()
PLANTED = (b"PlantedCamera", b"PlantedPlace", b"<script>planted", b"PlantedProfile", b"PlantedTail", b"http://ns.adobe")


def tags() -> Image.Exif:
    """Where a picture was taken, with what, and which way up the camera was held."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[SOFTWARE] = 6, "PlantedCamera"
    exif[GPS] = {1: "N", 2: (39.0, 47.0, 53.0), 3: "W", 4: (89.0, 39.0, 1.0), 27: b"ASCII\0\0\0PlantedPlace"}
    return exif


def geotagged_jpeg() -> bytes:
    on_its_side = scene().transpose(Image.Transpose.ROTATE_90)
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><script>planted()</script>http://ns.adobe.com/</x:xmpmeta>"
    file = saved(
        on_its_side, exif=tags(), comment=b"<script>planted()</script>", xmp=xmp, icc_profile=b"PlantedProfile" * 20
    )
    return file + b"PlantedTail" * 50


def geotagged_png() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "<script>planted()</script>")
    notes.add_text("Place", "PlantedPlace", zip=True)
    notes.add_itxt("XML:com.adobe.xmp", "http://ns.adobe.com/ PlantedPlace")
    on_its_side = scene().transpose(Image.Transpose.ROTATE_90)
    return saved(on_its_side, "PNG", exif=tags(), pnginfo=notes, icc_profile=b"PlantedProfile" * 20) + b"PlantedTail"


def geotagged_heic() -> bytes:
    return (
        heic(
            scene(noise=0).transpose(Image.Transpose.ROTATE_90),
            exif=tags().tobytes(),
            xmp=b"<script>planted()</script> http://ns.adobe.com/",
        )
        + b"PlantedTail"
    )


FILES = {"JPEG": geotagged_jpeg, "PNG": geotagged_png, "HEIC": geotagged_heic}


def is_nothing_but_a_picture(file: bytes) -> None:
    """Fail where a file holds more than a JPEG of an ID that lies as it should."""
    assert not [word for word in PLANTED if word in file]
    at, markers = 2, []
    while file[at + 1] != 0xDA:
        markers.append(file[at + 1])
        at += 2 + struct.unpack(">H", file[at + 2 : at + 4])[0]
    assert set(markers) <= {0xE0, 0xDB, 0xC0, 0xC4}, [hex(marker) for marker in markers]
    with Image.open(io.BytesIO(file)) as image:
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert image.width > image.height
        # The header of the card is dark blue, so that what is right way up shows there.
        red, _, blue = image.convert("RGB").getpixel((1100, 130))  # type: ignore[misc]
        assert blue > red + 40


@pytest.mark.parametrize("kind", FILES)
async def test_nothing_of_a_geotagged_photo_reaches_the_backend(
    sandbox: RunningSandbox, tmp_path: Path, kind: str
) -> None:
    file = tmp_path / "front.jpg"
    file.write_bytes(FILES[kind]())
    assert any(word in file.read_bytes() for word in PLANTED)
    photo = prepare_photo(file, POLICY)
    sent = b"".join([piece async for piece in pieces(photo, lambda sent, total: None)])
    is_nothing_but_a_picture(sent)
    answer = sandbox.registration_at(Step.DOCUMENT).upload("front", sent, photo.digest)
    assert answer.json()["digest"] == photo.digest
    (kept,) = (sandbox.folder / "evidence").iterdir()
    assert kept.read_bytes() == sent
    assert [path.name for path in tmp_path.iterdir() if path != sandbox.folder] == ["front.jpg"]


@pytest.mark.parametrize("kind", FILES)
def test_what_a_client_did_not_clean_the_sandbox_does_not_keep(sandbox: RunningSandbox, kind: str) -> None:
    answer = sandbox.registration_at(Step.DOCUMENT).upload("front", FILES[kind]())
    assert answer.status_code == 200, answer.text
    (kept,) = (sandbox.folder / "evidence").iterdir()
    is_nothing_but_a_picture(kept.read_bytes())


def test_the_same_photo_is_cleaned_the_same_way(tmp_path: Path) -> None:
    file = tmp_path / "front.jpg"
    file.write_bytes(geotagged_jpeg())
    assert prepare_photo(file, POLICY).digest == prepare_photo(file, POLICY).digest


@pytest.mark.parametrize(
    "policy",
    [PhotoPolicy(max_bytes=150_000), PhotoPolicy(min_bytes=500_000), PhotoPolicy(formats=("PNG",))],
    ids=["few bytes", "many bytes", "PNG"],
)
def test_what_is_sent_fits_what_the_backend_takes(tmp_path: Path, policy: PhotoPolicy) -> None:
    file = tmp_path / "front.png"
    plain = scene().quantize(24).convert("RGB")
    kind = "PNG" if policy.formats == ("PNG",) else "JPEG"
    image = saved(plain, kind) if kind == "PNG" else saved(plain, quality=40 if policy.max_bytes < 1e6 else 98)
    file.write_bytes(image + bytes(max(0, policy.min_bytes - len(image))))
    photo = prepare_photo(file, policy)
    assert policy.min_bytes <= photo.size <= policy.max_bytes
    assert photo.media_type == f"image/{kind.lower()}"
