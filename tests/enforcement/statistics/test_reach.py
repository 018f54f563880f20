"""Promise: figures, lists and filter choices reach as far as the officer does, and no further."""

from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest

from enforcement.issues import figures as links
from enforcement.issues.models import Issue
from enforcement.statistics import behind, counting, pictures
from enforcement.statistics.forms import StatisticsFilter
from enforcement.statistics.reports import report_on
from enforcement.statistics.rules import figures_of
from enforcement.statistics.scopes import scope_for
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.models import AreaMembership, Division, JointControlArea, Officer
from regions.roles import Role
from tests.enforcement.statistics.season import TO_CLOSED, Season, at

pytestmark = pytest.mark.django_db
NOW = at("2021-08-04")


@pytest.fixture
def season() -> Season:
    """Two items in Xinghualing (one closed), one in Yaodu, one shared between them."""
    season = Season()
    cast = season.cast
    a = season.hand(at("2021-07-05"), cast.xinghualing)
    season.do(a, at("2021-07-06"), *TO_CLOSED)
    season.hand(at("2021-07-05"), cast.xinghualing)
    season.hand(at("2021-07-05"), cast.yaodu, verifier=cast.linfen)
    season.hand(at("2021-07-05"), cast.xinghualing, cast.yaodu, weights=("0.25", "0.75"), verifier=cast.linfen)
    return season


def issued(officer: Officer, **parameters: str) -> object:
    with clock.moved_to(NOW):
        return figures_of(counting.sums_of(scope_for(officer, parameters)), counting.Effort())["issued"].value


def test_a_supervisor_counts_what_the_supervised_divisions_answer_for(season: Season) -> None:
    cast = season.cast
    assert issued(cast.officer(cast.province, Role.SUPERVISOR)) == 4
    assert str(issued(cast.officer(cast.taiyuan, Role.SUPERVISOR))) == "2.25"
    assert str(issued(cast.officer(cast.linfen, Role.COORDINATOR))) == "1.75"


def test_others_count_the_issues_they_take_part_in(season: Season) -> None:
    cast = season.cast
    assert issued(cast.officer(cast.province, Role.DISPATCHER)) == 4
    assert issued(cast.officer(cast.xinghualing, Role.HANDLER)) == 3
    assert issued(cast.officer(cast.yaodu, Role.HANDLER)) == 2
    assert issued(cast.officer(cast.xinghualing_team, Role.HANDLER)) == 0
    assert issued(cast.officer(cast.contractor, Role.INSPECTOR)) == 0
    assert issued(cast.officer(cast.province, Role.AUDITOR)) == 0


def test_a_foreign_place_and_one_that_is_none_are_refused_alike(season: Season) -> None:
    cast = season.cast
    for officer in (cast.officer(cast.taiyuan, Role.SUPERVISOR), cast.officer(cast.xinghualing, Role.HANDLER)):
        told = set()
        for code in ("141002", "149999", "999999", "１４１００２", "abc", "\x00"):
            with pytest.raises(Invalid) as caught:
                issued(officer, division=code)
            told.add((str(caught.value), tuple(caught.value.errors)))
        assert len(told) == 1
        with pytest.raises(Invalid):
            issued(officer, area="datong-basin")
        with pytest.raises(Invalid):
            issued(officer, area="no-such-area")


def test_filters_and_breakdown_name_no_foreign_place(season: Season) -> None:
    cast = season.cast
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    with clock.moved_to(NOW):
        offered = dict(StatisticsFilter({}, handler).fields["division"].choices)
        assert set(offered) == {"", "140107"}
        report = report_on(scope_for(cast.officer(cast.yaodu, Role.HANDLER), {}), broken_down=True)
        assert {line.code for line in report.counties} == {"141002", "140107"}  # the shared one, whole
        supervisor = StatisticsFilter({}, cast.officer(cast.taiyuan, Role.SUPERVISOR))
        assert all(code.startswith("1401") for code in dict(supervisor.fields["division"].choices) if code)


def test_rows_all_in_one_city_are_told_by_county() -> None:
    """As the bureau's part of that county, not as if they were the city's; and the picture is that city."""
    season = Season()
    season.hand(at("2021-07-05"), season.cast.xinghualing)
    with clock.moved_to(NOW):
        report = report_on(scope_for(season.cast.officer(season.cast.xinghualing, Role.HANDLER), {}), broken_down=True)
        assert [line.code for line in report.lines] == ["140107"]
        assert report.lines[0].figures["issued"].value == report.figures["issued"].value == 1
        assert pictures.county_map(report).within == "140100"
        # A city and this county by itself, as an area may be made of both: the county is its own line.
        area = JointControlArea.objects.create(key="mixed", name="混合", english="Mixed")
        for code in ("141000", "140107"):
            row = {"valid_from": date(2020, 1, 1), "confidence": "high", "source": "试"}
            AreaMembership.objects.create(area=area, division=Division.objects.get(code=code), **row)
        mixed = report_on(
            scope_for(season.cast.officer(season.cast.xinghualing, Role.HANDLER), {"area": "mixed"}), broken_down=True
        )
        assert [line.code for line in mixed.lines] == ["140107"]


def test_no_link_leads_to_a_place_one_cannot_ask_for(season: Season) -> None:
    officer = season.cast.officer(season.cast.yaodu, Role.HANDLER)
    with clock.moved_to(NOW):
        report = report_on(scope_for(officer, {}), broken_down=True)
        assert {line.code for line in report.lines} == {"140100", "141000"}  # rows in two cities: by city
        drawn = pictures.county_map(report)
        assert drawn.within == ""
        linked = [line.code for line in (*report.lines, *report.counties) if pictures.address(report.scope, line)]
        assert linked == ["141002"]  # the shared issue lies in 140107 too: told, but not theirs to ask for
        assert [code for code, area in drawn.areas.items() if area["url"]] == linked
        for area in drawn.areas.values():
            if area["url"]:
                scope_for(officer, dict(parse_qsl(urlsplit(area["url"]).query)))


def test_the_list_behind_a_figure_is_its_rows_at_its_cut_off(season: Season) -> None:
    cast = season.cast
    officer = cast.officer(cast.province, Role.SUPERVISOR)
    with clock.moved_to(NOW):
        scope = scope_for(officer, {"division": "140100"})
        query = dict(pair.split("=") for pair in behind.query("issued", scope).split("&"))
        assert query["duty_division"] == "140100"
        parameters = {name: value.replace("%3A", ":").replace("%2B", "+") for name, value in query.items()}
    with clock.moved_to(at("2021-08-05")):  # what comes later doesn't slip into the list
        season.hand(at("2021-08-05"), cast.xinghualing)
        found = links.narrow(Issue.objects.visible_to(officer), parameters, officer)
        assert found.count() == 3
        assert links.narrow(Issue.objects.all(), {**parameters, "figure": "closed"}, officer).count() == 1
        denominator = {**parameters, "figure": "closure_rate", "part": "denominator"}
        assert links.narrow(Issue.objects.all(), denominator, officer).count() == 3
        for wrong in (
            {"figure": "nonsense"},
            {"figure": "closed", "part": "all"},
            {"figure": "issued", "part": "denominator"},
        ):
            with pytest.raises(Invalid):
                links.narrow(Issue.objects.all(), wrong, officer)
        with pytest.raises(Invalid):
            links.narrow(Issue.objects.all(), {"as_of": "2021-08-04"}, officer)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("from", "2021/08/04", "日期应写作"),
        ("from", "2021-02-30", "没有这一天"),
        ("to", "0001-01-01", "年份超出范围"),
        ("from", "２０２１-08-04", "日期应写作"),
        ("as_of", "yesterday", "截止时间应写作"),
        ("as_of", "2021-08-04T25:00:00", "没有这个时间"),
        ("as_of", "2021-08-05", "不能晚于今天"),
        ("as_of", "9999-12-31", "年份超出范围"),
        ("known_at", "2999-01-01", "年份超出范围"),
        ("source", "rumour", "可选"),
        ("severity", "\x00", "可选"),
    ],
)
def test_what_cannot_be_asked_is_told(season: Season, name: str, value: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        issued(season.cast.officer(season.cast.province, Role.SUPERVISOR), **{name: value})
    assert list(caught.value.errors) == [name]


def test_an_end_before_its_beginning_is_told(season: Season) -> None:
    with pytest.raises(Invalid, match="不能早于"):
        issued(season.cast.officer(season.cast.province, Role.SUPERVISOR), **{"from": "2021-07-02", "to": "2021-07-01"})
