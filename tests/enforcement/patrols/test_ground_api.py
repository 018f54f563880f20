"""The API's coverage and heat map are the pages' own figures; a wrong question is a sentence."""

import pytest

from enforcement.issues.actions import exporting
from regions.roles import Role

from .test_ground import client

KEY = {"Idempotency-Key": "report-1"}


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
    address = f"/api/v1/patrol-runs/{run.pk}/report/"
    asked = client(inspector).post(address, {"format": "docx"}, content_type="application/json", headers=KEY)
    assert asked.status_code == 201
    again = client(inspector).post(address, {"format": "docx"}, content_type="application/json", headers=KEY)
    assert again.json() == asked.json(), "the same key asks once"
    exporting.DESK.work(asked.json()["id"])
    export = f"/api/v1/exports/{asked.json()['id']}/"
    assert client(inspector).get(export).json()["ready"] is True
    assert b"".join(client(inspector).get(f"{export}file/").streaming_content).startswith(b"PK")
    handler = client(cast.officer(cast.linfen, Role.HANDLER))
    assert handler.post(address, {"format": "docx"}, content_type="application/json").status_code == 404
    assert handler.get(f"{export}file/").status_code == 404
    refused = client(inspector).post(address, {"format": "exe"}, content_type="application/json")
    assert refused.status_code == 400
