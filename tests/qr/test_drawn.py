"""The QR code that the terminal shows is read by a reader, as it stands, at 80×24."""

import io

import cairosvg
import pytest
import zxingcpp
from PIL import Image

from iprescribe_tui.front_end import screen_of
from iprescribe_tui.ui.themes import DARK, LIGHT
from tests.snapshots.test_snapshots import Frame, alone, around, settle
from tests.snapshots.views import VIEWS

TEXTS = {
    "mfa_totp": "otpauth://totp/ID.me:sandbox?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "handoff": "http://127.0.0.1:8765/h/K7Q2M9XA4T",
}


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name])
@pytest.mark.parametrize("name", TEXTS)
async def test_it_scans(name: str, theme: str) -> None:
    view = VIEWS[name]
    app = Frame(screen_of(view)(view, around()), theme=theme)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        picture = cairosvg.svg2png(bytestring=alone(app.export_screenshot()).encode(), scale=2)
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("RGB"), try_invert=False)
    assert [code.text for code in found] == [TEXTS[name]]
