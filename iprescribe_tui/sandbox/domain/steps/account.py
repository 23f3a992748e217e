"""iPrescribe account: NPI lookup, username and password, personal data, practice."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from iprescribe_tui.journey.checks.address import judge_address
from iprescribe_tui.journey.form import Errors, FormRejected
from iprescribe_tui.journey.forms import CredentialsForm, NpiForm, PersonalForm, PracticeForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Fact, Notice
from iprescribe_tui.sandbox.domain import accounts, evidence, policy, sessions
from iprescribe_tui.sandbox.domain.backend import Backend
from iprescribe_tui.sandbox.domain.context import RequestContext, ViewData
from iprescribe_tui.sandbox.domain.housekeeping import forget_answers
from iprescribe_tui.sandbox.domain.personas import Quirk, persona_of
from iprescribe_tui.sandbox.domain.problems import ProblemError, Refusal, wrong
from iprescribe_tui.sandbox.domain.registry import Provider
from iprescribe_tui.sandbox.store.tables import Registration, Tries

_SILENT_TRIES = 2
_PRIVATE = frozenset({"birth_date", "phone", *PracticeForm.ADDRESS})
_PRIVATE_STEPS = frozenset({Step.MFA_PHONE, Step.PHONE_MATCH, Step.ATTRIBUTES_REVIEW})
"""Steps that ask for private values; the practice's address and phone are public."""


def look_up(backend: Backend, db: Session, npi: str, now: datetime) -> Provider:
    """Return the prescriber with this NPI. Raises ProblemError: registry down (503), not a prescriber (422)."""
    _ask(backend, db, npi, now)
    provider = backend.registry.find(npi)
    if provider is None:
        raise wrong(
            "npi_not_found",
            {"npi": f"{npi} is not in the NPI registry. Compare it with your NPI card, or look it up by your name."},
        )
    if not provider.active:
        raise wrong(
            "npi_deactivated",
            {"npi": f"The registry lists {npi} as deactivated. NPPES reactivates it (1-800-465-3203); then try again."},
        )
    if provider.organization:
        named = provider.name
        raise wrong(
            "npi_organization",
            {"npi": f"{npi} is the NPI of an organization, {named}. Use the individual NPI of the prescriber."},
        )
    if not provider.prescriber:
        as_what = provider.specialty or "no prescribing profession"
        raise wrong(
            "npi_not_a_prescriber",
            {"npi": f"The registry lists {npi} as {as_what}, which does not prescribe. Update NPPES if that is wrong."},
        )
    return provider


def _ask(backend: Backend, db: Session, npi: str, now: datetime) -> None:
    """Raise ProblemError (503) at the first two lookups of a persona whose registry is down, then start over."""
    persona = persona_of(npi)
    if persona is None or Quirk.REGISTRY_DOWN not in persona.quirks:
        return
    asked = db.get(Tries, ("registry_down", npi)) or Tries(limit="registry_down", subject=npi, count=0, since=now)
    asked.count += 1
    asked.latest = now
    db.add(asked)
    if asked.count > _SILENT_TRIES:
        db.delete(asked)
        return
    raise ProblemError(
        Refusal(
            503,
            "registry_unreachable",
            "The NPI registry does not answer",
            "Nothing is lost and nothing is wrong with your NPI. Try again in a moment.",
            errors={"npi": "The NPI registry does not answer just now. Try again in a moment."},
            retry_after=2,
        )
    )


def submit_npi(context: RequestContext, form: NpiForm) -> None:
    """Take another NPI after starting over. Raises ProblemError as `look_up` and `release_npi` do."""
    look_up(context.backend, context.db, form.npi, context.now)
    if form.npi != context.registration.npi:
        release_npi(context.backend, context.db, form.npi)
        context.registration.npi = form.npi
    context.keep(Step.NPI, npi=form.npi)


def show_npi(context: RequestContext) -> ViewData:
    """Show the NPI."""
    return ViewData(prefill={"npi": context.registration.npi})


def show_accounts_intro(context: RequestContext) -> ViewData:
    """Show the registry's record, and warn of what will not do at later steps."""
    provider = context.provider
    licenses = ", ".join(f"{known.number} ({known.state or 'no state'})" for known in provider.licenses)
    return ViewData(
        facts=(
            Fact(label="Name", value=provider.name or "none in the registry"),
            Fact(label="Credential", value=provider.credential or "none in the registry"),
            Fact(label="Specialty", value=provider.specialty or "none in the registry"),
            Fact(label="Practice location", value=address_line(provider) or "none in the registry"),
            Fact(label="Licenses", value=licenses or "none in the registry"),
        ),
        notices=_preflight(provider),
    )


def _preflight(provider: Provider) -> tuple[Notice, ...]:
    notices: list[Notice] = []
    if not provider.primary_licenses:
        without = "The registry has no state license for your primary specialty."
        later = f'You can type it at "{Step.LICENSE_REVIEW.heading}"; updating NPPES first saves questions later.'
        notices.append(Notice(level="warning", text=f"{without} {later}"))
    verdict = judge_address(provider.street, provider.suite)
    if not verdict.ok:
        box = f'The registry has "{verdict.seen}" as your practice location, which is not a street.'
        notices.append(
            Notice(
                level="warning", text=f'{box} At "{Step.PRACTICE.heading}", give the street address of your practice.'
            )
        )
    return tuple(notices)


def address_line(provider: Provider) -> str:
    """Return the practice location on one line: "400 Lake St, Springfield, IL 62701"."""
    place = " ".join(part for part in (provider.state, provider.zip_code) if part)
    return ", ".join(part for part in (provider.street, provider.suite, provider.city, place) if part)


def submit_credentials(context: RequestContext, form: CredentialsForm) -> None:
    """Take the username and the password. Raises ProblemError (422) if another registration has the username."""
    row, db = context.registration, context.db
    if accounts.username_taken(db, form.username, row.id):
        free = accounts.suggestions(db, form.username, context.provider.last_name, row.id)
        message = f'"{form.username}" is already in use. Choose another username.'
        raise wrong("username_taken", {"username": message}, suggestions=free)
    row.username, row.username_key = form.username, accounts.key_of(form.username)
    row.password_hash = accounts.hashed(db, form.password)
    context.keep(Step.CREDENTIALS, username=form.username)


def submit_personal(context: RequestContext, form: PersonalForm) -> None:
    """Take email, role and specialty. Raises ProblemError (422) if another registration uses the email."""
    if accounts.email_taken(context.db, form.email, context.registration.id):
        message = (
            f'"{form.email}" is used by another registration. Give another e-mail, or sign in to that registration.'
        )
        raise wrong("email_taken", {"email": message})
    context.registration.email_key = accounts.key_of(form.email)
    context.keep(Step.PERSONAL, **form.model_dump(mode="json"))


def show_personal(context: RequestContext) -> ViewData:
    """Show the answers, or the registry's specialty if it can be chosen."""
    return ViewData(prefill={"specialty": context.provider.listed_specialty, **given(context, Step.PERSONAL)})


def show_practice(context: RequestContext) -> ViewData:
    """Show the answers, and offer the registry's location for one key, unless this step would refuse it."""
    on_file = _on_file(context.provider)
    refused = _refused(on_file)
    label = address_line(context.provider)
    fault = next((refused[name] for name in PracticeForm.ADDRESS if name in refused), "")
    offered = label and not fault
    return ViewData(
        prefill=given(context, Step.PRACTICE),
        on_file={name: "" if name in refused else value for name, value in on_file.items()} if offered else {},
        on_file_label=label if offered else "",
        notices=(*_not_offered(context, fault), *_role_notice(context)),
    )


def _on_file(provider: Provider) -> dict[str, str]:
    """Return the registry's location, empty values included, so that nothing of another address remains beside it."""
    return {name: getattr(provider, name) for name in (*PracticeForm.ADDRESS, "phone", "fax")}


def _refused(on_file: Mapping[str, str]) -> Errors:
    """Return the form's errors about values that it refuses; missing values can still be typed."""
    try:
        PracticeForm.check({"practice_name": "-", **on_file})
    except FormRejected as rejected:
        return {name: message for name, message in rejected.errors.items() if on_file.get(name)}
    return {}


def _not_offered(context: RequestContext, fault: str) -> tuple[Notice, ...]:
    """Return the reason why the registry's location is not offered, until another was given."""
    if not fault or context.answered(Step.PRACTICE):
        return ()
    message = f"The address that the NPI registry has cannot be used here. {fault}"
    return (Notice(level="warning", text=message),)


def _role_notice(context: RequestContext) -> tuple[Notice, ...]:
    """Return the warning that the journey ends here, for a role that does not prescribe."""
    if policy.prescribes(context.state):
        return ()
    message = "Your role does not prescribe: this is the last step, and ID.me is left out."
    return (Notice(level="warning", text=f"{message} If the role is not right, go back and change it."),)


def given(context: RequestContext, step: Step) -> dict[str, Any]:
    """Return the answers to `step` that its form has fields for, but nothing private from another session."""
    fields = step.form.model_fields
    covered = _PRIVATE if step in _PRIVATE_STEPS and not context.is_own(step) else frozenset()
    return {
        name: value
        for name, value in context.answered(step).items()
        if name in fields and name not in covered and value is not None
    }


def release_npi(backend: Backend, db: Session, npi: str) -> None:
    """Delete an unfinished registration of `npi` without a username. Raises ProblemError (409) if it has one."""
    backend.store.hold(db, f"npi {npi}")
    row = db.scalar(select(Registration).where(Registration.npi == npi).with_for_update())
    if row is None:
        return
    if row.username_key is not None:
        raise already_registered(npi)
    evidence.discard(backend, db, row.id)
    forget_answers(backend, db, row.id)
    sessions.close_replaced(db, row.id)
    db.execute(delete(Registration).where(Registration.id == row.id))
    db.expire_all()


def already_registered(npi: str) -> ProblemError:
    """Return the refusal (409) of an NPI whose registration has a username."""
    message = f"{npi} is registered already. Sign in with the iPrescribe username and password to go on."
    return ProblemError(Refusal(409, "already_registered", "This NPI is registered already", message, {"npi": message}))
