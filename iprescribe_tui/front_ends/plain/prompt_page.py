"""One view at the prompts: its fields in turn, until the form is right or a command answers it."""

from collections.abc import Callable, Mapping

from pydantic import SecretStr

from iprescribe_tui.client.uploads import DOUBTED
from iprescribe_tui.flow.actions import Action, Submit, View
from iprescribe_tui.flow.page_texts import context_of, errors_of, page_of
from iprescribe_tui.front_ends.plain.field_prompt import PromptField
from iprescribe_tui.front_ends.plain.lines import Lines
from iprescribe_tui.front_ends.plain.photo_prompt import Photos
from iprescribe_tui.front_ends.plain.prompts import Answered, Prompts
from iprescribe_tui.journey.checks.password import password_rules
from iprescribe_tui.journey.fields import CheckContext, Control, FieldValue
from iprescribe_tui.journey.form import FormRejected
from iprescribe_tui.journey.forms import AddressForm
from iprescribe_tui.journey.service_document import ServiceDocument
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Problem, StepViewBase
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

    @property
    def step_view(self) -> StepViewBase | None:
        """View if it is a step's, else None."""
        return self.view if isinstance(self.view, StepViewBase) else None

    @property
    def context(self) -> CheckContext:
        """Context that the form is checked against."""
        return context_of(self.view, self.service)

    @property
    def address_form(self) -> type[AddressForm] | None:
        """Form of the page if it asks for an address, else None."""
        return self.page.form if issubclass(self.page.form, AddressForm) else None

    @property
    def code_field(self) -> str:
        """Field for a code that was sent, "" if there is none."""
        return self.page.form.first(lambda asked: asked.control is Control.CODE)

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
        return {name: problem.errors[name] for name in self.asked if self.is_photo(name) and name in problem.errors}

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
        form = self.address_form
        return form.explained(name, message, self.all_typed, "/street") if form else message

    @property
    def all_typed(self) -> dict[str, FieldValue]:
        """Values of the fields, and in their place those that were refused."""
        return {**self.values, **self._refused}

    async def _fault(self, name: str) -> str:
        """Return the error of a field, "" if it has none; notices and warnings are printed."""
        try:
            self.page.form.check(self.values, self.context)
        except FormRejected as rejected:
            if message := rejected.errors.get(name, ""):
                return message
        if self.is_photo(name) and self.values[name]:
            found = await self._reviewed(name)
            if found.notice and not found.doubts:
                self.lines.say(found.notice)
            return found.error
        if self.address_form and name == self.address_form.ADDRESS[-1]:
            for remark in self.address_form.remarks(self.all_typed).values():
                self.lines.say(remark)
        return ""

    def is_photo(self, name: str) -> bool:
        """Return whether a field asks for a photo."""
        return self.asked[name].control is Control.PHOTO

    async def _reviewed(self, name: str) -> PhotoReview:
        kind = self.values.get(self.asked[name].depends_on)
        return await self.photos.review(str(self.values[name]), name, kind)

    async def _stands(self, name: str, doubt: str) -> bool:
        """Return whether a value without errors may be sent; of a doubtful photo, the applicant decides.

        `doubt` is what kept the photo from being sent, "" if it was not tried yet.
        """
        if not self.is_photo(name) or not self.values[name]:
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
