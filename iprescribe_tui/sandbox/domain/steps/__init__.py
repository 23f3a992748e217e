"""Actions of each step: enter, submit, show, resend, undo."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.form import StepForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain import evidence, id_scan, limits, outbox
from iprescribe_tui.sandbox.domain.context import RequestContext, ViewData
from iprescribe_tui.sandbox.domain.limits import Limit
from iprescribe_tui.sandbox.domain.steps import account, codes, consent, idme, photos, proofing, second_factor


def _do_nothing(context: RequestContext) -> None:
    """Do nothing."""


def _plain(context: RequestContext) -> ViewData:
    return ViewData()


def _as_listed(context: RequestContext) -> Mapping[str, tuple[Option, ...]]:
    return {}


def _accept(context: RequestContext, form: StepForm) -> None:
    """Accept the step without an answer."""


def _keep(context: RequestContext, form: StepForm) -> None:
    """Take the answers that are no secrets, and keep them."""
    context.keep(context.state.step, **form.open_values(form.model_dump(mode="json")))


def _show_given(context: RequestContext) -> ViewData:
    """Show the answers given before."""
    return ViewData(prefill=account.given(context, context.state.step))


@dataclass(frozen=True)
class StepHandler:
    """Actions of one step.

    `submit` and `resend` raise ProblemError; `options` returns choices in place of the service document's; `locks` is
    the limit that may lock the step on entry, the function that returns its subject, and the reason shown.
    """

    submit: Callable[[RequestContext, Any], None] = _accept
    show: Callable[[RequestContext], ViewData] = _plain
    options: Callable[[RequestContext], Mapping[str, tuple[Option, ...]]] = _as_listed
    enter: Callable[[RequestContext], None] = _do_nothing
    undo: Callable[[RequestContext], None] = _do_nothing
    resend: Callable[[RequestContext], None] | None = None
    locks: tuple[Limit, Callable[[RequestContext], str], str] | None = None


def _undo_document(context: RequestContext) -> None:
    evidence.discard(context.backend, context.db, context.registration.id, ("front", "back"))
    id_scan.forget(context)


def _undo_selfie(context: RequestContext) -> None:
    evidence.discard(context.backend, context.db, context.registration.id, ("photo",))


def _undo_phone(context: RequestContext) -> None:
    outbox.void(context.db, context.registration.id, proofing.REFEREE)


HANDLERS: Final[Mapping[Step, StepHandler]] = {
    Step.NPI: StepHandler(account.submit_npi, account.show_npi),
    Step.ACCOUNTS_INTRO: StepHandler(show=account.show_accounts_intro),
    Step.CREDENTIALS: StepHandler(account.submit_credentials, _show_given),
    Step.PERSONAL: StepHandler(account.submit_personal, account.show_personal),
    Step.PRACTICE: StepHandler(_keep, account.show_practice),
    Step.IDME_LAUNCH: StepHandler(
        idme.submit_launch,
        idme.show_launch,
        enter=idme.enter_launch,
        undo=idme.discard_unfinished,
        resend=idme.resend_launch,
    ),
    Step.IDME_SIGN_IN: StepHandler(idme.submit_sign_in, idme.show_sign_in, undo=idme.discard_unfinished),
    Step.IDME_SIGN_UP: StepHandler(idme.submit_sign_up, idme.show_sign_up, undo=idme.discard_unfinished),
    Step.EMAIL_CONFIRMATION: StepHandler(
        idme.submit_email_confirmation,
        idme.show_email_confirmation,
        enter=idme.enter_email_confirmation,
        resend=idme.resend_email_confirmation,
        locks=(limits.WRONG_CODE, idme.code_subject, codes.TOO_MANY_CODES),
    ),
    Step.EMAIL_CONFIRMED: StepHandler(enter=idme.enter_email_confirmed),
    Step.MFA_CHOICE: StepHandler(second_factor.submit_choice, second_factor.show_choice),
    Step.MFA_PHONE: StepHandler(second_factor.submit_phone, second_factor.show_phone),
    Step.MFA_TOTP: StepHandler(second_factor.submit_totp, second_factor.show_totp, enter=second_factor.enter_totp),
    Step.MFA_CODE: StepHandler(
        second_factor.submit_code,
        second_factor.show_code,
        enter=second_factor.enter_code,
        resend=second_factor.resend_code,
        locks=(limits.WRONG_CODE, second_factor.code_subject, codes.TOO_MANY_CODES),
    ),
    Step.RECOVERY_CODE: StepHandler(
        second_factor.submit_recovery, second_factor.show_recovery, enter=second_factor.enter_recovery
    ),
    Step.DOCUMENT: StepHandler(
        photos.submit_document,
        photos.show_document,
        undo=_undo_document,
        locks=(limits.DOCUMENTS, RequestContext.person, photos.TOO_MANY),
    ),
    Step.SELFIE: StepHandler(photos.submit_selfie, photos.show_selfie, undo=_undo_selfie),
    Step.PHONE_MATCH: StepHandler(
        proofing.submit_phone,
        proofing.show_phone,
        proofing.phone_options,
        undo=_undo_phone,
        resend=proofing.resend_phone,
    ),
    Step.SSN: StepHandler(
        proofing.submit_ssn, proofing.show_ssn, locks=(limits.SSN, RequestContext.person, proofing.TOO_MANY_SSN)
    ),
    Step.ATTRIBUTES_REVIEW: StepHandler(proofing.submit_review, proofing.show_review),
    Step.PHONE_LINK: StepHandler(
        proofing.submit_link, proofing.show_link, enter=proofing.enter_link, resend=proofing.resend_link
    ),
    Step.NPI_MATCH: StepHandler(consent.submit_npi_match, _show_given),
    Step.LICENSE_REVIEW: StepHandler(consent.submit_license, consent.show_license),
    Step.CONSENT: StepHandler(consent.submit_consent, consent.show_consent),
    Step.DONE: StepHandler(),
}
