"""The API's coverage and heat map are the pages' own figures; a wrong question is a sentence."""

import pytest

from regions.roles import Role

from .test_ground import client


def test_the_figures_are_those_of_the_pages(run, cast):
    own = client(cast.officer(cast.taiyuan, Role.COORDINATOR))
    told = own.get("/api/v1/patrol-coverage/?from=2021-07-01&to=2021-07-05").json()
    assert (told["driven"], told["runs"], told["km"]) == (1, 1, f"{run.km:.3f}")
    assert told["counties"] == len(told["rows"]) > 5
    warm = own.get("/api/v1/patrol-heat/?channel=tvoc|ppb").json()
    assert warm["unit"] == "ppb"
    assert sum(one["readings"] for one in warm["squares"]) == run.rows_kept


@pytest.mark.parametrize(
    "asked",
    ["patrol-heat/?channel=x", "patrol-coverage/?from=2021-13-01", "patrol-coverage/?division=1", "patrol-heat/?x=1"],
)
def test_a_wrong_question_is_a_sentence(run, inspector, asked):
    answer = client(inspector).get(f"/api/v1/{asked}")
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")


def test_the_report_comes_from_the_api_too(run, inspector, cast):
    answer = client(inspector).get(f"/api/v1/patrol-runs/{run.pk}/report/docx/")
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")
    assert (
        client(cast.officer(cast.linfen, Role.HANDLER)).get(f"/api/v1/patrol-runs/{run.pk}/report/docx/").status_code
        == 404
    )
