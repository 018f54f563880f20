from django.urls import path

from enforcement.oversight import api

urlpatterns = [
    path("interviews/", api.InterviewList.as_view(), name="interview-list"),
    path("interviews/<uuid:pk>/", api.InterviewDetail.as_view(), name="interview-detail"),
    path("interviews/<uuid:pk>/actions/<slug:action>/", api.InterviewAction.as_view(), name="interview-action"),
    path("interviews/<uuid:pk>/attachments/", api.InterviewAttachments.as_view(), name="interview-attachments"),
    path("interviews/<uuid:pk>/<slug:name>.<slug:kind>", api.InterviewPaper.as_view(), name="interview-paper"),
]
