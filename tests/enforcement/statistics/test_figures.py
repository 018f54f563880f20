"""Promise: every figure is what a person would count by hand, now and at past cut-offs, from cells and from rows."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from enforcement.statistics import behind, counting, folding
from enforcement.statistics.rules import LISTED, Figure, figures_of
from enforcement.statistics.scopes import Scope, scope_for
from enforcement.timeline import clock
from regions.models import Officer
from regions.roles import Role
from tests.enforcement.statistics.season import TO_CLOSED, TO_VERIFIED, Season, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def season() -> Season:
    return Season()


def supervisor(season: Season) -> Officer:
    return season.cast.officer(season.cast.province, Role.SUPERVISOR)


def ask(officer: Officer, **parameters: str) -> dict[str, Figure]:
    return count(scope_for(officer, {name.rstrip("_"): value for name, value in parameters.items()}))


def count(scope: Scope) -> dict[str, Figure]:
    return figures_of(counting.sums_of(scope), counting.effort_of(scope))


def values(figures: Mapping[str, Figure], *names: str) -> list[Any]:
    return [figures[name].value for name in names]


def play(season: Season) -> None:
    """Six items of July 2021; overall limit 15 working days.

    A closed in time after 4 working days (acknowledged Mon 5 July, closed Fri 9 July), struck off later.
    B shared half and half: Xinghualing's half closed after 9 working days, Yaodu's half open.
    C interim closed after one failed verification. D returned, return accepted. E returned and reissued to Yaodu.
    F extended by 5 working days and closed after the first, within the second due date. G void.
    """
    cast = season.cast
    a = season.hand(at("2021-07-05"), cast.xinghualing)
    season.close(a, acknowledged="2021-07-05", closed="2021-07-09")
    season.do(a, at("2021-07-20"), "strike_off")
    b = season.hand(at("2021-07-05"), cast.xinghualing, cast.yaodu, weights=("0.5", "0.5"), source="special_check")
    season.do(b, at("2021-07-06"), "acknowledge", part_of=cast.xinghualing)
    season.do(b, at("2021-07-19"), *TO_CLOSED[1:], part_of=cast.xinghualing)
    c = season.hand(at("2021-07-06"), cast.yaodu, severity="serious")
    season.do(
        c, at("2021-07-07"), *TO_CLOSED[:4], "reject_verification", "submit_feedback", *TO_VERIFIED[3:], "interim_close"
    )
    d = season.hand(at("2021-07-06"), cast.yaodu)
    season.do(d, at("2021-07-07"), "return", "accept_return")
    e = season.hand(at("2021-07-06"), cast.xinghualing)
    season.do(e, at("2021-07-07"), "return")
    season.do(e, at("2021-07-08"), "reissue", bureau=cast.yaodu.pk)
    f = season.hand(at("2021-07-06"), cast.xinghualing)
    season.do(f, at("2021-07-07"), "acknowledge", "request_extension", "grant_extension")
    season.do(f, at("2021-07-30"), *TO_CLOSED[1:])
    g = season.hand(at("2021-07-06"), cast.xinghualing)
    season.do(g, at("2021-07-07"), "void")


def test_a_small_july_counted_by_hand(season: Season) -> None:
    play(season)
    with clock.moved_to(at("2021-08-04")):
        figures = ask(supervisor(season))
    # Live: A, B (two halves), C, E at Yaodu, F = 5. Closed: A, half of B, F.
    assert values(figures, "issued", "closed", "interim_closed", "open") == [5, Decimal("2.5"), 1, Decimal("2.5")]
    # Due 15 working days after issuing: 26 and 27 July (E's second round 29 July). All but none are due by 4 August.
    assert values(figures, "overdue_now") == [Decimal("2.5")]
    # F closed on 30 July, after its first due date (27 July) and before its second (3 August): never late.
    assert values(figures, "ever_overdue") == [Decimal("2.5")]
    assert values(figures, "closure_rate", "closure_rate_public") == [Decimal("0.5"), Decimal("0.7")]
    assert (figures["on_time_rate"].numerator, figures["on_time_rate"].denominator) == (Decimal("2.5"), 5)
    # Gross: the 5, D, E at Xinghualing, G; returned: D and E's first round.
    assert (figures["return_rate"].numerator, figures["return_rate"].denominator) == (2, 8)
    assert figures["return_rate"].value == Decimal("0.25")
    # Sent right: all but D, E's first round and G.
    assert (figures["accuracy_rate"].numerator, figures["accuracy_rate"].denominator) == (5, 8)
    # Verified: A, half of B, C, F.
    assert (figures["rework_rate"].numerator, figures["rework_rate"].denominator) == (1, Decimal("3.5"))
    assert (figures["extension_rate"].numerator, figures["extension_rate"].denominator) == (1, 5)
    # Handled: A 4 days, half of B 9 days, F 17 days.
    assert figures["mean_handling_days"].numerator == Decimal("25.5")
    assert values(figures, "mean_handling_days", "median_handling_days", "p90_handling_days") == [
        Decimal("10.20"),
        9,
        17,
    ]


def test_filters_by_place_source_severity_and_period(season: Season) -> None:
    play(season)
    who = supervisor(season)
    with clock.moved_to(at("2021-08-04")):
        assert values(ask(who, division="140107"), "issued", "closed") == [Decimal("2.5"), Decimal("2.5")]
        assert values(ask(who, division="140100"), "issued", "closed") == [Decimal("2.5"), Decimal("2.5")]
        assert values(ask(who, division="141000"), "issued", "interim_closed") == [Decimal("2.5"), 1]
        assert values(ask(who, source="special_check"), "issued", "closed") == [1, Decimal("0.5")]
        assert values(ask(who, severity="serious"), "issued") == [1]
        assert values(ask(who, from_="2021-07-06"), "issued") == [3]
        assert values(ask(who, to="2021-07-05"), "issued") == [2]
        assert values(ask(who, from_="2021-07-06", to="2021-07-06", division="140107"), "issued") == [1]
        assert values(ask(who, area="taiyuan-basin"), "issued") == [Decimal("2.5")]


def test_past_cut_offs_see_what_had_happened_by_then(season: Season) -> None:
    play(season)
    who = supervisor(season)
    for as_of, expected in {
        "2021-07-04": [0, 0, 0],
        "2021-07-05": [2, 0, 2],
        # A to C, E at Xinghualing (a return that isn't accepted counts on), F; D and G are gone.
        "2021-07-07": [5, 0, 4],
        "2021-07-09": [5, 1, 3],
        "2021-07-19": [5, Decimal("1.5"), Decimal("2.5")],
        "2021-07-09T09:59:59+08:00": [5, 0, 4],
        "2021-07-09T10:00:00": [5, 1, 3],
    }.items():
        figures = ask(who, as_of=as_of)
        open_ = figures["open"].value - figures["interim_closed"].value  # type: ignore[operator]
        assert [*values(figures, "issued", "closed"), open_] == expected, as_of
    # At the end of 27 July F's new date is still to come; half of B is late since the 26th. E took its clock along when it
    # was reissued: like C it is late from the 28th.
    assert values(ask(who, as_of="2021-07-27"), "overdue_now") == [Decimal("0.5")]
    assert values(ask(who, as_of="2021-07-28"), "overdue_now") == [Decimal("2.5")]
    # Everything was recorded just now, whenever it happened.
    assert values(ask(who, known_at="2021-08-04"), "issued") == [0]


def test_on_its_due_day_an_item_is_due_and_not_late(season: Season) -> None:
    issue = season.hand(at("2021-07-05"), season.cast.xinghualing)  # due on 26 July
    other = season.hand(at("2021-07-05"), season.cast.xinghualing)
    season.do(other, at("2021-07-26", 23), *TO_CLOSED)
    who = supervisor(season)
    seen = {}
    for day in ("2021-07-25", "2021-07-26", "2021-07-27"):
        figures = ask(who, as_of=day)
        on_time = figures["on_time_rate"]
        seen[day] = [on_time.numerator, on_time.denominator, *values(figures, "overdue_now", "ever_overdue")]
    assert seen == {"2021-07-25": [0, 0, 0, 0], "2021-07-26": [1, 2, 0, 0], "2021-07-27": [1, 2, 1, 1]}
    assert issue.due_on.isoformat() == "2021-07-26"


def test_late_for_a_day_is_late_for_ever(season: Season) -> None:
    cast = season.cast
    issue = season.hand(at("2021-07-05"), cast.xinghualing)
    season.do(issue, at("2021-07-05"), "acknowledge", "request_extension")
    season.do(issue, at("2021-07-29"), "grant_extension")  # asked in time, granted after 26 July had passed
    season.do(issue, at("2021-07-30"), *TO_CLOSED[1:])
    with clock.moved_to(at("2021-08-04")):
        figures = ask(supervisor(season))
    assert values(figures, "closed", "overdue_now", "ever_overdue", "on_time_rate") == [1, 0, 1, 1]
    assert values(ask(supervisor(season), as_of="2021-07-26"), "ever_overdue") == [0]
    assert values(ask(supervisor(season), as_of="2021-07-27"), "overdue_now", "ever_overdue") == [1, 1]


def test_delegated_work_counts_where_it_is_done(season: Season) -> None:
    cast = season.cast
    issue = season.hand(at("2021-07-05"), cast.taiyuan)
    season.do(issue, at("2021-07-06"), "acknowledge")
    season.do(issue, at("2021-07-06"), "delegate", bureau=cast.xinghualing.pk, due_on="2021-07-16")
    with clock.moved_to(at("2021-07-07")):
        who = supervisor(season)
        assert values(ask(who), "issued", "open") == [1, 1]
        assert values(ask(who, division="140107"), "issued") == [1]
        assert [row.issue for row in behind.behind("issued", scope_for(who, {}))] == [issue.pk]


def test_cells_rows_and_past_give_the_same(season: Season, django_assert_num_queries: Any) -> None:
    folding.fold()
    play(season)
    who = supervisor(season)
    with clock.moved_to(at("2021-08-04")):
        scope = scope_for(who, {})
        before = count(scope)
        assert folding.fold() > 0
        assert folding.fold() == 0
        assert count(scope) == before
        assert count(replace(scope, now=False)) == before
        assert count(replace(scope, nodes=None)) == before
        for parameters in ({"from": "2021-07-06"}, {"to": "2021-07-05"}, {"division": "140107"}, {"source": "patrol"}):
            scope = scope_for(who, parameters)
            assert count(scope) == count(replace(scope, nodes=None)) == count(replace(scope, now=False)), parameters
        with django_assert_num_queries(2):  # whether the cells fit the tree, and the sums
            counting.sums_of(scope)
    assert folding.differences() == []
    folding.rebuild()
    assert folding.differences() == []
    with clock.moved_to(at("2021-08-04")):
        assert count(scope_for(who, {})) == before


def test_a_division_with_another_parent_makes_the_cells_again(season: Season) -> None:
    play(season)
    folding.fold()
    who = supervisor(season)
    county = season.cast.xinghualing.division
    county.parent = season.cast.linfen.division
    county.save()
    with clock.moved_to(at("2021-08-04")):
        assert values(ask(who, division="141000"), "issued") == [5]
        folding.fold()
        assert values(ask(who, division="141000"), "issued") == [5]
        assert values(ask(who, division="140100"), "issued") == [0]
    assert folding.differences() == []


def test_a_figure_and_its_list_are_the_same_rows(season: Season) -> None:
    play(season)
    who = supervisor(season)
    with clock.moved_to(at("2021-08-04")):
        for parameters in (
            {},
            {"as_of": "2021-07-28"},
            {"division": "141000"},
            {"from": "2021-07-06", "as_of": "2021-07-09"},
        ):
            scope = scope_for(who, parameters)
            figures = count(scope)
            for name in sorted(LISTED):
                figure = figures[name]
                weight = sum((row.weight for row in behind.all_behind(name, scope)), Decimal(0))
                expected = figure.numerator
                if name.endswith("handling_days"):
                    expected = figure.denominator
                assert weight == expected, (parameters, name)
                if figure.formula.denominator and not name.endswith("handling_days"):
                    below = sum((row.weight for row in behind.all_behind(name, scope, "denominator")), Decimal(0))
                    assert below == figure.denominator, (parameters, name)
