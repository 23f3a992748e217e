"""Order of the journey as a table: what each step needs, what comes next, what Back undoes.

Nothing here reads or writes anything: functions take a `JourneyState` and return a decision.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.service import PRESCRIBING_ROLES


@dataclass(frozen=True)
class JourneyState:
    """State of a registration on its journey.

    `history` has the steps that led to `step`; `completed` the steps whose outcome stands, whichever way the applicant
    came; `answers` the answers by step, without secrets, which remain after Back as prefill. `hosted` if identity
    proofing happens at a provider, `failed` if it failed for good.
    """

    step: Step = Step.NPI
    history: tuple[Step, ...] = ()
    completed: frozenset[Step] = frozenset()
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    hosted: bool = False
    failed: bool = False

    def answer(self, step: Step, name: str) -> Any:
        """Return one answer of one step; None if it was not given."""
        return self.answers.get(step, {}).get(name)


Predicate = Callable[[JourneyState], bool]
Chooser = Callable[[JourneyState], Step]


def signed_in(state: JourneyState) -> bool:
    """Return whether the applicant uses an ID.me account that existed before."""
    return Step.IDME_SIGN_IN in state.completed


def had_second_factor(state: JourneyState) -> bool:
    """Return whether that account already had a second factor."""
    return signed_in(state) and bool(state.answer(Step.IDME_SIGN_IN, "second_factor"))


def verified(state: JourneyState) -> bool:
    """Return whether the applicant's identity is verified: in this registration, or at ID.me before."""
    before = signed_in(state) and bool(state.answer(Step.IDME_SIGN_IN, "verified"))
    return Step.PHONE_LINK in state.completed or (before and Step.MFA_CODE in state.completed)


def prescribes(state: JourneyState) -> bool:
    """Return whether the applicant's role prescribes."""
    return state.answer(Step.PERSONAL, "role") in PRESCRIBING_ROLES


def account_made(state: JourneyState) -> bool:
    """Return whether the iPrescribe account is complete."""
    return {Step.NPI, Step.CREDENTIALS, Step.PERSONAL, Step.PRACTICE} <= state.completed


def _always(state: JourneyState) -> bool:
    return True


def _held(*steps: Step) -> Predicate:
    return lambda state: state.completed.issuperset(steps)


def _idme(state: JourneyState) -> bool:
    return account_made(state) and prescribes(state) and not state.hosted


def _email_owned(state: JourneyState) -> bool:
    return _idme(state) and (signed_in(state) or Step.EMAIL_CONFIRMATION in state.completed)


def _factor_chosen(state: JourneyState) -> bool:
    return _email_owned(state) and (had_second_factor(state) or Step.MFA_CHOICE in state.completed)


def _proofing(*before: Step) -> Predicate:
    """Return a predicate: ID.me account, second factor and proofing steps `before` hold, and nothing has failed."""
    return lambda state: (
        _email_owned(state) and state.completed.issuperset({Step.MFA_CODE, *before}) and not state.failed
    )


def _verified_and(*before: Step) -> Predicate:
    return lambda state: account_made(state) and verified(state) and state.completed.issuperset(before)


def _to(step: Step) -> Chooser:
    return lambda state: step


def _after_launch(state: JourneyState) -> Step:
    have = state.answer(Step.IDME_LAUNCH, "account") == "have"
    return Step.IDME_SIGN_IN if have else Step.IDME_SIGN_UP


def _after_sign_in(state: JourneyState) -> Step:
    return Step.MFA_CODE if had_second_factor(state) else Step.MFA_CHOICE


def _after_choice(state: JourneyState) -> Step:
    return Step.MFA_TOTP if state.answer(Step.MFA_CHOICE, "method") == "app" else Step.MFA_PHONE


def _after_code(state: JourneyState) -> Step:
    return _after_recovery(state) if had_second_factor(state) else Step.RECOVERY_CODE


def _after_recovery(state: JourneyState) -> Step:
    return Step.NPI_MATCH if verified(state) else Step.DOCUMENT


def _after_phone(state: JourneyState) -> Step:
    return Step.ATTRIBUTES_REVIEW if Step.SSN in state.completed else Step.SSN


@dataclass(frozen=True)
class StepRule:
    """Row of the table; `undoes` has the steps whose outcome falls when the applicant goes back to this one."""

    needs: Predicate
    next: Chooser
    back: bool = True
    undoes: frozenset[Step] = frozenset()


_SECOND_FACTOR: Final = frozenset({Step.MFA_CHOICE, Step.MFA_PHONE, Step.MFA_TOTP, Step.MFA_CODE})
_IDME_ACCOUNT: Final = _SECOND_FACTOR | {Step.IDME_SIGN_IN, Step.IDME_SIGN_UP, Step.EMAIL_CONFIRMATION}
_NUMBER: Final = frozenset({Step.PHONE_MATCH, Step.ATTRIBUTES_REVIEW})

RULES: Final[Mapping[Step, StepRule]] = {
    # Answers that make the iPrescribe account stay until they are replaced: the applicant signs in with them.
    Step.NPI: StepRule(_always, _to(Step.ACCOUNTS_INTRO), back=False, undoes=frozenset(Step)),
    Step.ACCOUNTS_INTRO: StepRule(_held(Step.NPI), _to(Step.CREDENTIALS)),
    Step.CREDENTIALS: StepRule(_held(Step.NPI), _to(Step.PERSONAL)),
    Step.PERSONAL: StepRule(_held(Step.NPI, Step.CREDENTIALS), _to(Step.PRACTICE)),
    Step.PRACTICE: StepRule(_held(Step.NPI, Step.CREDENTIALS, Step.PERSONAL), _to(Step.IDME_LAUNCH)),
    Step.IDME_LAUNCH: StepRule(account_made, _after_launch, undoes=_IDME_ACCOUNT),
    Step.IDME_SIGN_IN: StepRule(_idme, _after_sign_in, undoes=_IDME_ACCOUNT),
    Step.IDME_SIGN_UP: StepRule(_idme, _to(Step.EMAIL_CONFIRMATION), undoes=_IDME_ACCOUNT),
    Step.EMAIL_CONFIRMATION: StepRule(
        _held(Step.IDME_SIGN_UP), _to(Step.EMAIL_CONFIRMED), undoes=_SECOND_FACTOR | {Step.EMAIL_CONFIRMATION}
    ),
    Step.EMAIL_CONFIRMED: StepRule(_email_owned, _to(Step.MFA_CHOICE), undoes=_SECOND_FACTOR),
    Step.MFA_CHOICE: StepRule(_email_owned, _after_choice, undoes=_SECOND_FACTOR),
    Step.MFA_PHONE: StepRule(_factor_chosen, _to(Step.MFA_CODE), undoes=frozenset({Step.MFA_PHONE, Step.MFA_CODE})),
    Step.MFA_TOTP: StepRule(_factor_chosen, _to(Step.MFA_CODE), undoes=frozenset({Step.MFA_TOTP, Step.MFA_CODE})),
    Step.MFA_CODE: StepRule(_factor_chosen, _after_code, undoes=frozenset({Step.MFA_CODE})),
    Step.RECOVERY_CODE: StepRule(_held(Step.MFA_CODE), _after_recovery, back=False),
    Step.DOCUMENT: StepRule(_proofing(), _to(Step.SELFIE), back=False, undoes=frozenset({Step.DOCUMENT})),
    Step.SELFIE: StepRule(_proofing(Step.DOCUMENT), _to(Step.PHONE_MATCH), undoes=frozenset({Step.SELFIE})),
    Step.PHONE_MATCH: StepRule(_proofing(Step.DOCUMENT, Step.SELFIE), _after_phone, undoes=_NUMBER),
    Step.SSN: StepRule(
        _proofing(Step.DOCUMENT, Step.SELFIE, Step.PHONE_MATCH),
        _to(Step.ATTRIBUTES_REVIEW),
        undoes=frozenset({Step.SSN, Step.ATTRIBUTES_REVIEW}),
    ),
    Step.ATTRIBUTES_REVIEW: StepRule(
        _proofing(Step.DOCUMENT, Step.SELFIE, Step.PHONE_MATCH, Step.SSN),
        _to(Step.PHONE_LINK),
        undoes=frozenset({Step.ATTRIBUTES_REVIEW}),
    ),
    Step.PHONE_LINK: StepRule(
        _proofing(Step.DOCUMENT, Step.SELFIE, Step.PHONE_MATCH, Step.SSN, Step.ATTRIBUTES_REVIEW),
        _to(Step.NPI_MATCH),
    ),
    Step.NPI_MATCH: StepRule(_verified_and(), _to(Step.LICENSE_REVIEW), back=False),
    Step.LICENSE_REVIEW: StepRule(_verified_and(Step.NPI_MATCH), _to(Step.CONSENT)),
    Step.CONSENT: StepRule(_verified_and(Step.NPI_MATCH, Step.LICENSE_REVIEW), _to(Step.DONE)),
    Step.DONE: StepRule(_held(Step.CONSENT), _to(Step.DONE), back=False),
}


def is_terminal(state: JourneyState) -> bool:
    """Return whether the journey ends here: the role does not prescribe, or proofing failed for good."""
    if state.step is Step.DONE:
        return False
    return state.failed or (state.step is Step.IDME_LAUNCH and not prescribes(state))


def may_submit(state: JourneyState, step: Step) -> bool:
    """Return whether `step` may be answered now: it is the current one, and what it needs holds."""
    if step is not state.step or step is Step.DONE or is_terminal(state):
        return False
    return RULES[step].needs(state) and not (state.hosted and step is Step.IDME_LAUNCH)


def advance(state: JourneyState) -> JourneyState:
    """Return the state after the current step was answered.

    Raises ValueError if the table leads to a step whose needs do not hold: then the table is wrong.
    """
    held = replace(state, completed=state.completed | {state.step})
    return _arrive(held, RULES[state.step].next(held))


def mark_verified(state: JourneyState, *, allowed: bool = False) -> JourneyState:
    """Return the state after verification by a trusted referee, or (`allowed`) at a provider, up to Allow."""
    if not allowed:
        return _arrive(replace(state, completed=state.completed | {Step.PHONE_LINK}), Step.NPI_MATCH)
    outside = {Step.IDME_LAUNCH, Step.PHONE_LINK, Step.NPI_MATCH, Step.LICENSE_REVIEW, Step.CONSENT}
    return _arrive(replace(state, completed=state.completed | outside), Step.DONE)


def _arrive(state: JourneyState, step: Step) -> JourneyState:
    if not RULES[step].needs(state):
        raise ValueError(f"the table leads from {state.step.value} to {step.value}, which it does not allow")
    # A step that is reached again has the history of the first time: Back from it leads where it led then.
    history = state.history[: state.history.index(step)] if step in state.history else (*state.history, state.step)
    return replace(state, step=step, history=history)


def can_go_back(state: JourneyState) -> bool:
    """Return whether the applicant may go back one step."""
    return RULES[state.step].back and bool(state.history) and not state.failed


def may_return(state: JourneyState, to: Step, offered: frozenset[Step]) -> bool:
    """Return whether the applicant may go back to `to`: it was offered and visited before, or it starts over."""
    if state.step is Step.DONE or state.failed:
        return False
    return to is Step.NPI or (to in offered and to in {*state.history, *state.completed, state.step})


def go_back(state: JourneyState, to: Step | None = None) -> JourneyState:
    """Return the state after going back to `to`, or one step, without the outcomes that this undoes."""
    if to is Step.NPI:
        return JourneyState(hosted=state.hosted)
    target = to or state.history[-1]
    history = state.history[: state.history.index(target)] if target in state.history else state.history
    return replace(state, step=target, history=history, completed=state.completed - RULES[target].undoes)
