"""Which entry of a numbered list is meant, and what a choice takes before its list is known."""

import pytest

from iprescribe_tui.journey.choosing import place_in
from iprescribe_tui.journey.form import FormRejected
from iprescribe_tui.journey.forms import PersonalForm


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("1", 0), ("8", 7), ("08", 7), ("３", 2), ("0", None), ("9", None), ("-1", None), ("", None), ("²", None),
        ("½", None), ("1.", None), ("x", None), ("9" * 5000, None), ("0" * 5000 + "1", None),
    ],
)  # fmt: skip
def test_a_number_means_its_place_and_nothing_else_does(typed: str, place: int | None) -> None:
    assert place_in(typed, 8) == place


@pytest.mark.parametrize("hidden", ["\x1b", "Dentist\u202e", "a\ud800"], ids=ascii)
def test_before_the_lists_are_known_no_choice_hides_a_character(hidden: str) -> None:
    with pytest.raises(FormRejected) as rejected:
        PersonalForm.check({"email": "amelia@example.com", "role": "Doctor", "specialty": hidden})
    assert [*rejected.value.errors] == ["specialty"]
