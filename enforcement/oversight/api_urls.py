from django.urls import path

from enforcement.oversight import api

urlpatterns = [
    path("interviews/", api.InterviewList.as_view(), name="interview-list"),
    path("interviews/<uuid:pk>/", api.InterviewDetail.as_view(), name="interview-detail"),
    path("interviews/<uuid:pk>/actions/<slug:action>/", api.InterviewAction.as_view(), name="interview-action"),
    path("interviews/<uuid:pk>/attachments/", api.InterviewAttachments.as_view(), name="interview-attachments"),
    path("interviews/<uuid:pk>/<slug:name>.<slug:kind>", api.InterviewPaper.as_view(), name="interview-paper"),
    path("special-inspections/", api.SpecialList.as_view(), name="special-list"),
    path("special-inspections/<uuid:pk>/", api.SpecialDetail.as_view(), name="special-detail"),
    path("special-inspections/<uuid:pk>/actions/<slug:action>/", api.SpecialAction.as_view(), name="special-action"),
    path("special-inspections/<uuid:pk>/attachments/", api.SpecialAttachments.as_view(), name="special-attachments"),
    path("special-inspections/<uuid:pk>/<slug:name>.<slug:kind>", api.SpecialPaper.as_view(), name="special-paper"),
]
