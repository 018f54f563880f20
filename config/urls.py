"""Pages. Each app's routes stand in its own urls.py; a route without a declared policy answers no one."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.contrib.auth import views as auth
from django.urls import include, path
from django.views.i18n import set_language

from regions.administration import site as office
from regions.gatekeeper import PUBLIC, declare, signed_in
from regions.signing_in import SignIn

# Our apps' admin.py register with the office's own site before its routes are asked for; others' admin isn't offered.
for name in (config.name for config in apps.get_app_configs()):
    if name.split(".")[0] in {"regions", "enforcement"} and find_spec(f"{name}.admin"):
        import_module(f"{name}.admin")

urlpatterns = [
    # First: every request of the API would try all the pages before.
    path("api/v1/", include("config.api_urls")),
    path("", include("enforcement.desk.urls")),
    path("issues/", include("enforcement.issues.urls")),
    path("findings/", include("enforcement.findings.urls")),
    path("patrols/", include("enforcement.patrols.urls")),
    path("inspections/", include("enforcement.inspections.urls")),
    path("oversight/", include("enforcement.oversight.urls")),
    path("rounds/", include("enforcement.crossregion.urls")),
    path("statistics/", include("enforcement.statistics.urls")),
    path("notices/", include("enforcement.notices.urls")),
    path("evidence/", include("enforcement.timeline.urls")),
    path("admin/", office.urls),
    path("login/", declare(SignIn.as_view(), PUBLIC), name="login"),
    path("logout/", declare(auth.LogoutView.as_view(), signed_in("none")), name="logout"),
    path("language/", declare(set_language, PUBLIC), name="set_language"),
]

handler400 = "enforcement.desk.errors.bad_request"
handler403 = "enforcement.desk.errors.forbidden"
handler404 = "enforcement.desk.errors.not_found"
handler500 = "enforcement.desk.errors.server_error"
