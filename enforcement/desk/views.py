"""Pages that mix apps: the workbench, the component gallery, the state of the system."""

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from enforcement.desk.gallery import sample_context
from regions.gatekeeper import PUBLIC, allow, policy, signed_in
from regions.roles import Role


@policy(signed_in("issues"))
def workbench(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/workbench.html")


@policy(allow(Role.SYSTEM_ADMINISTRATOR, scope="none"))
def components(request: HttpRequest) -> HttpResponse:
    return render(request, "desk/components.html", sample_context(request))


@policy(PUBLIC)
def healthz(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok", "database": "ok"})
