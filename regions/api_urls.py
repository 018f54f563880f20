from django.urls import path, re_path

from regions.api import reference
from regions.api.schema import Schema
from regions.api.tokens import Token

urlpatterns = [
    path("auth/token/", Token.as_view(), name="token"),
    path("schema/", Schema.as_view(), name="schema"),
    path("divisions/", reference.DivisionList.as_view(), name="division-list"),
    re_path(
        r"^divisions/(?P<code>[0-9]{6}|[a-z][a-z0-9-]{0,39})/$",
        reference.DivisionDetail.as_view(),
        name="division-detail",
    ),
    path("areas/", reference.AreaList.as_view(), name="area-list"),
    re_path(r"^areas/(?P<key>[a-z0-9-]{1,40})/$", reference.AreaDetail.as_view(), name="area-detail"),
    path("bureaus/", reference.BureauList.as_view(), name="bureau-list"),
    path("bureaus/<int:pk>/", reference.BureauDetail.as_view(), name="bureau-detail"),
    path("sites/", reference.SiteList.as_view(), name="site-list"),
    path("sites/<int:pk>/", reference.SiteDetail.as_view(), name="site-detail"),
]
