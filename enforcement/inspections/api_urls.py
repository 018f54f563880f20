from django.urls import path

from enforcement.inspections import api

urlpatterns = [
    path("sites/<int:pk>/history/", api.SiteHistory.as_view(), name="site-history"),
    path("visits/", api.VisitList.as_view(), name="visit-list"),
    path("visits/<uuid:pk>/", api.VisitDetail.as_view(), name="visit-detail"),
    path("visits/<uuid:pk>/actions/<slug:action>/", api.VisitAction.as_view(), name="visit-action"),
    path("visits/<uuid:pk>/attachments/", api.VisitAttachments.as_view(), name="visit-attachments"),
    path("visits/<uuid:pk>/record.<slug:kind>", api.VisitRecord.as_view(), name="visit-record"),
    path("visits/<uuid:pk>/handover.<slug:kind>", api.VisitHandover.as_view(), name="visit-handover"),
    path("campaigns/", api.CampaignList.as_view(), name="campaign-list"),
    path("campaigns/<uuid:pk>/", api.CampaignDetail.as_view(), name="campaign-detail"),
    path("campaigns/<uuid:pk>/actions/<slug:action>/", api.CampaignAction.as_view(), name="campaign-action"),
    path("campaigns/<uuid:pk>/tallies/", api.CampaignTallies.as_view(), name="campaign-tallies"),
    path("campaigns/<uuid:pk>/draws/", api.DrawList.as_view(), name="draw-list"),
    path("draws/<uuid:pk>/", api.DrawDetail.as_view(), name="draw-detail"),
    path("draws/<uuid:pk>/actions/<slug:action>/", api.DrawAction.as_view(), name="draw-action"),
    path("checklists/", api.ChecklistList.as_view(), name="checklist-list"),
    path("checklists/<uuid:pk>/", api.ChecklistDetail.as_view(), name="checklist-detail"),
    path("checklists/<uuid:pk>/actions/<slug:action>/", api.ChecklistAction.as_view(), name="checklist-action"),
    path("checklists/<uuid:pk>/items/", api.ChecklistItems.as_view(), name="checklist-items"),
    path("checklists/<uuid:pk>/items/<uuid:item>/", api.ChecklistItem.as_view(), name="checklist-item"),
]
