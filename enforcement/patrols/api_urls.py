from django.urls import path

from enforcement.patrols import (
    api,
    arrivals_api,
    equipment_api,
    ground_api,
    persistent_api,
    planning_api,
    redrive_api,
    rejudge_api,
    sources_api,
)

urlpatterns = [
    path("patrol-runs/", api.PatrolRunList.as_view(), name="patrol-run-list"),
    path("patrol-runs/<uuid:pk>/", api.PatrolRunDetail.as_view(), name="patrol-run-detail"),
    path("patrol-runs/<uuid:pk>/report/", api.PatrolRunReport.as_view(), name="patrol-run-report"),
    path("patrol-runs/<uuid:pk>/quality/", api.PatrolRunQuality.as_view(), name="patrol-run-quality"),
    path("patrol-runs/<uuid:pk>/remarks/", api.PatrolRunRemarks.as_view(), name="patrol-run-remarks"),
    path("patrol-runs/<uuid:pk>/rules/", rejudge_api.PatrolRunRules.as_view(), name="patrol-run-rules"),
    path("patrol-runs/<uuid:pk>/actions/void/", api.PatrolRunVoid.as_view(), name="patrol-run-void"),
    path("track-uploads/", arrivals_api.ArrivalList.as_view(), name="track-upload-list"),
    path("track-uploads/<uuid:pk>/", arrivals_api.ArrivalDetail.as_view(), name="track-upload-detail"),
    path(
        "track-uploads/<uuid:pk>/actions/<slug:action>/",
        arrivals_api.ArrivalAction.as_view(),
        name="track-upload-action",
    ),
    path("instruments/", equipment_api.InstrumentList.as_view(), name="instrument-list"),
    path("instruments/<int:pk>/", equipment_api.InstrumentDetail.as_view(), name="instrument-detail"),
    path("instruments/<int:pk>/logs/", equipment_api.InstrumentLogs.as_view(), name="instrument-logs"),
    path("instrument-logs/<uuid:pk>/void/", equipment_api.InstrumentLogVoid.as_view(), name="instrument-log-void"),
    path("vehicles/", equipment_api.VehicleList.as_view(), name="vehicle-list"),
    path("vehicles/<int:pk>/", equipment_api.VehicleDetail.as_view(), name="vehicle-detail"),
    path("patrol-campaigns/", planning_api.PatrolCampaignList.as_view(), name="patrol-campaign-list"),
    path("patrol-campaigns/<uuid:pk>/", planning_api.PatrolCampaignDetail.as_view(), name="patrol-campaign-detail"),
    path(
        "patrol-campaigns/<uuid:pk>/routes/", planning_api.PatrolCampaignRoutes.as_view(), name="patrol-campaign-routes"
    ),
    path("patrol-runs/<uuid:pk>/notes/", planning_api.PatrolRunNotes.as_view(), name="patrol-run-notes"),
    path("patrol-coverage/", ground_api.CoverageView.as_view(), name="patrol-coverage"),
    path("patrol-heat/", ground_api.HeatView.as_view(), name="patrol-heat"),
    path("hot-spots/", api.HotSpotList.as_view(), name="hot-spot-list"),
    path("hot-spots/<uuid:pk>/", api.HotSpotDetail.as_view(), name="hot-spot-detail"),
    path("hot-spots/<uuid:pk>/sources/", sources_api.HotSpotSources.as_view(), name="hot-spot-sources"),
    path("hot-spots/<uuid:pk>/sources/confirm/", sources_api.HotSpotCause.as_view(), name="hot-spot-cause"),
    path("hot-spots/<uuid:pk>/actions/<slug:action>/", api.HotSpotAction.as_view(), name="hot-spot-action"),
    path("redrives/", redrive_api.RedriveList.as_view(), name="redrive-list"),
    path("redrives/<uuid:pk>/", redrive_api.RedriveDetail.as_view(), name="redrive-detail"),
    path("redrives/<uuid:pk>/actions/<slug:action>/", redrive_api.RedriveAction.as_view(), name="redrive-action"),
    path("persistent-locations/", persistent_api.LocationList.as_view(), name="persistent-location-list"),
    path("persistent-locations/<uuid:pk>/", persistent_api.LocationDetail.as_view(), name="persistent-location-detail"),
]
