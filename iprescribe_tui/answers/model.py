"""What an answers file says, once it is read: visits of steps, and what is expected of the walk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Final

from iprescribe_tui.answers.said import ASK, OUTBOX, Said
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.pages import LOCKED, RESUME, SIGN_IN, SUPPORT_REQUEST, Page

PAGES: Final[Mapping[str, Step | Page]] = {
    RESUME.value: RESUME,
    SIGN_IN.value: SIGN_IN,
    **{key: step for key, step in STEPS.items() if step is not Step.DONE},
    SUPPORT_REQUEST.value: SUPPORT_REQUEST,
    LOCKED.value: LOCKED,
}
"""Every page that a file can answer, by the name of its table."""

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
"""What can be done at a step then. A step's key is another: the way, or the "Change", that leads there."""

ENDS: Final = ("done", "ended", "locked", "refused", "waiting", "left")
"""How a walk can end; a step's key is another: that it comes to a step for which there is no answer."""


TOP: Final[Mapping[str, str]] = {
    "about": "what this file is for, in a few words",
    "like": "another file (or the name of one that ships): it answers the steps that this one leaves out",
    "outbox_command": "a command that prints the code that was sent, or opens the link; it is told IPRESCRIBE_STEP and "
    "IPRESCRIBE_ADDRESS in its environment",
    "doubts": 'what to do with a photo that looks blurred, dark or otherwise hard to read: "send" sends it all the '
    'same, "stop" tries the next answer for the step, or else leaves it to you (this is done where nothing is said)',
    "expect": "what must come of it, when it is walked",
}
"""What may stand beside the tables of the steps."""

ABOVE: Final = "This goes at the top of the file, above the first table: TOML takes it for a part of this one."
"""Said of a key of TOP that stands in a table."""

STOP, SEND = DOUBTS = ("stop", "send")
"""What is done with a photo with which something seems wrong; the first where nothing is said."""


class Asks(Enum):
    """Why a person has to go on by hand."""

    NO_ANSWER = auto()
    """The file has none for this step."""
    LEFT_TO_THEM = auto()
    """It says `{ask}`."""
    REFUSED = auto()
    """The form or the backend refused the answer, and there is no other."""
    CANNOT = auto()
    """What the file says cannot be done on this screen."""


@dataclass(frozen=True)
class Visit:
    """What is done at one visit of a page: what is filled in, and what then.

    `on_file` takes over what the backend has on file before anything is typed; `link` says who opens the link that was
    sent (`{outbox}` or `{ask}`), None where nobody does.
    """

    values: Mapping[str, Said | bool] = field(default_factory=dict)
    on_file: bool = False
    then: str = "continue"
    link: Said | None = None


@dataclass(frozen=True)
class Seen:
    """Words that must be seen at one page: in an error, or anywhere on the screen."""

    error: tuple[str, ...] = ()
    shows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expected:
    """What must come of a walk: how it ends, which steps it comes by (not checked where empty), what is seen."""

    end: str = "done"
    way: tuple[str, ...] = ()
    locked: str = ""
    ended: str = ""
    step: Mapping[str, Seen] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """A file that was read and found good; `like` are the visits of the file that it is like.

    `doubts` is one of DOUBTS, or "" where neither file says it.
    """

    file: Path
    visits: Mapping[str, tuple[Visit, ...]]
    like: Mapping[str, tuple[Visit, ...]] = field(default_factory=dict)
    about: str = ""
    outbox_command: str = field(default="", repr=False)
    expected: Expected = field(default_factory=Expected)
    doubts: str = ""

    @property
    def sends_doubted(self) -> bool:
        """Whether a photo is sent although something seems wrong with it."""
        return self.doubts == SEND

    def said(self) -> Iterable[Said]:
        """All texts that may be typed."""
        for visits in ({**self.like, **self.visits}).values():
            for visit in visits:
                yield from (value for value in visit.values.values() if isinstance(value, Said))
                if visit.link:
                    yield visit.link

    @property
    def asks(self) -> bool:
        """Whether it leaves anything to a person."""
        return any(said.mentions(ASK) for said in self.said())

    @property
    def needs_outbox(self) -> bool:
        """Whether a code or a link comes from where messages go."""
        return any(said.mentions(OUTBOX) for said in self.said())


class Script:
    """Which answers of a file are still to be given: each is given once."""

    def __init__(self, answers: Answers) -> None:
        self._left = {key: list(visits) for key, visits in {**answers.like, **answers.visits}.items()}
        self._own = answers.visits.keys()

    def next(self, page: str) -> Visit | None:
        """The answer for the next visit of `page`."""
        left = self._left.get(page)
        return left.pop(0) if left else None

    def has(self, page: str) -> bool:
        """Return whether there is another answer for `page`."""
        return bool(self._left.get(page))

    def hand_over(self, page: str) -> None:
        """A person answers `page` from now on."""
        self._left.pop(page, None)

    def unused(self) -> list[str]:
        """The pages for which the file itself had more answers than were asked for."""
        return [page for page in self._own if self._left.get(page)]


@dataclass(frozen=True)
class Mistake:
    """Something wrong in a file: in which table, at which key ("" for the table), what to do. No secret is in it."""

    table: str
    key: str
    message: str

    def __str__(self) -> str:
        return (
            " ".join(filter(None, (f"[{self.table}]" if self.table else "", f"{self.key}:" if self.key else "")))
            + f" {self.message}"
        )


class AnswersError(Exception):
    """A file that cannot be used; `mistakes` says why, all of it."""

    def __init__(self, file: Path, mistakes: Iterable[Mistake]) -> None:
        super().__init__(str(file))
        self.file, self.mistakes = file, tuple(mistakes)

    def lines(self) -> list[str]:
        """What is printed: one line a mistake."""
        return [f"{self.file}: {str(mistake).strip()}" for mistake in self.mistakes]
