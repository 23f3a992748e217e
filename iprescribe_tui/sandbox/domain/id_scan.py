"""Findings from the barcode on the back of an ID: judged when the photo arrives, remembered while it is stored."""

from collections.abc import Mapping
from typing import Any, Final

from iprescribe_tui.journey.checks.picture import Doubt
from iprescribe_tui.journey.id_card import UNREAD_CODE, WITH_BARCODE, BarcodeResult, judge_barcode, review_answers
from iprescribe_tui.journey.steps import Step
from iprescribe_tui.journey.views import Notice
from iprescribe_tui.sandbox.domain import evidence
from iprescribe_tui.sandbox.domain.context import Visit
from iprescribe_tui.sandbox.domain.evidence import Received
from iprescribe_tui.sandbox.domain.slow import outside

_MEMORY: Final = "barcode"


def _verdict(visit: Visit, received: Received) -> BarcodeResult:
    about = (received.barcode, visit.provider.name, visit.now.date())
    return outside(visit.db, ("barcode", *about), lambda: judge_barcode(*about))


def doubts(visit: Visit, slot: str, received: Received) -> tuple[Doubt, ...]:
    """Return the doubt about a back whose barcode was not read, or is not that of an ID."""
    says = _verdict(visit, received).doubt if slot == "back" else ""
    return (Doubt(UNREAD_CODE, says),) if says else ()


def is_about(code: str, kind: str) -> bool:
    """Return whether a doubt about a photo matters for that kind of document; some kinds have no barcode to read."""
    return code != UNREAD_CODE or kind in WITH_BARCODE


def remember(visit: Visit, slot: str, received: Received) -> None:
    """Remember the findings from a stored photo's barcode, and the values for the review; not its text."""
    if slot != "back":
        return
    verdict = _verdict(visit, received)
    card = verdict.card
    facts = [card.name] if card and card.name else []
    if card and card.expires:
        facts.append(f"valid until {card.expires:%m/%d/%Y}")
    visit.remember(
        _MEMORY,
        {
            "evidence": received.id,
            "code": verdict.code,
            "error": verdict.error,
            "notice": verdict.notice,
            "read": f"Read from the barcode: {', '.join(facts)}." if facts else "",
            "anothers": verdict.anothers,
            "level": "warning" if verdict.anothers or (card and card.unread) else "info",
            "answers": review_answers(card, visit.now.date()) if card else {},
        },
    )


def forget(visit: Visit) -> None:
    """Forget the findings."""
    row = visit.registration
    row.memory = {name: value for name, value in row.memory.items() if name != _MEMORY}


def _remembered(visit: Visit) -> Mapping[str, Any]:
    """Return the findings from the current back; none if the chosen document has no barcode."""
    read: Mapping[str, Any] = visit.registration.memory.get(_MEMORY) or {}
    kept = read and evidence.find(visit.db, visit.registration.id, "back", read["evidence"])
    return read if kept and visit.answered(Step.DOCUMENT).get("kind") in WITH_BARCODE else {}


def refusal(visit: Visit) -> tuple[str, str, str] | None:
    """Return code, field and message of the refusal of an ID; None if its barcode gives no reason."""
    read = _remembered(visit)
    return (read["code"], "back", read["error"]) if read.get("error") else None


def notices(visit: Visit) -> tuple[Notice, ...]:
    """Return the notices about the barcode on the back."""
    read = _remembered(visit)
    said = (("info", read.get("read")), (read.get("level", "info"), read.get("notice")))
    return tuple(Notice.model_validate({"level": level, "text": text}) for level, text in said if text)


def filled_in(visit: Visit) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return what the ID fills in of the review, and what it only offers: all, if it may be another person's."""
    read = _remembered(visit)
    answers: Mapping[str, str] = read.get("answers") or {}
    return ({}, answers) if read.get("anothers") else (answers, {})
