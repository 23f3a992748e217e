"""Model of an answers file: visits of steps, and expected results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Final

from iprescribe_tui.flow.page_texts import LOCKED, RESUME, SIGN_IN, SUPPORT_REQUEST, StaticPage
from iprescribe_tui.front_ends.automation.answers.template_value import ASK, OUTBOX, TemplateValue
from iprescribe_tui.journey.checks.text import brief
from iprescribe_tui.journey.steps import STEPS, Step

PAGES: Final[Mapping[str, Step | StaticPage]] = {
    RESUME.value: RESUME,
    SIGN_IN.value: SIGN_IN,
    **{key: step for key, step in STEPS.items() if step is not Step.DONE},
    SUPPORT_REQUEST.value: SUPPORT_REQUEST,
    LOCKED.value: LOCKED,
}
"""Pages that a file can answer, by the name of their table."""

THEN: Final[Mapping[str, str]] = {
    "continue": "send the page (this is what is done where nothing is said)",
    "wait": "send nothing, and wait until it goes on by itself",
    "back": "F9: one step back",
    "resend": "F5: have a new code or link sent, as soon as that is possible",
    "sign_in": "F6: sign in to go on with a registration",
    "support": "F8: write to the support",
    "start_over": "F11: start over, and confirm it",
    "leave": "F10: save and leave",
}
"""Values of `then`, besides keys of steps: such a key presses the button that leads to that step."""

ENDS: Final = ("done", "ended", "locked", "refused", "waiting", "left")
"""Values of `end`, besides keys of steps: such a key means that the step has no answer."""


TOP: Final[Mapping[str, str]] = {
    "about": "what this file is for, in a few words",
    "extends": "another file (or the name of one that ships): it answers the steps that this one leaves out",
    "outbox_command": "a command that prints the code that was sent, or opens the link; it is told IPRESCRIBE_STEP and "
    "IPRESCRIBE_ADDRESS in its environment",
    "doubts": 'what to do with a photo that looks blurred, dark or otherwise hard to read: "send" sends it all the '
    'same, "stop" tries the next answer for the step, or else leaves it to you (this is done where nothing is said)',
    "expect": "what must come of it, when it is walked",
}
"""Top-level keys, besides the tables of steps."""

ABOVE: Final = "This goes at the top of the file, above the first table: TOML takes it for a part of this one."
"""Message for a key of `TOP` inside a table."""

STOP, SEND = DOUBTS = ("stop", "send")
"""Actions for a doubtful photo; the first is the default."""


class Asks(Enum):
    """Reason for leaving a step to a person."""

    NO_ANSWER = auto()
    """The file has no answer for this step."""
    LEFT_TO_THEM = auto()
    """The answer is `{ask}`."""
    REFUSED = auto()
    """The form or the backend refused the answer, and there is no other."""
    CANNOT = auto()
    """The screen cannot do what the file says."""


@dataclass(frozen=True)
class StepAnswers:
    """One visit of a page: values to fill in, then an action.

    `on_file` fills in the backend's values on file first; `link` tells who opens the link that was sent (`{outbox}` or
    `{ask}`), None for no link.
    """

    values: Mapping[str, TemplateValue | bool] = field(default_factory=dict)
    on_file: bool = False
    then: str = "continue"
    link: TemplateValue | None = None


@dataclass(frozen=True)
class PageExpectation:
    """Texts expected at one page: in an error, or anywhere on the screen."""

    error: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expected:
    """Expected results of a walk: its end, its pages in order (not checked if empty), and texts."""

    end: str = "done"
    way: tuple[str, ...] = ()
    locked: str = ""
    ended: str = ""
    step: Mapping[str, PageExpectation] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """Valid answers file; `base` has the visits of the file that it extends.

    `doubts` is one of `DOUBTS`, or "" if neither file has the key.
    """

    file: Path
    visits: Mapping[str, tuple[StepAnswers, ...]]
    base: Mapping[str, tuple[StepAnswers, ...]] = field(default_factory=dict)
    about: str = ""
    outbox_command: str = field(default="", repr=False)
    expected: Expected = field(default_factory=Expected)
    doubts: str = ""

    @property
    def sends_doubted(self) -> bool:
        """True if doubtful photos are sent."""
        return self.doubts == SEND

    def template_values(self) -> Iterable[TemplateValue]:
        """Yield all texts that may be typed."""
        for visits in ({**self.base, **self.visits}).values():
            for visit in visits:
                yield from (value for value in visit.values.values() if isinstance(value, TemplateValue))
                if visit.link:
                    yield visit.link

    @property
    def asks(self) -> bool:
        """True if some value is left to a person."""
        return any(value.mentions(ASK) for value in self.template_values())

    @property
    def needs_outbox(self) -> bool:
        """True if a code or link comes from the outbox."""
        return any(value.mentions(OUTBOX) for value in self.template_values())


class Script:
    """Answers of a file that are still to be given: each is given once."""

    def __init__(self, answers: Answers) -> None:
        self._left = {key: list(visits) for key, visits in {**answers.base, **answers.visits}.items()}
        self._own = answers.visits.keys()

    def next(self, page: str) -> StepAnswers | None:
        """Return and use up the answer for the next visit of `page`, None if there is none."""
        left = self._left.get(page)
        return left.pop(0) if left else None

    def has(self, page: str) -> bool:
        """Return whether there is another answer for `page`."""
        return bool(self._left.get(page))

    def hand_over(self, page: str) -> None:
        """Drop all answers for `page`: a person gives them."""
        self._left.pop(page, None)

    def unused(self) -> list[str]:
        """Return the file's own pages with answers left."""
        return [page for page in self._own if self._left.get(page)]


@dataclass(frozen=True)
class Mistake:
    """Mistake in a file: table, key ("" for the whole table), and what to do. It never contains a secret."""

    table: str
    key: str
    message: str

    def __str__(self) -> str:
        table = f"[{brief(self.table)}] " if self.table else ""
        key = f"{brief(self.key)}: " if self.key else ""
        return f"{table}{key}{self.message}"


class AnswersError(Exception):
    """Unusable file, with all `mistakes` in it."""

    def __init__(self, file: Path, mistakes: Iterable[Mistake]) -> None:
        super().__init__(str(file))
        self.file, self.mistakes = file, tuple(mistakes)

    def lines(self) -> list[str]:
        """Return the lines to print, one per mistake."""
        return [f"{self.file}: {str(mistake).strip()}" for mistake in self.mistakes]
