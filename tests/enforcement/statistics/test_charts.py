"""Charts drawn on the server: every value can be read, reached and recounted."""

import ast
import re
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path

import pytest

from enforcement.statistics import charts
from enforcement.statistics.charts import Bar, Line

SVG = "{http://www.w3.org/2000/svg}"
CITIES = [Bar("太原", Decimal("3120.4")), Bar("大同", Decimal("1854.2")), Bar("朔州", None), Bar("阳泉", Decimal(0))]


def drawn(text: str) -> ET.Element:
    return ET.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def titles(text: str) -> list[str]:
    return [title.text or "" for title in drawn(text).iter(f"{SVG}title")]


def number(element: ET.Element, name: str) -> float:
    return float(element.attrib[name])


def test_a_bar_says_its_exact_value_and_can_be_reached() -> None:
    chart = charts.bar("里程", CITIES, unit="公里", places=1)
    for svg in (chart.svg, chart.svg_narrow):
        assert titles(svg) == ["太原：3,120.4 公里", "大同：1,854.2 公里", "朔州：—", "阳泉：0.0 公里"]
        marks = [g for g in drawn(svg).iter(f"{SVG}g") if g.get("class") == "mark"]
        assert [g.get("tabindex") for g in marks] == ["0"] * 4
    assert chart.rows == [["太原", "3,120.4"], ["大同", "1,854.2"], ["朔州", "—"], ["阳泉", "0.0"]]


def test_bars_are_as_long_as_their_values() -> None:
    lengths = [number(rect, "width") for rect in drawn(charts.bar("里程", CITIES).svg).iter(f"{SVG}rect")]
    assert len(lengths) == 3, "no data is no bar"
    assert lengths[1] / lengths[0] == pytest.approx(1854.2 / 3120.4, rel=1e-3)
    assert lengths[2] == 0


def test_a_bar_with_a_page_behind_it_is_a_link() -> None:
    svg = charts.bar("办结率", [Bar("太原", 61, url="/s/?a=1&b=2")]).svg
    link = next(drawn(svg).iter(f"{SVG}a"))
    assert link.get("href") == "/s/?a=1&b=2"
    assert "tabindex" not in link.attrib


def test_negative_values_grow_to_the_left() -> None:
    rects = list(drawn(charts.bar("变化", [Bar("a", -10), Bar("b", 20)]).svg).iter(f"{SVG}rect"))
    assert number(rects[0], "x") + number(rects[0], "width") == pytest.approx(number(rects[1], "x"), abs=0.2)
    assert number(rects[0], "x") > 0


def test_stacked_parts_add_up_and_stand_in_the_table() -> None:
    chart = charts.stacked(
        "办理",
        ["办结", "在办"],
        ["done", "open"],
        [("太原", [Decimal("4.5"), 2]), ("大同", [0, 3])],
        places=1,
        total="合计",
    )
    assert chart.rows == [["太原", "4.5", "2.0", "6.5"], ["大同", "0.0", "3.0", "3.0"]]
    assert chart.headers == ["", "办结", "在办", "合计"]
    assert titles(chart.svg) == ["太原 办结：4.5", "太原 在办：2.0", "大同 在办：3.0"]
    first, second, third = drawn(chart.svg).iter(f"{SVG}rect")
    assert number(first, "x") + number(first, "width") + 1 == pytest.approx(number(second, "x"), abs=0.2)
    assert (number(first, "width") + 1) / (number(third, "width") + 1) == pytest.approx(4.5 / 3, rel=1e-2)


def test_a_line_breaks_where_there_is_no_data() -> None:
    chart = charts.line("趋势", ["a", "b", "c", "d"], [Line("转办", [1, None, 3, 4])])
    path = next(p for p in drawn(chart.svg).iter(f"{SVG}path") if p.get("class") == "line-accent").attrib["d"]
    assert path.count("M") == 2
    assert path.count("L") == 1
    assert titles(chart.svg) == ["a 转办：1", "c 转办：3", "d 转办：4"]
    assert chart.rows[1] == ["b", "—"]


def test_a_line_is_as_high_as_its_values() -> None:
    svg = charts.line("趋势", ["a", "b", "c"], [Line("x", [0, 50, 100])]).svg
    heights = [number(c, "cy") for c in drawn(svg).iter(f"{SVG}circle") if "plot-shape" in c.get("class", "")]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)
    assert heights[0] > heights[2]


@pytest.mark.parametrize("top", ["0", "0.03", "1", "7", "12", "99", "557", "23400", "0.7846"])
def test_the_axis_holds_every_value_in_a_few_round_steps(top: str) -> None:
    upper, step = charts._nice(Decimal(top))
    assert upper >= Decimal(top)
    assert upper % step == 0
    assert 1 <= upper / step <= 5
    assert str(step.normalize().as_tuple().digits) in {"(1,)", "(2,)", "(2, 5)", "(5,)"}


def test_everything_stays_inside_the_drawing() -> None:
    long = "综改示范区和一个名字特别特别长的功能区以及它的全称"
    for chart in (
        charts.bar("t", [Bar(long, 10**9), Bar("b", 3)], places=2),
        charts.stacked("t", ["x"], ["done"], [(long, [10**9])]),
        charts.line("t", [f"2021-08-{n:02}" for n in range(1, 32)], [Line(long, list(range(31)))]),
    ):
        for svg in (chart.svg, chart.svg_narrow):
            root = drawn(svg)
            width = float(root.attrib["viewBox"].split()[2])
            for rect in root.iter(f"{SVG}rect"):
                assert number(rect, "x") >= -0.1
                assert number(rect, "x") + number(rect, "width") <= width + 0.1
            for text in root.iter(f"{SVG}text"):
                length = charts._length(text.text or "")
                start = (
                    number(text, "x")
                    - {"start": 0, "middle": length / 2, "end": length}[text.get("text-anchor", "start")]
                )
                assert start >= -1, text.text
                assert start + length <= width + 1, text.text
            assert long in svg, "what is cut on the drawing stands whole in the title"


def test_hostile_labels_stay_text() -> None:
    bad = '<script>alert("1")</script>&\'"'
    for chart in (
        charts.bar(bad, [Bar(bad, 1, url='"><script>')], unit=bad),
        charts.stacked(bad, [bad], ["no such tone"], [(bad, [1])], unit=bad),
        charts.line(bad, [bad], [Line(bad, [1], tone="no such tone")], unit=bad),
    ):
        assert "<script" not in chart.svg
        assert any(bad in title for title in titles(chart.svg))


@pytest.mark.parametrize(
    "empty",
    [
        charts.bar("t", []),
        charts.stacked("t", [], [], []),
        charts.line("t", [], []),
        charts.line("t", ["a"], [Line("x", [None])]),
    ],
)
def test_nothing_to_draw_is_no_error(empty: charts.Chart) -> None:
    drawn(empty.svg)
    assert titles(empty.svg) == []


def test_ill_shaped_data_is_refused() -> None:
    with pytest.raises(ValueError, match="series"):
        charts.stacked("t", ["a", "b"], ["done", "open"], [("x", [1])])
    with pytest.raises(ValueError, match="negative"):
        charts.stacked("t", ["a"], ["done"], [("x", [-1])])
    with pytest.raises(ValueError, match="label"):
        charts.line("t", ["a"], [Line("x", [1, 2])])


def test_numbers_are_rounded_half_to_even() -> None:
    rows = charts.bar("t", [Bar("a", Decimal("31.25")), Bar("b", Decimal("31.35"))], places=1).rows
    assert rows == [["a", "31.2"], ["b", "31.4"]]


def test_every_tone_has_a_colour_in_the_house_style() -> None:
    root = Path(charts.__file__).resolve().parents[2]
    css = (root / "enforcement/desk/static/desk/css/components/plots.css").read_text(encoding="utf-8")
    assert [
        tone for tone in charts.TONES if f".plot .fill-{tone} " not in css or f".plot .line-{tone} " not in css
    ] == []


def test_drawing_is_pure() -> None:
    tree = ast.parse(Path(charts.__file__).read_text(encoding="utf-8"))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert {m for m in modules if m.startswith("django")} <= {"django.utils.safestring", "django.utils.translation"}
    assert not [m for m in modules if re.match(r"regions|enforcement", m)]
