"""The REST API under /api/v1/, gathered from the apps: each exposes its routes as `<app>/api_urls.py: urlpatterns`.

Routes carry their whole path ("issues/<number>/") and a name that reads `issue-list`, `issue-detail`, reversed as
`api:issue-list`. Whatever matches none of them is answered by `Nowhere`, in problem+json like every other refusal.
"""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, re_path

from regions.api.views import Nowhere

app_name = "api"
APPS = (
    "regions",
    "enforcement.issues",
    "enforcement.findings",
    "enforcement.patrols",
    "enforcement.inspections",
    "enforcement.oversight",
    "enforcement.crossregion",
    "enforcement.notices",
    "enforcement.statistics",
    "enforcement.desk",
)


def _gathered() -> list[URLPattern | URLResolver]:
    names = [f"{app}.api_urls" for app in APPS]
    return [route for name in names if find_spec(name) for route in import_module(name).urlpatterns]


urlpatterns: list[URLPattern | URLResolver] = [*_gathered(), re_path(r"^", Nowhere.as_view(), name="nowhere")]
