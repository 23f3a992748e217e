"""Screen of any step: position, question and reason, form, and buttons."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Label

from iprescribe_tui.flow.actions import Action, AskSupport, Back, Leave, Resend, Submit, UsePhone, View, can_start_over
from iprescribe_tui.flow.page_texts import StaticPage, context_of, errors_of
from iprescribe_tui.front_ends.tui.dialogs import StartOverScreen
from iprescribe_tui.front_ends.tui.form_screen import FormScreen, Values
from iprescribe_tui.front_ends.tui.screen_context import ScreenContext
from iprescribe_tui.front_ends.tui.step_parts import alternative, fact_lines, notices_of, own_notice, position_of
from iprescribe_tui.front_ends.tui.widgets.chrome import Banner, KeyBar, ProgressTrack, Rail
from iprescribe_tui.front_ends.tui.widgets.field_row import FieldRow, choice_of
from iprescribe_tui.front_ends.tui.widgets.many_choices import ManyChoices
from iprescribe_tui.front_ends.tui.widgets.waiting import Countdown
from iprescribe_tui.journey.fields import CheckContext, Control, FieldValue
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.journey.views import FormView, HandoffView, Problem, StepViewBase, ViewBase, WaitingView

__all__ = ["StepScreen", "Values", "is_refusal"]


class StepScreen(FormScreen):
    """Screen of a step: a subclass names its `step` or `page`; those with more than a form override `body`."""

    step: ClassVar[Step]
    page: ClassVar[StaticPage]
    heading: ClassVar[str] = ""
    intro: ClassVar[str] = ""
    go_on: ClassVar[str] = "Continue"

    HORIZONTAL_BREAKPOINTS = [(0, "-stacked"), (60, "-narrow"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "use_on_file", priority=True, show=False),
        Binding("f5", "resend", priority=True, show=False),
        Binding("f6", "use_phone", priority=True, show=False),
        Binding("f8", "support", priority=True, show=False),
        Binding("f9,escape", "back", priority=True, show=False),
        Binding("f10", "leave", priority=True, show=False),
        Binding("f11,ctrl+r", "start_over", priority=True, show=False),
    ]

    class Answered(Message):
        """Message with the applicant's action. Its `repr` leaves out the content."""

        def __init__(self, answer: Action) -> None:
            super().__init__()
            self.answer = answer

        def __repr__(self) -> str:
            return f"Answered({type(self.answer).__name__})"

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Copy form, heading, and intro from the step or page that the class names."""
        super().__init_subclass__()
        if "page" in cls.__dict__:
            cls.go_on = cls.page.go_on
        if declared := cls.__dict__.get("step") or cls.__dict__.get("page"):
            cls.form, cls.heading, cls.intro = declared.form, declared.heading, declared.intro

    def __init__(self, view: View, screen_context: ScreenContext) -> None:
        super().__init__(screen_context.typed)
        self.view = view
        self.screen_context = screen_context

    # -- contents

    @property
    def step_view(self) -> StepViewBase | None:
        """View if it is a step's, else None."""
        return self.view if isinstance(self.view, StepViewBase) else None

    def compose(self) -> ComposeResult:
        context, position = self.screen_context, position_of(self.view)
        address = "" if context.outbox else context.backend  # the built-in sandbox has no address
        yield Banner(sandbox=context.sandbox, address=address)
        yield ProgressTrack(position)
        with Horizontal(id="main"):
            yield Rail(position)
            with VerticalScroll(id="page", can_focus=False):
                yield Label(self.heading, id="heading", markup=False)
                if self.intro:
                    yield Label(self.intro, id="intro", markup=False)
                yield from notices_of(self.view, context.notices)
                yield Label("", id="problem", markup=False)
                with Vertical(id="body"):
                    yield from self.body()
            yield from self.beside()
        yield from self.below()
        with Horizontal(id="buttons"):
            yield Label("", id="status", markup=False)
            yield from self.buttons()
        yield KeyBar(self.key_labels())

    def body(self) -> Iterable[Widget]:
        """Yield facts, form, countdown, and other ways."""
        view = self.step_view
        if view:
            yield from fact_lines(view.facts)
        yield from self.rows()
        if view and (countdown := Countdown.of(view)):
            yield countdown
        if alternatives := list(self.alternatives()):
            yield Vertical(*alternatives, classes="ways")

    def alternatives(self) -> Iterable[Button]:
        """Yield buttons for alternatives: use values on file, take photos with a phone, correct an earlier step."""
        if view := self.step_view:
            if view.on_file:
                yield alternative(f"F3  Use {view.on_file_label}", "use_on_file")
            if self.phone:
                yield alternative("F6  Take the photos with a phone", "use_phone")
            for other in view.ways:
                yield alternative(other.label, f"back_to('{other.to}')")

    def below(self) -> Iterable[Widget]:
        """Yield widgets under the page, over the whole width."""
        return ()

    def beside(self) -> Iterable[Widget]:
        """Yield widgets to the right of the page, over its whole height."""
        return ()

    def rows(self) -> Iterable[FieldRow]:
        """Yield one row per field, filled with the value typed before, else the backend's prefill."""
        prefill = self.step_view.prefill if self.step_view else {}
        for name, asked in self.form.asked().items():
            value = self.screen_context.typed.get(name, prefill.get(name, ""))
            options = asked.options(name, self.context) or ()
            shown = value if isinstance(value, str | bool) else ""
            yield FieldRow(name, self.form.model_fields[name], asked, options, shown)

    def buttons(self) -> Iterable[Widget]:
        """Yield Back and Continue, each if it applies."""
        if self.can_go_back:
            yield Button("Back", id="back", action="screen.back", compact=True)
        if self.can_continue:
            yield Button(f"▸ {self.go_on}", id="continue", action="screen.submit", compact=True)

    @property
    def can_continue(self) -> bool:
        """True if there is an answer to send; False if the view only waits."""
        return not isinstance(self.view, WaitingView | HandoffView) or bool(self.form.model_fields)

    @property
    def can_go_back(self) -> bool:
        """True if there is a step to go back to."""
        return not isinstance(self.view, ViewBase) or self.view.can_go_back

    @property
    def phone(self) -> bool:
        """True if a phone can take the photos."""
        return isinstance(self.view, FormView) and self.view.phone

    def key_labels(self) -> list[tuple[str, str]]:
        """Return the keys of this screen and their labels, the most needed first."""
        view = self.step_view
        keys = [("Enter", self.go_on)] if self.can_continue else []
        keys += [("F1", "Help"), ("F10", "Save and leave"), *self.own_keys()]
        if self.phone:
            keys.append(("F6", "Use a phone"))
        if self.screen_context.outbox:
            keys.append(("F2", "Messages"))
        if any(asked.control is Control.SECRET for asked in self.form.asked().values()):
            keys.append(("F7", "Show"))
        if view and view.resend_at:
            keys.append(("F5", "Send again"))
        if self.can_go_back:
            keys.append(("F9", "Back"))
        keys += [("F8", "Support"), ("Ctrl+Q", "Quit")]
        return [*keys, ("F11", "Start over")] if can_start_over(self.view) else keys

    @property
    def submit_label(self) -> str:
        """Label of the Continue button, "" without one."""
        return self.go_on if self.can_continue else ""

    def own_keys(self) -> list[tuple[str, str]]:
        """Return the keys that only this screen has."""
        return []

    @property
    def context(self) -> CheckContext:
        """Context that the form is checked against."""
        return context_of(self.view, self.screen_context.service)

    # -- actions

    def answer(self, answer: Action) -> None:
        """Post `Answered` with an action."""
        self.post_message(self.Answered(answer))

    async def action_submit(self) -> None:
        """Check and send the form, if there is an answer to send."""
        if self.can_continue:
            await super().action_submit()

    def send(self, form: StepForm) -> None:
        """Submit the form."""
        self.answer(Submit(form))

    def action_back(self) -> None:
        """Close an open list, or go back one step, whatever is wrong in the form."""
        if many := choice_of(self.focused):
            many.line.call_later(self._close_or_back, many)  # after the letters typed before
        else:
            self._back()

    def _close_or_back(self, many: ManyChoices) -> None:
        if many.is_open and many.line.has_focus:
            many.put_back()
        else:
            self._back()

    def _back(self) -> None:
        if self.can_go_back and not self.busy:
            self.answer(Back())

    def action_back_to(self, key: str) -> None:
        if not self.busy:
            self.answer(Back(STEPS[key]))

    def action_start_over(self) -> None:
        if can_start_over(self.view) and not self.busy:
            self.app.push_screen(StartOverScreen(), self._start_over)

    def _start_over(self, confirmed: bool | None) -> None:
        if confirmed:
            self.answer(Back(Step.NPI))

    def action_resend(self) -> None:
        if self.step_view and self.step_view.resend_at and not self.busy:
            self.answer(Resend())

    def action_use_phone(self) -> None:
        if self.phone and not self.busy:
            self.answer(UsePhone())

    def action_support(self) -> None:
        if not self.busy:
            self.answer(AskSupport())

    def action_leave(self) -> None:
        self.answer(Leave())

    def action_use_on_file(self) -> None:
        """Fill the form with the values that the backend has on file."""
        if self.step_view:
            self.fill(self.step_view.on_file)

    def fill(self, values: Mapping[str, FieldValue]) -> None:
        """Put values into fields, and go to the first field that is still needed."""
        for row in self.field_rows:
            if row.field_name in values:
                row.put(values[row.field_name])
                row.outdate_error()
                self._touched.add(row.field_name)
        self.changed()
        self.call_later(self.check_touched)
        self._focus_first()

    # -- messages

    def show_problem(self, problem: Problem) -> None:
        """Show the backend's problem."""
        self.query_one("#problem", Label).set_class(not is_refusal(problem), "-calm")
        self.show_errors(errors_of(problem))

    def show_notice(self, text: str) -> None:
        """Show a notice above the form."""
        self.mount(own_notice(text), before="#problem")

    def show_status(self, text: str) -> None:
        """Show a status, such as a pending request, on the line of the buttons."""
        status = self.query_one("#status", Label)
        if status.content != text:
            status.update(text)


def is_refusal(problem: Problem) -> bool:
    """Return whether the backend refused typed values."""
    return problem.code not in ("signed_out", "moved_on", "upload_stopped")
