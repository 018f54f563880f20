from django.urls import path

from enforcement.patrols import api, ground_api

urlpatterns = [
    path("patrol-runs/", api.PatrolRunList.as_view(), name="patrol-run-list"),
    path("patrol-runs/<uuid:pk>/", api.PatrolRunDetail.as_view(), name="patrol-run-detail"),
    path("patrol-runs/<uuid:pk>/report/<slug:kind>/", api.PatrolRunReport.as_view(), name="patrol-run-report"),
    path("patrol-runs/<uuid:pk>/actions/void/", api.PatrolRunVoid.as_view(), name="patrol-run-void"),
    path("patrol-coverage/", ground_api.CoverageView.as_view(), name="patrol-coverage"),
    path("patrol-heat/", ground_api.HeatView.as_view(), name="patrol-heat"),
    path("hot-spots/", api.HotSpotList.as_view(), name="hot-spot-list"),
    path("hot-spots/<uuid:pk>/", api.HotSpotDetail.as_view(), name="hot-spot-detail"),
    path("hot-spots/<uuid:pk>/actions/<slug:action>/", api.HotSpotAction.as_view(), name="hot-spot-action"),
]
