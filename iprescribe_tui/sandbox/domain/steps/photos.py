"""Photos: both sides of an identity document, and the applicant's face."""

from typing import Final

from iprescribe_tui.journey.checks import picture
from iprescribe_tui.journey.forms import DocumentForm, SelfieForm
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.sandbox.domain import evidence, handoffs, id_scan, limits
from iprescribe_tui.sandbox.domain.context import RequestContext, ViewData
from iprescribe_tui.sandbox.domain.personas import Quirk
from iprescribe_tui.sandbox.domain.problems import wrong
from iprescribe_tui.sandbox.domain.steps.account import given
from iprescribe_tui.sandbox.domain.steps.codes import miss
from iprescribe_tui.sandbox.store.tables import EvidenceRow

_LABEL: Final = "sample pictures made for the sandbox"
_GONE: Final = "This photo has not arrived. Choose it again."
TOO_MANY: Final = "Five documents were not accepted. Wait until then; have your ID and good light at hand."

_DOCUMENT: Final = {
    Quirk.DOCUMENT_BLURRED: ("front", picture.BLURRED),
    Quirk.DOCUMENT_GLARE: ("front", picture.GLARE),
    Quirk.DOCUMENT_CUT_OFF: ("front", picture.CUT_OFF),
    Quirk.DOCUMENT_EXPIRED: ("front", picture.EXPIRED),
    Quirk.DOCUMENT_WRONG_KIND: ("kind", picture.WRONG_KIND),
    Quirk.DOCUMENT_UNREADABLE: ("front", picture.UNREADABLE),
}
_SELFIE: Final = {
    Quirk.SELFIE_NO_FACE: picture.NO_FACE,
    Quirk.SELFIE_SEVERAL_FACES: picture.SEVERAL_FACES,
    Quirk.SELFIE_NO_MATCH: picture.NO_MATCH,
}


def submit_document(context: RequestContext, form: DocumentForm) -> None:
    """Judge the document; one side can be taken again without the other. Raises ProblemError (422, 429)."""
    ids = {"front": form.front, "back": form.back} if form.back else {"front": form.front}
    sides = {slot: evidence.find(context.db, context.registration.id, slot, ident) for slot, ident in ids.items()}
    if gone := {slot: _GONE for slot, row in sides.items() if row is None}:
        raise wrong("evidence_missing", gone)
    context.keep(Step.DOCUMENT, kind=form.kind)
    if refusal := _judged(context, [row for row in sides.values() if row]):
        code, slot, message = refusal
        attempt = context.record_attempt(limits.DOCUMENTS, context.person())
        if slot in evidence.SLOTS:
            evidence.discard(context.backend, context.db, context.registration.id, (slot,))
        raise miss(context, attempt, TOO_MANY, code, **{slot: message})
    context.succeed(limits.DOCUMENTS, context.person())
    if not form.back:
        evidence.discard(context.backend, context.db, context.registration.id, ("back",))


def _judged(context: RequestContext, sides: list[EvidenceRow]) -> tuple[str, str, str] | None:
    """Return code, field and message of what is wrong with the document; None if nothing is."""
    if len(sides) == 2 and evidence.look_alike(context.db, *(row.id for row in sides)):
        return "front_twice", "back", picture.FRONT_TWICE
    for quirk, (slot, message) in _DOCUMENT.items():
        if context.first_time(quirk):
            return quirk.value, slot, message
    return id_scan.refusal(context)


def show_document(context: RequestContext) -> ViewData:
    """Show the chosen kind and sample pictures, or the handoff to a phone."""
    if handoff := handoffs.current(context):
        return handoffs.show(context, handoff)
    kind = str(context.answered(Step.DOCUMENT).get("kind") or "drivers_license")
    samples = context.samples()
    names = {"front": f"{kind}_front", "back": f"{kind}_back"} if kind != "passport" else {"front": "passport"}
    on_file = {slot: str(samples[name]) for slot, name in names.items() if name in samples}
    return ViewData(
        prefill=given(context, Step.DOCUMENT),
        on_file={"kind": kind, **on_file} if on_file else {},
        on_file_label=_LABEL if on_file else "",
        tries_left=context.tries_left(limits.DOCUMENTS, context.person()),
        registry_name=context.provider.name,
        phone=True,
    )


def submit_selfie(context: RequestContext, form: SelfieForm) -> None:
    """Judge the selfie; for some personas, identity proofing ends here. Raises ProblemError (422)."""
    if evidence.find(context.db, context.registration.id, "photo", form.photo) is None:
        raise wrong("evidence_missing", {"photo": _GONE})
    for quirk, message in _SELFIE.items():
        if context.first_time(quirk):
            evidence.discard(context.backend, context.db, context.registration.id, ("photo",))
            raise wrong(quirk.value, {"photo": message})
    if context.has(Quirk.ENDED):
        context.remember("failed", True)
        context.stay_on_step = True
        evidence.discard(context.backend, context.db, context.registration.id)


def show_selfie(context: RequestContext) -> ViewData:
    """Show what the ID's barcode says and a sample picture, or the handoff to a phone."""
    if handoff := handoffs.current(context):
        return handoffs.show(context, handoff)
    samples = context.samples()
    on_file = {"photo": str(samples["selfie"])} if "selfie" in samples else {}
    return ViewData(
        on_file=on_file, on_file_label=_LABEL if on_file else "", notices=id_scan.notices(context), phone=True
    )
