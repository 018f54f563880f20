"""Pages that mix apps: the workbench, the component gallery, the state of the system."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enforcement.desk import health
from enforcement.desk.duties import duties_of
from enforcement.desk.gallery import sample_context
from enforcement.desk.latemap import map_of
from enforcement.desk.workbench import bench_of
from enforcement.timeline import clock
from regions.gatekeeper import PUBLIC, OfficerRequest, allow, policy, signed_in
from regions.roles import BUSINESS, Role


@policy(signed_in("issues"))
@require_safe
def workbench(request: OfficerRequest) -> HttpResponse:
    """The first page after signing in. The three administrators find their own duties and no business."""
    officer = request.user
    if not officer.roles_on() & BUSINESS:
        return render(request, "desk/duties.html", {"duties": duties_of(officer)})
    bench = bench_of(officer)
    return render(request, "desk/workbench.html", {"bench": bench, "today": clock.today(), "map": map_of(bench)})


@policy(allow(Role.SYSTEM_ADMINISTRATOR, scope="none"))
def components(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/components.html", sample_context(request))


@policy(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    return health.answer()
