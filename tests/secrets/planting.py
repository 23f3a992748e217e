"""Somebody who registers with canaries for all that is asked: what is typed, photographed, sent, and shown to them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.sample_photos import write_sample_photos
from tests.photos.backs import back, barcode_text
from tests.photos.test_cleaning import PLANTED, tags
from tests.terminal.terminal import Terminal
from tests.terminal.walk import Applicant, do, fill, step_on

PASSWORD = "planted violet words/7Q~"
IDME_PASSWORD = "planted-maple-words-4M%"
SSN = "417-36-2958"
MISTYPED_SSN = "900-41-7362"

USERNAME = "zephyrina.quill"
EMAIL = "zephyrina.quill@example.com"
PHONE = "217-555-0148"
PRACTICE = "Quillmark Lane Clinic"
STREET = "4417 Quillmark Ln"
BORN = "02/17/1961"
LICENSE = "Q417-3629-5801"

BARCODE = (
    barcode_text(given="AMELIA", family="HARTWELL")
    .replace("12 ELM ST", STREET.upper())
    .replace("04301975", BORN.replace("/", ""))
    .replace("H555-0101", LICENSE)
)
TYPED = (PASSWORD, IDME_PASSWORD, SSN, MISTYPED_SSN)
PERSONAL = (USERNAME, EMAIL, PHONE, PRACTICE, STREET, BORN, BORN.replace("/", ""), "1961-02-17", LICENSE)
METADATA = (*(piece.decode() for piece in PLANTED if piece.startswith(b"Planted")), "PlantedComment")


def put_photos(folder: Path) -> list[bytes]:
    """Write front, back and selfie, each with a place, a camera and a remark in it; a part of the bytes of each."""
    samples = write_sample_photos(folder)
    pictures = {
        "front.jpg": Image.open(samples["drivers_license_front"]),
        "back.jpg": back(BARCODE),
        "me.jpg": Image.open(samples["selfie"]),
    }
    for name, picture in pictures.items():
        exif = tags()
        del exif[0x0112]  # drawn the right way up
        picture.save(folder / name, "JPEG", quality=90, exif=exif, comment=b"PlantedComment")
    for sample in samples.values():
        sample.unlink()
    photos = [(folder / name).read_bytes() for name in pictures]
    return [photo[len(photo) // 2 :][:24] for photo in photos]


@dataclass
class Planter:
    """Walks in a terminal; `secrets` are those that were typed or shown so far."""

    terminal: Terminal
    applicant: Applicant = field(
        default_factory=lambda: Applicant(username=USERNAME, email=EMAIL, idme_email=EMAIL, idme_password=IDME_PASSWORD)
    )
    typed: list[str] = field(default_factory=list)

    @property
    def secrets(self) -> list[str]:
        """What was typed, and what was read off the screen."""
        return [*self.typed, *self.applicant.seen]

    def answer(self, step: Step) -> None:
        """Do what is to be done at `step`, and wait until another is shown."""
        own: dict[Step, Callable[[], None]] = {
            Step.CREDENTIALS: self._credentials,
            Step.PRACTICE: self._practice,
            Step.IDME_SIGN_UP: self._sign_up,
            Step.MFA_PHONE: lambda: fill(self.terminal, PHONE),
            Step.DOCUMENT: self._document,
            Step.SELFIE: lambda: fill(self.terminal, "~/photos/me.jpg"),
            Step.PHONE_MATCH: lambda: fill(self.terminal, PHONE, "1", " "),
            Step.SSN: self._ssn,
            Step.ATTRIBUTES_REVIEW: lambda: fill(self.terminal, " "),
        }
        own.get(step, lambda: do(self.terminal, step, self.applicant))()
        self.terminal.until_true(
            lambda: (step_on(self.terminal) or step) is not step or "You are registered" in self.terminal.words,
            f"what comes after {step}",
        )

    def _secretly(self, *values: str) -> None:
        self.typed += [value for value in values if value.strip()]
        fill(self.terminal, *values)

    def _credentials(self) -> None:
        self.typed.append(PASSWORD)
        fill(self.terminal, USERNAME, PASSWORD, PASSWORD)

    def _sign_up(self) -> None:
        """As one does who has the password from a password manager."""
        self.typed.append(IDME_PASSWORD)
        for _ in range(2):
            self.terminal.write(f"\x1b[200~{IDME_PASSWORD}\x1b[201~")
            self.terminal.press("tab")
        self.terminal.press(" ", "enter")

    def _practice(self) -> None:
        self.terminal.press("f3")
        self.terminal.until("62701")
        fill(self.terminal, PRACTICE)

    def _document(self) -> None:
        fill(self.terminal, "1", "~/photos/front.jpg", "~/photos/back.jpg")

    def _ssn(self) -> None:
        """Mistyped, shown as wrong, typed again."""
        self._secretly(MISTYPED_SSN)
        self.terminal.until("✗")
        self.terminal.press("ctrl+u")
        self._secretly(SSN)
