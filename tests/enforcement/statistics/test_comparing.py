"""Promise: two periods stand beside each other as each alone would say, with both denominators and cut-offs, the older one
cut off when it had been worked off as long; page and API hold the question in their address."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from enforcement.statistics import comparing, wording
from enforcement.statistics.rules import FIGURES, Figure
from enforcement.timeline import clock
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.enforcement.statistics.season import TO_CLOSED, Season, at

NOW = at("2021-08-04", 18)
PAGE, API = "/statistics/compare/", "statistics/closure/compare/"
JULY = {"from": "2021-07-01", "to": "2021-07-31"}


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_periods_one_compares_with() -> None:
    july = (day("2021-07-01"), day("2021-07-31"))
    assert comparing.before(july) == (day("2021-05-31"), day("2021-06-30"))
    assert comparing.months_earlier(july, 1) == (day("2021-06-01"), day("2021-06-30"))
    assert comparing.months_earlier((day("2024-02-10"), day("2024-02-29")), 12) == (
        day("2023-02-10"),
        day("2023-02-28"),
    )
    assert comparing.months_earlier((day("2021-03-30"), day("2021-03-30")), 1) == (day("2021-02-28"),) * 2
    with clock.moved_to(NOW):
        assert comparing.comparable(day("2021-07-31"), day("2021-08-04"), day("2021-06-30")) == day("2021-07-04")
        assert comparing.comparable(day("2021-07-01"), day("2021-08-04"), day("2021-08-03")) == day("2021-08-04")


def test_differences_in_words() -> None:
    def figure(name: str, value: str | None) -> Figure:
        return Figure(name, FIGURES[name], None if value is None else Decimal(value), None, None)

    def said(name: str, one: str | None, other: str | None) -> str:
        return wording.difference_words(figure(name, one), figure(name, other))

    assert said("closure_rate", "0.7846", "0.8000") == "−1.54 个百分点"
    assert said("issued", "557", "500") == "+57 件（+11.40%）"
    assert said("issued", "557", "0") == "+557 件"
    assert said("closure_rate", "0.5", "0.5") == "持平"
    assert said("closure_rate", "0.5", None) == "—"
    assert said("mean_handling_days", "3.50", "5.75") == "−2.25 个工作日"


@pytest.mark.django_db
def test_page_and_api_show_each_period_as_it_would_stand_alone(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    season = Season()
    cast = season.cast
    for moment, done in (("2021-06-10", True), ("2021-06-28", True), ("2021-07-05", True), ("2021-07-06", False)):
        issue = season.hand(at(moment), cast.xinghualing, verifier=cast.province)
        if done:  # the one of late June only after its comparable cut-off
            season.do(issue, at("2021-07-20" if moment == "2021-06-28" else moment, 15), *TO_CLOSED)
    officer = cast.officer(cast.province, Role.SUPERVISOR)
    client.force_login(officer)
    with clock.moved_to(NOW):
        call = caller(officer)
        answer = call.get(API, **JULY, other_from="2021-06-01", other_to="2021-06-30").json()
        assert (answer["period"]["as_of"], answer["other"]["as_of"]) == (
            "2021-08-04T18:00:00+08:00", "2021-07-04T23:59:59.999999+08:00",
        )  # fmt: skip
        rates = [answer[side]["figures"]["closure_rate"] for side in ("period", "other")]
        assert [(r["numerator"], r["denominator"]) for r in rates] == [(1, 2), (1, 2)]
        assert (answer["differences"]["closure_rate"], answer["differences"]["relapse_rate"]) == (0, None)
        for side, asked in (
            ("period", JULY),
            ("other", {"from": "2021-06-01", "to": "2021-06-30", "as_of": "2021-07-04"}),
        ):
            assert call.get("statistics/closure/", **asked).json()["figures"]["closed"]["value"] == 1, side
        whole = call.get(API, **JULY, other_from="2021-06-01", other_to="2021-06-30", other_as_of="2021-08-04").json()
        assert whole["differences"]["closure_rate"] == -0.5
        with django_assert_max_num_queries(16):  # the page of one period takes 14, another period two more
            page = client.get(PAGE, JULY | {"division": "140107"})
        text = page.content.decode()
        assert "2021-05-31 (周一) — 2021-06-30 (周三)" in text  # the days just before, filled in
        assert "other_as_of" in page.context["form"].data
        year = client.get(next(one["url"] for one in page.context["others"] if one["label"] == "去年同期"))
        assert (year.context["other"].since, year.context["other"].day) == (day("2020-07-01"), day("2020-08-04"))
        assert year.context["other"].asked["division"] == "140107"
        assert client.get(PAGE).context["scope"].since == day("2021-08-01")


@pytest.mark.django_db
def test_what_cannot_be_compared_is_told_under_its_own_name(client: Client) -> None:
    cast = Season().cast
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    client.force_login(handler)
    with clock.moved_to(NOW):
        for asked, at_fault in (
            ({"from": "2021-07-01"}, {"to"}),
            ({**JULY, "other_from": "2021-06-01"}, {"other_to"}),
            ({**JULY, "other_from": "2021-06-31", "other_to": "2021-06-30"}, {"other_from"}),
            ({**JULY, "other_from": "2021-06-30", "other_to": "2021-06-01"}, {"other_to"}),
            ({"from": "2021-07-31", "to": "2021-07-01"}, {"to"}),
            ({**JULY, "other_as_of": "2031-01-01"}, {"other_as_of"}),
            ({**JULY, "division": "141002"}, {"division"}),
            ({"from": "0001-01-01", "to": "0001-01-02"}, {"from", "to"}),
        ):
            refused = caller(handler).get(API, **asked)
            assert refused.status_code == 400, asked
            assert set(refused.json()["errors"]) == at_fault
            page = client.get(PAGE, asked)
            assert page.status_code == 400
            assert at_fault <= set(page.context["form"].errors)
        earliest = {"from": "1970-01-01", "to": "2021-07-31"}
        assert caller(handler).get(API, **earliest).status_code == 400  # nothing that long lies before
