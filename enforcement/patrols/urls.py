from django.urls import path

from enforcement.patrols import views

app_name = "patrols"
urlpatterns = [
    path("", views.runs, name="list"),
    path("upload/", views.upload, name="upload"),
    path("uploads/<uuid:pk>/", views.trial, name="trial"),
    path("uploads/<uuid:pk>/progress/", views.progress, name="progress"),
    path("uploads/<uuid:pk>/stop/", views.stop, name="stop"),
    path("hot-spots/", views.hot_spots, name="hot-spots"),
    path("hot-spots/<uuid:pk>/", views.hot_spot, name="hot-spot"),
    path("hot-spots/<uuid:pk>/actions/<slug:action>/", views.act, name="act"),
    path("<uuid:pk>/", views.run, name="run"),
    path("<uuid:pk>/source/", views.source, name="source"),
    path("<uuid:pk>/rules/", views.rejudge, name="rejudge"),
    path("<uuid:pk>/track/", views.track, name="track"),
    path("<uuid:pk>/report.<slug:kind>", views.report, name="report"),
    path("<uuid:pk>/void/", views.void, name="void"),
]
