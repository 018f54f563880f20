"""Promise: in English every page speaks English; Chinese is left only where a name is Chinese.

A walk over the links from each officer's workbench, with all names of the scenario in Latin letters.
"""

import html
import re
from collections import Counter, deque
from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.apps import apps
from django.test import Client

from enforcement.findings import actions as findings
from enforcement.findings.models import FilingQuestion
from enforcement.inspections import units
from enforcement.inspections.models import Checklist, ChecklistItem, ChecklistVersion
from enforcement.issues import actions as issues
from enforcement.issues.models import LetterTemplate
from enforcement.patrols import actions as patrols
from enforcement.patrols.models import HotSpotRule
from enforcement.patrols.synthetic.patrols import PatrolPlan, patrol
from enforcement.patrols.synthetic.seasons import county_sources
from enforcement.timeline import clock
from regions.models import BureauKind, Division, JointControlArea
from regions.roles import Role
from tests.scenarios import cast as casting
from tests.scenarios.desks import filed, handed, signed_in

CHINESE = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff01-\uffee]")  # punctuation too
UNSEEN = re.compile(r"<script\b.*?</script>|<style\b.*?</style>|<!--.*?-->|<code\b.*?</code>", re.DOTALL)
SPOKEN = re.compile(r'\b(?:title|aria-label|placeholder|alt|data-label)="([^"]*)"')
LINK = re.compile(r'href="(/[^"#]*)')
#: How far along the chain the issues of the scenario stand.
STEPS = (0, 2, 3, 5, 7, 10, 12)
#: Pages looked at of one kind of address, and of one path whatever is asked of it, for one officer: lists lead on to
#: themselves by every set of filters there is.
MOST, OF_ONE_PATH = 3, 12
#: Words stored as they were written: document numbers, the titles made for them, a track's columns.
#: Laws and their articles are named in the language they were made in.
STORED = re.compile(
    r"〔\d+〕\d+号|\d+个问题|苯系物(?:之和)?|甲?苯|C8芳烃|中华人民共和国\w+法|第[一二三四五六七八九十百零]+条"
)
#: Rules carry the name and the basis under which they were loaded: data, like the names of places.
RULES = ("TVOC 默认规则", "一般问题", "严重问题")
ENGLISH = {"headers": {"accept-language": "en"}}


@pytest.fixture
def cast(settings, tmp_path, db) -> casting.Cast:
    settings.STORAGES = {
        **settings.STORAGES,
        "evidence": {**settings.STORAGES["evidence"], "OPTIONS": {"location": tmp_path / "evidence"}},
    }
    team = BureauKind.ENFORCEMENT_TEAM
    return casting.Cast(
        province=casting.bureau("Province", "140000", answers=True, prefix="SX"),
        taiyuan=casting.bureau("Taiyuan", "140100", answers=True, prefix="TY"),
        taiyuan_team=casting.bureau("Taiyuan team", "140100", team),
        linfen=casting.bureau("Linfen", "141000", answers=True, prefix="LF"),
        xinghualing=casting.bureau("Xinghualing", "140107", answers=True),
        xinghualing_team=casting.bureau("Xinghualing team", "140107", team),
        yaodu=casting.bureau("Yaodu", "141002", answers=True),
        contractor=casting.bureau("Breeze", "140100", BureauKind.CONTRACTOR),
    )


def season(cast: casting.Cast) -> None:
    """Something of everything: issues in most states, late ones, clues in each state, a patrol with hot spots."""
    handler = cast.officer(cast.xinghualing, Role.HANDLER)
    dispatcher = cast.officer(cast.province, Role.DISPATCHER)
    verifier = cast.officer(cast.taiyuan_team, Role.VERIFIER)
    chain = [
        ("acknowledge", handler, {}),
        ("start_rectification", handler, {"plan": "seal the shop"}),
        ("request_extension", handler, {"days": 3, "reason": "parts"}),
        ("grant_extension", dispatcher, {"reason": "granted"}),
        ("submit_feedback", handler, {"verdict": "true", "measures": "sealed", "cause": "leak"}),
        ("start_verification", verifier, {}),
        ("reject_verification", verifier, {"reason": "still leaking"}),
        ("submit_feedback", handler, {"verdict": "partly_true", "measures": "sealed again"}),
        ("start_verification", verifier, {}),
        ("pass_verification", verifier, {"opinion": "fine"}),
        ("close", dispatcher, {}),
        ("strike_off", dispatcher, {"publication": "website"}),
    ]
    rows = handed(cast, len(STEPS) + 1, title="High VOC")
    handed(cast, 1, days_ago=90, title="Late")
    handed(cast, 1, cast.xinghualing, cast.yaodu, title="Shared")
    for length, issue in zip(STEPS, rows, strict=False):
        for action, by, data in chain[:length]:
            issues.perform(issue, action, by=by, **data)
    returned = {"reason_code": "not_ours", "reason": "not ours"}
    issues.perform(rows[-1], "return", by=handler, **returned)
    issues.perform(rows[-1], "refuse_return", by=dispatcher, reason="yours")
    for state in ("draft", "leader_review", "confirmed"):
        filed(cast, state, title="Smell")
    gone = filed(cast, "confirmed", title="Nothing")
    findings.perform(gone, "dismiss", by=dispatcher, reason="nothing")
    plan = PatrolPlan("140107", 1_625_187_600_000, 25.0, 11)
    patrols.record_synthetic(
        by=cast.officer(cast.taiyuan_team, Role.INSPECTOR),
        bureau=cast.taiyuan_team,
        readings=patrol(plan, county_sources("140107", 5, 3)),
        name="synthetic-140107",
        facts=patrols.RunFacts(route="Ring"),
    )


def names() -> list[str]:
    """What stays Chinese: places, areas and rules; the longest first."""
    places = Division.objects.values_list("name", "short_name")
    areas = JointControlArea.objects.values_list("name", flat=True)
    rules = HotSpotRule.objects.values_list("name", flat=True)
    kept = {name for pair in places for name in pair} | set(areas) | set(RULES) | set(rules) | set(_lists())
    # A letter is the office's own words, line by line.
    letters = LetterTemplate.objects.values_list("heading", "opening", "item", "closing")
    kept |= {line.strip() for words in letters for text in words for line in text.splitlines()}
    for question in FilingQuestion.objects.all():  # the office's, like its checklists
        kept |= {question.label, question.unit, *question.choices.splitlines()}
    for model in apps.get_models():  # every dated rule names its source in the language that was written in
        if any(field.name == "basis" for field in model._meta.concrete_fields):
            kept |= set(model._default_manager.values_list("basis", flat=True))
    return sorted(kept - {""}, key=len, reverse=True)


def _lists() -> Iterable[str]:
    """Checklists are data of the office: their names, sources and questions stay as they were written."""
    for row in Checklist.objects.all():
        yield from (row.name, *row.industries)
    yield from ChecklistVersion.objects.values_list("source", flat=True)
    for item in ChecklistItem.objects.all():
        yield from (item.text, item.section, item.law, item.pollution_type, item.unit, *item.choices)
    yield from units.UNITS


def spoken(page: str) -> Iterable[str]:
    """What a page says: its texts and the attributes that are read out."""
    page = UNSEEN.sub(" ", page)
    # The switch back to Chinese is in Chinese, and so is the name of the source language.
    page = re.sub(r'<button[^>]*lang="zh-Hans".*?</button>', " ", page, flags=re.DOTALL)
    return map(html.unescape, [*SPOKEN.findall(page), *re.sub(r"<[^>]*>", "\n", page).split("\n")])


def walk(client: Client, start: str) -> Iterable[tuple[str, str]]:
    """Address and body of the pages behind the links, one for each kind of address and a few of issues."""
    waiting, seen, kinds, paths = deque([start]), {start}, Counter[str](), Counter[str]()
    while waiting:
        url = waiting.popleft()
        answer = client.get(url, follow=True, **ENGLISH)
        assert answer.status_code < 500, url
        if "text/html" not in answer["Content-Type"]:
            continue
        page = answer.content.decode()
        yield url, page
        for found in map(html.unescape, LINK.findall(UNSEEN.sub(" ", page))):
            kind = re.sub(r"=[^&]*|[0-9a-f-]{36}|SX-[\w-]+|\d+", "*", found)
            path = kind.partition("?")[0]
            if found in seen or found.startswith(("/static/", "/admin/", "/api/")):
                continue
            kinds[kind] += 1
            if kinds[kind] <= MOST and paths[path] < OF_ONE_PATH:
                paths[path] += 1
                seen.add(found)
                waiting.append(found)


def chinese(page: str, allowed: list[str]) -> Iterable[str]:
    """The texts of a page with Chinese beyond the names allowed."""
    for text in spoken(page):
        bare = STORED.sub("", text)
        for name in allowed:
            if not CHINESE.search(bare):
                break
            bare = bare.replace(name, "")
        if CHINESE.search(bare):
            yield text.strip()


def test_english_pages_are_english(cast, monkeypatch: pytest.MonkeyPatch) -> None:
    # Only what a page says is read: the client's copy of every template's context is a quarter of each answer's cost.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_given, **_more: None)
    with clock.moved_to(clock.now() - timedelta(days=1)):
        season(cast)
    allowed = names()
    for bureau, role, fewest in (
        (cast.province, Role.DISPATCHER, 25),
        (cast.taiyuan, Role.SUPERVISOR, 20),
        (cast.xinghualing, Role.HANDLER, 15),
        (cast.taiyuan_team, Role.TEAM_LEADER, 20),
        (cast.province, Role.SECURITY_ADMINISTRATOR, 1),
    ):
        pages = list(walk(signed_in(cast.officer(bureau, role)), "/"))
        left = {text: url for url, page in pages for text in chinese(page, allowed)}
        assert not left, f"{role}: {left}"
        assert len(pages) >= fewest, (role, len(pages))
