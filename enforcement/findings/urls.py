from django.urls import path

from enforcement.findings import views

app_name = "findings"
urlpatterns = [
    path("", views.inbox, name="list"),
    path("new/", views.file, name="file"),
    path("new/draft/", views.draft, name="draft"),
    path("new/questions/", views.asked, name="questions"),
    path("alike/", views.alike, name="alike"),
    path("sites/", views.sites, name="sites"),
    path("ground/", views.ground, name="ground"),
    path("routing/", views.routing, name="routing"),
    path("hand-off/", views.hand_off, name="hand_off"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/correct/", views.correct, name="correct"),
    path("<uuid:pk>/new-site/", views.new_site, name="new_site"),
    path("<uuid:pk>/evidence/", views.add_evidence, name="add_evidence"),
    path("<uuid:pk>/actions/<slug:action>/", views.act, name="act"),
]
