from django.urls import path, re_path

from enforcement.issues import api

NUMBER = r"^issues/(?P<number>[A-Za-z0-9-]{1,24})/"

urlpatterns = [
    path("issues/", api.IssueList.as_view(), name="issue-list"),
    path("issues/several/", api.SeveralIssues.as_view(), name="issue-several"),
    re_path(NUMBER + r"$", api.IssueDetail.as_view(), name="issue-detail"),
    re_path(NUMBER + r"actions/(?P<action>[A-Za-z0-9_-]{1,40})/$", api.IssueAction.as_view(), name="issue-action"),
    re_path(NUMBER + r"attachments/$", api.IssueAttachments.as_view(), name="issue-attachments"),
    path("handoffs/<int:pk>/", api.HandoffDetail.as_view(), name="handoff-detail"),
]
