"""Parts of a step's page: its position, notices, facts, and buttons other than Continue."""

from collections.abc import Iterable, Sequence

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Label

from iprescribe_tui.flow.actions import SupportView, View
from iprescribe_tui.front_ends.tui.widgets.chrome import KnownPosition
from iprescribe_tui.journey.views import Fact, LockedView, Position, StepViewBase, ViewBase


def position_of(view: View) -> Position | KnownPosition | None:
    """Return the position of `view`, or of the view behind a support request, as far as known; None without one."""
    match view:
        case StepViewBase():
            return view.position
        case LockedView():
            return KnownPosition(view.step.stage, 0, 0)
        case SupportView():
            return position_of(view.behind)
    return None


def notices_of(view: View, own: Iterable[str]) -> Iterable[Widget]:
    """Yield the program's `own` notices, and the backend's with `view`."""
    for text in own:
        yield own_notice(text)
    if isinstance(view, ViewBase):
        for notice in view.notices:
            mark = "! " if notice.level == "warning" else "· "
            yield Label(mark + notice.text, classes=f"notice -{notice.level}", markup=False)


def own_notice(text: str) -> Label:
    """Return a notice of the program."""
    return Label(f"· {text}", classes="notice -news", markup=False)


def fact_lines(facts: Sequence[Fact]) -> Iterable[Widget]:
    """Yield one line per fact, with a button to the step that corrects it, if there is one."""
    for fact in facts:
        parts: list[Widget] = [
            Label(fact.label, classes="label", markup=False),
            Label(fact.value, classes="value", markup=False),
        ]
        if fact.mend:
            action = f"screen.back_to('{fact.mend}')"
            parts.append(Button("Change", action=action, compact=True, classes="mend"))
        yield Horizontal(*parts, classes="fact" if fact is not facts[-1] else "fact -last")


def alternative(label: str, action: str) -> Button:
    """Return a button for something other than Continue; `label` may come from the backend and is not markup."""
    return Button(Content(label), action=f"screen.{action}", compact=True, classes="way")
