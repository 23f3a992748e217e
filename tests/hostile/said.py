"""What a hostile backend has said in one life of the program, and how it must look where it shows."""

import re
from dataclasses import dataclass, field

from iprescribe_tui.journey.checks.text import plain
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.steps import STEPS
from iprescribe_tui.journey.views import STEP_VIEW, Problem
from tests.hostile.peer import Turn
from tests.hostile.real import Answers
from tests.hostile.spoiling import Json, spoiled

AT_ONCE = 6
"""How many cases one text holds: enough for all to come in a few rounds, few enough to be seen on a page."""


@dataclass
class Words:
    """Fills texts with `cases`, some in each, in turn for each place; `said` is what, by a mark that begins it."""

    cases: list[str]
    at_once: int = AT_ONCE
    said: dict[str, tuple[str, str]] = field(default_factory=dict)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    _next: dict[str, int] = field(default_factory=dict)

    def __call__(self, place: str) -> str:
        """The next text for `place`."""
        at = self._next.get(place, 0)
        chosen = [self.cases[(at + i) % len(self.cases)] for i in range(self.at_once)]
        self._next[place] = at + self.at_once
        mark = f"q{len(self.said)}q"
        self.said[mark] = (place, chosen[0])
        self.pairs.update((place, case) for case in chosen)
        return f"{mark}{' '.join(chosen)}"

    def shown_on(self, text: str) -> tuple[set[str], list[str]]:
        """The places whose texts begin on a screen or in a transcript, and those that look otherwise than they should.

        Line breaks and blanks do not count, and a few letters tell whether a case was made harmless: lines are cut.
        """
        squeezed = re.sub(r"\s+", "", text)
        found, wrong = set(), []
        for mark in set(re.findall(r"q\d+q", squeezed)) & self.said.keys():
            place, case = self.said[mark]
            wanted = re.sub(r"\s+", "", plain(case, multiline=True)[:6])
            if any(part.startswith(wanted) for part in squeezed.split(mark)[1:]):
                found.add(place)
            else:
                wrong.append(f"{place}: {wanted!r} in {[part[:30] for part in squeezed.split(mark)[1:]]}")
        return found, wrong


@dataclass(frozen=True)
class Said:
    """One turn of a hostile backend: the mark that shows when it has come, and the step that it belongs to."""

    turn: Turn
    mark: str
    step: str


def turns_of(answers: Answers, words: Words) -> list[Said]:
    """Each view with hostile words, and after it a refusal: of each of its fields, or in its detail or title alone."""
    turns = []
    done_last = sorted(answers.views.values(), key=lambda view: bool(view["kind"] == "done"))
    for number, view in enumerate(done_last):
        said = spoiled_view(view | {"notices": view["notices"] or [{"text": ""}], "can_go_back": True}, words)
        said["revision"] = 10 + number
        step = view.get("step", "")
        turns.append(Said(Turn(said), mark_of(said["notices"][0]["text"]), step))
        if view["kind"] in ("form", "waiting"):
            problem = refusal(answers, step, words, number)
            shown = [*problem["errors"].values(), problem["detail"], problem["title"]]
            turns.append(Said(Turn(problem, 422, "application/problem+json"), mark_of(next(filter(None, shown))), step))
    return turns


def refusal(answers: Answers, step: str, words: Words, number: int) -> Json:
    """A refusal at a step: of each field, or with a detail or a title alone, by the remainder of `number`."""
    of_step = [each for (where, _), each in answers.refusals.items() if where == step]
    real = (of_step or list(answers.refusals.values()))[0]
    fields = ["", *STEPS[step].form.model_fields] if number % 3 == 0 else []
    body = real | {"errors": dict.fromkeys(fields, "x"), "suggestions": ["x"] if fields else []}
    body |= {"detail": "x" if number % 3 == 1 else ""}
    said = spoiled(Problem, body, words)
    return said | {"detail": said["detail"] if body["detail"] else ""}


def spoiled_view(view: Json, words: Words) -> Json:
    """A view of any kind, as it travels, with hostile words."""
    return spoiled(type(STEP_VIEW.validate_python(view)), view, words)


def mark_of(text: str) -> str:
    """The mark with which a text begins."""
    found = re.match(r"q\d+q", text)
    assert found
    return found[0]


def spoiled_service(answers: Answers, words: Words) -> Json:
    """What the backend says of itself, with hostile words."""
    return spoiled(ServiceDocument, answers.service, words)
