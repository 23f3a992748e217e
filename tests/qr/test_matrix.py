"""How many modules a text takes, and what is drawn of them."""

import pytest
import zxingcpp
from PIL import Image

from iprescribe_tui.system.qr_matrix import QUIET, half_blocks, matrix, size

PHONE = "HTTP://10.0.0.12:8765/P/7GQ2M9XA4TC5D"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (PHONE, 2),
        (PHONE.lower(), 3),
        ("A" * 47, 2),
        ("A" * 48, 3),
        ("otpauth://totp/ID.me:test-1000000012?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", 4),
    ],
)
def test_capitals_take_less_room(text: str, version: int) -> None:
    modules = matrix(text)
    assert len(modules) == 17 + 4 * version + 2 * QUIET
    image = Image.new("L", (len(modules), len(modules)))
    image.putdata([0 if dark else 255 for row in modules for dark in row])
    large = image.resize((image.width * 8, image.height * 8), Image.Resampling.NEAREST)
    assert [found.text for found in zxingcpp.read_barcodes(large, try_invert=False)] == [text]


@pytest.mark.parametrize("long", [3000, 20_000])
def test_what_no_code_takes_is_not_drawn(long: int) -> None:
    assert matrix("a" * long) == []


def test_the_size_is_that_of_what_is_drawn() -> None:
    modules = matrix(PHONE)
    lines = half_blocks(modules)
    assert size(modules, blocks=True) == (len(lines[0]), len(lines)) == (29, 15)
    assert size(modules, blocks=False) == (58, 29)
