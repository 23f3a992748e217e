"""Says of answers, before anything runs, what the forms would refuse of them."""

from collections.abc import Iterator

from iprescribe_tui.answers.model import PAGES, Answers, Mistake, Visit
from iprescribe_tui.answers.said import Said
from iprescribe_tui.journey.form import FormRejected


def refusals(answers: Answers) -> Iterator[Mistake]:
    """What the forms say of the values that stand in the file; of what is asked or sent, nothing can be said yet."""
    for page, visits in answers.visits.items():
        for number, visit in enumerate(visits, 1):
            table = f"{page}, visit {number}" if len(visits) > 1 else page
            for key, message in _refused(page, visit).items():
                yield Mistake(table, key, message)


def _refused(page: str, visit: Visit) -> dict[str, str]:
    literal = {
        name: "".join(part for part in value.parts if isinstance(part, str)) if isinstance(value, Said) else value
        for name, value in visit.values.items()
        if not isinstance(value, Said) or value.literal
    }
    try:
        PAGES[page].form.check(literal)
    except FormRejected as rejected:
        return {name: message for name, message in rejected.errors.items() if name in literal}
    return {}
