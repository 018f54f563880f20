"""The component kit: words with every colour, nothing inline, nothing unescaped, contrast that can be read."""

import datetime as dt
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from enforcement.desk import countymap
from enforcement.desk.gallery import sample_context
from enforcement.desk.looks import LOOKS, look_of
from enforcement.issues.lifecycle import State
from regions.templatetags import office

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "templates"
SPRITE = (ROOT / "enforcement/desk/static/desk/icons.svg").read_text(encoding="utf-8")
ICONS = set(re.findall(r'<symbol id="([a-z-]+)"', SPRITE))
HOSTILE = "<script>alert(1)</script>\"'"


def component(name: str, **context: Any) -> str:
    return " ".join(render_to_string(f"components/{name}.html", context).split())


def gallery() -> str:
    request: HttpRequest = RequestFactory().get("/components/", {"state": "closed"})
    context = sample_context(request) | {
        "request": request,
        "officer": {"name": "王志远", "role": "调度员", "bureau": "省厅大气处"},
        "inbox_count": 3,
        "demo": True,
        "health_degraded": True,
        "navigation": [{"url": f"/{n}/", "label": f"第{n}项", "icon": "home", "active": n == 1} for n in range(7)],
    }
    return render_to_string("desk/components.html", context)


class Inline(HTMLParser):
    """Collects what a content security policy without 'unsafe-inline' would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.ids += [names["id"]] if names.get("id") else []  # type: ignore[list-item]
        self.found += [f"<{tag} {name}>" for name in names if name == "style" or re.match(r"on[a-z]+$", name)]
        if tag == "style" or (tag == "script" and "src" not in names and names.get("type") != "application/json"):
            self.found.append(f"<{tag}>")
        if str(names.get("href") or "").lower().startswith("javascript:"):
            self.found.append(f"<{tag} href=javascript:>")


def test_nothing_inline_in_the_whole_gallery() -> None:
    reader = Inline()
    reader.feed(gallery())
    assert reader.found == []
    assert len(reader.ids) == len(set(reader.ids)), "an id stands twice"


def test_no_template_of_the_kit_holds_inline_code() -> None:
    for path in [TEMPLATES / "base.html", *TEMPLATES.glob("components/*.html"), *TEMPLATES.glob("errors/*.html")]:
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style", path.read_text(encoding="utf-8")), path.name


def test_every_component_is_described() -> None:
    text = (ROOT / "docs/components.md").read_text(encoding="utf-8")
    parts = {"form_errors", "legend", "mark", "navigation", "topbar_tools", "twin", "map_scripts", "map_styles"}
    names = {path.stem for path in TEMPLATES.glob("components/*.html")} - parts
    assert {name for name in names if f"| `{name}` |" not in text} == set()


def test_every_icon_named_anywhere_is_in_the_sprite() -> None:
    sources = [path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")]
    named = {name for text in sources for name in re.findall(r'{% icon "([a-z-]+)" %}', text)}
    assert named | {look.icon for look in LOOKS.values()} <= ICONS


@pytest.mark.parametrize("state", list(State))
def test_a_state_has_the_word_of_the_lifecycle_and_an_icon(state: State) -> None:
    with translation.override("zh-hans"):
        html = component("state_badge", state=state)
        assert str(state.label) in html
        assert f"#{look_of(state).icon}" in html


def test_an_unknown_state_shows_itself_escaped() -> None:
    assert "&lt;script&gt;" in component("state_badge", state=HOSTILE)


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (-6, "超期 6 个工作日", "late"),
        (-1, "超期 1 个工作日", "late"),
        (0, "今天到期", "soon"),
        (3, "剩 3 个工作日", "soon"),
        (4, "剩 4 个工作日", "running"),
        (None, "不计时", "none"),
    ],
)
def test_lateness_is_words_first(days: int | None, words: str, tone: str) -> None:
    html = component("lateness", days=days, due=dt.date(2021, 8, 4))
    assert words in html
    assert f"clock--{tone}" in html
    assert "2021-08-04 (周三)" in html


def test_an_extended_clock_keeps_the_first_due_date() -> None:
    html = component("lateness", days=9, due=dt.date(2021, 8, 17), first_due=dt.date(2021, 8, 3))
    assert re.search(r"<del>.*2021-08-03 \(周二\).*</del>.*2021-08-17 \(周二\)", html)
    assert "<del>" not in component("lateness", days=9, due=dt.date(2021, 8, 3), first_due=dt.date(2021, 8, 3))


def test_a_figure_prints_its_basis_and_opens_its_list() -> None:
    cut_off = dt.datetime(2021, 8, 4, 15, 59, tzinfo=dt.UTC)
    html = component(
        "figure", label="办结率", value="78.46", unit="%", numerator=437, denominator=557, cut_off=cut_off, url="/x/"
    )
    assert "437 ÷ 557" in html
    assert "截至 2021-08-04 (周三)<" in html
    assert 'href="/x/"' in html
    assert ">—" in component("figure", label="办结率", value=None)
    assert ">0<" in component("figure", label="超期", value=0)


def test_a_greyed_action_says_why_and_leads_nowhere() -> None:
    html = component("action_button", label="核查", url="/verify/", disabled=True, reason="反馈人不能核查自己的整改")
    assert "反馈人不能核查自己的整改" in html
    assert 'aria-disabled="true"' in html
    assert "/verify/" not in html
    assert 'href="/verify/"' in component("action_button", label="核查", url="/verify/")


class Report(forms.Form):
    reason = forms.CharField(label="退回理由", help_text="写明依据")
    verdict = forms.ChoiceField(label="是否属实", widget=forms.RadioSelect, choices=[("a", "属实")])
    sure = forms.BooleanField(label="已核对", required=False)
    note = forms.CharField(label="备注", required=False)


def test_a_field_ties_label_help_and_error_together() -> None:
    form = Report({"reason": "", "verdict": "a"})
    html = component("field", field=form["reason"])
    assert '<label class="field__label" for="id_reason">退回理由' in html
    assert 'aria-describedby="id_reason_helptext id_reason_error"' in html
    assert 'id="id_reason_helptext"' in html
    assert 'id="id_reason_error"' in html
    assert "选填" not in html
    assert "选填" in component("field", field=form["note"])
    assert "<legend" in component("field", field=form["verdict"])


def test_a_form_with_errors_keeps_what_was_typed() -> None:
    html = component("form", form=Report({"reason": "", "verdict": "a", "note": HOSTILE}))
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert 'role="alert"' in html


def test_chips_lead_to_the_page_without_them() -> None:
    html = gallery()
    assert "状态：已办结" in html
    request = RequestFactory().get("/issues/", {"state": "closed", "division": "140100", "cursor": "abc"})
    bar = component("filter_bar", form=sample_context(request)["search_form"], request=request)
    assert 'href="/issues/?division=140100"' in bar
    assert 'href="/issues/?state=closed"' in bar


def test_hostile_words_stay_words() -> None:
    event = {"at": dt.datetime(2021, 8, 4, tzinfo=dt.UTC), "title": HOSTILE, "actor": HOSTILE, "text": HOSTILE}
    item = {"name": HOSTILE, "url": "#", "kind": "photo", "place": HOSTILE, "sha256": HOSTILE}
    table = {
        "caption": HOSTILE,
        "columns": [{"label": HOSTILE}, {"label": "b"}],
        "rows": [{"cells": [HOSTILE, HOSTILE]}],
    }
    pieces = [
        component("timeline", events=[event]),
        component("evidence_grid", items=[item]),
        component("table", table=table),
        component("facts", facts=[{"label": HOSTILE, "value": HOSTILE}]),
        component("notice", text=HOSTILE, title=HOSTILE),
        component("empty_state", title=HOSTILE, text=HOSTILE),
        component("tabs", tabs=[{"label": HOSTILE, "url": "#"}]),
        component("track_map", map_id="m", data={"points": [{"label": "</script>" + HOSTILE}]}, title=HOSTILE),
    ]
    assert not [piece for piece in pieces if "<script>alert" in piece]


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_nothing(code: str) -> None:
    with translation.override("zh-hans"):
        html = render_to_string(f"errors/{code}.html")
    assert "<h1>" in html
    assert "！" not in html


# The map


def test_the_map_names_values_and_links_them() -> None:
    areas = {"140100": {"tone": 3, "value": "82.43%", "url": "/s/?division=140100"}}
    points = [{"lon": 112.5, "lat": 37.8, "label": HOSTILE, "tone": "late"}, {"lon": 112.6, "lat": 37.9, "label": "b"}]
    svg = countymap.draw(areas, points, level="city").svg
    assert svg.count('class="area ') == 11
    assert 'aria-label="太原市：82.43%"' in svg
    assert 'href="/s/?division=140100"' in svg
    assert "<script>" not in svg
    assert 'class="place place--late" d="M' in svg, "late is a triangle, not only a colour"


def test_the_map_of_one_city_shows_its_counties_by_name() -> None:
    with translation.override("zh-hans"):
        svg = countymap.draw({}, within="140100").svg
    assert ">清徐</text>" in svg
    assert ">清徐</text>" not in countymap.draw({}).svg, "117 names don't fit on the province"
    with pytest.raises(KeyError):
        countymap.draw({}, within="990100")


# Words of the office

BEIJING = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("told", "value", "args"),
    [
        ("2021-08-04 (周三)", dt.date(2021, 8, 4), ("date_office",)),
        ("2021-08-05 (周四)", dt.datetime(2021, 8, 4, 16, 0, tzinfo=dt.UTC), ("date_office",)),
        ("2021-08-05 (周四) 00:00", dt.datetime(2021, 8, 4, 16, 0, tzinfo=dt.UTC), ("time_office",)),
        ("08-05 00:00", dt.datetime(2021, 8, 4, 16, 0, tzinfo=dt.UTC), ("time_short",)),
        ("2021-08-04 (周三)", dt.datetime(2021, 8, 4, 23, 59, 59, tzinfo=BEIJING), ("cut_off_office",)),
        ("2021-08-04 (周三) 15:30", dt.datetime(2021, 8, 4, 15, 30, tzinfo=BEIJING), ("cut_off_office",)),
        ("—", None, ("date_office",)),
        ("—", "2021-08-04", ("time_office",)),
        ("23,400", 23400, ("thousands",)),
        ("0.12", Decimal("0.125"), ("thousands", 2)),
        ("-1,234.5", Decimal("-1234.50"), ("thousands", 1)),
        ("18.5 公里", Decimal("18.46"), ("km",)),
        ("23,400 公里", 23400, ("km", 0)),
        ("78.46%", Decimal(437) / 557, ("percent",)),
        ("31.2%", Decimal("0.3125"), ("percent", 1)),
        ("78.46%", 437, ("percent_of", 557)),
        ("—", 437, ("percent_of", 0)),
        ("4.5", Decimal("4.5000"), ("weight",)),
        ("1,200", Decimal("1200.0000"), ("weight",)),
        ("7 个工作日", 7, ("workdays",)),
        ("1.2 MB", 1_234_567, ("file_size",)),
        ("999 B", 999, ("file_size",)),
        ("—", float("nan"), ("thousands",)),
        ("—", HOSTILE, ("percent",)),
        ("—", "", ("dash",)),
        (0, 0, ("dash",)),
    ],
)
def test_the_office_writes(told: object, value: object, args: tuple[Any, ...]) -> None:
    name, *rest = args
    with translation.override("zh-hans"):
        assert getattr(office, name)(value, *rest) == told


# Colours

TOKENS = (ROOT / "enforcement/desk/static/desk/css/tokens.css").read_text(encoding="utf-8")
TEXT = [
    ("ink", "page"), ("ink", "surface"), ("ink", "surface-3"), ("ink-2", "surface"), ("ink-2", "page"), ("ink-2", "surface-3"),
    ("ink-3", "surface"), ("ink-3", "page"), ("ink-3", "surface-2"), ("ink-3", "surface-3"), ("accent-ink", "surface"),
    ("accent-ink", "page"), ("accent-ink", "accent-soft"), ("on-accent", "accent"), ("on-accent", "accent-strong"),
    ("late-ink", "surface"), ("late-ink", "late-soft"), ("late-ink", "page"), ("on-late", "late"), ("soon-ink", "surface"),
    ("soon-ink", "soon-soft"), ("done-ink", "surface"), ("done-ink", "done-soft"), ("quiet-ink", "quiet-soft"),
    ("scale-ink-light", "fill-accent"), ("scale-ink-light", "fill-done"), ("scale-ink-light", "fill-late"),
    ("scale-ink-dark", "fill-half"), ("scale-ink-dark", "fill-soon"), ("scale-ink-dark", "fill-open"),
    ("scale-ink-dark", "fill-quiet"),
]  # fmt: skip
GRAPHICS = [
    ("line-strong", "surface"), ("line-strong", "page"), ("focus", "surface"), ("focus", "page"), ("late", "surface"),
    ("fill-accent", "surface"), ("fill-done", "surface"), ("fill-half", "surface"), ("fill-soon", "surface"),
    ("fill-late", "surface"), ("fill-open", "surface"),
]  # fmt: skip
#: Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
BLINDNESS = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}


def theme(name: str) -> dict[str, str]:
    start = {"light": ":root {", "dark": ':root[data-theme="dark"] {', "system": ':root:not([data-theme="light"]) {'}[
        name
    ]
    block = TOKENS.split(start, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([a-z0-9-]+): ([^;]+);", block))


def linear(colour: str) -> list[float]:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def contrast(one: str, other: str) -> float:
    lights = sorted(sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(x), strict=True)) for x in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def lab(colour: str, kind: str) -> list[float]:
    seen = [min(1.0, max(0.0, sum(m * c for m, c in zip(row, linear(colour), strict=True)))) for row in BLINDNESS[kind]]
    matrix = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    whites = (0.95047, 1.0, 1.08883)
    xyz = [
        sum(m * c for m, c in zip(row, seen, strict=True)) / white for row, white in zip(matrix, whites, strict=True)
    ]
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in xyz)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (GRAPHICS, 3.0)], ids=["text", "graphics"])
def test_contrast_meets_wcag_aa(name: str, pairs: list[tuple[str, str]], least: float) -> None:
    tokens = theme("light") | (theme("dark") if name == "dark" else {})
    found = {(a, b): round(contrast(tokens[a], tokens[b]), 2) for a, b in pairs}
    assert {pair: value for pair, value in found.items() if value < least} == {}


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("kind", list(BLINDNESS))
def test_late_soon_and_done_stay_apart_for_every_eye(name: str, kind: str) -> None:
    tokens = theme(name)
    seen = {tone: lab(tokens[tone], kind) for tone in ("late", "soon", "done")}
    for a, b in (("late", "soon"), ("late", "done"), ("soon", "done")):
        distance = sum((p - q) ** 2 for p, q in zip(seen[a], seen[b], strict=True)) ** 0.5
        assert distance >= 15, (a, b, distance)


def test_the_two_dark_lists_are_one() -> None:
    assert theme("dark") == theme("system")


def test_colours_live_in_the_tokens_only() -> None:
    css = ROOT / "enforcement/desk/static/desk/css"
    for path in [*css.glob("*.css"), *css.glob("components/*.css")]:
        if path.name not in {"tokens.css", "print.css"}:
            assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(", path.read_text(encoding="utf-8")) == [], path.name


# In a browser


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1366])
def test_the_gallery_fits_and_fingers_hit(page: Any, width: int) -> None:
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto("/login/")
    page.set_content(gallery(), wait_until="load")
    page.wait_for_selector(".live-map .leaflet-control-scale")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert errors == []
    if width == 390:
        targets = (
            ".button, .topbar__button, .tabs__link, .chip, .nav__link, summary, select, .cell--title .row__link, .tick"
        )
        low = page.evaluate(
            """targets => [...document.querySelectorAll(targets)]
               .filter(e => e.offsetParent && e.getBoundingClientRect().height < 47.5)
               .map(e => e.className + ' ' + e.textContent.trim().slice(0, 20))""",
            targets,
        )
        assert low == []


@pytest.mark.browser
def test_the_chosen_theme_is_remembered(page: Any) -> None:
    page.goto("/login/")
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    page.click("[data-theme-toggle]")
    after = page.evaluate(ground)
    assert after != before
    answer = page.reload()
    themed = re.compile(r'<html[^>]* data-theme="(dark|light)">')
    assert themed.search(answer.text()), "it comes so, before any script runs"
    assert page.evaluate(ground) == after
    scripts = "performance.getEntriesByType('resource').filter(e => e.initiatorType === 'script')"
    assert page.evaluate(f"{scripts}.filter(e => e.renderBlockingStatus === 'blocking').length") == 0
    page.evaluate("document.cookie = 'theme=blue; path=/'")
    assert '<html lang="zh-Hans">' in page.reload().text()
