"""Reader of `[expect]`, the results that a walk must have."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from iprescribe_tui.flow.page_texts import ENDED, LOCKED, RESUME, SIGN_IN, SUPPORT_REQUEST
from iprescribe_tui.front_ends.automation.answers.model import ABOVE, ENDS, TOP, Expected, Mistake, PageExpectation
from iprescribe_tui.journey.checks.text import quoted
from iprescribe_tui.journey.steps import STEPS
from iprescribe_tui.system.wording import suggestion

EXPECT: Final[Mapping[str, str]] = {
    "end": f"how it ends: {', '.join(ENDS)}, or the step that nothing answers (done, where nothing is said)",
    "way": "the pages that are shown, in their order",
    "locked": "words that the lock says",
    "ended": "words that the end says",
    "step": 'words that a page says: step.ssn.error = "does not match", step.done.shows = "Reference"',
}
"""Keys of `[expect]`."""

SHOWN: Final = (*STEPS, *(page.value for page in (RESUME, SIGN_IN, SUPPORT_REQUEST, LOCKED, ENDED)))
"""Keys of all pages that a walk can come to."""

REST: Final = "..."
"""Entry of `way`: the way of the file that this one extends, up to the page that is named next, or to its end."""


def read_expected(given: object) -> tuple[Expected, list[Mistake]]:
    """Return the expectations of a file, and the mistakes in them."""
    mistakes: list[Mistake] = []

    def wrong(key: str, message: str) -> None:
        mistakes.append(Mistake("expect", key, message))

    if not isinstance(given, dict):
        return Expected(), [Mistake("expect", "", "Write it as a table: [expect].")]
    for key in given.keys() - EXPECT.keys():
        wrong(key, ABOVE if key in TOP else f"This cannot be expected. {_known(key, tuple(EXPECT))}")
    end = given.get("end", "done")
    if end not in (*ENDS, *STEPS):
        wrong("end", _known(str(end), (*ENDS, *STEPS)))
    way = given.get("way", [])
    if not _texts(way):
        wrong("way", 'Write a list of steps: way = ["npi", "accounts_intro"].')
        way = []
    for page in way:
        if page not in (*SHOWN, REST):
            wrong("way", f"There is no step {quoted(page)}. {_known(page, SHOWN)}")
    for key in ("locked", "ended"):
        if not isinstance(given.get(key, ""), str):
            wrong(key, f'Write the words in quotes: {key} = "…".')
    step = given.get("step", {})
    if not isinstance(step, dict):
        wrong("step", EXPECT["step"])
        step = {}
    seen = {page: _seen(page, what, wrong) for page, what in step.items()}
    if mistakes:
        return Expected(), mistakes
    return Expected(end, tuple(way), given.get("locked", ""), given.get("ended", ""), seen), []


def with_rest(own: Expected, base: Expected, name: str) -> tuple[Expected, list[Mistake]]:
    """Return `own` with each `REST` replaced by pages of the way in `base`, and the mistakes in it.

    `name` is the name of the file that `base` is from, "" if there is none.
    """
    if REST not in own.way:
        return own, []
    if not base.way:
        message = f"{name} has no way." if name else "This file extends no other one: write every step."
        return own, [Mistake("expect", "way", f'"{REST}" stands for the way of another file. {message}')]
    way: list[str] = []
    at = 0
    for page, following in zip(own.way, (*own.way[1:], ""), strict=True):
        if page != REST:
            way.append(page)
            at = _after(base.way, page, at)
        elif following and following not in base.way[at:]:
            rest = f'Before "{REST}" and after it, write steps of it.'
            message = f"The way of {name} does not lead on to {quoted(following)}. {rest}"
            return own, [Mistake("expect", "way", message)]
        else:
            end = base.way.index(following, at) if following else len(base.way)
            way += base.way[at:end]
    return replace(own, way=tuple(way)), []


def _after(way: Sequence[str], page: str, at: int) -> int:
    """Return the index that follows `page` in `way`, the next one from `at` if there is one; `at` if there is none."""
    start = at if page in way[at:] else 0
    return way.index(page, start) + 1 if page in way else at


def _seen(page: str, what: Any, wrong: Any) -> PageExpectation:
    """Return the texts expected at one page."""
    if page not in SHOWN:
        wrong(f"step.{page}", f"There is no such step. {_known(page, SHOWN)}")
    if not isinstance(what, dict):
        wrong(f"step.{page}", f'Say where the words are seen: step.{page}.error = "…" or step.{page}.shows = "…".')
        return PageExpectation()
    for key in what.keys() - {"error", "shows"}:
        wrong(f"step.{page}.{key}", _known(key, ("error", "shows")))
    texts = {}
    for key in ("error", "shows"):
        value = what.get(key, [])
        texts[key] = (value,) if isinstance(value, str) else tuple(value) if _texts(value) else ()
        if value and not texts[key]:
            wrong(f"step.{page}.{key}", "Write the words in quotes, or a list of them.")
    return PageExpectation(**texts)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _known(name: str, known: tuple[str, ...]) -> str:
    return suggestion(name, known, f"It is one of {', '.join(known)}.").strip()
