"""Last steps: the NPI again, the license, and the consent to share the verified identity."""

from iprescribe_tui.journey.checks.state import STATES
from iprescribe_tui.journey.fields import Option
from iprescribe_tui.journey.forms import ConsentForm, LicenseReviewForm, NpiMatchForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Fact, Notice, Receipt
from iprescribe_tui.sandbox.domain.context import RequestContext, ViewData
from iprescribe_tui.sandbox.domain.problems import wrong
from iprescribe_tui.sandbox.domain.registry import SPECIALTIES
from iprescribe_tui.sandbox.domain.steps.account import given
from iprescribe_tui.sandbox.domain.steps.proofing import american, masked_ssn, phone_of

_COVERED = "You signed in anew, so what was given before is covered, but shared."
_AT_IDME = "as ID.me has it"
_DENIED = (
    "You pressed Deny. Nothing was shared, and without it nobody can log in to iPrescribe with this registration. "
    "You can take it back: press Allow."
)


def _same_npi(context: RequestContext, npi: str) -> None:
    if npi != context.registration.npi:
        message = (
            f"{npi} is not the NPI of this registration, {context.registration.npi}. Type that one, or start over."
        )
        raise wrong("npi_differs", {"npi": message})


def submit_npi_match(context: RequestContext, form: NpiMatchForm) -> None:
    """Take the NPI. Raises ProblemError (422) unless it is the registration's."""
    _same_npi(context, form.npi)
    context.keep(Step.NPI_MATCH, npi=form.npi)


def submit_license(context: RequestContext, form: LicenseReviewForm) -> None:
    """Take the license, of whatever state. Raises ProblemError (422) unless the NPI is the registration's."""
    _same_npi(context, form.npi)
    context.keep(Step.LICENSE_REVIEW, **form.model_dump(mode="json"))


def show_license(context: RequestContext) -> ViewData:
    """Show the registry's first license with a specialty that can be chosen, and all licenses to choose from."""
    provider = context.provider
    shown = {"npi": provider.npi, "specialty": provider.listed_specialty}
    if first := next((known for known in provider.licenses if known.taxonomy in SPECIALTIES), None):
        state = first.state if first.state in STATES else ""
        shown |= {"license_number": first.number, "issuing_state": state, "specialty": first.taxonomy}
    shown |= given(context, Step.LICENSE_REVIEW)
    options = tuple(
        Option(value=known.number, label=" · ".join(filter(None, (known.number, known.state, known.taxonomy))))
        for known in provider.licenses
    )
    return ViewData(
        prefill=shown,
        options={"license_number": options} if options else {},
        notices=_other_state(context, shown.get("issuing_state", "")),
    )


def _other_state(context: RequestContext, state: str) -> tuple[Notice, ...]:
    practice = context.answered(Step.PRACTICE).get("state", "")
    if not state or not practice or state == practice:
        return ()
    message = f"The license is from {state}, and your practice is in {practice}. That is allowed;"
    return (Notice(level="warning", text=f"{message} make sure that you may prescribe in {practice}."),)


def submit_consent(context: RequestContext, form: ConsentForm) -> None:
    """Take the decision: Allow ends the journey; Deny stays here and can be changed."""
    context.keep(Step.CONSENT, decision=form.decision)
    if form.decision == "deny":
        context.stay_on_step = context.dirty = True


def show_consent(context: RequestContext) -> ViewData:
    """Show what Allow shares."""
    state = str(context.answered(Step.LICENSE_REVIEW).get("issuing_state", ""))
    denied = context.answered(Step.CONSENT).get("decision") == "deny"
    notices = (Notice(level="warning", text=_DENIED),) if denied else _other_state(context, state)
    if context.answered(Step.ATTRIBUTES_REVIEW) and not context.is_own(Step.ATTRIBUTES_REVIEW):
        notices += (Notice(level="info", text=_COVERED),)
    return ViewData(facts=shared(context), notices=notices)


def shared(context: RequestContext) -> tuple[Fact, ...]:
    """Return the attributes that ID.me shares with iPrescribe."""
    person, license_ = context.answered(Step.ATTRIBUTES_REVIEW), context.answered(Step.LICENSE_REVIEW)
    names = " ".join(str(person.get(name, "")) for name in ("first_name", "last_name")).strip()
    street = ", ".join(str(person[name]) for name in ("street", "suite", "city") if person.get(name))
    born = american(str(person["birth_date"])) if person.get("birth_date") else ""
    address = f"{street}, {person.get('state')} {person.get('zip_code')}" if street else ""
    ssn = f"verified ({masked_ssn(context)})" if context.answered(Step.SSN) else "verified"
    number = " · ".join(str(license_[name]) for name in ("license_number", "issuing_state") if license_.get(name))
    return (
        Fact(label="Name", value=names or context.provider.name),
        Fact(label="Date of birth", value=context.own(Step.ATTRIBUTES_REVIEW, born) or _AT_IDME),
        Fact(label="Home address", value=context.own(Step.ATTRIBUTES_REVIEW, address) or _AT_IDME),
        Fact(label="Phone", value=phone_of(context) or _AT_IDME),
        Fact(label="Social Security number", value=ssn),
        Fact(label="NPI", value=context.registration.npi),
        Fact(label="State license", value=number or "as the NPI registry has it"),
        Fact(label="Identity", value="Identity proofed at IAL2"),
    )


def receipt(context: RequestContext) -> Receipt:
    """Return the receipt for the applicant."""
    row = context.registration
    return Receipt(
        username=row.username or "",
        npi=row.npi,
        reference=row.reference,
        completed_at=row.completed_at or context.now,
        next_steps=(
            "Sign in to the iPrescribe app with your username and your iPrescribe password.",
            "To prescribe controlled substances, set up the code-generator app in iPrescribe first.",
            "Keep the reference: support asks for it.",
        ),
    )
