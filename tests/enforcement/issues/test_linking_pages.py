"""Promise: a dispatcher joins and parts issues from their pages, by the page's own form; what is wrong is told at its place,
what was entered stays, and nothing has changed."""

import re
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client

from enforcement.issues.models import Issue
from regions.models import Site
from regions.roles import Role
from tests.enforcement.api.calling import caller
from tests.scenarios import cast as casting
from tests.scenarios.desks import HERE, handed, signed_in

from .whole import everything

pytestmark = pytest.mark.django_db


def send(client: Client, address: str, entered: dict[str, str]) -> Any:
    """Fills in a page's form and sends it where the form says."""
    text = client.get(address).content.decode()
    form = next(part for part in re.findall(r"<form.*?</form>", text, re.DOTALL) if 'name="reason"' in part)
    where, version = re.search(r'action="([^"]*)"', form), re.search(r'name="version" value="([^"]*)"', form)
    assert where
    assert version
    return client.post(urljoin(address, where[1]) if where[1] else address, {"version": version[1], **entered})


def test_issues_are_joined_and_parted_by_the_forms_of_their_pages() -> None:
    cast = casting.make()
    issue, other = handed(cast, 2)
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    for bureau in (cast.xinghualing, cast.yaodu):
        Site.objects.create(name="同名加油站", division=bureau.division, lon=HERE[0], lat=HERE[1])
    client, before = signed_in(dispatcher), everything()
    merge, split = (f"/issues/{issue.number}/links/{action}/" for action in ("merge", "split"))
    rows = {"children-0-title": "涂装", "children-0-bureau": str(cast.xinghualing.pk), "children-1-title": "喷漆"}
    for address, entered, sentence in (
        (merge, {"into": "SX-2019-ZH-99999", "reason": "同一排放口"}, "没有这个问题，请核对编号"),
        (merge, {"into": issue.number, "reason": "同一排放口"}, "不能合并到它自己"),
        (merge, {"into": other.number, "reason": " "}, "请填写理由"),
        (split, {**rows, "reason": "两个单位"}, "第2个子问题：请从列表中选择承办单位"),
        (
            split,
            {**rows, "children-0-due_on": "2021-W28-5", "reason": "两个单位"},
            "第1个子问题：日期应写作 2021-08-04",
        ),
        (
            split,
            {**rows, "children-0-site": "同名加油站", "reason": "两个单位"},
            "第1个子问题：有多个“同名加油站”（尧都区、杏花岭区）",
        ),
        (split, {"children-0-title": "涂装", "children-0-bureau": str(cast.yaodu.pk), "reason": "一"}, "2至8个"),
    ):
        refused = send(client, address, entered)
        assert refused.status_code == 400, sentence
        text = refused.content.decode()
        assert sentence in text
        assert all(value in text for value in entered.values() if value.strip()), "what was entered stays"
    call = caller(dispatcher)
    for action, body, at_fault in (
        ("merge", {"reason": "重复"}, "into"),
        ("merge", {"reason": "重复", "into": other.number, "children": []}, "children"),
        (
            "split",
            {"reason": "两处", "children": [{"title": "一", "bureau": 10**9}, {"title": "二", "bureau": 1}]},
            "children",
        ),
        ("unsplit", {"reason": ""}, "reason"),
    ):
        answer = call.post(f"issues/{issue.number}/links/{action}/", body)
        assert answer.status_code == 400, action
        assert at_fault in answer.json()["errors"]
    stranger = caller(cast.officer(cast.linfen, Role.DISPATCHER))
    for number in (issue.number, "SX-2019-ZH-99999"):  # there or not: the same
        hidden = stranger.post(f"issues/{number}/links/merge/", {"reason": "重复", "into": number})
        assert hidden.status_code == 404
    assert everything() == before
    assert send(client, merge, {"into": other.number, "reason": "同一排放口"}).status_code == 302
    assert Issue.objects.get(pk=issue.pk).state == "merged"
    undone = send(client, f"/issues/{issue.number}/links/unmerge/", {"reason": "并错了"})
    assert undone.status_code == 302
    done = send(client, split, {**rows, "children-1-bureau": str(cast.yaodu.pk), "reason": "两个单位"})
    assert done.status_code == 302
    assert Issue.objects.filter(split__issue=issue).count() == 2
    assert send(client, f"/issues/{issue.number}/links/unsplit/", {"reason": "拆错了"}).status_code == 302
