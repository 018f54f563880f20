from django.urls import path

from enforcement.patrols import views

app_name = "patrols"
urlpatterns = [
    path("", views.runs, name="list"),
    path("upload/", views.upload, name="upload"),
    path("uploads/<uuid:pk>/", views.trial, name="trial"),
    path("uploads/<uuid:pk>/progress/", views.progress, name="progress"),
    path("uploads/<uuid:pk>/stop/", views.stop, name="stop"),
    path("coverage/", views.coverage_page, name="coverage"),
    path("coverage.csv", views.coverage_csv, name="coverage_csv"),
    path("heat/", views.heat_page, name="heat"),
    path("heat.csv", views.heat_csv, name="heat_csv"),
    path("hot-spots/", views.hot_spots, name="hot-spots"),
    path("hot-spots/<uuid:pk>/", views.hot_spot, name="hot-spot"),
    path("hot-spots/<uuid:pk>/actions/<slug:action>/", views.act, name="act"),
    path("redrives/", views.redrives, name="redrives"),
    path("redrives/new/", views.redrive_plan, name="redrive_plan"),
    path("redrives/<uuid:pk>/", views.redrive, name="redrive"),
    path("redrives/<uuid:pk>/run/", views.redrive_run, name="redrive_run"),
    path("redrives/<uuid:pk>/verdict/", views.redrive_verdict, name="redrive_verdict"),
    path("compare/", views.compare, name="compare"),
    path("<uuid:pk>/", views.run, name="run"),
    path("<uuid:pk>/source/", views.source, name="source"),
    path("<uuid:pk>/rules/", views.rejudge, name="rejudge"),
    path("<uuid:pk>/track/", views.track, name="track"),
    path("<uuid:pk>/report.<slug:kind>", views.report, name="report"),
    path("<uuid:pk>/void/", views.void, name="void"),
]
