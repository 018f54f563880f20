"""Pages that mix apps: the workbench, the component gallery, the state of the system."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enforcement.desk import columns as chosen_columns
from enforcement.desk import health
from enforcement.desk.duties import duties_of
from enforcement.desk.gallery import sample_context
from enforcement.desk.latemap import map_of
from enforcement.desk.workbench import bench_of
from enforcement.timeline import clock
from regions.errors import Invalid
from regions.gatekeeper import PUBLIC, OfficerRequest, allow, business, policy, signed_in
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


@policy(business("own"))
@require_POST
def columns(request: OfficerRequest, name: str) -> HttpResponse:
    """Remembers the columns an officer wants in a list, and goes back to it as it was filtered."""
    if name not in chosen_columns.LISTS:
        raise Http404
    if "reset" in request.POST:
        chosen_columns.reset(name, request.user)
        messages.success(request, _("已恢复默认列。"))
    else:
        try:
            chosen_columns.choose(name, request.POST.getlist("columns"), request.user)
            messages.success(request, _("已保存显示的列。"))
        except Invalid as error:
            messages.error(request, str(error))
    back = request.POST.get("next", "")
    own = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if own and len(back) <= 2000 else f"{name}:list")


@policy(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    return health.answer()
