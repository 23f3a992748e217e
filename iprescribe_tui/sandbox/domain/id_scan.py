"""Findings from the barcode on the back of an ID: judged when the photo arrives, remembered while it is stored."""

from collections.abc import Mapping
from typing import Any, Final

from iprescribe_tui.journey.checks.picture import Doubt
from iprescribe_tui.journey.id_card import UNREAD_CODE, WITH_BARCODE, BarcodeResult, judge_barcode, review_answers
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Notice
from iprescribe_tui.sandbox.domain import evidence
from iprescribe_tui.sandbox.domain.context import RequestContext
from iprescribe_tui.sandbox.domain.evidence import ReceivedPhoto
from iprescribe_tui.sandbox.domain.slow import outside

_MEMORY: Final = "barcode"
_COVERED: Final = (
    "The photos of the ID came from another session, so what its barcode says is covered here. Go back to take them "
    "again, or type it later."
)


def _verdict(context: RequestContext, received: ReceivedPhoto) -> BarcodeResult:
    about = (received.barcode, context.provider.name, context.now.date())
    return outside(context.db, ("barcode", *about), lambda: judge_barcode(*about))


def doubts(context: RequestContext, slot: str, received: ReceivedPhoto) -> tuple[Doubt, ...]:
    """Return the doubt about a back whose barcode was not read, or is not that of an ID."""
    message = _verdict(context, received).doubt if slot == "back" else ""
    return (Doubt(UNREAD_CODE, message),) if message else ()


def is_about(code: str, kind: str) -> bool:
    """Return whether a doubt about a photo matters for that kind of document; some kinds have no barcode to read."""
    return code != UNREAD_CODE or kind in WITH_BARCODE


def remember(context: RequestContext, slot: str, received: ReceivedPhoto) -> None:
    """Remember the findings from a stored photo's barcode, and the values for the review; not its text."""
    if slot != "back":
        return
    verdict = _verdict(context, received)
    card = verdict.card
    facts = [card.name] if card and card.name else []
    if card and card.expires:
        facts.append(f"valid until {card.expires:%m/%d/%Y}")
    context.remember(
        _MEMORY,
        {
            "evidence": received.id,
            "session": context.session,
            "code": verdict.code,
            "error": verdict.error,
            "notice": verdict.notice,
            "read": f"Read from the barcode: {', '.join(facts)}." if facts else "",
            "anothers": verdict.anothers,
            "level": "warning" if verdict.anothers or (card and card.unread) else "info",
            "answers": review_answers(card, context.now.date()) if card else {},
        },
    )


def forget(context: RequestContext) -> None:
    """Forget the findings."""
    row = context.registration
    row.flags = {name: value for name, value in row.flags.items() if name != _MEMORY}


def _remembered(context: RequestContext) -> Mapping[str, Any]:
    """Return the findings from the current back; none if the chosen document has no barcode."""
    read: Mapping[str, Any] = context.registration.flags.get(_MEMORY) or {}
    kept = read and evidence.find(context.db, context.registration.id, "back", read["evidence"])
    return read if kept and context.answered(Step.DOCUMENT).get("kind") in WITH_BARCODE else {}


def is_covered(context: RequestContext) -> bool:
    """Return whether something was read from a photo that another session sent."""
    read = _remembered(context)
    return bool(read) and read.get("session") != context.session


def refusal(context: RequestContext) -> tuple[str, str, str] | None:
    """Return code, field and message of the refusal of an ID; None if its barcode gives no reason."""
    read = _remembered(context)
    return (read["code"], "back", read["error"]) if read.get("error") else None


def notices(context: RequestContext) -> tuple[Notice, ...]:
    """Return the notices about the barcode on the back."""
    if is_covered(context):
        return (Notice(level="info", text=_COVERED),)
    read = _remembered(context)
    messages = (("info", read.get("read")), (read.get("level", "info"), read.get("notice")))
    return tuple(Notice.model_validate({"level": level, "text": text}) for level, text in messages if text)


def filled_in(context: RequestContext) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return what this session's ID fills in of the review, and what it only offers: all, if it may be another's."""
    read = {} if is_covered(context) else _remembered(context)
    answers: Mapping[str, str] = read.get("answers") or {}
    return ({}, answers) if read.get("anothers") else (answers, {})
