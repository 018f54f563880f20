from django.urls import path

from enforcement.inspections import views

app_name = "inspections"
urlpatterns = [
    path("", views.visits, name="visits"),
    path("new/", views.plan, name="plan"),
    path("visits/<uuid:pk>/", views.visit, name="visit"),
    path("visits/<uuid:pk>/answers/", views.answers, name="answers"),
    path("visits/<uuid:pk>/photos/", views.photos, name="photos"),
    path("visits/<uuid:pk>/record.<slug:kind>", views.record, name="record"),
    path("visits/<uuid:pk>/handover.<slug:kind>", views.handover, name="handover"),
    path("visits/<uuid:pk>/<slug:action>/", views.act, name="act"),
    path("at/<str:code>/", views.arrive, name="arrive"),
    path("sites/<int:pk>/", views.site, name="site"),
    path("sites/<int:pk>/code.svg", views.site_code, name="site-code"),
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/new/", views.new_campaign, name="new-campaign"),
    path("campaigns/<uuid:pk>/", views.campaign, name="campaign"),
    path("campaigns/<uuid:pk>/tally/", views.tally, name="tally"),
    path("campaigns/<uuid:pk>/draws/", views.new_draw, name="new-draw"),
    path("draws/<uuid:pk>/", views.draw, name="draw"),
    path("draws/<uuid:pk>/<slug:action>/", views.move_draw, name="move-draw"),
    path("campaigns/<uuid:pk>/<slug:action>/", views.move_campaign, name="move-campaign"),
    path("checklists/", views.checklists, name="checklists"),
    path("checklists/new/", views.new_list, name="new-list"),
    path("checklists/<uuid:pk>/", views.checklist, name="checklist"),
    path("checklists/<uuid:pk>/items/new/", views.item, name="new-item"),
    path("checklists/<uuid:pk>/items/<uuid:item>/", views.item, name="item"),
    path("checklists/<uuid:pk>/<slug:action>/", views.move_list, name="move-list"),
]
