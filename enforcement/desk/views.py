"""Pages that mix apps: the workbench, the component gallery, the state of the system."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enforcement.desk import columns as chosen_columns
from enforcement.desk import health, saving
from enforcement.desk.duties import duties_of
from enforcement.desk.gallery import sample_context
from enforcement.desk.latemap import map_of
from enforcement.desk.models import SavedView
from enforcement.desk.workbench import bench_of
from enforcement.timeline import clock
from regions.errors import DomainError, Invalid
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
    return _back(request, name)


def _back(request: OfficerRequest, name: str) -> HttpResponse:
    """To where the form stood, if that is a page of ours; otherwise to the list."""
    back = request.POST.get("next", "")
    own = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if own and len(back) <= 2000 else f"{name}:list")


@policy(business("own"))
@require_POST
def save_view(request: OfficerRequest, name: str) -> HttpResponse:
    """Keeps the filters of a list under a name, and shows the list with them."""
    if name not in saving.KEPT:
        raise Http404
    entered = request.POST
    try:
        view = saving.save(
            name, entered.get("name", ""), entered.get("query", ""), by=request.user, shared="shared" in entered
        )
    except DomainError as error:
        messages.error(request, str(error))
        return _back(request, name)
    if "default" in entered:
        saving.make_default(view, by=request.user)
    messages.success(request, _("已保存视图“%(name)s”。") % {"name": view.name})
    return redirect(f"{reverse(f'{name}:list')}?{view.query}")


@policy(business("own"))
@require_POST
def change_view(request: OfficerRequest, pk: int, change: str) -> HttpResponse:
    """Makes a view the default, or no longer, or ends it."""
    view = SavedView.objects.visible_to(request.user).filter(pk=pk).first()
    if view is None or change not in ("default", "usual", "end"):
        raise Http404
    try:
        if change == "default":
            saving.make_default(view, by=request.user)
            messages.success(request, _("打开列表时先显示视图“%(name)s”。") % {"name": view.name})
        elif change == "usual":
            saving.drop_default(view.list, by=request.user)
            messages.success(request, _("打开列表时显示全部。"))
        else:
            saving.end(view, by=request.user)
            messages.success(request, _("已移除视图“%(name)s”。") % {"name": view.name})
    except DomainError as error:
        messages.error(request, str(error))
    return _back(request, view.list)


@policy(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    return health.answer()
