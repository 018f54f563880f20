from django.urls import path, re_path

from enforcement.issues import api, exports_api, ledger_api, links_api, merge_offers_api, records_api

NUMBER = r"^issues/(?P<number>[A-Za-z0-9-]{1,24})/"

urlpatterns = [
    path("issues/", api.IssueList.as_view(), name="issue-list"),
    path("issues/several/", api.SeveralIssues.as_view(), name="issue-several"),
    re_path(NUMBER + r"$", api.IssueDetail.as_view(), name="issue-detail"),
    re_path(NUMBER + r"actions/(?P<action>[A-Za-z0-9_-]{1,40})/$", api.IssueAction.as_view(), name="issue-action"),
    re_path(NUMBER + r"attachments/$", api.IssueAttachments.as_view(), name="issue-attachments"),
    path("exports/", exports_api.ExportList.as_view(), name="export-list"),
    path("exports/<uuid:pk>/", exports_api.ExportDetail.as_view(), name="export-detail"),
    path("exports/<uuid:pk>/stop/", exports_api.ExportStop.as_view(), name="export-stop"),
    path("exports/<uuid:pk>/file/", exports_api.ExportFile.as_view(), name="export-file"),
    path("ledger-imports/", ledger_api.LedgerList.as_view(), name="ledger-list"),
    path("ledger-imports/<uuid:pk>/", ledger_api.LedgerDetail.as_view(), name="ledger-detail"),
    path("ledger-imports/<uuid:pk>/mapping/", ledger_api.LedgerMapping.as_view(), name="ledger-mapping"),
    path("ledger-imports/<uuid:pk>/trial/", ledger_api.LedgerTrial.as_view(), name="ledger-trial"),
    path("ledger-imports/<uuid:pk>/apply/", ledger_api.LedgerApply.as_view(), name="ledger-apply"),
    path("ledger-imports/<uuid:pk>/stop/", ledger_api.LedgerStop.as_view(), name="ledger-stop"),
    path("ledger-imports/<uuid:pk>/issues/", ledger_api.LedgerIssues.as_view(), name="ledger-issues"),
    re_path(NUMBER + r"pauses/$", records_api.IssuePauses.as_view(), name="issue-pauses"),
    re_path(NUMBER + r"milestones/$", records_api.IssueMilestones.as_view(), name="issue-milestones"),
    re_path(NUMBER + r"feedbacks/$", records_api.IssueFeedbacks.as_view(), name="issue-feedbacks"),
    re_path(NUMBER + r"look-backs/$", records_api.IssueLookBacks.as_view(), name="issue-look-backs"),
    re_path(NUMBER + r"escalations/$", records_api.IssueEscalations.as_view(), name="issue-escalations"),
    re_path(NUMBER + r"links/$", links_api.IssueLinks.as_view(), name="issue-links"),
    re_path(NUMBER + r"links/(?P<action>[A-Za-z0-9_-]{1,40})/$", links_api.IssueLink.as_view(), name="issue-link"),
    path("merge-offers/", merge_offers_api.MergeOfferList.as_view(), name="merge-offer-list"),
    path("merge-offers/<int:pk>/", merge_offers_api.MergeOfferDetail.as_view(), name="merge-offer-detail"),
    re_path(
        r"^merge-offers/(?P<pk>[0-9]{1,18})/actions/(?P<action>[A-Za-z0-9_-]{1,40})/$",
        merge_offers_api.MergeOfferAction.as_view(),
        name="merge-offer-action",
    ),
    path("handoffs/<int:pk>/deliveries/", records_api.HandoffDeliveries.as_view(), name="handoff-deliveries"),
    path("handoffs/<int:pk>/receipt/", records_api.HandoffReceipt.as_view(), name="handoff-receipt"),
    path("handoffs/<int:pk>/", api.HandoffDetail.as_view(), name="handoff-detail"),
]
