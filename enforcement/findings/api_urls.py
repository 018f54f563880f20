from django.urls import path

from enforcement.findings import alike_api, api, questions_api, sites_api

urlpatterns = [
    path("findings/", api.FindingList.as_view(), name="finding-list"),
    path("findings/questions/", questions_api.Questions.as_view(), name="finding-questions"),
    path("findings/alike/", alike_api.Alike.as_view(), name="finding-alike-asked"),
    path("findings/<uuid:pk>/alike/", alike_api.FindingAlike.as_view(), name="finding-alike"),
    path("findings/<uuid:pk>/proposal/", api.FindingProposal.as_view(), name="finding-proposal"),
    path("findings/<uuid:pk>/", api.FindingDetail.as_view(), name="finding-detail"),
    path("findings/<uuid:pk>/actions/<slug:action>/", api.FindingAction.as_view(), name="finding-action"),
    path("findings/<uuid:pk>/corrections/", api.FindingCorrection.as_view(), name="finding-correction"),
    path("findings/<uuid:pk>/new-site/", sites_api.FindingNewSite.as_view(), name="finding-new-site"),
    path("findings/<uuid:pk>/attachments/", api.FindingAttachments.as_view(), name="finding-attachments"),
    path("handoffs/", api.HandoffList.as_view(), name="handoff-list"),
]
