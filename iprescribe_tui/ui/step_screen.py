"""The screen that every step is: where one is, what is asked and why, the form, and the ways on."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import DescendantBlur
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Label, TextArea

from iprescribe_tui.drive import (
    Answer,
    AnyView,
    AskSupport,
    Back,
    Leave,
    Resend,
    Submit,
)
from iprescribe_tui.journey.fields import CheckContext, Choice, Option
from iprescribe_tui.journey.form import FormRejected, StepForm
from iprescribe_tui.journey.protocol import (
    Fact,
    HandoffView,
    Position,
    Problem,
    ServiceDocument,
    StepViewBase,
    View,
    WaitingView,
)
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.ui.chrome import Banner, KeyBar, Progress, Rail
from iprescribe_tui.ui.dialogs import StartOverScreen
from iprescribe_tui.ui.field_row import FieldRow, Value
from iprescribe_tui.ui.inputs import Changed, ManyChoices
from iprescribe_tui.ui.waiting import Countdown

Values = dict[str, Value]


@dataclass(frozen=True)
class Around:
    """What a screen is told besides its view: the service, whether it is a sandbox and its messages can be read,
    how the backend is called, values typed before, news to tell, and where files may be kept."""

    service: ServiceDocument | None = None
    sandbox: bool = False
    outbox: bool = False
    backend: str = ""
    typed: Mapping[str, Value] = field(default_factory=dict)
    news: tuple[str, ...] = ()
    state_dir: Path = Path()


class StepScreen(Screen[None]):
    """Subclasses name their step; most need no more. `body` is what stands between intro and buttons."""

    step: ClassVar[Step]
    form: ClassVar[type[StepForm]]
    heading: ClassVar[str] = ""
    intro: ClassVar[str] = ""
    go_on: ClassVar[str] = "Continue"

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "next_field", priority=True, show=False),
        Binding("shift+tab", "previous_field", priority=True, show=False),
        Binding("enter", "enter", priority=True, show=False),
        Binding("down", "next_field", show=False),
        Binding("up", "previous_field", show=False),
        Binding("f3", "use_on_file", priority=True, show=False),
        Binding("f5", "resend", priority=True, show=False),
        Binding("f7", "show_secrets", priority=True, show=False),
        Binding("f8", "support", priority=True, show=False),
        Binding("f9,escape", "back", priority=True, show=False),
        Binding("f10", "leave", priority=True, show=False),
        Binding("f11,ctrl+r", "start_over", priority=True, show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    class Answered(Message):
        """The applicant's answer. Its `repr` does not show it."""

        def __init__(self, answer: Answer) -> None:
            super().__init__()
            self.answer = answer

        def __repr__(self) -> str:
            return f"Answered({type(self.answer).__name__})"

    class Drafted(Message):
        """Something was typed; the fields that are not secret go into the draft."""

        def __init__(self, screen: "StepScreen") -> None:
            super().__init__()
            self.screen = screen

    def __init_subclass__(cls, **kwargs: object) -> None:
        """A step's words and form are the step's own."""
        super().__init_subclass__()
        if "step" in cls.__dict__:
            cls.form, cls.heading, cls.intro = cls.step.form, cls.step.heading, cls.step.intro

    def __init__(self, view: AnyView, around: Around) -> None:
        super().__init__()
        self.view = view
        self.around = around
        self.busy = False
        self._touched: set[str] = set()

    # -- what stands on it

    @property
    def step_view(self) -> StepViewBase | None:
        """The view, where it is one of a step."""
        return self.view if isinstance(self.view, StepViewBase) else None

    @property
    def position(self) -> Position | None:
        """Where the step stands in its stage."""
        return self.step_view.position if self.step_view else None

    def compose(self) -> ComposeResult:
        """Banner, progress, the page, the buttons, the keys."""
        yield Banner(sandbox=self.around.sandbox, name=self.around.backend)
        yield Progress(self.position)
        with Horizontal(id="main"):
            yield Rail(self.position)
            with VerticalScroll(id="page", can_focus=False):
                yield Label(self.heading, id="heading", markup=False)
                if self.intro:
                    yield Label(self.intro, id="intro", markup=False)
                yield from self.notices()
                yield Label("", id="problem", markup=False)
                with Vertical(id="body"):
                    yield from self.body()
            yield from self.beside()
        yield from self.below()
        with Horizontal(id="buttons"):
            yield Label("", id="status", markup=False)
            yield from self.buttons()
        yield KeyBar(self.key_labels())

    def notices(self) -> Iterable[Widget]:
        """What the program and the backend want to be known at this step."""
        for text in self.around.news:
            yield Label(f"· {text}", classes="notice -news", markup=False)
        if isinstance(self.view, View):
            for notice in self.view.notices:
                mark = "! " if notice.level == "warning" else "· "
                yield Label(mark + notice.text, classes=f"notice -{notice.level}", markup=False)

    def body(self) -> Iterable[Widget]:
        """The facts, the form, what is on file, the countdown, the other ways."""
        view = self.step_view
        if view:
            yield from self.facts(view.facts)
        yield from self.rows()
        if view and (countdown := Countdown.of(view)):
            yield countdown
        if ways := list(self.ways()):
            yield Vertical(*ways, classes="ways")

    def ways(self) -> Iterable[Button]:
        """What else can be done here: take over what is on file, go back to where something is mended."""
        if view := self.step_view:
            if view.on_file:
                yield way(f"F3  Use {view.on_file_label}", "use_on_file")
            for other in view.ways:
                yield way(other.label, f"back_to('{other.to}')")

    def below(self) -> Iterable[Widget]:
        """What stands under the page, over the whole width."""
        return ()

    def beside(self) -> Iterable[Widget]:
        """What stands to the right of the page, over its whole height."""
        return ()

    def facts(self, facts: Sequence[Fact]) -> Iterable[Widget]:
        """Lines that are shown, each with the way to where it can be mended."""
        for fact in facts:
            parts: list[Widget] = [
                Label(fact.label, classes="label", markup=False),
                Label(fact.value, classes="value", markup=False),
            ]
            if fact.mend:
                action = f"screen.back_to('{fact.mend}')"
                parts.append(Button("Change", action=action, compact=True, classes="mend"))
            yield Horizontal(*parts, classes="fact" if fact is not facts[-1] else "fact -last")

    def rows(self) -> Iterable[FieldRow]:
        """One row a field, filled with what was typed before or what the backend presumes."""
        prefill = self.step_view.prefill if self.step_view else {}
        for name, asked in self.form.asked().items():
            value = self.around.typed.get(name, prefill.get(name, ""))
            options = self.options(name, asked) if isinstance(asked, Choice) else ()
            shown = value if isinstance(value, str | bool) else ""
            row = FieldRow(name, self.form.model_fields[name], asked, options, shown)
            yield row

    def options(self, name: str, choice: Choice) -> tuple[Option, ...]:
        """What field `name` may be chosen from."""
        return choice.options(name, self.context) or ()

    def buttons(self) -> Iterable[Widget]:
        """Back, where there is a way back, and Continue, unless it goes on by itself."""
        if self.can_go_back:
            yield Button("Back", id="back", action="screen.back", compact=True)
        if self.can_continue:
            yield Button(f"▸ {self.go_on}", id="continue", action="screen.submit", compact=True)

    @property
    def can_continue(self) -> bool:
        """Whether there is an answer to send: not where the view only waits."""
        return not isinstance(self.view, WaitingView | HandoffView) or bool(self.form.model_fields)

    @property
    def can_go_back(self) -> bool:
        """Whether there is a step to go back to."""
        return not isinstance(self.view, View) or self.view.can_go_back

    def key_labels(self) -> list[tuple[str, str]]:
        """The keys of this screen, the most needed first."""
        view = self.step_view
        keys = [("Enter", self.go_on)] if self.can_continue else []
        keys.append(("F1", "Help"))
        if self.around.outbox:
            keys.append(("F2", "Messages"))
        if any(asked.secret for asked in self.form.asked().values()):
            keys.append(("F7", "Show"))
        if view and view.resend_at:
            keys.append(("F5", "Send again"))
        keys += [*self.own_keys(), ("F10", "Save and leave")]
        if self.can_go_back:
            keys.append(("F9", "Back"))
        keys += [("F8", "Support"), ("Ctrl+Q", "Quit")]
        return [*keys, ("F11", "Start over")] if isinstance(self.view, View) and self.view.registration else keys

    def own_keys(self) -> list[tuple[str, str]]:
        """The keys that only this screen has."""
        return []

    @property
    def context(self) -> CheckContext:
        """What the form is checked against."""
        own = self.step_view.options if self.step_view else {}
        if self.around.service is None:
            return CheckContext(options=dict(own), today=date.today())
        return self.around.service.context(self.form, own, date.today())

    # -- what happens on it

    def on_mount(self) -> None:
        """Put the focus where typing starts, and back what was typed into secret fields."""
        for row in self.field_rows:
            if row.field_name in self.around.typed and row.asked.secret:
                row.put(self.around.typed[row.field_name])
        self._focus_first()

    def _focus_first(self) -> None:
        empty = [row for row in self.field_rows if row.blank and not row.optional]
        first = empty[0].input if empty and not self.step_prefilled else None
        if first is None:
            buttons = self.query("#continue")
            first = buttons.first() if buttons else None
        if first:
            self.set_focus(first)

    @property
    def step_prefilled(self) -> bool:
        """Whether there is nothing left to fill in."""
        return all(row.optional or not row.blank for row in self.field_rows)

    @property
    def field_rows(self) -> list[FieldRow]:
        """The form's fields, top to bottom."""
        return list(self.query(FieldRow))

    @property
    def values(self) -> Values:
        """What stands in the form."""
        return {row.field_name: row.value for row in self.field_rows}

    def row_of(self, widget: Widget | None) -> FieldRow | None:
        """The row in which `widget` stands."""
        return (
            next((node for node in widget.ancestors_with_self if isinstance(node, FieldRow)), None) if widget else None
        )

    async def settled(self) -> None:
        """Wait until every control has handled the keys that were typed into it."""
        handled = []
        for row in self.field_rows:
            event = asyncio.Event()
            row.input.call_later(event.set)
            handled.append(event.wait())
        await asyncio.gather(*handled)
        for many in self.query(ManyChoices):
            many.settle()

    def answer(self, answer: Answer) -> None:
        """Give the answer to the loop."""
        self.post_message(self.Answered(answer))

    def action_next_field(self) -> None:
        """Move the focus at once, so that type-ahead lands in the right field."""
        self.focus_next()

    def action_previous_field(self) -> None:
        """The same, backwards."""
        self.focus_previous()

    def action_page(self, by: int) -> None:
        """Scroll, where a screen is too small for the step."""
        page = self.query_one("#page", VerticalScroll)
        (page.scroll_page_down if by > 0 else page.scroll_page_up)(animate=False)

    def action_enter(self) -> None:
        """On to the next field, or send the form once nothing needed is missing."""
        focused = self.focused
        if isinstance(focused, Button):
            focused.press()
        elif isinstance(focused, TextArea):
            focused.insert("\n")
        else:
            rows = self.field_rows
            row = self.row_of(focused)
            after = rows[rows.index(row) + 1 :] if row else []
            if after:
                self.set_focus(after[0].input)
            self.call_later(self._enter, after)

    async def _enter(self, after: list[FieldRow]) -> None:
        await self.settled()
        if not any(row.blank and not row.optional for row in after):
            await self.action_submit()

    async def action_submit(self) -> None:
        """Check the form and send it; what is wrong is said at the fields, and nothing is sent."""
        if self.busy or not self.can_continue:
            return
        await self.settled()
        try:
            form = self.form.check(self.values, self.context)
        except FormRejected as rejected:
            self.show_errors(rejected.errors)
        else:
            self.show_errors({})
            self.answer(Submit(form))

    def action_back(self) -> None:
        """One step back; nothing that is wrong in the form stands in the way."""
        if self.can_go_back and not self.busy:
            self.answer(Back())

    def action_back_to(self, key: str) -> None:
        """Back to a certain step."""
        if not self.busy:
            self.answer(Back(STEPS[key]))

    def action_start_over(self) -> None:
        """Begin this registration anew, once that is confirmed."""
        if isinstance(self.view, View) and self.view.registration and not self.busy:
            self.app.push_screen(StartOverScreen(), self._start_over)

    def _start_over(self, confirmed: bool | None) -> None:
        if confirmed:
            self.answer(Back(Step.NPI))

    def action_resend(self) -> None:
        """A new code or link."""
        if self.step_view and self.step_view.resend_at and not self.busy:
            self.answer(Resend())

    def action_support(self) -> None:
        """Write to the support."""
        if not self.busy:
            self.answer(AskSupport())

    def action_leave(self) -> None:
        """Save and leave."""
        self.answer(Leave())

    def action_show_secrets(self) -> None:
        """Show what was typed into secret fields, or dots again."""
        for row in self.field_rows:
            if row.asked.secret and hasattr(row.control, "action_show_or_hide"):
                row.control.action_show_or_hide()

    def action_use_on_file(self) -> None:
        """Fill the form with what the backend has on file."""
        if self.step_view:
            for row in self.field_rows:
                if row.field_name in self.step_view.on_file:
                    row.put(self.step_view.on_file[row.field_name])
                    self._touched.add(row.field_name)
            self.call_later(self.check_touched)
            self._focus_first()

    @on(Changed)
    def typed(self, event: Changed) -> None:
        """Keep what was typed, and take away what was said of it."""
        event.stop()
        self._note(self.row_of(event._sender if isinstance(event._sender, Widget) else None))

    @on(TextArea.Changed)
    def text_typed(self, event: TextArea.Changed) -> None:
        """The same for longer texts."""
        event.stop()
        self._note(self.row_of(event.text_area))

    def _note(self, row: FieldRow | None) -> None:
        if row:
            self._touched.add(row.field_name)
            if row.has_class("-wrong"):
                row.show_error("")
        self.changed()
        self.call_after_refresh(self.post_message, self.Drafted(self))  # the echo comes first

    def changed(self) -> None:
        """For screens that show something about what is being typed."""

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Say at once what is wrong with a field that is left."""
        if self.row_of(event.widget):
            self.call_later(self.check_touched)

    def check_touched(self) -> None:
        """Show the errors of fields that were typed into and left."""
        if self.busy or not self.is_attached:
            return
        try:
            self.form.check(self.values, self.context)
            errors: Mapping[str, str] = {}
        except FormRejected as rejected:
            errors = rejected.errors
        inside = self.row_of(self.focused)
        for row in self.field_rows:
            if row is not inside and row.field_name in self._touched:
                message = "" if row.blank else errors.get(row.field_name, "")
                row.show_error(self.explained(row.field_name, message) if message else "")

    # -- what is said on it

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Each error under its field, what belongs to none at the top; the first wrong field gets the focus."""
        rows = self.field_rows
        names = {row.field_name for row in rows}
        general = [message for name, message in errors.items() if name not in names]
        problem = self.query_one("#problem", Label)
        problem.update("\n".join(f"✗ {message}" for message in general))
        problem.display = bool(general)
        wrong = []
        for row in rows:
            message = errors.get(row.field_name, "")
            row.show_error(self.explained(row.field_name, message) if message else "")
            if message:
                wrong.append(row)
        if wrong:
            self.set_focus(wrong[0].input)
            wrong[0].scroll_visible(animate=False)
        elif general:
            problem.scroll_visible(animate=False)

    def explained(self, name: str, message: str) -> str:
        """For screens that can say more about what is wrong with field `name`."""
        return message

    def show_problem(self, problem: Problem) -> None:
        """What the backend refused, in its words."""
        errors = dict(problem.errors) or {"": problem.detail or problem.title}
        if problem.suggestions:
            name = next(iter(errors))
            errors[name] += f" Free: {', '.join(problem.suggestions)}."
        self.show_errors(errors)

    def show_status(self, text: str) -> None:
        """What is being waited for, on the line of the buttons."""
        self.query_one("#status", Label).update(text)


def way(label: str, action: str) -> Button:
    """A line that does something else than continue."""
    return Button(label, action=f"screen.{action}", compact=True, classes="way")
