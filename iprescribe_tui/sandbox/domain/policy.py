"""Order of the journey as a table: what each step needs, what comes next, what Back undoes.

Nothing here reads or writes anything: functions take a `Progress` and return a decision.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain.service import PRESCRIBING_ROLES


@dataclass(frozen=True)
class Progress:
    """State of a registration on its journey.

    `path` has the steps that led to `step`; `holds` the steps whose outcome stands, whichever way the applicant came;
    `answers` the answers by step, without secrets, which remain after Back as prefill. `hosted` if identity proofing
    happens at a provider, `failed` if it failed for good.
    """

    step: Step = Step.NPI
    path: tuple[Step, ...] = ()
    holds: frozenset[Step] = frozenset()
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    hosted: bool = False
    failed: bool = False

    def answer(self, step: Step, name: str) -> Any:
        """Return one answer of one step; None if it was not given."""
        return self.answers.get(step, {}).get(name)


Predicate = Callable[[Progress], bool]
Chooser = Callable[[Progress], Step]


def signed_in(progress: Progress) -> bool:
    """Return whether the applicant uses an ID.me account that existed before."""
    return Step.IDME_SIGN_IN in progress.holds


def had_second_factor(progress: Progress) -> bool:
    """Return whether that account already had a second factor."""
    return signed_in(progress) and bool(progress.answer(Step.IDME_SIGN_IN, "second_factor"))


def verified(progress: Progress) -> bool:
    """Return whether the applicant's identity is verified: in this registration, or at ID.me before."""
    before = signed_in(progress) and bool(progress.answer(Step.IDME_SIGN_IN, "verified"))
    return Step.PHONE_LINK in progress.holds or (before and Step.MFA_CODE in progress.holds)


def prescribes(progress: Progress) -> bool:
    """Return whether the applicant's role prescribes."""
    return progress.answer(Step.PERSONAL, "role") in PRESCRIBING_ROLES


def account_made(progress: Progress) -> bool:
    """Return whether the iPrescribe account is complete."""
    return {Step.NPI, Step.CREDENTIALS, Step.PERSONAL, Step.PRACTICE} <= progress.holds


def _always(progress: Progress) -> bool:
    return True


def _held(*steps: Step) -> Predicate:
    return lambda progress: progress.holds.issuperset(steps)


def _idme(progress: Progress) -> bool:
    return account_made(progress) and prescribes(progress) and not progress.hosted


def _email_owned(progress: Progress) -> bool:
    return _idme(progress) and (signed_in(progress) or Step.EMAIL_CONFIRMATION in progress.holds)


def _factor_chosen(progress: Progress) -> bool:
    return _email_owned(progress) and (had_second_factor(progress) or Step.MFA_CHOICE in progress.holds)


def _proofing(*before: Step) -> Predicate:
    """Return a predicate: ID.me account, second factor and proofing steps `before` hold, and nothing has failed."""
    return lambda progress: (
        _email_owned(progress) and progress.holds.issuperset({Step.MFA_CODE, *before}) and not progress.failed
    )


def _verified_and(*before: Step) -> Predicate:
    return lambda progress: account_made(progress) and verified(progress) and progress.holds.issuperset(before)


def _to(step: Step) -> Chooser:
    return lambda progress: step


def _after_launch(progress: Progress) -> Step:
    have = progress.answer(Step.IDME_LAUNCH, "account") == "have"
    return Step.IDME_SIGN_IN if have else Step.IDME_SIGN_UP


def _after_sign_in(progress: Progress) -> Step:
    return Step.MFA_CODE if had_second_factor(progress) else Step.MFA_CHOICE


def _after_choice(progress: Progress) -> Step:
    return Step.MFA_TOTP if progress.answer(Step.MFA_CHOICE, "method") == "app" else Step.MFA_PHONE


def _after_code(progress: Progress) -> Step:
    return _after_recovery(progress) if had_second_factor(progress) else Step.RECOVERY_CODE


def _after_recovery(progress: Progress) -> Step:
    return Step.NPI_MATCH if verified(progress) else Step.DOCUMENT


def _after_phone(progress: Progress) -> Step:
    return Step.ATTRIBUTES_REVIEW if Step.SSN in progress.holds else Step.SSN


@dataclass(frozen=True)
class Rule:
    """Row of the table; `undoes` has the steps whose outcome falls when the applicant goes back to this one."""

    needs: Predicate
    next: Chooser
    back: bool = True
    undoes: frozenset[Step] = frozenset()


_SECOND_FACTOR: Final = frozenset({Step.MFA_CHOICE, Step.MFA_PHONE, Step.MFA_TOTP, Step.MFA_CODE})
_IDME_ACCOUNT: Final = _SECOND_FACTOR | {Step.IDME_SIGN_IN, Step.IDME_SIGN_UP, Step.EMAIL_CONFIRMATION}
_NUMBER: Final = frozenset({Step.PHONE_MATCH, Step.ATTRIBUTES_REVIEW})

RULES: Final[Mapping[Step, Rule]] = {
    # Answers that make the iPrescribe account stay until they are replaced: the applicant signs in with them.
    Step.NPI: Rule(_always, _to(Step.ACCOUNTS_INTRO), back=False, undoes=frozenset(Step)),
    Step.ACCOUNTS_INTRO: Rule(_held(Step.NPI), _to(Step.CREDENTIALS)),
    Step.CREDENTIALS: Rule(_held(Step.NPI), _to(Step.PERSONAL)),
    Step.PERSONAL: Rule(_held(Step.NPI, Step.CREDENTIALS), _to(Step.PRACTICE)),
    Step.PRACTICE: Rule(_held(Step.NPI, Step.CREDENTIALS, Step.PERSONAL), _to(Step.IDME_LAUNCH)),
    Step.IDME_LAUNCH: Rule(account_made, _after_launch, undoes=_IDME_ACCOUNT),
    Step.IDME_SIGN_IN: Rule(_idme, _after_sign_in, undoes=_IDME_ACCOUNT),
    Step.IDME_SIGN_UP: Rule(_idme, _to(Step.EMAIL_CONFIRMATION), undoes=_IDME_ACCOUNT),
    Step.EMAIL_CONFIRMATION: Rule(
        _held(Step.IDME_SIGN_UP), _to(Step.EMAIL_CONFIRMED), undoes=_SECOND_FACTOR | {Step.EMAIL_CONFIRMATION}
    ),
    Step.EMAIL_CONFIRMED: Rule(_email_owned, _to(Step.MFA_CHOICE), undoes=_SECOND_FACTOR),
    Step.MFA_CHOICE: Rule(_email_owned, _after_choice, undoes=_SECOND_FACTOR),
    Step.MFA_PHONE: Rule(_factor_chosen, _to(Step.MFA_CODE), undoes=frozenset({Step.MFA_PHONE, Step.MFA_CODE})),
    Step.MFA_TOTP: Rule(_factor_chosen, _to(Step.MFA_CODE), undoes=frozenset({Step.MFA_TOTP, Step.MFA_CODE})),
    Step.MFA_CODE: Rule(_factor_chosen, _after_code, undoes=frozenset({Step.MFA_CODE})),
    Step.RECOVERY_CODE: Rule(_held(Step.MFA_CODE), _after_recovery, back=False),
    Step.DOCUMENT: Rule(_proofing(), _to(Step.SELFIE), back=False, undoes=frozenset({Step.DOCUMENT})),
    Step.SELFIE: Rule(_proofing(Step.DOCUMENT), _to(Step.PHONE_MATCH), undoes=frozenset({Step.SELFIE})),
    Step.PHONE_MATCH: Rule(_proofing(Step.DOCUMENT, Step.SELFIE), _after_phone, undoes=_NUMBER),
    Step.SSN: Rule(
        _proofing(Step.DOCUMENT, Step.SELFIE, Step.PHONE_MATCH),
        _to(Step.ATTRIBUTES_REVIEW),
        undoes=frozenset({Step.SSN, Step.ATTRIBUTES_REVIEW}),
    ),
    Step.ATTRIBUTES_REVIEW: Rule(
        _proofing(Step.DOCUMENT, Step.SELFIE, Step.PHONE_MATCH, Step.SSN),
        _to(Step.PHONE_LINK),
        undoes=frozenset({Step.ATTRIBUTES_REVIEW}),
    ),
    Step.PHONE_LINK: Rule(
        _proofing(Step.DOCUMENT, Step.SELFIE, Step.PHONE_MATCH, Step.SSN, Step.ATTRIBUTES_REVIEW),
        _to(Step.NPI_MATCH),
    ),
    Step.NPI_MATCH: Rule(_verified_and(), _to(Step.LICENSE_REVIEW), back=False),
    Step.LICENSE_REVIEW: Rule(_verified_and(Step.NPI_MATCH), _to(Step.CONSENT)),
    Step.CONSENT: Rule(_verified_and(Step.NPI_MATCH, Step.LICENSE_REVIEW), _to(Step.DONE)),
    Step.DONE: Rule(_held(Step.CONSENT), _to(Step.DONE), back=False),
}


def over(progress: Progress) -> bool:
    """Return whether the journey ends here: the role does not prescribe, or proofing failed for good."""
    if progress.step is Step.DONE:
        return False
    return progress.failed or (progress.step is Step.IDME_LAUNCH and not prescribes(progress))


def may_submit(progress: Progress, step: Step) -> bool:
    """Return whether `step` may be answered now: it is the current one, and what it needs holds."""
    if step is not progress.step or step is Step.DONE or over(progress):
        return False
    return RULES[step].needs(progress) and not (progress.hosted and step is Step.IDME_LAUNCH)


def passed(progress: Progress) -> Progress:
    """Return the progress after the current step was answered.

    Raises ValueError if the table leads to a step whose needs do not hold: then the table is wrong.
    """
    held = replace(progress, holds=progress.holds | {progress.step})
    return _arrive(held, RULES[progress.step].next(held))


def proven(progress: Progress, *, allowed: bool = False) -> Progress:
    """Return the progress after verification by a trusted referee, or (`allowed`) at a provider, up to Allow."""
    if not allowed:
        return _arrive(replace(progress, holds=progress.holds | {Step.PHONE_LINK}), Step.NPI_MATCH)
    outside = {Step.IDME_LAUNCH, Step.PHONE_LINK, Step.NPI_MATCH, Step.LICENSE_REVIEW, Step.CONSENT}
    return _arrive(replace(progress, holds=progress.holds | outside), Step.DONE)


def _arrive(progress: Progress, step: Step) -> Progress:
    if not RULES[step].needs(progress):
        raise ValueError(f"the table leads from {progress.step.value} to {step.value}, which it does not allow")
    # A step that is reached again has the path of the first time: Back from it leads where it led then.
    path = progress.path[: progress.path.index(step)] if step in progress.path else (*progress.path, progress.step)
    return replace(progress, step=step, path=path)


def can_go_back(progress: Progress) -> bool:
    """Return whether the applicant may go back one step."""
    return RULES[progress.step].back and bool(progress.path) and not progress.failed


def may_return(progress: Progress, to: Step, offered: frozenset[Step]) -> bool:
    """Return whether the applicant may go back to `to`: it was offered and visited before, or it starts over."""
    if progress.step is Step.DONE or progress.failed:
        return False
    return to is Step.NPI or (to in offered and to in {*progress.path, *progress.holds, progress.step})


def returned(progress: Progress, to: Step | None = None) -> Progress:
    """Return the progress after going back to `to`, or one step, without the outcomes that this undoes."""
    if to is Step.NPI:
        return Progress(hosted=progress.hosted)
    target = to or progress.path[-1]
    path = progress.path[: progress.path.index(target)] if target in progress.path else progress.path
    return replace(progress, step=target, path=path, holds=progress.holds - RULES[target].undoes)
