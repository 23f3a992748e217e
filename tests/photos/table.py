"""How the checks of photos do on real pictures: `python -m tests.photos.table FOLDER` prints a line for each kind.

The pictures are named by their kind, as those in `../shared/photos` are: `selfie-`, `document-NN`, `document-barcode-`,
`document-white-card-`, `document-closeup-`. What the damaged ones still say is read by tesseract, where that is there.
"""

import io
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PIL import Image

from iprescribe_tui.journey.checks import CheckFailed
from iprescribe_tui.journey.checks.photo import DOCUMENT, SELFIE
from iprescribe_tui.photos.quality import judge
from tests.photos.damage import BLURRED, FORMS, blot, in_light, out_of_focus
from tests.photos.drawn import saved

PLACES = ((0.5, 0.4), (0.35, 0.6), (0.65, 0.55))
SHAPES = {
    "round, 8 %": ((0.08, 0.08), 0.01),
    "round, 12 %": ((0.12, 0.12), 0.015),
    "streaks, 20 % × 4 %": ((0.2, 0.04), 0.006),
}
WHITE_PAPER = 238
FEWEST_WORDS = 12
LEGIBLE, ILLEGIBLE = 0.8, 0.5


@dataclass(frozen=True)
class Row:
    """A line of the table: how many of how many, and the share that is right, at least or at most."""

    what: str
    count: int
    of: int
    limit: float
    at_least: bool = False

    def __str__(self) -> str:
        """The line."""
        share = self.count / max(1, self.of)
        good = share >= self.limit if self.at_least else share <= self.limit
        bound = f"{'≥' if self.at_least else '≤'} {self.limit:.0%}"
        verdict = "" if not self.of else "ok" if good else "NOT OK"
        return f"{self.what:64}{self.count:5} of {self.of:<5}{share:6.0%}   {bound:7} {verdict}"


def doubts_of(picture: Image.Image, kind: str) -> set[str]:
    """Codes of all that a photo is refused or doubted for."""
    policy = replace(SELFIE if kind == "selfie" else DOCUMENT, min_bytes=1)
    try:
        return {doubt.code for doubt in judge(saved(picture, quality=92), policy).doubts}
    except CheckFailed as failed:
        return {failed.code}


def pictures(folder: Path, kind: str) -> list[Image.Image]:
    """The pictures of a kind, "document" being those of no other."""
    pattern = r"document-\d" if kind == "document" else f"{kind}-"
    paths = sorted(path for path in folder.iterdir() if re.match(pattern, path.name))
    return [Image.open(io.BytesIO(path.read_bytes())).convert("RGB") for path in paths]


def count(kind: str, shown: Iterable[Image.Image], *codes: str) -> int:
    """How many are doubted, for one of `codes` if there are any."""
    found = [doubts_of(picture, kind) for picture in shown]
    return sum(bool(doubts & set(codes) if codes else doubts) for doubts in found)


def as_they_are(folder: Path) -> Iterator[Row]:
    """Pictures that are good."""
    for what, kind in (
        ("sharp portraits", "selfie"),
        ("readable documents", "document"),
        ("labels", "document-barcode"),
    ):
        shown = pictures(folder, kind)
        yield Row(f"{what} without a doubt", len(shown) - count(kind, shown), len(shown), 0.97, at_least=True)
    cards = pictures(folder, "document-white-card")
    yield Row("white cards doubted", count("document", cards), len(cards), 0.02)
    yield Row("white cards taken for light", count("document", cards, "photo_glare"), len(cards), 0.02)
    close = pictures(folder, "document-closeup")
    facts = count("document", close, "photo_pixels", "photo_small", "photo_damaged")
    yield Row(f"close-ups refused ({count('document', close)} doubted)", facts, len(close), 0)


def in_a_dim_room(folder: Path) -> Iterator[Row]:
    """Documents whose paper is dimmed to a level of 256."""
    shown = pictures(folder, "document")
    for level, limit, at_least in ((96, 0.0, False), (80, 0.0, False), (60, 1.0, True)):
        dimmed = [in_light(picture, level / 255) for picture in shown]
        dark = count("document", dimmed, "photo_dark")
        yield Row(f"documents dark, with paper at level {level}", dark, len(shown), limit, at_least)


def blurred_by(folder: Path) -> Iterator[Row]:
    """Pictures out of focus that pass."""
    for kind, by, limit in (("document", 1.0, 0.4), ("document", 1.5, 0.1), ("selfie", 1.5, 0.1), ("selfie", 2.0, 0.1)):
        shown = pictures(folder, kind)
        passed = len(shown) - count(kind, (out_of_focus(picture, by) for picture in shown))
        yield Row(f"{kind}s blurred by {by} that pass", passed, len(shown), limit)


def is_white(picture: Image.Image, at: tuple[float, float]) -> bool:
    """Whether the paper around a place is white itself."""
    x, y, by = at[0] * picture.width, at[1] * picture.height, 0.08 * max(picture.size)
    around = picture.crop((round(x - by), round(y - by), round(x + by), round(y + by)))
    bands = [sorted(band.tobytes()) for band in around.split()]
    return min(band[len(band) * 3 // 4] for band in bands) >= WHITE_PAPER


def with_light(folder: Path) -> Iterator[Row]:
    """Documents with white blots laid over them."""
    spots = [(picture, at) for picture in pictures(folder, "document") for at in PLACES]
    white = [spot for spot in spots if is_white(*spot)]
    darker = [spot for spot in spots if not is_white(*spot)]
    for what, (size, soft) in SHAPES.items():
        for paper, chosen, limit, at_least in (("darker", darker, 0.8, True), ("white", white, 0.0, False)):
            lit = (blot(picture, at, size, soft) for picture, at in chosen)
            found = count("document", lit, "photo_glare")
            yield Row(f"blots found on {paper} paper, {what}", found, len(chosen), limit, at_least)


def words(picture: Image.Image) -> Counter[str]:
    """What tesseract reads, words of three characters and more of which it is half sure."""
    command = ["tesseract", "-", "-", "--psm", "11", "tsv"]
    environment = {"OMP_THREAD_LIMIT": "1"}
    read = subprocess.run(command, input=saved(picture, quality=90), capture_output=True, check=True, env=environment)
    fields = [line.split("\t") for line in read.stdout.decode().splitlines()[1:]]
    found = (re.sub(r"[^a-z0-9]", "", field[11].lower()) for field in fields if float(field[10]) >= 50)
    return Counter(word for word in found if len(word) >= 3)


def damaged(folder: Path) -> Iterator[Row]:
    """Documents in damaged forms, by what can still be read of them."""
    if not shutil.which("tesseract"):
        return
    with ThreadPoolExecutor(2) as threads:
        results = [
            result
            for picture in pictures(folder, "document")
            if (whole := words(picture)).total() >= FEWEST_WORDS
            for result in threads.map(partial(_damaged, picture, whole), FORMS)
        ]
    legible = [doubted for form, share, doubted in results if share >= LEGIBLE and form not in BLURRED]
    illegible = [doubted for _, share, doubted in results if share < ILLEGIBLE]
    yield Row("damaged, legible, doubted", sum(legible), len(legible), 0.1)
    yield Row("damaged, illegible, that pass", illegible.count(False), len(illegible), 0.2)


def _damaged(picture: Image.Image, whole: Counter[str], form: str) -> tuple[str, float, bool]:
    """The form, the share of the words that is still read, and whether there is a doubt: too few pixels are a fact."""
    shown = FORMS[form](picture)
    doubts = doubts_of(shown, "document") - {"photo_pixels"}
    return form, (words(shown) & whole).total() / whole.total(), bool(doubts)


PARTS: tuple[Callable[[Path], Iterator[Row]], ...] = (as_they_are, in_a_dim_room, blurred_by, with_light, damaged)


def main() -> None:
    """Print the table for the folder that the command line names."""
    for part in PARTS:
        for row in part(Path(sys.argv[1])):
            print(row, flush=True)


if __name__ == "__main__":
    main()
