"""One request to one registration: what the steps work with, and all that they may do to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.protocol import Fact, HandoffSlot, Notice, Way
from iprescribe_tui.journey.steps import STEPS, Step
from iprescribe_tui.sandbox import limits, outbox, sending
from iprescribe_tui.sandbox.accounts import key_of
from iprescribe_tui.sandbox.backend import Backend
from iprescribe_tui.sandbox.limits import Limit, Taken
from iprescribe_tui.sandbox.outbox import Channel
from iprescribe_tui.sandbox.personas import Quirk, persona_of
from iprescribe_tui.sandbox.policy import Progress
from iprescribe_tui.sandbox.registry import Provider
from iprescribe_tui.sandbox.slow import outside
from iprescribe_tui.sandbox.specimens import NOBODY, Holder
from iprescribe_tui.sandbox.tables import Challenge, IdmeAccount, Registration

COVERED: Final = "(covered)"
"""Stands for what is nobody's but the applicant's, where another session than the one that gave it looks."""

_GIVEN_IN: Final = "given_in"


@dataclass(frozen=True)
class Parts:
    """What a step puts into its view beside what all have; `waiting_for` makes it one that waits, `url` a handoff."""

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
class Visit:
    """A registration within a transaction.

    `touched` says that its view is not what it was, `stays` that a good answer does not lead on from its step.
    `session` is the token family of whoever calls, "" for others; `client` their address, where that is known.
    """

    backend: Backend
    db: Session
    registration: Registration
    now: datetime
    touched: bool = False
    stays: bool = False
    session: str = ""
    client: str = ""

    @property
    def progress(self) -> Progress:
        """How far it has come, as `policy` reads it."""
        row = self.registration
        return Progress(
            step=STEPS[row.step],
            path=tuple(STEPS[key] for key in row.path),
            holds=frozenset(STEPS[key] for key in row.holds),
            answers=row.answers,
            hosted=self.backend.proofing == "hosted",
            failed=bool(row.memory.get("failed")),
        )

    @progress.setter
    def progress(self, progress: Progress) -> None:
        row = self.registration
        row.step = progress.step.value
        row.path = [step.value for step in progress.path]
        row.holds = sorted(step.value for step in progress.holds)
        row.wake_at = None
        self.touched = True

    @property
    def provider(self) -> Provider:
        """What the registry has on the registration's NPI."""
        provider = self.backend.registry.find(self.registration.npi)
        if provider is None:
            raise LookupError("a registration's NPI has left the registry")
        return provider

    def answered(self, step: Step) -> Mapping[str, Any]:
        """What was answered at `step`, without its secrets."""
        answers: Mapping[str, Any] = self.registration.answers.get(step.value, {})
        return answers

    def keep(self, step: Step, **values: object) -> None:
        """Keep what was answered at `step`, and in which session; never a secret."""
        self.registration.answers = {**self.registration.answers, step.value: values}
        self.note_session(step)

    def note_session(self, step: Step) -> None:
        """Remember that what there is of `step` was given in this session."""
        given = {**self.registration.memory.get(_GIVEN_IN, {}), step.value: self.session}
        self.registration.memory = {**self.registration.memory, _GIVEN_IN: given}

    def is_own(self, step: Step) -> bool:
        """Return whether what there is of `step` was given in this session, so that it may be shown here."""
        given_in = self.registration.memory.get(_GIVEN_IN, {}).get(step.value)
        return bool(self.session) and given_in == self.session

    def own(self, step: Step, value: str) -> str:
        """Return `value` where it was given at `step` in this session, else what covers it."""
        return value if self.is_own(step) or not value else COVERED

    def remember(self, name: str, value: object) -> None:
        """Remember something of the registration that is not an answer."""
        self.registration.memory = {**self.registration.memory, name: value}
        self.touched = True

    def has(self, quirk: Quirk) -> bool:
        """Whether this persona has `quirk`."""
        persona = persona_of(self.registration.npi)
        return persona is not None and quirk in persona.quirks

    def samples_of(self) -> tuple[str, Holder]:
        """The NPI for which sample pictures are drawn, and whose name their documents bear."""
        provider = self.provider
        holder = Holder.named(provider.first_name, provider.middle_name, provider.last_name)
        return provider.npi, NOBODY if self.has(Quirk.ID_OTHER_NAME) or not holder.family else holder

    def samples(self) -> Mapping[str, Path]:
        """The sample pictures, drawn outside of the transaction where they are not yet."""
        samples, of = self.backend.samples, self.samples_of()
        ready = samples.ready(*of)
        return outside(self.db, ("samples", *of), lambda: samples.paths(*of)) if ready is None else ready

    def first_time(self, quirk: Quirk) -> bool:
        """Whether this persona has `quirk` and shows it for the first time."""
        if not self.has(quirk) or self.registration.memory.get(quirk.value):
            return False
        self.remember(quirk.value, True)
        return True

    @property
    def idme(self) -> IdmeAccount:
        """The ID.me account that the registration goes on with; raises LookupError where there is none yet."""
        account = self.db.get(IdmeAccount, self.registration.idme_account_id or "")
        if account is None:
            raise LookupError("there is no ID.me account yet")
        return account

    # Limits: subjects are digests, so that the table does not list who tried what.

    def subject(self, of: str) -> str:
        """The digest under which tries of `of` (an NPI, an e-mail, a phone) are counted, in any case."""
        return self.backend.key.digest("limit", key_of(of).encode())

    def person(self) -> str:
        """Whose tries are counted where a new registration does not begin at none: the prescriber's."""
        return f"npi:{self.registration.npi}"

    def take(self, limit: Limit, of: str) -> Taken:
        """Count a try."""
        self.touched = True
        return limits.take(self.db, limit, self.subject(of), self.now)

    def tries_left(self, limit: Limit, of: str) -> int | None:
        """How many tries are left; None while none was used."""
        return limits.tries_left(self.db, limit, self.subject(of), self.now)

    def succeed(self, limit: Limit, of: str) -> None:
        """Count anew from here."""
        limits.forget(self.db, limit, self.subject(of))

    def locked_until(self, limit: Limit, of: str) -> datetime | None:
        """The end of a lock, or None."""
        return limits.locked_until(self.db, limit, self.subject(of), self.now)

    def lock(self, until: datetime, reason: str) -> None:
        """Let nothing be done with the registration before `until`."""
        self.registration.locked_until = self.registration.wake_at = until
        self.registration.locked_reason = reason
        self.touched = True

    # Codes and links.

    def newest(self, purpose: str) -> Challenge | None:
        """The code or link that counts."""
        return outbox.newest(self.db, self.registration.id, purpose)

    def may_send(self, to: str) -> datetime | None:
        """None where a code may be sent to `to`, else the time from which it may."""
        ends = (limits.locked_until(self.db, *budget, self.now) for budget in self._budgets(to))
        return max((end for end in ends if end), default=None)

    def _budgets(self, to: str) -> tuple[sending.Budget, ...]:
        return sending.for_codes(self.backend, to, self.registration.npi, self.client)

    def challenge(
        self, purpose: str, template: str, channel: Channel, to: str, lifetime: timedelta, **params: str
    ) -> bool:
        """Send a new code or link to `to`, unless too many went there: then nothing is sent, and False comes back.

        Coming to a step twice within a few seconds sends one message, which counts on.
        """
        before = self.newest(purpose)
        if before and self.now - before.sent_at < limits.SEND_GAP and outbox.went_to(self.db, before, to):
            return True
        if limits.take_together(self.db, self._budgets(to), self.now):
            return False
        challenge = self.issue(purpose, lifetime)
        self.send(template, channel, to, challenge, **params)
        return True

    def issue(self, purpose: str, lifetime: timedelta) -> Challenge:
        """A new code and link; the view changes by itself when they expire."""
        challenge = outbox.issue(self.backend, self.db, self.registration.id, purpose, self.now, lifetime)
        self.registration.wake_at = challenge.expires_at
        self.touched = True
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
