"""Screen of a step that asks for a new password, with a live checklist of its rules."""

from collections.abc import Iterable

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from iprescribe_tui.front_ends.tui.step_screen import StepScreen
from iprescribe_tui.journey.checks.password import password_rules
from iprescribe_tui.journey.fields import personal_in


class NewPasswordScreen(StepScreen):
    """Form with a new password, and the backend's rules for it under the form."""

    def body(self) -> Iterable[Widget]:
        """Yield the form, then the checklist."""
        yield from super().body()
        yield Static(self.checklist({}), id="checklist", markup=False)

    def changed(self) -> None:
        """Update the checklist."""
        self.query_one("#checklist", Static).update(self.checklist(self.plain_values()))

    def plain_values(self) -> dict[str, str]:
        """Return the values as text, the password included; for the checklist only."""
        return {
            name: value if isinstance(value, str) else "" if isinstance(value, bool) else value.get_secret_value()
            for name, value in self.values.items()
        }

    def checklist(self, values: dict[str, str]) -> Content:
        """Return one line per rule: ✓ met, · not yet."""
        policy = self.screen_context.service.passwords.get(self.step) if self.screen_context.service else None
        if policy is None:
            return Content("")
        typed = values.get(self.form.first(lambda asked: asked.policy), "")
        rules = password_rules(policy, typed, **personal_in(values))
        return Content("\n").join(
            Content.assemble(("✓ ", "bold $text-success") if rule.ok else ("· ", "$text-muted"), rule.text)
            for rule in rules
        )
