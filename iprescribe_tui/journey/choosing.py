"""Which entries of a list are meant by what was typed."""

from collections.abc import Sequence

from iprescribe_tui.journey.fields import Option


def rank(option: Option, typed: str) -> int:
    """How well `typed` names an option: 0 whole, 1 by its start, 2 by a word's start, 3 by any part, 4 not at all."""
    wanted, label = typed.casefold(), option.label.casefold()
    if wanted in (label, option.value.casefold()):
        return 0
    if label.startswith(wanted):
        return 1
    if f" {wanted}" in label.replace("(", " ").replace("/", " "):
        return 2
    return 3 if wanted in label else 4


def matching(options: Sequence[Option], typed: str) -> list[Option]:
    """The options that `typed` may mean, the best named first; all where nothing is typed."""
    if not typed:
        return list(options)
    ranked = sorted(((rank(option, typed), index) for index, option in enumerate(options)))
    return [options[index] for place, index in ranked if place < 4]


def several_mean(options: Sequence[Option], typed: str) -> bool:
    """Whether `typed` names more than one option, none better than the others."""
    ranks = sorted(rank(option, typed) for option in options)
    return len(ranks) > 1 and ranks[0] == ranks[1] < 4


def is_guess(options: Sequence[Option], typed: str) -> bool:
    """Whether the option that `typed` names best is to be looked at: others do as well, or a mere part names it."""
    return bool(typed) and (several_mean(options, typed) or min(rank(option, typed) for option in options) == 3)


def place_in(typed: str, count: int) -> int | None:
    """Return the index of the entry whose number, counted from 1, is `typed`; None where that is no number of one.

    Digits of any script count; "²" is none, and thousands of digits are no number that Python reads.
    """
    is_number = typed.isdecimal() and len(typed) < 10
    return int(typed) - 1 if is_number and 1 <= int(typed) <= count else None
