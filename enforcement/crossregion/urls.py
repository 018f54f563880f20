from django.urls import path

from enforcement.crossregion import views

app_name = "crossregion"
urlpatterns = [
    path("", views.rounds, name="list"),
    path("new/", views.new, name="new"),
    path("commitments/", views.commitments, name="commitments"),
    path("<uuid:pk>/", views.round_page, name="round"),
    path("<uuid:pk>/targets/", views.targets, name="targets"),
    path("<uuid:pk>/<slug:action>/", views.act, name="act"),
]
