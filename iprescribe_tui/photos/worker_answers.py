"""Answers of the decoding process, checked whole before anything is taken from them: a photo may have made them up."""

from typing import Annotated, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Base64Bytes,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import MOST_BYTES, MOST_PIXELS, damaged
from iprescribe_tui.journey.checks.picture import Doubt, PictureFacts
from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.photos.fingerprints import FINGERPRINT
from iprescribe_tui.photos.preview import Preview

A = TypeVar("A")

_MOST_ROWS: Final = 500
_MOST_COLUMNS: Final = 1000
_MOST_DOUBTS: Final = 10
_LONGEST_BARCODE: Final = 4096
"""Characters; a PDF417 barcode holds at most 2,710."""

_Side = Annotated[int, Field(ge=1, le=MOST_PIXELS)]
_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Level = Annotated[int, Field(ge=0, le=255)]
_Color = tuple[_Level, _Level, _Level]
_Row = Annotated[tuple[tuple[_Color, _Color], ...], Field(min_length=1, max_length=_MOST_COLUMNS)]
_Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}\z")]
_Message = Annotated[str, StringConstraints(max_length=1000), AfterValidator(plain)]
_Place = tuple[_Share, _Share, _Share, _Share] | None
_Doubts = Annotated[tuple[tuple[_Code, _Message, _Place], ...], Field(max_length=_MOST_DOUBTS)]
_Fingerprint = Annotated[Base64Bytes, Field(min_length=FINGERPRINT, max_length=FINGERPRINT)]


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)


class _Drawn(_Answer):
    rows: Annotated[tuple[_Row, ...], Field(max_length=_MOST_ROWS)]
    width: _Side
    height: _Side
    size: Annotated[int, Field(ge=0, le=MOST_BYTES)]


class Previewed(_Answer):
    """A photo in character cells, None if it could not be decoded."""

    drawn: Annotated[_Drawn | None, Field(alias="preview")]

    @property
    def preview(self) -> Preview | None:
        """The photo, and its own width, height and size."""
        drawn = self.drawn
        return Preview(drawn.rows, drawn.width, drawn.height, drawn.size) if drawn else None


class Failed(Previewed):
    """A photo that is rejected, with a preview if it could be decoded all the same."""

    drawn: Annotated[_Drawn | None, Field(alias="preview")] = None
    failed: tuple[_Code, _Message]

    @property
    def fault(self) -> CheckFailed:
        """The reason."""
        return CheckFailed(*self.failed)


class _Judged(_Answer):
    fingerprint: _Fingerprint
    doubted: Annotated[_Doubts, Field(alias="doubts")]

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """Apparent defects, the worst first."""
        return tuple(Doubt(*doubt) for doubt in self.doubted)


class Looked(Previewed, _Judged):
    """A photo to send, with its measurements, as judged at the terminal."""

    media_type: Literal["image/jpeg", "image/png"]
    measured: Annotated[tuple[_Side, _Side, _Share, _Share, _Share, _Place], Field(alias="facts")]

    @property
    def facts(self) -> PictureFacts:
        """Its measurements."""
        return PictureFacts(*self.measured)


class BarcodeRead(_Answer):
    """The text of a barcode, None if there is none that can be read."""

    barcode: Annotated[str, StringConstraints(max_length=_LONGEST_BARCODE)] | None


class Received(BarcodeRead, _Judged):
    """A photo that the sandbox received; `picture` is a JPEG, b"" if none was drawn."""

    picture: Base64Bytes


_LATER: Final = ConfigDict(defer_build=True)
LOOKED: Final[TypeAdapter[Looked | Failed]] = TypeAdapter(Looked | Failed, config=_LATER)
RECEIVED: Final[TypeAdapter[Received | Failed]] = TypeAdapter(Received | Failed, config=_LATER)
PREVIEWED: Final[TypeAdapter[Previewed | Failed]] = TypeAdapter(Previewed | Failed, config=_LATER)
READ: Final[TypeAdapter[BarcodeRead | Failed]] = TypeAdapter(BarcodeRead | Failed, config=_LATER)
"""Answers of each task; built at the first answer, since the first screen needs none."""


def understood(line: bytes, expected: TypeAdapter[A]) -> A:
    """Return an answer, a line of JSON. Raises CheckFailed `photo_damaged` if it is anything but what is expected."""
    try:
        return expected.validate_json(line)
    except ValidationError:
        raise damaged() from None
