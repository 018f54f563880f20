from django.urls import path

from enforcement.crossregion import views

app_name = "crossregion"
urlpatterns = [
    path("", views.rounds, name="list"),
    path("new/", views.new, name="new"),
    path("commitments/", views.commitments, name="commitments"),
    path("<uuid:pk>/", views.round_page, name="round"),
    path("<uuid:pk>/targets/", views.targets, name="targets"),
    path("<uuid:pk>/reports/", views.reports, name="reports"),
    path("<uuid:pk>/reports/new/", views.file_report, name="file_report"),
    path("<uuid:pk>/reports/<uuid:report>/", views.report_page, name="report"),
    path("<uuid:pk>/reports/<uuid:report>/<slug:kind>/", views.report_paper, name="report_paper"),
    path("<uuid:pk>/clues/", views.clues, name="clues"),
    path("<uuid:pk>/clues/new/", views.file_clue, name="file_clue"),
    path("<uuid:pk>/visits/", views.visits, name="visits"),
    path("<uuid:pk>/summary/", views.summary, name="summary"),
    path("<uuid:pk>/summary/<slug:kind>/", views.summary_paper, name="summary_paper"),
    path("<uuid:pk>/<slug:action>/", views.act, name="act"),
]
