"""Commands of a page at the prompts: its help, ways out of it, and what fills its fields in."""

from collections.abc import Mapping

from iprescribe_tui.flow.actions import AskSupport, Back, Leave, Resend, ResumeView, SupportView, can_start_over
from iprescribe_tui.flow.page_texts import help_parts
from iprescribe_tui.front_ends.plain.photo_prompt import HELP
from iprescribe_tui.front_ends.plain.prompt_page import AskAgain, PromptPage
from iprescribe_tui.front_ends.plain.prompts import Answered
from iprescribe_tui.front_ends.plain.words import in_commands
from iprescribe_tui.journey.fields import FieldValue
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.journey.views import ViewBase


class PageCommands:
    """Commands of `page`. They raise `Answered`, or `AskAgain` if they change the fields to ask for."""

    def __init__(self, page: PromptPage) -> None:
        self.page = page
        self.lines = page.lines

    def add(self) -> None:
        """Add them to the page."""
        page, view = self.page, self.page.step_view
        page.command("?", "Read what this step is about", self._help)
        if page.view.can_go_back if isinstance(page.view, ViewBase) else not isinstance(page.view, ResumeView):
            page.answers("<", "Go back", Back())
        page.answers("!", "Save and leave", Leave())
        if view and view.resend_at:
            page.answers("/resend", "Send a new code or link", Resend())
        if view and view.on_file:
            self._fills("/file", f"Use {view.on_file_label}", view.on_file)
        if len(page.asked) > 1:
            page.command("/again", "Answer this step's questions again from the first", self._again)
        if page.address_form:
            page.command("/street", "Keep the street beside a PO Box", self._keep_street)
        for number, (description, answer) in enumerate(self._alternatives(), 1):
            if isinstance(answer, Back):
                page.answers(f"/{number}", description, answer)
            else:
                self._fills(f"/{number}", description, answer)
        if not isinstance(page.view, SupportView):
            page.answers("/support", "Write to support", AskSupport())
        if can_start_over(page.view):
            page.command("/over", "Start over with the NPI", self._start_over)

    def _alternatives(self) -> list[tuple[str, Back | dict[str, str]]]:
        """Return labels and actions of alternatives: change a fact, go elsewhere, or use a license in the registry."""
        view = self.page.step_view
        if view is None:
            return []
        changes: list[tuple[str, Back | dict[str, str]]] = [
            (f"Change: {fact.label}", Back(STEPS[fact.mend])) for fact in view.facts if fact.mend
        ]
        changes += [(other.label, Back(STEPS[other.to])) for other in view.ways]
        return changes + [(f"Use {label}", values) for label, values in self.page.page.form.shortcuts(view.options)]

    def _fills(self, name: str, description: str, values: Mapping[str, FieldValue]) -> None:
        async def do() -> None:
            self.page.fill(values)

        self.page.command(name, description, do)

    async def _again(self) -> None:
        raise AskAgain(list(self.page.asked))

    async def _help(self) -> None:
        step = self.page.page if isinstance(self.page.page, Step) else None
        for part in help_parts(step, self.page.service):
            self.lines.say(in_commands(part))
            self.lines.say()
        if any(map(self.page.is_photo, self.page.asked)):
            self.lines.say(f"{HELP}\n")
        self.lines.say("At every prompt of this step you can type:")
        for name, (description, _) in self.page.commands.items():
            self.lines.say(f"  {name}: {description}")
        self.lines.say("Enter keeps what stands in brackets.")
        self.lines.say("To give one of these as an answer, put a backslash before it, such as \\?")

    async def _keep_street(self) -> None:
        form = self.page.address_form
        if kept := form.kept(self.page.all_typed) if form else {}:
            self.page.fill(kept)
        else:
            self.lines.say("There is no street beside a PO Box here.")

    async def _start_over(self) -> None:
        self.lines.say("Everything that was answered is undone, here and at the backend. You begin with the NPI again.")
        if await self.page.aside("Start over? (yes or no):") in ("y", "yes"):
            raise Answered(Back(Step.NPI))
