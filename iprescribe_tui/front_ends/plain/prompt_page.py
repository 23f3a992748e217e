"""One view at the prompts: its fields in turn, and the commands that every prompt accepts."""

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from iprescribe_tui.client.uploads import DOUBTED
from iprescribe_tui.flow.actions import (
    Action,
    AskSupport,
    Back,
    Leave,
    Resend,
    ResumeView,
    Submit,
    SupportView,
    View,
)
from iprescribe_tui.flow.page_texts import context_of, errors_of, help_parts, page_of
from iprescribe_tui.front_ends.plain.field_prompt import PromptField
from iprescribe_tui.front_ends.plain.lines import Lines
from iprescribe_tui.front_ends.plain.photo_prompt import HELP, Photos
from iprescribe_tui.front_ends.plain.prompts import Answered, Prompts
from iprescribe_tui.front_ends.plain.words import in_commands
from iprescribe_tui.journey.checks.password import password_rules
from iprescribe_tui.journey.fields import CheckContext, Control, FieldValue
from iprescribe_tui.journey.form import FormRejected
from iprescribe_tui.journey.forms import AddressForm
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.journey.views import Problem, StepViewBase, ViewBase
from iprescribe_tui.photos.review import PhotoReview


class AskAgain(Exception):
    """Change of the fields to ask for, by a command; they are in `pending`."""

    def __init__(self, pending: list[str]) -> None:
        super().__init__()
        self.pending = pending


class PromptPage(Prompts):
    """Form of `view`. `keep` is called after each field with the values that are not secret.

    `in_time` is called at each line and returns whether the session is still open; a late line answers nothing.
    """

    def __init__(
        self,
        view: View,
        service: ServiceDocument | None,
        lines: Lines,
        typed: Mapping[str, str | bool],
        keep: Callable[[Mapping[str, str | bool]], None],
        in_time: Callable[[], bool],
    ) -> None:
        super().__init__(lines, in_time)
        self.view = view
        self.page = page_of(view)
        self.service = service
        self.asked = self.page.form.asked()
        self._keep = keep
        prefill = view.prefill if isinstance(view, StepViewBase) else {}
        self.values: dict[str, FieldValue] = {name: typed.get(name, prefill.get(name, "")) for name in self.asked}
        self._given: set[str] = set()
        self._refused: dict[str, FieldValue] = {}
        self.photos = Photos(service, view.registry_name if isinstance(view, StepViewBase) else "")
        self._add_commands()

    @property
    def step_view(self) -> StepViewBase | None:
        """View if it is a step's, else None."""
        return self.view if isinstance(self.view, StepViewBase) else None

    @property
    def context(self) -> CheckContext:
        """Context that the form is checked against."""
        return context_of(self.view, self.service)

    # -- commands

    def _add_commands(self) -> None:
        view = self.step_view
        self.command("?", "Read what this step is about", self._help)
        if self._can_go_back:
            self.answers("<", "Go back", Back())
        self.answers("!", "Save and leave", Leave())
        if view and view.resend_at:
            self.answers("/resend", "Send a new code or link", Resend())
        if view and view.on_file:
            self.command("/file", f"Use {view.on_file_label}", self._use_on_file)
        if len(self.asked) > 1:
            self.command("/again", "Answer this step's questions again from the first", self._again)
        if self._address_form:
            self.command("/street", "Keep the street beside a PO Box", self._keep_street)
        for number, (description, answer) in enumerate(self._alternatives(), 1):
            if isinstance(answer, Back):
                self.answers(f"/{number}", description, answer)
            else:
                self._fills(number, description, answer)
        if not isinstance(self.view, SupportView):
            self.answers("/support", "Write to support", AskSupport())
        if isinstance(self.view, ViewBase) and self.view.registration:
            self.command("/over", "Start over with the NPI", self._start_over)

    @property
    def _address_form(self) -> type[AddressForm] | None:
        """Form of the page if it asks for an address, else None."""
        return self.page.form if issubclass(self.page.form, AddressForm) else None

    @property
    def code_field(self) -> str:
        """Field for a code that was sent, "" if there is none."""
        return self.page.form.first(lambda asked: asked.control is Control.CODE)

    @property
    def _can_go_back(self) -> bool:
        return self.view.can_go_back if isinstance(self.view, ViewBase) else not isinstance(self.view, ResumeView)

    def _alternatives(self) -> list[tuple[str, Back | dict[str, str]]]:
        """Return labels and actions of alternatives: change a fact, go elsewhere, or use a license in the registry."""
        view = self.step_view
        if view is None:
            return []
        changes: list[tuple[str, Back | dict[str, str]]] = [
            (f"Change: {fact.label}", Back(STEPS[fact.mend])) for fact in view.facts if fact.mend
        ]
        changes += [(other.label, Back(STEPS[other.to])) for other in view.ways]
        return changes + [(f"Use {label}", values) for label, values in self.page.form.shortcuts(view.options)]

    def _fills(self, number: int, description: str, values: Mapping[str, FieldValue]) -> None:
        async def do() -> None:
            self.fill(values)

        self.command(f"/{number}", description, do)

    def fill(self, values: Mapping[str, FieldValue]) -> None:
        """Fill fields in, and print their values. Raises `AskAgain` with the fields not answered yet."""
        self.put(values)
        raise AskAgain([name for name in self.asked if name not in self._given])

    def put(self, values: Mapping[str, FieldValue]) -> None:
        """Fill fields in, and print their values."""
        for name in (name for name in self.asked if name in values):
            self.values[name] = values[name]
            self._given.add(name)
            shown = "filled in" if self.asked[name].secret else values[name] or "left empty"
            self.lines.say(f"{self.label(name)}: {shown}")
        self._kept()

    async def _again(self) -> None:
        raise AskAgain(list(self.asked))

    async def _help(self) -> None:
        step = self.page if isinstance(self.page, Step) else None
        for part in help_parts(step, self.service):
            self.lines.say(in_commands(part))
            self.lines.say()
        if any(map(self._is_photo, self.asked)):
            self.lines.say(f"{HELP}\n")
        self.lines.say("At every prompt of this step you can type:")
        for name, (description, _) in self.commands.items():
            self.lines.say(f"  {name}: {description}")
        self.lines.say("Enter keeps what stands in brackets.")
        self.lines.say("To give one of these as an answer, put a backslash before it, such as \\?")

    async def _use_on_file(self) -> None:
        if self.step_view:
            self.fill(self.step_view.on_file)

    async def _keep_street(self) -> None:
        kept = self._address_form.kept(self._typed) if self._address_form else {}
        if not kept:
            self.lines.say("There is no street beside a PO Box here.")
            return
        self.fill(kept)

    async def _start_over(self) -> None:
        self.lines.say("Everything that was answered is undone, here and at the backend. You begin with the NPI again.")
        if await self.aside("Start over? (yes or no):") in ("y", "yes"):
            raise Answered(Back(Step.NPI))

    # -- asking

    async def answer(self, problem: Problem | None) -> Action:
        """Ask for all fields, or the wrong ones; return the form's action once it has no errors, or a command's."""
        pending = [name for name in self.asked if name not in self._given] or list(self.asked)
        doubts = self._doubts(problem)
        if doubts:
            pending = list(doubts)
        elif problem:
            pending = self._say_errors(errors_of(problem)) or self._secrets() or pending
        try:
            return await self._until_right(pending, doubts)
        except Answered as answered:
            return answered.answer

    def _doubts(self, problem: Problem | None) -> dict[str, str]:
        """Return the doubts about photos that kept them from being sent, by field."""
        if problem is None or problem.code != DOUBTED:
            return {}
        return {name: problem.errors[name] for name in self.asked if self._is_photo(name) and name in problem.errors}

    async def _until_right(self, pending: list[str], doubts: dict[str, str]) -> Action:
        while True:
            try:
                for name in pending:
                    await self._ask_field(name, doubts.pop(name, ""))
                if not self.asked:
                    await self.enter(f"Press Enter to {self.go_on}:")
                return Submit(self.page.form.check(self.values, self.context), despite=frozenset(self.photos.despite))
            except FormRejected as rejected:
                pending = self._say_errors(rejected.errors)
            except AskAgain as again:
                pending = again.pending
                doubts.clear()

    @property
    def go_on(self) -> str:
        """Verb for Enter on a page without fields."""
        return "continue" if isinstance(self.page, Step) else self.page.go_on.lower()

    def _say_errors(self, errors: Mapping[str, str]) -> list[str]:
        """Print the errors with the labels of their fields; return the fields to ask for again."""
        for name, message in errors.items():
            text = self._explained(name, message)
            self.lines.say(f"{self.label(name)}: {text}" if name in self.asked else text)
        self.lines.drop_typed_ahead()
        wrong = {name for name in self.asked if name in errors}
        return [name for name in self.asked if name in wrong | self._forgotten(wrong)]

    def _forgotten(self, wrong: set[str]) -> set[str]:
        """Clear wrong secrets, and both of a pair, as the mistake may be in either; return the cleared fields."""
        secret = {name for name in wrong if self.asked[name].secret}
        pairs = [{name, asked.confirms} for name, asked in self.asked.items() if asked.confirms]
        secret = secret.union(*(pair for pair in pairs if pair & secret))
        for name in secret:
            self.values[name] = SecretStr("")
        return secret

    def _secrets(self) -> list[str]:
        """Clear and return the secrets of a form refused as a whole: unseen input is the likeliest to be mistyped."""
        sent = [
            name for name, value in self.values.items() if isinstance(value, SecretStr) and value.get_secret_value()
        ]
        for name in sent:
            self.values[name] = SecretStr("")
        if sent and len(sent) < len(self.asked):
            self.lines.say("To change the rest as well, type /again.")
        return sent

    def label(self, name: str) -> str:
        """Return the label of a field."""
        return self.page.form.model_fields[name].title or name

    async def _ask_field(self, name: str, doubt: str = "") -> None:
        """Ask for one field until its value is accepted; first only about a `doubt`, if any. Raises as `read` does."""
        if self.asked[name].is_needless(self.values):
            self.values[name] = ""
            return
        if policy := self.asked[name].policy:
            self._say_rules(policy)
        before = self.values[name]
        while True:
            if not doubt:
                self.values[name] = await self._field(name).ask()
            if self.is_late:
                self._kept()
                self.leave_late()
            message = await self._fault(name)
            if not message and await self._stands(name, doubt):
                self._given.add(name)
                self._refused.pop(name, None)
                self._kept()
                return
            doubt, self._refused[name] = "", self.values[name]
            pending = self._say_errors({name: message}) if message else [name]
            if not self.asked[name].secret:
                self.values[name] = before  # or an Enter would give the refused value again
            for again in pending[: pending.index(name)]:
                await self._ask_field(again)  # the other field of a pair, which comes before

    def _field(self, name: str) -> PromptField:
        asked = self.asked[name]
        options = asked.options(name, self.context) or ()
        info = self.page.form.model_fields[name]
        return PromptField(self.label(name), info, asked, options, self.values[name], self.read, self.lines.say)

    def _say_rules(self, key: str) -> None:
        if self.service and (policy := self.service.passwords.get(key)):
            self.lines.say(f"Rules for the password: {'; '.join(rule.text for rule in password_rules(policy, ''))}.")

    def _explained(self, name: str, message: str) -> str:
        """Return an error with advice on what can be done about it here."""
        form = self._address_form
        return form.explained(name, message, self._typed, "/street") if form else message

    @property
    def _typed(self) -> dict[str, FieldValue]:
        return {**self.values, **self._refused}

    async def _fault(self, name: str) -> str:
        """Return the error of a field, "" if it has none; notices and warnings are printed."""
        try:
            self.page.form.check(self.values, self.context)
        except FormRejected as rejected:
            if message := rejected.errors.get(name, ""):
                return message
        if self._is_photo(name) and self.values[name]:
            found = await self._reviewed(name)
            if found.notice and not found.doubts:
                self.lines.say(found.notice)
            return found.error
        if self._address_form and name == self._address_form.ADDRESS[-1]:
            for remark in self._address_form.remarks(self._typed).values():
                self.lines.say(remark)
        return ""

    def _is_photo(self, name: str) -> bool:
        return self.asked[name].control is Control.PHOTO

    async def _reviewed(self, name: str) -> PhotoReview:
        kind = self.values.get(self.asked[name].depends_on)
        return await self.photos.review(str(self.values[name]), name, kind)

    async def _stands(self, name: str, doubt: str) -> bool:
        """Return whether a value without errors may be sent; of a doubtful photo, the applicant decides.

        `doubt` is what kept the photo from being sent, "" if it was not tried yet.
        """
        if not self._is_photo(name) or not self.values[name]:
            return True
        found = await self._reviewed(name)
        answered = found.digest in self.photos.despite
        doubt = doubt or ("" if answered else found.doubt)
        if not doubt:
            if found.good:
                self.lines.say(f"✓ {found.good}")
            return True
        self._say_errors({name: doubt})
        if answered:  # the backend refuses it anyway
            return False
        self._kept()
        sends = await self.photos.sends(found, self.read, self.lines.say)
        self.leave_late()
        return sends

    def _kept(self) -> None:
        self._keep(self.page.form.open_values(self.values))
