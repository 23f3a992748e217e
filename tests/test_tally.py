"""The tables that say what hardships came to add up."""

from tests.tally import tables


def test_counts_of_a_row_add_up_and_nothing_counted_is_a_zero() -> None:
    counted: list[tuple[str, str, dict[str, int]]] = [
        ("faults", "cut", {"tried": 1, "lost": 0}),
        ("faults", "cut", {"tried": 1}),
        ("faults", "hang", {"tried": 1, "lost": 1}),
        ("places", "log", {"hits": 0}),
    ]
    assert list(tables(counted)) == [
        "",
        "faults  tried  lost",
        "cut         2     0",
        "hang        1     1",
        "all         3     1",
        "",
        "places  hits",
        "log        0",
        "all        0",
    ]
