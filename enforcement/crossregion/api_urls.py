from django.urls import path

from enforcement.crossregion import api

urlpatterns = [
    path("commitments/", api.Commitments.as_view(), name="commitment-list"),
    path("rounds/", api.RoundList.as_view(), name="round-list"),
    path("rounds/<uuid:pk>/", api.RoundDetail.as_view(), name="round-detail"),
    path("rounds/<uuid:pk>/targets/", api.RoundTargets.as_view(), name="round-targets"),
    path("rounds/<uuid:pk>/actions/<slug:action>/", api.RoundAction.as_view(), name="round-action"),
]
