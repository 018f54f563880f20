from django.urls import path

from enforcement.crossregion import api, working_api

urlpatterns = [
    path("commitments/", api.Commitments.as_view(), name="commitment-list"),
    path("rounds/", api.RoundList.as_view(), name="round-list"),
    path("rounds/<uuid:pk>/", api.RoundDetail.as_view(), name="round-detail"),
    path("rounds/<uuid:pk>/targets/", api.RoundTargets.as_view(), name="round-targets"),
    path("rounds/<uuid:pk>/reports/", working_api.RoundReports.as_view(), name="round-reports"),
    path("rounds/<uuid:pk>/clues/", working_api.RoundClues.as_view(), name="round-clues"),
    path("rounds/<uuid:pk>/visits/", working_api.RoundVisits.as_view(), name="round-visits"),
    path("rounds/<uuid:pk>/summary/", working_api.RoundSummary.as_view(), name="round-summary"),
    path("rounds/<uuid:pk>/actions/<slug:action>/", api.RoundAction.as_view(), name="round-action"),
]
