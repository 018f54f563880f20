"""List and map together: clusters counted by the database on a grid as fine as the picture, and the rows beside them.

No tiles and no script: the picture is the office's county map, zoomed by following a cluster or choosing a division.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, JSONField, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enforcement.issues import lifecycle
from enforcement.issues.forms import OPEN_STATES as OPEN
from enforcement.issues.models import Issue
from enforcement.issues.models.issue import NEWEST
from enforcement.timeline import clock
from regions import cartography, keyset
from regions.choices import Choices
from regions.gatekeeper import OfficerRequest, business, policy

from .asking import asked, narrowed_url, shapes
from .ledger import MOST_COUNTED, rows_of, with_bureaus

#: Cells of the grid across a picture; clusters drawn at most; rows beside the map.
ACROSS, MOST_CLUSTERS, SHOWN = 12, 400, 12
#: Of what isn't open the newest are drawn, so that a picture of all there ever was costs what one of a year does.
MOST_DRAWN = 10_000
#: A picture is never less than this wide, degrees: about a kilometre.
LEAST = 0.012
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Issues that lie in one cell of the grid, drawn where they lie on average."""

    lon: float
    lat: float
    count: int
    late: int
    box: Box


@policy(business("issues"))
@require_safe
def places(request: OfficerRequest) -> HttpResponse:
    # All there ever was would cover the picture: without a word about the state it is what is open.
    found = asked(
        request, without=("sort",), open_unless=("state", "stage", "clock", "closed_from", "closed_to", "figure")
    )
    issues: Any = found.issues
    chosen, only_open = found.form.in_use, found.open_only
    if only_open:
        issues = issues.open()
    code = ground_of(chosen.get("division") or home_of(found.form.choices))
    within = frame_of(chosen, code)
    listed: Any = with_bureaus(issues).annotate(
        total=keyset.Counted(issues.order_by().values("pk")[: MOST_COUNTED + 1]),
        cells=cells_of(issues, within, most=None if only_open else MOST_DRAWN),
    )
    rows = list(listed.order_by("due_on", "pk")[:SHOWN])
    total = rows[0].total if rows else 0
    clusters = [cluster_of(cell, within) for cell in rows[0].cells] if rows else []
    drawn = sum(cluster.count for cluster in clusters)
    outside = 0 if total > MOST_COUNTED else total - drawn
    words = {} if chosen.get("state") or not only_open else {"state": OPEN}
    context: dict[str, Any] = {
        "form": found.form,
        "trouble": found.trouble,
        "filtered": found.filtered,
        "rows": rows_of(rows, found.form.calendar) if found.form.calendar else [],
        "on_map": f"{MOST_COUNTED:,}+" if total > MOST_COUNTED else f"{total:,}",
        "outside": outside,
        "more_url": narrowed_url(request, sort="due", **words) if total > SHOWN else "",
        "only_open": only_open,
        "only_newest": MOST_DRAWN if drawn == MOST_DRAWN and not only_open else 0,
        "areas": {},
        "points": [_point(request, cluster) for cluster in clusters],
        "within": within if chosen.get("box") else code,
        "map_headers": [_("位置"), _("件数"), _("超期")],
        "table": [[place_words(c), str(c.count), str(c.late)] for c in clusters],
        "wider_url": narrowed_url(request, "issues:map", box="") if chosen.get("box") else "",
        "shapes": shapes(request, "map"),
    }
    return render(request, "issues/map.html", context)


def home_of(choices: Choices) -> str:
    """The code of the one county or city an officer's choices lie in; empty where they reach further."""
    codes = {place.code for place in choices.divisions if place.code}
    cities = {code[:4] for code in codes}
    if len(codes) == 1:
        return codes.pop()
    return f"{cities.pop()}00" if len(cities) == 1 else ""


def ground_of(code: str) -> str:
    """A division that fills the picture, if it has an outline (a development zone has none); otherwise its city, or
    nothing for the province."""
    for wider in (code, f"{code[:4]}00"):
        try:
            cartography.division_frame(wider)
        except KeyError:
            continue
        return wider
    return ""


def frame_of(chosen: dict[str, Any], code: str) -> Box:
    """West, south, east, north of the picture: the box followed, the division chosen or one's own, or the province."""
    if box := chosen.get("box"):
        west, south, east, north = box
        return (west, south, east, north)
    return (cartography.division_frame(code) if code else cartography.province_frame()).bounds


class Cells(Subquery):
    """Points (longitude, latitude, whether late) by the cells of a grid, the fullest first, as one JSON value."""

    template = """(SELECT coalesce(jsonb_agg(cell), '[]') FROM (
        SELECT floor((lon - %(west)s) / %(step)s) AS column, floor((lat - %(south)s) / %(step)s) AS row,
            count(*) AS n, count(*) FILTER (WHERE late) AS late, avg(lon) AS x, avg(lat) AS y
        FROM (%(subquery)s) AS point (lon, lat, late) GROUP BY 1, 2 ORDER BY n DESC, 1, 2 LIMIT %(most)s) AS cell)"""
    output_field = JSONField()


def cells_of(issues: QuerySet[Issue], within: Box, *, most: int | None) -> Cells:
    """The issues of a picture by the cells of its grid; of more than `most` the newest."""
    west, south, east, north = within
    late = Q(due_on__lt=clock.today())
    if most:  # what isn't open isn't late; where all are, their index says everything
        late &= Q(state__in=sorted(lifecycle.OPEN))
    inside = issues.filter(lon__gte=west, lon__lte=east, lat__gte=south, lat__lte=north)
    inside = keyset.ordered(inside, NEWEST)[:most] if most else inside.order_by()
    points = inside.values_list("lon", "lat", ExpressionWrapper(late, BooleanField()))
    return Cells(points, west=repr(west), south=repr(south), step=repr(step_of(within)), most=MOST_CLUSTERS)


def step_of(within: Box) -> float:
    """The side of a cell, degrees."""
    return max(within[2] - within[0], LEAST) / ACROSS


def cluster_of(cell: dict[str, Any], within: Box) -> Cluster:
    step = step_of(within)
    left, low = within[0] + cell["column"] * step, within[1] + cell["row"] * step
    return Cluster(cell["x"], cell["y"], cell["n"], cell["late"], (left, low, left + step, low + step))


def place_words(cluster: Cluster) -> str:
    return _("东经 %(lon).3f，北纬 %(lat).3f") % {"lon": cluster.lon, "lat": cluster.lat}


def _point(request: OfficerRequest, cluster: Cluster) -> dict[str, Any]:
    label = _("共 %(n)s 件") % {"n": f"{cluster.count:,}"}
    if cluster.late:
        label = _("%(label)s，其中超期 %(late)d 件") % {"label": label, "late": cluster.late}
    box = ",".join(f"{degrees:.5f}" for degrees in cluster.box)
    return {
        "lon": cluster.lon,
        "lat": cluster.lat,
        "label": label,
        "count": cluster.count,
        "tone": "late" if cluster.late else "open",
        "url": narrowed_url(request, "issues:map", box=box),
    }
