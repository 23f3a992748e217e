"""Selection of a list's entries by typed text or by number."""

from collections.abc import Sequence

from iprescribe_tui.journey.fields import Option


def rank(option: Option, typed: str) -> int:
    """Return how `typed` matches an option: 0 whole, 1 its start, 2 a word's start, 3 any part, 4 not at all."""
    wanted, label = typed.casefold(), option.label.casefold()
    if wanted in (label, option.value.casefold()):
        return 0
    if label.startswith(wanted):
        return 1
    if f" {wanted}" in label.replace("(", " ").replace("/", " "):
        return 2
    return 3 if wanted in label else 4


def matching(options: Sequence[Option], typed: str) -> list[Option]:
    """Return the options that `typed` matches, the best first; all if nothing is typed."""
    if not typed:
        return list(options)
    ranked = sorted(((rank(option, typed), index) for index, option in enumerate(options)))
    return [options[index] for place, index in ranked if place < 4]


def several_mean(options: Sequence[Option], typed: str) -> bool:
    """Return True if several options share the best match with `typed`."""
    ranks = sorted(rank(option, typed) for option in options)
    return len(ranks) > 1 and ranks[0] == ranks[1] < 4


def is_guess(options: Sequence[Option], typed: str) -> bool:
    """Return True if the best match needs confirmation: several options share it, or it is only a part."""
    return bool(typed) and (several_mean(options, typed) or min(rank(option, typed) for option in options) == 3)


def place_in(typed: str, count: int) -> int | None:
    """Return the index of the entry with number `typed` (from 1), or None.

    Digits of any script count; "²" does not, nor do ten or more digits, since Python refuses to read thousands.
    """
    is_number = typed.isdecimal() and len(typed) < 10
    return int(typed) - 1 if is_number and 1 <= int(typed) <= count else None
