"""Promise: figures follow the printed formulas: half to even, weights not heads, nothing divided by nothing."""

from decimal import Decimal

import pytest

from enforcement.statistics.rules import (
    FIGURES,
    MEASURES,
    SETS,
    TRACED,
    Effort,
    Sums,
    figures_of,
    items,
    median,
    percentile,
)


def summed(**wholes: str) -> Sums:
    sums = Sums()
    for name, whole in wholes.items():
        sums.measures[name] = int(Decimal(whole) * 10_000)
    return sums


def test_the_published_figure_of_the_summer() -> None:
    figures = figures_of(
        summed(issued="557", gross="570", closed="437", interim_closed="50"), Effort(Decimal("23400.000"))
    )
    assert figures["closure_rate"].value == Decimal("0.7846")
    assert (figures["closure_rate"].numerator, figures["closure_rate"].denominator) == (437, 557)
    assert figures["closure_rate_public"].value == Decimal("0.8743")
    assert figures["open"].value == 120
    assert str(figures["patrol_km"].value) == "23400"


def test_rates_round_half_to_even() -> None:
    assert figures_of(summed(issued="20000", closed="1"), Effort())["closure_rate"].value == Decimal("0.0000")
    assert figures_of(summed(issued="20000", closed="3"), Effort())["closure_rate"].value == Decimal("0.0002")
    assert figures_of(summed(issued="8", closed="2.5"), Effort())["closure_rate"].value == Decimal("0.3125")


def test_nothing_below_the_line_is_no_rate() -> None:
    figures = figures_of(Sums(), Effort())
    assert {name for name, figure in figures.items() if figure.value is None} == {
        "closure_rate",
        "closure_rate_public",
        "on_time_rate",
        "return_rate",
        "accuracy_rate",
        "rework_rate",
        "extension_rate",
        "relapse_rate",
        "tracing_top1_rate",
        "tracing_top3_rate",
        "mean_handling_days",
        "median_handling_days",
        "p90_handling_days",
    }
    assert figures["issued"].value == 0


def test_counts_are_sums_of_weights() -> None:
    figures = figures_of(summed(issued="4.5", closed="1.25"), Effort())
    assert [str(figures[name].value) for name in ("issued", "closed", "open")] == ["4.5", "1.25", "3.25"]
    assert str(items(1000 * 10_000)) == "1000"


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ({}, (None, None)),
        ({7: 10_000}, (7, 7)),
        ({3: 10_000, 6: 10_000}, (Decimal("4.5"), 6)),
        ({1: 10_000, 2: 10_000, 9: 10_000}, (2, 9)),
        ({0: 90_000, 30: 10_000}, (0, 0)),
        ({0: 89_999, 30: 10_001}, (0, 30)),
        ({2: 5_000, 4: 2_500, 8: 2_500}, (3, 8)),
        ({2: 0, 4: 10_000}, (4, 4)),
    ],
)
def test_median_and_nine_tenths_by_weight(days: dict[int, int], expected: tuple[object, object]) -> None:
    assert (median(days), percentile(days, 90)) == expected


def test_mean_days_are_weighted_and_have_two_places() -> None:
    sums = Sums()
    for days, weight in ((3, 10_000), (5, 5_000)):
        sums.add(days, [weight if name == "handled" else 0 for name in MEASURES])
    figure = figures_of(sums, Effort())["mean_handling_days"]
    assert (figure.value, figure.numerator, figure.denominator) == (Decimal("3.67"), Decimal("5.5"), Decimal("1.5"))


def test_every_set_is_made_of_known_measures_and_every_figure_of_known_sets() -> None:
    assert {measure for recipe in SETS.values() for measure in recipe} <= set(MEASURES)
    for formula in FIGURES.values():
        assert {formula.numerator, formula.denominator} <= {*SETS, *TRACED, ""}
