"""The list of runs as a file. On a map a run is the squares it measured in: what is kept of its road in the database."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, F, OuterRef
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues.sheets.cells import labels_of
from enforcement.issues.sheets.kinds import Cell, ListKind, Narrowed, Place, SheetColumn
from enforcement.issues.sheets.words import right_words
from enforcement.patrols.forms import RunFilter
from enforcement.patrols.models import PatrolRun, PatrolSquare
from enforcement.patrols.models.quality import SheetVerdict
from enforcement.patrols.tracks.grid import SIDE
from enforcement.timeline import clock
from regions.models import Officer

COLUMNS = (
    SheetColumn("id", gettext_lazy("走航标识"), 37),
    SheetColumn("title", gettext_lazy("走航"), 30),
    SheetColumn("day", gettext_lazy("日期"), 11),
    SheetColumn("started_at", gettext_lazy("开始"), 17),
    SheetColumn("ended_at", gettext_lazy("结束"), 17),
    SheetColumn("division", gettext_lazy("途经"), 12),
    SheetColumn("bureau", gettext_lazy("单位"), 20),
    SheetColumn("vehicle", gettext_lazy("走航车"), 14),
    SheetColumn("instrument", gettext_lazy("仪器"), 20),
    SheetColumn("crew", gettext_lazy("人员"), 16),
    SheetColumn("km", gettext_lazy("里程（公里）"), 12),
    SheetColumn("hours", gettext_lazy("时长（小时）"), 12),
    SheetColumn("valid_percent", gettext_lazy("有效率（%）"), 10),
    SheetColumn("quality", gettext_lazy("质控"), 12),
    SheetColumn("hot_spots", gettext_lazy("热点数"), 8),
    SheetColumn("open_hot_spots", gettext_lazy("待研判热点"), 10),
    SheetColumn("synthetic", gettext_lazy("模拟数据"), 9),
)
#: A square's column and row as one number.
ROW_SPAN = 100_000


def narrowed(officer: Officer, query: Mapping[str, str]) -> Narrowed:
    form = RunFilter(query, officer=officer)
    said = right_words(form, query)
    found = PatrolRun.objects.visible_to(officer)
    rows = (
        form.narrow(found.valid())
        .select_related("bureau", "division", "vehicle", "instrument")
        .defer("problems", "mapping", "channels")
        .with_quality()
        .with_spots()
        .order_by("-started_at", "-id")
    )
    squares = PatrolSquare.objects.filter(run=OuterRef("pk")).order_by("x", "y")
    keys = squares.annotate(key=Cast("x", BigIntegerField()) * ROW_SPAN + F("y")).values("key")
    return Narrowed(rows, said, placed=rows.annotate(squares_driven=ArraySubquery(keys)))


def cells() -> Callable[[Any], list[Cell]]:
    verdicts = labels_of(SheetVerdict.choices)
    several, uncounted = _("多个县区"), _("质控未计算")

    def of(run: Any) -> list[Cell]:
        return [
            str(run.pk), run.title, run.day, clock.minute(run.started_at), clock.minute(run.ended_at),
            run.division.name if run.division else several, run.bureau.name, str(run.vehicle or ""),
            str(run.instrument or ""), run.crew, float(run.km), float(run.hours), float(run.valid_share * 100),
            verdicts.get(run.quality, uncounted), run.spot_count, run.open_count, run.synthetic,
        ]  # fmt: skip

    return of


def place(run: Any) -> Place:
    """The centres of the squares driven through, each once; nowhere for a run that kept none."""
    driven = [divmod(key, ROW_SPAN) for key in dict.fromkeys(run.squares_driven)]
    if not driven:
        return None
    points = [[round((x + 0.5) * SIDE - 180, 4), round((y + 0.5) * SIDE - 90, 4)] for x, y in driven]
    return {"type": "MultiPoint", "coordinates": points}


KIND = ListKind(
    "patrol-runs",
    gettext_lazy("走航"),
    "patrols:list",
    COLUMNS,
    narrowed,
    cells,
    place,
    example={"since": "2021-07-01"},
)
