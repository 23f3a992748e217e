"""Actions of each step: enter, submit, show, resend, undo."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain import evidence, id_scan, limits, outbox
from iprescribe_tui.sandbox.domain.context import Parts, Visit
from iprescribe_tui.sandbox.domain.limits import Limit
from iprescribe_tui.sandbox.domain.steps import account, codes, consent, idme, photos, proofing, second_factor


def _nothing(visit: Visit) -> None:
    """Do nothing."""


def _plain(visit: Visit) -> Parts:
    return Parts()


def _as_listed(visit: Visit) -> Mapping[str, tuple[Option, ...]]:
    return {}


def _accept(visit: Visit, form: StepForm) -> None:
    """Accept the step without an answer."""


def _keep(visit: Visit, form: StepForm) -> None:
    """Take the answers that are no secrets, and keep them."""
    visit.keep(visit.progress.step, **form.open_values(form.model_dump(mode="json")))


def _show_given(visit: Visit) -> Parts:
    """Show the answers given before."""
    return Parts(prefill=account.given(visit, visit.progress.step))


@dataclass(frozen=True)
class Work:
    """Actions of one step.

    `submit` and `resend` raise Refused; `options` returns choices in place of the service document's; `locks` is the
    limit that may lock the step on entry, the function that returns its subject, and the reason shown.
    """

    submit: Callable[[Visit, Any], None] = _accept
    show: Callable[[Visit], Parts] = _plain
    options: Callable[[Visit], Mapping[str, tuple[Option, ...]]] = _as_listed
    enter: Callable[[Visit], None] = _nothing
    undo: Callable[[Visit], None] = _nothing
    resend: Callable[[Visit], None] | None = None
    locks: tuple[Limit, Callable[[Visit], str], str] | None = None


def _undo_document(visit: Visit) -> None:
    evidence.discard(visit.backend, visit.db, visit.registration.id, ("front", "back"))
    id_scan.forget(visit)


def _undo_selfie(visit: Visit) -> None:
    evidence.discard(visit.backend, visit.db, visit.registration.id, ("photo",))


def _undo_phone(visit: Visit) -> None:
    outbox.void(visit.db, visit.registration.id, proofing.REFEREE)


WORK: Final[Mapping[Step, Work]] = {
    Step.NPI: Work(account.submit_npi, account.show_npi),
    Step.ACCOUNTS_INTRO: Work(show=account.show_accounts_intro),
    Step.CREDENTIALS: Work(account.submit_credentials, _show_given),
    Step.PERSONAL: Work(account.submit_personal, account.show_personal),
    Step.PRACTICE: Work(_keep, account.show_practice),
    Step.IDME_LAUNCH: Work(
        idme.submit_launch,
        idme.show_launch,
        enter=idme.enter_launch,
        undo=idme.discard_unfinished,
        resend=idme.resend_launch,
    ),
    Step.IDME_SIGN_IN: Work(idme.submit_sign_in, idme.show_sign_in, undo=idme.discard_unfinished),
    Step.IDME_SIGN_UP: Work(idme.submit_sign_up, idme.show_sign_up, undo=idme.discard_unfinished),
    Step.EMAIL_CONFIRMATION: Work(
        idme.submit_email_confirmation,
        idme.show_email_confirmation,
        enter=idme.enter_email_confirmation,
        resend=idme.resend_email_confirmation,
        locks=(limits.WRONG_CODE, idme.code_subject, codes.TOO_MANY_CODES),
    ),
    Step.EMAIL_CONFIRMED: Work(enter=idme.enter_email_confirmed),
    Step.MFA_CHOICE: Work(second_factor.submit_choice, second_factor.show_choice),
    Step.MFA_PHONE: Work(second_factor.submit_phone, second_factor.show_phone),
    Step.MFA_TOTP: Work(second_factor.submit_totp, second_factor.show_totp, enter=second_factor.enter_totp),
    Step.MFA_CODE: Work(
        second_factor.submit_code,
        second_factor.show_code,
        enter=second_factor.enter_code,
        resend=second_factor.resend_code,
        locks=(limits.WRONG_CODE, second_factor.code_subject, codes.TOO_MANY_CODES),
    ),
    Step.RECOVERY_CODE: Work(
        second_factor.submit_recovery, second_factor.show_recovery, enter=second_factor.enter_recovery
    ),
    Step.DOCUMENT: Work(
        photos.submit_document,
        photos.show_document,
        undo=_undo_document,
        locks=(limits.DOCUMENTS, Visit.person, photos.TOO_MANY),
    ),
    Step.SELFIE: Work(photos.submit_selfie, photos.show_selfie, undo=_undo_selfie),
    Step.PHONE_MATCH: Work(
        proofing.submit_phone,
        proofing.show_phone,
        proofing.phone_options,
        undo=_undo_phone,
        resend=proofing.resend_phone,
    ),
    Step.SSN: Work(proofing.submit_ssn, proofing.show_ssn, locks=(limits.SSN, Visit.person, proofing.TOO_MANY_SSN)),
    Step.ATTRIBUTES_REVIEW: Work(proofing.submit_review, proofing.show_review),
    Step.PHONE_LINK: Work(
        proofing.submit_link, proofing.show_link, enter=proofing.enter_link, resend=proofing.resend_link
    ),
    Step.NPI_MATCH: Work(consent.submit_npi_match, _show_given),
    Step.LICENSE_REVIEW: Work(consent.submit_license, consent.show_license),
    Step.CONSENT: Work(consent.submit_consent, consent.show_consent),
    Step.DONE: Work(),
}
