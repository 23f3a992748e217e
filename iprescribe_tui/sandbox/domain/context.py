"""Context of a request to one registration: all that steps may read and do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.journey.views import Fact, HandoffSlot, Notice, Way
from iprescribe_tui.sandbox.domain import limits, message_limits, outbox
from iprescribe_tui.sandbox.domain.accounts import key_of
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.limits import Attempt, Limit
from iprescribe_tui.sandbox.domain.outbox import Channel
from iprescribe_tui.sandbox.domain.personas import Quirk, persona_of
from iprescribe_tui.sandbox.domain.policy import JourneyState
from iprescribe_tui.sandbox.domain.registry import Provider
from iprescribe_tui.sandbox.domain.slow import outside
from iprescribe_tui.sandbox.domain.specimens import NOBODY, Holder
from iprescribe_tui.sandbox.store.tables import Challenge, IdmeAccountRow, Registration

COVERED: Final = "(covered)"
"""Placeholder for private values, in sessions other than the one that gave them."""

_GIVEN_IN: Final = "given_in"


@dataclass(frozen=True)
class ViewData:
    """Parts of a view that its step fills in; `waiting_for` makes it one that waits, `url` a handoff."""

    prefill: Mapping[str, str | bool] = field(default_factory=dict)
    on_file: Mapping[str, str] = field(default_factory=dict)
    on_file_label: str = ""
    options: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    ways: tuple[Way, ...] = ()
    reveal: Mapping[str, str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    resend_at: datetime | None = None
    tries_left: int | None = None
    registry_name: str = ""
    waiting_for: str = ""
    until: datetime | None = None
    url: str = ""
    phone: bool = False
    state: Literal["waiting", "opened", "canceled", "expired"] = "waiting"
    slots: tuple[HandoffSlot, ...] = ()


@dataclass
class RequestContext:
    """Context of a request to one registration, within its transaction.

    `dirty` says that its view changed, `stay_on_step` that an accepted answer does not lead on from its step.
    `session` is the token family of the caller, "" for others; `client` the caller's address, if known.
    """

    backend: Backend
    db: Session
    registration: Registration
    now: datetime
    dirty: bool = False
    stay_on_step: bool = False
    session: str = ""
    client: str = ""

    @property
    def state(self) -> JourneyState:
        """State as `policy` reads it; to set it clears `changes_at` and marks the view as changed."""
        row = self.registration
        return JourneyState(
            step=STEPS[row.step],
            history=tuple(STEPS[key] for key in row.history),
            completed=frozenset(STEPS[key] for key in row.completed),
            answers=row.answers,
            hosted=self.backend.proofing == "hosted",
            failed=bool(row.flags.get("failed")),
        )

    @state.setter
    def state(self, state: JourneyState) -> None:
        row = self.registration
        row.step = state.step.value
        row.history = [step.value for step in state.history]
        row.completed = sorted(step.value for step in state.completed)
        row.changes_at = None
        self.dirty = True

    @property
    def provider(self) -> Provider:
        """Registry record of the registration's NPI. Raises LookupError if it has left the registry."""
        provider = self.backend.registry.find(self.registration.npi)
        if provider is None:
            raise LookupError("a registration's NPI has left the registry")
        return provider

    def answered(self, step: Step) -> Mapping[str, Any]:
        """Return the answers to `step`, without its secrets."""
        answers: Mapping[str, Any] = self.registration.answers.get(step.value, {})
        return answers

    def keep(self, step: Step, **values: object) -> None:
        """Keep answers to `step`, never secrets, as given in this session."""
        self.registration.answers = {**self.registration.answers, step.value: values}
        self.note_session(step)

    def note_session(self, step: Step) -> None:
        """Note that this session gave the answers to `step`."""
        given = {**self.registration.flags.get(_GIVEN_IN, {}), step.value: self.session}
        self.registration.flags = {**self.registration.flags, _GIVEN_IN: given}

    def is_own(self, step: Step) -> bool:
        """Return whether this session gave the answers to `step`, so that it may see them."""
        given_in = self.registration.flags.get(_GIVEN_IN, {}).get(step.value)
        return bool(self.session) and given_in == self.session

    def own(self, step: Step, value: str) -> str:
        """Return `value`, or COVERED if another session gave it at `step`."""
        return value if self.is_own(step) or not value else COVERED

    def remember(self, name: str, value: object) -> None:
        """Remember a value that is not an answer."""
        self.registration.flags = {**self.registration.flags, name: value}
        self.dirty = True

    def has(self, quirk: Quirk) -> bool:
        """Return whether this persona has `quirk`."""
        persona = persona_of(self.registration.npi)
        return persona is not None and quirk in persona.quirks

    def samples_of(self) -> tuple[str, Holder]:
        """Return the NPI for which sample pictures are drawn, and the holder whom their documents show."""
        provider = self.provider
        holder = Holder.named(provider.first_name, provider.middle_name, provider.last_name)
        return provider.npi, NOBODY if self.has(Quirk.ID_OTHER_NAME) or not holder.family else holder

    def samples(self) -> Mapping[str, Path]:
        """Return the sample pictures by name, drawn outside the transaction if missing."""
        samples, of = self.backend.samples, self.samples_of()
        ready = samples.ready(*of)
        return outside(self.db, ("samples", *of), lambda: samples.paths(*of)) if ready is None else ready

    def first_time(self, quirk: Quirk) -> bool:
        """Return whether this persona has `quirk`, once: afterwards False."""
        if not self.has(quirk) or self.registration.flags.get(quirk.value):
            return False
        self.remember(quirk.value, True)
        return True

    @property
    def idme(self) -> IdmeAccountRow:
        """ID.me account of the registration. Raises LookupError if there is none yet."""
        account = self.db.get(IdmeAccountRow, self.registration.idme_account_id or "")
        if account is None:
            raise LookupError("there is no ID.me account yet")
        return account

    # Limits. Subjects are digests, so that the table does not show who tried what.

    def subject(self, of: str) -> str:
        """Return the digest that counts attempts of `of` (an NPI, an email, a phone), ignoring case."""
        return self.backend.key.digest("limit", key_of(of).encode())

    def person(self) -> str:
        """Return the subject of limits that a new registration does not reset: the prescriber."""
        return f"npi:{self.registration.npi}"

    def record_attempt(self, limit: Limit, of: str) -> Attempt:
        """Count an attempt."""
        self.dirty = True
        return limits.record_attempt(self.db, limit, self.subject(of), self.now)

    def tries_left(self, limit: Limit, of: str) -> int | None:
        """Return how many attempts are left; None before the first."""
        return limits.tries_left(self.db, limit, self.subject(of), self.now)

    def succeed(self, limit: Limit, of: str) -> None:
        """Reset the count after a success."""
        limits.forget(self.db, limit, self.subject(of))

    def locked_until(self, limit: Limit, of: str) -> datetime | None:
        """Return the end of a lock, or None."""
        return limits.locked_until(self.db, limit, self.subject(of), self.now)

    def lock(self, until: datetime, reason: str) -> None:
        """Lock the registration until `until`."""
        self.registration.locked_until = self.registration.changes_at = until
        self.registration.locked_reason = reason
        self.dirty = True

    # Codes and links.

    def newest(self, purpose: str) -> Challenge | None:
        """Return the newest code or link that is not void."""
        return outbox.newest(self.db, self.registration.id, purpose)

    def may_send(self, to: str) -> datetime | None:
        """Return None if a code may be sent to `to`, else the time from which it may."""
        ends = (limits.locked_until(self.db, *budget, self.now) for budget in self._budgets(to))
        return max((end for end in ends if end), default=None)

    def _budgets(self, to: str) -> tuple[message_limits.Budget, ...]:
        return message_limits.for_codes(self.backend, to, self.registration.npi, self.client)

    def challenge(
        self, purpose: str, template: str, channel: Channel, to: str, lifetime: timedelta, **params: str
    ) -> bool:
        """Send a new code or link to `to`; send nothing and return False if too many went there.

        If the last one went there less than `SEND_GAP` ago, send nothing: it still counts. Return True.
        """
        before = self.newest(purpose)
        if before and self.now - before.sent_at < limits.SEND_GAP and outbox.went_to(self.db, before, to):
            return True
        if limits.record_attempts(self.db, self._budgets(to), self.now):
            return False
        challenge = self.issue(purpose, lifetime)
        self.send(template, channel, to, challenge, **params)
        return True

    def issue(self, purpose: str, lifetime: timedelta) -> Challenge:
        """Create a code and link; the view changes by itself when they expire."""
        challenge = outbox.issue(self.backend, self.db, self.registration.id, purpose, self.now, lifetime)
        self.registration.changes_at = challenge.expires_at
        self.dirty = True
        return challenge

    def send(self, template: str, channel: Channel, to: str, challenge: Challenge | None = None, **params: str) -> None:
        """Send a message."""
        outbox.send(
            self.backend,
            self.db,
            template,
            channel=channel,
            to=to,
            now=self.now,
            registration_id=self.registration.id,
            challenge=challenge,
            **params,
        )
