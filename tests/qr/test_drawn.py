"""The QR code that the terminal shows is read by a reader, as it stands, at 80×24."""

import io

import cairosvg
import pytest
import zxingcpp
from PIL import Image
from pydantic import SecretStr

from iprescribe_tui.flow.actions import View
from iprescribe_tui.front_ends.tui.themes import DARK, LIGHT
from iprescribe_tui.journey.views import StepViewBase
from screens import screen_of
from tests.snapshots.test_snapshots import Frame, alone, screen_context, settle
from tests.snapshots.views import VIEWS

TEXTS = {
    "mfa_totp": "otpauth://totp/ID.me:test-1000000012?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "handoff": "http://127.0.0.1:8765/h/K7Q2M9XA4T",
}


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name])
@pytest.mark.parametrize("name", TEXTS)
async def test_it_scans(name: str, theme: str) -> None:
    assert await scanned(VIEWS[name], theme) == TEXTS[name]


@pytest.mark.parametrize("long", [76, 78, 79, 106])
async def test_a_longer_key_takes_the_line_of_the_progress_as_well(long: int) -> None:
    """As with the issuer and the applicant's e-mail in it: up to 106 characters scan beside the page."""
    uri = TEXTS["mfa_totp"] + "&issuer=ID.me&digits=6&period=30&algorithm=SHA1"[: long - len(TEXTS["mfa_totp"])]
    view = VIEWS["mfa_totp"]
    assert isinstance(view, StepViewBase)
    reveal = {**view.reveal, "otpauth_uri": SecretStr(uri)}
    assert await scanned(view.model_copy(update={"reveal": reveal}), DARK.name) == uri


async def scanned(view: View, theme: str) -> str:
    """What a phone reads off the screen of `view`."""
    app = Frame(screen_of(view)(view, screen_context()), theme=theme)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        picture = cairosvg.svg2png(bytestring=alone(app.export_screenshot()).encode(), scale=2)
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)).convert("RGB"), try_invert=False)
    return found[0].text if len(found) == 1 else ""
